"""Each of the six recipes, set up by hand and as text: byte for byte what the command line compiles."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hpc_schema.fields import BY_NAME
from tests.ui.driver import Driver
from tests.ui.served import ROOT

EXAMPLES = sorted((ROOT / "examples").glob("train_*/train_*.json"))


def fresh(driver: Driver, example: Path) -> str:
    """A document that holds nothing but the address of its schema, under the example's own name."""
    path = str(example.relative_to(ROOT))
    start = {"$schema": json.loads(example.read_text())["$schema"]}
    (driver.served.folder / path).write_text(json.dumps(start, indent=2) + "\n")
    driver.open(path)
    return path


def golden(example: Path) -> dict[str, bytes]:
    """The example's compiled files."""
    return {path.name: path.read_bytes() for path in (example.parent / "compiled").iterdir()}


def pairs(path: Path) -> list[tuple[str, object]]:
    """Keys and values in the order in which they are written."""
    found: list[tuple[str, object]] = json.loads(path.read_text(), object_pairs_hook=list)
    return found


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_form_gives_the_example(driver: Driver, example: Path) -> None:
    path = fresh(driver, example)
    written = json.loads(example.read_text())
    for field in sorted(BY_NAME.values(), key=lambda field: len(field.active_when)):
        if field.name in written:
            driver.set(field.name, written[field.name])
    assert driver.verdict() == "Not ready to train"
    assert driver.download() == golden(example)
    driver.page.keyboard.press("Control+s")
    driver.page.get_by_text(f"Saved {path}.").wait_for()
    assert pairs(driver.served.folder / path) == pairs(example)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_text_gives_the_example(driver: Driver, example: Path) -> None:
    fresh(driver, example)
    driver.write(example.read_text())
    assert driver.verdict() == "Not ready to train"
    assert driver.download() == golden(example)
