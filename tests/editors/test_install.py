"""``hpc schema --install``: the real language servers find the schema by the settings that it writes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.editors.editor import Editor

from hpc.cli import main
from hpc_schema import SCHEMA_FILE

BAD = {"json": '{"epochs": 0}', "jsonc": '{"epochs": 0} // zero', "yaml": "epochs: 0\n", "toml": "epochs = 0\n"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / "sub").mkdir()
    assert main(["schema", "--install", "vscode", str(folder)]) == 0
    assert main(["schema", "--install", "tombi", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def installed(node_modules: None, tombi: str | None, folder: Path) -> Iterator[Editor]:
    running = Editor(Path(SCHEMA_FILE), folder, tombi, folder / ".vscode/settings.json")
    yield running
    running.close()


@pytest.mark.parametrize("name", ["train_a", "sub/train_b", "c.hpc", "sub/d.hpc"])
@pytest.mark.parametrize("format_", BAD)
def test_a_config_is_checked_by_its_name(
    installed: Editor, tombi: str | None, folder: Path, format_: str, name: str
) -> None:
    if format_ == "toml" and tombi is None:
        pytest.skip("tombi is not installed: TOML cannot be tested (pip install tombi)")
    found = installed.problems(format_, BAD[format_], folder / f"{name}.{format_}")
    assert [problem.text for problem in found] == ["0"]


def test_a_hover_has_range_and_default(installed: Editor, folder: Path) -> None:
    for format_, text in (("json", '{"learning¦_rate": 0.1}'), ("yaml", "learning¦_rate: 0.1\n")):
        shown = installed.hover(format_, text, folder / f"train_hover.{format_}").replace("\\", "")
        assert "above 0 and below 1 · default: `1e-5`" in shown


@pytest.mark.parametrize("format_", BAD)
def test_another_file_is_left_alone(installed: Editor, tombi: str | None, folder: Path, format_: str) -> None:
    if format_ == "toml" and tombi is None:
        pytest.skip("tombi is not installed: TOML cannot be tested (pip install tombi)")
    assert installed.problems(format_, BAD[format_], folder / f"other.{format_}") == []


@pytest.mark.parametrize(
    ("format_", "text"),
    [
        ("json", '{"$schema": "../.hpc/hpc.schema.json", "epochs": 0}'),
        ("yaml", "# yaml-language-server: $schema=../.hpc/hpc.schema.json\nepochs: 0\n"),
        ("toml", "#:schema ../.hpc/hpc.schema.json\nepochs = 0\n"),
    ],
)
def test_a_config_of_any_name_can_name_its_schema(
    installed: Editor, tombi: str | None, folder: Path, format_: str, text: str
) -> None:
    if format_ == "toml" and tombi is None:
        pytest.skip("tombi is not installed: TOML cannot be tested (pip install tombi)")
    found = installed.problems(format_, text, folder / f"sub/any.{format_}")
    assert [problem.text for problem in found] == ["0"]
