"""The files that the page may open and save: configs inside the current folder."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any, Final

from hpc.diagnostics import HpcError
from hpc.edit import write_atomic
from hpc.source import parse
from hpc.source.convert import convert
from hpc.source.document import Format
from hpc.source.load import FORMATS, load_file
from hpc_disk.files import kind
from hpc_ui.page_text import editable

_SAVING: Final = Lock()
MAX_FILES: Final = 200
MAX_DEPTH: Final = 4
# Folders without configs of the user, or with compiled files.
SKIPPED: Final = frozenset({"node_modules", "build", "compiled", "runs", "mlruns", "dist"})
OF_A_MODEL: Final = frozenset({"tokenizer.json", "tokenizer_config.json", "model.safetensors", "adapter_config.json"})
"""One of these says that the `.json` files beside it are those of a model, not configs of hpc."""


class Refused(Exception):  # noqa: N818 (an answer, not an error)
    """What was asked is not done, and why."""


class Changed(Exception):  # noqa: N818 (an answer, not an error)
    """The file on disk is no longer the one that the page read; ``stamp`` is the one that is there now."""

    def __init__(self, stamp: str | None) -> None:
        super().__init__(stamp)
        self.stamp = stamp


def listed() -> list[str]:
    """Paths of the files in the current folder whose format hpc reads, nearest first."""
    found: list[str] = []
    for folder, folders, names in os.walk("."):
        depth = len(Path(folder).parts)
        folders[:] = sorted(f for f in folders if f[0] not in "._" and f not in SKIPPED and depth < MAX_DEPTH)
        formats = FORMATS if OF_A_MODEL.isdisjoint(names) else FORMATS.keys() - {".json"}
        found += [str(Path(folder, name)) for name in sorted(names) if Path(name).suffix.lower() in formats]
        if len(found) >= MAX_FILES:
            break
    return sorted(found[:MAX_FILES], key=lambda path: (path.count(os.sep), path))


def open_config(path: str) -> dict[str, Any]:
    """Text, format and stamp of a file; raises ``HpcError`` or ``Refused``."""
    name, format_, text = load_file(inside(path))
    return {"path": name, "format": format_, "text": text, "stamp": stamp(name)}


def save_config(path: str, text: str, seen: str | None, was: Format) -> dict[str, Any]:
    """Write a file whole, in the format of its name. ``seen`` is the stamp of the version that the page knows.

    A name without an extension gets that of the text. ``lost`` counts the comments that the format cannot hold.

    Raises:
        Changed: the file is another one now, or there is one that the page has not read.
        Refused: the path is not one to write to.
        HpcError: the text cannot be read, so that it cannot be converted, or the disk refuses it.
    """
    name = inside(path)
    name = name if Path(name).suffix else f"{name}.{was}"
    format_ = format_of(name)
    lost = 0
    if format_ != was:
        text, lost = _converted(text, was, format_, name)
    with _SAVING:  # Of two saves at once, the second sees what the first has written.
        now = stamp(name)
        if now != seen:
            raise Changed(now)
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        write_atomic(name, text)
    return {"path": name, "format": format_, "text": text, "lost": lost, "stamp": stamp(name)}


def _converted(text: str, was: Format, format_: Format, name: str) -> tuple[str, int]:
    """The text in another format. What is JSON already stays as it is written."""
    if {was, format_} == {"json", "jsonc"}:
        with suppress(HpcError):
            parse(text, format_, name)
            return text, 0
    try:
        done = convert(editable(text, was, name), format_)
    except ValueError as error:
        raise Refused(f"{error}: this job cannot be saved as {format_.upper()}") from None
    return done.text, done.lost


def format_of(path: str) -> Format:
    """The format that a file name stands for; raises ``Refused``."""
    suffix = Path(path).suffix.lower()
    if suffix not in FORMATS:
        raise Refused("the name must end in .json, .jsonc, .yaml or .toml")
    return FORMATS[suffix]


def stamp(path: str) -> str | None:
    """What a file holds, as a short digest; None when there is none."""
    if kind(path) not in ("file", None):
        raise Refused(f"{path} is not a file")  # A pipe would be waited for.
    try:
        with Path(path).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()[:16]
    except OSError:
        return None


def inside(path: str) -> str:
    """The path relative to the current folder; raises ``Refused`` for anything outside it."""
    root = Path.cwd().resolve()
    try:
        resolved = (root / path).resolve()
    except (OSError, ValueError, RuntimeError):
        raise Refused("this is not a valid path") from None
    if not path or not resolved.is_relative_to(root) or resolved == root:
        raise Refused("the page opens and saves only files inside the folder where hpc ui was started")
    return str(resolved.relative_to(root))
