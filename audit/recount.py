"""The plain recount: an independent second way to every published number.

A fold of the events into dictionaries and a loop over them, sharing no code with the projections
and none with the claim's own fold: where the two disagree, one of them is wrong. What a revoked key
signed from its suspect index on is left out, by a second fold of the streams concerned. Memory
grows with the number of claims, some 700 bytes each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from sys import intern
from typing import Any, NamedTuple

from audit.counted import began_and_ended, facet_of, is_asked_for, lies_in, stood_on
from audit.stated import asks_for, facets_of
from domain.event import Event
from domain.facets import INCIDENT_FACETS
from domain.figure import Definition, member_line
from domain.rules import Rules

_HELD = ("detention", "enforced-disappearance", "abduction")
_NO_END = ("none", None)
_DATES = {"happened": "happened_on", "documented": "documented_on"}
_PLACES = {"death": "place", "origin": "origin"}
_BEARING = frozenset(
    {
        *("ClaimRecorded", "IncidentRecorded", "AttributionChanged", "DateRevised", "PlaceRevised"),
        *("QuantityRevised", "FacilityHit"),
        *("ClassificationRevised", "IncidentAssigned", "Corroborated", "Verified", "MergedInto"),
        *("Retracted", "Unmerged", "Reinstated", "SourceLinked", "SourceUnlinked"),
        *("CustodyStatusChanged", "OutcomeLinked", "OutcomeUnlinked"),
        *("EstimateStated", "EstimateRevised", "EstimateWithdrawn"),
    }
)
_KEPT = (
    *("kind", "sex", "age_group", "status", "profession", "cause", "weapon"),
    *("happened_on", "documented_on", "attribution", "place", "origin", "incident"),
    *("munitions", "injured", "facilities"),
)

Row = dict[str, Any]


class Past(NamedTuple):
    """An accepted event with its index and all its signers, read again from the log."""

    log_index: int
    event: Event
    signers: tuple[str, ...]


# The events with indexes from the first number to before the second: of one stream, or of all.
Reread = Callable[[int, int, str | None], Iterable[Past]]


class Recount:
    """Takes the events in log order and counts whenever it is asked.

    `reread` gives accepted events again, in log order; it is asked only when a key's signatures
    become suspect, and when events are reaffirmed.
    """

    def __init__(self, reread: Reread) -> None:
        self.claims: dict[str, Row] = {}
        self.incidents: dict[str, Row] = {}
        self.estimates: dict[str, Row] = {}
        self._reread = reread
        self._revoked: dict[str, int] = {}  # key -> the index at which it could sign no more
        self._mistrusted: dict[str, list[tuple[int, int]]] = {}
        self._left_out: dict[str, set[int]] = {}  # stream -> the indexes of its suspect events
        self._ends: dict[str, set[str]] = {}  # claim -> those that ever led to it
        self._swallowed: dict[str, set[str]] = {}  # claim -> those that were ever merged into it

    def take(self, log_index: int, event: Event) -> None:
        """Fold one accepted event; whatever does not bear on a count is passed over."""
        if event.stream_kind == "authority":
            self._take_key(log_index, event)
        elif event.type == "Reaffirmed":
            self._fold_again(event.stream, log_index)
        elif event.type in _BEARING and (rows := self._rows(event.stream)) is not None:
            row = rows.setdefault(event.stream, _new_row())
            if row["standing"] == "suspect":
                self._fold_again(event.stream, log_index, always=True)
            else:
                _apply(row, event.type, event.body)
                row["index"] = log_index
                self._end(event.stream, log_index)

    def ended(self, name: str) -> tuple[str, str | None]:
        """What ended a claim as things stand, and when: a relation (or none), an EDTF date."""
        claim = self.claims[name]
        relation, later = claim.get("outcome", _NO_END)
        passed = set[str]()
        while later is not None and later not in passed:
            passed.add(later)
            one = self.claims[later]
            if one["standing"] == "open":
                return relation, one["happened_on"]
            later = one["into"] if one["standing"] == "merged" else None
        custody = claim.get("custody") or {}
        if claim["kind"] in _HELD and custody.get("status") == "released":
            return "released", custody.get("released_on")
        if claim["kind"] in _HELD and custody.get("status") == "died":
            return "died", None
        return _NO_END

    def _end(self, name: str, log_index: int) -> None:
        """After a claim changed: what ended it, and what ended the claims that it bears on."""
        if name not in self.claims:
            return
        claim = self.claims[name]
        claim["ended"] = self.ended(name)
        if "outcome" in claim:
            self._ends.setdefault(claim["outcome"][1], set()).add(name)
        if claim["standing"] == "merged":
            self._swallowed.setdefault(claim["into"], set()).add(name)
        reached, waiting = set[str](), [name]
        while waiting:
            one = waiting.pop()
            if one not in reached:
                reached.add(one)
                waiting.extend(self._swallowed.get(one, ()))
        for one in {earlier for later in reached for earlier in self._ends.get(later, ())}:
            if self.claims[one]["ended"] != (now := self.ended(one)):
                self.claims[one].update(ended=now, index=log_index)

    def _rows(self, stream: str) -> dict[str, Row] | None:
        kind = stream.partition("/")[0]
        known = {"claim": self.claims, "incident": self.incidents, "estimate": self.estimates}
        return known.get(kind)

    def _take_key(self, log_index: int, event: Event) -> None:
        if event.type not in ("KeyEnrolled", "KeyRevoked"):
            return
        key = "+".join(event.body["vkey"].split("+")[:2])
        if event.type == "KeyEnrolled":
            self._revoked.pop(key, None)
            return
        end = self._revoked.setdefault(key, log_index)
        start = event.body["suspect_from"]
        if start is not None:
            self._mistrusted.setdefault(key, []).append((start, end))
            signed = {one.event.stream for one in self._reread(start, end, None) if key in one[2]}
            for stream in signed:
                self._fold_again(stream, log_index)

    def _fold_again(self, stream: str, log_index: int, *, always: bool = False) -> None:
        """Fold a stream without its suspect events, if some became suspect or are so no longer."""
        rows = self._rows(stream)
        if rows is None:
            return
        past = list(self._reread(0, log_index + 1, stream))
        before, after = self._left_out.get(stream, set()), self._suspects(past)
        self._left_out[stream] = after
        moved = before ^ after
        if not always and all(
            one.log_index not in moved or one.event.type not in _BEARING for one in past
        ):
            return
        row = rows[stream] = _new_row()
        for one in past:
            if one.event.version == 1 or one.log_index not in after:
                _apply(row, one.event.type, one.event.body)
        if past[0].log_index in after:
            row["standing"] = "suspect"
        row["index"] = log_index
        self._end(stream, log_index)

    def _suspects(self, past: Iterable[Past]) -> set[int]:
        """The indexes of those events of a stream that nobody vouches for but suspect keys."""
        found: set[int] = set()
        vouched: dict[int, set[str]] = {}
        for one in reversed(list(past)):
            doubted = all(
                any(start <= one.log_index < end for start, end in self._mistrusted.get(key, ()))
                for key in one.signers
            )
            if doubted and vouched.get(one.event.version, set()) <= set(one.signers):
                found.add(one.log_index)
            elif one.event.type == "Reaffirmed":
                for version in one.event.body["versions"]:
                    vouched.setdefault(version, set()).update(one.signers)
        return found

    def lines(self, definition: Definition, rules: Rules) -> list[bytes]:
        """The member lines of a figure, each without its newline, ascending by id."""
        if definition.measure == "massacres":
            found = self._massacres(definition, rules)
        elif definition.of_incidents:
            found = self._incidents(definition, rules)
        elif definition.of_estimates:
            found = self._estimates(definition)
        else:
            found = self._claims(definition, rules)
        return [line.removesuffix(b"\n") for _, line in sorted(found)]

    def _claims(self, definition: Definition, rules: Rules) -> Iterator[tuple[str, bytes]]:
        for name, claim in self._counted(definition, rules):
            facets = {
                facet: facet_of(claim, facet, definition, rules) for facet in definition.facets
            }
            dated = _date(claim, definition)
            more = began_and_ended(claim) if definition.on is not None else {}
            yield name, member_line(name, claim["index"], facets, dated, **more)

    def _counted(self, definition: Definition, rules: Rules) -> Iterator[tuple[str, Row]]:
        kinds = rules.measures.get(definition.measure)
        each_once = kinds is not None and {"killing", "torture-death"} <= set(kinds)
        for name, claim in self.claims.items():
            if claim["standing"] != "open" or (kinds is not None and claim["kind"] not in kinds):
                continue
            if claim["ended"][0] == "same-death" and each_once:
                continue  # another claim tells this death, and is counted for it
            if definition.on is None:
                dated = lies_in(claim[_DATES[definition.basis]], definition)
            else:
                dated = stood_on(claim, definition.on, definition.straddling)
            if dated and is_asked_for(claim, definition, rules):
                yield name, claim

    def _incidents(self, definition: Definition, rules: Rules) -> Iterator[tuple[str, bytes]]:
        for name, incident in self.incidents.items():
            if incident["standing"] != "open" or not lies_in(incident["happened_on"], definition):
                continue
            named, summed = incident | {"incident": name}, definition.addend
            more = {} if summed is None else _addend(incident, summed)
            if more is not None and is_asked_for(named, definition, rules):
                facets = {f: facet_of(named, f, definition, rules) for f in definition.facets}
                dated = _date(incident, definition)
                yield name, member_line(name, incident["index"], facets, dated, **more)

    def _estimates(self, definition: Definition) -> Iterator[tuple[str, bytes]]:
        for name, row in self.estimates.items():
            if row["standing"] == "open" and asks_for(row["stated"], definition):
                stated, best = row["stated"], row["stated"]["value"]["best"]
                more = {"addend": best, "qualifier": stated["qualifier"]}
                facets = {facet: facets_of(stated)[facet] for facet in definition.facets}
                dated = None if definition.period is None else stated["period"]
                yield name, member_line(name, row["index"], facets, dated, **more)

    def _massacres(self, definition: Definition, rules: Rules) -> Iterator[tuple[str, bytes]]:
        """Open incidents whose deaths, and whose deaths that match, both reach the threshold.

        Filters on what an incident has of its own ask the incident; the others, the level of
        review and the period ask each death. Deaths of a merged incident count for the one it was
        merged into.
        """
        of_incident = definition._replace(
            where=tuple((f, v) for f, v in definition.where if f in INCIDENT_FACETS),
            review="reported",
        )
        of_claims = definition._replace(
            measure="deaths",
            by=(),
            where=tuple((f, v) for f, v in definition.where if f not in INCIDENT_FACETS),
        )
        everything = of_claims._replace(where=(), period=None, review="reported")
        killed = self._of_incidents(everything, rules)
        matching = self._of_incidents(of_claims, rules)
        least = rules.massacre_threshold
        for name, claims in matching.items():
            incident = self.incidents[name] | {"incident": name}
            if len(killed[name]) < least or len(claims) < least:
                continue
            if is_asked_for(incident, of_incident, rules):
                facets = {f: facet_of(incident, f, definition, rules) for f in definition.facets}
                index = max(incident["index"], *(self.claims[claim]["index"] for claim in claims))
                yield name, member_line(name, index, facets, None, claims=sorted(claims))

    def _of_incidents(self, definition: Definition, rules: Rules) -> dict[str, list[str]]:
        """The claims that can make a massacre, by the open incident that they count for."""
        found: dict[str, list[str]] = {}
        for name, claim in self._counted(definition, rules):
            incident, passed = claim["incident"], set()
            while incident is not None and self.incidents[incident]["standing"] == "merged":
                # Merged in a circle, as they can be when an unmerging is suspect: nobody's deaths.
                passed.add(incident)
                into = self.incidents[incident]["into"]
                incident = None if into in passed else into
            if (
                incident is not None
                and self.incidents[incident]["standing"] == "open"
                and claim["status"] in rules.massacre_statuses
            ):
                found.setdefault(incident, []).append(name)
        return found


def _new_row() -> Row:
    return {"standing": "open", "review": "reported"}


def _apply(row: Row, kind: str, body: Mapping[str, Any]) -> None:
    """Change the row by an event; those that bear on no count change nothing."""
    match kind:
        case "ClaimRecorded" | "IncidentRecorded":
            row.update((field, _kept(body[field])) for field in _KEPT if field in body)
            row["sources"] = {one["id"]: _kept(one["kind"]) for one in body.get("sources", ())}
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
        case "SourceLinked":
            row["sources"][body["source"]["id"]] = _kept(body["source"]["kind"])
        case "SourceUnlinked":
            # Its linking may be left out, as suspect.
            row["sources"].pop(body["source"], None)
        case "Corroborated" | "Verified":
            row["review"] = intern(kind.lower())
        case "MergedInto":
            row["standing"], row["into"] = "merged", body["into"]
        case "Retracted":
            row["standing"] = "retracted"
        case "Unmerged" | "Reinstated":
            row["standing"] = "open"
    _apply_to_quantities(row, kind, body)
    _apply_to_person(row, kind, body)
    _apply_to_stated(row, kind, body)


def _apply_to_stated(row: Row, kind: str, body: Mapping[str, Any]) -> None:
    """The same of what a publisher states."""
    if kind == "EstimateStated":
        row["stated"] = {**body, "quote": None}
    elif kind == "EstimateRevised":
        row["stated"] = row["stated"] | {"value": body["to"]}
    elif kind == "EstimateWithdrawn":
        row["standing"] = "withdrawn"


def _apply_to_quantities(row: Row, kind: str, body: Mapping[str, Any]) -> None:
    """The same of what an incident adds to a sum."""
    if kind == "QuantityRevised":
        row[body["quantity"]] = body["to"]
    elif kind == "FacilityHit":
        row["facilities"] = [*row["facilities"], body["facility"]]


def _apply_to_person(row: Row, kind: str, body: Mapping[str, Any]) -> None:
    """The same of what became of a person; of one who was held, what happened is the arrest."""
    if kind == "ClaimRecorded" and body["kind"] in _HELD:
        row["said"], row["custody"] = body["happened_on"], body["custody"]
    elif kind == "DateRevised" and "said" in row and body["date"] == "happened":
        row["said"] = body["to"]
    elif kind == "CustodyStatusChanged":
        row["custody"] = body["to"]
    elif kind == "OutcomeLinked":
        row["outcome"] = (body["relation"], body["claim"])
    elif kind == "OutcomeUnlinked":
        row.pop("outcome", None)
    if "said" in row:
        row["happened_on"] = row["said"] or (row["custody"] or {}).get("detained_on")


def _kept(value: Any) -> Any:
    # Vocabulary words repeat in every claim: one copy of each is enough.
    return intern(value) if type(value) is str else value


def _addend(row: Row, summed: str) -> dict[str, Any] | None:
    """What an incident adds to a sum, as its line says it; None when it adds nothing."""
    if summed == "facilities":
        hits = len(row["facilities"])
        return {"addend": hits, "qualifier": "exact"} if hits else None
    stated = row[summed]
    return None if stated is None else {"addend": stated["value"], "qualifier": stated["qualifier"]}


def _date(row: Row, definition: Definition) -> str | None:
    return None if definition.period is None else row[_DATES[definition.basis]]
