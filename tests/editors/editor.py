"""What an editor shows for a text, asked of the real language servers through one node process."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent
CURSOR: Final = "¦"


@dataclass(frozen=True)
class Problem:
    """A diagnostic of an editor: what it says, and the text that it underlines."""

    message: str
    text: str


class Editor:
    """The JSON service of VS Code, yaml-language-server and tombi (where it is installed)."""

    def __init__(self, schema: Path, folder: Path, tombi: str | None, settings: Path | None = None) -> None:
        """Opens ``folder``; with the ``settings`` of VS Code instead of ones that always lead to the schema."""
        self.schema = schema
        options = {"schema": schema.as_uri(), "tombi": tombi, "settings": str(settings) if settings else None}
        command = ["node", str(HERE / "driver.mjs"), json.dumps(options)]
        self._process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def complete(self, format_: str, text: str) -> dict[str, str]:
        """Label → documentation of what is offered at the cursor ``¦``."""
        return {item["label"]: item["documentation"] for item in self.offers(format_, text)}

    def offers(self, format_: str, text: str) -> list[dict[str, str]]:
        """What is offered at the cursor, in order: label, documentation, and the text it would insert."""
        items: list[dict[str, str]] = self._ask(format_, text, "completion")["items"]
        return items

    def hover(self, format_: str, text: str, file: Path | None = None) -> str:
        """The text shown over the cursor ``¦``; a ``file`` is known by its name, and finds its schema itself."""
        shown: str = self._ask(format_, text, "hover", file)["text"]
        return shown

    def problems(self, format_: str, text: str, file: Path | None = None) -> list[Problem]:
        """The errors and warnings; a ``file`` is known by its name, and finds its schema itself."""
        uri = file.as_uri() if file else None
        text = text if file else self._with_schema(format_, text)[1]
        items = self._send({"format": format_, "text": text, "action": "validate", "uri": uri})["items"]
        return [Problem(item["message"], _between(text, item)) for item in items]

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(60)

    def _ask(self, format_: str, text: str, action: str, file: Path | None = None) -> dict[str, Any]:
        before, after = text.split(CURSOR)
        shift, whole = (0, before + after) if file else self._with_schema(format_, before + after)
        line, character = before.count("\n") + shift, len(before.rpartition("\n")[2])
        position = {"line": line, "character": character}
        uri = file.as_uri() if file else None
        return self._send({"format": format_, "text": whole, "action": action, "position": position, "uri": uri})

    def _with_schema(self, format_: str, text: str) -> tuple[int, str]:
        """Tombi is told the schema in the file's first line; the others by their settings."""
        return (1, f"#:schema {self.schema.as_uri()}\n{text}") if format_ == "toml" else (0, text)

    def _send(self, question: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps(question), file=self._process.stdin, flush=True)
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        assert "error" not in answer, answer["error"]
        return answer


def _between(text: str, span: dict[str, dict[str, int]]) -> str:
    """The underlined text, as far as the end of its line."""
    lines = text.split("\n")
    start, end = span["start"], span["end"]
    same_line = start["line"] == end["line"]
    return lines[start["line"]][start["character"] : end["character"] if same_line else None]
