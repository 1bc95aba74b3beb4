"""Answers that come late or not at all: the page shows the job as it stands, and takes nothing from the user."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.ui.driver import Driver

DROPPED = """() => {
    const [real, dropped] = [window.fetch, new Set()];
    window.fetch = (address, ...rest) => {
        if (dropped.has(address)) return real(address, ...rest);
        dropped.add(address);
        return Promise.reject(new TypeError("network changed"));
    };
}"""


@pytest.fixture
def held(driver: Driver) -> Callable[[str], Callable[[], None]]:
    """Holds the next request of a call back; returns what lets it go."""

    def hold(name: str) -> Callable[[], None]:
        waiting: list[Any] = []
        driver.page.route(f"**/api/{name}", lambda route: waiting.append(route), times=1)

        def let_go() -> None:
            while not waiting:
                driver.page.wait_for_timeout(20)
            waiting[0].continue_()

        return let_go

    return hold


def type_first(driver: Driver, text: str) -> None:
    """Type at the beginning of the text."""
    driver.page.get_by_role("textbox", name="The job as text").press("Control+Home")
    driver.page.keyboard.insert_text(text)


def test_a_request_that_the_browser_drops_is_made_again(driver: Driver) -> None:
    driver.page.evaluate(DROPPED)
    driver.write('{"epochs": 0}')
    assert driver.verdict() == "1 error"
    driver.mode(json_mode=False)
    driver.set("epochs", 2)
    assert driver.text() == '{"epochs": 2}'


def test_a_verdict_on_an_earlier_text_is_not_shown(driver: Driver, held: Any) -> None:
    driver.write("{}")
    let_go = held("check")
    type_first(driver, "//\n")
    waiting = driver.page.locator("aside[aria-busy=true]")
    waiting.wait_for()
    type_first(driver, "{")
    let_go()
    driver.page.locator("#verdict-title", has_text="1 error").wait_for()
    driver.settle()
    assert driver.verdict() == "1 error"


def test_a_document_that_comes_late_does_not_replace_what_was_typed(driver: Driver, held: Any) -> None:
    (driver.served.folder / "late.json").write_text('{\n  "epochs": 7\n}\n')
    driver.mode(json_mode=True)
    let_go = held("open")
    driver.page.get_by_role("button", name="Open…").click()
    driver.page.get_by_role("button", name="late.json", exact=True).click()
    driver.page.get_by_role("dialog").wait_for(state="detached")
    type_first(driver, "// typed\n")
    let_go()
    question = driver.page.get_by_role("dialog", name="has unsaved changes")
    question.get_by_role("button", name="Cancel").click()
    assert driver.text().startswith("// typed\n")


def test_a_fix_is_of_the_text_that_was_judged(driver: Driver, held: Any) -> None:
    driver.write('{"trainer": "DPO"}')
    let_go = held("check")
    type_first(driver, "// typed\n")
    fix = driver.page.locator(".verdict").get_by_role("button", name="Fix: write")
    driver.page.locator("aside[aria-busy=true]").wait_for()
    assert fix.is_disabled()
    let_go()
    fix.click()
    assert driver.text() == '// typed\n{"trainer": "dpo"}'


def test_all_fixes_are_of_the_text_as_it_stands(driver: Driver, held: Any) -> None:
    driver.write('{"trainer": "DPO", "epochs": "2"}')
    let_go = held("fix")
    driver.page.get_by_role("button", name="Fix all").click()
    type_first(driver, "// typed\n")
    let_go()
    driver.page.get_by_text("2 fixes applied.").wait_for()
    assert driver.text() == '// typed\n{"trainer": "dpo", "epochs": 2}'


PLACES = """() => [...document.querySelectorAll("header button, header input, main")].map((one) => {
    const place = one.getBoundingClientRect();
    return [place.x + scrollX, place.y + scrollY];
})"""
STATUSES = {
    "{}": "Not ready to train",
    '{"epochs": 0}': "1 error",
    '{"epochs": 0, "seed": -1, "max_length": 0, "lora_rank": 0}': "4 errors",
}


@pytest.mark.parametrize("width", [390, 1024, 1400])
def test_no_button_of_the_header_moves_when_the_status_comes(driver: Driver, held: Any, width: int) -> None:
    driver.page.set_viewport_size({"width": width, "height": 900})
    driver.mode(json_mode=True)
    type_first(driver, " ")
    driver.settle()
    places = driver.page.evaluate(PLACES)
    for text, status in STATUSES.items():
        driver.write(text)
        assert driver.verdict() == status
        assert driver.page.evaluate(PLACES) == places, status
    let_go = held("ready")
    driver.page.get_by_role("textbox", name="The job as text").press("Control+a")
    driver.page.keyboard.insert_text("{ }")
    driver.page.locator("#verdict-title", has_text="Checking…").wait_for()
    assert driver.page.evaluate(PLACES) == places, "while it is checked"
    let_go()
    driver.settle()
