"""Files that other programs wrote: each is named for what it is, with the way out, and never a traceback."""

from __future__ import annotations

import gzip
import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.disk.worlds import ALPACA, TALK, found

from hpc_disk.rows import listing, rows

ROWS = "".join(json.dumps(ALPACA) + "\n" for _ in range(9))
# Without the time of day, which would give each of pytest's workers another name for the test.
GZIPPED = gzip.compress(ROWS.encode(), mtime=0)
TABLE = "instruction,input,output\n" + "Add 1 and 1.,,2 caf\u00e9\n" * 9


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


FOREIGN = [
    ("d.jsonl", b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 12\n", "pointer", "git lfs pull"),
    ("d.parquet", b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 12\n", "pointer", "git lfs pull"),
    ("d.csv", TABLE.replace(",", ";").encode(), "separated by semicolons", "delimiter=';'"),
    ("d.csv", TABLE.replace(",", "\t").encode(), "separated by tabs", "delimiter='\\t'"),
    ("d.csv", ("sep=;\n" + TABLE).encode(), "separated by semicolons", "delimiter=';'"),
    ("d.csv", TABLE.replace(",", "|").encode(), "separated by `|`", "delimiter='|'"),
    ("d.csv", TABLE.encode("utf-16"), "UTF-16", "iconv -f UTF-16"),
    ("d.jsonl", ROWS.encode("utf-16-le"), "UTF-16", "iconv -f UTF-16"),
    ("d.jsonl", json.dumps([ALPACA] * 9).encode(), "holds one JSON list", "rename it to d.json"),
    ("d.jsonl", json.dumps([ALPACA] * 9, indent=2).encode(), "over several lines", "rename it to d.json"),
    ("d.jsonl", b"\n" + json.dumps(ALPACA, indent=2).encode(), "over several lines", "rename it to d.json"),
    ("d.jsonl", bytes(4096), "begins with zero bytes", "download or write the file again"),
    ("d.csv", bytes(4096), "begins with zero bytes", "download or write the file again"),
    ("rows", ROWS.encode(), "rows has no ending that says", "rename it, for example to rows.jsonl"),
    ("d.csv", TABLE.encode("cp1252"), "probably Windows-1252", "iconv -f WINDOWS-1252 -t UTF-8 d.csv"),
    *(
        ("d.csv", f"instruction,input,output\n{text},,{text}\n".encode(encoding), "not in a Latin script's", encoding)
        for encoding, text in (
            ("WINDOWS-1251", "\u041a\u0430\u043a \u0434\u0435\u043b\u0430"),
            ("GB18030", "\u4f60\u597d\u5417"),
            ("SHIFT_JIS", "\u8cea\u554f\u3067\u3059"),
        )
    ),
    ("d.csv", TABLE.replace("\n", "\r").encode(), "line ends of old Macs", "tr "),
    ("d.txt", b"one\rtwo\r", "line ends of old Macs", "> converted.txt"),
    ("d.jsonl", ROWS.replace("\n", "\r").encode(), "line ends of old Macs", "tr '\\r' '\\n' < d.jsonl"),
    ("d.json", json.dumps({"train": [ALPACA], "test": [ALPACA], "version": 1}).encode(), "`train` and `test`", "open("),
    ("d.csv", b"a,a\n1,2\n", "the column `a` twice", "name of its own"),
    ("d.json", json.dumps({"instruction": {"0": "a"}, "output": {"0": "b"}}).encode(), "columns, not rows", "orient="),
    ("d.json", json.dumps({"text": {"0": "a", "1": "b"}}).encode(), "columns, not rows", "orient="),
    ("d.json", json.dumps({"instruction": ["a"], "output": ["b"]}).encode(), "columns, not rows", "orient="),
    ("d.json", json.dumps({"0": ALPACA, "1": ALPACA}).encode(), "columns, not rows", "('d.json', orient='index')"),
    (
        "d.json",
        json.dumps({"columns": ["instruction", "output"], "index": [0], "data": [["a", "b"]]}).encode(),
        "columns, not rows",
        "('d.json', orient='split')",
    ),
    ("d.jsonl", GZIPPED, "compressed with gzip", "gunzip d.jsonl"),
    ("d.jsonl.gz", GZIPPED, "does not read `.gz`", "gunzip d.jsonl.gz"),
    ("d.json", b"<!DOCTYPE html><html></html>", "a web page", "download the file itself"),
    ("d.ndjson", b"{}\n", "does not read `.ndjson`", "name it .jsonl"),
    ("d.jsonl", "{}\n".encode("utf-32"), "UTF-32", "iconv -f UTF-32"),
    ("d.json", b'{"a": {"instruction": "a"}, "b": {"instruction": "b"}}', "columns, not rows", "orient='index'"),
    ("d.tsv", b"a\tb\n", "does not read `.tsv`", "write commas"),
    ("d.xlsx", b"PK\x03\x04", "does not read `.xlsx`", "save it as CSV"),
]


@pytest.mark.parametrize(("name", "content", "what", "way_out"), FOREIGN)
def test_is_named_with_the_way_out(name: str, content: bytes, what: str, way_out: str) -> None:
    Path(name).write_bytes(content)
    told = found({"train_data": name})["HPC521"]
    assert what in told.message
    assert way_out in told.help


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"version": 1, "data": [ALPACA] * 9}),
        json.dumps([ALPACA] * 9),
        json.dumps([ALPACA] * 9, indent=2),
        ROWS,
        "\ufeff" + ROWS,
        "".join(json.dumps(ALPACA, indent=2) + "\n" for _ in range(9)),
        "[" + ",".join([json.dumps(ALPACA)] * 8) + ', {"instruction": "a", "output": "b", "id": ' + "9" * 5000 + "}]",
    ],
)
def test_rows_in_every_form_of_json(text: str) -> None:
    Path("d.json").write_text(text)
    assert found({"train_data": "d.json"}) == {}
    assert [row.number for row in rows(listing("d.json").parts)] == (list(range(1, 10)))


def test_a_number_of_thousands_of_digits_in_a_column_without_use() -> None:
    Path("d.jsonl").write_text(ROWS + '{"instruction": "a", "output": "b", "id": ' + "9" * 5000 + "}\n")
    assert found({"train_data": "d.jsonl"}) == {}


def test_rows_among_other_lists_are_those_with_known_columns() -> None:
    Path("d.json").write_text(json.dumps({"licenses": [{"id": 1}], "data": [ALPACA, ALPACA]}))
    assert [row.value for row in rows(listing("d.json").parts)] == [ALPACA, ALPACA]


def test_the_mark_of_excel_that_commas_separate_is_passed_over() -> None:
    Path("d.csv").write_text("sep=,\n" + TABLE, encoding="utf-8")
    assert [row.number for row in rows(listing("d.csv").parts)] == list(range(1, 10))
    assert "HPC521" not in found({"train_data": "d.csv"})


def test_a_row_of_csv_with_too_many_values_is_malformed() -> None:
    Path("d.csv").write_text("instruction,output\n" + "a,b\n" * 8 + "a,yes, of course\n")
    assert "it has 3 values, but the header has 2 columns" in found({"train_data": "d.csv"})["HPC524"].message


def test_only_the_columns_that_are_needed_are_read_from_parquet() -> None:
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = pa.table(
        {
            "instruction": ["a"] * 9,
            "output": ["b"] * 9,
            "when": pa.array([2**60] * 9, pa.timestamp("us")),
            "raw": pa.array([b"\xff\xfe"] * 9, pa.binary()).view(pa.string()),
        }
    )
    parquet.write_table(table, "d.parquet")
    assert found({"train_data": "d.parquet"}) == {}
    (first, *_) = rows(listing("d.parquet").parts)
    assert (set(first.value), set(first.unread)) == ({"instruction", "output"}, {"when", "raw"})
    broken = pa.table(
        {"instruction": pa.array([b"ok", b"\xff"] * 5, pa.binary()).view(pa.string()), "output": ["b"] * 10}
    )
    parquet.write_table(broken, "d.parquet")
    assert "5 of 10 rows" in found({"train_data": "d.parquet"})["HPC524"].message


def test_a_folder_of_save_to_disk() -> None:
    pa = pytest.importorskip("pyarrow")
    Path("data/train").mkdir(parents=True)
    table = pa.Table.from_pylist([ALPACA] * 9)
    with (
        pa.OSFile("data/train/data-00000-of-00001.arrow", "wb") as file,
        pa.ipc.new_stream(file, table.schema) as writer,
    ):
        writer.write_table(table)
    Path("data/train/state.json").write_text("{}")
    Path("data/dataset_dict.json").write_text('{"splits": ["train"]}')
    assert found({"train_data": "data"}) == {}
    assert len(list(rows(listing("data").parts))) == 9


def test_the_command_for_several_lists_of_rows_writes_each_to_a_file() -> None:
    Path("d.json").write_text(json.dumps({"train": [ALPACA] * 2, "test": [TALK], "version": "1"}))
    assert pasted(found({"train_data": "d.json"})["HPC521"].help.partition(": ")[2]) == ""
    assert [len(Path(f"{name}.jsonl").read_text().splitlines()) for name in ("train", "test")] == [2, 1]
    assert not Path("version.jsonl").exists()


def pasted(command: str) -> str:
    """What a shell says of the command, with the Python of the tests."""
    command = command.replace("python", shlex.quote(sys.executable), 1)
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_the_command_for_several_lists_runs_nothing_that_a_key_says() -> None:
    """The command is pasted into a shell, and the keys are those of somebody else's file."""
    keys = ["$(touch ran)", "`touch ran`", "a'; touch ran; '", '"; touch ran; "']
    Path("d.json").write_text(json.dumps({key: [ALPACA] for key in keys}))
    pasted(found({"train_data": "d.json"})["HPC521"].help.partition(": ")[2])
    assert not Path("ran").exists()
    assert {path.name for path in Path().glob("*.jsonl")} == {f"{key}.jsonl" for key in keys}
