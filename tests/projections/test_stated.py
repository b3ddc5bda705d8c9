"""Sums of stated figures, on the ninth anniversary report's displaced."""

from pathlib import Path

import pytest

from api.questions import Filters, definition_of
from api.record import read_records
from domain.errors import Invalid
from domain.figure import define
from projections.members import members
from projections.toll import toll
from projections.trace import trace
from tests.office import Office

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


def test_a_range_is_the_low_and_high_of_its_sum_and_a_withdrawn_figure_is_left_out(tmp_path):
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
