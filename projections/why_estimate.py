"""Why a stated figure is an addend of a sum: every condition of the definition, one by one."""

from __future__ import annotations

from domain.figure import Definition
from projections.estimates import EstimateAsOf, counted_estimates
from projections.registry import Registry
from projections.why import Met


def why_estimates(registry: Registry, definition: Definition, size: int) -> dict[str, list[Met]]:
    """Of each addend what makes it one."""
    return {
        one.name: _conditions(one, definition)
        for one in counted_estimates(registry, definition, size)
    }


def _conditions(estimate: EstimateAsOf, definition: Definition) -> list[Met]:
    met = [Met("stands open", estimate.standing, True)]
    for facet, wanted in definition.where:
        met.append(Met(f"{facet} is {' or '.join(wanted)}", estimate.said[facet], True))
    if definition.period is not None:
        asked = f"stated for a period in {definition.period} ({definition.straddling})"
        met.append(Met(asked, estimate.period or "unknown", True))
    return [*met, Met("states a number", f"{estimate.best} ({estimate.qualifier})", True)]
