"""Tokenized rows on the disk: made once, in parts, found again, and never in the way of a run."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from tests.end_to_end.tiny import PLAIN, make_tokenizer

from hpc_disk.formats import FORMATS
from hpc_disk.readers import DataRow
from hpc_disk.row_digest import ROWS_VERSION
from hpc_runner import row_cache, row_parts
from hpc_runner.facts import Facts
from hpc_runner.row_cache import cached, key_of
from hpc_runner.tokens import Maker


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HPC_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(row_parts, "PART", 4)


def make(calls: list[int]):  # type: ignore[no-untyped-def]
    def some(part: list[int]) -> Any:
        calls.append(len(part))
        facts = Facts(read=len(part), made=len(part), lengths={1: len(part)})
        return [{"input_ids": [number]} for number in part], list(range(len(part))), facts

    return some


def test_rows_are_made_once_and_mapped_from_the_disk(tmp_path: Path) -> None:
    calls: list[int] = []
    for _ in range(2):
        found = cached("k", lambda: range(10), make(calls), "d")
        rows, facts = found.rows, found.facts
        assert found.origins.tolist() == list(range(10))
        assert len(set(found.digests.tolist())) == 10
        assert rows["input_ids"][:] == [[number] for number in range(10)]
        assert (facts.read, facts.lengths) == (10, {1: 10})
        assert Path(rows.cache_files[0]["filename"]).is_relative_to(tmp_path / "cache" / "rows" / "k")
    assert sum(calls) <= 10
    assert (tmp_path / "cache" / "rows").stat().st_mode & 0o777 == 0o700


def test_an_interrupted_preparation_goes_on_where_it_was(tmp_path: Path) -> None:
    def failing(part: list[int]) -> Any:
        if 4 in part:
            raise KeyboardInterrupt
        return make([])(part)

    with pytest.raises(KeyboardInterrupt):
        cached("k", lambda: range(6), failing, "d")
    calls: list[int] = []
    rows = cached("k", lambda: range(6), make(calls), "d").rows
    assert calls == [2]
    assert rows["input_ids"][:] == [[number] for number in range(6)]


def test_several_processes_make_the_same_rows_in_the_same_order() -> None:
    found = cached("k", lambda: range(50), make([]), "d")
    rows, facts = found.rows, found.facts
    assert rows["input_ids"][:] == [[number] for number in range(50)]
    assert facts.read == 50


def test_only_equal_rows_have_the_same_digest() -> None:
    def some(part: list[Any]) -> Any:
        return part, list(range(len(part))), Facts(read=len(part))

    rows = [{"a": [1, 2], "b": [3]}, {"a": [1], "b": [2, 3]}, {"a": [1, 2], "b": [3]}]
    one, other, again = cached("k", lambda: rows, some, "d").digests.tolist()
    assert one == again != other


def test_a_damaged_cache_is_made_again(tmp_path: Path) -> None:
    cached("k", lambda: range(3), make([]), "d")
    for path in (tmp_path / "cache" / "rows" / "k").glob("part-*.arrow"):
        path.write_bytes(b"cut")
    rows = cached("k", lambda: range(3), make([]), "d").rows
    assert len(rows) == 3


def test_without_a_place_for_a_cache_temporary_files_serve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HPC_CACHE", str(tmp_path / "file"))
    rows = cached("k", lambda: range(3), make([]), "d").rows
    assert rows["input_ids"][:] == [[0], [1], [2]]
    assert capsys.readouterr().err.count("cannot be used") == 1


def test_the_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HPC_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert row_cache.cache_folder() == Path("/somewhere/hpc")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert row_cache.cache_folder() == Path("~/.cache/hpc").expanduser()


GOLDEN = (11, "f35904bb")
"""ROWS_VERSION, and what the code makes of a row of each format. Where the second changes, raise the first."""


def test_the_version_of_rows_is_raised_when_tokens_change() -> None:
    question = {"role": "user", "content": "How many?"}
    answer = {"role": "assistant", "content": "One, two.", "reasoning_content": "Hm."}
    pair = {"prompt": [question], "chosen": [answer], "rejected": [{"role": "assistant", "content": "No."}]}
    kinds = {
        "conversation": {"messages": [question, answer] * 2},
        "corpus": {"text": "Once upon a time."},
        "preference": pair,
    }
    tokenizer = make_tokenizer(PLAIN)
    talk = {"system": "Be brief.", "history": [["Hello", "Ahoy"]]}
    rows = [(each.kind, each.read({**each.example, **(talk if each.optional else {})})) for each in FORMATS]
    made = [
        {key: tokenizer.convert_ids_to_tokens([max(number, 0) for number in ids]) for key, ids in row.items()}
        for kind, example in (*kinds.items(), *rows)
        for row in Maker(tokenizer, kind, 80, None).make([(DataRow("d", 1, {}), example)])
    ]
    digest = hashlib.sha256(json.dumps(made).encode()).hexdigest()[:8]
    assert (ROWS_VERSION, digest) == GOLDEN
    assert key_of("a") != key_of("b")
