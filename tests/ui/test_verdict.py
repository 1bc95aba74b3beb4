"""The verdict is the compiler's own, and the lines of the compiled files are theirs to the byte."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hpc.check import check
from hpc.compile import compile_document
from hpc.diagnostics import LIMIT
from hpc.source import parse, read
from hpc.source.document import Document, Format
from hpc_ui import suggest
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
    assert codes == [d.code for d in check(parse(text, "json", "x.json")).diagnostics]
    assert (shown["artifacts"] is None) == any(d["severity"] == "error" for d in shown["diagnostics"])


def test_of_thousands_of_problems_a_hundred_are_shown_and_all_are_counted() -> None:
    text = json.dumps({f"key_{number}": 1 for number in range(3000)})
    shown = verdict(text, "json", "x.json")["diagnostics"]
    assert len(shown) == LIMIT
    assert sum(diagnostic["count"] for diagnostic in shown) == 3000


@pytest.mark.parametrize(("trainer", "steps"), [("sft", "6"), ("pt", "3")])
def test_steps_are_those_of_the_trainer(tmp_path: Path, trainer: str, steps: str) -> None:
    """Ten rows in batches of 2 are 5 batches, in groups of 4 two steps an epoch; as 4 packed blocks they are one."""
    row = {"sft": {"instruction": "a" * 30, "input": "", "output": "b"}, "pt": {"text": "a" * 189}}[trainer]
    data = tmp_path / "rows.jsonl"
    data.write_text(f"{json.dumps(row)}\n" * 10)
    job = {"trainer": trainer, "train_data": str(data), "batch_size": 2, "epochs": 3, "max_sequence_length": 128}
    rows = {row["title"]: row["value"] for row in verdict(json.dumps(job), "json", "x.json")["summary"]}
    assert rows["Steps"].removeprefix("about ") == steps
    assert rows["Tokens"] == f"about {data.stat().st_size // 4 * 3:,}"


FOREIGN = "model_name_or_path: org/m\nstage: sft\nfinetuning_type: lora\nlora_rank: 4\n"


@pytest.mark.parametrize(
    ("text", "format_", "file"),
    [
        (FOREIGN, "yaml", "job.yaml"),
        (FOREIGN, "jsonc", "new.jsonc"),
        ("swift sft --model org/m --dataset a.jsonl --lora_rank 4 --num_train_epochs 1", "jsonc", "new.jsonc"),
        ('{"base_model": "org/m", "adapter": "lora", "lora_r": 4, "micro_batch_size": 1}', "json", "job.json"),
    ],
)
def test_another_tools_config_can_be_imported_in_place(text: str, format_: Format, file: str) -> None:
    (told,) = verdict(text, format_, file)["diagnostics"]
    assert told["code"] == "HPC107"
    (change,) = told["fixes"][0]["changes"]
    assert (change["from"], change["to"]) == (0, len(text))
    assert parse(change["insert"], format_, file).values["lora_rank"] == 4


@pytest.mark.parametrize("format_", ["json", "yaml", "toml"])
def test_suggestions_read_no_more_of_a_text_of_thousands_of_mistakes(
    format_: Format, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []

    def counted(text: str, *rest: Any) -> Document:
        read.append(len(text))
        return parse(text, *rest)

    monkeypatch.setattr(suggest, "parse", counted)
    line = {"json": '"key_{}": {},', "yaml": "key_{}: {}", "toml": "key_{} = {}"}[format_]
    lines = "\n".join(line.format(number, number) for number in range(10_000))
    text = "{" + lines.rstrip(",") + "}" if format_ == "json" else lines
    assert verdict(text, format_, f"job.{format_}")["diagnostics"]
    assert sum(read) <= 200_000
