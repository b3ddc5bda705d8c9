"""Massacres: incidents in which at least so many were killed, derived and never entered.

An incident that stands open is a massacre when the deaths assigned to it (and to incidents merged
into it) whose claims stand open and whose status is one that the rules count reach the threshold.
It is a member of a definition when those of its deaths that match the definition reach it too:
filters on what an incident has of its own (INCIDENT_FACETS) ask the incident, every other filter
and the period ask each death.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from domain.facets import FACETS, INCIDENT_FACETS, PARTY_FACETS, month_by
from domain.figure import Definition
from domain.life import MERGED, OPEN
from domain.parties import counted
from domain.rules import Rules
from projections.counting import (
    Condition,
    among,
    facet_value,
    facets_match,
    in_period,
    open_of_kinds,
    stands,
    versions,
)
from projections.numbers import Numbers
from projections.registry import Registry

_CHUNK = 500


class IncidentAsOf(NamedTuple):
    """An incident as it stood; `happened` is an EDTF text, None is unknown.

    The version was made by the entry `log_index` and replaced by the entry `valid_to`.
    """

    number: int
    name: str
    log_index: int
    valid_to: int
    kind: str
    party: str
    mode: str
    confidence: str
    governorate: str
    district: str
    place: str | None
    cause: str
    weapon: str
    happened: str | None
    standing: str
    merged_into: int | None
    munitions: int | None
    munitions_qualifier: str | None
    injured: int | None
    injured_qualifier: str | None
    facilities: int

    def addend(self, of: str) -> tuple[int, str] | None:
        """What it adds to a sum, with its qualifier; None when nothing is stated or was hit."""
        if of == "facilities":
            return (self.facilities, "exact") if self.facilities else None
        value, qualifier = getattr(self, of), getattr(self, f"{of}_qualifier")
        return None if value is None else (value, qualifier)

    def facets(self, definition: Definition, rules: Rules) -> dict[str, str]:
        """The incident's own facets that the definition uses, as a line shows them."""
        return {facet: self._facet(definition, facet, rules) for facet in definition.facets}

    def _facet(self, definition: Definition, facet: str, rules: Rules) -> str:
        if facet == "month":
            return month_by(self.happened, definition.straddling)
        name = _NAMES.get(facet, facet)
        return facet_value(definition, rules, facet, getattr(self, name))


# Facets of an incident that are called otherwise here.
_NAMES = {"party-group": "party", "incident": "name", "incident-kind": "kind"}


class Massacre(NamedTuple):
    """`claims` are the deaths that match the definition, ascending; `numbers` counts them.

    `killed` is the number of all the deaths that make the incident a massacre. `log_index` is of
    the last event that shaped the incident or one of `claims`.
    """

    incident: IncidentAsOf
    log_index: int
    numbers: Numbers
    killed: int
    claims: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "incident": self.incident.name,
            "index": self.log_index,
            "party": self.incident.party,
            "governorate": self.incident.governorate,
            "district": self.incident.district,
            "place": self.incident.place,
            "happened": self.incident.happened,
            "cause": self.incident.cause,
            "killed": self.killed,
            **self.numbers._asdict(),
            "claims": list(self.claims),
        }


class _Death(NamedTuple):
    claim: str
    log_index: int
    category: str


def massacres(
    registry: Registry, definition: Definition, rules: Rules, size: int, *, rule: str | None = None
) -> list[Massacre]:
    """The massacres of a definition in the state of the first `size` entries, by name.

    With `rule`, those that another rule for straddling dates would count.
    """
    with registry.reading() as cursor:
        incidents = incidents_at(cursor, size)
        final = final_incidents(incidents)
        killed: dict[int, int] = {}
        for number, persons in _killed(cursor, rules, size):
            if number in final:
                killed[final[number]] = killed.get(final[number], 0) + persons
        reached = {
            number for number, persons in killed.items() if persons >= rules.massacre_threshold
        }
        asked = {number for number in reached if asked_for(incidents[number], definition, rules)}
        sources = [number for number, target in final.items() if target in asked]
        deaths: dict[int, list[_Death]] = {}
        chosen = _counted(rules) & stands(size) & _matches(cursor, definition, rules, rule)
        for number, death in _deaths(cursor, definition, chosen, sources):
            deaths.setdefault(final[number], []).append(death)
    found = [
        _massacre(incidents[number], deaths[number], killed[number])
        for number in deaths
        if len(deaths[number]) >= rules.massacre_threshold
    ]
    return sorted(found, key=lambda one: one.incident.name)


INCIDENT_COLUMNS = (
    "n.number, n.name, v.valid_from, v.valid_to, v.kind, v.party, v.mode, v.confidence, "
    "v.governorate, v.district, v.place, v.cause, v.weapon, v.happened, v.standing, v.merged_into, "
    "v.munitions, v.munitions_qualifier, v.injured, v.injured_qualifier, v.facilities"
)
_INCIDENTS = (
    f"SELECT {INCIDENT_COLUMNS} FROM incident_versions v JOIN incidents n ON n.number = v.incident "
)


def incidents_at(cursor: sqlite3.Cursor, size: int) -> dict[int, IncidentAsOf]:
    """Every incident as it stood, by number."""
    standing = stands(size)
    cursor.execute(f"{_INCIDENTS} WHERE {standing.sql}", standing.values)
    return {row[0]: IncidentAsOf(*row) for row in cursor.fetchall()}


def incident_versions(cursor: sqlite3.Cursor, size: int) -> list[IncidentAsOf]:
    """Every version of every incident in the first `size` entries."""
    cursor.execute(f"{_INCIDENTS} WHERE v.valid_from < ?", (size,))
    return [IncidentAsOf(*row) for row in cursor.fetchall()]


def death_versions(
    cursor: sqlite3.Cursor, definition: Definition, rules: Rules, size: int
) -> list[tuple[int, int, int, bool]]:
    """(valid_from, valid_to, incident, matches) of versions that count for a massacre."""
    matches = _matches(cursor, definition, rules)
    counted = _counted(rules)
    cursor.execute(
        f"SELECT v.valid_from, v.valid_to, v.incident, {matches.sql} "
        f"FROM {versions(definition)} "
        f"WHERE v.incident IS NOT NULL AND v.valid_from < ? AND {counted.sql}",
        (*matches.values, size, *counted.values),
    )
    return [(start, end, number, bool(match)) for start, end, number, match in cursor.fetchall()]


def final_incidents(incidents: Mapping[int, IncidentAsOf]) -> dict[int, int]:
    """Of each incident the one that its deaths count for; those that count for none are left out.

    A merge is refused when it closes a circle, but one whose undoing is suspect may: those that are
    merged in a circle count for none.
    """
    final = {}
    for number in incidents:
        target, passed = number, {number}
        while incidents[target].standing == MERGED:
            into = incidents[target].merged_into
            if into is None or into not in incidents or into in passed:
                break
            target = into
            passed.add(into)
        if incidents[target].standing == OPEN:
            final[number] = target
    return final


def _killed(cursor: sqlite3.Cursor, rules: Rules, size: int) -> Iterable[tuple[int, int]]:
    counted = _counted(rules) & stands(size)
    cursor.execute(
        "SELECT v.incident, count(*) FROM claim_versions v JOIN cells c ON c.id = v.cell "
        f"WHERE v.incident IS NOT NULL AND {counted.sql} GROUP BY v.incident",
        counted.values,
    )
    return cursor.fetchall()


def _counted(rules: Rules) -> Condition:
    kinds = rules.measures["deaths"]
    statuses = among("c.status", rules.massacre_statuses)
    return open_of_kinds(kinds) & statuses


def _matches(
    cursor: sqlite3.Cursor, definition: Definition, rules: Rules, rule: str | None = None
) -> Condition:
    of_claims = sorted(FACETS.keys() - INCIDENT_FACETS)
    return facets_match(cursor, definition, rules, of_claims) & in_period(definition, rule)


def _deaths(
    cursor: sqlite3.Cursor, definition: Definition, chosen: Condition, numbers: list[int]
) -> Iterable[tuple[int, _Death]]:
    for start in range(0, len(numbers), _CHUNK):
        chunk = numbers[start : start + _CHUNK]
        cursor.execute(
            f"SELECT v.incident, n.name, v.valid_from, c.category FROM {versions(definition)} "
            f"WHERE v.incident IN ({','.join('?' * len(chunk))}) "
            f"AND {chosen.sql} ORDER BY n.name",
            (*chunk, *chosen.values),
        )
        for number, name, index, category in cursor.fetchall():
            yield number, _Death(name, index, category)


def _massacre(incident: IncidentAsOf, deaths: Sequence[_Death], killed: int) -> Massacre:
    numbers = Numbers()
    for death in deaths:
        numbers = numbers.plus(death.category, 1)
    return Massacre(
        incident,
        max(incident.log_index, *(death.log_index for death in deaths)),
        numbers,
        killed,
        tuple(sorted(death.claim for death in deaths)),
    )


def asked_for(incident: IncidentAsOf, definition: Definition, rules: Rules) -> bool:
    """Whether the incident's own facets are among those that the definition asks for."""
    where = dict(definition.where)
    if not {*PARTY_FACETS}.isdisjoint(where) and not counted(
        rules, incident.party, definition.level, definition.joint, where
    ):
        return False
    own = definition.facets
    found = incident.facets(definition, rules)
    return all(
        found[facet] in values
        for facet, values in definition.where
        if facet in own and facet not in PARTY_FACETS
    )
