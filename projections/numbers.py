"""How many, by age and sex: what a row of a toll says, exactly and never rounded."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

from domain.facets import CHILDREN

Number = int | Fraction  # a fraction only where joint attacks are shared


class Numbers(NamedTuple):
    """Members; deaths = children + women + men + unknown, and boys and girls are children.

    `deaths` is the number of members whatever is measured. `unknown` are those whose age group, or
    as adults whose sex, is not known; of incidents nothing but their number is.
    """

    deaths: Number = 0
    children: Number = 0
    women: Number = 0
    men: Number = 0
    boys: Number = 0
    girls: Number = 0
    unknown: Number = 0

    def plus(self, category: str, persons: Number) -> Numbers:
        """With so many persons more, all of one category (domain.facets.CATEGORIES)."""
        counted: dict[str, Number] = {"deaths": self.deaths + persons}
        if category in CHILDREN:
            counted["children"] = self.children + persons
        elif category not in ("women", "men"):
            counted["unknown"] = self.unknown + persons
        if category in ("women", "men", "boys", "girls"):
            counted[category] = getattr(self, category) + persons
        return self._replace(**counted)


def written(number: Number) -> Any:
    """A number as JSON: a fraction by its numerator and denominator, never rounded."""
    if isinstance(number, Fraction) and number.denominator != 1:
        return {"numerator": number.numerator, "denominator": number.denominator}
    return int(number)


def spelled(number: Number) -> str:
    """A number for people: `1,200`, and a fraction as `2 1/2`."""
    if not isinstance(number, Fraction) or number.denominator == 1:
        return f"{int(number):,}"
    whole, rest = divmod(number.numerator, number.denominator)
    return f"{whole:,} {rest}/{number.denominator}" if whole else f"{rest}/{number.denominator}"
