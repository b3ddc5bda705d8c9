"""A toll at every level of review side by side: "at least 111 verified, 1,200 reported".

Each level counts those above it too, so the numbers are nested and never summed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from domain.errors import Invalid
from domain.facets import REVIEWS
from domain.figure import Definition
from domain.measures import OF_ESTIMATES, OF_INCIDENTS
from domain.rules import Rules
from projections.numbers import Number, spelled, written
from projections.registry import Registry
from projections.toll import toll

# From the highest level to the least that the definition counts.
Levels = Mapping[str, Number]
_AT_LEAST = {"en": "at least", "ar": "ما لا يقل عن"}


class LevelRow(NamedTuple):
    """`values` are the row's facet values, in the order of the definition's `by`."""

    values: tuple[str, ...]
    levels: Levels


class TollByLevel(NamedTuple):
    """The total and the rows, each at every level."""

    definition: Definition
    rules: Rules
    total: Levels
    rows: tuple[LevelRow, ...]

    def to_json(self) -> dict[str, Any]:
        by = self.definition.by
        return {
            "definition": self.definition.to_json(),
            "total": written(list(self.total.values())[-1]),
            "levels": {level: written(number) for level, number in self.total.items()},
            "stated": {language: self._stated(language) for language in _AT_LEAST},
            "rows": [
                dict(zip(by, row.values, strict=True))
                | {level: written(number) for level, number in row.levels.items()}
                for row in self.rows
            ],
        }

    def _stated(self, language: str) -> str:
        """All levels in words: `at least 111 verified, 150 corroborated, 1,200 reported`."""
        parts = [
            f"{spelled(number)} {self.rules.label('review', level, language).lower()}"
            for level, number in self.total.items()
        ]
        return f"{_AT_LEAST[language]} {(', ' if language == 'en' else '، ').join(parts)}"


def by_level(registry: Registry, definition: Definition, rules: Rules, size: int) -> TollByLevel:
    """Count a definition at every level of review from its own upwards.

    Raises Invalid for what has no level of review, or asks for some levels alone.
    """
    if definition.measure in OF_INCIDENTS | OF_ESTIMATES:
        raise Invalid(f"levels: {definition.measure} have no level of review of their own")
    if "review" in definition.by or "review" in dict(definition.where):
        raise Invalid("levels: every level is shown; leave out --by review and --where review")
    counted = toll(registry, definition._replace(by=(*definition.by, "review")), rules, size)
    shown = tuple(reversed(REVIEWS[REVIEWS.index(definition.review) :]))
    total: dict[str, Number] = dict.fromkeys(shown, 0)
    rows: dict[tuple[str, ...], dict[str, Number]] = {}
    for row in counted.rows:
        *values, review = row.values
        of_row = rows.setdefault(tuple(values), dict.fromkeys(shown, 0))
        for level in shown[shown.index(review) :]:
            of_row[level] += row.numbers.deaths
    # Not the sum of the rows: a joint attack may be counted in several of them.
    least = toll(registry, definition._replace(by=("review",)), rules, size)
    for row in least.rows:
        for level in shown[shown.index(row.values[0]) :]:
            total[level] += row.numbers.deaths
    ordered = sorted(rows.items(), key=lambda one: (-one[1][shown[-1]], one[0]))
    return TollByLevel(
        definition, rules, total, tuple(LevelRow(values, levels) for values, levels in ordered)
    )
