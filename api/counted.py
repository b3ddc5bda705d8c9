"""One planned figure, counted: its member lines, its note, and the notes of its rows."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from hashlib import sha256

from api.opening import Opening
from api.plan import PlannedFigure, ReportPlan
from audit.bundle import definition_file, members_file, note_file
from audit.cells import HiddenRow, commit_to_line, commit_to_row, hidden_line
from audit.figure_note import Addend, FigureNote, figure_identity, figure_over
from domain.cells import check_total, hidden_rows
from domain.deduction import Cells
from domain.errors import Invalid
from domain.event import Seen
from domain.figure import Definition, row_definition
from domain.footing import Counted
from domain.report import FrozenFigure
from domain.rules import Rules
from ledger.merkle import leaf_hash, root_of_leaves
from ledger.signer import Signer, sign_note
from projections.lines import Line

Row = tuple[str, ...]

# The member lines of a definition at a size, ascending by id.
Counting = Callable[[Definition, Rules, int], Iterable[Line]]


class CountedFigure:
    """A figure of a plan at one state. The lines are read once, hashed as they pass, and put into
    `files` under their name in a bundle.
    """

    def __init__(
        self,
        plan: ReportPlan,
        planned: PlannedFigure,
        *,
        origin: str,
        rules: Rules,
        ledger: Seen,
        counting: Counting,
        files: MutableMapping[str, bytes],
        opening: Opening,
    ) -> None:
        self._name = planned.name
        self._definition = plan.definition(planned, rules)
        self._deaths: Counter[tuple[str, ...]] = Counter()
        leaves: list[bytes] = []
        rows: dict[tuple[str, ...], list[bytes]] = {}
        lines: list[bytes] = []
        addends: dict[Row, list[Addend]] = {}
        for line, row, deaths, addend in counting(self._definition, rules, ledger.size):
            leaf = sha256(b"\0" + line).digest()  # a leaf, without a call for each of millions
            lines.append(line)
            leaves.append(leaf)
            if row in rows:
                rows[row].append(leaf)
            else:
                rows[row] = [leaf]
            if deaths:
                self._deaths[row] += deaths
            if addend is not None:
                addends.setdefault(row, []).append(addend)
        summed = self._definition.addend is not None
        if summed and planned.fewer_than:
            raise Invalid(
                f"figure {planned.name}: a sum has no small cells, which are of members; give it "
                "fewer_than = 0"
            )
        identity = figure_identity(origin, plan.name, planned.name)
        notes: dict[tuple[str, ...], FigureNote] = {}
        if self._definition.by:
            notes = {
                row: figure_over(
                    figure_identity(origin, plan.name, planned.name, row),
                    of_row,
                    row_definition(self._definition, row).to_bytes(),
                    ledger,
                    addends[row] if summed else None,
                )
                for row, of_row in sorted(rows.items())
            }
        self._rows: dict[tuple[str, ...], FigureNote | HiddenRow] = {**notes}
        self._members: dict[Row, list[str]] = {}
        # Only where something may be hidden: the ids of a large report take much memory.
        if any(one.fewer_than for one in plan.figures):
            by_leaf = {leaf: row for row, of_row in rows.items() for leaf in of_row}
            for line, leaf in zip(lines, leaves, strict=True):
                self._members.setdefault(by_leaf[leaf], []).append(_id(line))
        if planned.fewer_than:
            hidden = self._hide(notes, len(leaves), planned.fewer_than, opening)
            if hidden:
                lines, leaves = self._hide_lines(lines, rows, hidden, opening)
        lines.append(b"")
        # Kept by the files: thirty figures of a quarter of a million lines are half a gigabyte.
        files[members_file(planned.name)] = b"\n".join(lines) if len(lines) > 1 else b""
        every = [one for of_row in addends.values() for one in of_row] if summed else None
        self._note = figure_over(identity, leaves, self._definition.to_bytes(), ledger, every)

    def _hide(
        self, notes: Mapping[Row, FigureNote], total: int, fewer_than: int, opening: Opening
    ) -> set[Row]:
        """Put what says nothing in the place of small rows; returns which were hidden."""
        try:
            check_total(total, fewer_than)
            hidden = hidden_rows({row: note.value for row, note in notes.items()}, fewer_than)
        except Invalid as error:
            raise Invalid(f"figure {self._name}: {error}") from None
        for row, small in hidden.items():
            note = notes[row]
            salt = opening.row(note.identity, note.to_text())
            self._rows[row] = HiddenRow(
                note.identity,
                fewer_than if small else None,
                commit_to_row(salt, note.to_text()),
                note.definition,
                note.ledger,
            )
        return {*hidden}

    def _hide_lines(
        self,
        lines: list[bytes],
        rows: Mapping[Row, Sequence[bytes]],
        hidden: set[Row],
        opening: Opening,
    ) -> tuple[list[bytes], list[bytes]]:
        """The lines that are shown, then what stands for the others; and the leaves of all."""
        secret = {leaf for row in hidden for leaf in rows[row]}
        shown, instead = [], []
        for line in lines:
            if leaf_hash(line) in secret:
                salt = opening.line(self._name, line)
                instead.append(hidden_line(commit_to_line(salt, line)))
            else:
                shown.append(line)
        kept = [*shown, *sorted(instead)]
        return kept, [leaf_hash(line) for line in kept]

    @property
    def name(self) -> str:
        return self._name

    @property
    def cells(self) -> tuple[set[bytes], dict[bytes, str]]:
        """The definition hashes of what is shown, and those of what is hidden with their rows."""
        shown = {self._note.definition}
        hidden = {}
        for row, note in self._rows.items():
            if isinstance(note, HiddenRow):
                hidden[note.definition] = f"{self._name}/{','.join(row)}"
            else:
                shown.add(note.definition)
        return shown, hidden

    @property
    def members(self) -> Cells:
        """Its rows with the ids of their members; none in a report that hides nothing."""
        hidden = {
            row: note.fewer_than is not None
            for row, note in self._rows.items()
            if isinstance(note, HiddenRow)
        }
        return Cells(self._name, self._definition, self._members, hidden)

    @property
    def frozen(self) -> FrozenFigure:
        """What the report's entry states."""
        note = self._note
        rows = None
        if self._definition.by:
            hashes = [leaf_hash(row.to_text()) for row in self._rows.values()]
            rows = _base64(root_of_leaves(hashes))
        return FrozenFigure(
            self._name, note.value, _base64(note.root), _base64(note.definition), rows
        )

    @property
    def counted(self) -> Counted:
        """The same as cross-footing sees it: without hidden rows, which a break would tell."""
        massacres = self._definition.measure == "massacres"
        return Counted(
            self._name,
            self._definition,
            self._note.value,
            self._deaths.total() if massacres else None,
            {
                row: (note.value, self._deaths[row] if massacres else None)
                for row, note in self._rows.items()
                if isinstance(note, FigureNote)
            },
        )

    def add_to(self, files: MutableMapping[str, bytes], publisher: Signer) -> None:
        """Add its definition and its notes, signed."""
        files[definition_file(self._name)] = self._definition.to_bytes()
        files[note_file(self._name)] = sign_note(self._note.to_text(), publisher)
        for row, note in self._rows.items():
            files[note_file(self._name, row)] = sign_note(note.to_text(), publisher)


def _id(line: bytes) -> str:
    """Whose line it is; reading it as JSON would take minutes for a large report."""
    return line.partition(b'"id":"')[2].partition(b'"')[0].decode()


def _base64(digest: bytes) -> str:
    return b64encode(digest).decode()
