"""YAML 1.2, core schema: PyYAML's events, our own meaning of plain words, and nothing that builds objects."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import yaml

from hpc.source import yaml_syntax
from hpc.source.numbers import TooLarge, integer, real, within
from hpc.source.problem import (
    MAX_DEPTH,
    Entries,
    Entry,
    Fault,
    Faults,
    FaultyText,
    duplicate,
    empty,
    not_an_object,
    shorten,
    too_deep,
)

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WORDS: Final = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMERIC: Final = frozenset("+-.0123456789")
"""How a number begins."""
_INTEGER: Final = re.compile(r"[-+]?[0-9]+")
_BASED: Final = re.compile(r"0(?:o[0-7]+|x[0-9a-fA-F]+)")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")


def parse(text: str) -> tuple[dict[str, Any], Entries]:
    """The values and the entries of a YAML text; raises ``FaultyText``."""
    entries = Composer(text).document()
    return {entry.key: entry.value for entry in entries}, lambda: entries


def resolve(word: str) -> Any:
    """What a plain word means in the core schema of YAML 1.2: ``no`` is text, ``1e-5`` a number.

    Raises:
        TooLarge: a number that fits neither 64 bits nor a double.
    """
    if word in _WORDS:
        return _WORDS[word]
    if word[0] not in _NUMERIC:
        return word
    if _INTEGER.fullmatch(word):
        return integer(word)
    if _BASED.fullmatch(word):
        return within(int(word[2:], 16 if word[1] == "x" else 8))
    return real(word) if _FLOAT.fullmatch(word) else word


class Node(NamedTuple):
    """A value, and the characters that it is written with."""

    value: Any
    start: int
    end: int


class Composer:
    """Builds plain values from events, one level of brackets at a time."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.events: Iterator[Any] = iter(_LOADER(text).get_event, None)
        self.depth = 0
        self.key: str | None = None
        self.problems = Faults(text)
        self.entries: list[Entry] = []

    def document(self) -> list[Entry]:
        """The entries of the text; raises ``FaultyText``."""
        if directive := yaml_syntax.directive(self.text):
            raise FaultyText(directive)
        try:
            root = self.root()
        except yaml.YAMLError as error:
            raise self.problems.stop(yaml_syntax.problem(error, self.text, self.key)) from None
        self.problems.check()
        if root is None or (root.value is None and root.start == root.end):
            raise FaultyText(empty(self.text))
        if not isinstance(root.value, dict):
            raise FaultyText(not_an_object(root.value, root.start, root.end))
        return self.entries

    def root(self) -> Node | None:
        """The value of the whole text; None for no text."""
        node = None
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent) and node is not None:
                start = event.start_mark.index
                raise self.problems.stop(Fault("HPC024", "a second YAML document begins here", start, start + 3))
            if isinstance(event, yaml.NodeEvent):
                node = self.node(event)
        return node

    def node(self, event: Any) -> Node:
        """The value that begins with this event."""
        start, end = event.start_mark.index, event.end_mark.index
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event.anchor, start, end)
        if event.anchor or event.tag:
            self.properties(event, start)
        if isinstance(event, yaml.ScalarEvent):
            value = self.scalar(event, start, end) if event.implicit[0] else event.value
            return Node(value, start, start + len(self.text[start:end].rstrip()))
        if self.depth == MAX_DEPTH:
            raise self.problems.stop(too_deep(start, self.key))
        self.depth += 1
        node = self.mapping(event) if isinstance(event, yaml.MappingStartEvent) else self.sequence(event)
        self.depth -= 1
        return node

    def alias(self, name: str, start: int, end: int) -> Node:
        """A value that is written elsewhere, which a config of hpc has none of."""
        self.report("HPC022", f"`*{name}` repeats a value written elsewhere", start, end)
        return Node(None, start, end)

    def anchor(self, name: str, start: int) -> None:
        """The name of a value, which a config of hpc has none of."""
        self.report("HPC022", f"`&{name}` names a value", start, start + len(name) + 1)

    def properties(self, event: Any, start: int) -> None:
        """Anchor and tag before a value."""
        if event.anchor is not None:
            self.anchor(event.anchor, start)
        if event.tag is not None:
            self.tag(event.tag, start)

    def tag(self, _name: str, start: int) -> None:
        """What kind of value the text asks for, which a config of hpc does not say."""
        tag = yaml_syntax.token(self.text, start)
        self.report("HPC023", f"`{shorten(tag)}` is a YAML tag", start, start + len(tag))

    def mapping(self, event: Any) -> Node:
        """An object, up to its end."""
        start, end = event.start_mark.index, event.end_mark.index
        found: dict[str, Any] = {}
        spans: dict[str, tuple[int, int]] = {}
        for item in self.events:
            if isinstance(item, yaml.MappingEndEvent):
                return Node(found, start, item.end_mark.index if event.flow_style else end)
            key, key_span = self.mapping_key(item)
            if self.depth == 1:
                self.key = key
            if key in spans:
                self.repeat(duplicate(key, spans[key], *key_span, self.key))
            spans[key] = key_span
            node = self.node(next(self.events))
            if ":" not in self.text[key_span[1] : node.start]:
                self.report("HPC010", f"`:` is missing after `{shorten(key)}`", *key_span)
            found[key], end = node.value, node.end
            if self.depth == 1:
                self.entries.append(Entry(key, *key_span, *node))
        raise AssertionError("libyaml closes what it opens")

    def mapping_key(self, event: Any) -> tuple[str, tuple[int, int]]:
        """A key is its text, whatever YAML would make of it: ``1`` and ``null`` are names too."""
        start, end = event.start_mark.index, event.end_mark.index
        explicit = self.text.startswith("? ", max(start - 2, 0)) and start > 1
        if explicit or not isinstance(event, yaml.ScalarEvent):
            nested = isinstance(event, yaml.CollectionStartEvent)
            what = "a list or an object" if nested else f"`{shorten(self.text[start:end])}`"
            code = "HPC022" if isinstance(event, yaml.AliasEvent) else "HPC026"
            raise self.problems.stop(Fault(code, f"{what} cannot be a key", start, end, key=self.key))
        if event.anchor or event.tag:
            self.properties(event, start)
        return event.value, (start, start + len(self.text[start:end].rstrip()))

    def sequence(self, event: Any) -> Node:
        """A list, up to its end."""
        start, end = event.start_mark.index, event.end_mark.index
        found: list[Any] = []
        for item in self.events:
            if isinstance(item, yaml.SequenceEndEvent):
                return Node(found, start, item.end_mark.index if event.flow_style else end)
            node = self.node(item)
            found.append(node.value)
            end = node.end
        raise AssertionError("libyaml closes what it opens")

    def scalar(self, event: Any, start: int, end: int) -> Any:
        """What a word or a string means."""
        value: str = event.value
        if "." in value[:2] and _NOT_FINITE.fullmatch(value):
            self.report("HPC018", f"`{value}` is not a usable number", start, end)
            return 0
        try:
            return resolve(value)
        except TooLarge:
            self.report("HPC016", f"the number `{shorten(value)}` is too large", start, end)
            return 0

    def repeat(self, problem: Fault) -> None:
        """A key that its object already has."""
        self.problems.add(problem)

    def report(self, code: str, message: str, start: int, end: int) -> None:
        """Keep a problem; reading goes on."""
        self.problems.add(Fault(code, message, start, end, key=self.key))
