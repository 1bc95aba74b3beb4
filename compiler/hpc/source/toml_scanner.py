"""The places of a TOML text's keys and values, and everything in it that a flat config excludes.

Linear in the length of the text. It knows where a value ends; every detail of its grammar is tomllib's.
"""

from __future__ import annotations

import re
import tomllib
from typing import Final

from hpc.diagnostics import Fix
from hpc.source import bare_words
from hpc.source.numbers import TooLarge, integer, real, within
from hpc.source.problem import (
    MAX_DEPTH,
    Entry,
    Fault,
    Faults,
    FaultyText,
    duplicate,
    edit,
    shorten,
    too_deep,
    unclosed,
)

_BLANK: Final = re.compile(r"[ \t]*")
_BLANK_LINES: Final = re.compile(r"(?:[ \t\r\n]|#[^\r\n]*)*")
_END_OF_LINE: Final = re.compile(r"[ \t]*(?:#[^\r\n]*)?(?:\r?\n|\Z)")
_REST_OF_LINE: Final = re.compile(r"[^\r\n]*")
_TABLE: Final = re.compile(r"""\[\[?(?:[^\[\]\r\n#"'=]|"[^"\r\n]*"|'[^'\r\n]*')*\]{0,2}""")
_STRING: Final = re.compile(
    r'"""[^"\\]*(?:(?:\\.|"{1,2}(?!"))[^"\\]*)*"{3,5}'
    r"|'''[^']*(?:'{1,2}(?!')[^']*)*'{3,5}"
    r'|(?!""")"[^"\\\r\n]*(?:\\[^\r\n][^"\\\r\n]*)*"'
    r"|(?!''')'[^'\r\n]*'",
    re.DOTALL,
)
_PHRASE: Final = re.compile(r"[^\r\n#=\"']*")
_WORD: Final = re.compile(r"[^\s\[\]{}=,\"'#]+")
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_USUAL_KEY: Final = re.compile(r"([A-Za-z0-9_-]+)[ \t]*=")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[Tt ][0-9]{2}:[^\s,\]}#]*)?|[0-9]{2}:[0-9]{2}[^\s,\]}#]*")
_INTEGER: Final = re.compile(r"[-+]?(?:0|[1-9](?:_?[0-9])*)")
_BASED: Final = re.compile(r"0(?:x[0-9a-fA-F](?:_?[0-9a-fA-F])*|o[0-7](?:_?[0-7])*|b[01](?:_?[01])*)")
_FLOAT: Final = re.compile(_INTEGER.pattern + r"(?:\.[0-9](?:_?[0-9])*)?(?:[eE][-+]?[0-9](?:_?[0-9])*)?")


def scan(text: str) -> list[Entry]:
    """The entries of a TOML text, without their values (``None``): those are tomllib's to read.

    Raises:
        Unreadable: with every problem that was found.
    """
    return _Scanner(text).document()


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.pos = 0
        self.depth = 0
        self.key: str | None = None
        self.problems = Faults(text)
        self.entries: list[Entry] = []
        self.spans: dict[str, tuple[int, int]] = {}
        self.titles: dict[int, Fix] = {}
        self.repeats = False

    def document(self) -> list[Entry]:
        self.skip(_BLANK_LINES)
        while self.pos < len(self.text):
            if self.at("["):
                self.table()
            else:
                self.statement()
            self.key = None
            self.skip(_BLANK_LINES)
        self.offer_titles()
        self.problems.check()
        return self.entries

    def offer_titles(self) -> None:
        """Table headers can be deleted where no key is written twice: tables may share a key, a flat config cannot."""
        if not self.repeats:
            self.problems[:] = [p._replace(fix=p.fix or self.titles.get(p.start)) for p in self.problems]

    def statement(self) -> None:
        start = self.pos
        key, end = self.unique(self.spans)
        self.key = key
        self.equals()
        value = self.pos
        self.value()
        self.entries.append(Entry(key, start, end, None, value, self.pos))
        self.end_of_line("only one value is allowed here", "put strings in double quotes, and each key on its own line")

    def table(self) -> None:
        header = _TABLE.match(self.text, self.pos)
        assert header is not None
        title = header[0].rstrip()
        if not title.endswith("]"):
            raise self.stop("a table header is never closed", "delete the header")
        start, end = self.pos, self.pos + len(title)
        help_ = _as_list(title.strip("[]\"' \t"))
        self.problems.add(Fault("HPC027", f"`{shorten(title)}` begins a table", start, end, help_))
        self.pos = end
        self.skip(_BLANK)
        if help_ or title.startswith("[["):
            self.spans, self.repeats = {}, True  # Its keys are those of an item.
        else:
            self.titles[start] = edit("delete the table header", start, self.pos, "")
        self.end_of_line("a table header must be on its own line", "delete the header")

    def name(self) -> tuple[str, int]:
        """A key and where it ends. One with dots is reported, and read up to its end."""
        start = self.pos
        if token := _USUAL_KEY.match(self.text, start):
            self.pos = token.end(1)
            return token[1], self.pos
        if token := _STRING.match(self.text, start):
            key = self.quoted_key(token)
        elif token := _WORD.match(self.text, start):
            key = token[0]
            if ":" in key:
                self.pos += key.index(":")
                raise self.stop("`=` is expected between a key and its value", "write `key = value`")
        else:
            raise self.stop("a key is expected here", "write `key = value`")
        end = self.pos = token.end()
        dotted = "." in key and token[0] == key
        if dotted or self.followed_by_dot():
            self.dotted(start)
        elif token[0] == key and not _BARE_KEY.fullmatch(key):
            self.problems.add(bare_words.unquoted(key, start, self.key or key))
        return key, end

    def unique(self, spans: dict[str, tuple[int, int]]) -> tuple[str, int]:
        """A key that is not among ``spans``, and where it ends."""
        start = self.pos
        key, end = self.name()
        if key in spans:
            self.repeats = True
            self.problems.add(duplicate(key, spans[key], start, end, self.key))
        spans[key] = (start, end)
        return key, end

    def quoted_key(self, token: re.Match[str]) -> str:
        try:
            return next(iter(tomllib.loads(token[0] + "=0")))
        except tomllib.TOMLDecodeError:
            problem = Fault("HPC020", "this is not a valid quoted key in TOML", *token.span(), key=self.key)
            raise self.problems.stop(problem) from None

    def followed_by_dot(self) -> bool:
        return self.text.startswith(".", _BLANK.match(self.text, self.pos).end())  # type: ignore[union-attr]

    def dotted(self, start: int) -> None:
        self.skip(_BLANK)
        while token := _STRING.match(self.text, self.pos) or _WORD.match(self.text, self.pos):
            self.pos = token.end()
            self.skip(_BLANK)
        whole = self.text[start : self.pos].rstrip()
        message, help_ = f"`{shorten(whole)}` is a dotted key", _as_list(whole.partition(".")[0].strip("\"' \t"))
        self.problems.add(Fault("HPC027", message, start, start + len(whole), help_, self.key))

    def equals(self) -> None:
        self.skip(_BLANK)
        if not self.at("="):
            raise self.stop("`=` is expected between a key and its value", "write `key = value`")
        self.pos += 1
        self.skip(_BLANK)

    def value(self) -> None:
        first = self.text[self.pos : self.pos + 1]
        if first in ("[", "{"):
            self.nested()
        elif first in ('"', "'"):
            self.string()
        elif first.isdecimal() and (date := _DATE.match(self.text, self.pos)):
            self.pos = date.end()
            fix = edit("put it in double quotes", *date.span(), f'"{date[0]}"')
            message = f"`{shorten(date[0])}` is a date or a time"
            self.problems.add(Fault("HPC028", message, *date.span(), key=self.key, fix=fix))
        elif word := _WORD.match(self.text, self.pos):
            self.pos = word.end()
            self.word(word[0], word.start())
        else:
            raise self.stop(
                "a value is missing here", "write a value: a string in double quotes, a number, true or false"
            )

    def string(self) -> None:
        token = _STRING.match(self.text, self.pos)
        if token is None:
            end = _REST_OF_LINE.match(self.text, self.pos).end()  # type: ignore[union-attr]
            problem = Fault("HPC010", "the string is never closed", self.pos, end, "add the closing quote", self.key)
            raise self.problems.stop(problem)
        self.pos = token.end()

    def nested(self) -> None:
        if self.depth == MAX_DEPTH:
            raise self.problems.stop(too_deep(self.pos, self.key))
        self.depth += 1
        opening, table = self.pos, self.at("{")
        names: dict[str, tuple[int, int]] = {}
        bracket = "}" if table else "]"
        self.pos += 1
        self.skip(_BLANK_LINES)
        while not self.at(bracket):
            if self.pos == len(self.text):
                raise self.problems.stop(unclosed(self.text, opening, bracket, self.key))
            if table:
                self.unique(names)
                self.equals()
            self.value()
            self.separator(bracket, opening)
        self.pos += 1
        self.depth -= 1

    def separator(self, bracket: str, opening: int) -> None:
        self.skip(_BLANK_LINES)
        if self.at(","):
            self.pos += 1
            self.skip(_BLANK_LINES)
        elif self.pos == len(self.text):
            raise self.problems.stop(unclosed(self.text, opening, bracket, self.key))
        elif not self.at(bracket):
            raise self.stop(f"`,` or `{bracket}` is expected here", "correct the text at this place")

    def word(self, word: str, start: int) -> None:
        try:
            known = word in ("true", "false") or self.number(word)
        except TooLarge:
            message = f"the number `{shorten(word)}` is too large"
            self.problems.add(Fault("HPC016", message, start, self.pos, key=self.key))
            return
        if not known:
            phrase = self.phrase(start) if self.depth == 0 and not bare_words.is_number(word) else None
            self.problems.add(phrase or bare_words.problem(word, start, self.key))

    def phrase(self, start: int) -> Fault | None:
        """A string of several words without its quotes, up to the end of the line."""
        text = _PHRASE.match(self.text, start)[0].rstrip()  # type: ignore[index]  # it matches nothing too
        if " " not in text:
            return None
        self.pos = start + len(text)
        return bare_words.unquoted(text, start, self.key)

    def number(self, word: str) -> bool:
        if _INTEGER.fullmatch(word):
            integer(word.replace("_", ""))
        elif _BASED.fullmatch(word):
            within(int(word.replace("_", ""), 0))
        elif _FLOAT.fullmatch(word):
            real(word.replace("_", ""))
        else:
            return False
        return True

    def end_of_line(self, message: str, help_text: str) -> None:
        end = _END_OF_LINE.match(self.text, self.pos)
        if end is None:
            self.skip(_BLANK)
            raise self.stop(message, help_text)
        self.pos = end.end()

    def at(self, char: str) -> bool:
        return self.text.startswith(char, self.pos)

    def skip(self, pattern: re.Pattern[str]) -> None:
        self.pos = pattern.match(self.text, self.pos).end()  # type: ignore[union-attr]  # it matches nothing too

    def stop(self, message: str, help_text: str) -> FaultyText:
        end = min(self.pos + 1, len(self.text))
        return self.problems.stop(Fault("HPC010", message, self.pos, end, help_text, self.key))


def _as_list(name: str) -> str:
    """How a field that takes several data sets is written; empty for every other name."""
    from hpc_schema import properties

    items = properties().get(name, {}).get("items", {})
    if "enum" in items or not items:
        return ""
    weighted = any("weight" in form.get("properties", ()) for form in items.get("anyOf", ()))
    item = '{ path = "a.jsonl", weight = 2 }' if weighted else '"a.jsonl"'
    return f'write `{name} = [{item}, "b.jsonl"]`'
