"""The trace of a number: its value over the log's history, and each event that moved it.

Computed from the validity of versions: a death enters a count with one event and leaves it, or
moves to another row, with another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from domain.figure import Definition
from domain.life import OPEN
from domain.measures import MASSACRES
from domain.rules import Rules
from projections.counting import (
    Condition,
    column,
    facet_value,
    facets_match,
    in_period,
    of_measure,
    versions,
)
from projections.estimates import estimate_versions, sums
from projections.incidents import counts
from projections.massacres import (
    IncidentAsOf,
    asked_for,
    death_versions,
    final_incidents,
    incident_versions,
)
from projections.registry import Registry

Row = tuple[str, ...]


class Step(NamedTuple):
    """An event that moved the number. `entered` and `left` are rows of the definition's grouping:
    both for a member that moved between rows, one for a member that came or went.
    """

    log_index: int
    member: str
    left: Row | None
    entered: Row | None
    value: int
    change: int

    def to_json(self) -> dict[str, Any]:
        return {
            "index": self.log_index,
            "member": self.member,
            "left": None if self.left is None else list(self.left),
            "entered": None if self.entered is None else list(self.entered),
            "change": self.change,
            "value": self.value,
        }


def trace(registry: Registry, definition: Definition, rules: Rules, size: int) -> list[Step]:
    """Every step of a definition's value in the first `size` entries, in log order."""
    if definition.measure == MASSACRES:
        moves = _massacre_moves(registry, definition, rules, size)
    elif definition.of_incidents:
        moves = _incident_moves(registry, definition, rules, size)
    elif definition.of_estimates:
        moves = _estimate_moves(registry, definition, size)
    else:
        moves = _claim_moves(registry, definition, rules, size)
    steps, value = [], 0
    for index, member, left, entered, change in moves:
        value += change
        steps.append(Step(index, member, left, entered, value, change))
    return steps


Move = tuple[int, str, Row | None, Row | None, int]
# The row of a member and how much it counts for: 1, or in a sum what it adds.
_Stood = tuple[Row, int]


def _claim_moves(
    registry: Registry, definition: Definition, rules: Rules, size: int
) -> Iterator[Move]:
    columns = "".join(f", {column(definition, facet)}" for facet in definition.by)
    left: dict[tuple[int, str], _Stood] = {}
    entered: dict[tuple[int, str], _Stood] = {}
    with registry.reading() as cursor:
        chosen = (
            of_measure(definition, rules)
            & facets_match(cursor, definition, rules)
            & in_period(definition)
            & Condition("v.valid_from < ?", (size,))
        )
        cursor.execute(
            f"SELECT v.valid_from, v.valid_to, n.name{columns} FROM {versions(definition)} "
            f"WHERE {chosen.sql}",
            chosen.values,
        )
        for start, end, claim, *values in cursor:
            row = tuple(
                facet_value(definition, rules, facet, value)
                for facet, value in zip(definition.by, values, strict=True)
            )
            entered[start, claim] = row, 1
            if end < size:
                left[end, claim] = row, 1
    yield from _moves(left, entered)


def _incident_moves(
    registry: Registry, definition: Definition, rules: Rules, size: int
) -> Iterator[Move]:
    left: dict[tuple[int, str], _Stood] = {}
    entered: dict[tuple[int, str], _Stood] = {}
    with registry.reading() as cursor:
        found = incident_versions(cursor, size)
    for one in found:
        if counts(one, definition, rules):
            facets = one.facets(definition, rules)
            row = tuple(facets[facet] for facet in definition.by)
            addend = None if definition.addend is None else one.addend(definition.addend)
            stood = row, 1 if addend is None else addend[0]
            entered[one.log_index, one.name] = stood
            if one.valid_to < size:
                left[one.valid_to, one.name] = stood
    yield from _moves(left, entered)


def _estimate_moves(registry: Registry, definition: Definition, size: int) -> Iterator[Move]:
    left: dict[tuple[int, str], _Stood] = {}
    entered: dict[tuple[int, str], _Stood] = {}
    for one in estimate_versions(registry, size):
        if sums(one, definition):
            stood = tuple(one.said[facet] for facet in definition.by), one.best
            entered[one.log_index, one.name] = stood
            if one.valid_to < size:
                left[one.valid_to, one.name] = stood
    yield from _moves(left, entered)


def _moves(
    left: Mapping[tuple[int, str], _Stood], entered: Mapping[tuple[int, str], _Stood]
) -> Iterator[Move]:
    """What left and entered at one index is one move; nothing that stayed as it was is one."""
    for index, member in sorted(left.keys() | entered.keys()):
        before, after = left.get((index, member)), entered.get((index, member))
        if before != after:
            (left_row, was), (entered_row, now) = before or (None, 0), after or (None, 0)
            yield index, member, left_row, entered_row, now - was


def _massacre_moves(
    registry: Registry, definition: Definition, rules: Rules, size: int
) -> Iterator[Move]:
    """Replays what bears on massacres: incidents, and the deaths that are assigned to them."""
    with registry.reading() as cursor:
        incidents = incident_versions(cursor, size)
        deaths = death_versions(cursor, definition, rules, size)
    timeline = _Timeline(definition, rules)
    moved: dict[int, list[Callable[[], set[int]]]] = {}
    for one in incidents:
        moved.setdefault(one.log_index, []).append(partial(timeline.set_incident, one))
    for start, end, incident, matches in deaths:
        moved.setdefault(start, []).append(partial(timeline.add, incident, 1, matches))
        if end < size:
            moved.setdefault(end, []).append(partial(timeline.add, incident, -1, matches))
    for index in sorted(moved):
        touched = [change() for change in moved[index]]
        yield from timeline.settle(index, set().union(*touched))


class _Timeline:
    """The massacres at one moment of the replay."""

    def __init__(self, definition: Definition, rules: Rules) -> None:
        self._definition = definition
        self._rules = rules
        self._incidents: dict[int, IncidentAsOf] = {}
        self._final: dict[int, int] = {}  # incident -> the one that its deaths count for
        self._sources: dict[int, list[int]] = {}  # and back
        self._deaths: dict[int, list[int]] = {}  # incident -> deaths counted, deaths that match
        self._listed: dict[int, Row] = {}

    def set_incident(self, incident: IncidentAsOf) -> set[int]:
        """Take a new version; returns the incidents whose deaths may have changed."""
        number = incident.number
        before = self._final.get(number, number)
        is_new = number not in self._incidents
        self._incidents[number] = incident
        if is_new and incident.standing == OPEN:
            self._final[number], self._sources[number] = number, [number]
        else:
            self._final = final_incidents(self._incidents)
            self._sources = {}
            for source, target in self._final.items():
                self._sources.setdefault(target, []).append(source)
        return {number, before, self._final.get(number, number)}

    def add(self, incident: int, persons: int, matches: bool) -> set[int]:
        """Count deaths in or out; returns the incident that they count for."""
        counts = self._deaths.setdefault(incident, [0, 0])
        counts[0] += persons
        counts[1] += persons if matches else 0
        return {self._final.get(incident, incident)}

    def settle(self, index: int, touched: set[int]) -> Iterator[Move]:
        """The moves of one event, after all that it changed."""
        for number in sorted(touched):
            before, after = self._listed.get(number), self._row(number)
            if before != after:
                if after is None:
                    del self._listed[number]
                else:
                    self._listed[number] = after
                change = (after is not None) - (before is not None)
                yield index, self._incidents[number].name, before, after, change

    def _row(self, number: int) -> Row | None:
        """The incident's row when it is a massacre now, else None."""
        counts = [self._deaths.get(source, (0, 0)) for source in self._sources.get(number, ())]
        least = self._rules.massacre_threshold
        if sum(every for every, _ in counts) < least or sum(match for _, match in counts) < least:
            return None
        incident = self._incidents[number]
        if not asked_for(incident, self._definition, self._rules):
            return None
        facets = incident.facets(self._definition, self._rules)
        return tuple(facets[facet] for facet in self._definition.by)
