"""Rendering a bundle that was verified: every file of it, by name, the same bytes each time."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from api.geojson import boundaries_for
from api.pages.content import Content, Reader, read_content
from api.pages.drawing import Boundaries, Drawn, draw_figure
from api.pages.html import write_html
from api.pages.pdf import write_pdf
from api.pages.receipts import figure_receipts
from audit.verdict import Verdict
from audit.verify import Opened
from domain.errors import Invalid

FORMATS = ("html", "pdf")
RECEIPTS = "receipts"


class Asked(NamedTuple):
    """Which languages and formats, and with whose boundaries maps are drawn (a GeoJSON file)."""

    languages: tuple[str, ...]
    formats: tuple[str, ...]
    boundaries: Path | None = None
    licence: str | None = None


def render(opened: Opened, verdict: Verdict, reader: Reader, asked: Asked) -> dict[str, bytes]:
    """The pages of a bundle and the receipts that they link to, by file name.

    A bundle that does not verify has no receipts, and every page of it says so. Raises Invalid for
    boundaries that cannot be read, and for a bundle of which too little can be.
    """
    contents = [read_content(opened, verdict, one, reader) for one in asked.languages]
    boundaries = _boundaries(opened, asked)
    name = opened.chain.name
    files: dict[str, bytes] = {}
    receipts: dict[str, str] = {}
    if verdict.verified:
        made = figure_receipts(opened.files, [one.name for one in opened.figures])
        receipts = {figure: f"{RECEIPTS}/{name}.{figure}.receipt" for figure in made}
        files = {receipts[figure]: raw for figure, raw in made.items()}
    for content in contents:
        drawn = _draw(content, boundaries, receipts)
        stem = f"{name}.{content.language}"
        if "html" in asked.formats:
            others = [one for one in asked.languages if one != content.language]
            other = f"{name}.{others[0]}.html" if others else ""
            files[f"{stem}.html"] = write_html(content, drawn, other)
        if "pdf" in asked.formats:
            files[f"{stem}.pdf"] = write_pdf(content, drawn)
    return files


def _draw(content: Content, boundaries: Boundaries, receipts: dict[str, str]) -> dict[str, Drawn]:
    return {
        one.name: draw_figure(one, content.language, boundaries, receipts.get(one.name, ""))
        for one in content.figures
    }


def _boundaries(opened: Opened, asked: Asked) -> Boundaries:
    if opened.chain.rules is None:
        raise Invalid("the rules of the report cannot be read: there is nothing to show")
    drawn, licence = boundaries_for(
        "governorate", opened.chain.rules, asked.boundaries, asked.licence
    )
    return Boundaries(drawn, licence or "")
