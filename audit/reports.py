"""Recounting a frozen report: each figure's value, root and rows again from the entries."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Mapping, Sequence

from audit.container import read_container
from audit.figure_note import figure_identity, figure_over
from audit.footing import counted
from audit.lines import group_lines, read_members
from audit.recount import Recount
from domain import canonical
from domain.errors import Invalid
from domain.figure import Definition, check_notable, read_definition, row_definition
from domain.footing import Counted
from domain.report import FrozenFigure, ReportFrozen
from domain.rules import Rules
from ledger import merkle


def read_definitions(bundles: Sequence[bytes]) -> Mapping[str, bytes]:
    """Definitions by their base64 SHA-256: a report's entry says which of them it counted."""
    found = {}
    for raw in bundles:
        for name, content in read_container(raw).files.items():
            if name.startswith("definitions/"):
                found[_base64(hashlib.sha256(content).digest())] = content
    return found


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

    def check(self, stated: FrozenFigure, definition: bytes) -> Counted:
        """The figure as it was counted again.

        Raises Invalid, saying both numbers, unless the entries make what is stated.
        """
        if self._rules is None:
            raise Invalid(f"{stated.name} cannot be counted: no rules were in force")
        read = read_definition(canonical.parse(definition), self._rules)
        check_notable(read)
        lines = self._fold.lines(read, self._rules)
        made = FrozenFigure(
            stated.name,
            len(lines),
            _base64(merkle.tree_root(merkle.leaf_hash(line) for line in lines)),
            stated.definition,
            self._rows(stated.name, read, lines),
        )
        if made != stated:
            raise Invalid(
                f"{_described(stated)} is stated; the entries make {_described(made)}",
            )
        return counted(stated.name, read, lines)

    def _rows(self, figure: str, definition: Definition, lines: Sequence[bytes]) -> str | None:
        """The root over the texts of the row notes, as a report states it."""
        if not definition.by:
            return None
        members = read_members(b"".join(line + b"\n" for line in lines))
        texts = [
            figure_over(
                figure_identity(*self._identity, figure, row),
                of_row,
                row_definition(definition, row).to_bytes(),
                self._report.ledger,
            ).to_text()
            for row, of_row in group_lines(definition, members).items()
        ]
        return _base64(merkle.tree_root(merkle.leaf_hash(text) for text in texts))


def _described(figure: FrozenFigure) -> str:
    rows = "" if figure.rows is None else f" and rows {figure.rows}"
    return f"{figure.name} = {figure.value} with root {figure.root}{rows}"


def _base64(digest: bytes) -> str:
    return b64encode(digest).decode()
