"""A report as one HTML file: no script, nothing fetched, readable aloud, right to left in Arabic.

The document is built as a tree and written by the standard library, so that text of others cannot
become markup; each such text stands in an element that keeps its direction to itself.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib import resources
from xml.etree.ElementTree import Element, SubElement, tostring

from api.pages.content import Content
from api.pages.drawing import Drawn
from api.pages.figures import Shown, Table
from api.pages.typesetting import with_fonts
from api.pages.words import words

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_OTHER = {"en": ("ar", "العربية"), "ar": ("en", "English")}


def write_html(content: Content, drawn: Mapping[str, Drawn], other: str = "") -> bytes:
    """The page; `drawn` is by the figure's name, `other` the file of it in the other language."""
    said = words(content.language)
    html = Element("html", lang=content.language, dir="rtl" if content.language == "ar" else "ltr")
    _head(html, content)
    body = SubElement(html, "body")
    if content.stamp:
        _add(body, "p", content.stamp, role="alert", kind="stamp")
    _header(SubElement(body, "header"), content, other)
    main = SubElement(body, "main")
    if content.narrative:
        narrative = SubElement(main, "section", {"class": "narrative"})
        for paragraph in content.narrative:
            _add(narrative, "p", paragraph, dir="auto")
    figures = _section(main, "figures", said["figures"])
    for figure in content.figures:
        _figure(figures, figure, drawn[figure.name], content)
    for place, note in enumerate(content.notes, 1):
        _list(_section(main, f"note-{place}", note.title), note.lines)
    _verification(main, content)
    footer = SubElement(body, "footer")
    _add(footer, "p", content.identity, dir="ltr")
    written: bytes = tostring(html, encoding="utf-8", method="html")
    return b"<!DOCTYPE html>\n" + written + b"\n"


def _head(html: Element, content: Content) -> None:
    style = resources.files("api.pages").joinpath("report.css").read_text(encoding="utf-8")
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; "
        "form-action 'none'"
    )
    head = SubElement(html, "head")
    SubElement(head, "meta", charset="utf-8")
    SubElement(head, "meta", {"http-equiv": "Content-Security-Policy", "content": policy})
    viewport = {"name": "viewport", "content": "width=device-width, initial-scale=1"}
    SubElement(head, "meta", viewport)
    _add(head, "title", f"{content.stamp} – {content.title}" if content.stamp else content.title)
    SubElement(head, "style").text = style


def _header(header: Element, content: Content, other: str) -> None:
    said = words(content.language)
    if other:
        language, name = _OTHER[content.language]
        nav = SubElement(header, "nav")
        _add(nav, "a", name, href=other, lang=language, hreflang=language)
    _add(header, "h1", content.title, dir="auto")
    if content.period:
        _add(header, "p", f"{said['period']}: {content.period}", kind="period")
    warned = content.superseded or not content.verified
    box = SubElement(header, "div", {"class": "verdict warned" if warned else "verdict"})
    _add(box, "p", content.verdict, kind="outcome")
    _add(box, "p", content.status)
    _list(box, content.proof)


def _figure(parent: Element, figure: Shown, drawn: Drawn, content: Content) -> None:
    said = words(content.language)
    article = SubElement(parent, "article", id=figure.name)
    _add(article, "h3", figure.sentence or figure.name, dir="auto")
    if not figure.holds:
        _add(article, "p", said["does-not-hold"], kind="broken")
    value = SubElement(article, "p", {"class": "value"})
    _add(value, "data", figure.said, value=str(figure.value))
    if figure.told:
        _add(article, "p", figure.told)
    if drawn.chart:
        chart = SubElement(article, "figure")
        _image(chart, with_fonts(drawn.chart), drawn.alt, "chart")
        if drawn.told:
            _add(chart, "figcaption", " ".join(drawn.told))
    if figure.table is not None:
        _table(article, figure.table, figure.sentence)
    if figure.massacres is not None:
        _add(article, "h4", said["massacres"])
        _table(article, figure.massacres, said["massacres"])
    proof = SubElement(article, "div", {"class": "proof"})
    if drawn.code:
        _image(proof, drawn.code, said["code"].format(figure=figure.name), "code")
    terms = SubElement(proof, "dl")
    for term, text in ((said["name"], figure.name), (said["root"], figure.root)):
        _add(terms, "dt", term)
        _add(SubElement(terms, "dd"), "code", text, dir="ltr")
    if drawn.receipt:
        _add(terms, "dt", said["receipt"])
        _add(SubElement(terms, "dd"), "a", drawn.receipt, href=drawn.receipt, dir="ltr")


def _verification(main: Element, content: Content) -> None:
    said = words(content.language)
    section = _section(main, "verification", said["verification"])
    if content.failing:
        _add(section, "h3", said["fails"])
        _list(section, content.failing, lang="en", dir="ltr")
    _add(section, "h3", said["not-proved"])
    _list(section, content.not_proved)
    _add(section, "h3", said["how"])
    _list(section, content.how)


def _table(parent: Element, table: Table, caption: str) -> None:
    drawn = SubElement(SubElement(parent, "div", {"class": "wide"}), "table")
    _add(drawn, "caption", caption, dir="auto")
    head = SubElement(SubElement(drawn, "thead"), "tr")
    for place, text in enumerate(table.head):
        _add(head, "th", text, scope="col", kind=_kind(place, table))
    body = SubElement(drawn, "tbody")
    for row in table.rows:
        _row(body, row, table)
    if table.foot:
        _row(SubElement(drawn, "tfoot"), table.foot, table)
    if table.note:
        _add(parent, "p", table.note)


def _row(parent: Element, cells: Sequence[str], table: Table) -> None:
    line = SubElement(parent, "tr")
    for place, text in enumerate(cells):
        cell = _add(line, "td" if place else "th", "", kind=_kind(place, table))
        if place == 0:
            cell.set("scope", "row")
        _add(cell, "bdi", text)


def _kind(place: int, table: Table) -> str:
    return "number" if place >= table.numeric else ""


def _section(parent: Element, name: str, title: str) -> Element:
    section = SubElement(parent, "section", {"aria-labelledby": f"{name}-title"})
    _add(section, "h2", title, id=f"{name}-title")
    return section


def _list(parent: Element, lines: Sequence[str], **attributes: str) -> None:
    listed = SubElement(parent, "ul", attributes)
    for line in lines:
        _add(SubElement(listed, "li"), "bdi", line)


def _image(parent: Element, svg: bytes, alt: str, kind: str) -> None:
    source = f"data:image/svg+xml;base64,{b64encode(svg).decode()}"
    SubElement(parent, "img", {"src": source, "alt": _clean(alt), "class": kind})


def _add(parent: Element, tag: str, text: str, kind: str = "", **attributes: str) -> Element:
    """Append an element that holds a text; `kind` is its class."""
    added = SubElement(parent, tag, attributes | ({"class": kind} if kind else {}))
    added.text = _clean(text)
    return added


def _clean(text: str) -> str:
    """Characters that no HTML can hold are shown as the sign for what is missing."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
