"""Setting up an editor for a folder: a copy of the schema, and the settings that point to it.

Settings are edited in place: comments, order and other entries stay, and an entry for the schema that is already
there is left as it is.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from hpc.diagnostics import Diagnostic, HpcError
from hpc.edit import write_atomic
from hpc.source import Document, parse
from hpc.source.encode import encode
from hpc.source.load import load_file
from hpc_schema import SCHEMA_FILE

SCHEMA_COPY: Final = ".hpc/hpc.schema.json"
URL: Final = f"./{SCHEMA_COPY}"
# What hpc's own recipes are called, and a suffix for configs with other names.
NAMES: Final = ("train_*", "*.hpc")

LIMITS: Final = {
    "minimum": "at least",
    "exclusiveMinimum": "above",
    "maximum": "at most",
    "exclusiveMaximum": "below",
}
# The first brace, after comments, and the comment that ends its line.
_OPEN: Final = re.compile(r"(?:\s|//[^\r\n]*|/\*.*?\*/)*\{(?:[ \t]*//[^\r\n]*)?", re.DOTALL)


def install(editor: str, folder: str) -> list[tuple[str, bool]]:
    """Set up an editor; returns the files it needs, and whether each was changed.

    Raises:
        HpcError: the settings cannot be read (HPC0xx), have another shape (HPC709), or cannot be written.
    """
    root = Path(folder)
    if not root.is_dir():
        message = f"the folder `{folder}` does not exist"
        raise HpcError(
            Diagnostic("HPC001", "error", message, folder, help="give the folder that you open in the editor")
        )
    schema = json.dumps(for_editors(Path(SCHEMA_FILE).read_text(encoding="utf-8")), indent=2, ensure_ascii=False) + "\n"
    changes: dict[Path, Callable[[str], str]] = {root / SCHEMA_COPY: lambda _old: schema}
    changes |= {root / name: change for name, change in SETTINGS[editor].items()}
    # Everything is read and changed before anything is written: a refusal leaves the folder unchanged.
    texts = {path: (_read(path), change) for path, change in changes.items()}
    new = {path: (old, change(old)) for path, (old, change) in texts.items()}
    for path, (old, text) in new.items():
        if text != old:
            _write(path, text)
    return [(str(path), text != old) for path, (old, text) in new.items()]


def for_editors(schema: str) -> dict[str, Any]:
    """The schema with what only an editor shows: range and default in each hover, and keys in the schema's order.

    VS Code sorts completions by ``suggestSortText``, so that the job's own keys come first.
    """
    found: dict[str, Any] = json.loads(schema)
    for number, (name, entry) in enumerate(found["properties"].items()):
        told = found["definitions"].get(name, entry)
        if facts := _facts(told):
            told["markdownDescription"] += f"\n\n{facts}"
        entry["suggestSortText"] = f"{number:02} {name}"
    return found


def _facts(entry: dict[str, Any]) -> str:
    """Range and default, as in "above 0 and below 1 · default: 1e-5"."""
    limits = " and ".join(f"{word} {entry[key]:g}" for key, word in LIMITS.items() if key in entry)
    default = f"default: `{encode('json', entry['default'])}`" if "default" in entry else ""
    return " · ".join(filter(None, (limits, default)))


def vscode_settings(text: str) -> str:
    """``.vscode/settings.json`` with the schema for JSON, and for YAML (the extension of Red Hat)."""
    text = text if text.strip() else "{}\n"
    entry = {"fileMatch": _globs("json", "jsonc"), "url": URL}
    text = _add(text, "json.schemas", [], json.dumps(entry), lambda found: any(_has_url(item) for item in found))
    entry_text = f'"{URL}": {json.dumps(_globs("yaml", "yml"))}'
    return _add(text, "yaml.schemas", {}, entry_text, lambda found: URL in found)


def tombi_settings(text: str) -> str:
    """``tombi.toml`` with the schema for TOML: Tombi reads it in every editor."""
    found = _toml(text).get("schemas", [])
    if isinstance(found, list) and any(isinstance(item, dict) and item.get("path") == SCHEMA_COPY for item in found):
        return text
    block = f'[[schemas]]\npath = "{SCHEMA_COPY}"\ninclude = {json.dumps(_globs("toml"))}\n'
    new = f"{text.rstrip()}\n\n{block}" if text.strip() else block
    _toml(new)  # `schemas = […]` cannot be continued as a table
    return new


SETTINGS: Final[dict[str, dict[str, Callable[[str], str]]]] = {
    "vscode": {".vscode/settings.json": vscode_settings},
    "tombi": {"tombi.toml": tombi_settings},
    "other": {},
}


def _globs(*extensions: str) -> list[str]:
    return [f"**/{name}.{extension}" for extension in extensions for name in NAMES]


def _has_url(item: Any) -> bool:
    return isinstance(item, dict) and item.get("url") == URL


def _add(text: str, key: str, empty: Any, entry: str, is_there: Callable[[Any], bool]) -> str:
    """The settings with an entry at the front of a list or an object, which is created where there is none."""
    document = parse(text, "jsonc", ".vscode/settings.json")
    if key not in document.values:
        start = _OPEN.match(text)
        assert start
        first, last = ("[", "]") if isinstance(empty, list) else ("{", "}")
        member = f'"{key}": {first}\n        {entry}\n    {last}'
        return _insert(text, start.end(), f"\n    {member}", is_last=not document.values)
    value = document.values[key]
    if not isinstance(value, type(empty)):
        raise _other_shape(document, key)
    if is_there(value):
        return text
    return _insert(text, document.places[key].value.start + 1, f"\n        {entry}", is_last=not value)


def _insert(text: str, start: int, entry: str, *, is_last: bool) -> str:
    rest = text[start:]
    comma = "" if is_last else ","
    line_break = "\n" if is_last and not rest.lstrip(" \t").startswith(("\n", "\r")) else ""
    return text[:start] + entry + comma + line_break + rest


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        hint = f"add a table [[schemas]] with path = {json.dumps(SCHEMA_COPY)} by hand"
        message = f"the schema cannot be added here: {error}"
        raise HpcError(Diagnostic("HPC709", "error", message, "tombi.toml", help=hint)) from None


def _other_shape(document: Document, key: str) -> HpcError:
    place = document.places[key].value
    message = f"the schema cannot be added here: `{key}` has an unexpected shape"
    hint = "correct this setting as the editor documents it"
    return HpcError(Diagnostic("HPC709", "error", message, document.file, place, help=hint))


def _read(path: Path) -> str:
    return load_file(str(path))[2] if path.exists() else ""


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"the folder cannot be created: {error.strerror}"
        hint = "check the folder's permissions and the free disk space"
        raise HpcError(Diagnostic("HPC706", "error", message, str(path.parent), help=hint)) from None
    write_atomic(str(path), text)
