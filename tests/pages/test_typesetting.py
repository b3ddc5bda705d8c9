"""PDF from a template: tagged, in its language, the same bytes again, and text stays text."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from api.pages.typesetting import printable, typeset
from domain.errors import Invalid

TEMPLATE = """
#let data = json(bytes(sys.inputs.data))
#set document(title: data.title, date: none)
#set text(font: "Amiri", lang: data.lang, dir: if data.dir == "rtl" { rtl } else { ltr })
= #data.title
#for one in data.paragraphs [#par(one)]
"""
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><path d="M0 0h8v8z"/></svg>'


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("typeset") / "page.typ"
    path.write_text(TEMPLATE)
    return path


def read(pdf: bytes) -> PdfReader:
    return PdfReader(BytesIO(pdf))


@pytest.mark.parametrize(
    ("language", "title"), [("en", "Civilians killed"), ("ar", "القتلى المدنيون")]
)
def test_a_pdf_is_tagged_and_says_its_language_and_title(template, language, title):
    pdf = read(typeset(template, {"title": title, "paragraphs": ["145"]}, language))
    root: Any = pdf.root_object
    assert root["/Lang"] == language
    assert root["/MarkInfo"]["/Marked"]
    assert pdf.metadata is not None
    assert pdf.metadata.title == title
    assert "145" in pdf.pages[0].extract_text()


def test_the_same_input_gives_the_same_bytes_without_a_time(template):
    data = {"title": "March", "paragraphs": ["one", "two"]}
    first, again = (typeset(template, data, "en") for _ in range(2))
    assert first == again
    told = read(first).metadata
    assert told is not None
    assert told.creation_date is None
    assert typeset(template, data | {"title": "April"}, "en") != first


def test_a_character_that_no_font_has_is_written_as_its_number(template):
    pdf = typeset(template, {"title": "a", "paragraphs": ["漢 \u2066 \0"]}, "en")
    assert "[U+6F22] [U+2066] [U+0000]" in read(pdf).pages[0].extract_text()
    assert printable("القتلى: ١٤٥، “Şêx”\n") == "القتلى: ١٤٥، “Şêx”\n"


def test_a_picture_needs_words_and_a_template_a_title(template, tmp_path):
    path = tmp_path / "bare.typ"
    show = '#image(bytes(json(bytes(sys.inputs.images)).a), format: "svg"'
    path.write_text(f'#set document(title: "t")\n#set text(font: "Amiri")\n{show})')
    with pytest.raises(Invalid, match=r"bare\.typ: cannot be typeset"):
        typeset(path, {}, "en", {"a": SVG})
    path.write_text(f'#set document(title: "t")\n#set text(font: "Amiri")\n{show}, alt: "words")')
    assert typeset(path, {}, "en", {"a": SVG}).startswith(b"%PDF")


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=3))
def test_whatever_the_text_is_it_is_set_as_text(template, texts):
    assert typeset(template, {"title": "t", "paragraphs": texts}, "ar").startswith(b"%PDF")


@pytest.mark.parametrize(
    "text", ['#panic("run")', "$ x $", "*b*", "= head", '#include "/etc/passwd"', "\\u{41}", "```"]
)
def test_markup_of_others_stays_text(template, text):
    pdf = read(typeset(template, {"title": "t", "paragraphs": [text]}, "en"))
    assert text in pdf.pages[0].extract_text()
