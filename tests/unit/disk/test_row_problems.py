"""What was seen while tokens were made is said with its count, one problem for each kind of thing."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest

from hpc_disk.problems import Problem, RowPlace
from hpc_runner.facts import Count, Facts, facts_from, merge
from hpc_runner.lengths import histogram
from hpc_runner.row_problems import problems_of


def count(rows: int, about: str = "") -> Count:
    return Count(rows, ("d.jsonl", 3), about)


def said(limit: int = 40, *, skip: bool = False, **seen: Any) -> dict[str, Problem]:
    facts = Facts(read=10, made=10, lengths={20: 9, 61: 1}, **seen)
    return {each.code: each for each in problems_of(facts, "d.jsonl", "train_data", limit, skip=skip)}


# HPC577, rows that are there twice: tests/unit/test_data_command.py, with a tokenizer.
SEEN = [
    ("HPC568", "warning", {"cut": count(9)}, "9 of 10 rows of d.jsonl are longer than 40 tokens and lose their end"),
    ("HPC569", "warning", {"dropped": count(2)}, "2 of 10 rows of d.jsonl have no answer within 40 tokens"),
    ("HPC569", "error", {"dropped": count(10)}, "no row of d.jsonl has a token to learn from within 40 tokens"),
    ("HPC571", "warning", {"missing": {"system": count(1)}}, "leaves out the system text of 1 row of d.jsonl"),
    ("HPC572", "warning", {"control": count(2, "<|im_end|>")}, "2 rows of d.jsonl have a special token in the text"),
    ("HPC573", "error", {"beyond": count(8, "<tool_call> (512)")}, "<tool_call> (512) in d.jsonl row 3"),
    ("HPC574", "note", {"day": "2026-11-26"}, "writes the date 2026-11-26 into the rows of d.jsonl"),
    ("HPC575", "note", {"unended": count(8)}, "the end of sequence is appended"),
    ("HPC576", "note", {"several": count(1, "3")}, "1 conversation of d.jsonl becomes several rows"),
    ("HPC579", "warning", {"endless": count(1)}, "1 row of d.jsonl has no end: the tokenizer has no end of sequence"),
    ("HPC578", "warning", {"equal": count(1)}, "1 row of d.jsonl has two answers that are equal within 40 tokens"),
]


@pytest.mark.parametrize(("code", "severity", "seen", "words"), SEEN)
def test_is_said_with_its_count(code: str, severity: str, seen: dict[str, Any], words: str) -> None:
    found = said(**seen)
    assert set(found) == {code}
    assert found[code].severity == severity
    assert words in found[code].message
    assert said() == {}


def test_the_length_that_keeps_all_is_named() -> None:
    found = said(cut=count(1))["HPC568"]
    assert "loses its end; 61 keeps all" in found.message
    assert found.help == '"max_sequence_length": 61 keeps all'


@pytest.mark.parametrize(("skip", "severity"), [(False, "error"), (True, "warning")])
def test_malformed_rows_are_refused_unless_they_are_skipped(skip: bool, severity: str) -> None:
    bad = [RowPlace("d.jsonl", 2, "it is not JSON")]
    found = said(malformed=1, bad=bad, skip=skip)["HPC524"]
    assert (found.severity, found.count, found.places) == (severity, 1, tuple(bad))


@pytest.mark.parametrize(
    ("lengths", "bars"),
    [({}, []), ({7: 3}, [[7, 3]]), ({95: 1, 96: 2, 118: 4}, [[96, 3], *([n, 0] for n in range(98, 117, 2)), [118, 4]])],
)
def test_the_histogram_begins_with_the_shortest_row(lengths: dict[int, int], bars: list[list[int]]) -> None:
    assert histogram(lengths) == bars
    assert sum(count for _, count in bars) == sum(lengths.values())


def test_what_was_seen_in_parts_adds_up() -> None:
    first = Facts(
        read=2, lengths={1: 1, 2: 1}, cut=count(1), missing={"system": count(1)}, ignored={"id": 2}, ends={7: 1}
    )
    later = Facts(
        read=3, lengths={2: 1, 3: 1}, cut=Count(2, ("d.jsonl", 9)), missing={"user": count(4)}, ignored={"id": 3}
    )
    later.ends, later.day = {7: 2, 9: 1}, "2026-11-26"
    merge(first, later)
    assert (first.read, first.lengths, first.cut) == (5, {1: 1, 2: 2, 3: 1}, Count(3, ("d.jsonl", 3)))
    assert {role: each.rows for role, each in first.missing.items()} == {"system": 1, "user": 4}
    assert first.ignored == {"id": 5}
    assert (first.ends, first.day) == ({7: 3, 9: 1}, "2026-11-26")
    assert facts_from(json.loads(json.dumps(asdict(first)))) == first
