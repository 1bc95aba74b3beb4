"""YAML as other tools read it: anchors, aliases, merged keys (``<<: *base``) and plain tags, up to a bounded size."""

from __future__ import annotations

from typing import Any, Final

import yaml

from hpc.source.problem import Entries, Fault
from hpc.source.yaml_reader import Composer, Node

MERGE: Final = "<<"
PLAIN: Final = tuple(f"tag:yaml.org,2002:{kind}" for kind in ("int", "float", "bool", "null"))
"""Tags of what a plain word can be: ``!!float 1e-5``."""
MOST: Final = 10_000
"""Values, counting those that an alias repeats: a few lines of aliases of aliases can stand for gigabytes."""


def parse(text: str) -> tuple[dict[str, Any], Entries]:
    """The values and the entries of a YAML text with aliases; raises ``Unreadable``."""
    return _read(_Sharing(text))


def parse_last(text: str) -> tuple[dict[str, Any], Entries]:
    """The same of a text that writes keys twice: the last value counts, as for PyYAML and Python's ``json``."""
    return _read(_Last(text))


def _read(composer: Composer) -> tuple[dict[str, Any], Entries]:
    entries = {entry.key: entry for entry in composer.document()}
    return {key: entry.value for key, entry in entries.items()}, lambda: list(entries.values())


class _Sharing(Composer):
    """Keeps the value of each anchor, with the number of values in it."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.size = 0

    def node(self, event: Any) -> Node:
        before, name = self.size, event.anchor
        if isinstance(event, yaml.ScalarEvent) and event.tag in PLAIN:
            event.implicit = (True, False)  # It means what the word would mean without the tag.
        node = super().node(event)
        self.size += 1
        if name is not None:
            self.anchors[name] = node.value, self.size - before
        return node

    def anchor(self, name: str, start: int) -> None:
        """It is kept when its value has been read."""

    def tag(self, name: str, start: int) -> None:
        """A plain kind of value, which PyYAML makes without building an object."""
        if name not in (*PLAIN, "tag:yaml.org,2002:str"):
            super().tag(name, start)

    def alias(self, name: str, start: int, end: int) -> Node:
        """The value of the anchor."""
        if name not in self.anchors:
            self.report("HPC022", f"`*{name}` repeats a value, but no `&{name}` is written before it", start, end)
            return Node(None, start, end)
        value, size = self.anchors[name]
        self.size += size
        if self.size > MOST:
            message = f"with its aliases repeated, the file has more than {MOST} values"
            raise self.problems.stop(Fault("HPC022", message, start, end, key=self.key))
        return Node(value, start, end)

    def mapping(self, event: Any) -> Node:
        """An object, with the keys of the objects that are merged into it and that it does not have itself."""
        node = super().mapping(event)
        merged = node.value.get(MERGE)
        objects = merged if isinstance(merged, list) else [merged]
        if not objects or not all(isinstance(each, dict) for each in objects):
            return node
        own = node.value
        found = {key: each[key] for each in reversed(objects) for key in each if key not in own}
        del own[MERGE]
        own |= found
        if self.depth == 1:
            place = next(entry for entry in self.entries if entry.key == MERGE)
            self.entries.remove(place)
            self.entries += [place._replace(key=key, value=value) for key, value in found.items()]
        return node


class _Last(_Sharing):
    """Lets a later value take the place of an earlier one."""

    def repeat(self, problem: Fault) -> None:
        """Nothing is wrong with it."""
