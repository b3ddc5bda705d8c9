"""A case file as one HTML file: no script, nothing fetched, right to left in Arabic.

The document is built as a tree and written by the standard library, so that no text of others is
ever markup; each such text stands in an element that keeps its direction to itself.
"""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from importlib import resources
from xml.etree.ElementTree import Element, SubElement, tostring

from api.cases.content import CaseFile, Grid, Section

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def write_html(content: CaseFile) -> bytes:
    """The page: the same content gives the same bytes."""
    right = content.language == "ar"
    html = Element("html", lang=content.language, dir="rtl" if right else "ltr")
    _head(html, content)
    body = SubElement(html, "body")
    if content.stamp:
        _add(body, "p", content.stamp, role="alert", kind="stamp")
    header = SubElement(body, "header")
    _add(header, "h1", content.title)
    _add(_add(header, "p"), "code", content.claim, dir="ltr")
    state = _add(header, "p", content.state + " ", kind="state")
    _add(state, "code", content.root, dir="ltr")
    for warning in content.warnings:
        _add(header, "p", warning, kind="warning")
    main = SubElement(body, "main")
    for place, section in enumerate(content.sections, 1):
        _section(main, f"section-{place}", section)
    _add(SubElement(body, "footer"), "p", content.closing)
    written: bytes = tostring(html, encoding="utf-8", method="html")
    return b"<!DOCTYPE html>\n" + written + b"\n"


def _head(html: Element, content: CaseFile) -> None:
    style = resources.files("api.cases").joinpath("case.css").read_text(encoding="utf-8")
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    head = SubElement(html, "head")
    SubElement(head, "meta", charset="utf-8")
    SubElement(head, "meta", {"http-equiv": "Content-Security-Policy", "content": policy})
    viewport = {"name": "viewport", "content": "width=device-width, initial-scale=1"}
    SubElement(head, "meta", viewport)
    _add(head, "title", f"{content.title} {content.claim}")
    SubElement(head, "style").text = style


def _section(main: Element, name: str, section: Section) -> None:
    found = SubElement(main, "section", {"aria-labelledby": name})
    _add(found, "h2", section.title, id=name)
    if section.note:
        _add(found, "p", section.note, dir="auto")
    if section.rows:
        terms = SubElement(found, "dl")
        for row in section.rows:
            group = SubElement(terms, "div")
            _add(group, "dt", row.label)
            _add(group, "dd", row.value, dir="auto", kind="" if row.plain else "absent")
    if section.grid is not None:
        _grid(found, section.grid, name)


def _grid(parent: Element, grid: Grid, name: str) -> None:
    wide = SubElement(parent, "div", {"class": "wide"})
    table = SubElement(wide, "table", {"aria-labelledby": name})
    line = SubElement(SubElement(table, "thead"), "tr")
    for cell in grid.head:
        _add(line, "th", cell, scope="col")
    body = SubElement(table, "tbody")
    for row in grid.rows:
        line = SubElement(body, "tr")
        for place, cell in enumerate(row):
            direction = "ltr" if place in grid.codes else "auto"
            _add(line, "td", cell, dir=direction, kind="code" if place in grid.codes else "")


def _add(
    parent: Element, tag: str, text: str = "", *, kind: str = "", **attributes: str
) -> Element:
    found = SubElement(parent, tag, attributes | ({"class": kind} if kind else {}))
    # HTML has no place for these; a reader sees that something was there.
    found.text = _CONTROL.sub("�", text)
    return found
