"""What a user meets at the terminal before any config is right: help, questions about fields, wrong requests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hpc.arguments import COMMANDS, parsed
from hpc.check import check
from hpc.cli import main
from hpc.forecast.forecast import forecast
from hpc.launcher import resuming
from hpc.resolve import resolve
from hpc.rules import all_rules
from hpc.source import read
from hpc.source.option import override
from hpc.targets.registry import NAMES
from hpc_schema import fields as f
from hpc_schema import properties

CONFIG = {"trainer": "sft", "training_type": "lora", "learning_rate": 2e-4, "lora_rank": 8}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    Path("train.json").write_text(json.dumps(CONFIG, indent=2))
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    """What a command printed, to either stream."""
    assert main(words) == code
    printed = capsys.readouterr()
    return printed.out + printed.err


def test_hpc_alone_lists_the_commands_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    shown = said(capsys)
    assert all(f"    {name}" in shown for name in COMMANDS)
    assert "hpc init train_lora_sft" in shown
    assert "hpc run train_lora_sft.jsonc" in shown


def test_compile_help_lists_what_can_be_emitted(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["compile", "--help"])
    shown = capsys.readouterr().out
    assert all(name in shown for name in NAMES)


@pytest.mark.parametrize("name", [field.name for field in f.ALL])
def test_a_field_alone_is_explained_without_a_config(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    shown = said(capsys, "explain", name)
    subschema = properties()[name]
    assert subschema["title"] in shown.splitlines()[0]
    assert "default: " in shown
    assert all(f"{value}" in shown for value in subschema.get("enum", ()))
    if f.BY_NAME[name].active_when:
        assert "applies only when" in shown


def test_a_field_says_where_it_goes(capsys: pytest.CaptureFixture[str]) -> None:
    shown = said(capsys, "explain", "lora_rank")
    assert "peft.json: r\n" in shown
    shown = said(capsys, "explain", "batch_size")
    assert "deepspeed.json: train_batch_size, train_micro_batch_size_per_gpu\n" in shown


@pytest.mark.parametrize("thing", ["lerning_rate", "LEARNING_RATE"])
def test_a_misspelled_field_is_not_taken_for_a_file(thing: str, capsys: pytest.CaptureFixture[str]) -> None:
    shown = said(capsys, "explain", thing, code=2)
    assert "HPC707" in shown
    assert "did you mean learning_rate?" in shown


def test_a_compiled_value_without_its_config_is_not_taken_for_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    shown = said(capsys, "explain", "peft.json:r", code=2)
    assert "error[HPC707]: peft.json:r is a value of a config" in shown
    assert "hpc explain train.json peft.json:r" in shown
    shown = said(capsys, "explain", "peft.json", code=2)
    assert "peft.json is compiled from a config" in shown
    assert "hpc explain train.json peft.json:KEY" in shown


def test_usage_and_help_are_in_words_that_fit_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["explain", "--help"])
    assert "usage: hpc explain [options] CONFIG [FIELD | ARTIFACT:KEY ...]\n       hpc explain FIELD | CODE" in (
        capsys.readouterr().out
    )
    assert "name a recipe: train_lora_sft, " in said(capsys, "init", code=2)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["ask", "runs/a", "--base", "Why?"], {"run": "runs/a", "question": "Why?", "base": True}),
        (["validate", "a.json", "--strict", "b.json"], {"files": ["a.json", "b.json"], "strict": True}),
        (["runs", "--format", "json", "old"], {"folder": "old", "format": "json"}),
        (["validate", "--strict", "--", "-a.json"], {"files": ["-a.json"], "strict": True}),
    ],
)
def test_options_stand_anywhere_among_the_arguments(words: list[str], wanted: dict[str, Any]) -> None:
    found = vars(parsed(words))
    assert {key: found[key] for key in wanted} == wanted


def test_a_job_for_a_cluster_names_no_option_of_another_command(capsys: pytest.CaptureFixture[str]) -> None:
    named = ("--set", "model=org/not-here", "--emit", "slurm.sbatch")
    shown = said(capsys, "compile", "train.json", *named)
    assert "memory not known: no config.json of org/not-here on this machine\n" in shown


def test_a_file_named_like_a_field_is_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    Path("seed").write_text("{}")
    assert "HPC004" in said(capsys, "explain", "./seed", code=2)


def test_a_config_is_explained_in_groups_and_says_how_much_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    shown = said(capsys, "explain", "train.json")
    headings = [line for line in shown.splitlines() if line and not line.startswith(" ")]
    assert headings[:2] == ["Job", "General"]
    assert "DPO" not in headings, "no field of the group applies in this job"
    assert (
        "  learning_rate = 0.0002  <- train.json:4:20\n    training_arguments.json: learning_rate = 0.0002\n" in shown
    )
    assert "not used here" not in shown
    assert "--all" in shown.splitlines()[-1]
    config = resolve(read("train.json"))
    assert f"{sum(not config.acts(field) for field in f.ALL)} fields have no effect in this job" in shown
    everything = said(capsys, "explain", "train.json", "--all")
    assert "not used here: " in everything
    assert all(f"  {field.name} = " in everything for field in f.ALL)
    assert len(shown.splitlines()) * 2 < len(everything.splitlines())


def test_a_written_field_without_effect_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    Path("train.json").write_text('{"pref_beta": 0.5}')
    shown = said(capsys, "explain", "train.json")
    assert "  pref_beta = 0.5  <- train.json:1:15\n    has no effect in this job\n" in shown


@pytest.mark.parametrize("code", ["HPC299", "HPC999", "hpc1"])
def test_an_unknown_code_gets_no_guess(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    shown = said(capsys, "explain", code, code=2)
    assert "did you mean" not in shown
    assert "HPC707" in shown


@pytest.mark.parametrize("name", ["missing.json", "notes.yaml", "a.json", "rain_forest.json"])
def test_an_unknown_file_gets_no_far_fetched_guess(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    for other in ("json.json", "data.jsonl", "b.json", "notes.md"):
        Path(other).write_text("{}")
    assert "did you mean" not in said(capsys, "validate", name, code=2)


@pytest.mark.parametrize("name", ["trian.json", "train.jsonc", "Train.json", "train.jsn", "trains.yaml"])
def test_a_file_with_nearly_the_same_name_is_suggested(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "did you mean `train.json`?" in said(capsys, "validate", name, code=2)


@pytest.mark.parametrize(
    ("name", "meant"),
    [("deepspeed.jsn", "deepspeed.json"), ("slurm.sh", "slurm.sbatch"), ("launch", "launch.sh"), ("foo.json", "")],
)
def test_an_unknown_artifact(name: str, meant: str, capsys: pytest.CaptureFixture[str]) -> None:
    shown = said(capsys, "compile", "train.json", "--emit", name, code=2)
    assert (f"did you mean {meant}?" in shown) if meant else ("did you mean" not in shown)


REQUESTS = [
    (["explain", "HPC999"], "HPC707"),
    (["explain", "train.json", "nothing_like_it"], "HPC707"),
    (["compile", "train.json", "--emit", "x"], "HPC701"),
    (["compile", "train.json", "--set", "x"], "HPC703"),
    (["init", "x"], "HPC708"),
]


@pytest.mark.parametrize(("words", "code"), REQUESTS)
def test_a_wrong_request_has_no_place(words: list[str], code: str, capsys: pytest.CaptureFixture[str]) -> None:
    shown = said(capsys, *words, code=2)
    assert f"error[{code}]" in shown
    assert "-->" not in shown


@pytest.mark.parametrize("format_", ["json", "sarif", "concise", "plain", "github"])
def test_a_wrong_request_in_other_formats(format_: str, capsys: pytest.CaptureFixture[str]) -> None:
    shown = said(capsys, "validate", "train.json", "--set", "x", "--format", format_, code=2)
    assert "HPC703" in shown
    if format_ == "json":
        assert json.loads(shown.rpartition("\n]")[0] + "]")[0]["file"] is None
    if format_ == "sarif":
        result = json.loads(shown.rpartition("\n}")[0] + "}")["runs"][0]["results"][0]
        assert "locations" not in result
    assert shown.startswith(("[", "{", "error[", "Error HPC703: ", "::error title="))


def test_no_address_that_leads_nowhere(capsys: pytest.CaptureFixture[str]) -> None:
    Path("bad.json").write_text('{"epochs": 0}')
    shown = said(capsys, "validate", "bad.json", "--format", "json", code=1)
    assert "url" not in json.loads(shown.rpartition("\n]")[0] + "]")[0]


def test_an_output_folder_that_cannot_be_written_is_shown_at_its_field(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("file").write_text("")
    Path("train.json").write_text('{\n  "model": "m",\n  "output_dir": "file/run"\n}')
    job = check(read("train.json"), disk="ignored")
    ready = job._replace(forecast=forecast(job.config))
    monkeypatch.setattr("hpc.commands.run.ready_to_run", lambda *_, **__: ready)
    shown = said(capsys, "run", "train.json", code=2)
    assert "--> train.json:3:17" in shown
    assert "file/run" in shown


@pytest.mark.parametrize("code", sorted(all_rules()))
def test_a_rules_page_breaks_its_lines_at_blanks(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    shown = said(capsys, "explain", code)
    text, code_block = [], False
    for line in shown.splitlines():
        code_block ^= line.startswith("```")
        if not code_block:
            text.append(line)
    assert all(len(line) <= 80 or " " not in line.strip() for line in text)


def test_the_command_that_resumes_repeats_what_was_set() -> None:
    document = override(read("train.json"), ["output_dir=runs/a b", "resume_from_checkpoint=false"])
    wanted = "hpc run train.json --set 'output_dir=runs/a b' --set resume_from_checkpoint=true"
    assert resuming(resolve(document)) == wanted
