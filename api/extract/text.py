"""Extracts as text, row by row: CSV (RFC 4180), JSON Lines and GeoJSON (RFC 7946), all of UTF-8.

CSV has no byte order mark: for a spreadsheet there is XLSX. Cells that a spreadsheet would run as a
formula are neutralised in CSV alone; the other two hold what the ledger holds.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from api import geojson
from api.extract.cells import harmless
from api.extract.rows import Extract
from api.questions import Questions
from domain.errors import Invalid

_PLACED = ("claims", "incidents", "massacres")


def csv_lines(taken: Extract, *, hxl: bool = False) -> Iterator[bytes]:
    """A line of names, one of HXL hashtags if asked for, then the rows; nothing is empty text."""
    yield _csv_line([column.name for column in taken.columns])
    if hxl:
        yield _csv_line([column.hxl for column in taken.columns])
    for row in taken.rows():
        yield _csv_line([harmless(value) for value in row])


def _csv_line(cells: list[Any]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue().encode()


def json_lines(taken: Extract) -> Iterator[bytes]:
    """An object for each row, with every column, null where nothing is known."""
    names = [column.name for column in taken.columns]
    for row in taken.rows():
        yield orjson.dumps(dict(zip(names, row, strict=True))) + b"\n"


def geojson_parts(taken: Extract) -> Iterator[bytes]:
    """A feature for each row without a geometry (RFC 7946 §3.2): it joins a map by its p-codes.

    Invalid for what has no place. No point is made up for a governorate, and no boundary is
    repeated for each claim in it.
    """
    if taken.asked.kind not in _PLACED:
        raise Invalid(f"geojson: {taken.asked.kind} have no place; {', '.join(_PLACED)} have")
    about = {
        "ledger": taken.state.to_json(),
        "definition": taken.definition,
        "sentence": taken.sentence,
    }
    head = orjson.dumps({"type": "FeatureCollection"} | about)
    yield head.removesuffix(b"}") + b',"features":[\n'
    between = b""
    names = [column.name for column in taken.columns]
    for row in taken.rows():
        feature = {
            "type": "Feature",
            "id": row[0],
            "geometry": None,
            "properties": dict(zip(names, row, strict=True)),
        }
        yield between + orjson.dumps(feature)
        between = b",\n"
    yield b"\n]}\n"


def geojson_toll(
    ask: Questions, taken: Extract, boundaries: Path | None, licence: str | None
) -> bytes:
    """A toll by one kind of place, as `sijill toll --format geojson` prints it."""
    answer = ask.toll(taken.asked.filters)
    vocabulary = geojson.vocabulary_of(answer)
    rules = taken.state.rules
    drawn, terms = geojson.boundaries_for(vocabulary, rules, boundaries, licence)
    written = geojson.feature_collection(answer, rules, drawn, terms)
    return orjson.dumps(written, option=orjson.OPT_INDENT_2) + b"\n"
