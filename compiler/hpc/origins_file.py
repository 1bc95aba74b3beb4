"""``origins.json``: for each value of each compiled file, where it comes from.

Its thousand lines have four forms, which are written as text: to make them as values and to encode those took half of
the time of a compilation.
"""

from collections.abc import Mapping
from functools import cache
from json.encoder import encode_basestring as quoted

from hpc.json_text import indented
from hpc.lowering import Lowered
from hpc.origins import Defaulted, Derived, Origin, Overridden, Written
from hpc.resolve import Config


def origins_text(config: Config, files: Mapping[str, Lowered]) -> str:
    """The whole file: the fields that are read, then each compiled file with its values by JSON pointer."""
    reached = {name for lowered in files.values() for names in lowered.fields.values() for name in names}
    fields = {name: _origin(origin) for name, origin in config.origins.items() if name in reached}
    sections = [_section("fields", [_entry(quoted(name), origin) for name, origin in fields.items()])]
    sections += [_section(name, _values(lowered, fields)) for name, lowered in files.items()]
    return "{\n" + ",\n".join(sections) + "\n}\n"


def _section(name: str, entries: list[str]) -> str:
    return f"  {quoted(name)}: {{\n" + ",\n".join(entries) + "\n  }"


def _entry(key: str, members: str) -> str:
    return f"    {key}: {{\n      {members}\n    }}"


def _values(lowered: Lowered, origins: Mapping[str, str]) -> list[str]:
    rules = lowered.rules
    return [
        _derived(key, fields, rules[key]) if rules[key] else _copied(key, fields, origins[fields[0]])
        for key, fields in lowered.fields.items()
    ]


@cache
def _derived(key: str, fields: tuple[str, ...], rule: str) -> str:
    """The value of a row of a table that has a rule: it comes from the rule in every config."""
    return _copied(key, fields, _origin(Derived(rule, fields)))


def _copied(key: str, fields: tuple[str, ...], origin: str) -> str:
    pointer = "/" + key.replace(".", "/")
    return _entry(quoted(pointer), f'"fields": {_list(fields)},\n      {origin}')


def _origin(origin: Origin) -> str:
    match origin:
        case Written(file, line, column):
            place = f'"file": {quoted(file)},\n        "line": {line},\n        "column": {column}'
            return f'"written": {{\n        {place}\n      }}'
        case Overridden(option):
            return f'"overridden": {quoted(option)}'
        case Defaulted(pointer):
            return f'"defaulted": {quoted(f"hpc.schema.json#{pointer}")}'
        case Derived(rule, inputs):
            return f'"derived": {quoted(rule)},\n      "from": {_list(inputs)}'


@cache
def _list(names: tuple[str, ...]) -> str:
    return indented(names, "\n      ")
