"""The pictures of the docs are made by the real page: UPDATE_PICTURES=1 writes them."""

from __future__ import annotations

import os

import pytest

from tests.ui.driver import Driver
from tests.ui.served import ROOT

PICTURES = ROOT / "docs" / "pictures"
EXAMPLE = "examples/train_lora_sft/train_lora_sft.json"


def shoot(driver: Driver, name: str) -> None:
    """Show the page as it is, and keep the picture when asked to."""
    driver.settle()
    picture = driver.page.screenshot()
    assert picture.startswith(b"\x89PNG")
    if os.environ.get("UPDATE_PICTURES"):
        PICTURES.mkdir(exist_ok=True)
        (PICTURES / name).write_bytes(picture)


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
    ready.write(text.replace('"cosine"', '"Cosine"').replace('"epochs": 5', '"epochs": 5,\n  "lora_rnak": 8'))
    assert ready.verdict() == "2 errors"
    shoot(ready, "ui-json.png")


def test_the_dark_form(ready: Driver) -> None:
    ready.page.emulate_media(color_scheme="dark")
    ready.set("trainer", "dpo")
    shoot(ready, "ui-dark.png")
