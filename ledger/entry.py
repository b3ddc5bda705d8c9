"""The entry: the log's leaf, and exactly the bytes that are stored.

    sijill/entry/v1 <RFC 3339 UTC time at which the ledger received it, milliseconds>
    <the event note, whole>

At most 65,535 bytes, so that it fits an entry bundle of c2sp.org/tlog-tiles.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from datetime import UTC, datetime
from typing import NamedTuple

from domain.errors import Invalid
from domain.event import EVENT_KIND, Event, is_utc_time, parse_event
from ledger.note import Note, parse_note

ENTRY_KIND = b"sijill/entry/v1"
MAX_ENTRY = 65_535

_HEADER = re.compile(
    rb"sijill/entry/v1 (([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})\.[0-9]{3}Z)"
)

_LINE_AT = len(ENTRY_KIND) + len(" 2020-04-02T09:15:00.123Z\n") + len(EVENT_KIND) + 1


class Entry(NamedTuple):
    """An entry taken apart. `received` is the ledger's clock, `event` what the author signed."""

    received: str
    note: Note
    event: Event

    @property
    def signer(self) -> str:
        """The key name `name+keyid` of the first signature: the author."""
        first = self.note.signatures[0]
        return f"{first.name}+{first.key_id.hex()}"


def format_entry(received: str, note: bytes) -> bytes:
    """Put the time received before a whole event note; raises Invalid above 65,535 bytes."""
    entry = b"%b %b\n%b" % (ENTRY_KIND, received.encode(), note)
    if len(entry) > MAX_ENTRY:
        raise Invalid(f"the entry would have {len(entry)} bytes; at most {MAX_ENTRY} are allowed")
    return entry


def split_entry(entry: bytes) -> tuple[str, bytes]:
    """The time received and the event note's bytes, unparsed."""
    if len(entry) > MAX_ENTRY:
        raise Invalid(f"the entry has {len(entry)} bytes; at most {MAX_ENTRY} are allowed")
    header, newline, note = entry.partition(b"\n")
    found = _HEADER.fullmatch(header)
    if not found or not newline or not is_utc_time(f"{found[2].decode()}Z"):
        raise Invalid("not an entry: the first line must be sijill/entry/v1 and a UTC time")
    return found[1].decode(), note


def parse_entry(entry: bytes) -> Entry:
    """Take an entry apart; raises Invalid or Rejected. Nothing is verified here."""
    received, raw = split_entry(entry)
    note = parse_note(raw)
    return Entry(received, note, parse_event(note.text))


def event_line(entry: bytes) -> bytes:
    """The canonical JSON line of an entry that was accepted, unparsed: for folds that trust it."""
    start = _LINE_AT
    return entry[start : entry.index(b"\n", start)]


def text_hash(text: bytes) -> str:
    """Base64 SHA-256 of an event's signed text: what the next event's `prev` holds."""
    return b64encode(hashlib.sha256(text).digest()).decode()


def utc_now() -> str:
    """The ledger's clock: RFC 3339 UTC with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
