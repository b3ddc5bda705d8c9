"""What stands in a case file, in one language: sections of rows and tables, in words.

Every field that is asked for has its row: what is not known is said to be unknown, what is sealed
is said to be sealed. Nothing here is markup; `html.py` and `pdf.py` set it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from api.cases.words import word
from api.questions import AsOf
from domain.claim import Claim
from domain.dates import parse_dates
from domain.facets import UNKNOWN
from domain.incident import Incident
from domain.life import OPEN
from domain.outcome import NO_OUTCOME
from domain.phrases import point_phrase
from domain.rules import Rules
from domain.sealing import source_field
from domain.suspicion import SUSPECT
from projections.history import Happening
from projections.story import Chapter, Story

# Sealed fields in the order in which they are asked for.
_PERSON = ("name", "name_latin", "date_of_birth", "national_id", "family", "contact")
_EXACT_PLACE = "exact_place"

# A year, a month or a day; what else EDTF has is said by its first and last day.
_PLAIN = re.compile(r"[0-9]{4}(?:-(?:0[1-9]|1[0-2])(?:-[0-9]{2})?)?")
_OPEN = ("", "..")
_DOUBTS = {"?": "uncertain", "~": "approximate", "%": "uncertain-and-approximate"}


class Row(NamedTuple):
    """`plain` is False for what is said of a value that is not there."""

    label: str
    value: str
    plain: bool = True


class Grid(NamedTuple):
    """`codes` are the columns that are written from left to right in every language."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    codes: tuple[int, ...]


class Section(NamedTuple):
    title: str
    rows: tuple[Row, ...] = ()
    grid: Grid | None = None
    note: str = ""


class CaseFile(NamedTuple):
    """`stamp` is empty when nothing in it is confidential; `warnings` stand at the top."""

    language: str
    title: str
    claim: str
    state: str
    root: str
    stamp: str
    warnings: tuple[str, ...]
    sections: tuple[Section, ...]
    closing: str


class Proof(NamedTuple):
    """A file beside the page, by its name and its SHA-256 in hex."""

    file: str
    sha256: str


class Told(NamedTuple):
    """All that a case file is made of.

    `given` are the sealed values in clear that were asked for, by field; `to` is for whom, and
    `disclosed` the event that recorded it.
    """

    state: AsOf
    name: str
    claim: Claim
    incident: Incident | None
    history: Sequence[Happening]
    story: Story
    proofs: Sequence[Proof]
    given: Mapping[str, str]
    to: str = ""
    disclosed: Happening | None = None


def case_file(told: Told, language: str) -> CaseFile:
    """The case file of a claim in English (`en`) or Arabic (`ar`)."""
    return _Writer(told, language).write()


class _Writer:
    def __init__(self, told: Told, language: str) -> None:
        self._told = told
        self._language = language
        self._rules: Rules = told.state.rules

    def write(self) -> CaseFile:
        told = self._told
        state = self._word("of-ledger", origin=told.state.origin, size=told.state.size)
        sections = (
            Section(self._word("person"), tuple(self._person())),
            Section(self._word("happened"), tuple(self._happened())),
            Section(self._word("perpetrators"), tuple(self._perpetrators())),
            Section(self._word("steps"), tuple(self._steps()), note=self._word("steps-note")),
            Section(self._word("sources"), tuple(self._sources())),
            Section(self._word("review"), tuple(self._review())),
            self._linked(),
            Section(self._word("history"), grid=self._history()),
            Section(self._word("proofs"), grid=self._proofs(), note=self._word("proofs-note")),
        )
        return CaseFile(
            self._language,
            self._word("title"),
            told.name,
            state,
            told.state.root,
            self._word("stamp", to=told.to) if told.given else "",
            tuple(self._warnings()),
            sections,
            self._word("not-proved"),
        )

    def _word(self, name: str, **values: object) -> str:
        return word(name, self._language, **values)

    def _label(self, vocabulary: str, term: str) -> str:
        return self._rules.label(vocabulary, term, self._language)

    def _warnings(self) -> list[str]:
        claim, found = self._told.claim, []
        if claim.standing in ("retracted", "merged", SUSPECT):
            found.append(self._word(claim.standing, into=claim.merged_into))
        if claim.erased:
            found.append(self._word("erased"))
        if claim.challenges:
            found.append(self._word("challenged", count=claim.challenges))
        return found

    # --- rows

    def _row(self, name: str, value: str | None, unknown: str = "unknown") -> Row:
        if value is None or value == "":
            return Row(self._word(name), self._word(unknown), plain=False)
        return Row(self._word(name), value)

    def _term(self, name: str, vocabulary: str, term: str | None) -> Row:
        known = term is not None and term != UNKNOWN
        return self._row(name, self._label(vocabulary, term or "") if known else None)

    def _terms(self, name: str, vocabulary: str, terms: Sequence[str]) -> Row:
        return self._row(name, self._joined(self._label(vocabulary, term) for term in terms))

    def _date(self, name: str, text: str | None) -> Row:
        return self._row(name, None if text is None else self._day(text))

    def _day(self, text: str) -> str:
        """An EDTF date in words: digits and hyphens would change their order in Arabic."""
        start, slash, end = text.partition("/")
        if not slash:
            return self._point(text)
        if start in _OPEN:
            return self._word("until", last=self._point(end))
        if end in _OPEN:
            return self._word("since", first=self._point(start))
        return self._word("between", first=self._point(start), last=self._point(end))

    def _point(self, text: str) -> str:
        doubt = _DOUBTS.get(text[-1])
        point = text if doubt is None else text[:-1]
        if _PLAIN.fullmatch(point):
            day = point_phrase(point, self._language)
        else:
            dates = parse_dates(point)
            first, last = (point_phrase(d, self._language) for d in (dates.first, dates.last))
            day = self._word("within", first=first, last=last)
        return day if doubt is None else self._word(doubt, day=day)

    def _sealed(self, field: str, label: str, *, recorded: bool) -> Row:
        value = self._told.given.get(field)
        if value is not None:
            return Row(label, value)
        unknown = "not-recorded"
        if recorded:
            unknown = "was-erased" if self._told.claim.erased else "sealed"
        return Row(label, self._word(unknown), plain=False)

    def _joined(self, words: Any) -> str:
        return (", " if self._language == "en" else "، ").join(words)

    # --- sections

    def _person(self) -> list[Row]:
        claim = self._told.claim
        sealed = {one.field for one in claim.person}
        return [
            *(self._sealed(one, self._word(one), recorded=one in sealed) for one in _PERSON),
            self._term("sex", "sex", claim.sex),
            self._term("age_group", "age-group", claim.age_group),
            self._term("status", "status", claim.status),
            self._term("profession", "profession", claim.profession),
            self._term("origin", "governorate", claim.origin),
        ]

    def _happened(self) -> list[Row]:
        claim = self._told.claim
        place = claim.place
        sealed = {one.field for one in claim.person}
        rows = [
            self._term("kind", "claim-kind", claim.kind),
            self._date("happened_on", claim.happened_on),
            self._date("documented_on", claim.documented_on),
            self._term("governorate", "governorate", place.governorate if place else None),
            self._term("district", "district", place.district if place else None),
            self._row("place", place.name if place else None),
            self._sealed(_EXACT_PLACE, self._word(_EXACT_PLACE), recorded=_EXACT_PLACE in sealed),
            self._term("cause", "cause", claim.cause),
            self._term("weapon", "weapon", claim.weapon),
            self._terms("control", "party", claim.control),
        ]
        return rows + self._custody() + self._incident()

    def _custody(self) -> list[Row]:
        custody = self._told.claim.custody
        if custody is None:
            return []
        return [
            self._term("custody_status", "custody-status", custody.status),
            self._term("custody_party", "party", custody.party),
            self._row("custody_place", custody.place),
            self._date("detained_on", custody.detained_on),
            self._date("last_seen", custody.last_seen),
            self._date("released_on", custody.released_on),
        ]

    def _incident(self) -> list[Row]:
        incident = self._told.incident
        if incident is None:
            return [self._row("incident", None, "none")]
        narrative = incident.narrative
        told = None
        if narrative is not None:
            told = narrative.en if self._language == "en" else narrative.ar
            told = told or narrative.en or narrative.ar
        return [
            self._row("incident", self._told.claim.incident),
            self._term("incident_kind", "incident-kind", incident.kind),
            self._row("time", incident.time),
            self._row(
                "facilities", self._joined(self._label("facility", f) for f in incident.facilities)
            ),
            self._row("injured", self._quantity(incident.injured)),
            self._row("munitions", self._quantity(incident.munitions)),
            self._row("narrative", told),
        ]

    def _quantity(self, quantity: Any) -> str | None:
        if quantity is None:
            return None
        return f"{self._label('qualifier', quantity.qualifier)}: {quantity.value}"

    def _perpetrators(self) -> list[Row]:
        attribution = self._told.claim.attribution
        return [
            self._terms("parties", "party", attribution.parties),
            self._term("mode", "attribution-mode", attribution.mode),
            self._term("confidence", "confidence", attribution.confidence),
            self._row("individuals", None, "not-recorded"),
        ]

    def _steps(self) -> list[Row]:
        rows = [
            self._row("complaint", None, "not-recorded"),
            self._row("investigation", None, "not-recorded"),
        ]
        for one in self._told.history:
            if one.type in ("ChallengeRaised", "ChallengeAnswered"):
                name = "challenge" if one.type == "ChallengeRaised" else "answer"
                rows.append(Row(self._word(name), one.change))
        return rows

    def _sources(self) -> list[Row]:
        rows = []
        for one in self._told.claim.sources:
            label = self._word("source", id=one.id)
            said = [self._label("source-kind", one.kind), one.published or ""]
            rows.append(Row(label, self._joined(filter(None, said))))
            if one.detail is not None:
                rows.append(self._sealed(source_field(one.id), label, recorded=True))
        disclosed = self._told.disclosed
        if disclosed is None:
            rows.append(self._row("consent", None, "not-recorded"))
        else:
            basis = self._label("disclosure-basis", disclosed.reason_code or "")
            said_so = self._word(
                "disclosed-under",
                **{"to": self._told.to, "basis": basis, "reason": disclosed.reason},
                index=disclosed.log_index,
            )
            rows.append(Row(self._word("consent"), said_so))
        return rows

    def _review(self) -> list[Row]:
        claim = self._told.claim
        recorded = self._told.history[0]
        standing = self._word(claim.standing, into=claim.merged_into)
        return [
            self._term("review_level", "review", claim.review),
            Row(self._word("recorder"), f"{recorded.holder} ({claim.recorder.key})"),
            Row(self._word("standing"), standing),
        ]

    def _linked(self) -> Section:
        story = self._told.story
        others = [one for one in story.chapters if one.id != self._told.name]
        title = self._word("linked")
        note = self._word("more-linked") if story.more else ""
        if not others and self._became_of_this() is None:
            return Section(title, (Row(title.partition(" ")[2], self._word("none"), plain=False),))
        head = tuple(
            self._word(f"col-{one}") for one in ("claim", "kind", "when", "became", "standing")
        )
        rows = tuple(self._chapter(one) for one in story.chapters)
        return Section(title, grid=Grid(head, rows, (0,)), note=note)

    def _became_of_this(self) -> str | None:
        chapters = {one.id: one for one in self._told.story.chapters}
        this = chapters.get(self._told.name)
        return None if this is None or this.ended.relation == NO_OUTCOME else this.ended.relation

    def _chapter(self, one: Chapter) -> tuple[str, ...]:
        claim, ended = one.claim, one.ended
        became = ""
        if ended.relation != NO_OUTCOME:
            when = None if ended.on is None else self._day(ended.on)
            became = self._joined(filter(None, (self._label("outcome", ended.relation), when)))
        return (
            one.id.partition("/")[2],
            self._label("claim-kind", claim.kind),
            self._word("unknown") if claim.began_on is None else self._day(claim.began_on),
            became,
            self._label("review", claim.review)
            if claim.standing == OPEN
            else self._word(claim.standing, into=claim.merged_into),
        )

    def _history(self) -> Grid:
        columns = ("index", "received", "holder", "event", "change", "why", "signature")
        rows = []
        for one in self._told.history:
            why = ": ".join(filter(None, (one.reason_code, one.reason)))
            holds = self._word("holds" if one.signature_holds else "not-holds")
            if one.suspect:
                holds = self._joined((holds, self._word("key-suspect")))
            received = one.received[:19].replace("T", " ")
            rows.append(
                (str(one.log_index), received, one.holder, one.type, one.change, why, holds)
            )
        head = tuple(self._word(f"col-{one}") for one in columns)
        return Grid(head, tuple(rows), (0, 1, 3, 4))

    def _proofs(self) -> Grid:
        rows = tuple((one.file, one.sha256) for one in self._told.proofs)
        return Grid((self._word("col-file"), self._word("col-sha")), rows, (0, 1))
