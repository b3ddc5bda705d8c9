"""Charts as SVG: bars, months, and a map, drawn by Vega-Lite without a browser and without network.

What is drawn is told again in a table beside it, so that a chart has no number of its own. An
Arabic chart is read from right to left. Text of others is data of a chart, never part of its
specification.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import vl_convert

from api.pages.typesetting import FAMILY, FONTS, printable

_FAMILY = f"{FAMILY}, serif"
_VERSION = "6.4"
_INK, _BAR = "#1a1a1a", "#7a1f1f"
_SCALE = ["#efefef", "#7a1f1f"]
_SIZE = re.compile(r'width="([0-9.]+)" height="([0-9.]+)"')
_LONGEST = 60  # letters of a label; the table has all of it
_WIDTH = 420  # pixels of a chart without its labels


class Bar(NamedTuple):
    """A bar, a month or a place: its label, its number, and the number as it is printed."""

    label: str
    value: int
    said: str


def bars(rows: Sequence[Bar], language: str) -> bytes:
    """Horizontal bars in the order given, each with its number at its end."""
    rtl = language == "ar"
    place = {
        "field": "place",
        "type": "ordinal",
        "sort": None,
        "axis": {
            "title": None,
            "orient": "right" if rtl else "left",
            "labelExpr": "data('rows')[datum.value].label",
            "labelLimit": 260,
            "labelPadding": 6,
            "ticks": False,
            "domain": False,
        },
        "scale": {"paddingInner": 0.3},
    }
    length = {
        "field": "value",
        "type": "quantitative",
        "axis": None,
        "scale": {"reverse": rtl, "domainMin": 0, "zero": True},
    }
    layers = [
        {"mark": {"type": "bar", "color": _BAR}},
        {
            "mark": {
                "type": "text",
                "align": "right" if rtl else "left",
                "baseline": "middle",
                "dx": -5 if rtl else 5,
                "color": _INK,
            },
            "encoding": {"text": {"field": "said", "type": "nominal"}},
        },
    ]
    return _draw(
        {
            "width": _WIDTH,
            "height": {"step": 22},
            "data": {"name": "rows", "values": _values(rows)},
            "encoding": {"y": place, "x": length},
            "layer": layers,
        }
    )


def months(rows: Sequence[Bar], language: str) -> bytes:
    """Columns over time in the order given, with their numbers above where there is room."""
    rtl = language == "ar"
    place = {
        "field": "place",
        "type": "ordinal",
        "sort": None,
        "axis": {
            "title": None,
            "labelExpr": "data('rows')[datum.value].label",
            "labelAngle": -45 if len(rows) > 4 else 0,
            "labelLimit": 160,
            "labelOverlap": True,
            "ticks": False,
        },
        "scale": {"paddingInner": 0.25, "reverse": rtl},
    }
    height = {
        "field": "value",
        "type": "quantitative",
        "axis": {
            "title": None,
            "orient": "right" if rtl else "left",
            "tickMinStep": 1,
            "format": ",d",
            "domain": False,
        },
    }
    layers: list[dict[str, Any]] = [{"mark": {"type": "bar", "color": _BAR}}]
    if len(rows) <= 24:
        layers.append(
            {
                "mark": {"type": "text", "baseline": "bottom", "dy": -3, "color": _INK},
                "encoding": {"text": {"field": "said", "type": "nominal"}},
            }
        )
    return _draw(
        {
            "width": _WIDTH + 120,
            "height": 220,
            "data": {"name": "rows", "values": _values(rows)},
            "encoding": {"x": place, "y": height},
            "layer": layers,
        }
    )


def places(
    rows: Mapping[str, Bar], geometries: Mapping[str, Mapping[str, Any]], language: str
) -> bytes:
    """A map: every place that has a boundary, darker for more, with name and number in it.

    A place that no row is of is drawn without a number.
    """
    shapes = [
        {
            "type": "Feature",
            "geometry": _clockwise(geometries[code]),
            "value": rows[code].value if code in rows else 0,
        }
        for code in sorted(geometries)
    ]
    points = []
    for code in sorted(geometries):
        if code in rows:
            longitude, latitude = _inside(geometries[code])
            points.append(
                {
                    "longitude": longitude,
                    "latitude": latitude,
                    "label": _label(rows[code].label),
                    "said": _label(rows[code].said),
                    "dark": rows[code].value * 2 > max(row.value for row in rows.values()),
                }
            )
    most = max((row.value for row in rows.values()), default=0)
    where = {
        "longitude": {"field": "longitude", "type": "quantitative"},
        "latitude": {"field": "latitude", "type": "quantitative"},
        "color": {
            "condition": {"test": "datum.dark", "value": "#ffffff"},
            "value": _INK,
        },
    }
    fill = {
        "field": "value",
        "type": "quantitative",
        "scale": {"range": _SCALE, "domain": [0, max(most, 1)]},
        "legend": None,
    }
    return _draw(
        {
            "width": 560,
            "height": 420,
            "projection": {"type": "mercator"},
            "layer": [
                {
                    "data": {"values": shapes},
                    "mark": {"type": "geoshape", "stroke": "#ffffff", "strokeWidth": 1.2},
                    "encoding": {"color": fill},
                },
                {
                    "data": {"values": points},
                    "mark": {"type": "text", "dy": -6, "fontSize": 11},
                    "encoding": where | {"text": {"field": "label", "type": "nominal"}},
                },
                {
                    "data": {"values": points},
                    "mark": {"type": "text", "dy": 8, "fontSize": 13, "fontWeight": "bold"},
                    "encoding": where | {"text": {"field": "said", "type": "nominal"}},
                },
            ],
        }
    )


def as_pixels(chart: bytes) -> bytes:
    """The same chart as SVG without letters: a picture of it, fine enough to print (270 dpi).

    A PDF that is read aloud must say what every letter is, and the ligatures of Arabic letters
    inside of an SVG cannot; its words are in the picture's description and in the table.
    """
    _register_fonts()
    width, height = _SIZE.findall(chart.decode())[0]
    png = b64encode(vl_convert.svg_to_png(chart.decode(), scale=3)).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}"><image width="{width}" height="{height}" '
        f'href="data:image/png;base64,{png}"/></svg>'
    ).encode()


def _values(rows: Sequence[Bar]) -> list[dict[str, Any]]:
    # By number, not by label: two rows may have the same words.
    return [
        {"place": place, "label": _label(row.label), "value": row.value, "said": _label(row.said)}
        for place, row in enumerate(rows)
    ]


def _label(text: str) -> str:
    """On one line and of our fonts' letters: the library ends the process at what XML forbids."""
    words = " ".join(text.split())
    return printable(words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…")


def _draw(specification: dict[str, Any]) -> bytes:
    _register_fonts()
    whole = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "background": "#ffffff",
        "config": {
            "font": _FAMILY,
            "view": {"stroke": None},
            "axis": {"labelColor": _INK, "labelFontSize": 13, "gridColor": "#e4e4e4"},
            "text": {"fontSize": 13},
        },
    } | specification
    drawn: str = vl_convert.vegalite_to_svg(json.dumps(whole), vl_version=_VERSION)
    return drawn.encode()


@cache
def _register_fonts() -> None:
    vl_convert.register_font_directory(str(FONTS))


def _clockwise(geometry: Mapping[str, Any]) -> dict[str, Any]:
    """The same with its rings turned: a sphere's inside is to the right, as the library has it."""
    if geometry["type"] == "Polygon":
        turned: Any = [ring[::-1] for ring in geometry["coordinates"]]
    else:
        turned = [[ring[::-1] for ring in polygon] for polygon in geometry["coordinates"]]
    return {"type": geometry["type"], "coordinates": turned}


def _inside(geometry: Mapping[str, Any]) -> tuple[float, float]:
    """The centroid of the largest polygon of a place, where its name stands."""
    polygons = geometry["coordinates"]
    if geometry["type"] == "Polygon":
        polygons = [polygons]
    found = (0.0, 0.0, 0.0)
    for rings in polygons:
        area, x, y = 0.0, 0.0, 0.0
        west, south = rings[0][0]
        for (x1, y1), (x2, y2) in zip(rings[0], rings[0][1:], strict=False):
            x1, y1, x2, y2 = x1 - west, y1 - south, x2 - west, y2 - south  # noqa: PLW2901
            cross = x1 * y2 - x2 * y1
            area, x, y = area + cross, x + (x1 + x2) * cross, y + (y1 + y2) * cross
        if abs(area) > found[0]:
            found = (abs(area), west + x / (3 * area), south + y / (3 * area))
    return found[1], found[2]
