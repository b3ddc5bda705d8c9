"""A case file as a PDF: its content as data for the template `case.typ`."""

from __future__ import annotations

import re
from pathlib import Path

from api.cases.content import CaseFile
from api.pages.libraries import libraries

_ARABIC = re.compile(r"[؀-ۿ]")
_TEMPLATE = Path(__file__).parent / "case.typ"


def write_pdf(content: CaseFile) -> bytes:
    """The PDF: the same content gives the same bytes. Raises Invalid when a library is missing."""
    with libraries():
        from api.pages.typesetting import typeset  # noqa: PLC0415 - an optional extra

        sections = [
            section._asdict()
            | {
                "rows": [
                    # A value without an Arabic letter keeps its own direction in an Arabic page.
                    row._asdict() | {"ltr": not _ARABIC.search(row.value)}
                    for row in section.rows
                ],
                "grid": None if section.grid is None else section.grid._asdict(),
            }
            for section in content.sections
        ]
        return typeset(_TEMPLATE, content._asdict() | {"sections": sections}, content.language)
