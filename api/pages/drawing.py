"""What stands beside a figure on a page: its chart or map, its QR code, and its receipt's name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from api.pages.charts import Bar, bars, months, places
from api.pages.codes import qr_code
from api.pages.figures import MAP, MONTHS, Row, Shown
from api.pages.words import ltr, words

Geometries = Mapping[str, Mapping[str, Any]]  # p-code -> Polygon or MultiPolygon


class Boundaries(NamedTuple):
    """What places are drawn with, and whose it is."""

    geometries: Geometries
    licence: str


class Drawn(NamedTuple):
    """`chart` and `code` are SVG, empty for none; `alt` says what the chart is of.

    `told` are lines under the chart: what is not drawn in it, and whose boundaries a map has.
    """

    chart: bytes
    alt: str
    told: tuple[str, ...]
    code: bytes
    receipt: str


def draw_figure(figure: Shown, language: str, boundaries: Boundaries, receipt: str) -> Drawn:
    """Draw a figure; one of places without any boundary is drawn as bars."""
    code = qr_code(figure.note) if figure.note else b""
    if not figure.drawn:
        return Drawn(b"", "", (), code, receipt)
    said = words(language)
    known = tuple(row for row in figure.rows if not row.unknown)
    hidden = (said["hidden"],) if any(row.value is None for row in figure.rows) else ()
    unknown = ", ".join(f"{row.labels[0]} {row.said}" for row in figure.rows if row.unknown)
    if figure.drawn == MAP and boundaries.geometries:
        rows = {row.values[0]: _bar(row) for row in known}
        elsewhere = [row for row in known if row.values[0] not in boundaries.geometries]
        missing = ", ".join(f"{row.labels[0]} {row.said}" for row in elsewhere)
        left_out = ", ".join(filter(None, (missing, unknown)))
        told = [said["blank"], said["boundaries"].format(licence=ltr(boundaries.licence))]
        if left_out:
            told.insert(0, said["unplaced"].format(told=left_out))
        alt = said["map"].format(sentence=figure.sentence)
        chart = places(rows, boundaries.geometries, language)
        return Drawn(chart, alt, (*told, *hidden), code, receipt)
    alt = said["chart"].format(sentence=figure.sentence)
    if figure.drawn == MONTHS:
        told = [said["undated"].format(told=unknown)] if unknown else []
        chart = months([*map(_bar, known)], language)
        return Drawn(chart, alt, (*told, *hidden), code, receipt)
    return Drawn(bars([*map(_bar, figure.rows)], language), alt, hidden, code, receipt)


def _bar(row: Row) -> Bar:
    return Bar(row.labels[0], row.value or 0, row.said)
