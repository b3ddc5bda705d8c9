"""The rules R1 to R18 of the reference as far as they bear on what is recorded, one test each.

The others are rules of figures (R2, R3, R5, R7, R8, R10 to R13, R15, R18) and tested there.
"""

from domain.dates import parse_dates
from domain.facets import CLAIM_FACETS, category, facet
from domain.outcome import Ending, counts_each_death_once, is_still_held
from domain.rules import read_rules, shipped_document
from tests.domain.world import REVIEWER, MemoryWorld
from tests.scene import claim_body, claim_name, estimate_body, incident_body, incident_name

RULES = read_rules(shipped_document())
ONE, OTHER = claim_name(1), claim_name(2)


def test_r1_nobody_records_a_massacre():
    world = MemoryWorld()
    world.refuses("unknown-term", ONE, "ClaimRecorded", claim_body(kind="massacre"))
    body = incident_body(kind="massacre")
    world.refuses("unknown-term", incident_name(1), "IncidentRecorded", body)


def test_r4_women_are_adult_females_and_an_unknown_age_is_neither():
    assert category("adult", "female") == "women"
    assert category("child", "female") == "girls"
    assert category("unknown", "female") == "females-age-unknown"


def test_r6_every_attribution_leads_to_one_row():
    world = MemoryWorld()
    parties = ["russian-forces", "syrian-regime-forces"]
    for number, (mode, row) in enumerate(
        (
            ("joint-coordinated", "russian-forces+syrian-regime-forces"),
            ("joint-undetermined", "russian-forces+syrian-regime-forces"),
            ("unresolved-between", "unresolved-between"),
        ),
        1,
    ):
        attribution = {"mode": mode, "parties": parties, "confidence": None}
        body = claim_body(attribution=attribution)
        claim = world.say(claim_name(number), "ClaimRecorded", body)
        assert facet(claim, "party", "documented", RULES) == row
    named = {"mode": "sole", "parties": ["joint"], "confidence": None}
    body = claim_body(attribution=named)
    world.refuses("attribution-shape", claim_name(9), "ClaimRecorded", body)


def test_r9_whoever_was_released_or_died_or_whose_fate_is_known_is_held_no_more():
    assert is_still_held("detention", Ending())
    for relation in ("released", "died", "fate-revealed", "continued"):
        assert not is_still_held("detention", Ending(relation))


def test_r14_what_is_out_of_scope_stays_on_record_and_counts_nowhere():
    world = MemoryWorld()
    world.say(ONE, "ClaimRecorded", claim_body())
    body = {"reason_code": "out-of-scope", "reason": "died of a disease"}
    assert world.say(ONE, "Retracted", body, REVIEWER).standing == "retracted"
    assert world.states[ONE].kind == "killing"


def test_r15_what_others_state_is_no_claim_and_takes_no_event_of_one():
    world = MemoryWorld()
    name = ONE.replace("claim", "estimate")
    world.say(name, "EstimateStated", estimate_body())
    merge = {"into": ONE, "nature": "duplicate", "reason": "the same"}
    world.refuses("wrong-stream", name, "MergedInto", merge, REVIEWER)


def test_r16_arrest_torture_and_death_of_one_person_stay_three_claims_in_three_tolls():
    tolls = shipped_document()["measures"]
    kinds = ("detention", "torture", "torture-death")
    counted = [[name for name, of in tolls.items() if kind in of] for kind in kinds]
    assert "detentions" in counted[0]
    assert counted[1] == ["torture"]
    assert counted[2] == ["deaths"]
    assert counts_each_death_once(tolls["deaths"])
    world = MemoryWorld()
    for number, kind in enumerate(kinds, 1):
        world.say(claim_name(number), "ClaimRecorded", claim_body(kind=kind))
    merge = {"into": claim_name(3), "nature": "duplicate", "reason": "one person"}
    for number in (1, 2):
        world.refuses("merge-kinds", claim_name(number), "MergedInto", merge, REVIEWER)
        link = {"relation": "died", "claim": claim_name(3), "reason": "one person"}
        assert world.say(claim_name(number), "OutcomeLinked", link).standing == "open"


def test_r17_of_whom_nothing_is_known_every_facet_has_a_value():
    world = MemoryWorld()
    nobody: list[str] = []
    attribution = {"mode": "unidentified", "parties": nobody, "confidence": None}
    body = claim_body(status="unknown", attribution=attribution, documented_on=None)
    claim = world.say(ONE, "ClaimRecorded", body)
    for name in sorted(CLAIM_FACETS):
        assert facet(claim, name, "documented", RULES)


def test_a_date_says_when_it_was_documented_and_when_it_happened_apart():
    """R2 and R3 need both: the three brothers of March 2020."""
    world = MemoryWorld()
    body = claim_body(happened_on="2018-07/2020-03-19", documented_on="2020-03-19")
    claim = world.say(ONE, "ClaimRecorded", body)
    assert not parse_dates(claim.happened_on).within(parse_dates("2020-03"))
    assert parse_dates(claim.documented_on).within(parse_dates("2020-03"))
