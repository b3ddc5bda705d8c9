"""The incidents of a ledger, page by page, for the command line and HTTP."""

from __future__ import annotations

from itertools import islice
from typing import Any

from api.questions import MOST, Filters, Questions, definition_of
from api.tables import Answer, Table, facet_words, short
from domain.errors import Invalid
from domain.facets import INCIDENT_FACETS, UNKNOWN
from domain.rules import Rules
from projections.incidents import incidents as listed

_FACETS = ("kind", "party", "mode", "governorate", "district", "cause", "weapon")


def incidents(
    questions: Questions, asked: Filters, *, after: str = "", limit: int = 100
) -> dict[str, Any]:
    """Incidents of every standing that may lie in the period; `next` asks for the following page.

    Raises Invalid for filters that incidents do not have.
    """
    if not 1 <= limit <= MOST:
        raise Invalid(f"limit: must be from 1 to {MOST}")
    for condition in asked.where:
        facet = condition.partition("=")[0]
        if facet not in INCIDENT_FACETS:
            known = ", ".join(sorted(INCIDENT_FACETS))
            raise Invalid(f"where {condition!r}: of incidents ask {known}")
    state = questions.as_of(asked.at)
    definition = definition_of(asked, state.rules, "massacres")
    found = (
        (one, into)
        for one, into in listed(questions.registry, definition, state.rules, state.size)
        if one.name > after
    )
    page = list(islice(found, limit + 1))
    return {
        "ledger": state.to_json(),
        "incidents": [
            {
                "id": one.name,
                "index": one.log_index,
                **{facet: getattr(one, facet) for facet in _FACETS},
                "place": one.place,
                "happened": one.happened,
                "standing": one.standing,
                "merged_into": into,
            }
            for one, into in page[:limit]
        ],
        "next": page[limit - 1][0].name if len(page) > limit else None,
    }


def incidents_table(answer: Answer, rules: Rules) -> Table:
    """One row for each incident, with its standing."""
    rows = tuple(
        (
            one["id"].partition("/")[2],
            rules.label("incident-kind", one["kind"]),
            one["happened"] or UNKNOWN,
            ", ".join(
                filter(None, (one["place"], facet_words(rules, "governorate", one["governorate"])))
            ),
            facet_words(rules, "party", one["party"]),
            rules.label("cause", one["cause"]),
            one["standing"]
            + ("" if one["merged_into"] is None else f" into {short(one['merged_into'])}"),
        )
        for one in answer["incidents"]
    )
    ledger = answer["ledger"]
    more = f"; more: --after {answer['next']}" if answer["next"] else ""
    return Table(
        "Incidents",
        ("incident", "kind", "happened", "place", "party", "cause", "standing"),
        rows,
        note=f"ledger {ledger['origin']} at {ledger['size']} entries, root "
        f"{ledger['root'][:12]}…{more}",
    )
