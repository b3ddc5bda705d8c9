"""A case file: every field that is asked for, nothing sealed unless asked for, and its proofs."""

import io
import re
from html.parser import HTMLParser

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.cases.content import CaseFile, Grid, Row, Section
from api.cases.gather import Given, make_case
from api.cases.html import write_html
from api.cases.pdf import write_pdf
from api.cases.words import _WORDS, LANGUAGES
from audit.disclosure import verify_disclosure
from domain.errors import Invalid

NAME, ID = "اسم مخترع قديم", "invented-0123456789"


@pytest.fixture
def claim(office):
    attack = office.incident(
        happened_on="2020-03-05",
        time="02:05",
        facilities=["school"],
        injured={"value": 19, "qualifier": "at-least"},
    )
    return office.record(
        person={"name": NAME, "national_id": ID},
        happened_on="2018-07/2020-03-19",
        documented_on="2020-03-19",
        place={"governorate": "SY07", "district": "SY0703", "name": "Invented town"},
        incident=attack,
        sources=[{"kind": "witness", "detail": "an invented witness"}],
    ).stream


def text_of(pdf):
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def everything_in(pdf):
    """Every decoded stream and string of a PDF, and its text."""
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    found = [
        pdf,
        text_of(pdf).encode(),
        str(reader.metadata).encode(),
        str(reader.xmp_metadata).encode(),
    ]
    for number in range(1, len(reader.xref_objStm) + sum(map(len, reader.xref.values())) + 1):
        one = reader.get_object(pypdf.generic.IndirectObject(number, 0, reader))
        if isinstance(one, pypdf.generic.StreamObject):
            found.append(one.get_data())
        found.append(str(one).encode())
    return b"\n".join(found)


def made(office, claim, given=None, kinds=("html", "pdf")):
    return dict(make_case(office.ask, claim, LANGUAGES, kinds, given))


def test_every_word_is_in_both_languages():
    for name, (english, arabic) in _WORDS.items():
        assert english
        assert arabic
        assert set(re.findall("{(.*?)}", english)) == set(re.findall("{(.*?)}", arabic)), name


def test_it_says_what_is_known_and_that_the_rest_is_not(office, claim):
    files = made(office, claim)
    page = files["case-en.html"].decode()
    for known in (
        "between July 2018 and 19 March 2020",
        "Idleb",
        "Harim",
        "Invented town",
        "02:05",
    ):
        assert known in page
    assert "Russian forces" in page
    assert page.count("held sealed; not given here") == 3
    assert "<dd" in page
    assert "unknown" in page
    assert "not recorded" in page
    arabic = files["case-ar.html"].decode()
    assert '<html lang="ar" dir="rtl">' in arabic
    assert "بين تموز 2018 و19 آذار 2020" in arabic
    pdf = text_of(files["case-en.pdf"])
    assert "Invented town" in pdf
    assert "held sealed" in pdf
    catalogue = pypdf.PdfReader(io.BytesIO(files["case-ar.pdf"])).root_object
    assert str(catalogue["/Lang"]) == "ar"
    assert "/StructTreeRoot" in catalogue


def test_nothing_sealed_is_in_it(office, claim):
    for name, raw in made(office, claim).items():
        held = everything_in(raw) if name.endswith(".pdf") else raw
        for secret in (NAME, ID, "an invented witness"):
            for form in (secret.encode(), secret.encode("utf-16-be"), secret.encode("utf-16-le")):
                assert form not in held, name


def test_what_was_asked_for_is_in_it_and_nothing_else(office, claim):
    office.desk.say(
        claim,
        "Disclosed",
        {
            "fields": {"name": office.ask.thing(claim)["state"]["person"]["name"]},
            "to": "A mandate",
            "key": None,
            "reason_code": "consent",
            "reason": "the family asked",
        },
        office.signers["reviewer-1"],
    )
    files = made(office, claim, Given({"name": NAME}, "A mandate", b"disclosed"))
    page = files["case-en.html"].decode()
    assert NAME in page
    assert ID not in page
    assert "CONFIDENTIAL: for A mandate only" in page
    assert "the family asked" in page
    assert files[f"proofs/claim-{claim.partition('/')[2]}.sijill"] == b"disclosed"
    assert "CONFIDENTIAL" in text_of(files["case-en.pdf"])


def test_the_same_state_gives_the_same_bytes(office, claim):
    assert made(office, claim) == made(office, claim)


def test_its_proofs_verify_and_one_of_another_claim_does_not_pass_for_it(office, claim):
    (proof,) = [raw for name, raw in made(office, claim, kinds=()).items() if "proofs/" in name]
    trust = [office.ledger._log_keys[0].key]
    verdict, opened = verify_disclosure(proof, trust)
    assert verdict.exit_code == 0
    assert opened is not None
    assert (opened.claim, opened.values) == (claim, {})
    for at in range(0, len(proof), 997):
        altered = bytearray(proof)
        altered[at] ^= 1
        assert verify_disclosure(bytes(altered), trust)[0].exit_code != 0


def test_what_stands_against_a_claim_is_said_at_the_top(office, claim):
    reviewer = office.signers["reviewer-1"]
    why = {"reason_code": "alive", "reason": "found alive"}
    office.desk.say(claim, "ChallengeRaised", {"by": "family", "text": "a namesake"}, reviewer)
    office.desk.say(claim, "Retracted", why, reviewer)
    page = made(office, claim)["case-en.html"].decode()
    top = page[: page.index("<main")]
    assert "was retracted and counts in no figure" in top
    assert "Challenges that are not answered yet: 1" in top
    office.desk.say(claim, "Erased", {"reason_code": "objection", "reason": "asked for"}, reviewer)
    page = made(office, claim)["case-en.html"].decode()
    assert page.count("erased</dd>") == 3


def test_the_claims_of_one_person_are_told_together(office):
    held = office.record(
        kind="detention",
        custody={"status": "still-held", "detained_on": "2018-07", "party": "isis"},
        person={},
    ).stream
    died = office.record(kind="torture-death", happened_on="2018-07/2020-03-19", person={}).stream
    body = {"relation": "died", "claim": died, "reason": "the registry"}
    office.desk.say(held, "OutcomeLinked", body, office.signers["documenter-1"])
    files = made(office, held)
    assert len([name for name in files if name.startswith("proofs/")]) == 2
    page = files["case-en.html"].decode()
    assert died.partition("/")[2] in page
    assert "Died of it or in it" in page


def test_only_a_claim_has_a_case_file(office, claim):
    with pytest.raises(Invalid, match="only claims"):
        made(office, office.ask.thing(claim)["state"]["incident"])


class _Texts(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.texts = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.texts.append(data)


HOSTILE = st.text(max_size=60) | st.sampled_from(
    [
        "<script>alert(1)</script>",
        "</dd></dl><img src=x onerror=alert(1)>",
        "#panic(1) $x$ *b* `c` @ref <label> \\",
        '#import "@preview/cetz:0.3.0"',
        "\u202eabc\u202c\u2066x\u2069",
        "&amp;&#x3c;b&#62;",
        "x" * 20_000,
    ]
)


def content_of(text):
    return CaseFile(
        "ar",
        text,
        text,
        text,
        text,
        text,
        (text,),
        (
            Section(text, (Row(text, text), Row(text, text, plain=False)), note=text),
            Section(text, grid=Grid((text, text), ((text, text),), (0,))),
        ),
        text,
    )


@given(HOSTILE)
@settings(max_examples=60, deadline=None)
def test_hostile_text_is_text_in_the_page(text):
    page, plain = _Texts(), _Texts()
    page.feed(write_html(content_of("t" + text)).decode())
    plain.feed(write_html(content_of("x")).decode())
    assert page.tags == plain.tags


@given(HOSTILE)
@settings(max_examples=25, deadline=None)
def test_hostile_text_is_text_on_paper(text):
    pdf = write_pdf(content_of("t" + text))
    assert pdf.startswith(b"%PDF")
