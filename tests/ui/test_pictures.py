"""The pictures of the docs are made by the real page: UPDATE_PICTURES=1 writes them."""

from __future__ import annotations

import io
import os
import time

import pytest
from PIL import Image

from tests.ui.driver import PATIENCE, Driver
from tests.ui.served import ROOT

PICTURES = ROOT / "docs" / "pictures"
COARSE = (32, 24)
APART = 8.0
"""Mean difference of brightness, of 255, between coarse pictures of the same page: other fonts make about 2."""
EXAMPLE = "examples/train_lora_sft/train_lora_sft.json"


def shoot(driver: Driver, name: str) -> None:
    """Show the page as it is, and keep the picture when asked to; the browser may still be drawing."""
    driver.settle()
    if os.environ.get("UPDATE_PICTURES"):
        (PICTURES / name).write_bytes(driver.page.screenshot())
    kept = (PICTURES / name).read_bytes()
    deadline = time.monotonic() + PATIENCE
    while (apart := difference(driver.page.screenshot(), kept)) >= APART:
        assert time.monotonic() < deadline, f"{name} shows another page ({apart:.1f}): UPDATE_PICTURES=1 makes it again"
        driver.page.wait_for_timeout(100)


def difference(one: bytes, other: bytes) -> float:
    """How far two pictures are apart, in brightness of 255; coarse, because machines have other fonts."""
    first, second = (Image.open(io.BytesIO(data)).convert("L").resize(COARSE) for data in (one, other))
    apart = sum(abs(a - b) for a, b in zip(first.tobytes(), second.tobytes(), strict=True))
    return apart / (COARSE[0] * COARSE[1])


@pytest.fixture
def ready(driver: Driver) -> Driver:
    """The first example, one field away from its file."""
    driver.page.set_viewport_size({"width": 1280, "height": 900})
    driver.open(EXAMPLE)
    return driver


def test_the_form(ready: Driver) -> None:
    ready.set("epochs", 3)
    ready.page.locator(".line.changed").first.hover()
    shoot(ready, "ui-form.png")


def test_the_json_mode(ready: Driver) -> None:
    text = (ready.served.folder / EXAMPLE).read_text()
    ready.write(text.replace('"cosine"', '"Cosine"').replace('"epochs": 4', '"epochs": 4,\n  "lora_rnak": 8'))
    ready.page.locator("#verdict-title", has_text="2 errors").wait_for()
    ready.page.mouse.move(0, 0)  # It clicked into the text, where a tooltip shows what a field means.
    shoot(ready, "ui-json.png")


def test_the_dark_form(ready: Driver) -> None:
    ready.page.emulate_media(color_scheme="dark")
    ready.set("trainer", "dpo")
    shoot(ready, "ui-dark.png")
