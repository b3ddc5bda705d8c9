"""An extract as a workbook (XLSX) for people: a sheet of rows, and one that says what they are.

Rows go to the disk as they come. Sheets of an Arabic extract are read from right to left. The same
extract gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import BinaryIO

import xlsxwriter

from api.extract.cells import harmless
from api.extract.columns import DATE, Column
from api.extract.rows import Extract, Value
from domain import canonical
from domain.errors import Invalid

MOST_ROWS = 1_048_576  # of a sheet, its head included
_FIRST_YEAR = 1901  # days before are no dates to a spreadsheet
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}

# English, Arabic
_WORDS = {
    "about": ("about", "عن هذا الملف"),
    "claims": ("claims", "الانتهاكات"),
    "incidents": ("incidents", "الحوادث"),
    "massacres": ("massacres", "المجازر"),
    "toll": ("toll", "الحصيلة"),
    "members": ("members", "المعدودون"),
    "what": ("what the rows are", "ما تحويه الصفوف"),
    "origin": ("ledger", "السجل"),
    "size": ("entries of the ledger", "عدد قيود السجل"),
    "root": ("root of the ledger", "جذر السجل"),
    "time": ("last entry received", "وقت استلام آخر قيد"),
    "definition": ("definition", "التعريف"),
    "digest": ("SHA-256 of the definition", "بصمة التعريف SHA-256"),
    "columns": ("columns", "الأعمدة"),
    "apostrophe": ("an apostrophe before =, +, -, @", "فاصلة عليا قبل = أو + أو - أو @"),
    "why": (
        "written so that the cell is not run as a formula",
        "كُتبت كي لا تُنفَّذ الخلية كمعادلة",
    ),
}


def write_workbook(taken: Extract, file: BinaryIO, *, hxl: bool = False) -> None:
    """Write the workbook; raises Invalid for more than a sheet or a cell can hold."""
    with xlsxwriter.Workbook(file, _OPTIONS) as book:
        # The one time that is the same whenever this extract is taken.
        book.set_properties({"created": datetime.fromisoformat(taken.time).replace(tzinfo=None)})
        head = book.add_format({"bold": True})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        rows = _Sheet(book, _word(taken, taken.asked.kind), taken, day)
        rows.write([column.title(taken.asked.language) for column in taken.columns], style=head)
        if hxl:
            rows.write([column.hxl for column in taken.columns], style=head)
        rows.freeze()
        for row in taken.rows():
            rows.write([harmless(value) for value in row], taken.columns)
        about = _Sheet(book, _word(taken, "about"), taken, day)
        for line in _about(taken):
            about.write([harmless(value) for value in line])


class _Sheet:
    def __init__(
        self, book: xlsxwriter.Workbook, name: str, taken: Extract, day: xlsxwriter.format.Format
    ) -> None:
        self._sheet = book.add_worksheet(name)
        self._name = name
        self._day = day
        self._row = 0
        if taken.asked.language == "ar":
            self._sheet.right_to_left()

    def freeze(self) -> None:
        """Keep what is written so far in view."""
        self._sheet.freeze_panes(self._row, 0)

    def write(
        self,
        values: Sequence[Value],
        columns: Sequence[Column] = (),
        style: xlsxwriter.format.Format = None,
    ) -> None:
        if self._row == MOST_ROWS:
            raise Invalid(
                f"a sheet holds {MOST_ROWS} rows, and there are more: narrow the question, or "
                "write .csv or .parquet"
            )
        for place, value in enumerate(values):
            dated = bool(columns) and columns[place].type == DATE
            if self._put(place, value, dated=dated, style=style):
                raise Invalid(f"{self._name}: a text is longer than a cell of a workbook can be")
        self._row += 1

    def _put(
        self, place: int, value: Value, *, dated: bool, style: xlsxwriter.format.Format
    ) -> int:
        """What the library returns: 0, or less when it wrote nothing."""
        if value is None:
            return 0
        put: int
        if isinstance(value, int):
            put = self._sheet.write_number(self._row, place, value, style)
        elif dated and int(value[:4]) >= _FIRST_YEAR:
            at = date.fromisoformat(value)
            put = self._sheet.write_datetime(self._row, place, at, self._day)
        else:
            put = self._sheet.write_string(self._row, place, value, style)
        return put


def _word(taken: Extract, word: str) -> str:
    return _WORDS[word][taken.asked.language == "ar"]


def _about(taken: Extract) -> list[tuple[Value, ...]]:
    ledger = taken.state
    return [
        (_word(taken, "what"), taken.words),
        (_word(taken, "origin"), ledger.origin),
        (_word(taken, "size"), ledger.size),
        (_word(taken, "root"), ledger.root),
        (_word(taken, "time"), taken.time),
        (_word(taken, "definition"), canonical.dumps(taken.definition).decode()),
        (_word(taken, "digest"), taken.digest),
        (_word(taken, "apostrophe"), _word(taken, "why")),
        (_word(taken, "columns"),),
        *((one.title(taken.asked.language), one.name, one.hxl) for one in taken.columns),
    ]
