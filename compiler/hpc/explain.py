"""From a compiled value to the line that caused it, and from a field to every value that depends on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from hpc.checks.words import nearest, show
from hpc.compile import Compilation, artifact
from hpc.diagnostics import Diagnostic, HpcError
from hpc.resolve import Config
from hpc.rules import FORMERLY, all_rules
from hpc.targets import NAMES, ORIGINS, TARGETS
from hpc_schema import fields as f

EXPLAINED: Final = tuple(name for name in NAMES if name != ORIGINS)
"""The files whose values have an origin."""


def explain(compilation: Compilation, thing: str) -> str:
    """Explain ARTIFACT:KEY or FIELD of a compiled config; raises ``HpcError`` for anything else."""
    name, _, key = thing.partition(":")
    if name in EXPLAINED and not key:
        raise _no_key(compilation, name)
    lines = _value(compilation, name, key) if ":" in thing else _field(compilation, thing)
    return "\n".join(lines) + "\n"


def explain_rule(code: str) -> str:
    """The page of a rule, as text."""
    asked = code.upper()
    rule = all_rules().get(FORMERLY.get(asked, asked))
    if rule is None:
        raise _nothing(code, nearest(code, all_rules()))
    from hpc.rule_page import page

    return page(rule) if rule.code == asked else f"{asked} is now {rule.code}.\n\n{page(rule)}"


def _value(compilation: Compilation, name: str, key: str) -> Iterator[str]:
    if name not in EXPLAINED:
        raise _nothing(name, nearest(name, EXPLAINED))
    found = artifact(compilation, name)
    assert found.lowered is not None
    dotted = key.strip("/").replace("/", ".")
    row = row_of(dotted, found.lowered.values)
    try:
        value = _inside(found.lowered.values[row], dotted[len(row) + 1 :])
    except (KeyError, IndexError, ValueError):
        raise _nothing(key, nearest(dotted, found.lowered.values)) from None
    yield f"{name}: {dotted} = {show(value)}"
    names = found.lowered.fields[row]
    origin = found.lowered.origins[row]
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
    """The value at the rest of a path, within what one row wrote."""
    for part in filter(None, rest.split(".")):
        value = value[int(part)] if isinstance(value, list) else dict(value)[part]
    return value


def _field(compilation: Compilation, name: str) -> Iterator[str]:
    field = f.BY_NAME.get(name)
    if field is None:
        raise _nothing(name, nearest(name, f.BY_NAME))
    config = compilation.config
    yield _source(config, name)
    if not config.acts(field):
        yield "  has no effect in this job"
    for target in TARGETS:
        if not target.exists(config):
            yield f"  {target.artifact}: not in this job ({target.otherwise})"
            continue
        lowered = artifact(compilation, target.artifact).lowered
        assert lowered is not None
        reached = [key for key, names in lowered.fields.items() if name in names]
        for key in reached:
            yield f"  {target.artifact}: {key} = {show(lowered.values[key])}"
        for row in target.table(config):
            if field in row.fields and row.key is None and not reached and not target.on_request:
                yield f"  {target.artifact}: not used here: {row.because}"


def _source(config: Config, name: str) -> str:
    return f"{name} = {show(config.values[name])}  <- {config.origins[name]}"


def _no_key(compilation: Compilation, name: str) -> HpcError:
    lowered = artifact(compilation, name).lowered
    assert lowered is not None
    help_ = f"write {name}:KEY, for example {name}:{next(iter(lowered.values))}"
    return HpcError(Diagnostic("HPC707", "error", f"{name} has many values: name one of them", "hpc", help=help_))


def _nothing(thing: str, near: str | None) -> HpcError:
    help_ = f"did you mean {near}?" if near else all_rules()["HPC707"].help
    message = f"unknown field, artifact or rule: {thing}" if thing else "name a field, an artifact or a rule"
    return HpcError(Diagnostic("HPC707", "error", message, "hpc", help=help_))
