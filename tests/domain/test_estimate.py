"""Stated figures: recorded as found, revised in their value alone, withdrawn for good."""

import pytest

from tests.domain.world import MemoryWorld
from tests.scene import WHY, estimate_body

NAME = "estimate/00000000-0000-4000-8000-000000000001"
OTHER = "estimate/00000000-0000-4000-8000-000000000002"
OLD = {"best": 145, "low": None, "high": None}
NEW = {"best": 146, "low": 140, "high": 150}


def revised(was, now):
    return {"from": was, "to": now, **WHY}


@pytest.fixture
def world():
    made = MemoryWorld()
    made.say(NAME, "EstimateStated", estimate_body())
    return made


def test_a_figure_stands_as_its_publisher_stated_it(world):
    estimate = world.states[NAME]
    assert estimate.value.to_json() == OLD
    assert (estimate.standing, estimate.stated.quote) == ("open", "145 civilians")


def test_only_the_value_is_revised(world):
    before = world.states[NAME]
    after = world.say(NAME, "EstimateRevised", revised(OLD, NEW))
    assert after.value == (146, 140, 150)
    assert after == before._replace(stated=before.stated._replace(value=after.value))


def test_a_withdrawn_figure_is_neither_revised_nor_withdrawn_again(world):
    assert world.say(NAME, "EstimateWithdrawn", WHY).standing == "withdrawn"
    world.refuses("estimate-not-open", NAME, "EstimateRevised", revised(OLD, NEW))
    world.refuses("estimate-not-open", NAME, "EstimateWithdrawn", WHY)


def test_figures_that_contradict_each_other_are_both_recorded(world):
    body = estimate_body(ref="2", value={"best": 19, "low": None, "high": None})
    world.say(OTHER, "EstimateStated", body)
    assert [world.states[name].value.best for name in (NAME, OTHER)] == [145, 19]


@pytest.mark.parametrize(("rule", "body"), [
    ("from-mismatch", revised(NEW, OLD)),
    ("no-change", revised(OLD, OLD)),
    ("malformed-field", revised(OLD, None)),
    ("malformed-field", revised(OLD, 146)),
    ("malformed-field", revised(OLD, NEW | {"low": 147})),
    ("missing-field", revised(OLD, {"best": 146})),
    ("unknown-term", revised(OLD, NEW) | {"reason_code": "why"}),
])  # fmt: skip
def test_a_revision_that_cannot_be_is_refused(world, rule, body):
    world.refuses(rule, NAME, "EstimateRevised", body)


@pytest.mark.parametrize(("rule", "changes"), [
    ("malformed-field", {"value": {"best": 5, "low": 6, "high": None}}),
    ("malformed-field", {"value": {"best": 5, "low": None, "high": 4}}),
    ("malformed-field", {"value": {"best": -1, "low": None, "high": None}}),
    ("malformed-field", {"value": {"best": True, "low": None, "high": None}}),
    ("malformed-field", {"value": {"best": None, "low": 1, "high": 2}}),
    ("malformed-field", {"value": 145}),
    ("malformed-field", {"measure": "Deaths"}),
    ("malformed-field", {"population": ""}),
    ("malformed-field", {"category": "a--b"}),
    ("malformed-field", {"basis": "counted"}),
    ("malformed-field", {"basis": []}),
    ("unknown-term", {"unit": "people"}),
    ("unknown-term", {"qualifier": "circa"}),
    ("unknown-term", {"grade": "certain"}),
    ("unknown-term", {"party": "them"}),
    ("impossible-date", {"period": "March 2020"}),
    ("malformed-field", {"quote": " "}),
    ("malformed-field", {"quote": "x" * 1001}),
    ("malformed-field", {"publisher": None}),
    ("unknown-field", {"page": 3}),
])  # fmt: skip
def test_a_statement_that_cannot_be_is_refused(world, rule, changes):
    world.refuses(rule, OTHER, "EstimateStated", estimate_body(**changes))


@pytest.mark.parametrize("value", [
    {"best": 0, "low": 0, "high": 0},
    {"best": 5, "low": 5, "high": 5},
    {"best": 5, "low": None, "high": 9},
    {"best": 5, "low": 1, "high": None},
    {"best": 2**53 - 1, "low": None, "high": None},
])  # fmt: skip
def test_a_range_holds_its_best_value(world, value):
    assert world.say(OTHER, "EstimateStated", estimate_body(value=value)).value.to_json() == value


def test_what_the_publisher_left_open_is_null(world):
    nothing = dict.fromkeys(("party", "basis", "period", "place", "section"))
    world.say(OTHER, "EstimateStated", estimate_body(**nothing))


@pytest.mark.parametrize("member", ["measure", "category", "population"])
def test_a_word_that_the_rules_do_not_have_is_refused_where_they_have_the_vocabulary(world, member):
    world.refuses("unknown-term", OTHER, "EstimateStated", estimate_body(**{member: "other-word"}))
    vocabularies = {name: it for name, it in world.rules.vocabularies.items() if name != member}
    world.rules = world.rules._replace(vocabularies=vocabularies)
    stated = world.say(OTHER, "EstimateStated", estimate_body(**{member: "other-word"})).stated
    assert getattr(stated, member) == "other-word"


def test_a_scope_in_words_may_be_left_out(world):
    assert world.states[NAME].stated.scope is None
    stated = world.say(OTHER, "EstimateStated", estimate_body(scope="the coast")).stated
    assert stated.scope == "the coast"
    third = OTHER[:-1] + "3"
    world.refuses("malformed-field", third, "EstimateStated", estimate_body(scope=" "))
    world.refuses("malformed-field", third, "EstimateStated", estimate_body(scope="x" * 301))
