"""``hpc init``: every recipe in every format is a good config that says what each value means."""

import json
import tomllib
from pathlib import Path

import pytest
import yaml

from hpc.check import check
from hpc.cli import main
from hpc.recipes import RECIPES
from hpc.resolve import resolve
from hpc.source import read
from hpc_schema import fields as f
from hpc_schema import properties

FORMATS = ["jsonc", "json", "yaml", "toml"]


def written(tmp_path: Path, recipe: str, format_: str) -> Path:
    path = tmp_path / f"{recipe}.{format_}"
    assert main(["init", recipe, "-o", str(path)]) == 0
    return path


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipe_in_every_format_is_valid_without_warnings(tmp_path: Path, recipe: str, format_: str) -> None:
    document = read(str(written(tmp_path, recipe, format_)))
    assert check(document).diagnostics == []
    assert document.values == read(str(written(tmp_path, recipe, "json" if format_ != "json" else "yaml"))).values


@pytest.mark.parametrize("recipe", RECIPES)
def test_it_writes_the_recipes_values_and_the_fields_that_act_and_no_other(tmp_path: Path, recipe: str) -> None:
    document = read(str(written(tmp_path, recipe, "jsonc")))
    config = resolve(document)
    assert document.values.items() >= RECIPES[recipe].items()
    assert set(document.values) <= {field.name for field in f.ALL if config.acts(field)}
    assert {field.name for field in f.ALL if config.acts(field) and field.default is not None} <= set(document.values)


@pytest.mark.parametrize("format_", ["jsonc", "yaml", "toml"])
def test_a_comment_says_what_each_field_means(tmp_path: Path, format_: str) -> None:
    path = written(tmp_path, "train_lora_dpo", format_)
    text = " ".join(line.strip().lstrip("/# ") for line in path.read_text(encoding="utf-8").splitlines())
    for name in read(str(path)).values:
        assert properties()[name]["description"] in text
    for heading in ("Job", "General", "Training runtime", "DPO", "LoRA", "Others"):
        assert f"---- {heading}: " in text


def test_other_readers_of_the_formats_agree(tmp_path: Path) -> None:
    expected = json.loads(written(tmp_path, "train_full_dpo", "json").read_text())
    assert tomllib.loads(written(tmp_path, "train_full_dpo", "toml").read_text()) == expected
    # PyYAML reads YAML 1.1, in which 1e-6 is a string: nothing else differs.
    loaded = yaml.safe_load(written(tmp_path, "train_full_dpo", "yaml").read_text())
    assert {**loaded, "learning_rate": float(loaded["learning_rate"])} == expected


def test_the_name_and_the_format_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["init", "train_lora_sft"]) == 0
    assert main(["init", "train_lora_sft", "--format", "toml"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["train_lora_sft.jsonc", "train_lora_sft.toml"]
    assert "hpc validate train_lora_sft.jsonc" in capsys.readouterr().out


def test_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "train_lora_sft", "-o", "-"]) == 0
    assert '"training_type": "lora",' in capsys.readouterr().out


def test_it_overwrites_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.json"
    path.write_text("mine")
    assert main(["init", "train_lora_sft", "-o", str(path)]) == 2
    assert "HPC705" in capsys.readouterr().err
    assert path.read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "code", "hint"),
    [
        (["train_lora_stf"], "HPC708", "train_lora_sft"),
        (["quux"], "HPC708", "train_full_dpo"),
        (["train_lora_sft", "-o", "x.txt"], "HPC004", ".jsonc"),
        (["train_lora_sft", "-o", "x"], "HPC004", ".jsonc"),
        (["train_lora_sft", "-o", "no/such/folder/x.json"], "HPC029", "no such file or directory"),
    ],
)
def test_what_cannot_be_done_is_explained(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: str,
    hint: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["init", *arguments]) == 2
    shown = capsys.readouterr().err
    assert code in shown
    assert hint in shown
    assert list(tmp_path.iterdir()) == []
