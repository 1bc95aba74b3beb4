"""Opening and saving: inside the folder, whole, and never over somebody else's change."""

from __future__ import annotations

import json
import re

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
        assert re.search("inside the folder|not a path", json.loads(text)["error"]), text
    assert not (served.folder.parent / "out.json").exists()


def test_a_file_of_another_kind_is_refused(served: Served) -> None:
    body = {"path": "notes.txt", "text": "{}", "stamp": None, "format": "json"}
    assert served.request(f"/{served.token}/api/save", body)[0] == 400


def test_a_change_of_format_that_would_lose_comments_is_refused(served: Served) -> None:
    body = {"path": "strict.json", "text": "{ // kept\n}", "stamp": None, "format": "jsonc"}
    status, text = served.request(f"/{served.token}/api/save", body)
    assert status == 400
    assert "comment" in text
    assert not (served.folder / "strict.json").exists()


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
    driver.page.get_by_text("and is not saved").wait_for()
    assert '"epochs": 5' in path.read_text()
    driver.page.get_by_role("button", name="Overwrite it").first.click()
    driver.page.get_by_text("Saved shared.jsonc.").wait_for()
    assert '"epochs": 3' in path.read_text()
    assert not [name for name in path.parent.iterdir() if name.suffix == ".tmp"]


def test_save_as_and_open_again(driver: Driver) -> None:
    driver.page.get_by_role("button", name="train_lora_dpo").click()
    driver.page.get_by_role("button", name="Save as…").click()
    name = driver.page.get_by_role("textbox", name="Name of the file")
    assert name.input_value() == "train_lora_dpo.jsonc"
    name.fill("jobs/mine.jsonc")
    driver.page.keyboard.press("Enter")
    driver.page.get_by_text("Saved jobs/mine.jsonc.").wait_for()
    driver.visit()
    driver.open("jobs/mine.jsonc")
    assert driver.field("trainer").get_by_role("radio", name="dpo").is_checked()
