"""A report's figures obey the rules that stated figures obey, and what is stated is counted."""

import pytest

from domain.errors import Invalid
from domain.estimate import EstimateStated, Value
from domain.figure import define
from domain.footing import AS_COUNTED, RULES, Counted, foot
from domain.rules import read_rules, shipped_document

IN_FORCE = read_rules(shipped_document())


def figure(name, value, where=None, by=(), rows=None, deaths=None, **more):
    definition = define(IN_FORCE, where=where or {}, by=by, period="2020-03", **more)
    return Counted(name, definition, value, deaths, rows or {})


def stated(value, **changes):
    base = EstimateStated(
        publisher="P", publication="A publication", ref="1", label="Civilians killed",
        measure="deaths", unit="persons", value=Value(value, None, None), qualifier="exact",
        grade="documented", population="civilians", category="total", party=None,
        basis="documented", period="2020-03", place=None, section=None, quote="x",
    )  # fmt: skip
    return base._replace(**changes)


CIVILIANS = figure("civilians", 10, {"status": ["civilian"]})


def broken(figures, also=()):
    found = foot(figures, also, IN_FORCE)
    return {one.rule: [each.sentence for each in one.breaks] for one in found if one.breaks}


def test_a_part_that_exceeds_its_whole_is_found():
    women = figure("women", 11, {"status": ["civilian"], "category": ["women"]})
    assert list(broken([CIVILIANS, women])) == ["part-within-whole"]
    assert broken([CIVILIANS, women._replace(value=10)]) == {}


def test_women_children_and_men_together_are_within_all():
    parts = [
        figure(name, 4, {"status": ["civilian"], "category": [name]}) for name in ("women", "men")
    ]
    children = figure("children", 4, {"status": ["civilian"], "age-group": ["child"]})
    assert list(broken([CIVILIANS, *parts, children])) == ["disjoint-parts-within-whole"]


def test_rows_of_one_figure_are_within_the_total_of_another():
    rows = {("isis",): (6, None), ("russian-forces",): (5, None)}
    by_party = figure("by-party", 11, {"status": ["civilian"]}, ["party"], rows)
    found = broken([CIVILIANS, by_party])
    assert "one-value" in found
    assert "rows-within-total" in found


def test_deaths_in_massacres_are_within_all_deaths_of_the_party():
    rows = {("isis",): (1, 6)}
    massacres = figure("massacres", 1, {}, ["party"], rows, 6, measure="massacres")
    by_party = figure("by-party", 10, {"status": ["civilian"]}, ["party"], {("isis",): (5, None)})
    found = broken([massacres, by_party])
    assert list(found) == ["massacre-deaths-within-deaths"]
    assert "6 exceed" in found["massacre-deaths-within-deaths"][0]


def test_what_is_filtered_otherwise_is_not_compared():
    shot = figure("shot", 11, {"status": ["civilian"], "weapon": ["small-arms"]})
    several = figure("several", 11, {"status": ["civilian", "combatant"]})
    happened = figure("happened", 11, {"status": ["civilian"]}, basis="happened")
    assert broken([CIVILIANS, shot, several, happened]) == {}


def test_a_stated_figure_is_what_the_report_counts():
    assert broken([CIVILIANS], [stated(10)]) == {}
    assert broken([CIVILIANS], [stated(11)]) == {
        AS_COUNTED: ["Civilians killed: 11 stated, but civilians counts 10"]
    }
    assert broken([CIVILIANS], [stated(9, qualifier="at-least")]) == {}
    assert list(broken([CIVILIANS], [stated(11, qualifier="at-least")])) == [AS_COUNTED]
    # Of another period, population or scope nothing is said.
    for changes in ({"period": "2020-02"}, {"population": "combatants"}, {"scope": "in markets"}):
        assert broken([CIVILIANS], [stated(11, **changes)]) == {}


def test_only_the_named_rules_are_run_and_only_a_break_is_waived():
    women = figure("women", 11, {"status": ["civilian"], "category": ["women"]})
    run = foot([CIVILIANS, women], [], IN_FORCE, named=["one-value"])
    assert [(one.rule, one.breaks) for one in run] == [("one-value", ())]
    waived = foot([CIVILIANS, women], [], IN_FORCE, waivers={"part-within-whole": "as printed"})
    assert [one.waiver for one in waived if one.breaks] == ["as printed"]
    for rule in ("one-value", "part-within-parts"):
        with pytest.raises(Invalid, match="nothing to waive"):
            foot([CIVILIANS], [], IN_FORCE, waivers={rule: "x"})
    with pytest.raises(Invalid, match="part-within-whole"):
        foot([CIVILIANS], [], IN_FORCE, named=["part-in-whole"])


def test_the_rules_have_names_that_an_event_can_hold():
    assert list(RULES) == sorted(set(RULES))
    assert all(len(rule) <= 64 for rule in RULES)
