"""``hpc schema``: prints the schema, and sets up an editor without losing existing settings."""

import json
import re
from pathlib import Path

import pytest

from hpc.cli import main
from hpc.editors import for_editors
from hpc_schema import SCHEMA_FILE

URL = "./.hpc/hpc.schema.json"

SETTINGS = {
    "none": None,
    "empty": "",
    "empty object": "{}",
    "comments only": "{\n  // nothing yet\n}\n",
    "one line": '{"editor.tabSize": 2}',
    "comments everywhere": '// mine\n{ // first\n  /* a */ "editor.tabSize": 2, // two\n  // last\n}\n',
    "other schemas": '{\n  "json.schemas": [\n    // theirs\n    {"fileMatch": ["a"], "url": "b"},\n  ],\n'
    '  "yaml.schemas": {"c": "d"} // d\n}\n',
    "empty lists": '{"json.schemas": [ /* none */ ], "yaml.schemas": {}}',
    "windows": '{\r\n  // two\r\n  "editor.tabSize": 2\r\n}\r\n',
}


def plain(text: str) -> dict[str, object]:
    """JSONC read by a rule of its own: no comments, no comma before a closing bracket."""
    without = re.sub(r"/\*.*?\*/|//[^\r\n]*", "", re.sub(r"\*\*/", "ANY-", text))
    loaded: dict[str, object] = json.loads(re.sub(r",(\s*[}\]])", r"\1", without))
    return loaded


def test_it_prints_the_schema_byte_for_byte(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["schema"]) == 0
    assert capsysbinary.readouterr().out == Path(SCHEMA_FILE).read_bytes()


@pytest.mark.parametrize("name", SETTINGS)
def test_vscode_settings_gain_the_schema_and_lose_nothing(tmp_path: Path, name: str) -> None:
    path = tmp_path / ".vscode/settings.json"
    before = SETTINGS[name]
    if before is not None:
        path.parent.mkdir()
        path.write_bytes(before.encode())
    assert main(["schema", "--install", "vscode", str(tmp_path)]) == 0
    after = path.read_bytes().decode()
    settings = plain(after)
    assert [s["fileMatch"] for s in settings["json.schemas"] if s["url"] == URL]  # type: ignore[attr-defined]
    assert settings["yaml.schemas"][URL]  # type: ignore[index]
    remaining = iter(after)
    assert all(letter in remaining for letter in (before or "")), "a letter that was there is gone"
    if name == "windows":
        assert after.count("\n") == after.count("\r\n")
    assert json.loads((tmp_path / ".hpc/hpc.schema.json").read_text()) == for_editors(Path(SCHEMA_FILE).read_text())


@pytest.mark.parametrize("editor", ["vscode", "tombi", "other"])
def test_twice_is_as_once(tmp_path: Path, capsys: pytest.CaptureFixture[str], editor: str) -> None:
    assert main(["schema", "--install", editor, str(tmp_path)]) == 0
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.rglob("*.*") if path.is_file()}
    capsys.readouterr()
    assert main(["schema", "--install", editor, str(tmp_path)]) == 0
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in before} == before
    assert "written" not in capsys.readouterr().out


def test_an_older_copy_of_the_schema_is_replaced(tmp_path: Path) -> None:
    copy = tmp_path / ".hpc/hpc.schema.json"
    copy.parent.mkdir()
    copy.write_text("{}")
    assert main(["schema", "--install", "other", str(tmp_path)]) == 0
    assert json.loads(copy.read_text()) == for_editors(Path(SCHEMA_FILE).read_text())


def test_an_editor_shows_range_and_default_and_the_jobs_keys_first() -> None:
    entries = for_editors(Path(SCHEMA_FILE).read_text())["properties"]
    assert entries["learning_rate"]["markdownDescription"].endswith("\n\nabove 0 and below 1 · default: `1e-5`")
    assert sorted(entries, key=lambda name: entries[name]["suggestSortText"]) == list(entries)
    assert list(entries)[1:4] == ["trainer", "model", "train_data"]


def test_tombi_settings_gain_the_schema_and_lose_nothing(tmp_path: Path) -> None:
    before = '# mine\n[[schemas]]\npath = "theirs.json"\ninclude = ["a.toml"]'
    (tmp_path / "tombi.toml").write_text(before)
    assert main(["schema", "--install", "tombi", str(tmp_path)]) == 0
    assert (tmp_path / "tombi.toml").read_text().startswith(before + "\n\n[[schemas]]\n")


@pytest.mark.parametrize(
    ("editor", "file", "text", "code"),
    [
        ("vscode", ".vscode/settings.json", '{"json.schemas": {}}', "HPC709"),
        ("vscode", ".vscode/settings.json", '{"yaml.schemas": []}', "HPC709"),
        ("vscode", ".vscode/settings.json", '{"a": ', "HPC010"),
        ("tombi", "tombi.toml", "schemas = []\n", "HPC709"),
        ("tombi", "tombi.toml", "schemas = [\n", "HPC709"),
    ],
)
def test_settings_of_another_shape_are_refused_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], editor: str, file: str, text: str, code: str
) -> None:
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    assert main(["schema", "--install", editor, str(tmp_path)]) == 2
    assert code in capsys.readouterr().err
    assert path.read_text() == text
    assert not (tmp_path / ".hpc").exists()


def test_a_folder_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "--install", "vscode", str(tmp_path / "nope")]) == 2
    assert "HPC001" in capsys.readouterr().err
