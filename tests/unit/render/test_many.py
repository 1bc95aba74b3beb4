"""A file with thousands of problems: a hundred are shown, all are counted, and the time grows with the file only."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.pace import beats

from hpc.cli import main
from hpc.diagnostics import LIMIT, Diagnostic, limited
from hpc.render import FORMATS


def unknown_keys(folder: Path, count: int, indent: int | None) -> str:
    path = folder / f"{count}.json"
    path.write_text(json.dumps({f"Ġtok{number}": number for number in range(count)}, indent=indent, ensure_ascii=False))
    return str(path)


@pytest.mark.parametrize("indent", [None, 1], ids=["on one line", "on a line each"])
@pytest.mark.parametrize("format_", FORMATS)
def test_the_time_grows_with_the_file(
    format_: str, indent: int | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small, large = (unknown_keys(tmp_path, count, indent) for count in (2_000, 32_000))
    main(["validate", small, "--format", format_])  # The imports are made.
    paces = [beats(lambda path=path: main(["validate", path, "--format", format_]), 2) for path in (small, large)]
    capsys.readouterr()
    assert paces[1] < 40 * paces[0], "sixteen times the keys"
    assert paces[1] < 2000


@pytest.mark.parametrize("option", ["--fix", "--diff"])
def test_the_time_of_a_fix_is_bounded(option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = unknown_keys(tmp_path, 32_000, None)
    assert beats(lambda: main(["validate", path, option])) < 2000


@pytest.mark.parametrize("option", ["--fix", "--diff"])
def test_fixes_of_one_line_that_show_one_after_the_other_are_bounded_too(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "prose.json"
    path.write_text("{" + ", ".join(f"“k{number}”: 1" for number in range(40_000)) + "}")
    assert beats(lambda: main(["validate", str(path), option])) < 2000
    assert "fixes" in capsys.readouterr().err


KINDS = {
    "data sets.json": '{"train_data": [' + ", ".join(f'"d{number}"' for number in range(20_000)) + "]}",
    "data sets.yaml": "train_data: [" + "d, " * 60_000 + "d]",
    "brackets.json": '{"a": [' + "{}," * 60_000 + "{}]}",
    "quotes.json": '{"a": ' + "[" * 65 + '"' + '\\"' * 90_000,
    "numbers.toml": "a = [" + "1, # one\n" * 20_000 + "]",
    "the same lines.json": '{"a": "b"\n"c": [\n' + "".join(f'"{n % 150}",\n' for n in range(30_000)) + "]\n}",
}


@pytest.mark.parametrize("option", [[], ["--fix"], ["--diff"]], ids=["validate", "fix", "diff"])
@pytest.mark.parametrize("name", KINDS)
def test_a_fifth_of_a_megabyte_of_anything_takes_a_fifth_of_a_second(
    name: str, option: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    path.write_text(KINDS[name])
    assert beats(lambda: main(["validate", str(path), *option])) < 400


@pytest.mark.parametrize("count", [LIMIT, LIMIT + 1, 3_000])
def test_a_hundred_are_shown_and_all_are_counted(
    count: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = unknown_keys(tmp_path, count, 1)
    assert main(["validate", path, "--format", "json"]) == 1
    said = capsys.readouterr()
    entries = json.loads(said.out)
    assert f"{count} errors" in said.err
    assert len(entries) == LIMIT
    assert sum(entry.get("truncated", 1) for entry in entries) == count
    assert main(["validate", path, "--format", "sarif"]) == 1
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    assert len(run["results"]) == LIMIT
    assert run.get("properties", {"truncated": 1})["truncated"] == count - LIMIT + 1
    assert main(["validate", path]) == 1
    rest = count - LIMIT + 1
    assert (f"error[HPC101]: {rest:,} more problems in this file are not shown" in capsys.readouterr().out) is (
        rest > 1
    )


def test_each_file_has_a_hundred_of_its_own() -> None:
    found = [Diagnostic("HPC101", "error", "x", file) for file in ("a", "b") for _ in range(LIMIT)]
    assert limited(found) == found
    found.append(Diagnostic("HPC401", "warning", "x", "b"))
    assert [(d.file, d.represents, d.severity) for d in limited(found)[-2:]] == [("b", 1, "error"), ("b", 2, "error")]
