"""The form and the JSON mode: one document, judged by the real compiler at every change."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.ui.driver import Driver


@pytest.mark.parametrize(
    ("text", "shows", "hides"),
    [
        ("{}", ["learning_rate", "seed"], ["pref_loss", "zero_stage", "eval_steps", "checkpoint_steps", "simpo_gamma"]),
        ('{"trainer": "dpo"}', ["pref_loss", "pref_beta"], ["simpo_gamma"]),
        ('{"trainer": "dpo", "pref_loss": "simpo"}', ["simpo_gamma"], []),
        ('{"training_type": "full"}', [], ["lora_rank", "target_modules"]),
        ('{"distributed_backend": "deepspeed"}', ["zero_stage"], []),
        ('{"eval_strategy": "steps"}', ["eval_steps", "eval_data"], ["checkpoint_steps"]),
        ('{"full_determinism": true}', [], ["seed"]),
    ],
)
def test_only_what_acts_is_shown(driver: Driver, text: str, shows: list[str], hides: list[str]) -> None:
    driver.write(text)
    driver.mode(json_mode=False)
    for group in driver.page.locator(".group h2 input").all():
        group.check()
    for name in shows:
        assert driver.field(name).is_visible(), name
    for name in hides:
        assert driver.field(name).count() == 0, name


def test_groups_come_and_go_with_a_click(driver: Driver) -> None:
    group = driver.page.get_by_role("checkbox", name="DPO", exact=True)
    assert group.count() == 0
    driver.set("trainer", "dpo")
    assert group.count() == 1
    driver.set("trainer", "sft")
    assert group.count() == 0
    lora = driver.page.get_by_role("checkbox", name="LoRA", exact=True)
    assert lora.count() == 1
    driver.set("training_type", "full")
    assert lora.count() == 0


def test_an_invalid_value_shows_its_code_at_its_field(driver: Driver) -> None:
    driver.set("learning_rate", "3")
    row = driver.field("learning_rate")
    assert row.get_by_role("button", name="HPC105").is_visible()
    assert row.get_by_role("textbox").get_attribute("aria-invalid") == "true"
    assert driver.verdict() == "1 error"
    assert driver.field("epochs").get_by_role("button", name=re.compile("HPC")).count() == 0
    row.get_by_role("button", name="HPC105").click()
    assert driver.page.get_by_role("dialog").get_by_role("heading", level=2).inner_text().startswith("HPC105")
    driver.page.keyboard.press("Escape")
    driver.page.get_by_role("dialog").wait_for(state="detached")


def test_a_fix_is_one_click_in_either_mode(driver: Driver) -> None:
    broken = '{\n  // kept 😀\n  "trainer": "DPO",\n  "epochs": "2"\n}\n'
    driver.write(broken)
    assert driver.verdict() == "2 errors"
    driver.page.locator(".verdict").get_by_role("button", name=re.compile("^Fix: write .dpo")).click()
    assert driver.verdict() == "1 error"
    driver.mode(json_mode=False)
    driver.field("epochs").get_by_role("button", name="Fix:").click()
    assert driver.verdict() == "Not ready to train"
    assert driver.text() == '{\n  // kept 😀\n  "trainer": "dpo",\n  "epochs": 2\n}\n'


KEPT = """{
  // why so small
  "learning_rate": 2e-4,
  "my_key": [1, {"a": null}],
  "trainer": "sft", // last
}
"""


def test_nothing_is_lost_between_the_modes(driver: Driver) -> None:
    """Comments, key order, spelling of numbers and unknown keys survive edits of the form."""
    driver.write(KEPT)
    driver.mode(json_mode=False)
    assert "my_key" in driver.page.locator(".verdict").inner_text()
    driver.set("epochs", 4)
    assert driver.text() == KEPT.replace("// last\n", '// last\n  "epochs": 4,\n')


def test_a_text_that_cannot_be_read_leaves_the_form_as_it_was(driver: Driver) -> None:
    driver.write('{"epochs": 3}')
    driver.write('{"epochs": 3')
    driver.mode(json_mode=False)
    assert driver.field("epochs").get_by_role("textbox").input_value() == "3"
    assert driver.field("epochs").get_by_role("textbox").is_disabled()
    driver.page.get_by_role("button", name="Edit as text").click()
    assert driver.page.get_by_role("textbox", name="The job as text").is_visible()


def test_what_differs_is_marked_and_can_be_reset(driver: Driver) -> None:
    row = driver.field("batch_size")
    reset = row.get_by_role("button", name="Reset Batch size to its default, 1")
    assert reset.count() == 0
    driver.set("batch_size", 4)
    assert "differs" in row.get_attribute("class")
    reset.click()
    driver.settle()
    assert row.get_by_role("textbox").input_value() == "1"
    assert "batch_size" not in driver.text()


def test_closing_a_group_resets_it_and_can_be_undone(driver: Driver) -> None:
    driver.set("seed", 5)
    group = driver.page.get_by_role("checkbox", name="Training runtime", exact=True)
    group.uncheck()
    driver.page.get_by_text("Training runtime: back to the defaults.").wait_for()
    assert driver.field("seed").count() == 0
    driver.page.get_by_role("status").get_by_role("button", name="Undo").click()
    driver.settle()
    assert driver.field("seed").get_by_role("textbox").input_value() == "5"


def test_a_field_and_its_values_find_each_other(driver: Driver) -> None:
    line = driver.page.get_by_role("option").filter(has_text='"per_device_train_batch_size": 1')
    line.hover()
    driver.page.locator('.marked[data-field="batch_size"]').wait_for()
    assert "batch_size = 1" in driver.page.locator(".why").inner_text()
    driver.set("batch_size", 8)
    changed = driver.page.get_by_role("option").filter(has_text='"per_device_train_batch_size": 8')
    assert "changed" in changed.get_attribute("class")
    assert changed.locator("del").inner_text() == "1"
    assert "32 examples (8 × 4 × 1)" in driver.page.locator(".summary").inner_text()


def test_steps_and_tokens_are_estimated_when_the_data_is_here(driver: Driver) -> None:
    driver.set("train_data", "examples/data/questions_train.jsonl")
    summary = driver.page.locator(".summary").inner_text()
    rows = len((driver.served.folder / "examples/data/questions_train.jsonl").read_text().splitlines())
    assert f"Examples\n{rows:,}" in summary
    assert f"Steps\n{-(-rows // 4)}" in summary


OFFERED = ".cm-tooltip-autocomplete:not(.cm-tooltip-autocomplete-disabled)"
"""The list of completions, once it is that of what is typed: a click on the one before has no effect."""


def test_completion_offers_only_what_acts(driver: Driver) -> None:
    driver.write("{\n}\n")
    page = driver.page
    page.keyboard.press("Control+Home")
    page.keyboard.press("End")
    page.keyboard.type('\n"p')
    page.get_by_role("option", name="epochs").wait_for()
    assert page.get_by_role("option", name="pref_beta").count() == 0
    page.keyboard.press("Escape")
    driver.write('{"trainer": "dpo",\n}\n')
    page.keyboard.press("Control+Home")
    page.keyboard.press("End")
    page.keyboard.type('\n"pref_lo')
    page.locator(OFFERED).get_by_role("option", name="pref_loss").click()  # Enter is not taken from a list just opened.
    page.keyboard.type('"sim')
    page.locator(OFFERED).get_by_role("option", name='"simpo"').click()
    driver.settle()
    assert '"pref_loss": "simpo"' in driver.text()


@pytest.mark.parametrize(
    ("name", "text", "after"),
    [
        ("a.yaml", "# note\ntrainer: sft # kept\n", "# note\ntrainer: sft # kept\nepochs: 2\n"),
        ("a.toml", "# note\ntrainer = 'sft' # kept\n", "# note\ntrainer = 'sft' # kept\nepochs = 2\n"),
    ],
)
def test_yaml_and_toml_are_edited_in_their_own_words(driver: Driver, name: str, text: str, after: str) -> None:
    (driver.served.folder / name).write_text(text)
    driver.open(name)
    driver.set("epochs", 2)
    assert driver.text() == after


def test_a_new_field_of_the_schema_needs_no_line_of_page_code(driver: Driver) -> None:
    """The server's answer gains a field; the page shows it with title, key, control, default and help."""
    new: dict[str, Any] = {
        "name": "warp",
        "title": "Warp factor",
        "description": "How fast.",
        "x-group": "general",
        "type": "integer",
        "enum": [1, 2, 9],
        "enumDescriptions": ["slow", "fast", "very fast"],
        "default": 2,
    }

    def add(route: Any) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "fields": [*answer.json()["fields"], new]})

    driver.page.route("**/api/start", add)
    driver.visit()
    row = driver.field("warp")
    assert row.get_by_role("radiogroup", name="Warp factor").get_by_role("radio").count() == 3
    assert "How fast. default: 2" in re.sub(r"\s+", " ", row.locator(".help").text_content())
    assert "very fast" in row.locator(".help").text_content()
