"""What the schema says of single fields (HPC1xx): unknown keys, types, enumerations, ranges, forms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hpc.checks.report import diagnose
from hpc.checks.words import listing, nearest, show
from hpc.diagnostics import Diagnostic, Fix
from hpc.source.document import Document
from hpc_schema import properties
from hpc_schema.field import Value

TYPE_WORDS = {"string": "a text", "integer": "an integer", "number": "a number", "boolean": "true or false"}


def unknown_key(document: Document, key: str) -> Diagnostic:
    """HPC101, or HPC102 for a key of the platform's older documents."""
    for name, subschema in properties().items():
        if key in subschema.get("x-key-aliases", ()):
            return _renamed(document, key, name)
    meant = nearest(key, properties())
    help_ = f"did you mean `{meant}`?" if meant else ""
    return diagnose(document, "HPC101", "error", f"unknown key `{key}`", key, at_key=True, help_=help_)


def _renamed(document: Document, key: str, name: str) -> Diagnostic:
    message = f"`{key}` is now called `{name}`"
    if name in document.values:
        help_ = f"remove `{key}`: `{name}` is written as well"
        return diagnose(document, "HPC102", "error", message, key, at_key=True, related=[name], help_=help_)
    from hpc.edit import rename_key

    fix = Fix(f"rename `{key}` to `{name}`", rename_key(document, key, name)) if key in document.places else None
    return diagnose(document, "HPC102", "error", message, key, at_key=True, help_=f"write `{name}`", fix=fix)


def wrong_value(document: Document, name: str) -> Diagnostic:
    """The one diagnostic of a field whose value breaks its own schema: type first, then what it may be."""
    subschema, value = properties()[name], document.values[name]
    if not has_type(value, subschema):
        return _wrong_type(document, name, subschema, value)
    if "enum" in subschema:
        return _not_allowed(document, name, subschema, value)
    if isinstance(value, str):
        return _wrong_form(document, name, subschema, value)
    message = f"`{name}` is {show(value)}, but must be {interval(subschema)}"
    return diagnose(document, "HPC105", "error", message, name, help_=_range_help(subschema))


def has_type(value: Any, subschema: dict[str, Any]) -> bool:
    """Whether the value has one of the schema's types, to the letter: 1.0 is no integer, true no number."""
    return any(_is(value, kind) for kind in _types(subschema))


def is_valid(value: Any, subschema: dict[str, Any]) -> bool:
    """Whether the value satisfies the field's own schema."""
    import jsonschema

    return has_type(value, subschema) and jsonschema.Draft7Validator(subschema).is_valid(value)


def _types(subschema: dict[str, Any]) -> list[str]:
    types = subschema["type"]
    return types if isinstance(types, list) else [types]


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if isinstance(value, int):
        return kind in ("integer", "number")
    return (isinstance(value, float) and kind == "number") or (isinstance(value, str) and kind == "string")


def interval(subschema: dict[str, Any]) -> str:
    """The range in words: ``at least 1``, ``above 0 and below 1``."""
    words = {
        "minimum": "at least",
        "exclusiveMinimum": "above",
        "maximum": "at most",
        "exclusiveMaximum": "below",
    }
    return " and ".join(f"{word} {subschema[key]}" for key, word in words.items() if key in subschema)


def _range_help(subschema: dict[str, Any]) -> str:
    example = subschema["examples"][-1] if "examples" in subschema else subschema.get("default")
    return f"write for example {show(example)}" if example is not None else ""


def _wrong_type(document: Document, name: str, subschema: dict[str, Any], value: Any) -> Diagnostic:
    wanted = " or ".join(TYPE_WORDS[kind] for kind in _types(subschema))
    message = f"`{name}` is {show(value)}, but must be {wanted}"
    meant = next(_meant(value, subschema), None)
    return diagnose(document, "HPC103", "error", message, name, **_suggestion(document, name, meant))


def _not_allowed(document: Document, name: str, subschema: dict[str, Any], value: Any) -> Diagnostic:
    message = f"`{name}` is {show(value)}, but must be {listing(subschema['enum'])}"
    meant = next(_meant(value, subschema), None)
    if meant is None and isinstance(value, str):
        near = nearest(value, [v for v in subschema["enum"] if isinstance(v, str)])
        help_ = f"did you mean {show(near)}?" if near else f"write {listing(subschema['enum'])}"
        return diagnose(document, "HPC104", "error", message, name, help_=help_)
    return diagnose(document, "HPC104", "error", message, name, **_suggestion(document, name, meant))


def _wrong_form(document: Document, name: str, subschema: dict[str, Any], value: str) -> Diagnostic:
    meant = next(_meant(value, subschema), None)
    form = subschema.get("errorMessage", f"{name} must not be empty")
    message = f"`{name}` is {show(value)}: {form}"
    return diagnose(document, "HPC106", "error", message, name, **_suggestion(document, name, meant))


def _suggestion(document: Document, name: str, meant: Value) -> dict[str, Any]:
    """Help and fix that write the value that was meant."""
    if meant is None:
        return {}
    help_ = f"write {show(meant)}"
    if name not in document.places or name in document.overrides:
        return {"help_": help_}
    from hpc.edit import set_value

    return {"help_": help_, "fix": Fix(f"write {show(meant)}", set_value(document, name, meant))}


def _meant(value: Any, subschema: dict[str, Any]) -> Iterator[Value]:
    """The values that the user can only have meant: another spelling or type of a valid one."""
    for candidate in _candidates(value, subschema):
        if is_valid(candidate, subschema):
            yield candidate


def _candidates(value: Any, subschema: dict[str, Any]) -> Iterator[Value]:
    aliases = subschema.get("x-value-aliases", {})
    if isinstance(value, str):
        if value in aliases:
            yield aliases[value]
        yield from _spellings(value)
    if isinstance(value, bool | int | float):
        if float(value).is_integer():
            yield int(value)
        if not isinstance(value, bool) and value in (0, 1):
            yield bool(value)
    if value is None:
        yield "none"
    if value is False:
        yield "no"


def _spellings(text: str) -> Iterator[Value]:
    plain = text.strip()
    yield plain.lower()
    yield plain.lower().replace(" ", "_")
    yield plain.lower().replace(" ", "-")
    if plain.lower() in ("true", "false", "yes", "no"):
        yield plain.lower() in ("true", "yes")
    try:
        number = float(plain.replace("_", ""))
    except ValueError:
        return
    if number.is_integer() and abs(number) < 2**53:
        yield int(number)
    if abs(number) != float("inf"):
        yield number
