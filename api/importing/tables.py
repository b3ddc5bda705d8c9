"""The rows of a file, one at a time: CSV with any delimiter, JSON Lines, XLSX and Parquet.

The encoding is what a byte order mark says, else UTF-8 if the whole file is that, else UTF-16 or
windows-1256 if the text is then plausible; the delimiter is the one under which the header has the
columns that the map names. Both are said, and the map can set them.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from itertools import count, islice
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

import orjson

from api.importing.header import MOST_BEFORE, find_header, is_blank, places_of
from domain.errors import Invalid

MAX_CELL = 1 << 17
_MAX_LINE = 1 << 22
_SAMPLE = 1 << 18
_DELIMITERS = (",", ";", "\t", "|")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_EXTRA = "install what reads it: pip install 'sijill[tables]', or save the list as CSV"


class Cells(NamedTuple):
    """One row: its line in the file, and the text of each column that was asked for."""

    line: int
    texts: dict[str, str]


class Broken(NamedTuple):
    """A row that cannot be read as one; `column` where it is one cell that cannot."""

    line: int
    reason: str
    column: str = ""


class Position:
    """How far a text file is read, in bytes: what its reader took, which is a little ahead."""

    def __init__(self) -> None:
        self.tell: Callable[[], int] = lambda: 0


class Table(NamedTuple):
    """A file that is open to be read once; `form` says how it is read, for people.

    `whole` is the length of the file in bytes where `position` is known, else the number of its
    rows, or 0.
    """

    form: str
    names: Sequence[str]
    rows: Iterator[Cells | Broken]
    whole: int = 0
    position: Position | None = None

    def progress(self, rows: int) -> tuple[int, int]:
        """How much is read and how much there is, after so many rows; 0 when that is not known."""
        return (rows if self.position is None else self.position.tell()), self.whole


def open_table(
    path: Path,
    columns: Sequence[str],
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
) -> Table:
    """Open a list for the columns named; raises Invalid when it has none of that kind."""
    if not path.is_file():
        raise Invalid(f"{path}: there is no such file")
    suffix = path.suffix.lower()
    if suffix in (".xlsx", ".xlsm"):
        from api.importing.workbook import open_workbook  # noqa: PLC0415 - it rests on this

        return open_workbook(path, columns, sheet)
    if suffix == ".parquet":
        return _parquet(path, columns)
    encoding = encoding or detect_encoding(path)
    position, size = Position(), path.stat().st_size
    if suffix in (".jsonl", ".ndjson"):
        names = columns or _json_names(path, encoding)
        lines = _json_lines(path, columns, encoding, position)
        return Table(f"JSON Lines, {encoding}", names, lines, size, position)
    delimiter = delimiter or _detect_delimiter(path, columns, encoding)
    named = "tab" if delimiter == "\t" else repr(delimiter)
    at, names = _header(path, columns, encoding, delimiter)
    layout = _Layout(encoding, delimiter, at, len(names), places_of(path.name, names, columns))
    rows = _csv(path, layout, position)
    return Table(f"CSV, {encoding}, delimiter {named}", names, rows, size, position)


def columns_of(path: Path) -> list[str]:
    """The names of a list's columns; raises Invalid when it has none."""
    names = [name for name in open_table(path, ()).names if name]
    if not names:
        raise Invalid(f"{path.name}: has no column")
    return names


def _json_names(path: Path, encoding: str) -> list[str]:
    with _text(path, encoding) as file:
        names: dict[str, None] = {}
        for text in islice(_lines(file), 200):
            try:
                value = orjson.loads(text)
            except orjson.JSONDecodeError:
                continue
            names |= dict.fromkeys(value) if type(value) is dict else {}
    return list(names)


def detect_encoding(path: Path) -> str:
    """The encoding of a text file, or Invalid when it cannot be told."""
    with path.open("rb") as file:
        sample = file.read(_SAMPLE)
        for mark, encoding in _MARKS:
            if sample.startswith(mark):
                return encoding
        if (half := _utf_16(sample)) is not None:
            return half
        decoder = codecs.getincrementaldecoder("utf-8")()
        piece = sample
        try:
            while piece:
                decoder.decode(piece)
                piece = file.read(_SAMPLE)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            pass
        else:
            return "utf-8"
        file.seek(0)
        while piece := file.read(_SAMPLE):
            letters = [one for one in piece.decode("cp1256") if ord(one) > 127]
            if letters:
                arabic = sum("\u0600" <= one <= "\u06ff" for one in letters)
                if arabic >= 0.9 * len(letters):
                    return "cp1256"
                break
    raise Invalid(
        f"{path.name}: is not UTF-8, and not plausible as UTF-16 or windows-1256; say its encoding "
        'in the map: [file] encoding = "…"'
    )


def _utf_16(sample: bytes) -> str | None:
    """UTF-16 without its mark: every other byte of delimiters and line ends is zero."""
    if b"\x00" not in sample:
        return None
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    return "utf-16-le" if odd > even else "utf-16-be"


def _detect_delimiter(path: Path, columns: Sequence[str], encoding: str) -> str:
    headers = {one: _header(path, columns, encoding, one)[1] for one in _DELIMITERS}
    if not columns:
        return max(headers, key=lambda one: len(headers[one]))
    for delimiter, header in headers.items():
        if set(columns) <= set(header):
            return delimiter
    # The one that makes most columns: its error names what is missing.
    return max(headers, key=lambda one: len(headers[one]))


def _header(
    path: Path, columns: Sequence[str], encoding: str, delimiter: str
) -> tuple[int, list[str]]:
    """How many rows come before the header, and its names."""
    with _text(path, encoding) as file:
        rows = []
        try:
            for row in islice(_reader(file, delimiter), MOST_BEFORE):
                rows.append(row)
        except csv.Error as error:
            if not rows:
                raise Invalid(f"{path.name}: its header cannot be read ({error})") from None
        except UnicodeError:
            raise Invalid(f"{path.name}: its header cannot be read as {encoding}") from None
    return find_header(rows, columns)


def _text(path: Path, encoding: str) -> io.TextIOWrapper:
    return path.open(encoding=encoding, newline="")


def _reader(file: io.TextIOWrapper, delimiter: str) -> Any:
    csv.field_size_limit(MAX_CELL)
    return csv.reader(_lines(file), delimiter=delimiter, strict=True)


def _lines(file: io.TextIOWrapper) -> Iterator[str]:
    while line := file.readline(_MAX_LINE):
        yield line


class _Layout(NamedTuple):
    """How a CSV file is read: its header is row number `at`, of so many cells."""

    encoding: str
    delimiter: str
    at: int
    width: int
    places: Sequence[tuple[str, int]]


def _csv(path: Path, layout: _Layout, position: Position) -> Iterator[Cells | Broken]:
    width, places = layout.width, layout.places
    with _text(path, layout.encoding) as file, _at(position, file, path):
        reader = _reader(file, layout.delimiter)
        for number in count():
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Broken(reader.line_num, f"cannot be read as CSV ({error})")
                continue
            except UnicodeError:
                # A decoder's message repeats the bytes, which may be confidential.
                raise Invalid(
                    f"{path.name}: line {reader.line_num + 1}: is not in the encoding of the rest; "
                    "say the encoding in the map. What comes before this line was read"
                ) from None
            if number <= layout.at or is_blank(row):
                continue
            if len(row) < width or not is_blank(row[width:]):
                found = f"{len(row)} cells where the header has {width}"
                yield Broken(reader.line_num, found)
            else:
                yield Cells(reader.line_num, {name: row[place] for name, place in places})


@contextmanager
def _at(position: Position, file: io.TextIOWrapper, path: Path) -> Iterator[None]:
    # The bytes that the reader took, not the place of a character: that would be slow.
    position.tell, size = cast(BinaryIO, file.buffer).tell, path.stat().st_size
    try:
        yield
    finally:
        position.tell = lambda: size


def _json_lines(
    path: Path, columns: Sequence[str], encoding: str, position: Position
) -> Iterator[Cells | Broken]:
    with _text(path, encoding) as file, _at(position, file, path):
        try:
            for line, text in enumerate(_lines(file), 1):
                if not text.strip():
                    continue
                try:
                    value = orjson.loads(text)
                except orjson.JSONDecodeError:
                    value = None
                if type(value) is not dict:
                    yield Broken(line, "not one JSON object")
                    continue
                if text.count('":') != len(value) and _has_a_name_twice(text):
                    yield Broken(line, "an object that has a name twice")
                    continue
                odd = [n for n in columns if type(value.get(n)) in (dict, list)]
                if odd:
                    yield Broken(line, f"{odd[0]} holds no single value")
                    continue
                yield Cells(line, {name: written(value.get(name)) for name in columns})
        except UnicodeError:
            raise Invalid(
                f"{path.name}: is not in the encoding of the rest; say the encoding in the map"
            ) from None


def _parquet(path: Path, columns: Sequence[str]) -> Table:
    try:
        from pyarrow import ArrowException, parquet  # noqa: PLC0415 - an extra that may be missing
    except ImportError:
        raise Invalid(f"{path.name} is Parquet; {_EXTRA}") from None
    try:
        file = parquet.ParquetFile(path)
    except (ArrowException, OSError) as error:
        raise Invalid(f"{path.name}: no readable Parquet ({type(error).__name__})") from None
    places_of(path.name, file.schema_arrow.names, columns)

    def rows() -> Iterator[Cells | Broken]:
        line = 1
        try:
            with file:
                for batch in file.iter_batches(batch_size=2000, columns=list(columns)):
                    for row in batch.to_pylist():
                        line += 1
                        yield Cells(line, {name: written(row[name]) for name in columns})
        except (ArrowException, OSError) as error:
            raise Invalid(f"{path.name}: no readable Parquet ({type(error).__name__})") from None

    return Table("Parquet", file.schema_arrow.names, rows(), file.metadata.num_rows)


def _has_a_name_twice(text: str) -> bool:
    found = False

    def look(pairs: list[tuple[str, object]]) -> dict[str, object]:
        nonlocal found
        read = dict(pairs)
        found = found or len(read) != len(pairs)
        return read

    json.loads(text, object_pairs_hook=look)
    return found


def written(value: Any) -> str:
    """A typed cell as the text that a CSV of it would hold."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
