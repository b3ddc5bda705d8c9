"""The shipped rules, and what a document of rules must be."""

import copy

import pytest

from domain import canonical
from domain.errors import Invalid, Rejected
from domain.rules import (
    ACCEPTED,
    JOINT,
    read_rules,
    require_term,
    require_term_under,
    shipped_document,
)


@pytest.fixture
def document():
    return copy.deepcopy(shipped_document())


def test_the_shipped_rules_fit_one_entry_and_name_every_term_twice(document):
    assert len(canonical.dumps(document)) < 60_000
    for terms in document["vocabularies"].values():
        for term in terms.values():
            assert term["en"]
            assert any("\u0600" <= letter <= "\u06ff" for letter in term["ar"])


def test_districts_are_those_of_the_common_operational_dataset(document):
    governorates = document["vocabularies"]["governorate"]
    districts = document["vocabularies"]["district"]
    assert len(districts) == 62
    # P-codes nest, so a district under another governorate's code is a slip of the pen.
    assert all(code[:4] == one["parent"] for code, one in districts.items())
    assert {one["parent"] for one in districts.values()} == set(governorates)
    for language in ("en", "ar"):
        names = [(one["parent"], one[language]) for one in districts.values()]
        assert len(set(names)) == len(names)


def test_rules_may_do_without_districts(document):
    del document["vocabularies"]["district"]
    assert read_rules(document).vocabulary("district") == {}


def test_parties_lead_to_their_group(document):
    rules = read_rules(document)
    assert rules.group("hayat-tahrir-al-sham") == "extremist-islamist-groups"
    assert rules.group("landmines-unknown-origin") == "other-parties"
    assert rules.group("unresolved-between") == "other-parties"
    assert rules.group("russian-forces+syrian-regime-forces") == JOINT
    assert rules.label("party", "russian-forces+isis") == "Russian forces and ISIS"


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.pop("version"),
        lambda d: d.update(more=1),
        lambda d: d.update(version=0),
        lambda d: d.update(massacre_threshold="5"),
        lambda d: d.update(massacre_threshold=True),
        lambda d: d.update(massacre_statuses=["alive"]),
        lambda d: d.update(massacre_statuses=[["civilian"]]),
        lambda d: d.update(vocabularies=[]),
        lambda d: d["vocabularies"].update(sex={}),
        lambda d: d["vocabularies"]["sex"].update(male={"en": "Male"}),
        lambda d: d["vocabularies"]["sex"].update({"bad term": {"en": "x", "ar": "x"}}),
        lambda d: d["vocabularies"]["party"]["isis"].update(parent="nobody"),
        lambda d: d["vocabularies"]["party"]["isis"].update(parent="isis"),
        lambda d: d["vocabularies"]["district"]["SY0703"].pop("parent"),
        lambda d: d["vocabularies"]["district"]["SY0703"].update(parent="SY0700"),
        lambda d: d["vocabularies"]["district"]["SY0703"].update(parent="SY99"),
        lambda d: d["vocabularies"].pop("governorate"),
    ],
)
def test_a_document_that_is_no_set_of_rules_is_refused(document, change):
    change(document)
    with pytest.raises(Invalid, match="rules"):
        read_rules(document)


@pytest.mark.parametrize(
    ("written", "near"),
    [
        ("SY0701", ["SY0705", "SY0704", "SY0703"]),
        ("harem", ["SY0703"]),
        ("حارم", ["SY0703"]),
        ("Jisr ash Shughur", ["SY0704"]),
        (703, ["SY0703"]),
        ("", ["SY0700", "SY0702", "SY0703", "SY0704", "SY0705"]),
    ],
)
def test_an_unknown_district_is_refused_with_the_nearest_of_its_governorate(
    document, written, near
):
    rules = read_rules(document)
    with pytest.raises(Rejected) as caught:
        require_term_under(rules, "district", written, "SY07", "body.place.district")
    assert caught.value.rule == "unknown-term"
    assert str(caught.value).endswith(f"use one of: {', '.join(near)}")


def test_a_district_of_another_governorate_is_refused_with_those_of_this_one(document):
    rules = read_rules(document)
    require_term_under(rules, "district", "SY0703", "SY07", "body.place.district")
    with pytest.raises(Rejected, match=r"SY0203 \(Afrin\) lies in SY02.*SY07") as caught:
        require_term_under(rules, "district", "SY0203", "SY07", "body.place.district")
    assert caught.value.rule == "district-elsewhere"
    assert "SY0703 (Harim)" in str(caught.value)


def test_rules_that_judge_nothing_put_no_district_anywhere():
    require_term_under(ACCEPTED, "district", "SY0203", "SY07", "body.place.district")


def test_an_unknown_term_is_refused_with_near_ones(document):
    with pytest.raises(Rejected, match="russian-forces") as caught:
        require_term(read_rules(document), "party", "rusian-forces", "body.party")
    assert caught.value.rule == "unknown-term"
