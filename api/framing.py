"""Several notes in one file or request: each after a line with its length in bytes.

714
sijill/event/v1
…                    exactly 714 bytes, then the next length, without anything between
"""

from __future__ import annotations

from collections.abc import Iterable

from domain.errors import Invalid
from ledger.note import MAX_NOTE

_LONGEST = len(str(MAX_NOTE)) + 1


def write_notes(notes: Iterable[bytes]) -> bytes:
    return b"".join(b"%d\n%b" % (len(note), note) for note in notes)


def read_notes(raw: bytes) -> list[bytes]:
    """Take the notes apart; raises Invalid naming the byte where the framing breaks."""
    notes: list[bytes] = []
    at = 0
    while at < len(raw):
        length, newline, _ = raw[at : at + _LONGEST].partition(b"\n")
        if not newline or not length.isdigit() or length.startswith(b"0"):
            raise Invalid(f"byte {at}: a line with the length of a note must begin here")
        begin = at + len(length) + 1
        at = begin + int(length)
        if int(length) > MAX_NOTE or at > len(raw):
            raise Invalid(f"byte {begin}: the note is longer than what follows, or than allowed")
        notes.append(raw[begin:at])
    if not notes:
        raise Invalid("no note: the body is empty")
    return notes
