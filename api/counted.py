"""One planned figure, counted: its member lines, its note, and the notes of its rows."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterable, MutableMapping
from hashlib import sha256

from api.plan import PlannedFigure, ReportPlan
from audit.bundle import definition_file, members_file, note_file
from audit.figure_note import FigureNote, figure_identity, figure_over
from domain.event import Seen
from domain.figure import Definition, row_definition
from domain.footing import Counted
from domain.report import FrozenFigure
from domain.rules import Rules
from ledger import merkle
from ledger.signer import Signer, sign_note
from projections.lines import Line

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
    ) -> None:
        self._name = planned.name
        self._definition = plan.definition(planned, rules)
        self._deaths: Counter[tuple[str, ...]] = Counter()
        leaves: list[bytes] = []
        rows: dict[tuple[str, ...], list[bytes]] = {}
        lines: list[bytes] = []
        for line, row, deaths in counting(self._definition, rules, ledger.size):
            leaf = sha256(b"\0" + line).digest()
            lines.append(line)
            leaves.append(leaf)
            if row in rows:
                rows[row].append(leaf)
            else:
                rows[row] = [leaf]
            if deaths:
                self._deaths[row] += deaths
        lines.append(b"")
        # Kept by the files: thirty figures of a quarter of a million lines are half a gigabyte.
        files[members_file(planned.name)] = b"\n".join(lines) if len(lines) > 1 else b""
        identity = figure_identity(origin, plan.name, planned.name)
        self._note = figure_over(identity, leaves, self._definition.to_bytes(), ledger)
        self._rows: dict[tuple[str, ...], FigureNote] = {}
        if self._definition.by:
            self._rows = {
                row: figure_over(
                    figure_identity(origin, plan.name, planned.name, row),
                    of_row,
                    row_definition(self._definition, row).to_bytes(),
                    ledger,
                )
                for row, of_row in sorted(rows.items())
            }

    @property
    def frozen(self) -> FrozenFigure:
        """What the report's entry states."""
        note = self._note
        rows = None
        if self._definition.by:
            hashes = [merkle.leaf_hash(row.to_text()) for row in self._rows.values()]
            rows = _base64(merkle.root_of_leaves(hashes))
        return FrozenFigure(
            self._name, note.value, _base64(note.root), _base64(note.definition), rows
        )

    @property
    def counted(self) -> Counted:
        """The same as cross-footing sees it."""
        massacres = self._definition.measure == "massacres"
        return Counted(
            self._name,
            self._definition,
            self._note.value,
            self._deaths.total() if massacres else None,
            {
                row: (note.value, self._deaths[row] if massacres else None)
                for row, note in self._rows.items()
            },
        )

    def add_to(self, files: MutableMapping[str, bytes], publisher: Signer) -> None:
        """Add its definition and its notes, signed."""
        files[definition_file(self._name)] = self._definition.to_bytes()
        files[note_file(self._name)] = sign_note(self._note.to_text(), publisher)
        for row, note in self._rows.items():
            files[note_file(self._name, row)] = sign_note(note.to_text(), publisher)


def _base64(digest: bytes) -> str:
    return b64encode(digest).decode()
