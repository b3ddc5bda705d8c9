"""A report as a PDF: its content as data for the template `report.typ`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from api.pages.charts import as_pixels
from api.pages.content import Content
from api.pages.drawing import Drawn
from api.pages.figures import Shown, Table
from api.pages.typesetting import typeset
from api.pages.words import words

_TEMPLATE = Path(__file__).parent / "report.typ"


def write_pdf(content: Content, drawn: Mapping[str, Drawn]) -> bytes:
    """The PDF; `drawn` is by the figure's name."""
    images: dict[str, bytes] = {}
    figures = [_figure(one, drawn[one.name], images, content) for one in content.figures]
    data: dict[str, Any] = content._asdict() | {
        "figures": figures,
        "notes": [note._asdict() | {"title": _heading(note.title)} for note in content.notes],
        "title": _heading(content.title),
        "warned": content.superseded or not content.verified,
        "words": dict(words(content.language)),
    }
    return typeset(_TEMPLATE, data, content.language, images)


def _figure(
    figure: Shown, drawn: Drawn, images: dict[str, bytes], content: Content
) -> dict[str, Any]:
    """A figure as data; its pictures are put among the images, by names that are told here."""
    named = {}
    for kind, svg in (("chart", drawn.chart and as_pixels(drawn.chart)), ("code", drawn.code)):
        named[kind] = f"{kind}/{figure.name}" if svg else ""
        if svg:
            images[named[kind]] = svg
    return named | {
        "name": figure.name,
        "sentence": _heading(figure.sentence),
        "said": figure.said,
        "holds": figure.holds,
        "sum": figure.told,
        "root": figure.root,
        "alt": drawn.alt,
        "told": drawn.told,
        "code_alt": words(content.language)["code"].format(figure=figure.name),
        "receipt": drawn.receipt,
        "table": _table(figure.table),
        "massacres": _table(figure.massacres),
    }


def _heading(text: str) -> str:
    """A heading has words, or a PDF could not be read aloud."""
    return text if text.strip() else "–"


def _table(table: Table | None) -> dict[str, Any] | None:
    return None if table is None else table._asdict()
