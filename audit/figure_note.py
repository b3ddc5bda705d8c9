"""The figure note: a published number that is itself a checkpoint.

    <origin>/figures/<report>/<figure>        what it is; a row's note adds /<row>
    <value>                                   the number, and the size of the tree of its members
    <base64 RFC 6962 root>                    over the member lines, each without its newline
    definition <base64 SHA-256>               of the canonical definition
    ledger <size> <base64 root>               the state of the ledger it was frozen at

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
_LEDGER = re.compile(r"ledger ([1-9][0-9]{0,15}) ([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)")


class FigureNote(NamedTuple):
    """What a figure note says. `root` and `definition` have 32 bytes, `ledger` as in events."""

    identity: str
    value: int
    root: bytes
    definition: bytes
    ledger: Seen

    def to_text(self) -> bytes:
        """The text that the publisher signs."""
        return Checkpoint(
            self.identity,
            self.value,
            self.root,
            (
                f"definition {b64encode(self.definition).decode()}",
                f"ledger {self.ledger.size} {self.ledger.root}",
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
    identity: str, leaves: Sequence[bytes], definition: bytes, ledger: Seen
) -> FigureNote:
    """The same from the leaf hashes of the member lines."""
    return FigureNote(
        identity,
        len(leaves),
        merkle.root_of_leaves(leaves),
        hashlib.sha256(definition).digest(),
        ledger,
    )


def read_figure(text: bytes) -> FigureNote:
    """Read a figure note's text strictly; raises Invalid. Nothing is verified here."""
    checkpoint = parse_checkpoint(text)
    if len(checkpoint.extensions) != 2:
        raise Invalid("figure: must have five lines: identity, value, root, definition, ledger")
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
    )
    if figure.to_text() != text:
        raise Invalid("figure: holds a number or a hash in an odd spelling")
    return figure


def open_figure(raw: bytes, key: VerifierKey) -> FigureNote:
    """Verify a figure note under the publisher's key, then read it."""
    note = parse_note(raw)
    verified(note, [key])
    return read_figure(note.text)
