"""Sums of stated figures, on the ninth anniversary report's displaced."""

from pathlib import Path

import pytest

from api.drift import Followed
from api.freeze import freeze
from api.plan import read_plan
from api.questions import Filters, Questions, definition_of
from api.record import read_records
from audit.replay import audit_folder
from domain.errors import Invalid
from domain.figure import define
from projections.members import members
from projections.registry import Registry
from projections.toll import toll
from projections.trace import trace
from tests.audit.test_bundle import AT
from tests.office import Office
from tests.projections.scene import SECOND_REVIEWER, Played
from tests.scene import DOCUMENTER, REVIEWER, ROOTS, WHY, estimate_body

FILE = Path(__file__).parents[2] / "examples/2020-03-anniversary/stated-figures.toml"
INSIDE, ABROAD = 9_000_000, 6_200_000
PARTS = {
    "stated-measure": ["displaced"],
    "stated-category": ["inside-the-country", "abroad"],
    "unit": ["persons"],
}


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    made = Office(tmp_path_factory.mktemp("stated") / "ledger")
    for record in read_records(FILE):
        made.desk.record(record, made.signers["documenter-1"])
    made.registry.catch_up()
    yield made
    made.close()


def counted(office, **asked):
    rules, size = office.ledger.rules, office.registry.size
    definition = define(rules, measure="stated", **asked)
    return definition, rules, size


def test_inside_and_outside_are_the_15_2_million_of_the_title(office):
    title = read_records(FILE)[0].body["publication"]
    asked = counted(office, where=PARTS | {"publication": [title]}, by=["stated-category"])
    found = toll(office.registry, *asked)
    assert found.total.deaths == INSIDE + ABROAD == 15_200_000
    rows = {row.values: row.numbers.deaths for row in found.rows}
    assert rows == {("inside-the-country",): INSIDE, ("abroad",): ABROAD}
    addends = {one.addend for one in members(office.registry, *asked)}
    assert addends == {(INSIDE, "exact"), (ABROAD, "nearly")}
    assert trace(office.registry, *asked)[-1].value == 15_200_000


@pytest.mark.parametrize(
    ("period", "straddling", "number", "possible"),
    [
        ("2011-03/2020-03", "equal", 15_200_000, 0),
        ("2011/2020", "whole-interval", 15_200_000, 0),
        ("2011/2020", "equal", 0, 15_200_000),
        ("2020-03", "whole-interval", 0, 15_200_000),
    ],
)
def test_a_stated_period_is_equal_or_within(office, period, straddling, number, possible):
    found = toll(
        office.registry, *counted(office, where=PARTS, period=period, straddling=straddling)
    )
    assert (found.total.deaths, found.possible) == (number, possible)


@pytest.mark.parametrize(
    "where",
    [{}, {"stated-measure": ["displaced"]}, {"unit": ["persons", "families"]}],
)
def test_units_do_not_mix(office, where):
    with pytest.raises(Invalid, match="one unit"):
        counted(office, where=where)


def test_low_and_high_are_the_sums_of_the_stated_ranges(tmp_path):
    office = Office(tmp_path / "ledger")
    office.state_figure({"best": 100, "low": 90, "high": 120})
    office.state_figure(5)
    office.registry.catch_up()
    asked = counted(office, where={"unit": ["persons"]})
    found = toll(office.registry, *asked)
    assert (found.low, found.total.deaths, found.high) == (95, 105, 125)
    office.close()


def test_a_title_with_commas_is_one_filter(office):
    title = read_records(FILE)[0].body["publication"]
    where = ("unit=persons", f"publication={title}", "stated-category=abroad,total")
    definition = definition_of(Filters(where=where), office.ledger.rules, "stated")
    assert dict(definition.where)["publication"] == (title,)
    assert dict(definition.where)["stated-category"] == ("abroad", "total")


PLAN = """
name = "nine-years"
period = "2011-03/2020-03"
[title]
en = "Nine years"
ar = "تسع سنوات"
[[figures]]
name = "displaced"
measure = "stated"
where = { stated-category = ["abroad", "inside-the-country"], unit = "persons" }
straddling = "equal"
"""


def test_a_frozen_sum_is_audited_and_says_why_each_addend_is_one(tmp_path):
    office = Office(tmp_path / "ledger")
    office.state_figure(9, category="inside-the-country", period="2011-03/2020-03")
    abroad = office.state_figure(6, category="abroad", qualifier="nearly", period="2011-03/2020-03")
    office.state_figure(1, category="abroad", period="2011-03/2020-02")
    signer = office.signers["publisher-1"]
    bundle = freeze(office.ledger, office.registry, read_plan(PLAN), signer, AT).bundle
    verdict = audit_folder(tmp_path / "ledger", bundles=[bundle])
    assert (verdict.recounted, verdict.failures) == (("nine-years/displaced = 15",), ())
    followed = Followed(Questions(office.ledger, office.registry), "nine-years", bundle)
    told = followed.trace("displaced")
    assert (told["then"], told["now"]) == (15, 15)
    (one,) = [one for one in told["members"] if one["member"] == abroad]
    assert all(met["holds"] for met in one["conditions"])
    assert one["conditions"][-1]["found"] == "6 (nearly)"
    office.close()


def test_revised_withdrawn_suspect_and_reaffirmed_at_every_state(tmp_path):
    scene = Played(tmp_path)
    one, other = (f"estimate/{n:08d}-0000-4000-8000-000000000000" for n in (1, 2))
    before = scene.size
    scene.say(one, "EstimateStated", estimate_body(), DOCUMENTER)
    scene.say(other, "EstimateStated", estimate_body(), DOCUMENTER)
    was, now = {"best": 145, "low": None, "high": None}, {"best": 5, "low": None, "high": None}
    scene.say(one, "EstimateRevised", {"from": was, "to": now, **WHY}, REVIEWER)
    scene.say(other, "EstimateWithdrawn", WHY, REVIEWER)
    lost = {"reason_code": "lost", "reason": "left in a taxi", "suspect_from": before}
    scene.say("authority", "KeyRevoked", {"vkey": str(REVIEWER.key), **lost}, *ROOTS[:2])
    scene.say("authority", "KeyRevoked", {"vkey": str(DOCUMENTER.key), **lost}, *ROOTS[:2])
    body = {"versions": [1, 2], "reason": "read again"}
    scene.say(one, "Reaffirmed", body, SECOND_REVIEWER)
    registry = Registry(tmp_path / "projections.db", scene.ledger.recorder)
    registry.catch_up()
    definition = define(scene.rules, measure="stated", where={"unit": ["persons"]})
    found = []
    for size in range(before + 1, scene.size + 1):
        found.append(toll(registry, definition, scene.rules, size).total.deaths)
        lines = [x.to_line()[:-1] for x in members(registry, definition, scene.rules, size)]
        assert lines == scene.recount(size).lines(definition, scene.rules)
    assert found == [145, 290, 150, 5, 290, 0, 5]
    steps = trace(registry, definition, scene.rules, scene.size)
    assert [one.value for one in steps][-1] == 5
    registry.close()
    scene.close()
