"""The formats for machines and for the ear."""

from __future__ import annotations

import json
import re

import pytest

from hpc.check import check
from hpc.diagnostics import Diagnostic, Related, Span
from hpc.render import FORMATS, renderer
from hpc.render.screen import Screen
from hpc.source import parse

TEXT = '{\n  "finetuning_type": "Full",\n  "quantization_bit": "int4",\n  "sneed": 1\n}\n'
FOUND = check(parse(TEXT, "json", "train.json")).diagnostics
NASTY = Diagnostic(
    "HPC101",
    "warning",
    "100%0A wrong:\r\na, b",
    "a,b:c%.json",
    Span(0, 3, 1, 1, 2, 2),
    help="::error::no",
    related=(Related("because", "x", Span(0, 1, 1, 1, 1, 2)),),
)


def rendered(name: str, *diagnostics: Diagnostic) -> str:
    return renderer(name)(diagnostics, {"train.json": TEXT}, Screen())


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_shows_every_diagnostic(name: str) -> None:
    text = rendered(name, *FOUND)
    assert all(d.code in text for d in FOUND)
    assert rendered(name) in ("", "[]\n") or '"results": []' in rendered(name)


@pytest.mark.parametrize("name", ["full", "concise", "plain"])
def test_people_are_never_sent_control_characters(name: str) -> None:
    evil = Diagnostic("HPC101", "error", "key \x1b[31m\u202e\x9b\r\n", "\x1b]0;x\x07.json", help="\x08")
    assert rendered(name, evil).replace("\n", "").isprintable()


def test_json_has_a_place_a_pointer_and_a_fix_that_can_be_applied() -> None:
    first, *_ = json.loads(rendered("json", *FOUND))
    assert first["code"] == "HPC102"
    assert (first["severity"], first["file"], first["line"], first["column"]) == ("error", "train.json", 2, 3)
    assert first["pointer"] == "/finetuning_type"
    (edit,) = first["fix"]["edits"]
    assert TEXT[edit["start"] : edit["end"]] == '"finetuning_type"'
    assert edit["replacement"] == '"training_type"'
    assert set(first) >= {"message", "help", "end_line", "end_column", "related", "notes"}


def test_github_commands_are_escaped_as_its_toolkit_does() -> None:
    (line,) = rendered("github", NASTY).splitlines()
    # The parser of actions/runner: properties up to the first `::`, split at commas and the first equals sign.
    parsed = re.fullmatch(r"::(?P<command>\w+) (?P<properties>.*?)::(?P<message>.*)", line)
    assert parsed is not None
    properties = dict(pair.split("=", 1) for pair in parsed["properties"].split(","))
    unescaped = {key: _unescape(value) for key, value in properties.items()}
    assert parsed["command"] == "warning"
    assert unescaped["file"] == NASTY.file
    assert (unescaped["line"], unescaped["endLine"], "col" in unescaped) == ("1", "2", False)
    assert _unescape(parsed["message"]) == "100%0A wrong:\r\na, b\nbecause at x:1:1\nhelp: ::error::no"


def test_github_has_columns_on_one_line() -> None:
    first, *_ = rendered("github", *FOUND).splitlines()
    assert first.startswith("::error file=train.json,line=2,endLine=2,col=3,endColumn=20,title=hpc HPC102::")


def test_plain_text_is_sentences_without_signs() -> None:
    lines = rendered("plain", *FOUND).splitlines()
    assert len(lines) == len(FOUND)
    assert all(line.startswith("Error HPC") and line.endswith((".", "?")) for line in lines)
    assert not set("`^|>=[]") & set(rendered("plain", *FOUND))


def test_concise_is_one_line_each_that_editors_can_jump_to() -> None:
    lines = rendered("concise", *FOUND).splitlines()
    assert [line.split(": ")[0] for line in lines] == [d.place for d in FOUND]


def _unescape(text: str) -> str:
    for code, character in (("%2C", ","), ("%3A", ":"), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, character)
    return text
