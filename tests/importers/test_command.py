"""`hpc import` as a command: what it prints and writes, and how it exits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hpc.cli import main

GOOD = "model_name_or_path: org/m\nstage: sft\nfinetuning_type: lora\nlearning_rate: 1e-4\n"
LOST = GOOD + "neftune_noise_alpha: 5\n"
FORMATS = ("yaml", "toml", "jsonc", "json")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("good.yaml").write_text(GOOD)
    Path("lost.yaml").write_text(LOST)
    return tmp_path


@pytest.mark.parametrize("format_", FORMATS)
def test_what_it_writes_validates(format_: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "good.yaml", "-o", f"train.{format_}"]) == 0
    assert main(["validate", "--strict", f"train.{format_}"]) == 0
    text = Path(f"train.{format_}").read_text()
    assert ("learning_rate, line 4" in text) == (format_ != "json")
    capsys.readouterr()


def test_a_loss_writes_nothing_unless_it_is_accepted(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "lost.yaml", "-o", "train.yaml"]) == 1
    assert not Path("train.yaml").exists()
    assert "neftune_noise_alpha" in capsys.readouterr().err
    assert main(["import", "lost.yaml", "-o", "train.yaml", "--accept-losses"]) == 0
    assert "#   neftune_noise_alpha: 5 (line 5)" in Path("train.yaml").read_text()


@pytest.mark.parametrize("format_", FORMATS)
def test_a_secret_is_not_copied(format_: str, capsys: pytest.CaptureFixture[str]) -> None:
    keys = "hf_hub_token: s3cret\nswanlab_api_key: s3cret\nlr_scheduler_kwargs: {api_key: s3cret}\n"
    Path("job.yaml").write_text(GOOD + keys)
    assert main(["import", "job.yaml", "-o", f"train.{format_}", "--accept-losses"]) == 0
    assert "s3cret" not in Path(f"train.{format_}").read_text()
    capsys.readouterr()


def test_it_overwrites_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    Path("train.yaml").write_text("mine")
    assert main(["import", "good.yaml", "-o", "train.yaml"]) == 2
    assert Path("train.yaml").read_text() == "mine"
    capsys.readouterr()


def test_a_script_that_cannot_be_read_is_told_as_a_config_is(capsys: pytest.CaptureFixture[str]) -> None:
    Path("long.sh").write_text("#" * (1 << 20) + "\n")
    Path("long").symlink_to("long")
    for file, code in (("long.sh", "HPC005"), ("long", "HPC002"), ("none.sh", "HPC001"), (".", "HPC003")):
        assert main(["import", file]) == 2
        assert code in capsys.readouterr().err


@pytest.mark.parametrize(("file", "code"), [("good.yaml", 0), ("lost.yaml", 1)])
def test_json_accounts_for_every_key(file: str, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", file, "--format", "json"]) == code
    found = json.loads(capsys.readouterr().out)
    assert found.keys() == {"tool", "config", "keys"}
    assert found["keys"].keys() == {line.split(":")[0] for line in Path(file).read_text().splitlines()}
    assert all(entry.keys() == {"state", "fields", "why"} for entry in found["keys"].values())


def test_nested_keys_are_dotted(capsys: pytest.CaptureFixture[str]) -> None:
    Path("ax.yaml").write_text("base_model: m\ndatasets:\n  - path: a.jsonl\n    type: alpaca\n    shards: 4\n")
    assert main(["import", "ax.yaml", "--format", "json"]) == 1
    keys = json.loads(capsys.readouterr().out)["keys"]
    assert keys["datasets.0.path"]["state"] == "mapped"
    assert keys["datasets.0.shards"]["state"] == "lost"


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("other.yaml", "color: green\n"),
        ("broken.yaml", "a: [1\n"),
        ("setup.sh", "pip install x\n"),
        ("bytes.sh", "\udcff"),
        ("empty.yaml", ""),
        ("list.yaml", "- 1\n"),
    ],
)
def test_what_is_no_tools_exits_with_2(file: str, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path(file).write_bytes(text.encode("utf-8", "surrogateescape"))
    assert main(["import", file]) == 2
    assert main(["import", file, "--format", "json"]) == 2
    assert capsys.readouterr().out == ""


def test_the_tool_can_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    Path("short.yaml").write_text("lora_r: 8\nadapter: lora\n")
    assert main(["import", "short.yaml"]) == 2
    assert main(["import", "short.yaml", "--from", "axolotl"]) == 0
    assert "lora_rank: 8  # lora_r, line 1" in capsys.readouterr().out


@pytest.mark.parametrize("stem", ["base_model: m\nadapter: lora\nlora_r: 8\n", GOOD])
def test_validate_says_one_thing_of_a_foreign_file(stem: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("job.yaml").write_text(stem)
    assert main(["validate", "--format", "concise", "job.yaml"]) == 1
    printed = capsys.readouterr().out
    assert printed.count("HPC") == 1
    assert "hpc import job.yaml" in printed


def test_a_key_that_only_hpc_has_makes_it_hpcs(capsys: pytest.CaptureFixture[str]) -> None:
    Path("job.yaml").write_text(GOOD + "train_data: a.jsonl\n")
    assert main(["validate", "--format", "concise", "job.yaml"]) == 1
    assert "HPC107" not in capsys.readouterr().out
