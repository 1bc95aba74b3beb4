"""The verdict is the compiler's own, and the lines of the compiled files are theirs to the byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from hpc.check import check
from hpc.compile import compile_document
from hpc.source import parse, read
from hpc_schema import fields as f
from hpc_ui.estimate import count, optimizer_steps
from hpc_ui.verdict import verdict


def test_lines_are_the_files_and_name_their_values(examples: list[Path]) -> None:
    for example in examples:
        document = read(str(example))
        compilation = compile_document(document)
        shown = verdict(document.text, document.format, document.file)["artifacts"]
        assert [file["name"] for file in shown] == list(compilation.artifacts)
        for file in shown:
            artifact = compilation.artifacts[file["name"]]
            assert "".join(line["text"] + "\n" for line in file["lines"]) == artifact.text
            if artifact.lowered and file["name"].endswith(".json"):
                assert {line["key"] for line in file["lines"]} - {""} == set(artifact.lowered.values)
                assert all(line["why"] for line in file["lines"] if line["key"])


@pytest.mark.parametrize(
    "text", ["{", '{"epochs": "2"}', '{"lerning_rate": 1}', '{"trainer": "dpo", "pref_loss": "orpo", "pref_ftx": 1}']
)
def test_diagnostics_are_those_of_the_command_line(text: str) -> None:
    shown = verdict(text, "json", "x.json")
    codes = [diagnostic["code"] for diagnostic in shown["diagnostics"]]
    if shown["fields"] is None:
        assert codes == ["HPC010"] or codes
        return
    assert codes == [d.code for d in check(parse(text, "json", "x.json"))]
    assert (shown["artifacts"] is None) == any(d["severity"] == "error" for d in shown["diagnostics"])


def test_rows_are_counted_and_forgotten_when_the_file_changes(tmp_path: Path) -> None:
    data = tmp_path / "rows.jsonl"
    data.write_text('{"a": 1}\n\n{"a": 2}\n')
    assert count(str(data)) == (2, 19)
    data.write_text('{"a": 1}\n')
    assert count(str(data)) == (1, 9)
    assert count(str(tmp_path)) is None
    assert count(str(tmp_path / "none.json")) is None
    assert count("org/name") is None


def test_steps_are_those_of_the_trainer() -> None:
    """10 examples in batches of 2 are 5 batches, in groups of 4 two steps an epoch: the second is smaller."""
    text = '{"batch_size": 2, "gradient_accumulation_steps": 4, "epochs": 3}'
    config = compile_document(parse(text, "json", "x.json")).config
    assert config[f.epochs] == 3
    assert optimizer_steps(config, 10) == 6
