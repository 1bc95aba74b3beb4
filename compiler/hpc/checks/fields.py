"""What the schema says about single fields (HPC1xx): unknown keys, types, enumerations, ranges, forms."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from hpc.checks.diagnose import diagnose, writing
from hpc.checks.elsewhere import elsewhere, other_field
from hpc.checks.meant import meant_value
from hpc.checks.names import TYPO, is_secret, other_name, reason_of
from hpc.checks.values import has_type, types
from hpc.checks.words import cut, interval, listing, nearest, show
from hpc.diagnostics import LIMIT, Diagnostic, Fix, summed
from hpc.importers.foreign_keys import foreign_keys
from hpc.source.document import Document, Place
from hpc_schema import properties
from hpc_schema.validator import FIELDS

if TYPE_CHECKING:
    from hpc.importers.answers import Answer

TYPE_WORDS = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
}


class Reading:
    """A document field by field: what is wrong with it, and what its author meant.

    ``keys`` tells for each field under which key it is written. ``meant`` has the values of the sound fields, older
    keys and safely fixable values among them. ``wrong`` are the fields whose meaning is not known.
    ``unexplained`` are the unknown keys beyond ``LIMIT``: a file of so many is no config, and is read in bounded time.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.diagnostics: list[Diagnostic] = []
        known = properties()
        self.keys = {key: key for key in document.values if key in known}
        self.meant: dict[str, Any] = {}
        self.wrong: set[str] = set()
        self.unexplained: list[str] = []

    def as_meant(self) -> Document:
        """The document as its author meant it, at the places where it was written."""
        document, keys = self.document, self.keys

        @cache
        def places() -> Mapping[str, Place]:
            return {name: document.places[key] for name, key in keys.items() if key in document.places}

        overrides = {name: document.overrides[key] for name, key in keys.items() if key in document.overrides}
        return document._replace(values=self.meant, overrides=overrides, locate=places)


def read_fields(document: Document) -> Reading:
    """Judge every key of the document, on its own."""
    reading = Reading(document)
    known = properties()
    for key, value in document.values.items():
        name = key if key in known else _renamed(reading, key)
        if name is not None:
            _read_value(reading, name, key, value)
    if left := reading.unexplained:
        first = diagnose(document, "HPC101", "", left[0], at_key=True)
        reading.diagnostics.append(summed(first, len(left)))
    return reading


def _renamed(reading: Reading, key: str) -> str | None:
    """The field that an unknown key means (HPC102), or None where it means none (HPC101) or one already written."""
    name = _older_names().get(key)
    if name is None:
        if len(reading.diagnostics) < LIMIT:
            _read_unknown(reading, key)
        else:
            reading.unexplained.append(key)
        return None
    taken = reading.keys.get(name)
    reading.diagnostics.append(_older_key(reading.document, key, name, taken))
    if taken is not None:
        return None
    reading.keys[name] = key
    return name


@cache
def _older_names() -> dict[str, str]:
    """Older key → the field's name."""
    return {older: name for name, subschema in properties().items() for older in subschema.get("x-key-aliases", ())}


def _older_key(document: Document, key: str, name: str, taken: str | None) -> Diagnostic:
    """HPC102. ``taken`` is the other key under which the field is also written."""
    message = f"`{key}` is now called `{name}`"
    if taken is None:
        help_, fix, related = f"write `{name}`", _renaming(document, key, name), []
    else:
        help_, fix, related = f"remove `{key}`: `{taken}` is also written", _removal(document, key, taken), [taken]
    return diagnose(document, "HPC102", message, key, at_key=True, related=related, help_=help_, fix=fix)


def _renaming(document: Document, key: str, name: str) -> Fix | None:
    if key in document.overrides:
        return None
    from hpc.edit import rename_key

    return Fix(f"rename `{key}` to `{name}`", rename_key(document, key, name))


def _removal(document: Document, key: str, taken: str) -> Fix | None:
    """Only where the same value is written twice: of two different ones, either could be meant."""
    if document.overrides.keys() & {key, taken} or repr(document.values[key]) != repr(document.values[taken]):
        return None
    from hpc.edit import is_safe, remove_key

    return Fix(f"remove `{key}`", remove_key(document, key)) if is_safe(document, key) else None


def _read_unknown(reading: Reading, key: str) -> None:
    """HPC101. The key of another tool is answered from that tool's table, and meant where nothing else can be."""
    document = reading.document
    found = None if is_secret(key) else _of_another_tool(key, document.values[key])
    name = next(iter(found.values)) if found and found.exact else ""
    fix = None
    if found and name and name not in {*reading.keys, *document.values}:
        reading.keys[name], reading.meant[name] = key, found.values[name]
        fix = _replacing(document, key, name, found.values[name])
    help_ = found.help if found else _similar(key, document.values[key])
    message = f"unknown key `{cut(key)}`"
    reading.diagnostics.append(diagnose(document, "HPC101", message, key, at_key=True, help_=help_, fix=fix))


def _of_another_tool(key: str, value: Any) -> Answer | None:
    if foreign_keys().isdisjoint((key, key.lower().replace("-", "_"))):
        return None
    from hpc.importers.answers import answer  # The tables of all tools.

    return answer(key, value)


def _similar(key: str, value: Any) -> str:
    if reason := reason_of(key):
        return reason
    if isinstance(value, Mapping) or "." in key:
        return "a config is flat: write the fields themselves, without groups"
    meant = other_name(key) or nearest(key, properties(), TYPO)
    return f"did you mean `{meant}`?" if meant else ""


def _replacing(document: Document, key: str, name: str, value: Any) -> Fix | None:
    if key in document.overrides:
        return None
    from hpc.edit import is_safe, rename_key, set_value

    same = repr(document.values[key]) == repr(value)
    if not same and not is_safe(document, key):
        return None
    edits = rename_key(document, key, name) + (() if same else set_value(document, key, value))
    return Fix(f"write `{name}`: {show(value)}", edits)


def _read_value(reading: Reading, name: str, key: str, value: Any) -> None:
    if FIELDS[name](value):
        reading.meant[name] = value
        return
    if (other := other_field(name, value)) and other not in {*reading.keys, *reading.document.values}:
        reading.keys[other], reading.meant[other] = reading.keys.pop(name), value
        reading.diagnostics.append(_belongs_elsewhere(reading.document, name, key, other))
        return
    meant = meant_value(value, name)
    reading.diagnostics.append(_wrong_value(reading.document, name, key, value, meant))
    if meant is None:
        reading.wrong.add(name)
    else:
        reading.meant[name] = meant


def _belongs_elsewhere(document: Document, name: str, key: str, other: str) -> Diagnostic:
    """HPC103, of a value that another field takes."""
    value = document.values[key]
    message = f"`{name}` is {show(value)}, but must be {_complaint(name, value, properties()[name])[1]}"
    fix = _replacing(document, key, other, value)
    return diagnose(document, "HPC103", message, key, help_=f"write `{other}`: {show(value)}", fix=fix)


def _wrong_value(document: Document, name: str, key: str, value: Any, meant: Any) -> Diagnostic:
    """The one diagnostic for a field whose value breaks its own schema: type first, then the allowed values."""
    subschema = properties()[name]
    code, wanted, help_ = _complaint(name, value, subschema)
    help_ = elsewhere(name, value) or help_
    message = f"`{name}` is {show(value)}, but must be {wanted}"
    if meant is not None:
        help_ = f"write {show(meant)}"
    fix = None if meant is None else writing(document, key, meant)
    return diagnose(document, code, message, key, help_=help_, fix=fix)


def _complaint(name: str, value: Any, subschema: Mapping[str, Any]) -> tuple[str, str, str]:
    """The code, what the value must be, and what helps where the intended value is not known."""
    typed = has_type(value, subschema)
    code = "HPC104" if typed else "HPC103"
    if "enum" in subschema:
        near = nearest(value, [v for v in subschema["enum"] if isinstance(v, str)]) if isinstance(value, str) else None
        allowed = listing(subschema["enum"])
        return code, allowed, f"did you mean {show(near)}?" if near else f"write {allowed}"
    if not typed:
        return code, " or ".join(TYPE_WORDS[kind] for kind in types(subschema)), _instead(value, subschema)
    if isinstance(value, str):
        form = (value and subschema.get("errorMessage")) or "at least one character long"
        return "HPC106", form.removeprefix(f"{name} is "), _instead(value, subschema)
    if isinstance(value, list):
        return "HPC105", *_complaint_of_list(value, subschema)
    form = subschema.get("errorMessage", interval(subschema)).removeprefix(f"{name} is ")
    return "HPC105", form, _instead(value, subschema)


def _complaint_of_list(value: list[Any], subschema: Mapping[str, Any]) -> tuple[str, str]:
    """What a list must be, and which of its items is wrong, as jsonschema finds it: its import takes 45 ms."""
    most = subschema.get("maxItems", len(value))
    if len(value) > most:
        return f"a list of at most {most:,} data sets", "put the files into a folder, and name the folder"
    from jsonschema import Draft7Validator

    wanted = subschema["errorMessage"].partition(" is ")[2] if "errorMessage" in subschema else _list_of(subschema)
    error = next(Draft7Validator(subschema).iter_errors(value), None)
    if error is None or not error.path:
        return wanted, _instead(value, subschema)
    return wanted, f"item {error.path[0] + 1} is {show(error.instance)}{_fault_of_item(error)}"


def _fault_of_item(error: Any) -> str:
    """What is wrong with an item that is an object, from jsonschema's account of it; empty where the form says it."""
    if not isinstance(error.instance, Mapping):
        return ""
    if error.validator == "type":
        return ": it must be a string"
    of_objects = ("required", "additionalProperties")
    inside = next((part for part in error.context or () if part.path or part.validator in of_objects), None)
    if inside is None:
        return ""
    if inside.validator == "required":
        return ": `path` is missing"
    if inside.validator == "additionalProperties":
        return f": it can have {' and '.join(f'`{key}`' for key in inside.schema['properties'])} only"
    words = TYPE_WORDS[types(inside.schema)[0]] if inside.validator == "type" else interval(inside.schema)
    return f": `{inside.path[-1]}` must be {words or 'a local path or a name on the hub'}"


def _list_of(subschema: Mapping[str, Any]) -> str:
    return f"a list of {listing(subschema['items']['enum'])}, each once"


def _instead(value: Any, subschema: Mapping[str, Any]) -> str:
    """What helps where the intended value is not known."""
    if value is None and "x-beyond" in subschema and "default" not in subschema:
        return "remove it"
    example = subschema["examples"][-1] if "examples" in subschema else subschema.get("default")
    if example is None:
        return ""
    if value is None and "default" in subschema:
        return f"remove it to get the default, {show(subschema['default'])}"
    return f"for example: {show(example)}"
