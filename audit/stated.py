"""Whether a stated figure, as the recount has it, is among those that a definition sums.

Plain code over a dictionary, sharing nothing with the projections: see `recount.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from audit.counted import lies_in
from domain.dates import parse_dates
from domain.figure import Definition

Stated = Mapping[str, Any]


def asks_for(stated: Stated, definition: Definition) -> bool:
    """Whether every facet has a value that is asked for, and the stated period is in the period."""
    said = facets_of(stated)
    if any(said[facet] not in wanted for facet, wanted in definition.where):
        return False
    if definition.straddling != "equal":
        return lies_in(stated["period"], definition)
    return stated["period"] is not None and _days(stated["period"]) == _days(definition.period)


def _days(period: Any) -> tuple[str, str]:
    dates = parse_dates(period)
    return dates.first, dates.last


def facets_of(stated: Stated) -> dict[str, str]:
    """The word of every facet; what a figure does not say is unknown."""
    place = stated["place"] or {}
    found = {
        "stated-measure": stated["measure"],
        "stated-category": stated["category"],
        "stated-party": stated["party"],
        "governorate": place.get("governorate"),
    }
    plain = ("unit", "population", "grade", "publisher", "publication")
    found |= {facet: stated[facet] for facet in plain}
    return {facet: word or "unknown" for facet, word in found.items()}
