"""PDF from a template of ours and data of others: typst, with the fonts that come with the project.

A template reads its data as JSON, `json(bytes(sys.inputs.data))`, so that no text of others is ever
markup, and images by name, `image(bytes(images.NAME), format: "svg")`. Only our fonts are used, so
that every machine sets the same page. The PDF is tagged (PDF/UA-1), says its language, and has no
time in it: the same template, data and images give the same bytes.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import typst
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

from domain.errors import Invalid

FONTS = Path(__file__).parent / "fonts"
FAMILY = "Amiri"
_FILES = ("Amiri-Regular.ttf", "Amiri-Bold.ttf")
_SPACES = "\n\t "
_DIRECTIONS = {"ar": "rtl", "en": "ltr"}


def typeset(
    template: Path,
    data: Mapping[str, Any],
    language: str,
    images: Mapping[str, bytes] | None = None,
) -> bytes:
    """The PDF of a template filled with `data`, whose members `lang` and `dir` are added here.

    `images` are SVG by name. A character that the fonts lack is written as its number, `[U+6C49]`.
    Raises Invalid for what cannot be set: a template without a title, a picture without words.
    """
    filled = _printable(data) | {"lang": language, "dir": _DIRECTIONS[language]}
    drawn = {name: image.decode() for name, image in (images or {}).items()}
    try:
        pdf = typst.compile(
            template,
            font_paths=_fonts(),
            ignore_system_fonts=True,
            sys_inputs={"data": json.dumps(filled), "images": json.dumps(drawn)},
            pdf_standards=["ua-1"],
            timestamp=0,
        )
    except typst.TypstError as error:
        raise Invalid(f"{template.name}: cannot be typeset: {error.message}") from None
    if not isinstance(pdf, bytes):
        raise Invalid(f"{template.name}: made no pages")
    return pdf


def printable(text: str) -> str:
    """The text with every character that the fonts lack as its number: `[U+6C49]`."""
    known = _characters()
    return "".join(
        one if ord(one) in known or one in _SPACES else f"[U+{ord(one):04X}]" for one in text
    )


def with_fonts(svg: bytes) -> bytes:
    """A picture with what it needs of the fonts inside of it, for where they are not installed."""
    text = {ord(one) for one in svg.decode()} & _characters()
    faces = []
    for name, weight in zip(_FILES, ("normal", "bold"), strict=True):
        if weight == "bold" and b'font-weight="bold"' not in svg:
            continue
        font = b64encode(_subset(name, frozenset(text))).decode()
        faces.append(
            f'@font-face {{ font-family: "{FAMILY}"; font-weight: {weight}; '
            f'src: url("data:font/woff;base64,{font}"); }}'
        )
    start = svg.index(b">") + 1
    return svg[:start] + f"<style>{' '.join(faces)}</style>".encode() + svg[start:]


def _subset(name: str, characters: frozenset[int]) -> bytes:
    """The font with the glyphs of these code points alone, and what shapes them, as WOFF."""
    options = Options(flavor="woff", hinting=False, recalc_timestamp=False)
    with TTFont(FONTS / name, lazy=True, recalcTimestamp=False) as font:
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=characters)
        subsetter.subset(font)
        font.flavor = "woff"
        made = BytesIO()
        font.save(made)
    return made.getvalue()


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Mapping):
        return {name: _printable(member) for name, member in value.items()}
    if isinstance(value, Sequence):
        return [_printable(member) for member in value]
    return value


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)]
    )


@cache
def _characters() -> frozenset[int]:
    """The code points that every one of the fonts has a glyph for."""
    each = []
    for name in _FILES:
        with TTFont(FONTS / name, lazy=True) as font:
            each.append(font.getBestCmap().keys())
    return frozenset(each[0]).intersection(*each[1:])
