"""The signed event: who may be quoted as saying what, at which place of which history.

An event note's text is two lines: its kind, and one canonical JSON object. `ledger`, `stream`,
`version` and `prev` bind the signature to one place in one history; `seen` says after which
checkpoint it was made; `at` is what the author's clock said and proves nothing.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, NamedTuple

from domain import canonical
from domain.errors import Invalid, Rejected
from domain.fields import SLUG, UUID4, sha256_base64
from domain.rules import Rules

EVENT_KIND = b"sijill/event/v1"
STREAM_KINDS = ("authority", "rules", "claim", "incident", "estimate", "report")

_STREAM = re.compile(rf"authority|rules|(?:claim|incident|estimate)/{UUID4}|report/{SLUG}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}Z")
_MEMBERS = {"at", "body", "ledger", "prev", "seen", "stream", "type", "version"}
_NO_RULES = Rules(0, 0, (), {}, {})


class Seen(NamedTuple):
    """A checkpoint that the author had verified: tree size and base64 root."""

    size: int
    root: str

    def to_json(self) -> dict[str, Any]:
        return {"root": self.root, "size": self.size}


class Event(NamedTuple):
    """The envelope. `body` is read by the event type's own shape (catalogue.py)."""

    type: str
    stream: str
    version: int
    prev: str | None
    at: str
    ledger: str
    seen: Seen | None
    body: dict[str, Any]

    @property
    def stream_kind(self) -> str:
        return self.stream.partition("/")[0]

    def to_text(self) -> bytes:
        """The note text that is signed: two lines."""
        line = canonical.dumps(
            {
                "at": self.at,
                "body": self.body,
                "ledger": self.ledger,
                "prev": self.prev,
                "seen": None if self.seen is None else self.seen.to_json(),
                "stream": self.stream,
                "type": self.type,
                "version": self.version,
            }
        )
        return EVENT_KIND + b"\n" + line + b"\n"


def parse_event(text: bytes) -> Event:
    """Read an event note's text; rejects anything but the one canonical form."""
    kind, newline, rest = text.partition(b"\n")
    if kind != EVENT_KIND or not newline:
        raise Rejected(
            "not-an-event", f"the first line must be {EVENT_KIND.decode()!r}", where="line 1"
        )
    line, newline, rest = rest.partition(b"\n")
    if not newline or rest:
        raise Rejected("not-an-event", "the text must be exactly two lines", where="line 2")
    try:
        value = canonical.parse(line)
    except Invalid as error:
        raise Rejected("not-canonical", str(error), where="line 2") from None
    return _read_envelope(value)


def _read_envelope(value: dict[str, Any]) -> Event:
    if value.keys() != _MEMBERS:
        unknown = sorted(value.keys() - _MEMBERS)
        if unknown:
            raise Rejected("unknown-field", f"{unknown[0]!r} is no member of an event", where="$")
        missing = sorted(_MEMBERS - value.keys())
        raise Rejected("missing-field", f"{missing[0]!r} is missing", where="$")
    stream, version, prev = value["stream"], value["version"], value["prev"]
    if type(stream) is not str or not _STREAM.fullmatch(stream):
        raise Rejected(
            "wrong-stream",
            "must be authority, rules, report/<name>, or claim, incident or estimate with a "
            "random UUID (version 4)",
            where="stream",
        )
    if type(version) is not int or version < 1:
        raise Rejected("malformed-field", "must be an integer from 1", where="version")
    if (prev is None) != (version == 1):
        raise Rejected("wrong-prev", "is null for version 1 and only then", where="prev")
    if prev is not None:
        sha256_base64(prev, "prev", _NO_RULES)
    if type(value["at"]) is not str or not is_utc_time(value["at"]):
        raise Rejected(
            "impossible-date", "must be a UTC time like 2020-04-02T09:15:00Z", where="at"
        )
    if type(value["ledger"]) is not str or type(value["type"]) is not str:
        raise Rejected("malformed-field", "ledger and type are text", where="ledger, type")
    if type(value["body"]) is not dict:
        raise Rejected("malformed-field", "must be an object", where="body")
    return Event(
        value["type"],
        stream,
        version,
        prev,
        value["at"],
        value["ledger"],
        _read_seen(value["seen"]),
        value["body"],
    )


def _read_seen(value: Any) -> Seen | None:
    if value is None:
        return None
    if type(value) is not dict or value.keys() != {"root", "size"}:
        raise Rejected("malformed-field", "must be null or an object of root, size", where="seen")
    if type(value["size"]) is not int or value["size"] < 1:
        raise Rejected("malformed-field", "must be an integer from 1", where="seen.size")
    return Seen(value["size"], sha256_base64(value["root"], "seen.root", _NO_RULES))


def is_utc_time(text: str) -> bool:
    if not _TIME.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text[:-1])
    except ValueError:
        return False
    return True
