"""Files of other tools that repeat values with YAML's anchors, aliases and merged keys."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from hpc.cli import main
from hpc.diagnostics import HpcError
from hpc.importers.command_line import read_source
from hpc.importers.reading import import_source
from hpc.importers.tools import BY_NAME
from hpc.source import parse

HEAD = "base_model: org/m\nadapter: lora\nmicro_batch_size: 2\n"
BOMB = HEAD + "a0: &a0 [x, x, x, x]\n" + "".join(f"a{n}: &a{n} [{f'*a{n - 1}, ' * 9}]\n" for n in range(1, 20))
TEXTS = [
    "a: &x 1\nb: *x\n",
    "a: &x {k: 1}\nb: {<<: *x, l: 2}\n",
    "a: &x {k: 1, l: 2}\nb:\n  <<: *x\n  l: 3\n",
    "a: &x {k: 1}\nb: &y {k: 2, m: 3}\nc: {<<: [*x, *y]}\n",
    "base: &base\n  k: [1, 2]\n<<: *base\nl: 3\n",
    "base: &base {k: 1}\nk: 2\n<<: *base\n",
    "a:\n  - &x {p: q}\n  - *x\nb: [*x, *x]\n",
    "a: &x\nb: *x\n",
    "a: !!float 1.5e-5\nb: !!str 1\nc: !!int 7\nd: !!bool true\ne: !!null ''\n",
]


@pytest.mark.parametrize("text", TEXTS)
def test_values_are_repeated_as_the_tools_repeat_them(text: str) -> None:
    assert parse(text, "yaml", "a.yaml", aliases=True).values == yaml.safe_load(text)


def test_a_merged_key_stands_where_it_is_merged() -> None:
    places = parse("base: &b {k: 1}\n<<: *b\n", "yaml", "a.yaml", aliases=True).places
    assert {key: place.key.line for key, place in places.items()} == {"base": 1, "k": 2}


def test_a_key_that_only_holds_values_for_others_loses_nothing() -> None:
    text = HEAD + "common: &c {type: alpaca}\ndatasets:\n  - {path: a.jsonl, <<: *c}\n"
    done = import_source(read_source(text, "job.yaml"), BY_NAME["axolotl"])
    assert not done.losses
    assert done.outcomes["common"].state == "no_effect"
    assert done.config["train_data"] == "a.jsonl"
    unused = import_source(read_source(HEAD + "common: &c {type: alpaca}\n", "job.yaml"), BY_NAME["axolotl"])
    assert "common" in unused.losses


@pytest.mark.parametrize(
    "text", [BOMB, HEAD + "lora_r: *none\n", HEAD + "datasets: &d\n  - *d\n", HEAD + "a: !!python/name:os.system x\n"]
)
def test_what_cannot_be_repeated_is_refused(text: str) -> None:
    with pytest.raises(HpcError) as refused:
        read_source(text, "job.yaml")
    assert {each.code for each in refused.value.diagnostics} <= {"HPC022", "HPC023"}


def test_every_command_says_one_thing_of_such_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("job.yaml").write_text(HEAD + "lora_r: &r 8\nlora_alpha: *r\n")
    assert main(["validate", "--format", "concise", "job.yaml"]) == 1
    assert main(["compile", "job.yaml"]) == 1
    printed = capsys.readouterr()
    assert "HPC022" not in printed.out + printed.err
    assert "hpc import job.yaml" in printed.out
    Path("mine.yaml").write_text("epochs: &e 3\nseed: *e\n")
    assert main(["validate", "--format", "concise", "mine.yaml"]) == 2
    assert capsys.readouterr().out.count("HPC022") == 2


@pytest.mark.parametrize(
    ("text", "file"),
    [
        ("base_model: m\nadapter: lora\nlora_r: 8\nmicro_batch_size: 2\nadapter: qlora\n", "a.yaml"),
        ("base_model: m\nlora_r: 8\nmicro_batch_size: 2\ndatasets:\n  - path: a\n    path: b\n", "a.yaml"),
        ("x: &x {lora_r: 8}\nbase_model: m\n<<: *x\nmicro_batch_size: 2\nmicro_batch_size: 4\n", "a.yaml"),
        ('{\n\t"base_model": "m",\n\t"lora_r": 8, "micro_batch_size": 2,\n\t"lora_r": 16\n}\n', "a.json"),
    ],
)
def test_a_key_that_is_written_twice_has_its_last_value_and_that_is_said(
    text: str, file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = read_source(text, file)
    assert source.values == yaml.safe_load(text.replace("\t", " "))
    (note,) = source.notes
    assert "is written twice, in lines " in note
    path = tmp_path / file
    path.write_text(text)
    assert main(["validate", str(path)]) == 1
    shown = capsys.readouterr()
    assert "this is a config of Axolotl" in shown.out + shown.err


@pytest.mark.parametrize(("text", "file"), [("a = 1\na = 2\n", "a.toml"), ("a: 1\na: 2\nb: [\n", "a.yaml")])
def test_what_no_tool_reads_stays_refused(text: str, file: str) -> None:
    with pytest.raises(HpcError):
        read_source(text, file)
