"""Values on a disk that a check cannot calculate with: an answer, and never an exception."""

from __future__ import annotations

import json
import zipfile
from hashlib import sha256
from itertools import islice
from math import inf
from pathlib import Path
from typing import Any

import pytest

from hpc.cli import main
from hpc_disk import readers
from hpc_disk.files import read_object
from hpc_disk.foreign import Unreadable
from hpc_disk.models.merging import plan_merge
from hpc_disk.readers import _value
from hpc_disk.rows import listing, read, rows
from hpc_disk.runs import answering, describe
from hpc_runner.errors import RunnerError
from hpc_runner.needs import needs_of
from hpc_runner.plan import load_plan

SOUND = {"model_type": "llama", "hidden_size": 32, "vocab_size": 64, "num_attention_heads": 4, "intermediate_size": 64}
ODD = ("Infinity", "NaN", "1e999", "1e308", "9" * 4500, "9" * 300, "[]", '{"a": 1}', '"x"', "0")
WRITTEN = (
    *("model_type", "hidden_size", "vocab_size", "num_attention_heads", "num_key_value_heads", "head_dim"),
    *("num_hidden_layers", "max_position_embeddings", "rope_scaling", "quantization_config", "text_config"),
    *("auto_map", "num_local_experts", "tie_word_embeddings", "is_encoder_decoder", "torch_dtype"),
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model").mkdir()
    (tmp_path / "rows.jsonl").write_text('{"text": "a"}\n')
    (tmp_path / "job.json").write_text('{"model": "model", "train_data": "rows.jsonl", "trainer": "pt"}')
    return tmp_path


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd[:12])
def test_every_setting_of_a_model(odd: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for key in WRITTEN:
        settings = json.dumps({**SOUND, key: "ODD"}).replace('"ODD"', odd)
        (folder / "model/config.json").write_text(settings)
        assert main(["plan", "job.json"]) in (0, 1)


@pytest.mark.parametrize("factor", ODD, ids=lambda odd: odd[:12])
def test_the_factor_of_stretched_positions(factor: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rope = f'{{"factor": {factor}, "original_max_position_embeddings": 64}}'
    (folder / "model/config.json").write_text(f'{json.dumps(SOUND)[:-1]}, "rope_scaling": {rope}}}')
    assert main(["validate", "job.json"]) in (0, 1)


def test_numbers_that_are_not_finite_stay_texts(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"a": Infinity, "b": 1e999, "c": NaN, "d": 2.5}')
    assert read_object(tmp_path / "a.json") == {"a": "Infinity", "b": "1e999", "c": "NaN", "d": 2.5}


def test_a_huge_number_in_a_line_that_is_not_json() -> None:
    assert isinstance(_value(f'{{"a": {"9" * 5000}'), ValueError)
    assert _value(f'{{"a": {"9" * 5000}}}') == {"a": inf}


@pytest.mark.parametrize("number", ["9" * 5000, "NaN", "1e999"])
def test_a_number_is_never_learned_as_a_text_and_shown_as_json(
    number: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("rows.jsonl").write_text(f'{{"instruction": {number}, "output": "b"}}\n')
    assert main(["data", "rows.jsonl", "--format", "json"]) == 1
    answer = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert answer["malformed"][0]["reason"] == "`instruction` is a number, it must be a string"


def test_a_damaged_archive_of_every_codec(folder: Path) -> None:
    for codec in (zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        with zipfile.ZipFile("rows.zip", "w", codec) as archive:
            archive.writestr("a.json", json.dumps([{"text": f"row {number}"} for number in range(200)]))
            start = archive.infolist()[0].header_offset + 60
        data = bytearray((folder / "rows.zip").read_bytes())
        data[start : start + 40] = b"\xff" * 40
        (folder / "rows.zip").write_bytes(data)
        with pytest.raises(Unreadable):
            list(rows(listing("rows.zip").parts))


DAMAGES = (
    '{"data": 7, "hpc": "1", "model": []}',
    '{"hpc": "1", "artifacts": 3}',
    "[" * 50_000,
    '{"hpc": "1", "format": 1}',
)


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage[:20])
def test_the_folder_of_a_run(damage: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("build/plan.json", "build/origins.json", "summary.json", "final/adapter_config.json"):
        path = folder / "out" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(damage)
    (folder / "out/metrics.jsonl").write_text('{"step": NaN, "loss": 1e999}\n{"step": 3, "loss": ' + "9" * 400 + "}\n")
    assert describe(folder / "out").steps == 3
    answering(folder / "out", base=True)
    plan_merge("out", None, None)
    assert main(["runs"]) == 0
    assert main(["diff", "out", "job.json"]) in (1, 2)
    with pytest.raises(RunnerError, match="HPC801"):
        load_plan(folder / "out/build")


def test_a_dictionary_that_repeats_a_long_text_is_read_in_little_memory(folder: Path) -> None:
    """Each row is 1 MB; the file has a few hundred bytes."""
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * 3000, pa.int32()), pa.array(["a" * 1_000_000]))
    pq.write_table(pa.table({"text": texts}), "rows.parquet", compression="zstd")
    with pa.OSFile("rows.arrow", "wb") as file, pa.ipc.new_stream(file, pa.schema([("text", texts.type)])) as writer:
        writer.write_batch(pa.record_batch([texts], names=["text"]))
    for name in ("rows.parquet", "rows.arrow"):
        parts, before = listing(name).parts, pa.total_allocated_bytes()
        taken = list(islice(read(parts[0], limit=1_500_000), 100))
        assert len(taken) == 2, "more than the limit is not read"
        assert pa.total_allocated_bytes() - before < 2**28


@pytest.mark.parametrize("kind", ["new_stream", "new_file"])
def test_an_arrow_file_that_unpacks_without_bound(kind: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One buffer, or many small ones together; an honest file of the same kind is read."""
    monkeypatch.setattr(readers, "HELD", 2**20)
    pa = pytest.importorskip("pyarrow")

    def write(name: str, table: Any) -> None:
        options = pa.ipc.IpcWriteOptions(compression="zstd")
        with pa.OSFile(name, "wb") as file, getattr(pa.ipc, kind)(file, table.schema, options=options) as writer:
            writer.write_table(
                pa.table({name: column[:0] for name, column in zip(table.schema.names, table, strict=True)})
            )
            writer.write_table(table)

    one = pa.table({"text": ["a" * 5_000_000]})
    many = pa.table({f"text{number}": ["a" * 500_000] for number in range(10)})
    repeated = pa.table({"text": pa.DictionaryArray.from_arrays(pa.array([0, 0], pa.int32()), one["text"].chunk(0))})
    for table in (one, many, repeated):
        write("rows.arrow", table)
        before = pa.total_allocated_bytes()
        with pytest.raises(Unreadable, match=r"of one batch unpack to 5,000,.*, which looks like a"):
            list(rows(listing("rows.arrow").parts))
        assert pa.total_allocated_bytes() - before < 2**20
    texts = ["".join(f"{number * 7919:x} " for number in range(row, row + 20_000)) for row in range(20)]
    write("rows.arrow", pa.table({"text": texts}))
    assert [row.value["text"] for row in rows(listing("rows.arrow").parts)] == texts


def test_a_parquet_file_that_unpacks_without_bound(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "HELD", 2**20)
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    pq.write_table(pa.table({"text": ["a" * 2_000_000]}), "rows.parquet", compression="zstd")
    with pytest.raises(Unreadable, match="looks like a decompression bomb"):
        list(rows(listing("rows.parquet").parts))


ODD_PLAN: tuple[tuple[str, Any], ...] = (
    ("data.max_sequence_length", "x"),
    ("data.max_samples", []),
    ("model", 5),
    ("model.quantization", []),
    ("distributed.nodes", True),
    ("trainer.name", "grpo"),
    ("adapter.merge", None),
    ("artifacts", {}),
    ("resume", 5.5),
    ("versions", 1),
)


@pytest.mark.parametrize(("place", "value"), ODD_PLAN)
def test_a_damaged_plan_is_refused_by_its_key(place: str, value: Any, folder: Path) -> None:
    assert main(["compile", "job.json", "-o", "build"]) == 0
    plan = json.loads((folder / "build/plan.json").read_text())
    *above, key = place.split(".")
    section = plan
    for name in above:
        section = section[name]
    section[key] = value
    (folder / "build/plan.json").write_text(json.dumps(plan))
    with pytest.raises(RunnerError, match="HPC801"):
        needs_of(load_plan(folder / "build"))


def test_damaged_arguments_whose_digests_were_made_again(folder: Path) -> None:
    assert main(["compile", "job.json", "-o", "build"]) == 0
    plan = json.loads((folder / "build/plan.json").read_text())
    data = b'{"target_modules": [], "modules_to_save": 0.5}'
    (folder / "build/peft.json").write_bytes(data)
    plan["artifacts"]["peft.json"] = f"sha256:{sha256(data).hexdigest()}"
    (folder / "build/plan.json").write_text(json.dumps(plan))
    with pytest.raises(RunnerError, match="the compiled arguments in build are damaged"):
        needs_of(load_plan(Path("build")))
