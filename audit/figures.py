"""The figures of a bundle: that each number is the number of its lines, and each line belongs.

For each figure: the note under the publisher's key, the definition strictly read and hashed, the
member lines canonical, ascending and unique, their number and root, every member within the filters
and the period, the rows a partition of the members, and all of it as the report's entry states it.
"""

from __future__ import annotations

import io
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from audit.bundle import definition_file, figure_of_file, members_file, note_file
from audit.figure_note import FigureNote, figure_identity, figure_of, open_figure, read_figure
from audit.publication import Chain
from audit.verdict import Checks, ShownFigure
from domain import canonical
from domain.dates import parse_dates
from domain.errors import Invalid, SijillError
from domain.facets import month_of
from domain.fields import UUID4
from domain.figure import Definition, read_definition, row_definition, sentence
from domain.report import FrozenFigure
from domain.rules import Rules
from ledger import merkle
from ledger.note import parse_note

_ID = {
    "deaths": re.compile(rf"claim/{UUID4}"),
    "massacres": re.compile(rf"incident/{UUID4}"),
}
_CLAIM = _ID["deaths"]


class Member(NamedTuple):
    """A member line: `line` without its newline; `claims` only where incidents are counted."""

    line: bytes
    id: str
    log_index: int
    facets: Mapping[str, str]
    date: str | None
    claims: tuple[str, ...]


def check_figures(files: Mapping[str, bytes], chain: Chain, checks: Checks) -> list[ShownFigure]:
    """Check every figure that the report's entry or a file of the bundle names.

    Whether a figure holds is left to who knows every check.
    """
    stated = {} if chain.report is None else {one.name: one for one in chain.report.figures}
    there: dict[str, list[str]] = {}
    for file in files:
        if (figure := figure_of_file(file)) is not None:
            there.setdefault(figure, []).append(file)
    shown = []
    for name in sorted({*stated, *there}):
        own = {file: files[file] for file in there.get(name, ())}
        value, definition = _Figure(name, own, chain, checks).check(stated.get(name))
        words = ("", "")
        if definition is not None and chain.rules is not None:
            words = (
                sentence(definition, chain.rules, "en"),
                sentence(definition, chain.rules, "ar"),
            )
        shown.append(ShownFigure(name, value, words, False))
    return shown


class _Figure:
    """The checks of one figure, in order; `files` are its own alone."""

    def __init__(self, name: str, files: Mapping[str, bytes], chain: Chain, checks: Checks) -> None:
        self.name = name
        self.files = files
        self.chain = chain
        self.checks = checks
        self.files_seen = {definition_file(name), members_file(name), note_file(name)}

    def check(self, stated: FrozenFigure | None) -> tuple[int, Definition | None]:
        """Returns the value to show, and the definition when it could be read."""
        note = self._note(note_file(self.name), None)
        definition = self._definition()
        members = self._members(definition)
        if note is not None and members is not None:
            self._agrees(note, [member.line for member in members])
        rows = None
        if definition is not None and members is not None:
            rows = self._rows(definition, members)
        what = "the report's entry states this figure"
        if stated is None:
            if self.chain.report is not None:
                self._fail(what, "it does not name it", self.chain.report_file)
        elif note is not None:
            noted = FrozenFigure(
                self.name, note.value, _text(note.root), _text(note.definition), rows
            )
            if noted == stated:
                self._hold(what, f"value {stated.value}", self.chain.report_file)
            else:
                self._fail(what, f"it states {stated}, the bundle makes {noted}", "")
        value = note.value if note is not None else stated.value if stated is not None else -1
        return value, definition

    def _hold(self, what: str, detail: str, file: str, **more: str) -> None:
        self.checks.holds(what, detail, file=file, figure=self.name, **more)

    def _fail(self, what: str, detail: object, file: str) -> None:
        self.checks.fails(what, detail, file=file, figure=self.name)

    def _note(self, file: str, row: tuple[str, ...] | None) -> FigureNote | None:
        """Open a note under the publisher's key; unverified when nobody knows that key."""
        what = "the figure's note" if row is None else f"the note of row {','.join(row)}"
        self.files_seen.add(file)
        if file not in self.files:
            self._fail(what, "the file is missing", file)
            return None
        publisher = self.chain.publisher
        try:
            if publisher is None:
                note = read_figure(parse_note(self.files[file]).text)
            else:
                note = open_figure(self.files[file], publisher)
            expected = figure_identity(self.chain.origin, self.chain.name, self.name, row)
            if self.chain.report is not None and (
                note.identity != expected or note.ledger != self.chain.report.ledger
            ):
                raise Invalid(f"it is the note of {note.identity} at {note.ledger.size} entries")
        except SijillError as error:
            self._fail(what, error, file)
            return None
        if publisher is None:
            self.checks.skips(
                what, "nobody knows whose signature counts", file=file, figure=self.name
            )
        elif row is None:
            key = f"{publisher.name}+{publisher.key_id.hex()}"
            self._hold(what, f"value {note.value}", file, key=key)
        return note

    def _definition(self) -> Definition | None:
        what, file = "the definition", definition_file(self.name)
        rules = self.chain.rules
        if file in self.files and rules is None:
            self.checks.skips(what, "the rules are not known", file=file, figure=self.name)
            return None
        try:
            if rules is None or file not in self.files:
                raise Invalid("the file is missing")
            definition = read_definition(canonical.parse(self.files[file]), rules)
        except SijillError as error:
            self._fail(what, error, file)
            return None
        self._hold(what, sentence(definition, rules), file)
        return definition

    def _members(self, definition: Definition | None) -> list[Member] | None:
        what, file = "the member lines", members_file(self.name)
        if file not in self.files:
            self._fail(what, "the file is missing", file)
            return None
        try:
            members = list(read_members(self.files[file]))
            if definition is not None:
                _check_members(members, definition, self.chain)
        except SijillError as error:
            self._fail(what, error, file)
            return None
        self._hold(what, f"{len(members)} lines, each counted once and within the filters", file)
        return members

    def _agrees(self, note: FigureNote, lines: list[bytes]) -> None:
        what = "value and root"
        definition = self.files.get(definition_file(self.name), b"")
        counted = figure_of(note.identity, lines, definition, note.ledger)
        if counted == note:
            self._hold(what, f"{note.value} lines hash to the root", note_file(self.name))
        else:
            self._fail(what, _difference(counted, note), note_file(self.name))

    def _rows(self, definition: Definition, members: list[Member]) -> str | None:
        """Check the rows against the members; returns the root over the texts of their notes."""
        what = "the rows are a partition of the total"
        rows = group_rows(definition, members) if definition.by else {}
        texts, sound = [], True
        for row, of_row in rows.items():
            file = note_file(self.name, row)
            note = self._note(file, row)
            if note is None:
                sound = False
                continue
            texts.append(note.to_text())
            narrowed = row_definition(definition, row).to_bytes()
            counted = figure_of(
                note.identity, [member.line for member in of_row], narrowed, note.ledger
            )
            if counted != note:
                sound = False
                self._fail(f"row {','.join(row)}", _difference(counted, note), file)
        for file in self.files:
            if file not in self.files_seen:
                sound = False
                self._fail(what, "no member of the figure is in this row", file)
        if not definition.by:
            return None
        if sound:
            detail = f"{len(rows)} rows, {len(members)} members"
            self._hold(what, detail, members_file(self.name))
        return _text(merkle.tree_root(merkle.leaf_hash(text) for text in texts))


def _text(digest: bytes) -> str:
    return b64encode(digest).decode()


def _difference(counted: FigureNote, note: FigureNote) -> str:
    if counted.value != note.value:
        return f"the note says {note.value}, its lines are {counted.value}"
    if counted.root != note.root:
        return "the lines do not hash to the note's root"
    return "the note names another definition"


def read_members(raw: bytes) -> Iterable[Member]:
    """Read member lines strictly: canonical, ascending by id, each once; raises Invalid."""
    if raw and not raw.endswith(b"\n"):
        raise Invalid("the last line has no newline")
    last = ""
    # Line by line: a list of all of them could be many times as large as the file.
    for number, line in enumerate(io.BytesIO(raw), 1):
        try:
            member = _read_member(line[:-1])
        except Invalid as error:
            raise Invalid(f"line {number}: {error}") from None
        if member.id <= last:
            raise Invalid(f"line {number}: {member.id} does not ascend: it is there twice or late")
        last = member.id
        yield member


def _read_member(line: bytes) -> Member:
    value = canonical.parse(line)
    if not {"facets", "id", "index"} <= value.keys() <= {"facets", "id", "index", "date", "claims"}:
        raise Invalid("must have facets, id and index, and at most date and claims")
    facets, date, claims = value["facets"], value.get("date"), value.get("claims", [])
    if type(value["id"]) is not str or type(value["index"]) is not int or value["index"] < 0:
        raise Invalid("id is text, index a number from 0")
    if type(facets) is not dict or any(type(word) is not str for word in facets.values()):
        raise Invalid("facets are words")
    if "date" in value and type(date) is not str:
        raise Invalid("date is an EDTF text")
    if type(claims) is not list or not all(
        type(one) is str and _CLAIM.fullmatch(one) for one in claims
    ):
        raise Invalid("claims are claim/<uuid>")
    if claims != sorted(set(claims)) or ("claims" in value) != bool(claims):
        raise Invalid("claims ascend, each once")
    return Member(line, value["id"], value["index"], facets, date, tuple(claims))


def _check_members(members: list[Member], definition: Definition, chain: Chain) -> None:
    for number, member in enumerate(members, 1):
        try:
            _check_member(member, definition, chain)
        except Invalid as error:
            raise Invalid(f"line {number}, {member.id}: {error}") from None


def _check_member(member: Member, definition: Definition, chain: Chain) -> None:
    if not _ID[definition.measure].fullmatch(member.id):
        raise Invalid(f"is not what a figure of {definition.measure} counts")
    if chain.report is not None and member.log_index >= chain.report.ledger.size:
        raise Invalid(f"was shaped by entry {member.log_index}, after the frozen state")
    if tuple(sorted(member.facets)) != definition.facets:
        raise Invalid(f"must say the facets {', '.join(definition.facets) or 'none'}")
    for facet, values in definition.where:
        if facet in member.facets and member.facets[facet] not in values:
            raise Invalid(f"{facet} is {member.facets[facet]}, outside the filter")
    if definition.measure == "massacres":
        _check_massacre(member, chain.rules)
        return
    if member.claims:
        raise Invalid("a death names no other claims")
    period = definition.dates
    if (period is None) != (member.date is None):
        raise Invalid("a date is said when a period is counted, and only then")
    if period is not None and member.date is not None:
        if not parse_dates(member.date).within(period):
            raise Invalid(f"{member.date} is not within {period.text}")
        if member.facets.get("month", month_of(member.date)) != month_of(member.date):
            raise Invalid(f"{member.date} is not in {member.facets['month']}")


def _check_massacre(member: Member, rules: Rules | None) -> None:
    if member.date is not None:
        raise Invalid("a massacre has no date of its own: its deaths have")
    if rules is not None and len(member.claims) < rules.massacre_threshold:
        raise Invalid(
            f"{len(member.claims)} deaths, of which a massacre has {rules.massacre_threshold}"
        )


def group_rows(
    definition: Definition, members: Iterable[Member]
) -> dict[tuple[str, ...], list[Member]]:
    """The members by the values of the grouping facets, ascending by values."""
    rows: dict[tuple[str, ...], list[Member]] = {}
    for member in members:
        rows.setdefault(tuple(member.facets[facet] for facet in definition.by), []).append(member)
    return dict(sorted(rows.items()))
