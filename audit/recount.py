"""The plain recount: an independent second way to every published number.

A fold of the events into dictionaries and a loop over them, sharing no code with the projections
and none with the claim's own fold: where the two disagree, one of them is wrong. Memory grows with
the number of claims, some 700 bytes each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from sys import intern
from typing import Any

from domain.dates import Dates, parse_dates
from domain.event import Event
from domain.facets import INCIDENT_FACETS
from domain.figure import Definition, member_line
from domain.rules import Rules

_NOTHING = "unknown"
_DEATHS = ("killing", "torture-death")
_DATES = {"happened": "happened_on", "documented": "documented_on"}
_PLACES = {"death": "place", "origin": "origin"}
_PLAIN = {
    "sex": "sex",
    "age-group": "age_group",
    "status": "status",
    "profession": "profession",
    "cause": "cause",
    "weapon": "weapon",
    "review": "review",
    "kind": "kind",
}
_GROUPS = {
    "adult male": "men",
    "adult female": "women",
    "child male": "boys",
    "child female": "girls",
    "child unknown": "children-sex-unknown",
    "adult unknown": "adults-sex-unknown",
    "unknown male": "males-age-unknown",
    "unknown female": "females-age-unknown",
}
_KEPT = (*_PLAIN.values(), *_DATES.values(), "attribution", "place", "origin", "incident")

Row = dict[str, Any]


class Recount:
    """Takes the events in log order and counts whenever it is asked."""

    def __init__(self) -> None:
        self.claims: dict[str, Row] = {}
        self.incidents: dict[str, Row] = {}

    def take(self, log_index: int, event: Event) -> None:
        """Fold one accepted event; whatever does not bear on a count is passed over."""
        if event.stream_kind == "claim":
            row = self.claims.setdefault(event.stream, {"standing": "open", "review": "reported"})
        elif event.stream_kind == "incident":
            row = self.incidents.setdefault(event.stream, {"standing": "open"})
        else:
            return
        if _apply(row, event.type, event.body):
            row["index"] = log_index

    def lines(self, definition: Definition, rules: Rules) -> list[bytes]:
        """The member lines of a figure, each without its newline, ascending by id."""
        if definition.measure == "massacres":
            found = self._massacres(definition, rules)
        else:
            found = self._deaths(definition, rules)
        return [line.removesuffix(b"\n") for _, line in sorted(found)]

    def _deaths(self, definition: Definition, rules: Rules) -> Iterator[tuple[str, bytes]]:
        for name, claim, facets in self._counted(definition, rules):
            yield name, member_line(name, claim["index"], facets, _date(claim, definition))

    def _counted(
        self, definition: Definition, rules: Rules
    ) -> Iterator[tuple[str, Row, dict[str, str]]]:
        period = definition.dates
        for name, claim in self.claims.items():
            if claim["standing"] != "open" or claim["kind"] not in _DEATHS:
                continue
            if period is not None and not _within(claim[_DATES[definition.basis]], period):
                continue
            facets = {facet: _facet(claim, facet, definition, rules) for facet in definition.facets}
            if all(facets[facet] in values for facet, values in definition.where):
                yield name, claim, facets

    def _massacres(self, definition: Definition, rules: Rules) -> Iterator[tuple[str, bytes]]:
        """Open incidents whose deaths, and whose deaths that match, both reach the threshold.

        Filters on what an incident has of its own ask the incident; the others, and the period,
        ask each death. Deaths of a merged incident count for the one it was merged into.
        """
        of_incident = [(f, v) for f, v in definition.where if f in INCIDENT_FACETS]
        of_claims = definition._replace(
            measure="deaths",
            by=(),
            where=tuple((f, v) for f, v in definition.where if f not in INCIDENT_FACETS),
        )
        everything = of_claims._replace(where=(), period=None)
        killed = self._of_incidents(everything, rules)
        matching = self._of_incidents(of_claims, rules)
        least = rules.massacre_threshold
        for name, claims in matching.items():
            incident = self.incidents[name]
            if len(killed[name]) < least or len(claims) < least:
                continue
            facets = {f: _facet(incident, f, definition, rules) for f in definition.facets}
            if "incident" in facets:
                facets["incident"] = name
            if all(facets[facet] in values for facet, values in of_incident):
                index = max(incident["index"], *(self.claims[claim]["index"] for claim in claims))
                yield name, member_line(name, index, facets, None, claims=sorted(claims))

    def _of_incidents(self, definition: Definition, rules: Rules) -> dict[str, list[str]]:
        """The claims that can make a massacre, by the open incident that they count for."""
        found: dict[str, list[str]] = {}
        for name, claim, _ in self._counted(definition, rules):
            incident = claim["incident"]
            while incident is not None and self.incidents[incident]["standing"] == "merged":
                incident = self.incidents[incident]["into"]
            if (
                incident is not None
                and self.incidents[incident]["standing"] == "open"
                and claim["status"] in rules.massacre_statuses
            ):
                found.setdefault(incident, []).append(name)
        return found


def _apply(row: Row, kind: str, body: Mapping[str, Any]) -> bool:
    """Change the row; says whether the event bears on any count."""
    match kind:
        case "ClaimRecorded" | "IncidentRecorded":
            row.update((field, _kept(body[field])) for field in _KEPT if field in body)
        case "AttributionChanged":
            row["attribution"] = _kept(body["to"])
        case "DateRevised":
            row[_DATES[body["date"]]] = body["to"]
        case "PlaceRevised":
            row[_PLACES[body["place"]]] = _kept(body["to"])
        case "ClassificationRevised":
            row[body["field"]] = _kept(body["to"])
        case "IncidentAssigned":
            row["incident"] = body["to"]
        case "Corroborated" | "Verified":
            row["review"] = intern(kind.lower())
        case "MergedInto":
            row["standing"], row["into"] = "merged", body["into"]
        case "Retracted":
            row["standing"] = "retracted"
        case "Unmerged" | "Reinstated":
            row["standing"] = "open"
        case _:
            return False
    return True


def _kept(value: Any) -> Any:
    # Vocabulary words repeat in every claim: one copy of each is enough.
    return intern(value) if type(value) is str else value


def _within(text: str | None, period: Dates) -> bool:
    if text is None:
        return False
    dates = parse_dates(text)
    return period.first <= dates.first and dates.last <= period.last


def _date(row: Row, definition: Definition) -> str | None:
    return None if definition.period is None else row[_DATES[definition.basis]]


def _facet(row: Row, facet: str, definition: Definition, rules: Rules) -> str:
    if facet in _PLAIN:
        return str(row.get(_PLAIN[facet]) or _NOTHING)
    found: Any
    match facet:
        case "party":
            found = _party(row["attribution"])
        case "party-group":
            found = rules.group(_party(row["attribution"]))
        case "mode":
            found = row["attribution"]["mode"]
        case "governorate":
            found = row["place"]["governorate"] if row.get("place") else None
        case "district":
            found = (row.get("place") or {}).get("district")
        case "category":
            found = _GROUPS.get(f"{row['age_group']} {row['sex']}")
        case "month":
            found = _month(row.get(_DATES[definition.basis]))
        case _:
            found = row.get(facet)
    return str(found or _NOTHING)


def _party(attribution: Mapping[str, Any]) -> str:
    mode, parties = attribution["mode"], attribution["parties"]
    if mode in ("joint-coordinated", "joint-undetermined"):
        return "+".join(parties)
    if mode == "unresolved-between":
        return "unresolved-between"
    return str(parties[0]) if parties else "unknown-party"


def _month(text: str | None) -> str:
    if text is None:
        return _NOTHING
    dates = parse_dates(text)
    return dates.first[:7] if dates.first[:7] == dates.last[:7] else _NOTHING
