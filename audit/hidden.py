"""What bundles hide, and what openings show of it, held against a recount.

A bundle says which rows are hidden and gives the commitments. Without an opening a recount can say
that the hidden rows are small as they claim, and that nothing else is hidden; with it also that
each commitment is to what the entries make.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from audit.cells import (
    HiddenRow,
    commit_to_line,
    commit_to_row,
    hidden_line,
    is_hidden,
    is_hidden_line,
    read_hidden,
)
from audit.container import read_container
from audit.figure_note import FigureNote, read_figure
from domain import canonical
from domain.errors import Invalid, SijillError
from ledger.note import parse_note

OPENING = "sijill/opening/v1"
MAX_OPENING = 1 << 28

Row = tuple[str, ...]


class Hidden(NamedTuple):
    """What a figure hides: lines without newlines, and the notes of rows by their values."""

    lines: tuple[bytes, ...]
    rows: Mapping[Row, HiddenRow]


NOTHING = Hidden((), {})


class Hiding:
    """What bundles hide, by the base64 root of a figure, and the salts that openings give."""

    def __init__(self, bundles: Sequence[bytes] = (), openings: Sequence[bytes] = ()) -> None:
        self._hidden: dict[str, Hidden] = {}
        self._salts: dict[str, list[bytes]] = {}
        for raw in bundles:
            files = read_container(raw).files
            for name in files:
                if name.startswith("members/") and b'{"hidden":' in files[name]:
                    self._add(files, name.removeprefix("members/").removesuffix(".jsonl"))
        for raw in openings:
            self._open(raw)

    def of(self, root: str) -> Hidden:
        """What the figure with that root hides."""
        return self._hidden.get(root, NOTHING)

    def _add(self, files: Mapping[str, bytes], figure: str) -> None:
        try:
            note = read_figure(parse_note(files[f"figures/{figure}.note"]).text)
        except (SijillError, KeyError):
            return  # what does not verify is not for the recount to say
        rows = {}
        for name in files:
            if name.startswith(f"figures/{figure}/"):
                text = parse_note(files[name]).text
                if is_hidden(text):
                    hidden = read_hidden(text)
                    values = hidden.identity.removeprefix(f"{note.identity}/").split(",")
                    rows[tuple(values)] = hidden
        lines = files[f"members/{figure}.jsonl"].splitlines()
        kept = tuple(line for line in lines if is_hidden_line(line))
        self._hidden[b64encode(note.root).decode()] = Hidden(kept, rows)

    def _open(self, raw: bytes) -> None:
        """Take the salts of an opening; raises Invalid for what is none."""
        kind, *rest = raw[:MAX_OPENING].split(b"\n")
        if kind != OPENING.encode() or rest[-1:] != [b""]:
            raise Invalid(f"an opening begins with {OPENING} and ends with a newline")
        for number, line in enumerate(rest[1:-1], 3):
            document = canonical.parse(line)
            about, salt = document.get("row", document.get("figure")), document.get("salt")
            if type(about) is not str or type(salt) is not str:
                raise Invalid(f"opening: line {number} does not say what its salt is of")
            try:
                self._salts.setdefault(about, []).append(b64decode(salt, validate=True))
            except ValueError:
                raise Invalid(f"opening: the salt of line {number} is not base64") from None

    def check_rows(self, hidden: Hidden, made: Mapping[Row, FigureNote]) -> int:
        """Hold hidden rows against what the entries make; returns how many are not opened.

        Raises Invalid for a row that may not be hidden, or whose commitment is to another note.
        """
        closed = 0
        limit = next((one.fewer_than for one in hidden.rows.values() if one.fewer_than), 0)
        for row, note in hidden.rows.items():
            true, name = made.get(row), ",".join(row)
            if true is None:
                raise Invalid(f"the row {name} is hidden, and the entries make no such row")
            if (note.fewer_than is not None) != (true.value < limit):
                raise Invalid(f"the row {name} is not as small as it is hidden for")
            salts = self._salts.get(note.identity, ())
            if not salts:
                closed += 1
            elif all(commit_to_row(salt, true.to_text()) != note.commitment for salt in salts):
                raise Invalid(f"the opening of the row {name} does not open it to {true.value}")
        return closed

    def check_lines(self, figure: str, hidden: Hidden, made: Sequence[bytes]) -> bool:
        """Hold hidden lines against what the entries make; returns whether they were opened."""
        if len(made) != len(hidden.lines):
            raise Invalid(f"{len(hidden.lines)} lines are hidden, the entries make {len(made)}")
        salts = self._salts.get(figure, ())
        if not salts:
            return not made
        left = {*hidden.lines}
        for line in made:
            found = {hidden_line(commit_to_line(salt, line)) for salt in salts} & left
            if not found:
                raise Invalid("the opening does not open a hidden line to what the entries make")
            left -= found
        return True
