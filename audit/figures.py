"""The figures of a bundle: that each number is the number of its lines, and each line belongs.

For each figure: the note under the publisher's key, the definition strictly read and hashed, the
member lines canonical, ascending and unique, their number and root, every member within the filters
and the period, the rows a partition of the members, and all of it as the report's entry states it.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256

from audit.bundle import definition_file, figure_of_file, members_file, note_file
from audit.cells import HiddenRow, check_hidden, is_hidden, read_hidden
from audit.figure_note import (
    Addend,
    FigureNote,
    figure_identity,
    figure_over,
    open_figure,
    read_figure,
)
from audit.lines import CheckedLines, check_lines
from audit.publication import Chain
from audit.verdict import Checks, ShownFigure
from domain import canonical
from domain.errors import Invalid, SijillError
from domain.figure import Definition, check_notable, read_definition, row_definition, sentence
from domain.report import FrozenFigure
from ledger import merkle
from ledger.note import parse_note, verified


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
        own = _Own(files, there.get(name, ()))
        value, definition = _Figure(name, own, chain, checks).check(stated.get(name))
        words = ("", "")
        if definition is not None and chain.rules is not None:
            words = (
                sentence(definition, chain.rules, "en"),
                sentence(definition, chain.rules, "ar"),
            )
        shown.append(ShownFigure(name, value, words, False))
    return shown


class _Own(Mapping[str, bytes]):
    """Those of the files that are a figure's, each read when it is asked for."""

    def __init__(self, files: Mapping[str, bytes], names: Sequence[str]) -> None:
        self._files, self._names = files, dict.fromkeys(names)

    def __getitem__(self, name: str) -> bytes:
        if name not in self._names:
            raise KeyError(name)
        return self._files[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names


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
        lines = self._members(definition)
        if note is not None and lines is not None:
            summed = note.sum if definition is None else definition.addend
            self._agrees(note, lines.leaves, None if summed is None else lines.every_addend)
        rows = None
        if definition is not None and lines is not None:
            rows = self._rows(definition, lines)
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
            check_notable(definition)
        except SijillError as error:
            self._fail(what, error, file)
            return None
        self._hold(what, sentence(definition, rules), file)
        return definition

    def _members(self, definition: Definition | None) -> CheckedLines | None:
        what, file = "the member lines", members_file(self.name)
        if file not in self.files:
            self._fail(what, "the file is missing", file)
            return None
        try:
            lines = check_lines(self.files[file], definition, self.chain)
        except SijillError as error:
            self._fail(what, error, file)
            return None
        count = len(lines.leaves)
        self._hold(what, f"{count} lines, each counted once and within the filters", file)
        return lines

    def _agrees(self, note: FigureNote, leaves: list[bytes], addends: list[Addend] | None) -> None:
        what = "value and root"
        definition = self.files.get(definition_file(self.name), b"")
        counted = figure_over(note.identity, leaves, definition, note.ledger, addends)
        if counted == note:
            said = "" if note.sum is None else f" and add up to {note.value}"
            self._hold(what, f"{note.size} lines hash to the root{said}", note_file(self.name))
        else:
            self._fail(what, _difference(counted, note), note_file(self.name))

    def _rows(self, definition: Definition, lines: CheckedLines) -> str | None:
        """Check the rows against the lines; returns the root over the texts of their notes."""
        what = "the rows are a partition of the total"
        rows = lines.rows if definition.by else {}
        texts: dict[tuple[str, ...], bytes] = {}
        sound = True
        for row, of_row in rows.items():
            file = note_file(self.name, row)
            note = self._note(file, row)
            if note is None:
                sound = False
                continue
            texts[row] = note.to_text()
            narrowed = row_definition(definition, row).to_bytes()
            addends = lines.addends.get(row, []) if definition.addend else None
            counted = figure_over(note.identity, of_row, narrowed, note.ledger, addends)
            if counted != note:
                sound = False
                self._fail(f"row {','.join(row)}", _difference(counted, note), file)
        hidden = self._hidden_rows(definition)
        for file in self.files:
            if file not in self.files_seen:
                sound = False
                self._fail(what, "no member of the figure is in this row", file)
        if not definition.by:
            return None
        try:
            values = [len(of_row) for of_row in rows.values()]
            check_hidden(list(hidden.values()), values, lines.hidden)
        except Invalid as error:
            sound = False
            self._fail(what, error, members_file(self.name))
        texts |= {row: note.to_text() for row, note in hidden.items()}
        if sound:
            said = f", of them {len(hidden)} hidden" if hidden else ""
            detail = f"{len(texts)} rows{said}, {len(lines.leaves)} members"
            self._hold(what, detail, members_file(self.name))
        return _text(merkle.tree_root(merkle.leaf_hash(texts[row]) for row in sorted(texts)))

    def _hidden_rows(self, definition: Definition) -> dict[tuple[str, ...], HiddenRow]:
        """The notes of hidden rows, by the rows' values: what no line of the figure tells."""
        found: dict[tuple[str, ...], HiddenRow] = {}
        beginning = figure_identity(self.chain.origin, self.chain.name, self.name) + "/"
        for file in self.files:
            if file in self.files_seen:
                continue
            try:
                note = parse_note(self.files[file])
                if not is_hidden(note.text):
                    continue
                self.files_seen.add(file)
                if self.chain.publisher is not None:
                    verified(note, [self.chain.publisher])
                hidden = read_hidden(note.text)
                row = tuple(hidden.identity.removeprefix(beginning).split(","))
                self._check_hidden_row(definition, file, row, hidden)
            except SijillError as error:
                self._fail("the note of a hidden row", error, file)
                continue
            found[row] = hidden
        return found

    def _check_hidden_row(
        self, definition: Definition, file: str, row: tuple[str, ...], hidden: HiddenRow
    ) -> None:
        identity = figure_identity(self.chain.origin, self.chain.name, self.name, row)
        report = self.chain.report
        if hidden.identity != identity or (report is not None and hidden.ledger != report.ledger):
            raise Invalid(f"it is the note of {hidden.identity} at {hidden.ledger.size} entries")
        if len(row) != len(definition.by) or file != note_file(self.name, row):
            raise Invalid(f"it is of another row, {','.join(row)}")
        narrowed = row_definition(definition, row).to_bytes()
        if sha256(narrowed).digest() != hidden.definition:
            raise Invalid("it names another definition than the row's")


def _text(digest: bytes) -> str:
    return b64encode(digest).decode()


def _summed(note: FigureNote) -> str:
    return "no sum" if note.sum is None else note.sum.to_line()


def _difference(counted: FigureNote, note: FigureNote) -> str:
    if counted.size != note.size:
        return f"the note says {note.size}, its lines are {counted.size}"
    if counted.sum != note.sum:
        return f"the note says {_summed(note)}, its addends make {_summed(counted)}"
    if counted.root != note.root:
        return "the lines do not hash to the note's root"
    return "the note names another definition"
