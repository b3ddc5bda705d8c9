"""The figure note: a published number that is itself a checkpoint.

    <origin>/figures/<report>/<figure>        what it is; a row's note adds /<row>
    <value>                                   the number, and the size of the tree of its members
    <base64 RFC 6962 root>                    over the member lines, each without its newline
    definition <base64 SHA-256>               of the canonical definition
    ledger <size> <base64 root>               the state of the ledger it was frozen at

and, when the number is a sum and not a count, a last line

    sum <number> <qualifiers>                 then the second line is how many addends it has

signed by the publisher. Whoever counts the member lines gets the value, whoever hashes them the
root, and an inclusion proof of a few hashes shows that one person is among them.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from binascii import a2b_base64
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from domain.errors import Invalid
from domain.event import Seen
from ledger import merkle
from ledger.checkpoint import Checkpoint, parse_checkpoint
from ledger.note import VerifierKey, parse_note, verified

_DEFINITION = re.compile(r"definition ([A-Za-z0-9+/]{43}=)")
_SUM = re.compile(r"sum (0|[1-9][0-9]{0,15}) (none|[a-z-]{1,40}(?:,[a-z-]{1,40}){0,19})")
_LEDGER = re.compile(r"ledger ([1-9][0-9]{0,15}) ([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)")


Addend = tuple[int, str]


class Sum(NamedTuple):
    """What a figure's addends make: their sum, and the qualifiers that they have, ascending."""

    value: int
    qualifiers: tuple[str, ...]

    def to_line(self) -> str:
        return f"sum {self.value} {','.join(self.qualifiers) or 'none'}"


class FigureNote(NamedTuple):
    """What a figure note says. `root` and `definition` have 32 bytes, `ledger` as in events.

    `size` is the number of its lines; `sum` what they add up to, None where they are counted.
    """

    identity: str
    size: int
    root: bytes
    definition: bytes
    ledger: Seen
    sum: Sum | None = None

    @property
    def value(self) -> int:
        """The published number."""
        return self.size if self.sum is None else self.sum.value

    def to_text(self) -> bytes:
        """The text that the publisher signs."""
        return Checkpoint(
            self.identity,
            self.size,
            self.root,
            (
                f"definition {b64encode(self.definition).decode()}",
                f"ledger {self.ledger.size} {self.ledger.root}",
                *(() if self.sum is None else (self.sum.to_line(),)),
            ),
        ).to_text()


def figure_identity(origin: str, report: str, figure: str, row: Sequence[str] | None = None) -> str:
    """The first line of a figure's note, or of the note of one of its rows."""
    identity = f"{origin}/figures/{report}/{figure}"
    return identity if row is None else f"{identity}/{','.join(row)}"


def figure_of(
    identity: str, members: Iterable[bytes], definition: bytes, ledger: Seen
) -> FigureNote:
    """Count and hash member lines, given without newlines; `definition` is its canonical form."""
    return figure_over(identity, [merkle.leaf_hash(line) for line in members], definition, ledger)


def figure_over(
    identity: str,
    leaves: Sequence[bytes],
    definition: bytes,
    ledger: Seen,
    addends: Sequence[Addend] | None = None,
) -> FigureNote:
    """The same from the leaf hashes of the member lines; `addends` are those of a sum."""
    return FigureNote(
        identity,
        len(leaves),
        merkle.root_of_leaves(leaves),
        hashlib.sha256(definition).digest(),
        ledger,
        None if addends is None else sum_of(addends),
    )


def sum_of(addends: Sequence[Addend]) -> Sum:
    """What addends make; each is a number and its qualifier."""
    qualifiers = sorted({qualifier for _, qualifier in addends})
    return Sum(sum(value for value, _ in addends), tuple(qualifiers))


def read_figure(text: bytes) -> FigureNote:
    """Read a figure note's text strictly; raises Invalid. Nothing is verified here."""
    checkpoint = parse_checkpoint(text)
    if len(checkpoint.extensions) not in (2, 3):
        raise Invalid(
            "figure: must have five lines: identity, value, root, definition, ledger; a sum has six"
        )
    definition = _DEFINITION.fullmatch(checkpoint.extensions[0])
    if not definition:
        raise Invalid("figure: the fourth line must be 'definition <base64 SHA-256>'")
    ledger = _LEDGER.fullmatch(checkpoint.extensions[1])
    if not ledger:
        raise Invalid("figure: the fifth line must be 'ledger <size> <base64 root>'")
    figure = FigureNote(
        checkpoint.origin,
        checkpoint.size,
        checkpoint.root,
        a2b_base64(definition[1]),
        Seen(int(ledger[1]), ledger[2]),
        _read_sum(checkpoint.extensions[2]) if len(checkpoint.extensions) == 3 else None,
    )
    if figure.to_text() != text:
        raise Invalid("figure: holds a number or a hash in an odd spelling")
    return figure


def _read_sum(line: str) -> Sum:
    found = _SUM.fullmatch(line)
    qualifiers = () if found is None or found[2] == "none" else tuple(found[2].split(","))
    if found is None or list(qualifiers) != sorted(set(qualifiers)):
        raise Invalid("figure: the sixth line must be 'sum <number> <qualifiers, ascending>'")
    return Sum(int(found[1]), qualifiers)


def open_figure(raw: bytes, key: VerifierKey) -> FigureNote:
    """Verify a figure note under the publisher's key, then read it."""
    note = parse_note(raw)
    verified(note, [key])
    return read_figure(note.text)
