"""What others wrote stays text, on a page of HTML as in a PDF, whatever it is."""

from html.parser import HTMLParser
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from api.geojson import boundaries_for
from api.pages.charts import Bar, as_pixels, bars, months, places
from api.pages.codes import qr_code
from api.pages.content import Content, Note
from api.pages.drawing import Boundaries, draw_figure
from api.pages.figures import BARS, MAP, Row, Shown, Table, _every_month, _share
from api.pages.html import write_html
from api.pages.pdf import write_pdf
from api.pages.words import _WORDS, NOT_PROVED, number, words
from domain.errors import Invalid
from domain.rules import read_rules, shipped_document

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style></title><svg onload=alert(1)>",
    "&lt;b&gt; &amp; &#x202e;",
    '#panic("run") *bold* $x$ = head\n- list `raw` \\u{41} #include "/etc/passwd"',
    "\u202eright to left\u2066 isolate",
    "الضحايا \u200f<b>المدنيون</b>",
    "x" * 1000,
    "\0\x1b[31m\x7f\x85\ufffe",
    "}}{{ {page} {pages} {sentence} %s",
]
TEXT = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=80))
NONE = Boundaries({}, "")


class Reader(HTMLParser):
    """The tags of a page with their attributes, and its text."""

    def __init__(self, page: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def content(text: str, language: str = "en", stamp: str = "") -> Content:
    """A report whose every text is the same one."""
    rows = (Row(("a",), (text,), 3, "3"), Row(("b",), (text,), 2, "2"))
    table = Table((text, "n"), ((text, "3"), (text, "2")), ("", "5"), 1)
    figure = Shown(*("figure", text, 5, "5", True, b"note", "root", "", BARS, rows, table, table))
    return Content(
        *(language, "report", "origin/reports/report", text, "", text, False, not stamp, "", stamp),
        *((text,), (text,), (text,), (figure,), (Note(text, (text,)),), NOT_PROVED[language], ()),
    )


def pages(made: Content) -> tuple[bytes, bytes]:
    drawn = {
        one.name: draw_figure(one, made.language, NONE, "receipts/r.receipt")
        for one in made.figures
    }
    return write_html(made, drawn, "other.html"), write_pdf(made, drawn)


SHAPE = [tag for tag, _ in Reader(pages(content("plain"))[0]).tags]


@settings(max_examples=10)
@given(TEXT, st.sampled_from(["en", "ar"]))
@example(HOSTILE[0], "ar")
@example(HOSTILE[4], "en")
@example(HOSTILE[7], "ar")
def test_no_text_makes_an_element_an_attribute_or_markup(text, language):
    html, pdf = pages(content(text, language))
    read = Reader(html)
    assert [tag for tag, _ in read.tags] == SHAPE
    known = {
        *("lang", "dir", "charset", "http-equiv", "content", "name", "class", "href", "hreflang"),
        *("id", "value", "src", "alt", "scope", "aria-labelledby", "role"),
    }
    assert {name for _, attributes in read.tags for name in attributes} <= known
    assert b"/OpenAction" not in pdf
    assert pdf.startswith(b"%PDF")


@pytest.mark.parametrize("text", [one for one in HOSTILE if one.isprintable() and len(one) < 80])
def test_hostile_text_is_read_as_it_was_written(text):
    html, pdf = pages(content(text))
    assert text in Reader(html).text
    said = "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
    if text.isascii():
        assert "".join(text.split()) in "".join(said.split())


def test_a_page_fetches_nothing_and_has_no_script():
    html, _ = pages(content("text"))
    read = Reader(html)
    assert not {"script", "link", "iframe", "object", "base"} & {tag for tag, _ in read.tags}
    sources = [one["src"] for _, one in read.tags if "src" in one]
    assert len(sources) == 2
    assert all(one is not None and one.startswith("data:image/svg+xml;base64,") for one in sources)
    policy = next(one["content"] for _, one in read.tags if "http-equiv" in one)
    assert policy is not None
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert b"url(" not in html


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("ar", "rtl")])
def test_a_page_can_be_read_aloud(language, direction):
    read = Reader(pages(content("text", language))[0])
    assert read.tags[0] == ("html", {"lang": language, "dir": direction})
    tags = [tag for tag, _ in read.tags]
    assert {"header", "main", "footer", "h1", "h2", "h3", "caption"} <= set(tags)
    assert tags.count("h1") == 1
    assert all(one.get("alt") for tag, one in read.tags if tag == "img")
    assert all(one.get("scope") for tag, one in read.tags if tag == "th")


@pytest.mark.parametrize("language", ["en", "ar"])
def test_what_does_not_verify_is_stamped_on_every_page(language):
    stamp = words(language)["stamp"]
    html, pdf = pages(content("text " * 500, language, stamp))
    assert stamp in Reader(html).text
    read = PdfReader(BytesIO(pdf)).pages
    assert len(read) > 2
    plain = PdfReader(BytesIO(pages(content("text " * 500, language))[1])).pages
    for page, other in zip(read, plain, strict=True):
        if language == "en":
            assert stamp in page.extract_text()
            assert stamp not in other.extract_text()
        assert page.extract_text()[:20] != other.extract_text()[:20]


def test_the_same_content_is_the_same_bytes():
    assert pages(content("text", "ar")) == pages(content("text", "ar"))


@pytest.mark.parametrize("label", HOSTILE)
def test_a_label_in_a_chart_is_text(label):
    rows = [Bar(label, 3, "3"), Bar(label, 0, label)]
    for chart in (bars(rows, "ar"), months(rows, "en")):
        tags = {one.tag.rpartition("}")[2] for one in ElementTree.fromstring(chart).iter()}
        assert tags <= {"svg", "rect", "g", "path", "line", "text", "tspan", "title"}
        assert as_pixels(chart).startswith(b"<svg")


def test_a_map_shows_every_place_and_numbers_where_somebody_is_counted():
    rules = read_rules(shipped_document())
    boundaries, _ = boundaries_for("governorate", rules, None, None)
    chart = places(
        {"SY07": Bar("Idlib", 15, "15"), "SY02": Bar("Aleppo", 1, "1")}, boundaries, "en"
    )
    drawn = ElementTree.fromstring(chart)
    shapes = [one for one in drawn.iter() if one.get("aria-roledescription") == "geoshape"]
    assert len(shapes) == 14
    assert len({one.get("fill") for one in shapes}) == 3
    told = {one.text for one in drawn.iter() if one.tag.endswith("text")}
    assert told == {"Idlib", "15", "Aleppo", "1"}


def test_what_is_on_no_map_is_said_under_it():
    rules = read_rules(shipped_document())
    geometries, licence = boundaries_for("governorate", rules, None, None)
    rows = (
        Row(("SY07",), ("Idlib",), 15, "15"),
        Row(("XX01",), ("Elsewhere",), 2, "2"),
        Row(("SY02",), ("Aleppo",), None, "fewer than 5"),
        Row(("unknown",), ("Unknown",), 7, "7"),
    )
    figure = content("text").figures[0]._replace(drawn=MAP, rows=rows)
    told = draw_figure(figure, "en", Boundaries(geometries, licence or ""), "").told
    assert told[0] == "Not on the map: Elsewhere 2, Unknown 7."
    assert "Natural Earth" in told[2]
    assert told[3] == words("en")["hidden"]


def test_a_month_in_which_nobody_is_counted_is_drawn_as_none():
    rules = read_rules(shipped_document())
    rows = [Row((month,), (month,), 1, "1") for month in ("2020-02", "2019-11", "unknown")]
    every = _every_month(rows, rules, "ar")
    assert [row.values[0] for row in every] == [
        *("2019-11", "2019-12", "2020-01", "2020-02", "unknown"),
    ]
    assert [row.value for row in every] == [1, 0, 0, 1, 1]
    assert every[1].labels == ("كانون الأول 2019",)


@pytest.mark.parametrize("months", [("0001-01", "9999-12"), ("never", "2020-01"), ()])
def test_odd_months_are_left_as_they_are(months):
    rows = [Row((month,), (month,), 1, "1") for month in months]
    assert _every_month(rows, read_rules(shipped_document()), "en") == tuple(rows)


def test_shares_are_of_the_total_and_rounded_as_the_reports_do():
    assert [_share(value, 145) for value in (76, 145, 0)] == ["52.41%", "100.00%", "0.00%"]
    assert _share(1, 800) == "0.13%"
    assert _share(None, 145) == _share(0, 0) == ""


def test_a_code_holds_what_it_is_given_up_to_its_limit():
    assert qr_code(b"a" * 300) != qr_code(b"a" * 299 + b"b")
    with pytest.raises(Invalid, match="QR code: 3000 bytes are more"):
        qr_code(b"a" * 3000)


def test_both_languages_have_every_word():
    english, arabic = _WORDS["en"], _WORDS["ar"]
    assert english.keys() == arabic.keys()
    for name, text in english.items():
        fields = {part.partition("}")[0] for part in text.split("{")[1:]}
        assert fields == {part.partition("}")[0] for part in arabic[name].split("{")[1:]}
    assert len(NOT_PROVED["en"]) == len(NOT_PROVED["ar"])
    assert number(226247) == "226,247"
