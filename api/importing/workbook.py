"""The rows of an XLSX file: of its first visible sheet, or of the one that the map names.

A cell is read as the value that the spreadsheet program stored. Where that is not the whole truth
the row is refused: a formula that was never computed, and a cell that is merged with another one,
would otherwise read as empty.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from itertools import islice, repeat
from pathlib import Path
from typing import Any

from api.importing.header import MOST_BEFORE, find_header, is_blank, places_of
from api.importing.tables import Broken, Cells, Table, written
from domain.errors import Invalid

_MAX_UNPACKED = 2 << 30
_MOST_MERGED = 1_000_000  # cells
_PIECE = 1 << 20
_FORMULA = re.compile(rb"<(?:[A-Za-z0-9]+:)?f[ >/]")
_MERGED = re.compile(
    rb'<(?:[A-Za-z0-9]+:)?mergeCell [^>]*?ref="([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})"'
)


def open_workbook(path: Path, columns: Sequence[str], sheet: str | None) -> Table:
    """Open the list; raises Invalid for what is no readable XLSX or has not those columns."""
    try:
        import openpyxl  # noqa: PLC0415 - an extra that may be missing
        from openpyxl.utils import range_boundaries  # noqa: PLC0415
    except ImportError:
        raise Invalid(
            f"{path.name} is a spreadsheet; install what reads it: pip install 'sijill[tables]', "
            "or save the list as CSV"
        ) from None
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(one.file_size for one in archive.infolist()) > _MAX_UNPACKED:
                raise Invalid(f"{path.name}: unpacks to more than 2 GiB; save the list as CSV")
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        chosen = _sheet(path, book, sheet)
        formulas, merged = _scan(path, chosen, range_boundaries)
        whole = chosen.max_row or 0
        lines = _rows_of(chosen)
        before = [[written(cell) for cell in row] for row in islice(lines, MOST_BEFORE)]
    except Invalid:
        raise
    except Exception as error:  # the library raises whatever its parsers do
        raise Invalid(f"{path.name}: no readable XLSX ({type(error).__name__})") from None
    at, header = find_header(before, columns)
    others = [one for one in book.sheetnames if one != chosen.title]
    named = f"sheet {chosen.title!r}" + (f" (others: {', '.join(others)[:500]})" if others else "")
    places = places_of(f"{path.name}, {named}", header, columns)

    def rows() -> Iterator[Cells | Broken]:
        written_as: Any = repeat(())
        again = None
        try:
            if formulas:
                again = openpyxl.load_workbook(path, read_only=True)
                written_as = _rows_of(again[chosen.title])
            for line, (row, text) in enumerate(zip(_rows_of(chosen), written_as, strict=False), 1):
                if line <= at + 1 or is_blank([written(cell) for cell in row]):
                    continue
                wrong = _wrong(line, row, text, places, merged)
                if wrong is not None:
                    yield Broken(line, *wrong)
                    continue
                yield Cells(
                    line, {n: written(row[at]) if at < len(row) else "" for n, at in places}
                )
        except Exception as error:
            raise Invalid(f"{path.name}: no readable XLSX ({type(error).__name__})") from None
        finally:
            book.close()
            if again is not None:
                again.close()

    return Table(f"XLSX, sheet {chosen.title}", header, rows(), whole)


def _sheet(path: Path, book: Any, name: str | None) -> Any:
    if name is not None:
        if name not in book.sheetnames:
            known = ", ".join(book.sheetnames)
            raise Invalid(f"{path.name}: has no sheet {name!r}; there: {known}")
        return book[name]
    visible = [one for one in book.worksheets if one.sheet_state == "visible"]
    if not visible:
        raise Invalid(f"{path.name}: has no visible sheet; name one in the map: [file] sheet")
    return visible[0]


def _rows_of(sheet: Any) -> Iterator[Sequence[Any]]:
    # The size that a file claims for a sheet may be less than what is in it.
    sheet.reset_dimensions()
    rows: Iterator[Sequence[Any]] = sheet.iter_rows(values_only=True)
    return rows


def _scan(path: Path, sheet: Any, boundaries: Any) -> tuple[bool, dict[int, dict[int, int]]]:
    """Whether a sheet has formulas; and of merged cells, by row and place, the row of the first."""
    formulas, cells = False, 0
    merged: dict[int, dict[int, int]] = {}
    with zipfile.ZipFile(path) as archive, archive.open(sheet._worksheet_path) as source:
        rest = b""
        while piece := source.read(_PIECE):
            text = rest + piece
            formulas = formulas or _FORMULA.search(text) is not None
            for found in _MERGED.finditer(text):
                left, top, right, bottom = boundaries(found[1].decode())
                cells += (right - left + 1) * (bottom - top + 1)
                if cells > _MOST_MERGED:
                    raise Invalid(f"{path.name}: has too many merged cells; save the list as CSV")
                for row in range(top, bottom + 1):
                    for place in range(left - 1, right):
                        merged.setdefault(row, {})[place] = top
                merged[top].pop(left - 1)
            # What is cut by the edge of a piece is looked at whole with the next.
            cut = max(text.rfind(b"<"), len(text) - 200)
            rest = text[cut:]
    return formulas, merged


def _wrong(
    line: int,
    row: Sequence[Any],
    text: Sequence[Any],
    places: Sequence[tuple[str, int]],
    merged: dict[int, dict[int, int]],
) -> tuple[str, str] | None:
    """Why a cell of a row is not to be believed, and its column."""
    for name, at in places:
        if at in merged.get(line, ()):
            return (
                f"the cell is merged with another of row {merged[line][at]}; unmerge them, and say "
                "in each row what is so"
            ), name
        formula = text[at] if at < len(text) else None
        if (at >= len(row) or row[at] is None) and str(formula or "").startswith("="):
            return (
                "is a formula that was never computed; open the file in a spreadsheet program and "
                "save it"
            ), name
    return None
