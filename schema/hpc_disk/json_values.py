"""The values of a JSON text of any size, one after another; a value that cannot be had is an error in its place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BufferedReader
from typing import Any, Final

from hpc_disk.foreign import Unreadable, not_text

BLOCK: Final = 2**18
"""Characters that are read at a time."""
TOO_DEEP: Final = "it is nested too deeply"


class TwiceError(ValueError):
    """An object of JSON has a key twice, of which Python would keep the last."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise TwiceError(f"it has the key `{next(key for key in keys if keys.count(key) > 1)}` twice")
    return found


DECODER: Final = json.JSONDecoder(object_pairs_hook=_once)
LENIENT: Final = json.JSONDecoder(
    object_pairs_hook=_once, parse_int=lambda digits: int(digits) if len(digits) < 4000 else float(digits)
)
"""For the rare row with a number of thousands of digits, which Python refuses to convert: it becomes infinite."""
LAST_KEY: Final = json.JSONDecoder(parse_int=str)
"""To find the end of a row that has a key twice."""


class Scanner:
    """The values of a JSON text, one after another, without holding the whole text."""

    def __init__(self, name: str, stream: BufferedReader) -> None:
        self.name, self.text, self.at, self.ended = name, "", 0, False
        self.on_one_line = False
        self._before, self._column = 0, 0
        self._source = _blocks(name, stream)

    def peek(self) -> str:
        """The next character that is not blank; empty at the end."""
        while True:
            while self.at < len(self.text) and self.text[self.at] in " \t\r\n":
                self.at += 1
            if self.at < len(self.text):
                return self.text[self.at]
            if not self._more(1):
                return ""

    def value(self) -> Any:
        """The next value."""
        self.peek()
        self._forget()
        while True:
            try:
                value, end = _decode(self.text, self.at)
            except json.JSONDecodeError as error:
                if not self._more(len(self.text)):
                    raise self._fault(error.msg, error.pos) from None
                continue
            except RecursionError:
                raise Unreadable(f"{self.name}: {TOO_DEEP}") from None
            if end == len(self.text) and self._more(1):  # A number may go on in the next block.
                continue
            self.on_one_line = "\n" not in self.text[self.at : end]
            self.at = end
            return value

    def elements(self) -> Iterator[Any]:
        """The elements of the array that begins here, and nothing may follow it."""
        self.at += 1
        if self.peek() != "]":
            yield self.value()
            while self.peek() == ",":
                self.at += 1
                self.peek()
                yield self.value()
        if self.peek() != "]":
            raise self._fault("Expecting ',' delimiter", self.at)
        self.at += 1
        if self.peek():
            raise self._fault("Extra data", self.at)

    def values(self) -> Iterator[Any]:
        """The values that follow, each on lines of its own."""
        while self.peek():
            yield self.value()

    @property
    def line(self) -> int:
        """The number of the line that comes next."""
        return self._before + self.text.count("\n", 0, self.at) + 1

    def rest(self) -> Iterator[str]:
        """The lines that come next."""
        *whole, tail = self.text[self.at :].split("\n")
        yield from whole
        for block in self._source:
            *whole, tail = (tail + block).split("\n")
            yield from whole
        yield tail

    def _more(self, least: int) -> bool:
        """Read on, at least so many characters; False at the end."""
        read, blocks = 0, []
        while read < least and not self.ended:
            block = next(self._source, None)
            self.ended = block is None
            if block:
                blocks.append(block)
                read += len(block)
        self.text += "".join(blocks)
        return read > 0

    def _forget(self) -> None:
        if self.at > BLOCK:
            gone = self.text[: self.at]
            self._before += gone.count("\n")
            self._column = len(gone) - gone.rfind("\n") - 1 if "\n" in gone else self._column + len(gone)
            self.text, self.at = self.text[self.at :], 0

    def _fault(self, reason: str, position: int) -> Unreadable:
        read = self.text[:position]
        line = read.count("\n")
        column = position - read.rfind("\n") if line else self._column + position + 1
        return Unreadable(f"{self.name}: line {self._before + line + 1} column {column}: {reason}")


def _blocks(name: str, stream: BufferedReader) -> Iterator[str]:
    """The text in blocks; no character is cut."""
    import codecs

    decoder, position, first = codecs.getincrementaldecoder("utf-8")(), 0, True
    while block := stream.read1(BLOCK):
        pending = len(decoder.getstate()[0])
        try:
            text = decoder.decode(block)
        except UnicodeDecodeError as error:
            raise not_text(name, error.object, position - pending + error.start) from None
        position += len(block)
        yield text.removeprefix("\ufeff") if first else text
        first = False
    if decoder.getstate()[0]:
        raise not_text(name, decoder.getstate()[0], position)


def _decode(text: str, at: int) -> tuple[Any, int]:
    for decoder in (DECODER, LENIENT):
        try:
            return decoder.raw_decode(text, at)
        except json.JSONDecodeError:
            raise
        except TwiceError as error:
            return error, LAST_KEY.raw_decode(text, at)[1]
        except ValueError:
            continue
    raise AssertionError(text[at : at + 100])
