"""Recounting a frozen report: each figure's value, root and rows again from the entries."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from audit.container import read_container
from audit.figure_note import Addend, FigureNote, figure_identity, figure_over
from audit.footing import counted
from audit.hidden import Hiding
from audit.lines import group_lines, read_members
from audit.recount import Recount
from domain import canonical
from domain.errors import Invalid
from domain.figure import Definition, check_notable, read_definition, row_definition
from domain.footing import Counted
from domain.report import FrozenFigure, ReportFrozen
from domain.rules import Rules
from ledger import merkle
from ledger.merkle import leaf_hash

HIDING = Hiding()


def read_definitions(bundles: Sequence[bytes]) -> Mapping[str, bytes]:
    """Definitions by their base64 SHA-256: a report's entry says which of them it counted."""
    found = {}
    for raw in bundles:
        files = read_container(raw).files
        for name in files:
            if name.startswith("definitions/"):
                found[_base64(hashlib.sha256(files[name]).digest())] = files[name]
    return found


class Again(NamedTuple):
    """A figure counted again, without its hidden rows; `closed` says what was not opened."""

    counted: Counted
    closed: str


class Recounting:
    """Recounts the figures of one report over the entries that it was frozen at.

    `identity` is `<origin>`, then the report's name; `rules` those in force at the frozen state.
    """

    def __init__(
        self, identity: tuple[str, str], report: ReportFrozen, fold: Recount, rules: Rules | None
    ) -> None:
        self._identity = identity
        self._report = report
        self._fold = fold
        self._rules = rules

    def check(self, stated: FrozenFigure, definition: bytes, hiding: Hiding = HIDING) -> Again:
        """The figure as it was counted again.

        Raises Invalid, saying both numbers, unless the entries make what is stated. What is hidden
        is taken as the bundle has it, and held against the entries as far as it was opened.
        """
        if self._rules is None:
            raise Invalid(f"{stated.name} cannot be counted: no rules were in force")
        read = read_definition(canonical.parse(definition), self._rules)
        check_notable(read)
        lines = self._fold.lines(read, self._rules)
        rows = self._rows(stated.name, read, lines)
        members = read_members(b"".join(line + b"\n" for line in lines)) if read.addend else ()
        addends = sum(member.addend or 0 for member in members)
        hidden = hiding.of(stated.root)
        closed = hiding.check_rows(hidden, {row: note for row, (note, _) in rows.items()})
        secret = {leaf for row in hidden.rows for leaf in rows[row][1]}
        leaves = [leaf_hash(line) for line in lines]
        opened = hiding.check_lines(
            stated.name,
            hidden,
            [line for line, leaf in zip(lines, leaves, strict=True) if leaf in secret],
        )
        shown = [leaf for leaf in leaves if leaf not in secret]
        texts = {row: note.to_text() for row, (note, _) in rows.items()}
        texts |= {row: note.to_text() for row, note in hidden.rows.items()}
        made = FrozenFigure(
            stated.name,
            len(lines) if read.addend is None else addends,
            _base64(merkle.root_of_leaves([*shown, *map(leaf_hash, hidden.lines)])),
            stated.definition,
            _base64(merkle.root_of_leaves([leaf_hash(texts[row]) for row in sorted(texts)]))
            if read.by
            else None,
        )
        if made != stated:
            raise Invalid(
                f"{_described(stated)} is stated; the entries make {_described(made)}",
            )
        again = counted(stated.name, read, lines)
        shown_rows = {row: one for row, one in again.rows.items() if row not in hidden.rows}
        remark = "" if not closed and opened else f"{len(hidden.rows)} hidden rows not opened"
        return Again(again._replace(rows=shown_rows), remark)

    def _rows(
        self, figure: str, definition: Definition, lines: Sequence[bytes]
    ) -> dict[tuple[str, ...], tuple[FigureNote, list[bytes]]]:
        """The note of each row, and the leaf hashes of its lines; none for an ungrouped figure."""
        if not definition.by:
            return {}
        members = list(read_members(b"".join(line + b"\n" for line in lines)))
        addends: dict[tuple[str, ...], list[Addend]] = {}
        for one in members:
            if one.addend is not None and one.qualifier is not None:
                row = tuple(one.facets[facet] for facet in definition.by)
                addends.setdefault(row, []).append((one.addend, one.qualifier))
        return {
            row: (
                figure_over(
                    figure_identity(*self._identity, figure, row),
                    of_row,
                    row_definition(definition, row).to_bytes(),
                    self._report.ledger,
                    addends.get(row, []) if definition.addend else None,
                ),
                of_row,
            )
            for row, of_row in group_lines(definition, iter(members)).items()
        }


def _described(figure: FrozenFigure) -> str:
    rows = "" if figure.rows is None else f" and rows {figure.rows}"
    return f"{figure.name} = {figure.value} with root {figure.root}{rows}"


def _base64(digest: bytes) -> str:
    return b64encode(digest).decode()
