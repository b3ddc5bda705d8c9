"""The plain recount, on histories short enough to count by hand."""

import json

import pytest

from domain.figure import define
from domain.rules import shipped_document
from tests.scene import REVIEWER, WHY, Scene, incident_name

RUSSIAN = {"confidence": None, "mode": "sole", "parties": ["russian-forces"]}
REGIME = {"confidence": None, "mode": "sole", "parties": ["syrian-regime-forces"]}
BOTH = {
    "confidence": None,
    "mode": "joint-coordinated",
    "parties": ["russian-forces", "syrian-regime-forces"],
}
NOBODY: dict[str, object] = {"confidence": None, "mode": "unidentified", "parties": []}
DUPLICATE = {"nature": "duplicate", "reason": "one list twice"}
RETRACTED = {"reason_code": "precautionary", "reason": "to be looked at"}


class Counted(Scene):
    """A ledger on which three civilian deaths make a massacre."""

    def __init__(self, folder):
        super().__init__(folder, shipped_document() | {"massacre_threshold": 3})

    def revise(self, stream, kind, was, now, **named):
        self.say(stream, kind, {**named, "from": was, "to": now, **WHY}, REVIEWER)

    def attack(self, number, deaths, **changes):
        """An incident and as many claims of deaths in it; returns the claims' names."""
        incident = self.incident(number, attribution=changes.get("attribution", RUSSIAN))
        fields = {"incident": incident} | changes
        return [self.claim(100 * number + one, **fields) for one in range(deaths)]

    def lines(self, **asked):
        fold = self.recount()
        return [json.loads(line) for line in fold.lines(define(self.rules, **asked), self.rules)]

    def count(self, **asked):
        return len(self.lines(**asked))

    def massacres(self, **asked):
        return [line["id"] for line in self.lines(measure="massacres", **asked)]

    def rows(self, facet, **asked):
        """How many members each value of a facet has."""
        found = [line["facets"][facet] for line in self.lines(by=[facet], **asked)]
        return {value: found.count(value) for value in sorted(set(found))}


@pytest.fixture
def scene(tmp_path):
    made = Counted(tmp_path)
    yield made
    made.close()


def test_only_deaths_are_counted(scene):
    for number, kind in enumerate(("killing", "torture-death", "injury", "detention"), 1):
        scene.claim(number, kind=kind)
    assert scene.rows("kind") == {"killing": 1, "torture-death": 1}


def test_a_merged_or_retracted_claim_counts_nowhere_until_that_is_undone(scene):
    one, other, third = (scene.claim(number) for number in (1, 2, 3))
    scene.say(one, "MergedInto", {"into": other, **DUPLICATE}, REVIEWER)
    scene.say(third, "Retracted", RETRACTED, REVIEWER)
    assert [line["id"] for line in scene.lines()] == [other]
    scene.say(one, "Unmerged", WHY, REVIEWER)
    scene.say(third, "Reinstated", WHY, REVIEWER)
    assert [line["id"] for line in scene.lines()] == [one, other, third]


def test_a_line_names_the_last_event_that_changed_how_the_claim_counts(scene):
    name = scene.claim()
    recorded = scene.size - 1
    scene.say(name, "ChallengeRaised", {"by": "the family", "text": "another day"}, REVIEWER)
    assert scene.lines()[0]["index"] == recorded
    scene.revise(name, "ClassificationRevised", "unknown", "female", field="sex")
    assert scene.lines()[0]["index"] == scene.size - 1


def test_a_line_discloses_the_facets_asked_for_and_no_others(scene):
    name = scene.claim(sex="female", happened_on="2020-03-05")
    assert scene.lines() == [{"facets": {}, "id": name, "index": scene.size - 1}]
    line = scene.lines(where={"sex": ["female"]}, by=["party"], period="2020-03")[0]
    assert line["facets"] == {"party": "russian-forces", "sex": "female"}
    assert line["date"] == "2020-03"


@pytest.mark.parametrize(
    ("date", "counted"),
    [
        ("2020-03-05", True),
        ("2020-03", True),
        ("2020-03-01/2020-03-31", True),
        ("2020-02-29/2020-03-01", False),
        ("2020-03-31/2020-04-01", False),
        ("2020", False),
        (None, False),
    ],
)
def test_a_claim_is_in_a_period_when_every_possible_day_is(scene, date, counted):
    scene.claim(happened_on=date)
    assert scene.count(basis="happened", period="2020-03") == int(counted)
    assert scene.count(basis="happened") == 1


def test_a_period_asks_the_date_of_its_basis(scene):
    scene.claim(happened_on="2020-01-05", documented_on="2020-03")
    assert scene.count(period="2020-03") == scene.count(basis="happened", period="2020-01") == 1
    assert scene.count(period="2020-01") == scene.count(basis="happened", period="2020-03") == 0


def test_every_kind_of_attribution_stands_in_a_row_of_its_own(scene):
    unresolved = BOTH | {"mode": "unresolved-between", "confidence": "likely"}
    for number, attribution in enumerate((RUSSIAN, REGIME, BOTH, unresolved, NOBODY), 1):
        scene.claim(number, attribution=attribution)
    assert scene.rows("party") == {
        "russian-forces": 1,
        "russian-forces+syrian-regime-forces": 1,
        "syrian-regime-forces": 1,
        "unknown-party": 1,
        "unresolved-between": 1,
    }
    assert scene.rows("party-group")["joint"] == 1


def test_sex_and_age_make_one_category_each_and_what_is_unknown_has_rows(scene):
    number = 0
    for age in ("adult", "child", "unknown"):
        for sex in ("male", "female", "unknown"):
            number += 1
            scene.claim(number, age_group=age, sex=sex)
    assert scene.rows("category") == dict.fromkeys(
        sorted(
            [
                *("men", "women", "adults-sex-unknown"),
                *("boys", "girls", "children-sex-unknown"),
                *("males-age-unknown", "females-age-unknown", "unknown"),
            ]
        ),
        1,
    )


def test_values_of_one_facet_are_alternatives_and_facets_are_conditions(scene):
    scene.claim(1, sex="female", status="civilian")
    scene.claim(2, sex="male", status="civilian")
    scene.claim(3, sex="female", status="combatant")
    both = {"sex": ["female", "male"], "status": ["civilian"]}
    assert scene.count(where=both) == 2
    assert scene.count(where={"sex": ["female"], "status": ["civilian"]}) == 1


def test_enough_civilian_deaths_in_one_incident_are_a_massacre_and_fewer_are_none(scene):
    claims = scene.attack(1, 3)
    scene.attack(2, 2)
    found = scene.lines(measure="massacres")
    assert [(line["id"], line["claims"]) for line in found] == [(incident_name(1), claims)]


def test_those_whose_status_the_rules_do_not_count_make_no_massacre(scene):
    scene.attack(1, 2)
    scene.claim(9, incident=incident_name(1), status="combatant")
    scene.claim(10, incident=incident_name(1), kind="injury")
    assert scene.massacres() == []
    scene.revise(
        "claim/00000000-0000-4000-8000-000000000009",
        "ClassificationRevised",
        "combatant",
        "civilian",
        field="status",
    )
    assert scene.massacres() == [incident_name(1)]


def test_deaths_of_a_merged_incident_count_for_the_one_at_the_end(scene):
    scene.attack(1, 1)
    scene.attack(2, 1)
    claims = scene.attack(3, 1)
    scene.say(incident_name(1), "MergedInto", {"into": incident_name(2), **DUPLICATE}, REVIEWER)
    assert scene.massacres() == []
    scene.say(incident_name(2), "MergedInto", {"into": incident_name(3), **DUPLICATE}, REVIEWER)
    line = scene.lines(measure="massacres")[0]
    assert (line["id"], len(line["claims"])) == (incident_name(3), 3)
    assert set(claims) < set(line["claims"])
    scene.say(incident_name(2), "Unmerged", WHY, REVIEWER)
    assert scene.massacres() == []


def test_a_retracted_incident_is_no_massacre_though_its_deaths_still_count(scene):
    scene.attack(1, 3)
    scene.say(incident_name(1), "Retracted", RETRACTED, REVIEWER)
    assert (scene.massacres(), scene.count()) == ([], 3)


def test_the_deaths_that_match_must_be_enough_by_themselves(scene):
    scene.attack(1, 3, sex="female")
    scene.claim(50, incident=incident_name(1), sex="male")
    assert scene.massacres(where={"sex": ["female"]}) == [incident_name(1)]
    assert scene.massacres(where={"sex": ["male"]}) == []
    assert len(scene.lines(measure="massacres", where={"sex": ["female"]})[0]["claims"]) == 3


def test_the_period_asks_each_death(scene):
    scene.attack(1, 2, documented_on="2020-03")
    scene.claim(50, incident=incident_name(1), documented_on="2020-02")
    assert scene.massacres() == [incident_name(1)]
    assert scene.massacres(period="2020-03") == []
    assert scene.massacres(period="2020-02/2020-03") == [incident_name(1)]


def test_a_filter_on_what_an_incident_has_of_its_own_asks_the_incident(scene):
    claims = scene.attack(1, 3)
    for claim in claims:
        scene.revise(claim, "AttributionChanged", RUSSIAN, REGIME)
    assert scene.massacres(where={"party": ["russian-forces"]}) == [incident_name(1)]
    assert scene.massacres(where={"party": ["syrian-regime-forces"]}) == []
    assert scene.rows("party", measure="massacres") == {"russian-forces": 1}


def test_a_massacre_s_line_names_the_last_event_of_its_incident_or_deaths(scene):
    claims = scene.attack(1, 3)
    other = scene.claim(50)
    assert scene.lines(measure="massacres")[0]["index"] == scene.size - 2
    scene.revise(claims[0], "ClassificationRevised", "unknown", "male", field="sex")
    assert scene.lines(measure="massacres")[0]["index"] == scene.size - 1
    scene.revise(incident_name(1), "AttributionChanged", RUSSIAN, NOBODY)
    assert scene.lines(measure="massacres")[0]["index"] == scene.size - 1
    scene.revise(other, "IncidentAssigned", None, incident_name(1))
    found = scene.lines(measure="massacres")[0]
    assert (found["index"], len(found["claims"])) == (scene.size - 1, 4)


def test_lines_ascend_by_id_in_whatever_order_they_were_recorded(scene):
    for number in (3, 1, 2):
        scene.claim(number)
    found = [line["id"] for line in scene.lines()]
    assert found == sorted(found)


def test_places_of_death_and_of_origin_are_counted_by_code(scene):
    idleb = {"governorate": "SY07", "name": None}
    harim = idleb | {"district": "SY0703"}
    for number, place, origin in ((1, None, None), (2, idleb, "SY12"), (3, harim, None)):
        scene.claim(number, place=place, origin=origin)
    assert scene.rows("governorate") == {"SY07": 2, "unknown": 1}
    assert scene.rows("district") == {"SY0703": 1, "unknown": 2}
    assert scene.rows("origin") == {"SY12": 1, "unknown": 2}
    name = scene.lines(where={"district": ["SY0703"]})[0]["id"]
    scene.revise(name, "PlaceRevised", harim, idleb, place="death")
    assert scene.rows("district") == {"unknown": 3}


def test_a_massacre_is_in_the_district_of_its_incident(scene):
    scene.attack(1, 3)
    afrin = {"governorate": "SY02", "name": "Afrin", "district": "SY0203"}
    assert scene.rows("district", measure="massacres") == {"unknown": 1}
    scene.revise(incident_name(1), "PlaceRevised", None, afrin, place="death")
    assert scene.rows("district", measure="massacres") == {"SY0203": 1}
    assert scene.massacres(where={"district": ["SY0203"]}) == [incident_name(1)]
