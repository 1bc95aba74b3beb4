"""A JSON and JSONC parser that keeps positions and continues after a mistake where it can.

It runs only when places are needed, or when the standard library's decoder has rejected the text.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

from hpc.source import bare_words
from hpc.source.numbers import TooLarge, integer, real
from hpc.source.problem import (
    MAX_DEPTH,
    Entry,
    Fault,
    Faults,
    FaultyText,
    duplicate,
    edit,
    empty,
    not_an_object,
    shorten,
    too_deep,
    unclosed,
)

_BLANK: Final = re.compile(r"[ \t\r\n]*")
_COMMENT: Final = re.compile(r"//[^\r\n]*|/\*.*?\*/", re.DOTALL)
_STRING: Final = re.compile(r'"[^"\\\r\n]*(?:\\[^\r\n][^"\\\r\n]*)*"')
_SINGLE: Final = re.compile(r"'[^'\\\r\n]*(?:\\[^\r\n][^'\\\r\n]*)*'")
_WORD: Final = re.compile(r"(?:[^\s,;:=\[\]{}\"'/#]|/(?![/*]))+")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_REST_OF_LINE: Final = re.compile(r"[^\r\n]*")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_CONSTANTS: Final = {"true": True, "false": False, "null": None}


def scan(text: str, *, comments: bool) -> tuple[dict[str, Any], list[Entry]]:
    """The values and the top-level entries of a text.

    Args:
        text: the document.
        comments: JSONC rather than JSON, so comments and trailing commas are fine.

    Raises:
        Unreadable: with every problem that was found.
    """
    return _Scanner(text, comments).document()


class _Scanner:
    def __init__(self, text: str, comments: bool) -> None:
        self.text = text
        self.jsonc = comments
        self.pos = 0
        self.depth = 0
        self.key: str | None = None
        self.problems = Faults(text)
        self.entries: list[Entry] = []
        self.commented = False

    def document(self) -> tuple[dict[str, Any], list[Entry]]:
        self.skip()
        if self.pos == len(self.text):
            raise self.problems.stop(empty(self.text))
        start = self.pos
        values = self.value()
        end = self.pos
        self.skip()
        self.key = None
        if self.pos < len(self.text):
            raise self.stop("nothing may follow the end of the config", "delete what follows, or check the brackets")
        self.problems.check()
        if not isinstance(values, dict):
            raise FaultyText(not_an_object(values, start, end))
        return values, self.entries

    def skip(self) -> None:
        """Step over blanks and comments."""
        while True:
            self.pos = _BLANK.match(self.text, self.pos).end()  # type: ignore[union-attr]  # it matches nothing too
            if not self.text.startswith(("//", "/*"), self.pos):
                return
            comment = _COMMENT.match(self.text, self.pos)
            if comment is None:
                raise self.stop("the comment is never closed", "close it with `*/`")
            if not self.jsonc and not self.commented:
                self.commented = True
                self.problems.add(Fault("HPC011", "plain JSON cannot have comments", *comment.span()))
            self.pos = comment.end()

    def value(self) -> Any:
        char = self.text[self.pos : self.pos + 1]
        if char in ("{", "["):
            return self.nested(char)
        if char in ('"', "'"):
            return self.string()
        if word := _WORD.match(self.text, self.pos):
            self.pos = word.end()
            return self.word(word[0], word.start())
        raise self.stop("a value is missing here", "write a value: a string in double quotes, a number, true or false")

    def nested(self, char: str) -> Any:
        if self.depth == MAX_DEPTH:
            raise self.problems.stop(too_deep(self.pos, self.key))
        self.depth += 1
        value = self.object() if char == "{" else self.array()
        self.depth -= 1
        return value

    def object(self) -> dict[str, Any]:
        opening = self.pos
        found: dict[str, Any] = {}
        spans: dict[str, tuple[int, int]] = {}
        self.pos += 1
        self.skip()
        while not self.closed("}", opening):
            key_start = self.pos
            key = self.object_key()
            key_end = self.pos
            if self.depth == 1:
                self.key = key
            if key in spans:
                self.problems.add(duplicate(key, spans[key], key_start, key_end, self.key))
            spans[key] = (key_start, key_end)
            self.colon()
            start = self.pos
            found[key] = self.value()
            if self.depth == 1:
                self.entries.append(Entry(key, key_start, key_end, found[key], start, self.pos))
            self.separator("}", opening)
        self.pos += 1
        return found

    def array(self) -> list[Any]:
        opening = self.pos
        found: list[Any] = []
        self.pos += 1
        self.skip()
        while not self.closed("]", opening):
            found.append(self.value())
            self.separator("]", opening)
        self.pos += 1
        return found

    def closed(self, bracket: str, opening: int) -> bool:
        if self.pos == len(self.text):
            raise self.problems.stop(unclosed(self.text, opening, bracket, self.key))
        return self.text[self.pos] == bracket

    def object_key(self) -> str:
        if self.text[self.pos] in "\"'":
            return self.string()
        if word := _WORD.match(self.text, self.pos):
            self.problems.add(bare_words.unquoted(word[0], self.pos, word[0] if self.depth == 1 else self.key))
            self.pos = word.end()
            return word[0]
        raise self.stop("a key is expected here", "write the key in double quotes, or close the object with `}`")

    def colon(self) -> None:
        self.skip()
        if not self.text.startswith(":", self.pos):
            raise self.stop("`:` is expected between a key and its value", 'write `"key": value`')
        self.pos += 1
        self.skip()

    def separator(self, bracket: str, opening: int) -> None:
        """Step over the comma after an entry, or stay at the closing bracket."""
        end = self.pos
        self.skip()
        if self.text.startswith(",", self.pos):
            comma = self.pos
            self.pos += 1
            self.skip()
            if not self.jsonc and self.text.startswith(bracket, self.pos):
                fix = edit("delete the comma", comma, comma + 1, "")
                message = "plain JSON cannot have a trailing comma"
                self.problems.add(Fault("HPC012", message, comma, comma + 1, key=self.key, fix=fix))
        elif self.pos == len(self.text):
            raise self.problems.stop(unclosed(self.text, opening, bracket, self.key))
        elif bracket == "}" and self.text[self.pos] == '"':
            fix = edit("put a comma after the value", end, end, ",")
            message = "a comma is missing after this value"
            self.problems.add(Fault("HPC014", message, max(end - 1, 0), end, key=self.key, fix=fix))
        elif self.text[self.pos] != bracket:
            related = ((f"`{self.text[opening]}` is opened here", opening, opening + 1),)
            raise self.stop(f"`,` or `{bracket}` is expected here", "correct the text here", related)

    def string(self) -> str:
        single = self.text[self.pos] == "'"
        token = (_SINGLE if single else _STRING).match(self.text, self.pos)
        if token is None:
            end = _REST_OF_LINE.match(self.text, self.pos).end()  # type: ignore[union-attr]
            quote = self.text[self.pos]
            message = f"the string is never closed: {quote} is missing on this line"
            raise self.problems.stop(Fault("HPC010", message, self.pos, end, f"close it with {quote}", self.key))
        self.pos = token.end()
        if single:
            return self.single_quoted(token)
        return self.decoded(token)

    def single_quoted(self, token: re.Match[str]) -> str:
        content = token[0][1:-1]
        quoted = json.dumps(content, ensure_ascii=False)
        fix = None if "\\" in content else edit("use double quotes", *token.span(), quoted)
        message = "JSON strings need double quotes, not single quotes"
        self.problems.add(Fault("HPC013", message, *token.span(), key=self.key, fix=fix))
        return content

    def decoded(self, token: re.Match[str]) -> str:
        try:
            value: str = json.loads(token[0])
        except ValueError as error:
            self.bad_escape(token, getattr(error, "pos", 0))
            return token[0]
        if _SURROGATE.search(value):
            message = "this string contains half of a character"
            self.problems.add(Fault("HPC019", message, *token.span(), key=self.key))
        return value

    def bad_escape(self, token: re.Match[str], offset: int) -> None:
        """A raw tab, or a backslash with something that it cannot escape."""
        start = token.start() + offset
        if self.text[start] == "\t":
            fix = edit("write the tab as `\\t`", start, start + 1, "\\t")
            message, help_text = "the string contains a raw tab", "write it as `\\t`"
        else:
            start = self.text.rfind("\\", token.start(), start + 1)
            fix, help_text = None, "write `\\\\` for a backslash, or `/` in a path"
            message = f"`{self.text[start : start + 2]}` is not a valid JSON escape"
        self.problems.add(Fault("HPC020", message, start, start + 1, help_text, self.key, fix=fix))

    def word(self, word: str, start: int) -> Any:
        if word in _CONSTANTS:
            return _CONSTANTS[word]
        number = _NUMBER.fullmatch(word)
        if number is None:
            self.problems.add(bare_words.problem(word, start, self.key))
            return word
        try:
            return real(word) if number[1] or number[2] else integer(word)
        except TooLarge:
            message = f"the number `{shorten(word)}` is too large"
            self.problems.add(Fault("HPC016", message, start, self.pos, key=self.key))
            return 0

    def stop(self, message: str, help_text: str, related: tuple[tuple[str, int, int], ...] = ()) -> FaultyText:
        """A mistake at the current character, after which nothing can be understood."""
        end = min(self.pos + 1, len(self.text))
        if self.text.startswith("#", self.pos):
            message = "`#` does not start a comment here"
            help_text = "a comment starts with `//`, in .jsonc files only"
        return self.problems.stop(Fault("HPC010", message, self.pos, end, help_text, self.key, related))
