"""What is printed: tables for people, JSON and CSV for programs, complaints on standard error."""

from __future__ import annotations

import csv
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import orjson
from rich.console import Console
from rich.markup import escape
from rich.table import Table as RichTable

from api.extract.cells import harmless
from api.tables import Table

# Where no terminal says how wide it is; what is longer is folded, never cut short.
_WIDTH = 180


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    GEOJSON = "geojson"
    ATOM = "atom"


def console(*, errors: bool = False) -> Console:
    stream = sys.stderr if errors else sys.stdout
    return Console(
        file=stream,
        width=None if stream.isatty() else _WIDTH,
        highlight=False,
        soft_wrap=not stream.isatty(),
        emoji=False,
    )


def say(text: str = "") -> None:
    """A line for people; never data that a program reads."""
    console().print(escape(text))


def complain(text: str) -> None:
    console(errors=True).print(f"[bold red]sijill:[/] {escape(text)}")


def print_table(table: Table) -> None:
    drawn = RichTable(title=escape(table.title), title_justify="left", caption_justify="left")
    if table.note:
        drawn.caption = escape(table.note)
    for column in table.columns:
        right = column in table.numeric
        drawn.add_column(
            escape(column), justify="right" if right else "left", overflow="fold", no_wrap=right
        )
    for row in table.rows:
        drawn.add_row(*(escape(str(cell)) for cell in row))
    console().print(drawn)


def harmless_text(value: str) -> str:
    """Text that nobody judged, for a terminal: without codes that it would obey."""
    return "".join(letter for letter in value if letter.isprintable() or letter == "\n")


def print_json(value: Any) -> None:
    sys.stdout.write(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() + "\n")


def print_csv(rows: Sequence[Mapping[str, Any]], columns: Sequence[str] = ()) -> None:
    """One line a row; the columns are the members of the first, or `columns` when there is none."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    if rows or columns:
        writer.writerow(rows[0] if rows else columns)
        writer.writerows([_cell(value) for value in row.values()] for row in rows)


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, dict) and value.keys() == {"numerator", "denominator"}:
        return f"{value['numerator']}/{value['denominator']}"
    if isinstance(value, (list, dict)):
        return orjson.dumps(value).decode()
    return harmless(value)


def show(form: Format, answer: Mapping[str, Any], rows: str, table: Table) -> None:
    """An answer in the format asked for; `rows` names its list for CSV."""
    if form is Format.JSON:
        print_json(answer)
    elif form is Format.CSV:
        print_csv(answer[rows])
    else:
        print_table(table)
