"""What stands for a small cell: a note that says "fewer than", and lines that say nothing.

    <origin>/figures/<report>/<figure>/<row>
    fewer than <number>                       or: withheld
    <base64 commitment>                       to the note that the row would have
    definition <base64 SHA-256>
    ledger <size> <base64 root>

A commitment is SHA-256 over a word for what it is of, a secret salt of 32 bytes, and what is
hidden: whoever is given the salt can check it, and nobody else can guess at what it hides.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

from domain import canonical
from domain.errors import Invalid
from domain.event import Seen

_BASE64 = "[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]="
_HIDDEN = re.compile(
    rf"([!-~]+)\n(fewer than ([1-9][0-9]{{0,3}})|withheld)\n({_BASE64})\n"
    rf"definition ({_BASE64})\nledger ([1-9][0-9]{{0,15}}) ({_BASE64})\n"
)
_LINE = re.compile(rf'\{{"hidden":"({_BASE64})"\}}'.encode())


class HiddenRow(NamedTuple):
    """The note of a row that is hidden. `fewer_than` is None for one withheld beside a small one;
    `commitment` and `definition` have 32 bytes.
    """

    identity: str
    fewer_than: int | None
    commitment: bytes
    definition: bytes
    ledger: Seen

    def to_text(self) -> bytes:
        """The text that the publisher signs."""
        words = "withheld" if self.fewer_than is None else f"fewer than {self.fewer_than}"
        return "\n".join(
            [
                self.identity,
                words,
                b64encode(self.commitment).decode(),
                f"definition {b64encode(self.definition).decode()}",
                f"ledger {self.ledger.size} {self.ledger.root}",
                "",
            ]
        ).encode()


def is_hidden(text: bytes) -> bool:
    """Whether a note's text is of a hidden row."""
    return _HIDDEN.fullmatch(text.decode(errors="replace")) is not None


def read_hidden(text: bytes) -> HiddenRow:
    """Read the text of a hidden row's note strictly; raises Invalid. Nothing is verified here."""
    found = _HIDDEN.fullmatch(text.decode(errors="replace"))
    if found is None:
        raise Invalid("hidden row: must have identity, 'fewer than' or 'withheld', commitment, …")
    identity, _, fewer_than, commitment, definition, size, root = found.groups()
    return HiddenRow(
        identity,
        None if fewer_than is None else int(fewer_than),
        b64decode(commitment),
        b64decode(definition),
        Seen(int(size), root),
    )


def hidden_words(row: HiddenRow, language: str = "en") -> str:
    """What is said in the place of a number."""
    if row.fewer_than is None:
        return "withheld" if language == "en" else "محجوب"
    said = "fewer than" if language == "en" else "أقل من"
    return f"{said} {row.fewer_than}"


def commit_to_row(salt: bytes, note: bytes) -> bytes:
    """The commitment to the text of the note that a row would have."""
    return sha256(b"sijill/hidden-row/v1\n" + salt + note).digest()


def commit_to_line(salt: bytes, line: bytes) -> bytes:
    """The commitment to a member line, given without its newline."""
    return sha256(b"sijill/hidden-line/v1\n" + salt + line).digest()


def hidden_line(commitment: bytes) -> bytes:
    """The line that stands for one, without its newline."""
    return canonical.dumps({"hidden": b64encode(commitment).decode()})


def is_hidden_line(line: bytes) -> bool:
    return _LINE.fullmatch(line) is not None


def check_hidden(rows: Sequence[HiddenRow], shown: Sequence[int], lines: int) -> None:
    """That hidden rows, values of shown ones, and hidden lines fit together; raises Invalid."""
    if not rows:
        if lines:
            raise Invalid(f"{lines} lines are hidden, and no row is")
        return
    limits = {row.fewer_than for row in rows} - {None}
    if len(limits) != 1:
        raise Invalid("its hidden rows do not say one number that some are fewer than")
    (limit,) = limits
    assert limit is not None
    if any(value < limit for value in shown):
        raise Invalid(f"a row of fewer than {limit} is shown")
    small = sum(row.fewer_than is not None for row in rows)
    beside = len(rows) - small
    most = None if beside else small * (limit - 1)
    if lines < small + beside * limit or (most is not None and lines > most):
        raise Invalid(f"{lines} hidden lines cannot be those of its {len(rows)} hidden rows")
