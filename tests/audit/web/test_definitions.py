"""Definitions are read, narrowed and put into words by JavaScript as they are by Python."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain import canonical
from domain.errors import Invalid
from domain.facets import CATEGORIES, FACETS, REVIEWS
from domain.figure import check_notable, read_definition, row_definition, sentence
from domain.rules import read_rules
from tests.projections.asked import MEASURES, asked, defined
from tests.projections.scene import rules_document

HERE = Path(__file__).parent / "definitions.mjs"
DOCUMENT = rules_document()
# An organisation's own measure, in the words of its vocabulary.
DOCUMENT["vocabularies"]["measure"]["expulsions"] = {"en": "Expelled", "ar": "المهجَّرون"}
DOCUMENT["vocabularies"]["claim-kind"]["expulsion"] = {"en": "Expulsion", "ar": "تهجير"}
DOCUMENT["measures"]["expulsions"] = ["expulsion"]
RULES = read_rules(DOCUMENT)

ODD: dict[str, list[Any]] = {
    "at": ["2020-03-31"],
    "basis": ["documented", "happened", "received", None, 5],
    "by": [["party"], ["party-group", "party"], ["month"], ["incident-kind"], ["sex", "sex"], [5]],
    "joint": ["own-row", "each-party", "shared", "none", None],
    "level": [None, 1, 2, 3, 4, 0, -1, "2", "top", True, 1.5],
    "measure": [*MEASURES, "expulsions", "torture-deaths", "toString", None, ["deaths"]],
    "on": [None, "2020-03-31", "2020-03", "2020-03-32", "2020-03-3X", 5],
    "period": [
        *(None, "2020", "2020-03", "2020-03-05", "2020-01/2020-03", "2020-01-01/2020-12-31"),
        *("2020-03-01/2020-03-31", "2020-21", "2020-24", "../2020-03", "/2020-03", "2019-05/.."),
        *("2020-02/2020-03-15", "2020-02-01/2020-03-15", "0001/9999", "0001/2020", "2020?", 5),
        *("2011-03/2020-03", "2012/2018", "2020-02-29", "2019-02-29", "2020-03/2020-03"),
    ],
    "review": [*REVIEWS, "read", None],
    "rules": [1, 2, True, "1"],
    "straddling": ["whole-interval", "earliest", "latest", "possible", "equal", "any-day", None],
    "where": [
        *({facet: [value]} for facet in FACETS for value in ("unknown", "joint", "x")),
        *({"category": [value]} for value in CATEGORIES.values()),
        *({"party": [value]} for value in ("isis+russian-forces", "russian-forces+isis", "joint")),
        *({"party": [value]} for value in ("a-brigade", "hayat-tahrir-al-sham", "other-parties")),
        *({"party-group": [value]} for value in ("other-parties", "drowning", "isis+drowning")),
        *({"review": list(REVIEWS[:n])} for n in range(4)),
        *({"review": sorted(REVIEWS[n:])} for n in range(3)),
        {"review": ["reported", "verified"]},
        {"month": ["2020-03"]},
        {"month": ["2020-13"]},
        {"kind": ["killing"]},
        {"kind": ["injury"]},
        {"kind": ["expulsion"]},
        {"incident": ["incident/5b1d6f0e-2c3a-4d4b-9e5f-6a7b8c9d0e1f"]},
        {"sex": ["male", "female"]},
        {"confidence": ["likely"], "party": ["isis"]},
        {"governorate": ["SY07"], "status": ["civilian"]},
        {"unit": ["persons"]},
        {"unit": ["families", "persons"]},
        {"stated-measure": ["displaced"], "unit": ["persons"]},
        {"publication": ["A report, the first"], "unit": ["persons"]},
        {"publication": ["x" * 301], "unit": ["persons"]},
        {"publication": ["a\x1b[2J"], "unit": ["persons"]},
        {"publication": ["تقرير"], "publisher": ["\u202e"], "unit": ["persons"]},
        {"publication": ["𐀀" * 300], "unit": ["persons"]},
        {"sex": "male"},
        {"sex": []},
        [],
    ],
}

changes = st.lists(
    st.sampled_from(sorted(ODD)).flatmap(
        lambda name: st.tuples(st.just(name), st.sampled_from(ODD[name]))
    ),
    max_size=4,
)


def read_here(document):
    """What Python makes of a definition, or None when it refuses it."""
    try:
        definition = read_definition(document, RULES)
        check_notable(definition)
    except Invalid:
        return None, None
    row = [_value(definition, facet) for facet in definition.by]
    made = {
        "en": sentence(definition, RULES, "en"),
        "ar": sentence(definition, RULES, "ar"),
        "facets": list(definition.facets),
        "row": None if not row else row_definition(definition, row).to_bytes().decode(),
    }
    return made, row or None


def _value(definition, facet):
    """A value that a row of the facet can have under the definition."""
    return {"review": REVIEWS[-1], "party": "isis", "sex": "male"}.get(facet, "unknown")


@pytest.fixture(scope="module")
def drawn():
    """Definitions of every measure, and what is made of them by changing members."""
    documents = [
        defined(RULES, measure, {"where": {}, "by": [], "basis": "documented", "period": None}
                | ({"on": "2020-03-31"})).to_json()
        for measure in (*MEASURES, "expulsions")
    ]  # fmt: skip
    documents += [one | {name: value} for one in documents for name in ODD for value in ODD[name]]

    @settings(
        max_examples=1500,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(measure=st.sampled_from([*MEASURES, "expulsions"]), wanted=asked, altered=changes)
    def draw(measure, wanted, altered):
        document = defined(RULES, measure, wanted).to_json()
        documents.append(document)
        documents.append(document | dict(altered))

    draw()
    return documents


def test_python_and_javascript_read_the_same_definitions_to_the_same_sentences(drawn):
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not here to run JavaScript with (apt-get install nodejs)")
    here = [read_here(document) for document in drawn]
    lines = "".join(
        json.dumps({"rules": DOCUMENT, "definition": document, "row": row}) + "\n"
        for document, (_, row) in zip(drawn, here, strict=True)
    )
    done = subprocess.run([node, HERE], input=lines, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    there = [json.loads(line) for line in done.stdout.splitlines()]
    differ = [
        (document, one, other)
        for document, (one, _), other in zip(drawn, here, there, strict=True)
        if one != other
    ]
    assert differ == []
    read = [one for one, _ in here if one is not None]
    assert len(read) > 500
    assert len(here) - len(read) > 500


def test_an_arabic_sentence_has_no_english_word_for_any_facet_value_or_rule(drawn):
    latin = set("abcdefghijklmnopqrstuvwxyz")
    for document in drawn:
        try:
            definition = read_definition(document, RULES)
        except Invalid:
            continue
        words = sentence(definition, RULES, "ar")
        for facet, values in definition.where:
            if facet in ("incident", "publication", "publisher"):
                words = words.replace(" أو ".join(values), "")
        assert latin.isdisjoint(words.lower()), words


def test_what_is_read_is_what_was_written(drawn):
    for document in drawn:
        try:
            definition = read_definition(document, RULES)
        except Invalid:
            continue
        assert definition.to_bytes() == canonical.dumps(document)
