"""Why a claim counts in a figure, or does not: every condition of the definition, one by one."""

from __future__ import annotations

from typing import Any, NamedTuple

from domain.dates import parse_dates
from domain.errors import Invalid
from domain.facets import INCIDENT_FACETS, PARTY_FACETS, REVIEWS, UNKNOWN
from domain.figure import EARLIEST, LATEST, POSSIBLE, WHOLE, Definition
from domain.life import OPEN
from domain.measures import MASSACRES, measure_of
from domain.outcome import SAME_DEATH, counts_each_death_once
from domain.parties import OWN_ROW, counted
from domain.rules import Rules
from domain.stock import held
from projections.counting import ENDED, column, facet_value, stands, versions
from projections.massacres import massacres
from projections.registry import Registry


class Met(NamedTuple):
    """One condition: what is asked, what the claim has, and whether that is enough."""

    condition: str
    found: str
    holds: bool

    def to_json(self) -> dict[str, Any]:
        return self._asdict()


def why(
    registry: Registry, definition: Definition, rules: Rules, size: int, claim: str
) -> list[Met]:
    """The conditions in the state of the first `size` entries; a claim counts when all hold."""
    if definition.of_estimates:
        raise Invalid("this figure sums stated figures, and no claims: ask for one of claims")
    if definition.of_incidents and definition.measure != MASSACRES:
        raise Invalid("this figure counts incidents, and no claims: ask for one that counts claims")
    of_claim = [
        (facet, values)
        for facet, values in definition.where
        if definition.measure != MASSACRES or facet not in INCIDENT_FACETS
    ]
    facets = ["kind", "review", "incident", "status", *(facet for facet, _ in of_claim)]
    columns = ", ".join(column(definition, facet) for facet in facets)
    ended = ENDED if definition.stock else "NULL"
    standing = stands(size)
    with registry.reading() as cursor:
        row = cursor.execute(
            f"SELECT c.standing, c.outcome, s.text, {ended}, {columns} FROM {versions(definition)} "
            f"WHERE n.name = ? AND {standing.sql}",
            (claim, *standing.values),
        ).fetchone()
    if row is None:
        return [Met(f"recorded within the first {size} entries", "not yet", False)]
    stood, outcome, date, end, kind, review, incident, status, *found = row
    met = [Met("stands open", stood, stood == OPEN), _of_kind(definition, rules, kind)]
    if outcome == SAME_DEATH and counts_each_death_once(_kinds(definition, rules)):
        met.append(Met("is counted by no other claim of the same death", outcome, False))
    for (facet, wanted), value in zip(of_claim, found, strict=True):
        met.append(_facet(definition, rules, facet, wanted, value))
    if definition.review != REVIEWS[0]:
        least = REVIEWS.index(definition.review)
        asked = f"at least {definition.review}"
        met.append(Met(asked, review, REVIEWS.index(review) >= least))
    if definition.period is not None:
        met.append(_within(definition, date))
    if definition.on is not None:
        met += _stood(definition, definition.on, date, end)
    if definition.measure == MASSACRES:
        statuses = rules.massacre_statuses
        met.append(Met(f"status is {' or '.join(statuses)}", status, status in statuses))
        met.append(Met("assigned to an incident", incident, incident != UNKNOWN))
        met.append(_listed(registry, definition, rules, size, claim))
    return met


def _kinds(definition: Definition, rules: Rules) -> tuple[str, ...] | None:
    """The kinds of claims that count, in massacres those of deaths."""
    measure = "deaths" if definition.measure == MASSACRES else definition.measure
    return measure_of(rules, measure).kinds


def _of_kind(definition: Definition, rules: Rules, kind: str) -> Met:
    kinds = _kinds(definition, rules)
    if kinds is None:
        return Met("is a violation of any kind", kind, True)
    of_deaths = definition.measure in (MASSACRES, "deaths")
    named = "a death" if of_deaths else f"of the kinds of {definition.measure}"
    return Met(f"is {named}: {' or '.join(kinds)}", kind, kind in kinds)


def _facet(
    definition: Definition, rules: Rules, facet: str, wanted: tuple[str, ...], value: str
) -> Met:
    found = facet_value(definition, rules, facet, value)
    asked = f"{facet} is {' or '.join(wanted)}"
    if facet not in PARTY_FACETS:
        return Met(asked, found, found in wanted)
    level, joint = definition.level, definition.joint
    if level is not None and facet == "party":
        asked = f"{facet} at level {level} is {' or '.join(wanted)}"
    if joint != OWN_ROW:
        asked += f", among those of a joint attack ({joint})"
    return Met(asked, found, bool(counted(rules, value, level, joint, {facet: wanted})))


_BY_RULE = {
    WHOLE: "on every day that is possible",
    EARLIEST: "by the earliest day that is possible",
    LATEST: "by the latest day that is possible",
    POSSIBLE: "on some day that is possible",
}


def _stood(definition: Definition, on: str, began: str | None, ended: str | None) -> list[Met]:
    """That it had begun by the end of the day, and had not ended, by the rule of the figure."""
    rule = _BY_RULE[definition.straddling]
    begun = held(began, None, on, definition.straddling)
    lasts = held(on, ended, on, definition.straddling)
    return [
        Met(f"had begun by the end of {on}, {rule}", began or "unknown", begun),
        Met(f"had not ended by the end of {on}, {rule}", ended or "not ended", lasts),
    ]


def _within(definition: Definition, date: str | None) -> Met:
    asked = f"{definition.basis} within {definition.period}, {_BY_RULE[definition.straddling]}"
    period = definition.dates
    inside = (
        date is not None
        and period is not None
        and parse_dates(date).lies_in(period, definition.straddling)
    )
    return Met(asked, date or "unknown", inside)


def _listed(registry: Registry, definition: Definition, rules: Rules, size: int, claim: str) -> Met:
    of = [one for one in massacres(registry, definition, rules, size) if claim in one.claims]
    asked = f"its incident is one that the figure asks for, with {rules.massacre_threshold} or more"
    found = f"{len(of[0].claims)} in {of[0].incident.name}" if of else "not listed"
    return Met(asked, found, bool(of))
