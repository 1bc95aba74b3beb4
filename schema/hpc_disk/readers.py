"""Readers of the kinds of data files: one row at a time, in little memory, each with its place.

Only the standard library is used, and pyarrow inside the two readers of its own formats. Every fault of a file is an
``Unreadable`` with its reason; every fault of one row is a ``ValueError`` as that row's value.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from io import BufferedReader
from typing import IO, Any, Final, NamedTuple

from hpc_disk.foreign import (
    Unreadable,
    check_first_line,
    convert_line_ends,
    first_line_of_csv,
    not_text,
    rows_of_object,
)
from hpc_disk.json_values import DECODER, LENIENT, TOO_DEEP, Scanner, TwiceError

BATCH: Final = 512
"""Rows of a columnar file that are held at a time, at most."""
HELD: Final = 64 * 2**20
"""Bytes of a columnar file that are held at a time, about: a dictionary repeats a long text at no cost in the file."""
LARGEST_RATIO: Final = 200
"""What unpacks to more than this many times its size is taken for a bomb (text packs about 3 to 20 times)."""


class DataRow(NamedTuple):
    """One row and its place.

    Attributes:
        file: The file, as the user named it; ``archive.zip/member`` inside an archive.
        number: The row's number in the file, counted from 1; in files of lines it is the line's number.
        value: The row; a ``ValueError`` where it cannot be read.
        unread: Columns that the file has and that were not read, because no format uses them.
    """

    file: str
    number: int
    value: Any
    unread: tuple[str, ...] = ()


class NoLibraryError(Exception):
    """Reading this kind of file needs pyarrow, which is not installed here."""


def read_json(name: str, stream: BufferedReader) -> Iterator[DataRow]:
    """An array of objects, an object that holds one, or one object a line under the name ``.json``."""
    scanner = Scanner(name, stream)
    start = scanner.peek()
    if start == "[":
        values = enumerate(scanner.elements(), 1)
        yield from (DataRow(name, number, value) for number, value in values)
    elif start:
        first, one_line = scanner.value(), scanner.on_one_line
        if not scanner.peek():
            rows = rows_of_object(name, first)
            yield from (DataRow(name, number, row) for number, row in enumerate(rows, 1))
        elif one_line:
            yield DataRow(name, 1, first)
            yield from _rows_of_lines(name, scanner.rest(), scanner.line)
        else:
            yield DataRow(name, 1, first)
            yield from (DataRow(name, number, value) for number, value in enumerate(scanner.values(), 2))


def read_lines(name: str, stream: BufferedReader) -> Iterator[DataRow]:
    """JSON Lines: one row a line; blank lines are passed over."""
    lines = _lines(name, stream)
    for number, line in enumerate(lines, 1):
        if line.strip():
            check_first_line(name, line)
            yield from _rows_of_lines(name, _again(line, lines), number)


def read_csv(name: str, stream: BufferedReader) -> Iterator[DataRow]:
    """Comma-separated values with a header."""
    import csv

    csv.field_size_limit(2**31 - 1)
    lines = _lines(name, stream)
    first = next(lines, "")
    if not first_line_of_csv(name, first):
        first = next(lines, "")
    reader = csv.reader(_again(first, lines), strict=True)
    try:
        header = next(reader, [])
        _check_header(name, header)
        for number, cells in enumerate(filter(None, reader), 1):
            yield DataRow(name, number, _cells(header, cells))
    except csv.Error as error:
        if "new-line character" in str(error):
            raise Unreadable(f"{name} has line ends of old Macs (CR only)", convert_line_ends(name)) from None
        raise Unreadable(f"{name}: {error}") from None


def read_text(name: str, stream: BufferedReader) -> Iterator[DataRow]:
    """One document a line; blank lines are passed over."""
    for number, line in enumerate(_lines(name, stream), 1):
        if number == 1 and "\r" in line and not line.endswith("\n"):
            raise Unreadable(f"{name} has line ends of old Macs (CR only)", convert_line_ends(name))
        if line.strip():
            yield DataRow(name, number, {"text": line.rstrip("\r\n")})


def read_parquet(name: str, stream: IO[bytes], columns: frozenset[str]) -> Iterator[DataRow]:
    """Parquet; only the columns that a format uses are read."""
    pyarrow = _pyarrow()
    try:
        file = pyarrow.parquet.ParquetFile(stream)
        names = file.schema_arrow.names
        wanted = [column for column in names if tidy(column) in columns]
        unread = tuple(column for column in names if column not in wanted)
        if not wanted and names:
            # Rows without a known column are shown as they are.
            wanted, unread = names, ()
        _refuse_bomb(name, file.metadata)
        yield from _rows_of_batches(name, file.iter_batches(_rows_at_once(file.metadata), columns=wanted), unread)
    except (pyarrow.ArrowException, OSError) as error:
        raise _damaged(name, error) from None


def _refuse_bomb(name: str, metadata: Any) -> None:
    for chunk in _chunks(metadata):
        of = f" of `{chunk.path_in_schema}`"
        _refuse_ratio(name, of, chunk.total_compressed_size, chunk.total_uncompressed_size)


def _refuse_ratio(name: str, of: str, packed: int, unpacked: int) -> None:
    if unpacked > HELD and unpacked > LARGEST_RATIO * max(packed, 1):
        message = f"{name}: {packed:,} bytes{of} unpack to {unpacked:,}, which looks like a decompression bomb"
        raise Unreadable(message, "write the file again, without compression")


def _rows_at_once(metadata: Any) -> int:
    """As many rows as fit where each has the longest value of its dictionaries."""
    longest = 0
    for chunk in _chunks(metadata):
        if chunk.has_dictionary_page and chunk.dictionary_page_offset is not None:
            page = chunk.data_page_offset - chunk.dictionary_page_offset
            longest = max(longest, page * chunk.total_uncompressed_size // max(chunk.total_compressed_size, 1))
    return max(1, min(BATCH, HELD // max(longest, 1)))


def _chunks(metadata: Any) -> Iterator[Any]:
    for group in range(metadata.num_row_groups):
        found = metadata.row_group(group)
        yield from (found.column(column) for column in range(found.num_columns))


def read_arrow(name: str, stream: IO[bytes], columns: frozenset[str]) -> Iterator[DataRow]:
    """Arrow files, as ``save_to_disk`` of Hugging Face datasets writes them."""
    from hpc_disk.arrow_sizes import sizes

    pyarrow = _pyarrow()
    for each in sizes(stream):
        _refuse_ratio(name, " of one batch", each.packed, each.unpacked)
    try:
        try:
            batches = iter(pyarrow.ipc.open_stream(stream))
        except pyarrow.ArrowInvalid:
            stream.seek(0)
            reader = pyarrow.ipc.open_file(stream)
            batches = (reader.get_batch(number) for number in range(reader.num_record_batches))
        for batch, start in _numbered(batches):
            names = batch.schema.names
            wanted = [column for column in names if tidy(column) in columns] or names
            unread = tuple(column for column in names if column not in wanted)
            yield from _rows_of_batch(name, batch.select(wanted), unread, start)
    except (pyarrow.ArrowException, OSError) as error:
        raise _damaged(name, error) from None


def tidy(column: Any) -> str:
    """A column's name in lower case, without blanks and quotes around it."""
    return str(column).strip(" \t\r\n\"'").lower()


def count_lines(stream: IO[bytes]) -> int:
    """Lines that are not blank."""
    return sum(1 for line in stream if line.strip())


def count_parquet(stream: IO[bytes]) -> int:
    """The rows that a Parquet file says it has."""
    pyarrow = _pyarrow()
    try:
        return int(pyarrow.parquet.ParquetFile(stream).metadata.num_rows)
    except (pyarrow.ArrowException, OSError) as error:
        raise _damaged("the file", error) from None


def _pyarrow() -> Any:
    try:
        import pyarrow  # type: ignore[import-untyped]
        import pyarrow.ipc  # type: ignore[import-untyped]
        import pyarrow.parquet  # type: ignore[import-untyped]
    except ImportError:
        raise NoLibraryError from None
    return pyarrow


def _damaged(name: str, error: Exception) -> Unreadable:
    reason = (str(error).splitlines() or [type(error).__name__])[0]
    return Unreadable(f"{name}: {reason}", "download or write the file again")


def _rows_of_batches(name: str, batches: Iterable[Any], unread: tuple[str, ...]) -> Iterator[DataRow]:
    for batch, start in _numbered(batches):
        yield from _rows_of_batch(name, batch, unread, start)


def _numbered(batches: Iterable[Any]) -> Iterator[tuple[Any, int]]:
    start = 1
    for batch in batches:
        yield batch, start
        start += batch.num_rows


def _rows_of_batch(name: str, batch: Any, unread: tuple[str, ...], start: int) -> Iterator[DataRow]:
    one_by_one = batch.nbytes > HELD or "dictionary<" in str(batch.schema)
    try:
        values = (_one(batch, index) for index in range(batch.num_rows)) if one_by_one else batch.to_pylist()
    except (ValueError, OverflowError):  # A date out of range, or text that is not UTF-8: find the row.
        values = (_one(batch, index) for index in range(batch.num_rows))
    if "struct<" in str(batch.schema):
        values = (without_nulls(value) for value in values)
    yield from (DataRow(name, number, value, unread) for number, value in enumerate(values, start))


def without_nulls(row: Any) -> Any:
    """A row whose objects have no nulls: a table gives the objects of all rows the keys of each, such as arguments."""
    return {column: _filled(value) for column, value in row.items()} if isinstance(row, dict) else row


def _filled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _filled(each) for key, each in value.items() if each is not None}
    return [_filled(each) for each in value] if isinstance(value, list) else value


def _one(batch: Any, index: int) -> Any:
    try:
        return batch.slice(index, 1).to_pylist()[0]
    except (ValueError, OverflowError) as error:
        return ValueError(str(error))


def _lines(name: str, stream: IO[bytes]) -> Iterator[str]:
    """The lines with their ends. Cut at line feeds only: a JSON string may hold U+2028 and its like."""
    position = 0
    for line in stream:
        try:
            text = line.decode()
        except UnicodeDecodeError as error:
            raise not_text(name, line, position + error.start) from None
        yield text.removeprefix("\ufeff") if position == 0 else text
        position += len(line)


def _again(first: str, lines: Iterable[str]) -> Iterator[str]:
    yield first
    yield from lines


def _rows_of_lines(name: str, lines: Iterable[str], start: int) -> Iterator[DataRow]:
    for number, line in enumerate(lines, start):
        if line.strip():
            yield DataRow(name, number, _value(line))


def _value(line: str, decode: Callable[[str], Any] = DECODER.decode) -> Any:
    try:
        return decode(line)
    except json.JSONDecodeError as error:
        if (row := line.rstrip(" \t\r\n")) != line:  # What lacks its end lacks it before the line break.
            return _value(row, decode)
        return ValueError(f"it is not JSON: {error.msg.removesuffix(' at')} at column {error.pos + 1}")
    except TwiceError as error:
        return error
    except RecursionError:
        return ValueError(TOO_DEEP)
    except ValueError:
        return _value(line, LENIENT.decode)


def _check_header(name: str, header: list[str]) -> None:
    twice = next((column for column in header if header.count(column) > 1), None)
    if twice is not None:
        raise Unreadable(f"{name}: the header has the column `{twice}` twice", "give every column a name of its own")


def _cells(header: list[str], cells: list[str]) -> Any:
    if len(cells) != len(header):
        values = f"{len(cells)} value{'s' * (len(cells) != 1)}"
        columns = f"{len(header)} column{'s' * (len(header) != 1)}"
        return ValueError(f"it has {values}, but the header has {columns} (quote values that contain commas)")
    return dict(zip(header, cells, strict=True))


Reader = Callable[[str, BufferedReader], Iterator[DataRow]]
TEXT_READERS: Final[dict[str, Reader]] = {
    ".json": read_json,
    ".jsonl": read_lines,
    ".jsonlines": read_lines,
    ".csv": read_csv,
    ".txt": read_text,
}
COLUMN_READERS: Final = {".parquet": read_parquet, ".arrow": read_arrow}
"""The readers that are told which columns to read."""
SUFFIXES: Final = (*TEXT_READERS, *COLUMN_READERS, ".zip")
"""What the names of data files end with."""
