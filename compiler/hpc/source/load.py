"""From a path to its text: one regular file, of bounded size, in UTF-8."""

from __future__ import annotations

import os
import stat
import sys
from itertools import islice
from typing import IO, Any, Final

from hpc.diagnostics import HpcError
from hpc.source.document import Format
from hpc.source.problem import Fault

MAX_BYTES: Final = 1 << 20
FORMATS: Final[dict[str, Format]] = {
    ".json": "json",
    ".jsonc": "jsonc",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".toml": "toml",
}
SCRIPTS: Final = (".sh", ".bash", ".slurm", ".sbatch")


def load_file(path: str) -> tuple[str, Format, str]:
    """The name to show, the format and the text of a file.

    Raises:
        HpcError: HPC001 to HPC006.
    """
    name, text = load_text(path, scripts=False)
    return name, _format(name), text


def load_text(path: str, *, scripts: bool = True) -> tuple[str, str]:
    """The name to show and the text of a config, or with ``scripts`` also of a file with another extension.

    Raises:
        HpcError: HPC001 to HPC006.
    """
    name = shown(path)
    try:
        with open(path, "rb", opener=_open) as stream:
            info = os.fstat(stream.fileno())
            if not stat.S_ISREG(info.st_mode):
                raise _refused("HPC003", "this is a pipe or a device, not a regular file", name)
            if not scripts or _suffix(name) not in (*SCRIPTS, ".txt", ""):
                _format(name)
            if info.st_size > MAX_BYTES:
                raise _too_large(name)
            data = stream.read(info.st_size + 1)
            if len(data) > info.st_size:  # It has grown, or the system does not know its size, as in /proc.
                data += stream.read(MAX_BYTES)
    except IsADirectoryError:
        raise _refused("HPC003", "this is a folder, not a config file", name) from None
    except FileNotFoundError:
        raise _missing(path, name) from None
    except (OSError, ValueError) as error:
        raise _unreadable(name, error) from None
    return name, decode(data, name)


def load_stdin(stream: IO[Any] | None) -> str:
    """The text of standard input, or of the stream given instead."""
    stream = stream if stream is not None else sys.stdin
    if stream is None:
        raise _refused("HPC002", "standard input is closed", "<stdin>", "send a config to standard input")
    try:
        data = getattr(stream, "buffer", stream).read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise _unreadable("<stdin>", error) from None
    return decode(data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data, "<stdin>")


def shown(path: str) -> str:
    """The path in a form that can always be printed: a file name on disk may hold bytes that are not text."""
    return os.fsencode(path).decode("utf-8", "replace") if not path.isascii() else path


def _refused(code: str, message: str, name: str, help_text: str = "") -> HpcError:
    from hpc.source.source_error import without_place

    return without_place(code, message, name, help_text)


def _open(path: str, flags: int) -> int:
    """Open without waiting: a pipe without a writer would block forever."""
    return os.open(path, flags | os.O_NONBLOCK)


def _format(name: str) -> Format:
    suffix = _suffix(name)
    if suffix in FORMATS:
        return FORMATS[suffix]
    what = f"hpc does not read `{suffix}` files" if suffix else "the file name has no extension"
    raise _refused(
        "HPC004",
        f"{what}; it reads {', '.join(FORMATS)}" if suffix else f"{what}; hpc reads {', '.join(FORMATS)}",
        name,
        f"`hpc import {name}` reads the training command of a script" if suffix in SCRIPTS else "",
    )


def _suffix(name: str) -> str:
    return os.path.splitext(name)[1].lower()  # noqa: PTH122 (pathlib is slow to import)


def _too_large(name: str) -> HpcError:
    return _refused("HPC005", "the file is larger than 1 MiB, so it cannot be a config", name)


def _missing(path: str, name: str) -> HpcError:
    from hpc.source.nearest import nearest_file

    folder, wanted = os.path.split(path)
    if folder and not os.path.isdir(folder):  # noqa: PTH112
        return _refused("HPC001", f"the folder `{shown(folder)}` does not exist", name)
    try:
        with os.scandir(folder or os.curdir) as entries:
            names = [shown(entry.name) for entry in islice(entries, 1000) if _suffix(entry.name) in FORMATS]
    except OSError:
        names = []
    near = nearest_file(shown(wanted), sorted(names))
    return _refused("HPC001", "the file does not exist", name, f"did you mean `{near}`?" if near else "")


def _unreadable(name: str, error: OSError | ValueError) -> HpcError:
    reason = (error.strerror if isinstance(error, OSError) else str(error)) or "unknown reason"
    return _refused("HPC002", f"cannot be read: {reason[0].lower()}{reason[1:]}", name)


def decode(data: bytes, name: str) -> str:
    """The text of a file's bytes; raises HPC005 or HPC006."""
    if len(data) > MAX_BYTES:
        raise _too_large(name)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_utf8(data, error.start, name) from None


def _not_utf8(data: bytes, start: int, name: str) -> HpcError:
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    message = "the file is UTF-16, not UTF-8" if utf16 else f"the byte 0x{data[start]:02x} is not UTF-8"
    help_ = "save the file as UTF-8, for example with `iconv -f UTF-16 -t UTF-8`" if utf16 else ""
    text = data.decode("utf-8-sig", "replace")
    offset = len(data[:start].decode("utf-8-sig"))
    from hpc.source.source_error import as_error

    return as_error(name, text, [Fault("HPC006", message, offset, offset + 1, help_)])
