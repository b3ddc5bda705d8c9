"""What a stated number can mean: its best value, and how far its qualifier leaves it open.

At least five has no upper bound, nearly five no lower one, about five neither. A range that the
publisher gives is taken at its widest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from domain.estimate import EstimateStated
from domain.rules import Rules

_BOUNDED_BELOW = {"exact": 0, "at-least": 0, "more-than": 1}
_BOUNDED_ABOVE = frozenset({"exact", "nearly", "up-to"})


class Bounds(NamedTuple):
    """A value with the least and the most it can mean; `most` None is no upper bound."""

    best: int
    least: int
    most: int | None
    words: str

    def fits(self, whole: Bounds) -> bool:
        """Whether some reading of both makes this no more than the whole."""
        return whole.most is None or self.least <= whole.most

    def meets(self, other: Bounds) -> bool:
        """Whether some reading of both makes them one value."""
        return self.fits(other) and other.fits(self)


def bounds(figure: EstimateStated, rules: Rules) -> Bounds:
    """The bounds of a stated figure, with the words to show it by."""
    best, low, high = figure.value
    qualifier = figure.qualifier
    least = best + _BOUNDED_BELOW[qualifier] if qualifier in _BOUNDED_BELOW else 0
    most = best if qualifier in _BOUNDED_ABOVE else None
    words = str(best)
    if qualifier != "exact":
        words = f"{rules.label('qualifier', qualifier).lower()} {words}"
    if (low, high) != (None, None):
        words += f" ({best if low is None else low} to {best if high is None else high})"
    if low is not None:
        least = min(least, low)
    if high is not None and most is not None:
        most = max(most, high)
    return Bounds(best, least, most, words)


def summed(rows: Sequence[Bounds]) -> Bounds:
    """All of them together: what nobody is in twice."""
    tops = [row.most for row in rows if row.most is not None]
    return Bounds(
        sum(row.best for row in rows),
        sum(row.least for row in rows),
        sum(tops) if len(tops) == len(rows) else None,
        " + ".join(row.words for row in rows),
    )
