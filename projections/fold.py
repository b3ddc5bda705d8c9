"""The fold: entries in log order to versions of claims and incidents, each with its validity.

One event that bears on a count makes one version and closes the one before. When events become
suspect, or are reaffirmed, what they bear on is folded again from its stream without the suspect
ones. Only what a count can ask is folded; the whole of a claim is read from its stream. Entries are
trusted here (they were judged when they were accepted, and `audit` judges them again), so nothing
is checked twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from domain.attribution import row_of
from domain.dates import parse_dates
from domain.facets import UNKNOWN, category, month_of, source_row
from domain.kinds import HELD
from domain.life import MERGED, OPEN, RETRACTED
from domain.outcome import NO_OUTCOME, Ending
from domain.suspicion import REAFFIRMED, SUSPECT
from ledger.application import RecordedEvent
from ledger.entry import event_line
from ledger.recorder import RawEntry
from projections.endings import Endings, Held
from projections.suspicion import Changed, Suspicion

# The valid_to of a version that stands now.
STANDING = 2**63 - 1

# The columns of `cells` that events set, in their order; `category` follows from them.
FACETS = (
    "kind",
    "party",
    "mode",
    "governorate",
    "district",
    "origin",
    "sex",
    "age_group",
    "status",
    "profession",
    "cause",
    "weapon",
    "review",
    "standing",
    "outcome",
    "confidence",
    "source",
)
_AT = {facet: position for position, facet in enumerate(FACETS)}

Cell = tuple[str, ...]
# A row of claim_versions or incident_versions, mutable until it is written: a version that is
# closed in its own page is written closed.
Row = list[Any]
# (claims or incidents, stream names) -> their standing versions by name
Load = Callable[[str, list[str]], Mapping[str, Row]]

_ID, _VALID_FROM, _VALID_TO, _NUMBER = 0, 1, 2, 3
_CELL, _DOCUMENTED, _HAPPENED, _INCIDENT, _ENDED = 4, 5, 6, 7, 8
_DATES = {"documented": _DOCUMENTED, "happened": _HAPPENED}
_PARTY, _MODE, _CONFIDENCE, _GOVERNORATE, _DISTRICT, _PLACE = 5, 6, 7, 8, 9, 10
_CIRCUMSTANCES = {"cause": 11, "weapon": 12}
_WHEN, _STATE, _INTO = 13, 14, 15
# A quantity takes two columns, its number and its qualifier.
_QUANTITIES = {"munitions": 16, "injured": 18}
_FACILITIES = 20


class Page(NamedTuple):
    """What one page of entries adds; `*_ends` are (valid_to, id) of versions it closes.

    `first_*` are the ids of the first versions it adds. `suspects` are rows of that table,
    `suspect_ends` (valid_to, log_index) of those that are trusted again; `links` likewise, with
    (valid_to, claim, relation) of those that lead nowhere any more.
    """

    first_claim: int
    first_incident: int
    cells: list[tuple[Any, ...]]
    spans: list[tuple[Any, ...]]
    claims: list[tuple[int, str]]
    incidents: list[tuple[int, str]]
    claim_rows: list[Row]
    incident_rows: list[Row]
    claim_ends: list[tuple[int, int]]
    incident_ends: list[tuple[int, int]]
    suspects: list[Row]
    suspect_ends: list[tuple[int, int]]
    links: list[Row]
    link_ends: list[tuple[int, int, str]]


class Fold:
    """The standing versions by stream name, and the numbers given so far.

    A stream that is not remembered is loaded; a fold that starts at the first entry remembers
    every one.
    """

    def __init__(self, suspicion: Suspicion) -> None:
        self._suspicion = suspicion
        self.claims: dict[str, Row] = {}
        self.incidents: dict[str, Row] = {}
        self.cells: dict[Cell, int] = {}
        self.spans: dict[str | None, int] = {}
        self._cells_by_id: list[Cell] = []
        self._span_texts: list[str | None] = []
        self._endings = Endings()
        self._claim_versions = 0
        self._incident_versions = 0

    def know(
        self,
        cells: Iterable[Cell],
        spans: Iterable[str | None],
        versions: tuple[int, int],
        links: Iterable[tuple[str, str, str]],
    ) -> None:
        """Learn the cells and dates stored so far, in the order of their numbers.

        `versions` are how many of claims and of incidents are stored, `links` those that stand.
        """
        self._endings.know(links)
        self._claim_versions, self._incident_versions = versions
        self._cells_by_id = list(cells)
        self.cells = {cell: number for number, cell in enumerate(self._cells_by_id)}
        self._span_texts = list(spans)
        self.spans = {text: number for number, text in enumerate(self._span_texts)}

    def fold(self, entries: list[RawEntry], load: Load) -> Page:
        """Fold consecutive entries, the next after those folded before."""
        firsts = (self._claim_versions, self._incident_versions)
        page = Page(*firsts, [], [], [], [], [], [], [], [], [], [], [], [])
        if not self.spans:
            self._span(page, None)
        self._load = load
        self._recall(entries)
        for entry in entries:
            index, stream, _, kind, state = entry
            # A stream's kind by its first letter: claim, incident, or what no count asks for.
            letter = stream[0]
            if letter == "c":
                if kind == "ClaimRecorded":
                    self._record_claim(page, index, stream, _body(state))
                elif kind in _CLAIM_CHANGES:
                    self._change_claim(page, index, stream, kind, _body(state))
                elif kind == REAFFIRMED:
                    self._change_trust(page, index, [self._suspicion.reaffirm(entry)])
            elif letter == "i":
                if kind == "IncidentRecorded":
                    self._record_incident(page, index, stream, _body(state))
                elif kind in _INCIDENT_CHANGES:
                    self._change_incident(page, index, stream, kind, _body(state))
                elif kind == REAFFIRMED:
                    self._change_trust(page, index, [self._suspicion.reaffirm(entry)])
            elif letter == "a":
                self._change_trust(page, index, self._suspicion.take(entry))
            elif kind == REAFFIRMED:
                self._change_trust(page, index, [self._suspicion.reaffirm(entry)])
        return page

    def _recall(self, entries: list[RawEntry]) -> None:
        """Load what the page changes and is not remembered, in one query for each table."""
        missing: dict[str, set[str]] = {"c": set(), "i": set()}
        begun: set[str] = set()
        for _, stream, version, _, _ in entries:
            letter = stream[0]
            if version == 1:
                begun.add(stream)
            elif letter == "c":
                if stream not in self.claims and stream not in begun:
                    missing["c"].add(stream)
            elif letter == "i" and stream not in self.incidents and stream not in begun:
                missing["i"].add(stream)
        if missing["c"]:
            self.claims.update(self._load("claims", sorted(missing["c"])))
        if missing["i"]:
            self.incidents.update(self._load("incidents", sorted(missing["i"])))

    def _record_claim(self, page: Page, index: int, stream: str, body: dict[str, Any]) -> None:
        row = self._recorded_claim(page, index, stream, body)
        if body["kind"] in HELD:
            self._end(page, index, stream, row)
        page.claims.append((index, stream))
        self._add_claim(page, stream, row)

    def _recorded_claim(self, page: Page, index: int, stream: str, body: dict[str, Any]) -> Row:
        place, attribution = body["place"], body["attribution"]
        happened = body["happened_on"]
        if body["kind"] in HELD:
            held = Held(happened, body["custody"])
            self._endings.hold(stream, held)
            happened = held.began_on
        cell = (
            body["kind"],
            row_of(attribution["mode"], attribution["parties"]),
            attribution["mode"],
            *_codes(place),
            body["origin"] or UNKNOWN,
            body["sex"],
            body["age_group"],
            body["status"],
            body["profession"],
            body["cause"],
            body["weapon"],
            "reported",
            OPEN,
            NO_OUTCOME,
            attribution["confidence"] or UNKNOWN,
            source_row(one["kind"] for one in body["sources"]),
        )
        return [
            0,
            index,
            STANDING,
            index,
            self._cell(page, cell),
            self._span(page, body["documented_on"]),
            self._span(page, happened),
            self._incident(body["incident"]),
            0,
        ]

    def _add_claim(self, page: Page, stream: str, row: Row) -> None:
        row[_ID] = self._claim_versions
        self._claim_versions += 1
        page.claim_rows.append(row)
        self.claims[stream] = row

    def _change_claim(
        self, page: Page, index: int, stream: str, kind: str, body: dict[str, Any]
    ) -> None:
        before = self.claims[stream]
        links = self._endings.links(stream)
        if self._cells_by_id[before[_CELL]][_AT["standing"]] == SUSPECT:
            # What is not there cannot be changed: only its recording, reaffirmed, brings it back.
            events = self._suspicion.events(stream, index)
            row = self._refolded_claim(page, events, self._suspicion.suspects(events))
        else:
            row = before.copy()
            if kind in _ON_HELD and self._kind(row) in HELD:
                self._held(stream, index)
            self._apply_to_claim(page, stream, row, kind, body)
            if kind == "SourceUnlinked":
                # It names a source by its id: what kind that was, the stream says.
                events = self._suspicion.events(stream, index)
                self._set_sources(page, row, events, self._suspicion.suspects(events))
        self._replace_claim(page, index, stream, row)
        self._lead(page, index, stream, links)

    def _set_sources(
        self, page: Page, row: Row, events: Sequence[RecordedEvent], suspects: frozenset[int]
    ) -> None:
        recorded, *later = events
        sources = {one["id"]: one["kind"] for one in recorded.event.body["sources"]}
        for one in later:
            if one.originator_version in suspects:
                continue
            if one.event.type == "SourceLinked":
                sources[one.event.body["source"]["id"]] = one.event.body["source"]["kind"]
            elif one.event.type == "SourceUnlinked":
                # What was linked by a suspect event is not there.
                sources.pop(one.event.body["source"], None)
        cell = list(self._cells_by_id[row[_CELL]])
        cell[_AT["source"]] = source_row(sources.values())
        row[_CELL] = self._cell(page, tuple(cell))

    def _apply_to_claim(
        self, page: Page, stream: str, row: Row, kind: str, body: dict[str, Any]
    ) -> None:
        if kind == "SourceUnlinked":
            return
        self._endings.take(stream, kind, body)
        if kind == "DateRevised":
            row[_DATES[body["date"]]] = self._span(page, body["to"])
        elif kind == "IncidentAssigned":
            row[_INCIDENT] = self._incident(body["to"])
        elif kind in _CELL_CHANGES:
            cell = list(self._cells_by_id[row[_CELL]])
            _CELL_CHANGES[kind](cell, body)
            row[_CELL] = self._cell(page, tuple(cell))
        if kind in _ON_HELD and self._kind(row) in HELD:
            held = self._endings.held[stream]
            if kind == "CustodyStatusChanged":
                held = held._replace(custody=body["to"])
            elif body["date"] == "happened":
                held = held._replace(happened_on=body["to"])
            self._endings.hold(stream, held)
            row[_HAPPENED] = self._span(page, held.began_on)

    def _replace_claim(self, page: Page, index: int, stream: str, row: Row) -> None:
        self._end(page, index, stream, row)
        before = self.claims[stream]
        if before[_VALID_FROM] == index and before[_ID] >= page.first_claim:
            # One entry, one version: this one never stood.
            before[_CELL:] = row[_CELL:]
            return
        _close(page.first_claim, page.claim_ends, before, index)
        row[_VALID_FROM], row[_VALID_TO] = index, STANDING
        self._add_claim(page, stream, row)

    # --- outcomes

    def _end(self, page: Page, index: int, stream: str, row: Row) -> None:
        """Set what ended a claim, by how everything stands now."""
        kind = self._kind(row)
        if stream not in self._endings.outcomes and kind not in HELD:
            ended = Ending()
        else:
            held = self._held(stream, index) if kind in HELD else None
            ended = self._endings.of(stream, kind, held, self._state)
        cell = self._cells_by_id[row[_CELL]]
        if cell[_AT["outcome"]] != ended.relation:
            at = _AT["outcome"]
            row[_CELL] = self._cell(page, (*cell[:at], ended.relation, *cell[at + 1 :]))
        row[_ENDED] = self._span(page, ended.on)

    def _lead(self, page: Page, index: int, stream: str, before: dict[str, str]) -> None:
        """Keep the links that an entry changed, and look again at the claims that lead here."""
        number, after = self.claims[stream][_NUMBER], self._endings.links(stream)
        for relation in before.keys() | after.keys():
            if before.get(relation) == after.get(relation):
                continue
            if relation in before:
                _lead_nowhere(page, index, number, relation)
            if relation in after:
                self._require("claims", self.claims, after[relation])
                target = self.claims[after[relation]][_NUMBER]
                page.links.append([number, relation, index, STANDING, target])
        for one in self._endings.leading_to(stream):
            self._require("claims", self.claims, one)
            row = self.claims[one].copy()
            self._end(page, index, one, row)
            if row != self.claims[one]:
                self._replace_claim(page, index, one, row)

    def _kind(self, row: Row) -> str:
        return self._cells_by_id[row[_CELL]][_AT["kind"]]

    def _state(self, stream: str) -> tuple[str, str | None]:
        """How a claim stands, and the date at which it began."""
        self._require("claims", self.claims, stream)
        row = self.claims[stream]
        standing = self._cells_by_id[row[_CELL]][_AT["standing"]]
        return standing, self._span_texts[row[_HAPPENED]]

    def _held(self, stream: str, index: int) -> Held:
        """What the events before this one say of an arrest, read again when not remembered."""
        if stream not in self._endings.held:
            events = self._suspicion.events(stream, index - 1)
            suspects = self._suspicion.suspects(events)
            held = Held(events[0].event.body["happened_on"], events[0].event.body["custody"])
            for one in events[1:]:
                body = one.event.body
                if one.originator_version in suspects:
                    continue
                if one.event.type == "CustodyStatusChanged":
                    held = held._replace(custody=body["to"])
                elif one.event.type == "DateRevised" and body["date"] == "happened":
                    held = held._replace(happened_on=body["to"])
            self._endings.hold(stream, held)
        return self._endings.held[stream]

    def _record_incident(self, page: Page, index: int, stream: str, body: dict[str, Any]) -> None:
        page.incidents.append((index, stream))
        self._add_incident(page, stream, _recorded_incident(index, body))

    def _add_incident(self, page: Page, stream: str, row: Row) -> None:
        row[_ID] = self._incident_versions
        self._incident_versions += 1
        page.incident_rows.append(row)
        self.incidents[stream] = row

    def _change_incident(
        self, page: Page, index: int, stream: str, kind: str, body: dict[str, Any]
    ) -> None:
        before = self.incidents[stream]
        if before[_STATE] == SUSPECT:
            events = self._suspicion.events(stream, index)
            row = self._refolded_incident(events, self._suspicion.suspects(events))
        else:
            row = before.copy()
            self._apply_to_incident(row, kind, body)
        self._replace_incident(page, index, stream, row)

    def _apply_to_incident(self, row: Row, kind: str, body: dict[str, Any]) -> None:
        if kind == "MergedInto":
            row[_STATE], row[_INTO] = MERGED, self._incident(body["into"])
        else:
            _ROW_CHANGES[kind](row, body)

    def _replace_incident(self, page: Page, index: int, stream: str, row: Row) -> None:
        _close(page.first_incident, page.incident_ends, self.incidents[stream], index)
        row[_VALID_FROM], row[_VALID_TO] = index, STANDING
        self._add_incident(page, stream, row)

    # --- trust

    def _change_trust(self, page: Page, index: int, changes: Iterable[Changed]) -> None:
        """Fold again what bears on a count and is suspect now, or no longer."""
        for changed in changes:
            moved = [
                one
                for one in changed.events
                if (one.originator_version in changed.before)
                != (one.originator_version in changed.after)
            ]
            for one in moved:
                if one.originator_version in changed.after:
                    page.suspects.append(_suspect_row(one, index))
                else:
                    _trust_again(page, index, one.log_index)
            kinds = {one.event.type for one in moved}
            if kinds & _BEARING_ON_CLAIMS and changed.stream.startswith("c"):
                self._require("claims", self.claims, changed.stream)
                links = self._endings.links(changed.stream)
                row = self._refolded_claim(page, changed.events, changed.after)
                self._replace_claim(page, index, changed.stream, row)
                self._lead(page, index, changed.stream, links)
            elif kinds & _BEARING_ON_INCIDENTS and changed.stream.startswith("i"):
                row = self._refolded_incident(changed.events, changed.after)
                self._require("incidents", self.incidents, changed.stream)
                self._replace_incident(page, index, changed.stream, row)

    def _refolded_claim(
        self, page: Page, events: Sequence[RecordedEvent], suspects: frozenset[int]
    ) -> Row:
        recorded, *later = events
        index, stream = recorded.log_index, recorded.originator_id
        self._endings.forget(stream)
        row = self._recorded_claim(page, index, stream, recorded.event.body)
        for one in later:
            if one.event.type in _CLAIM_CHANGES and one.originator_version not in suspects:
                self._apply_to_claim(page, stream, row, one.event.type, one.event.body)
        self._set_sources(page, row, events, suspects)
        if 1 in suspects:
            cell = list(self._cells_by_id[row[_CELL]])
            cell[_AT["standing"]] = SUSPECT
            row[_CELL] = self._cell(page, tuple(cell))
        return row

    def _refolded_incident(self, events: Sequence[RecordedEvent], suspects: frozenset[int]) -> Row:
        recorded, *later = events
        row = _recorded_incident(recorded.log_index, recorded.event.body)
        for one in later:
            if one.event.type in _INCIDENT_CHANGES and one.originator_version not in suspects:
                self._apply_to_incident(row, one.event.type, one.event.body)
        if 1 in suspects:
            row[_STATE], row[_INTO] = SUSPECT, None
        return row

    def _require(self, table: str, remembered: dict[str, Row], name: str) -> None:
        if name not in remembered:
            remembered.update(self._load(table, [name]))

    # --- numbers

    def _cell(self, page: Page, cell: Cell) -> int:
        number = self.cells.get(cell)
        if number is None:
            number = self.cells[cell] = len(self._cells_by_id)
            self._cells_by_id.append(cell)
            of_whom = category(cell[_AT["age_group"]], cell[_AT["sex"]])
            page.cells.append((number, *cell, of_whom))
        return number

    def _span(self, page: Page, text: str | None) -> int:
        number = self.spans.get(text)
        if number is None:
            number = self.spans[text] = len(self.spans)
            self._span_texts.append(text)
            dates = None if text is None else parse_dates(text)
            first, last = (None, None) if dates is None else (dates.first, dates.last)
            page.spans.append((number, text, first, last, month_of(text)))
        return number

    def _incident(self, name: str | None) -> int | None:
        if name is None:
            return None
        if name not in self.incidents:
            self.incidents.update(self._load("incidents", [name]))
        number: int = self.incidents[name][_NUMBER]
        return number


def _recorded_incident(index: int, body: dict[str, Any]) -> Row:
    place, attribution = body["place"], body["attribution"]
    return [
        0,
        index,
        STANDING,
        index,
        body["kind"],
        row_of(attribution["mode"], attribution["parties"]),
        attribution["mode"],
        attribution["confidence"] or UNKNOWN,
        *_codes(place),
        None if place is None else place["name"],
        body["cause"],
        body["weapon"],
        body["happened_on"],
        OPEN,
        None,
        *_quantity(body["munitions"]),
        *_quantity(body["injured"]),
        len(body["facilities"]),
    ]


def _quantity(stated: dict[str, Any] | None) -> tuple[int | None, str | None]:
    return (None, None) if stated is None else (stated["value"], stated["qualifier"])


def _suspect_row(one: RecordedEvent, index: int) -> Row:
    version, kind = one.originator_version, one.event.type
    return [one.log_index, index, STANDING, one.originator_id, version, kind, one.signer]


def _trust_again(page: Page, index: int, log_index: int) -> None:
    for row in page.suspects:
        if (row[0], row[2]) == (log_index, STANDING):
            row[2] = index
            return
    page.suspect_ends.append((index, log_index))


def _lead_nowhere(page: Page, index: int, number: int, relation: str) -> None:
    for row in page.links:
        if (row[0], row[1], row[3]) == (number, relation, STANDING):
            row[3] = index
            return
    page.link_ends.append((index, number, relation))


def _body(entry: bytes) -> dict[str, Any]:
    body: dict[str, Any] = orjson.loads(event_line(entry))["body"]
    return body


def _codes(place: dict[str, Any] | None) -> tuple[str, str]:
    """The governorate and the district of a place as it was signed."""
    if place is None:
        return UNKNOWN, UNKNOWN
    return place["governorate"], place.get("district") or UNKNOWN


def _close(first: int, ends: list[tuple[int, int]], before: Row, index: int) -> None:
    if before[_ID] >= first:
        before[_VALID_TO] = index
    else:
        ends.append((index, before[_ID]))


def _standing(standing: str) -> Callable[[list[Any], dict[str, Any]], None]:
    def change(cell: list[Any], body: dict[str, Any]) -> None:
        cell[_AT["standing"]] = standing

    return change


def _review(grade: str) -> Callable[[list[Any], dict[str, Any]], None]:
    def change(cell: list[Any], body: dict[str, Any]) -> None:
        cell[_AT["review"]] = grade

    return change


def _attribution(cell: list[Any], body: dict[str, Any]) -> None:
    mode, parties = body["to"]["mode"], body["to"]["parties"]
    cell[_AT["party"]], cell[_AT["mode"]] = row_of(mode, parties), mode
    cell[_AT["confidence"]] = body["to"]["confidence"] or UNKNOWN


def _place(cell: list[Any], body: dict[str, Any]) -> None:
    if body["place"] == "origin":
        cell[_AT["origin"]] = body["to"] or UNKNOWN
    else:
        cell[_AT["governorate"]], cell[_AT["district"]] = _codes(body["to"])


def _linked(cell: list[Any], body: dict[str, Any]) -> None:
    known = {*cell[_AT["source"]].split("+")} - {UNKNOWN}
    cell[_AT["source"]] = source_row(known | {body["source"]["kind"]})


def _classification(cell: list[Any], body: dict[str, Any]) -> None:
    # `control` is recorded too, but no count asks for it.
    if body["field"] in _AT:
        cell[_AT[body["field"]]] = body["to"] or UNKNOWN


_CELL_CHANGES: dict[str, Callable[[list[Any], dict[str, Any]], None]] = {
    "AttributionChanged": _attribution,
    "PlaceRevised": _place,
    "ClassificationRevised": _classification,
    "Corroborated": _review("corroborated"),
    "Verified": _review("verified"),
    "MergedInto": _standing(MERGED),
    "Unmerged": _standing(OPEN),
    "Retracted": _standing(RETRACTED),
    "Reinstated": _standing(OPEN),
    "SourceLinked": _linked,
}
_CLAIM_CHANGES = frozenset(
    {
        *("DateRevised", "IncidentAssigned", "CustodyStatusChanged", "SourceUnlinked"),
        *("OutcomeLinked", "OutcomeUnlinked"),
        *_CELL_CHANGES,
    }
)
_ON_HELD = frozenset({"DateRevised", "CustodyStatusChanged"})
_BEARING_ON_CLAIMS = _CLAIM_CHANGES | {"ClaimRecorded"}


def _incident_attribution(row: Row, body: dict[str, Any]) -> None:
    mode, parties = body["to"]["mode"], body["to"]["parties"]
    row[_PARTY], row[_MODE] = row_of(mode, parties), mode
    row[_CONFIDENCE] = body["to"]["confidence"] or UNKNOWN


def _incident_place(row: Row, body: dict[str, Any]) -> None:
    place = body["to"]
    row[_GOVERNORATE], row[_DISTRICT] = _codes(place)
    row[_PLACE] = None if place is None else place["name"]


def _incident_classification(row: Row, body: dict[str, Any]) -> None:
    if body["field"] in _CIRCUMSTANCES:
        row[_CIRCUMSTANCES[body["field"]]] = body["to"]
    elif body["field"] == "facilities":
        row[_FACILITIES] = len(body["to"])


def _incident_quantity(row: Row, body: dict[str, Any]) -> None:
    at = _QUANTITIES[body["quantity"]]
    row[at : at + 2] = _quantity(body["to"])


def _incident_hit(row: Row, body: dict[str, Any]) -> None:
    row[_FACILITIES] += 1


def _incident_date(row: Row, body: dict[str, Any]) -> None:
    row[_WHEN] = body["to"]


def _incident_standing(standing: str) -> Callable[[Row, dict[str, Any]], None]:
    def change(row: Row, body: dict[str, Any]) -> None:
        row[_STATE], row[_INTO] = standing, None

    return change


_ROW_CHANGES: dict[str, Callable[[Row, dict[str, Any]], None]] = {
    "AttributionChanged": _incident_attribution,
    "PlaceRevised": _incident_place,
    "ClassificationRevised": _incident_classification,
    "DateRevised": _incident_date,
    "QuantityRevised": _incident_quantity,
    "FacilityHit": _incident_hit,
    "Unmerged": _incident_standing(OPEN),
    "Retracted": _incident_standing(RETRACTED),
    "Reinstated": _incident_standing(OPEN),
}
_INCIDENT_CHANGES = frozenset({"MergedInto", *_ROW_CHANGES})
_BEARING_ON_INCIDENTS = _INCIDENT_CHANGES | {"IncidentRecorded"}
