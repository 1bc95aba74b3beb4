"""Opening and saving: inside the folder, whole, and never over someone else's change."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.ui.driver import Driver
from tests.ui.served import Served


@pytest.mark.parametrize(
    "path", ["../out.json", "/etc/passwd.json", "a/../../out.json", "", ".", "x\0.json", "link/out.json"]
)
def test_a_path_outside_the_folder_is_refused(served: Served, path: str) -> None:
    link = served.folder / "link"
    if not link.is_symlink():
        link.symlink_to(served.folder.parent)
    body = {"path": path, "text": "{}", "stamp": None, "format": "json"}
    for name in ("open", "save", "run"):
        status, text = served.request(
            f"/{served.token}/api/{name}", {**body, "overwrite": False, "skip_bad_rows": False}
        )
        assert status == 400, (name, text)
        assert re.search("inside the folder|not a valid path", json.loads(text)["error"]), text
    assert not (served.folder.parent / "out.json").exists()


def test_a_file_of_another_kind_is_refused(served: Served) -> None:
    body = {"path": "notes.txt", "text": "{}", "stamp": None, "format": "json"}
    assert served.request(f"/{served.token}/api/save", body)[0] == 400


@pytest.mark.parametrize(
    ("path", "saved", "text", "lost"),
    [
        ("as.json", "as.json", '{\n  "epochs": 2\n}\n', 1),
        ("as.jsonc", "as.jsonc", '{ // kept\n"epochs": 2}', 0),
        ("as.yaml", "as.yaml", "# kept\nepochs: 2\n", 0),
        ("as.toml", "as.toml", "# kept\nepochs = 2\n", 0),
        ("jobs/as", "jobs/as.jsonc", '{ // kept\n"epochs": 2}', 0),
    ],
)
def test_a_file_is_saved_in_the_format_of_its_name(served: Served, path: str, saved: str, text: str, lost: int) -> None:
    body = {"path": path, "text": '{ // kept\n"epochs": 2}', "stamp": None, "format": "jsonc"}
    done = served.call("save", body)
    assert (done["path"], done["text"], done["lost"]) == (saved, text, lost)
    assert (served.folder / saved).read_text() == text


def test_the_files_of_a_model_are_not_offered_as_jobs(served: Served) -> None:
    (served.folder / "models/tiny").mkdir(parents=True)
    files = ("models/tiny/config.json", "models/tiny/tokenizer.json", "models/tiny/train_b.yaml", "models/train_a.json")
    for name in files:
        (served.folder / name).write_text("{}")
    offered = [name for name in served.call("files", {})["files"] if name.startswith("models")]
    assert offered == ["models/train_a.json", "models/tiny/train_b.yaml"]


def test_what_cannot_be_read_cannot_be_converted(served: Served) -> None:
    body = {"path": "broken.yaml", "text": '{"epochs": 2', "stamp": None, "format": "jsonc"}
    status, text = served.request(f"/{served.token}/api/save", body)
    assert status == 400
    assert "HPC" in text
    assert not (served.folder / "broken.yaml").exists()


def test_a_malformed_request_is_an_answer(served: Served) -> None:
    assert served.request(f"/{served.token}/api/open", {})[0] == 400
    assert (
        served.request(f"/{served.token}/api/edit", {"text": "{}", "format": "json", "path": None, "fields": 3})[0]
        == 400
    )


def test_a_file_that_changed_on_disk_is_not_overwritten_unasked(driver: Driver) -> None:
    path = driver.served.folder / "shared.jsonc"
    path.write_text('{\n  "epochs": 2\n}\n')
    driver.open("shared.jsonc")
    path.write_text('{\n  "epochs": 5\n}\n')
    driver.set("epochs", 3)
    driver.page.get_by_text("shared.jsonc has changed on disk.").wait_for()
    driver.page.get_by_role("button", name="Save", exact=True).click()
    driver.page.get_by_text("so it was not saved").wait_for()
    assert '"epochs": 5' in path.read_text()
    driver.page.get_by_role("button", name="Overwrite it").first.click()
    driver.page.get_by_text("Saved shared.jsonc.").wait_for()
    assert '"epochs": 3' in path.read_text()
    assert not [name for name in path.parent.iterdir() if name.suffix == ".tmp"]


@pytest.fixture
def unsaved(driver: Driver) -> Driver:
    """`kept.jsonc` is open, with a change that is not saved; `other.jsonc` lies beside it."""
    (driver.served.folder / "kept.jsonc").write_text('{\n  "epochs": 2\n}\n')
    (driver.served.folder / "other.jsonc").write_text('{\n  "epochs": 7\n}\n')
    driver.open("kept.jsonc")
    driver.set("epochs", 3)
    return driver


def ask_for(driver: Driver, name: str) -> Any:
    """Open a file or a recipe; returns the question that comes first, which is there for eyes, ears and keyboard."""
    driver.page.get_by_role("button", name="Open…").click()
    driver.page.get_by_role("dialog", name="Open").get_by_role("button", name=name, exact=True).click()
    question = driver.page.get_by_role("dialog", name="has unsaved changes")
    question.wait_for()
    assert driver.page.evaluate("document.activeElement.textContent").startswith("Save")
    return question


@pytest.mark.parametrize("name", ["other.jsonc", "train_lora_dpo"])
def test_nothing_unsaved_is_replaced_when_the_question_is_canceled(unsaved: Driver, name: str) -> None:
    page = unsaved.page
    for canceled_by in ("Escape", "Cancel"):
        question = ask_for(unsaved, name)
        if canceled_by == "Escape":
            page.keyboard.press("Escape")
        else:
            question.get_by_role("button", name=canceled_by).click()
        question.wait_for(state="detached")
        assert page.evaluate("document.activeElement.textContent") == "Open…"
        assert page.get_by_role("heading", level=1).inner_text() == "kept.jsonc"
        assert '"epochs": 3' in unsaved.text()
    page.get_by_role("button", name="Undo").click()
    assert '"epochs": 2' in unsaved.text()


def test_what_is_not_saved_is_saved_before_another_is_opened(unsaved: Driver) -> None:
    ask_for(unsaved, "train_lora_dpo")
    unsaved.page.keyboard.press("Enter")
    unsaved.page.get_by_role("heading", level=1, name="New job").wait_for(state="attached")
    assert '"epochs": 3' in (unsaved.served.folder / "kept.jsonc").read_text()
    unsaved.set("epochs", 4)
    ask_for(unsaved, "other.jsonc").get_by_role("button", name="Save as…").click()
    assert unsaved.page.evaluate("document.activeElement.value") == "train_lora_dpo.jsonc"
    unsaved.page.get_by_role("textbox", name="File name").fill("mine.jsonc")
    unsaved.page.keyboard.press("Enter")
    unsaved.page.get_by_role("heading", level=1, name="other.jsonc").wait_for(state="attached")
    assert '"epochs": 4' in (unsaved.served.folder / "mine.jsonc").read_text()


def test_what_is_thrown_away_is_not_written(unsaved: Driver) -> None:
    ask_for(unsaved, "other.jsonc").get_by_role("button", name="Discard changes").click()
    unsaved.page.get_by_role("heading", level=1, name="other.jsonc").wait_for(state="attached")
    assert '"epochs": 7' in unsaved.text()
    assert '"epochs": 2' in (unsaved.served.folder / "kept.jsonc").read_text()
    unsaved.mode(json_mode=False)
    unsaved.open("kept.jsonc")  # Unasked: nothing has changed.


def test_what_is_not_saved_stays_when_it_cannot_be_saved(unsaved: Driver) -> None:
    """Someone else has changed the file since, so saving is refused, and the other file is not opened."""
    (unsaved.served.folder / "kept.jsonc").write_text('{\n  "epochs": 5\n}\n')
    ask_for(unsaved, "other.jsonc").get_by_role("button", name="Save").click()
    unsaved.page.get_by_text("so it was not saved").wait_for()
    assert '"epochs": 3' in unsaved.text()


def test_save_as_and_open_again(driver: Driver) -> None:
    driver.page.get_by_role("button", name="train_lora_dpo").click()
    driver.page.get_by_role("region", name="Start from a recipe").wait_for(state="detached")
    driver.page.get_by_role("button", name="Save as…").click()
    name = driver.page.get_by_role("textbox", name="File name")
    assert name.input_value() == "train_lora_dpo.jsonc"
    name.fill("jobs/mine.txt")
    driver.page.keyboard.press("Enter")
    driver.page.get_by_role("dialog", name="Save as").get_by_text("the name must end in").wait_for()
    name.fill("jobs/mine")
    driver.page.keyboard.press("Enter")
    driver.page.get_by_text("Saved jobs/mine.jsonc.").wait_for()
    driver.visit()
    driver.open("jobs/mine.jsonc")
    assert driver.field("trainer").get_by_role("radio", name="dpo").is_checked()
