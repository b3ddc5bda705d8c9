"""Why an incident is a member of a figure: every condition of the definition, one by one."""

from __future__ import annotations

from domain.facets import INCIDENT_FACETS
from domain.figure import Definition
from domain.measures import MASSACRES
from domain.rules import Rules
from projections.incidents import counted_incidents
from projections.massacres import IncidentAsOf, massacres
from projections.registry import Registry
from projections.why import Met


def why_incidents(
    registry: Registry, definition: Definition, rules: Rules, size: int
) -> dict[str, list[Met]]:
    """Of each member of a figure that counts incidents, or sums over them, what makes it one."""
    if definition.measure == MASSACRES:
        least = rules.massacre_threshold
        return {
            one.incident.name: [
                *_own(one.incident, definition, rules),
                Met(f"{least} or more were killed in it", str(one.killed), True),
                Met(f"{least} or more of them match", str(len(one.claims)), True),
            ]
            for one in massacres(registry, definition, rules, size)
        }
    return {
        one.name: [*_own(one, definition, rules), *_dated(one, definition)]
        for one in counted_incidents(registry, definition, rules, size)
    }


def _own(incident: IncidentAsOf, definition: Definition, rules: Rules) -> list[Met]:
    facets = incident.facets(definition, rules)
    return [
        Met("stands open", incident.standing, True),
        *(
            Met(f"{facet} is {' or '.join(wanted)}", facets[facet], True)
            for facet, wanted in definition.where
            if facet in facets and (definition.measure != MASSACRES or facet in INCIDENT_FACETS)
        ),
    ]


def _dated(incident: IncidentAsOf, definition: Definition) -> list[Met]:
    met = []
    if definition.period is not None:
        asked = f"happened within {definition.period} ({definition.straddling})"
        met.append(Met(asked, incident.happened or "unknown", True))
    if definition.addend is not None:
        value, qualifier = incident.addend(definition.addend) or (0, "none")
        met.append(Met(f"states its {definition.addend}", f"{value} ({qualifier})", True))
    return met
