"""Whether one row of the recount is among what a definition asks for, and its facets in words.

Plain code over a dictionary, sharing nothing with the projections: see `recount.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.dates import parse_dates
from domain.figure import Definition
from domain.rules import Rules

_NOTHING = "unknown"
_PLAIN = {
    "sex": "sex",
    "age-group": "age_group",
    "status": "status",
    "profession": "profession",
    "cause": "cause",
    "weapon": "weapon",
    "review": "review",
    "kind": "kind",
    "incident-kind": "kind",
    "origin": "origin",
    "incident": "incident",
}
_CATEGORIES = {
    "adult male": "men",
    "adult female": "women",
    "child male": "boys",
    "child female": "girls",
    "child unknown": "children-sex-unknown",
    "adult unknown": "adults-sex-unknown",
    "unknown male": "males-age-unknown",
    "unknown female": "females-age-unknown",
}
_AT_LEAST = {
    "reported": ("reported", "corroborated", "verified"),
    "corroborated": ("corroborated", "verified"),
    "verified": ("verified",),
}

Row = Mapping[str, Any]


def lies_in(date: str | None, definition: Definition) -> bool:
    """Whether a date is in the period that is asked for, by the rule for its edges."""
    if definition.period is None:
        return True
    if date is None:
        return False
    dates, period = parse_dates(date), parse_dates(definition.period)
    begins_in = period.first <= dates.first <= period.last
    ends_in = period.first <= dates.last <= period.last
    match definition.straddling:
        case "earliest":
            return begins_in
        case "latest":
            return ends_in
        case "possible":
            covers = dates.first < period.first and period.last < dates.last
            return begins_in or ends_in or covers
    return begins_in and ends_in


def began_and_ended(row: Row) -> dict[str, str]:
    """What a line of a stock says: when it began, and when it ended if it has."""
    relation, on = row["ended"]
    ended = {} if relation == "none" else {"ended": on or _NOTHING}
    return {"began": row["happened_on"], **ended}


def stood_on(row: Row, day: str, rule: str) -> bool:
    """Whether a claim had begun by the end of a day and had not ended, by the rule for dates."""
    if row["happened_on"] is None:
        return False
    began = parse_dates(row["happened_on"])
    relation, on = row["ended"]
    surely_begun, maybe_begun = began.last <= day, began.first <= day
    if relation == "none":
        surely_lasts = maybe_lasts = True
    elif on is None:
        surely_lasts, maybe_lasts = False, True
    else:
        ended = parse_dates(on)
        surely_lasts, maybe_lasts = ended.first > day, ended.last > day
    match rule:
        case "earliest":
            return maybe_begun and surely_lasts
        case "latest":
            return surely_begun and maybe_lasts
        case "possible":
            return maybe_begun and maybe_lasts
    return surely_begun and surely_lasts


def is_asked_for(row: Row, definition: Definition, rules: Rules) -> bool:
    """Whether a row has a value that is asked for of every facet, and the level of review."""
    if row["review"] not in _AT_LEAST[definition.review]:
        return False
    where = dict(definition.where)
    parties, groups = where.pop("party", None), where.pop("party-group", None)
    if parties is not None or groups is not None:
        found = [
            one
            for one in _held(row, definition, rules)
            if (parties is None or one[0] in parties) and (groups is None or one[1] in groups)
        ]
        if not found:
            return False
    return all(facet_of(row, facet, definition, rules) in where[facet] for facet in where)


def facet_of(row: Row, facet: str, definition: Definition, rules: Rules) -> str:
    """The word of a facet that a member's line says."""
    found: Any
    match facet:
        case "party":
            found = _seen(row["attribution"], definition.level, rules)
        case "party-group":
            found = _seen(row["attribution"], 1, rules)
            if "+" in found and definition.joint == "own-row":
                found = "joint"
        case "mode" | "confidence":
            found = row["attribution"][facet]
        case "governorate":
            found = row["place"]["governorate"] if row.get("place") else None
        case "district":
            found = (row.get("place") or {}).get("district")
        case "category":
            found = _CATEGORIES.get(f"{row['age_group']} {row['sex']}")
        case "source":
            found = "+".join(sorted({*row["sources"].values()}))
        case "month":
            found = _month(row[f"{definition.basis}_on"], definition.straddling)
        case _:
            found = row.get(_PLAIN[facet])
    return str(found or _NOTHING)


def _held(row: Row, definition: Definition, rules: Rules) -> list[tuple[str, str]]:
    """Each party and group that a row is filtered by: one in all, or one for each joint party."""
    attribution = row["attribution"]
    if definition.joint == "own-row":
        whole = facet_of(row, "party", definition, rules)
        return [(whole, facet_of(row, "party-group", definition, rules))]
    return [
        (_above(one, definition.level, rules), _above(one, 1, rules))
        for one in _row(attribution).split("+")
    ]


def _row(attribution: Mapping[str, Any]) -> str:
    mode, parties = attribution["mode"], attribution["parties"]
    if mode in ("joint-coordinated", "joint-undetermined"):
        return "+".join(parties)
    if mode == "unresolved-between":
        return "unresolved-between"
    return str(parties[0]) if parties else "unknown-party"


def _seen(attribution: Mapping[str, Any], level: int | None, rules: Rules) -> str:
    """The row of an attribution with every party seen from a level of the tree."""
    if level is None:
        return _row(attribution)
    return "+".join(sorted({_above(one, level, rules) for one in _row(attribution).split("+")}))


def _above(party: str, level: int | None, rules: Rules) -> str:
    """The party's own ancestor at a level, 1 being the top; itself, if it is not below."""
    known, path = rules.vocabularies.get("party", {}), [party]
    while path[0] in known and (parent := known[path[0]].parent) is not None:
        path.insert(0, parent)
    return party if level is None or level > len(path) else path[level - 1]


def _month(text: str | None, rule: str) -> str | None:
    if text is None:
        return None
    dates = parse_dates(text)
    first, last = dates.first[:7], dates.last[:7]
    if rule == "earliest":
        return first
    if rule == "latest" or first == last:
        return last
    return None
