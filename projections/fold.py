"""The fold: entries in log order to versions of claims and incidents, each with its validity.

One event that bears on a count makes one version and closes the one before. When events become
suspect, or are reaffirmed, what they bear on is folded again from its stream without the suspect
ones. Only what a count can ask is folded; the whole of a claim is read from its stream. Entries are
trusted here (they were judged when they were accepted, and `audit` judges them again), so nothing
is checked twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import orjson

from domain.attribution import row_of
from domain.dates import parse_dates
from domain.facets import UNKNOWN, category, month_of, source_row
from domain.kinds import HELD
from domain.life import MERGED, OPEN
from domain.outcome import NO_OUTCOME, Ending
from domain.suspicion import REAFFIRMED, SUSPECT
from ledger.application import RecordedEvent
from ledger.entry import event_line
from ledger.recorder import RawEntry
from projections.endings import Endings, Held
from projections.page import Page, close, lead_nowhere, suspect_row, trust_again
from projections.rows import (
    AT,
    BEARING_ON_CLAIMS,
    BEARING_ON_INCIDENTS,
    CELL,
    CELL_CHANGES,
    CLAIM_CHANGES,
    DATES,
    ENDED,
    HAPPENED,
    ID,
    INCIDENT,
    INCIDENT_CHANGES,
    INTO,
    NUMBER,
    ON_HELD,
    ROW_CHANGES,
    STANDING,
    STATE,
    VALID_FROM,
    VALID_TO,
    Cell,
    Row,
    codes,
    recorded_incident,
)
from projections.stated_rows import BEARING_ON_ESTIMATES, estimate_row
from projections.suspicion import Changed, Suspicion

# (claims or incidents, stream names) -> their standing versions by name
Load = Callable[[str, list[str]], Mapping[str, Row]]


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
        page = Page(*firsts, [], [], [], [], [], [], [], [], [], [], [], [], [])
        if not self.spans:
            self._span(page, None)
        self._load = load
        self._recall(entries)
        for entry in entries:
            index, stream, _, kind, state = entry
            # A stream's kind by its first letter: claim, incident, estimate, or what nobody counts.
            letter = stream[0]
            if kind == REAFFIRMED:
                self._change_trust(page, index, [self._suspicion.reaffirm(entry)])
            elif letter == "c":
                if kind == "ClaimRecorded":
                    self._record_claim(page, index, stream, _body(state))
                elif kind in CLAIM_CHANGES:
                    self._change_claim(page, index, stream, kind, _body(state))
            elif letter == "i":
                if kind == "IncidentRecorded":
                    self._record_incident(page, index, stream, _body(state))
                elif kind in INCIDENT_CHANGES:
                    self._change_incident(page, index, stream, kind, _body(state))
            elif letter == "e" and kind in BEARING_ON_ESTIMATES:
                events = self._suspicion.events(stream, index)
                suspects = self._suspicion.suspects(events)
                page.estimate_rows.append(estimate_row(index, events, suspects))
            elif letter == "a":
                self._change_trust(page, index, self._suspicion.take(entry))
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
            *codes(place),
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
        row[ID] = self._claim_versions
        self._claim_versions += 1
        page.claim_rows.append(row)
        self.claims[stream] = row

    def _change_claim(
        self, page: Page, index: int, stream: str, kind: str, body: dict[str, Any]
    ) -> None:
        before = self.claims[stream]
        links = self._endings.links(stream)
        if self._cells_by_id[before[CELL]][AT["standing"]] == SUSPECT:
            # What is not there cannot be changed: only its recording, reaffirmed, brings it back.
            events = self._suspicion.events(stream, index)
            row = self._refolded_claim(page, events, self._suspicion.suspects(events))
        else:
            row = before.copy()
            if kind in ON_HELD and self._kind(row) in HELD:
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
        cell = list(self._cells_by_id[row[CELL]])
        cell[AT["source"]] = source_row(sources.values())
        row[CELL] = self._cell(page, tuple(cell))

    def _apply_to_claim(
        self, page: Page, stream: str, row: Row, kind: str, body: dict[str, Any]
    ) -> None:
        if kind == "SourceUnlinked":
            return
        self._endings.take(stream, kind, body)
        if kind == "DateRevised":
            row[DATES[body["date"]]] = self._span(page, body["to"])
        elif kind == "IncidentAssigned":
            row[INCIDENT] = self._incident(body["to"])
        elif kind in CELL_CHANGES:
            cell = list(self._cells_by_id[row[CELL]])
            CELL_CHANGES[kind](cell, body)
            row[CELL] = self._cell(page, tuple(cell))
        if kind in ON_HELD and self._kind(row) in HELD:
            held = self._endings.held[stream]
            if kind == "CustodyStatusChanged":
                held = held._replace(custody=body["to"])
            elif body["date"] == "happened":
                held = held._replace(happened_on=body["to"])
            self._endings.hold(stream, held)
            row[HAPPENED] = self._span(page, held.began_on)

    def _replace_claim(self, page: Page, index: int, stream: str, row: Row) -> None:
        self._end(page, index, stream, row)
        before = self.claims[stream]
        if before[VALID_FROM] == index and before[ID] >= page.first_claim:
            # One entry, one version: this one never stood.
            before[CELL:] = row[CELL:]
            return
        close(page.first_claim, page.claim_ends, before, index)
        row[VALID_FROM], row[VALID_TO] = index, STANDING
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
        cell = self._cells_by_id[row[CELL]]
        if cell[AT["outcome"]] != ended.relation:
            at = AT["outcome"]
            row[CELL] = self._cell(page, (*cell[:at], ended.relation, *cell[at + 1 :]))
        row[ENDED] = self._span(page, ended.on)

    def _lead(self, page: Page, index: int, stream: str, before: dict[str, str]) -> None:
        """Keep the links that an entry changed, and look again at the claims that lead here."""
        number, after = self.claims[stream][NUMBER], self._endings.links(stream)
        for relation in before.keys() | after.keys():
            if before.get(relation) == after.get(relation):
                continue
            if relation in before:
                lead_nowhere(page, index, number, relation)
            if relation in after:
                self._require("claims", self.claims, after[relation])
                target = self.claims[after[relation]][NUMBER]
                page.links.append([number, relation, index, STANDING, target])
        for one in self._endings.leading_to(stream):
            self._require("claims", self.claims, one)
            row = self.claims[one].copy()
            self._end(page, index, one, row)
            if row != self.claims[one]:
                self._replace_claim(page, index, one, row)

    def _kind(self, row: Row) -> str:
        return self._cells_by_id[row[CELL]][AT["kind"]]

    def _state(self, stream: str) -> tuple[str, str | None]:
        """How a claim stands, and the date at which it began."""
        self._require("claims", self.claims, stream)
        row = self.claims[stream]
        standing = self._cells_by_id[row[CELL]][AT["standing"]]
        return standing, self._span_texts[row[HAPPENED]]

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
        self._add_incident(page, stream, recorded_incident(index, body))

    def _add_incident(self, page: Page, stream: str, row: Row) -> None:
        row[ID] = self._incident_versions
        self._incident_versions += 1
        page.incident_rows.append(row)
        self.incidents[stream] = row

    def _change_incident(
        self, page: Page, index: int, stream: str, kind: str, body: dict[str, Any]
    ) -> None:
        before = self.incidents[stream]
        if before[STATE] == SUSPECT:
            events = self._suspicion.events(stream, index)
            row = self._refolded_incident(events, self._suspicion.suspects(events))
        else:
            row = before.copy()
            self._apply_to_incident(row, kind, body)
        self._replace_incident(page, index, stream, row)

    def _apply_to_incident(self, row: Row, kind: str, body: dict[str, Any]) -> None:
        if kind == "MergedInto":
            row[STATE], row[INTO] = MERGED, self._incident(body["into"])
        else:
            ROW_CHANGES[kind](row, body)

    def _replace_incident(self, page: Page, index: int, stream: str, row: Row) -> None:
        close(page.first_incident, page.incident_ends, self.incidents[stream], index)
        row[VALID_FROM], row[VALID_TO] = index, STANDING
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
                    page.suspects.append(suspect_row(one, index))
                else:
                    trust_again(page, index, one.log_index)
            kinds = {one.event.type for one in moved}
            if kinds & BEARING_ON_CLAIMS and changed.stream.startswith("c"):
                self._require("claims", self.claims, changed.stream)
                links = self._endings.links(changed.stream)
                row = self._refolded_claim(page, changed.events, changed.after)
                self._replace_claim(page, index, changed.stream, row)
                self._lead(page, index, changed.stream, links)
            elif kinds & BEARING_ON_INCIDENTS and changed.stream.startswith("i"):
                row = self._refolded_incident(changed.events, changed.after)
                self._require("incidents", self.incidents, changed.stream)
                self._replace_incident(page, index, changed.stream, row)
            elif kinds & BEARING_ON_ESTIMATES:
                page.estimate_rows.append(estimate_row(index, changed.events, changed.after))

    def _refolded_claim(
        self, page: Page, events: Sequence[RecordedEvent], suspects: frozenset[int]
    ) -> Row:
        recorded, *later = events
        index, stream = recorded.log_index, recorded.originator_id
        self._endings.forget(stream)
        row = self._recorded_claim(page, index, stream, recorded.event.body)
        for one in later:
            if one.event.type in CLAIM_CHANGES and one.originator_version not in suspects:
                self._apply_to_claim(page, stream, row, one.event.type, one.event.body)
        self._set_sources(page, row, events, suspects)
        if 1 in suspects:
            cell = list(self._cells_by_id[row[CELL]])
            cell[AT["standing"]] = SUSPECT
            row[CELL] = self._cell(page, tuple(cell))
        return row

    def _refolded_incident(self, events: Sequence[RecordedEvent], suspects: frozenset[int]) -> Row:
        recorded, *later = events
        row = recorded_incident(recorded.log_index, recorded.event.body)
        for one in later:
            if one.event.type in INCIDENT_CHANGES and one.originator_version not in suspects:
                self._apply_to_incident(row, one.event.type, one.event.body)
        if 1 in suspects:
            row[STATE], row[INTO] = SUSPECT, None
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
            of_whom = category(cell[AT["age_group"]], cell[AT["sex"]])
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
        number: int = self.incidents[name][NUMBER]
        return number


def _body(entry: bytes) -> dict[str, Any]:
    body: dict[str, Any] = orjson.loads(event_line(entry))["body"]
    return body
