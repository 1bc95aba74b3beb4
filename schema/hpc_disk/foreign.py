"""Files that other programs wrote in a way that training cannot read: recognized, named, with the way out."""

from __future__ import annotations

import re
import shlex
from pathlib import PurePath
from typing import Any, Final


class Unreadable(ValueError):  # noqa: N818 - a verdict on a file, not a fault of the program
    """Why a file cannot be read as what its name says, and what to do about it (may be empty)."""

    def __init__(self, reason: str, help_: str = "") -> None:
        super().__init__(reason)
        self.help = help_


LFS: Final = b"version https://git-lfs.github.com/spec/"
MAGIC: Final = (
    (b"\x1f\x8b", "is compressed with gzip", "decompress it: gunzip {name}"),
    (b"\x28\xb5\x2f\xfd", "is compressed with zstd", "decompress it: unzstd {name}"),
    (b"BZh", "is compressed with bzip2", "decompress it: bunzip2 {name}"),
    (b"\xfd7zXZ", "is compressed with xz", "decompress it: unxz {name}"),
    (b"PK\x03\x04", "is a zip archive", "name it .zip, or unpack it: unzip {name}"),
    (b"PAR1", "is a Parquet file", "name it .parquet"),
    (b"\xd0\xcf\x11\xe0", "is an old Excel or Word file", "save it as CSV (UTF-8)"),
)
"""First bytes of files under the name of another kind."""
ENDINGS: Final = {
    ".gz": "decompress it: gunzip {name}",
    ".zst": "decompress it: unzstd {name}",
    ".bz2": "decompress it: bunzip2 {name}",
    ".xz": "decompress it: unxz {name}",
    ".tar": "unpack it: tar xf {name}",
    ".tgz": "unpack it: tar xf {name}",
    ".xlsx": "save it as CSV (UTF-8)",
    ".xls": "save it as CSV (UTF-8)",
    ".tsv": 'write commas: python -c "import csv, sys; csv.writer(sys.stdout).writerows('
    "csv.reader(sys.stdin, delimiter='\\t'))\" < {name} > {stem}.csv",
    ".ndjson": "name it .jsonl",
    ".feather": "name it .arrow",
    ".md": "name it .txt to train on its lines",
    ".yaml": "write JSON Lines: one object a line",
    ".yml": "write JSON Lines: one object a line",
    ".pkl": "write JSON Lines: one object a line",
    ".pt": "write JSON Lines: one object a line",
}
"""What to do with files of other kinds."""
ROWS: Final = "pandas.read_json({name!r}{orient}).to_json('rows.jsonl', orient='records', lines=True)"
ZEROS: Final = 64
"""So many zero bytes at the start are no text in any encoding."""
FOREIGN_RUN: Final = re.compile(rb"[\x80-\xff]{2,}")
"""Two bytes or more of a script that is not Latin; Latin letters with accents mostly stand alone."""


def way_out(name: str) -> str:
    """What to do with a file whose name ends in a way that hpc does not read; empty where nothing is known."""
    return _fill(ENDINGS.get(PurePath(name).suffix.lower(), ""), name)


def check_head(name: str, head: bytes, *, text: bool) -> None:
    """Recognize a file by its first bytes.

    Raises:
        Unreadable: Where the file is not what its name says.
    """
    if head.startswith(LFS):
        raise Unreadable(f"{name} is a Git LFS pointer, not the data itself", "run `git lfs pull` in its repository")
    if not text:
        return
    for magic, what, then in MAGIC:
        if head.startswith(magic):
            raise Unreadable(f"{name} {what}", _fill(then, name))
    if head and not any(head[:ZEROS]):
        raise Unreadable(f"{name} begins with zero bytes, as after a crash", "download or write the file again")
    if head.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        raise Unreadable(f"{name} is UTF-32, not UTF-8", _convert("UTF-32", name))
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or _alternates_with_zeros(head):
        raise Unreadable(f"{name} is UTF-16, not UTF-8", _convert("UTF-16", name))
    if head.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html")):
        raise Unreadable(f"{name} is a web page, not data", "download the file itself, not the page about it")


def _alternates_with_zeros(head: bytes) -> bool:
    beginning = head[:64]
    return len(beginning) >= 4 and (not any(beginning[1::2]) or not any(beginning[::2]))


def check_first_line(name: str, line: str) -> None:
    """Recognize JSON that is not JSON Lines by its first line that is not blank.

    Raises:
        Unreadable: Where it begins a list of rows, or an object that is written over several lines.
    """
    start = line.strip()
    if "\r" in start:
        raise Unreadable(f"{name} has line ends of old Macs (CR only)", convert_line_ends(name))
    rename = f"rename it to {PurePath(name).stem}.json"
    if start in ("[", "{"):
        raise Unreadable(f"{name} is JSON over several lines, not one object a line", rename)
    if start.startswith("[{"):
        raise Unreadable(f"{name} holds one JSON list, not one object a line", rename)


def convert_line_ends(name: str) -> str:
    """The command that writes the lines of an old Mac with today's ends."""
    return f"convert the line ends: tr '\\r' '\\n' < {shlex.quote(name)} > converted{PurePath(name).suffix}"


def not_text(name: str, near: bytes, position: int) -> Unreadable:
    """The fault of bytes that are not UTF-8, with their likely encoding."""
    beyond = sum(byte >= 0x80 for byte in near)
    if not _is_cp1252(near) or 2 * sum(map(len, FOREIGN_RUN.findall(near))) > beyond:
        message = f"{name}: byte {position} is not UTF-8; the text is in another encoding, and not in a Latin script's"
        often = "ENCODING is often WINDOWS-1251 for Russian, GB18030 for Chinese, SHIFT_JIS for Japanese"
        return Unreadable(message, f"{_convert('ENCODING', name)}; {often}")
    message = f"{name}: byte {position} is not UTF-8; the file is probably Windows-1252, as Excel writes it"
    return Unreadable(message, _convert("WINDOWS-1252", name))


def _is_cp1252(text: bytes) -> bool:
    try:
        text.decode("cp1252")
    except UnicodeDecodeError:
        return False
    return True


def first_line_of_csv(name: str, line: str) -> bool:
    """Recognize other separators than commas by the first line.

    Returns:
        Whether it is the header; else it is Excel's mark that commas separate.

    Raises:
        Unreadable: Where the columns are separated by another sign.
    """
    separator = next((sign for sign in ";\t|" if sign in line and "," not in line), "")
    marked = line.lower().startswith("sep=")
    if marked:
        separator = line[4:5]
    if separator and separator != ",":
        called = {";": "semicolons", "\t": "tabs"}.get(separator, f"`{separator}`")
        command = (
            'python -c "import csv, sys; csv.writer(sys.stdout).writerows('
            f'csv.reader(sys.stdin, delimiter={separator!r}))" < {shlex.quote(name)} > commas.csv'
        )
        raise Unreadable(f"{name}: the columns are separated by {called}, not commas", f"write commas: {command}")
    return not marked


def rows_of_object(name: str, value: Any) -> list[Any]:
    """The rows of a file that is one JSON value: that value, or the list of rows under its only such key.

    Raises:
        Unreadable: Where the file holds columns instead of rows, as pandas writes them.
    """
    from hpc_disk.formats import KNOWN_COLUMNS

    if not isinstance(value, dict) or not value:
        return [value]
    orient = _orient(value)
    if orient is not None:
        message = f"{name} has columns, not rows (pandas' `to_json` without `orient`)"
        how = f", orient={orient!r}" if orient else ""
        raise Unreadable(message, f"write rows: {ROWS.format(name=name, orient=how)}")
    if not KNOWN_COLUMNS.intersection(value):
        lists = [rows for rows in value.values() if _is_rows(rows)]
        known = [rows for rows in lists if KNOWN_COLUMNS.intersection(rows[0])]
        if len(known) > 1:
            raise _several(name, [key for key, rows in value.items() if rows in known])
        lists = known if len(known) == 1 else lists
        if len(lists) == 1:
            return list(lists[0])
    return [value]


def _several(name: str, keys: list[str]) -> Unreadable:
    """The fault of an object that holds several lists of rows, such as one for each split."""
    import json

    program = (
        'import json; [open(f"{k}.jsonl", "x").writelines(json.dumps(r) + "\\n" for r in v) '
        f"for k, v in json.load(open({json.dumps(name)})).items() if k in {json.dumps(keys)}]"
    )
    split = f"python -c {shlex.quote(program)}"  # The keys are the file's: a shell must not read them.
    named = " and ".join(f"`{key}`" for key in keys)
    return Unreadable(f"{name} holds several lists of rows, {named}", f"write each to a file of its own: {split}")


def _orient(value: dict[str, Any]) -> str | None:
    """The ``orient`` with which pandas wrote columns (empty for its default); None where they are none."""
    if isinstance(value.get("columns"), list) and isinstance(value.get("data"), list) and "index" in value:
        return "split"
    inner = next(iter(value.values()))
    if all(isinstance(column, dict) for column in value.values()) and inner:
        if all(str(key).isdigit() for key in inner):
            return ""
        named = not _known(value) and all(_known(row) for row in value.values())
        return "index" if named or all(str(key).isdigit() for key in value) else None
    return "" if _lists_of_columns(value) else None


def _known(row: dict[str, Any]) -> bool:
    from hpc_disk.formats import KNOWN_COLUMNS

    return not KNOWN_COLUMNS.isdisjoint(row)


def _lists_of_columns(value: dict[str, Any]) -> bool:
    """Whether two columns or more are lists of strings of one length."""
    columns = [column for column in value.values() if isinstance(column, list)]
    same = len(columns) == len(value) > 1 and len({len(column) for column in columns}) == 1
    return same and any(isinstance(cell, str) for column in columns for cell in column[:1])


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def _convert(encoding: str, name: str) -> str:
    return f"convert it: iconv -f {encoding} -t UTF-8 {shlex.quote(name)} > utf8-{shlex.quote(PurePath(name).name)}"


def _fill(text: str, name: str) -> str:
    return text.format(name=shlex.quote(name), stem=shlex.quote(PurePath(name).stem))
