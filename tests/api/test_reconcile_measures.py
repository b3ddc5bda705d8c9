"""Stated figures of every measure beside the claims: what is compared, and what is said instead."""

import pytest

from api.reconcile import Chosen, reconcile
from ledger.author import new_stream
from tests.scene import estimate_body

INCIDENTS = {"population": "not-persons", "basis": "happened"}


def beside(office, value, measure, **stated):
    """What the claims say beside one figure of this measure."""
    place = stated.get("place")
    if place is not None:
        stated["place"] = {"name": None} | place
    number = {"best": value, "low": None, "high": None}
    signer = office.signers["documenter-1"]
    body = estimate_body(measure=measure, value=number, **stated)
    note, _ = office.desk.compose(new_stream("estimate"), "EstimateStated", body, [signer])
    name = office.desk.post(note).stream
    figures = reconcile(office.ask, Chosen())["figures"]
    return next(one["claims"] for one in figures if one["id"] == name)


def number(value, qualifier="exact"):
    return {"value": value, "qualifier": qualifier}


def verdict(claims):
    return claims["counted"], claims["verdict"], claims["differs"]


@pytest.mark.parametrize(
    ("kind", "measure", "unit"),
    [
        ("detention", "detentions", "cases"),
        ("injury", "injuries", "persons"),
        ("torture", "torture", "persons"),
        ("sexual-violence", "sexual-violence", "persons"),
        ("looting", "looting", "cases"),
        ("attempted-killing", "attempted-killings", "persons"),
        ("abduction", "abductions", "persons"),
    ],
)
def test_a_figure_of_claims_is_counted_in_its_own_unit(office, kind, measure, unit):
    office.record()
    for sex in ("female", "male", "male"):
        office.record(kind=kind, sex=sex, age_group="adult", place={"governorate": "SY12"})
    office.record(kind=kind, status="combatant")
    office.record(kind=kind, documented_on="2020-04")
    at = {"unit": unit}
    assert verdict(beside(office, 3, measure, **at)) == (3, "agree", [])
    assert verdict(beside(office, 4, measure, **at)) == (3, "differ", [])
    assert verdict(beside(office, 4, measure, population="all-persons", **at))[1] == "agree"
    assert verdict(beside(office, 1, measure, category="women", **at))[1] == "agree"
    assert verdict(beside(office, 0, measure, party="isis", **at))[1] == "agree"
    in_daraa = {"place": {"governorate": "SY12"}, **at}
    assert verdict(beside(office, 3, measure, **in_daraa))[1] == "agree"
    # Of nobody is it known that it was in that district.
    district = {"place": {"governorate": "SY12", "district": "SY1200"}, **at}
    assert verdict(beside(office, 0, measure, **district))[1] == "agree"
    elsewhere = {"place": {"governorate": "SY07"}, **at}
    assert verdict(beside(office, 0, measure, **elsewhere))[1] == "agree"
    (other,) = {"cases", "persons"} - {unit}
    assert verdict(beside(office, 3, measure, unit=other)) == (3, "not-comparable", ["unit"])
    refused = beside(office, 3, measure, unit="families")
    assert refused["why_not"] == f"claims are not counted in families, but in {unit}"


def test_an_abduction_is_not_every_detention(office):
    office.record(kind="detention")
    office.record(kind="abduction")
    assert verdict(beside(office, 1, "abductions"))[:2] == (1, "agree")
    assert verdict(beside(office, 2, "detentions", unit="cases"))[:2] == (2, "agree")


def test_what_is_looted_need_be_of_nobody(office):
    office.record(kind="looting")
    office.record(kind="looting", status="unknown")
    found = beside(office, 2, "looting", unit="cases", population="not-persons")
    assert verdict(found) == (2, "agree", [])


def test_who_is_held_is_counted_at_the_end_of_the_last_day_of_the_period(office):
    for began in ("2020-01", "2020-03-31", "2020-04-01"):
        office.record(kind="detention", happened_on=began, documented_on="2020-04")
    office.record(kind="enforced-disappearance", happened_on="2020-02", documented_on="2020-04")
    # Before the period, and held at its end all the same; no basis is stated, none is missed.
    found = beside(office, 3, "still-detained", basis=None)
    assert verdict(found) == (3, "agree", [])
    assert (found["definition"]["on"], found["definition"]["period"]) == ("2020-03-31", None)
    assert verdict(beside(office, 4, "still-detained", period="2020-04"))[0] == 4
    assert verdict(beside(office, 1, "disappeared", basis=None)) == (1, "agree", [])
    documented = beside(office, 3, "still-detained", basis="documented")
    assert documented["differs"] == ["method"]
    assert "no last day" in beside(office, 3, "still-detained", period="2020/..")["why_not"]


def test_who_may_be_held_since_an_unknown_day_leaves_room(office):
    office.record(kind="detention", happened_on="2020-01")
    office.record(kind="detention")
    found = beside(office, 2, "still-detained", basis=None)
    assert (found["counted"], found["possible"], found["verdict"]) == (1, 1, "can-agree")


def test_who_may_lie_in_the_period_leaves_room_for_their_own_category_only(office):
    office.record(kind="injury", sex="female", age_group="adult")
    office.record(kind="injury", sex="male", age_group="adult", documented_on="2020-03/2020-04")
    office.record(kind="injury", age_group="child", documented_on="2020-03/2020-04")
    assert beside(office, 2, "injuries", category="women")["verdict"] == "differ"
    assert beside(office, 1, "injuries", category="women")["verdict"] == "agree"
    assert beside(office, 1, "injuries", category="children")["verdict"] == "can-agree"
    assert beside(office, 2, "injuries", category="women-and-children")["verdict"] == "can-agree"
    assert beside(office, 3, "injuries", category="women-and-children")["verdict"] == "differ"


def test_attacks_are_incidents_of_their_cause(office):
    for cause in ("chemical", "chemical", "cluster-munition"):
        office.incident(cause=cause, happened_on="2020-03-05")
    attacks = {"unit": "attacks", **INCIDENTS}
    assert verdict(beside(office, 2, "chemical-attacks", **attacks)) == (2, "agree", [])
    assert verdict(beside(office, 2, "cluster-munition-attacks", **attacks))[:2] == (1, "differ")
    assert verdict(beside(office, 0, "incendiary-attacks", **attacks))[:2] == (0, "agree")
    assert verdict(beside(office, 0, "chemical-attacks", party="isis", **attacks))[1] == "agree"
    documented = beside(office, 2, "chemical-attacks", **attacks | {"basis": "documented"})
    assert documented["differs"] == ["method"]
    assert "population" in beside(office, 2, "chemical-attacks", unit="attacks")["why_not"]
    assert (
        "category" in beside(office, 2, "chemical-attacks", category="women", **attacks)["why_not"]
    )


def test_a_sum_is_compared_only_when_every_incident_says_its_number(office):
    dropped = {"cause": "barrel-bomb", "happened_on": "2020-03-05"}
    for munitions in (3, 4):
        office.incident(munitions=number(munitions), **dropped)
    bombs = {"unit": "munitions", **INCIDENTS}
    assert verdict(beside(office, 7, "barrel-bombs", **bombs)) == (7, "agree", [])
    assert verdict(beside(office, 8, "munitions-fired", **bombs)) == (7, "differ", [])
    office.incident(cause="barrel-bomb", happened_on="2020-04-01")
    office.incident(cause="chemical", happened_on="2020-03-05")
    assert verdict(beside(office, 7, "barrel-bombs", **bombs))[1] == "agree"
    assert verdict(beside(office, 7, "munitions-fired", **bombs))[2] == ["sum"]
    office.incident(**dropped)
    found = beside(office, 7, "barrel-bombs", **bombs)
    assert verdict(found) == (7, "not-comparable", ["sum"])
    assert found["inexact"] == 1


def test_a_sum_with_a_number_that_is_not_exact_is_not_compared(office):
    office.incident(munitions=number(3), happened_on="2020-03-05")
    office.incident(munitions=number(4, "at-least"), happened_on="2020-03-05")
    found = beside(office, 7, "munitions-fired", unit="munitions", **INCIDENTS)
    assert verdict(found) == (7, "not-comparable", ["sum"])
    assert found["inexact"] == 1


def test_the_injured_of_incidents_are_of_everyone(office):
    office.incident(cause="chemical", injured=number(12), happened_on="2020-03-05")
    everyone = {"population": "all-persons", "basis": "happened"}
    assert verdict(beside(office, 12, "chemical-injured", **everyone)) == (12, "agree", [])
    assert "population" in beside(office, 12, "chemical-injured", basis="happened")["why_not"]


@pytest.mark.parametrize(
    ("measure", "stated", "why"),
    [
        ("attacks-on-vital-facilities", {"unit": "attacks", **INCIDENTS}, "can hit several"),
        ("attacks-in-a-day", {"unit": "attacks", **INCIDENTS}, "one day"),
        ("arrested", {}, "cases of detention"),
        ("incident-deaths", {}, "one incident"),
        ("incident-injured", {}, "one incident"),
        ("displaced", {}, "no claims are counted"),
        ("still-detained", {"period": None}, "no period"),
        ("still-detained", {"scope": "one prison"}, "scope"),
        ("injuries", {"unit": "per-ten-thousand"}, "share"),
    ],
)
def test_why_a_figure_is_not_counted_is_said(office, measure, stated, why):
    office.record()
    found = beside(office, 5, measure, **stated)
    assert found["counted"] is None
    assert why in found["why_not"]


def test_a_period_that_the_claims_do_not_cover_is_not_compared(office):
    office.record(kind="injury", documented_on="2020-03")
    assert "nothing that is counted for torture" in beside(office, 5, "torture")["why_not"]
    assert beside(office, 5, "injuries", period="2011-03/2020-03")["why_not"] == (
        "the ledger covers injuries since 2020, its period begins in 2011"
    )
    assert beside(office, 5, "injuries", period="2020/2025-03")["why_not"] == (
        "the ledger covers injuries until 2020, its period ends in 2025"
    )
    assert beside(office, 5, "injuries", period="2020/..")["verdict"] == "differ"
    # A date that may lie anywhere in ten years covers none of them.
    office.record(kind="injury", documented_on="2011/2030")
    assert "since 2020" in beside(office, 5, "injuries", period="2011-03/2020-03")["why_not"]


def test_who_is_held_is_covered_as_long_as_claims_of_it_are_documented(office):
    office.record(kind="detention", happened_on="2018-07", documented_on="2020-03")
    held = {"period": "2018/2020-03", "basis": None}
    assert verdict(beside(office, 1, "still-detained", **held))[:2] == (1, "agree")
    later = beside(office, 1, "still-detained", period="2018/2021", basis=None)
    assert (
        later["why_not"] == "the ledger covers still-detained until 2020, its period ends in 2021"
    )


def test_incidents_cover_the_years_that_they_happened_in(office):
    attacks = {"unit": "attacks", **INCIDENTS}
    assert "nothing" in beside(office, 1, "chemical-attacks", **attacks)["why_not"]
    office.incident(cause="chemical")
    assert "nothing" in beside(office, 1, "chemical-attacks", **attacks)["why_not"]
    office.incident(cause="chemical", happened_on="2020-03-05")
    since = attacks | {"period": "2012-12/2020-03"}
    assert "since 2020" in beside(office, 1, "chemical-attacks", **since)["why_not"]
    # The one without a date may lie in the period.
    assert beside(office, 2, "chemical-attacks", **attacks)["verdict"] == "can-agree"
