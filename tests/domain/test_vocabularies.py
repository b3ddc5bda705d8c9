"""Every vocabulary: labels in both languages, no two alike, each term taken where it is used."""

import copy
import re

import pytest

from domain.errors import Rejected
from domain.rules import read_rules, require_term, shipped_document
from tests.domain.world import REVIEWER, MemoryWorld
from tests.scene import claim_body, claim_name, estimate_body, incident_body, incident_name

DOCUMENT = shipped_document()["vocabularies"]
RULES = read_rules(shipped_document())
ONE, ATTACK = claim_name(1), incident_name(1)
ESTIMATE = claim_name(1).replace("claim", "estimate")
SOLE = {"confidence": None, "mode": "sole", "parties": ["isis"]}
GOVERNORATE_OF = {code: one.parent for code, one in RULES.vocabulary("district").items()}
# Rows of tolls that are written like parties, and that nobody is.
ROWS = {"joint", "unresolved-between"}
PARTIES_OF_MODE = {
    **dict.fromkeys(("joint-coordinated", "joint-undetermined", "unresolved-between"), 2),
    **dict.fromkeys(("unidentified", "no-perpetrator"), 0),
}


def of_mode(mode):
    parties = ["isis", "russian-forces"][: PARTIES_OF_MODE.get(mode, 1)]
    return {"confidence": None, "mode": mode, "parties": parties}


def recorded(**changes):
    return ONE, "ClaimRecorded", claim_body(**{"kind": "torture-death"} | changes)


def attacked(**changes):
    return ATTACK, "IncidentRecorded", incident_body(**changes)


def stated(**changes):
    return ESTIMATE, "EstimateStated", estimate_body(**changes)


def quantity(word):
    return {"value": 1, "qualifier": word}


# vocabulary -> an event of a new stream with a word of it
USED = {
    "claim-kind": [lambda word: recorded(kind=word)],
    "sex": [lambda word: recorded(sex=word)],
    "age-group": [lambda word: recorded(age_group=word)],
    "status": [lambda word: recorded(status=word)],
    "profession": [lambda word: recorded(profession=word)],
    "cause": [lambda word: recorded(cause=word), lambda word: attacked(cause=word)],
    "weapon": [lambda word: recorded(weapon=word), lambda word: attacked(weapon=word)],
    "party": [
        lambda word: recorded(attribution=SOLE | {"parties": [word]}),
        lambda word: recorded(control=[word]),
        lambda word: recorded(custody={"party": word}),
        lambda word: attacked(control=[word]),
        lambda word: stated(party=word),
    ],
    "attribution-mode": [
        lambda word: recorded(attribution=of_mode(word)),
        lambda word: attacked(attribution=of_mode(word)),
    ],
    "confidence": [lambda word: recorded(attribution=SOLE | {"confidence": word})],
    "governorate": [
        lambda word: recorded(place={"governorate": word, "name": None}),
        lambda word: recorded(origin=word),
        lambda word: attacked(place={"governorate": word, "name": None}),
    ],
    "district": [
        lambda word: recorded(
            place={
                "governorate": GOVERNORATE_OF.get(word, "SY07"),
                "name": None,
                "district": word,
            }
        )
    ],
    "source-kind": [lambda word: recorded(sources=[{"id": "s1", "kind": word}])],
    "custody-status": [lambda word: recorded(custody={"status": word})],
    "incident-kind": [lambda word: attacked(kind=word)],
    "facility": [lambda word: attacked(facilities=[word])],
    "qualifier": [
        lambda word: attacked(injured=quantity(word)),
        lambda word: attacked(munitions=quantity(word)),
        lambda word: stated(qualifier=word),
    ],
    "unit": [lambda word: stated(unit=word)],
    "measure": [lambda word: stated(measure=word)],
    "category": [lambda word: stated(category=word)],
    "population": [lambda word: stated(population=word)],
    "estimate-basis": [lambda word: stated(grade=word)],
}
SEALED = {"name": {"sealed": "x" * 42 + "A"}}
# These say something of what is recorded already.
LATER = {
    "revision-reason": lambda word: (
        "PlaceRevised",
        {"place": "origin", "from": None, "to": "SY01", "reason_code": word, "reason": "so"},
    ),
    "retraction-reason": lambda word: ("Retracted", {"reason_code": word, "reason": "so"}),
    "merge-nature": lambda word: (
        "MergedInto",
        {"into": claim_name(2), "nature": word, "reason": "so"},
    ),
    "outcome": lambda word: (
        "OutcomeLinked",
        {"relation": word, "claim": claim_name(3), "reason": "so"},
    ),
    "disclosure-basis": lambda word: (
        "Disclosed",
        {"fields": SEALED, "to": "a court", "key": None, "reason_code": word, "reason": "so"},
    ),
    "erasure-reason": lambda word: ("Erased", {"reason_code": word, "reason": "so"}),
}
# What the ledger itself says: no event has a word of it.
DERIVED = {"review"}
USES = [(name, number) for name, uses in USED.items() for number in range(len(uses))]


def test_every_vocabulary_is_tried_here():
    assert {*USED, *LATER, *DERIVED} == set(DOCUMENT)


@pytest.mark.parametrize("name", DOCUMENT)
def test_each_term_has_both_labels_and_no_two_terms_are_alike(name):
    seen: dict[tuple[str, str, str | None], str] = {}
    for identifier, one in DOCUMENT[name].items():
        assert re.search("[A-Za-z]", one["en"])
        assert re.search("[\u0600-\u06ff]", one["ar"])
        assert one["en"] == one["en"].strip()
        assert one["ar"] == one["ar"].strip()
        for language in ("en", "ar"):
            label = (language, one[language], one.get("parent") if name == "district" else None)
            assert seen.setdefault(label, identifier) == identifier


def test_a_word_twice_in_a_vocabulary_is_not_passed_over():
    text = '{"a": 1, "a": 2}'
    from domain import canonical
    from domain.errors import Invalid

    with pytest.raises(Invalid):
        canonical.parse(text.encode())


@pytest.mark.parametrize(("name", "number"), USES)
def test_every_term_is_taken_where_it_is_used_and_no_other_word(name, number):
    world = MemoryWorld()
    use = USED[name][number]
    for word in sorted(set(DOCUMENT[name]) - (ROWS if (name, number) == ("party", 0) else set())):
        assert world.accepts(*use(word)), word
    error = world.refuses("unknown-term", *use("no-such-word"))
    assert "use one of" in str(error)


@pytest.mark.parametrize("name", LATER)
def test_every_term_is_taken_by_what_comes_later(name):
    for word in DOCUMENT[name]:
        world = MemoryWorld()
        earlier = "killing" if word == "same-death" else "detention"
        later = {"released": "release", "continued": "abduction", "fate-revealed": "fate-revealed"}
        for number, kind in enumerate((earlier, earlier, later.get(word, "torture-death")), 1):
            sealed = SEALED if number == 1 else {}
            world.say(claim_name(number), "ClaimRecorded", claim_body(kind=kind, person=sealed))
        world.say(ONE, *LATER[name](word), REVIEWER)
        world = MemoryWorld()
        world.say(ONE, "ClaimRecorded", claim_body())
        world.refuses("unknown-term", ONE, *LATER[name]("no-such-word"), REVIEWER)


@pytest.mark.parametrize("name", sorted({*DOCUMENT} - {"district", "governorate"}))
def test_a_word_misspelled_is_refused_with_the_nearest(name):
    for word, one in DOCUMENT[name].items():
        if len(word) < 5:
            continue
        for written in (word[:-1], f"{word}s", one["ar"]):
            if written in DOCUMENT[name]:
                continue
            with pytest.raises(Rejected, match=rf"use one of: .*\b{re.escape(word)}\b"):
                require_term(RULES, name, written, "body")


def test_a_term_that_is_added_to_the_rules_is_taken_without_code():
    document = copy.deepcopy(shipped_document())
    added = {"en": "Forced conscription", "ar": "تجنيد قسري"}
    document["vocabularies"]["claim-kind"]["forced-conscription"] = added
    world = MemoryWorld()
    world.rules = read_rules(document)
    world.say(ONE, "ClaimRecorded", claim_body(kind="forced-conscription", cause="other"))
