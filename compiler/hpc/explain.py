"""From a compiled value to the line that caused it, and from a field to every value that depends on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from hpc.checks.names import other_name
from hpc.checks.words import nearest, show
from hpc.compile import Compilation, artifact
from hpc.diagnostics import HpcError
from hpc.resolve import Config
from hpc.rules import FORMERLY, all_rules, refused
from hpc.source.nearest import nearest_file
from hpc.targets.registry import NAMES, ORIGINS, TARGETS, Target
from hpc.targets.releases import earlier_names, newer_name
from hpc_schema import fields as f
from hpc_schema import properties, schema
from hpc_schema.field import Field
from hpc_schema.field_facts import facts

EXPLAINED: Final = tuple(name for name in NAMES if name != ORIGINS)
"""The files whose values have an origin."""


def explain(compilation: Compilation, thing: str) -> str:
    """Explain ARTIFACT:KEY or FIELD of a compiled config; raises ``HpcError`` for anything else."""
    name, _, key = thing.partition(":")
    if name in EXPLAINED and not key:
        raise _no_key(compilation, name)
    lines = _value(compilation, name, key) if ":" in thing else _field(compilation, field_called(thing))
    return "\n".join(lines) + "\n"


def overview(compilation: Compilation, *, everything: bool) -> str:
    """All fields, by group. Without ``everything``, only what reaches a compiled file or was written in vain."""
    config = compilation.config
    shown = [field for field in f.ALL if everything or config.acts(field) or config.given(field)]
    lines: list[str] = []
    for group in schema()["x-groups"]:
        members = [field for field in shown if field.group == group["name"]]
        texts = (line for field in members for line in _field(compilation, field, everything=everything))
        lines += [group["title"], *(f"  {line}" for line in texts), ""] if members else []
    if not everything:
        left = len(f.ALL) - len(shown)
        others = f"{left} field{'s have' if left != 1 else ' has'} no effect in this job. " if left else ""
        lines.append(f"{others}--all also shows these, and which file does not use a field.")
    return "\n".join(lines).rstrip() + "\n"


def field_called(name: str) -> Field[Any]:
    """The field of this name; raises ``HpcError`` where there is none."""
    if name not in f.BY_NAME:
        raise _nothing(name, other_name(name) or nearest(name, f.BY_NAME))
    return f.BY_NAME[name]


def explain_field(name: str) -> str:
    """The page of a field, which needs no config: its meaning, its values, and the keys that it compiles to."""
    field = field_called(name)
    lines = [f"# {name}: {field.title}", "", properties()[name]["markdownDescription"], ""]
    lines += facts(properties()[name], field.active_when)
    lines += [f"- compiles to {target.artifact}: {keys}" for target in TARGETS if (keys := _keys(target, field))]
    return "\n".join(lines) + "\n"


def _keys(target: Target, field: Field[Any]) -> str:
    """The keys that a field can reach in an artifact, in any job."""
    rows = (row for table in target.tables.values() for row in table)
    keys = dict.fromkeys(row.key for row in rows if row.key and field in row.fields)
    return ", ".join(key + _beside(earlier_names(target.artifact, key)) for key in keys)


def _beside(words: Sequence[str]) -> str:
    """What is said in parentheses."""
    return f" ({'; '.join(words)})" if words and words[0] else ""


def explain_rule(code: str) -> str:
    """The page of a rule, as text."""
    asked = code.upper()
    rule = all_rules().get(FORMERLY.get(asked, asked))
    if rule is None:
        raise _nothing(code, help_="write a code as hpc prints it, for example HPC103")
    from hpc.rule_page import page

    return page(rule) if rule.code == asked else f"{asked} is now {rule.code}.\n\n{page(rule)}"


def _value(compilation: Compilation, name: str, key: str) -> Iterator[str]:
    if name not in EXPLAINED:
        raise _nothing(name, nearest_file(name, EXPLAINED))
    found = artifact(compilation, name)
    assert found.lowered is not None
    dotted = key.strip("/").replace("/", ".")
    row = row_of(dotted, found.lowered.values)
    try:
        value = _inside(found.lowered.values[row], dotted[len(row) + 1 :])
    except (KeyError, IndexError, ValueError):
        raise _nothing(key, nearest(dotted, found.lowered.values)) from None
    newer = newer_name(name, row) if compilation.config[f.target] else ""
    yield f"{name}: {dotted} = {show(value)}{_beside([newer])}"
    names = found.lowered.fields[row]
    origin = found.lowered.origin(row, compilation.config)
    if origin != compilation.config.origins.get(names[0] if names else ""):
        yield f"  {origin}"
    for field in names:
        yield f"  {_source(compilation.config, field)}"


def row_of(dotted: str, keys: Mapping[str, Any]) -> str:
    """The key of the table's row that wrote a value: the longest beginning of its dotted path that is one, or ""."""
    parts = dotted.split(".")
    beginnings = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((key for key in beginnings if key in keys), "")


def _inside(value: Any, rest: str) -> Any:
    """The value at the rest of a path, within what one row wrote; a key may itself have dots, as file names do."""
    if not rest:
        return value
    if isinstance(value, list):
        number, _, rest = rest.partition(".")
        return _inside(value[int(number)], rest)
    keys = sorted((key for key in dict(value) if f"{rest}.".startswith(f"{key}.")), key=len)
    if not keys:
        raise KeyError(rest)
    return _inside(value[keys[-1]], rest[len(keys[-1]) + 1 :])


def _field(compilation: Compilation, field: Field[Any], *, everything: bool = True) -> Iterator[str]:
    config = compilation.config
    yield _source(config, field.name)
    if not config.acts(field):
        yield "  has no effect in this job"
    for target in TARGETS:
        if target.on_request and not everything:
            continue
        if not target.exists(config):
            if everything:
                yield f"  {target.artifact}: not in this job ({target.otherwise})"
            continue
        lowered = artifact(compilation, target.artifact).lowered
        assert lowered is not None
        reached = [key for key, names in lowered.fields.items() if field.name in names]
        for key in reached:
            newer = newer_name(target.artifact, key) if config[f.target] else ""
            yield f"  {target.artifact}: {key} = {show(lowered.values[key])}{_beside([newer])}"
        for row in target.rows(config) if everything else ():
            if field in row.fields and row.key is None and not reached and not target.on_request:
                yield f"  {target.artifact}: not used here: {row.because}"


def _source(config: Config, name: str) -> str:
    return f"{name} = {show(config.values[name])}  <- {config.origins[name]}"


def _no_key(compilation: Compilation, name: str) -> HpcError:
    lowered = artifact(compilation, name).lowered
    assert lowered is not None
    help_ = f"write {name}:KEY, for example {name}:{next(iter(lowered.values))}"
    return refused("HPC707", f"{name} has many values: name one of them", help_)


def _nothing(thing: str, near: str | None = None, help_: str = "") -> HpcError:
    help_ = f"did you mean {near}?" if near else help_
    message = f"unknown field, artifact or rule: {thing}" if thing else "name a field, an artifact or a rule"
    return refused("HPC707", message, help_)
