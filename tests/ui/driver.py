"""What a user does with the page, in the user's words."""

from __future__ import annotations

import io
import json
import time
import zipfile
from typing import Any

from hpc_schema import properties, schema
from tests.ui.served import Served

PATIENCE = 300.0
"""Seconds that a page may take: with thirteen processes on two cores, a training began after more than a minute."""
HOLDS = """async (text) => {
    const { EditorView } = await import("./vendor.js");
    return EditorView.findFromDOM(document.querySelector(".cm-editor")).state.doc.toString() === text;
}"""
"""Whether the editor has taken a text: the browser hands it over when it has time."""


class Driver:
    """One page in the browser."""

    def __init__(self, page: Any, served: Served) -> None:
        self.page, self.served = page, served

    def visit(self) -> None:
        """Reload the page."""
        self.page.goto(self.served.url)
        self.settle()

    def settle(self) -> None:
        """Wait until nothing that was asked of the page is under way, and the compiler has judged the text."""
        self.page.evaluate("new Promise((drawn) => requestAnimationFrame(drawn))")
        self.page.locator("aside[aria-busy=false]").wait_for()

    def until(self, holds: str, argument: Any = None) -> None:
        """Wait until an asynchronous function holds: Playwright's own waiting takes its promise for an answer."""
        deadline = time.monotonic() + PATIENCE
        while not self.page.evaluate(holds, argument):
            assert time.monotonic() < deadline, f"still not true: {holds}"
            self.page.wait_for_timeout(20)

    def open(self, path: str) -> None:
        """Open a file through the dialog."""
        self.page.get_by_role("button", name="Open…").click()
        self.page.get_by_role("button", name=path, exact=True).click()
        self.page.get_by_role("heading", level=1, name=path).wait_for(state="attached")
        self.settle()

    def field(self, name: str) -> Any:
        """The row of a field in the form."""
        return self.page.locator(f'[data-field="{name}"]')

    def set(self, name: str, value: Any) -> None:
        """Set a field by hand; a value that is shown already is chosen again, by way of another."""
        self.settle()  # A verdict that arrives meanwhile would draw the field once more, in the middle of the typing.
        self._open_group(name)
        row, subschema = self.field(name), properties()[name]
        if "enum" in subschema:
            self._choose(row, value, subschema["enum"])
        elif "boolean" in subschema["type"] and isinstance(subschema["type"], list):
            row.get_by_role("radio", name={True: "yes", False: "no"}.get(value, "a path")).check()
            if isinstance(value, str):
                row.get_by_role("textbox").fill(value)
        elif subschema["type"] == "boolean":
            if row.get_by_role("switch").is_checked() == value:
                row.get_by_role("switch").set_checked(not value)
                self.settle()
            row.get_by_role("switch").set_checked(value)
        else:
            row.get_by_role("textbox").fill(value if isinstance(value, str) else json.dumps(value))
        self.settle()

    def _choose(self, row: Any, value: Any, options: list[Any]) -> None:
        other = next(option for option in options if option != value)
        if len(options) > 4:
            control = row.get_by_role("combobox")
            if control.input_value() == str(value):
                control.select_option(str(other))
                self.settle()
            control.select_option(str(value))
        else:
            if row.locator(f'input[type=radio][value="{value}"]').is_checked():
                row.locator(f'input[type=radio][value="{other}"]').check()
                self.settle()
            row.locator(f'input[type=radio][value="{value}"]').check()

    def _open_group(self, name: str) -> None:
        group = next(g for g in schema()["x-groups"] if g["name"] == properties()[name]["x-group"])
        if not group.get("always"):
            self.page.get_by_role("checkbox", name=group["title"], exact=True).check()

    def mode(self, *, json_mode: bool) -> None:
        """Form or text."""
        self.page.get_by_role("switch", name="JSON mode").set_checked(json_mode)

    def write(self, text: str) -> None:
        """Replace the whole text in the JSON mode, as a paste does."""
        self.settle()
        self.mode(json_mode=True)
        self.page.get_by_role("textbox", name="The job as text").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(text)
        self.until(HOLDS, text)
        self.settle()

    def text(self) -> str:
        """The document, through the Copy button."""
        self.mode(json_mode=True)
        self.page.evaluate("navigator.clipboard.writeText('nothing')")
        self.page.get_by_role("button", name="Copy", exact=True).click()
        self.until("() => navigator.clipboard.readText().then((text) => text !== 'nothing')")
        copied: str = self.page.evaluate("navigator.clipboard.readText()")
        return copied

    def verdict(self) -> str:
        """The verdict in a line."""
        self.settle()
        words: str = self.page.locator("#verdict-title").inner_text()
        return words

    def download(self) -> dict[str, bytes]:
        """The compiled folder, from its zip archive."""
        with self.page.expect_download() as waiting:
            self.page.get_by_role("button", name="Download all").click()
        archive = zipfile.ZipFile(io.BytesIO(waiting.value.path().read_bytes()))
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}
