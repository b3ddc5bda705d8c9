"""Stated figures as they stand or stood, and those that a definition sums."""

from __future__ import annotations

from typing import NamedTuple

from domain.dates import parse_dates
from domain.figure import Definition
from domain.life import OPEN
from projections.counting import Condition, stands
from projections.registry import Registry


class EstimateAsOf(NamedTuple):
    """A version of a stated figure; `log_index` is of the event that made it, and `valid_to` of
    the one that replaced it. `low` and `high` are the stated range, the best value where none is.
    """

    name: str
    log_index: int
    valid_to: int
    standing: str
    period: str | None
    best: int
    low: int
    high: int
    qualifier: str
    said: dict[str, str]

    @property
    def addend(self) -> tuple[int, str]:
        """What it adds to a sum, and its qualifier."""
        return self.best, self.qualifier

    def facets(self, definition: Definition) -> dict[str, str]:
        """The facets that the definition uses."""
        return {facet: self.said[facet] for facet in definition.facets}


# The facets, in the order of their columns.
_FACETS = {
    "stated-measure": "measure",
    "stated-category": "category",
    "stated-party": "party",
    "unit": "unit",
    "population": "population",
    "grade": "grade",
    "publisher": "publisher",
    "publication": "publication",
    "governorate": "governorate",
}


def estimate_versions(registry: Registry, size: int) -> list[EstimateAsOf]:
    """Every version that the first `size` entries made, by name and index."""
    return _read(registry, Condition("v.valid_from < ?", (size,)))


def estimates_at(registry: Registry, definition: Definition, size: int) -> list[EstimateAsOf]:
    """Those that stand and whose facets are asked for, of whatever period, ascending by name."""
    return [one for one in _read(registry, stands(size)) if _is_asked_for(one, definition)]


def counted_estimates(
    registry: Registry, definition: Definition, size: int, *, rule: str | None = None
) -> list[EstimateAsOf]:
    """The stated figures that a definition sums; with `rule`, by another rule for periods."""
    found = estimates_at(registry, definition, size)
    return [one for one in found if lies_in(one, definition, rule)]


def sums(estimate: EstimateAsOf, definition: Definition) -> bool:
    """Whether a version is one that the definition sums."""
    return _is_asked_for(estimate, definition) and lies_in(estimate, definition)


def lies_in(estimate: EstimateAsOf, definition: Definition, rule: str | None = None) -> bool:
    """Whether the stated period is in the period asked for; none is in none."""
    asked = definition.dates
    if asked is None:
        return True
    rule = rule or definition.straddling
    return estimate.period is not None and parse_dates(estimate.period).lies_in(asked, rule)


def _is_asked_for(estimate: EstimateAsOf, definition: Definition) -> bool:
    return estimate.standing == OPEN and all(
        estimate.said[facet] in wanted for facet, wanted in definition.where
    )


def _read(registry: Registry, condition: Condition) -> list[EstimateAsOf]:
    columns = ", ".join(f"v.{column}" for column in _FACETS.values())
    with registry.reading() as cursor:
        cursor.execute(
            "SELECT v.estimate, v.valid_from, v.valid_to, v.standing, v.period, v.best, "
            f"coalesce(v.low, v.best), coalesce(v.high, v.best), v.qualifier, {columns} "
            f"FROM estimate_versions v WHERE {condition.sql} ORDER BY v.estimate, v.valid_from",
            condition.values,
        )
        return [
            EstimateAsOf._make((*one[:9], dict(zip(_FACETS, one[9:], strict=True))))
            for one in cursor.fetchall()
        ]
