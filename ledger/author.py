"""The author's side: composing an event note at its place in a stream, and signing it.

All of this runs in the author's process with the author's key. `prev` hashes the signed text alone,
so an author who works offline can compose several steps of one stream in a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import uuid4

from domain.event import Event, Seen
from ledger.application import Stream
from ledger.entry import text_hash
from ledger.signer import Signer, sign_note


class Head(NamedTuple):
    """Where a stream's next event goes: its version so far, and the hash of its newest text."""

    stream: str
    version: int = 0
    prev: str | None = None

    @classmethod
    def of(cls, stream: Stream) -> Head:
        return cls(stream.id, stream.version, stream.head)


def new_stream(kind: str) -> Head:
    """A stream that does not exist yet; its random id tells nothing about anybody."""
    return Head(f"{kind}/{uuid4()}")


def compose(
    head: Head,
    event_type: str,
    body: dict[str, Any],
    signers: Sequence[Signer],
    *,
    ledger: str,
    at: str,
    seen: Seen | None = None,
) -> tuple[bytes, Head]:
    """A finished event note, and the head that it leaves. `at` is the author's own clock."""
    _, text, after = draft(head, event_type, body, ledger=ledger, at=at, seen=seen)
    return sign_note(text, *signers), after


def draft(
    head: Head,
    event_type: str,
    body: dict[str, Any],
    *,
    ledger: str,
    at: str,
    seen: Seen | None = None,
) -> tuple[Event, bytes, Head]:
    """An event that nobody has signed yet, the text to be signed, and the head that it leaves."""
    event = Event(event_type, head.stream, head.version + 1, head.prev, at, ledger, seen, body)
    text = event.to_text()
    return event, text, Head(head.stream, head.version + 1, text_hash(text))
