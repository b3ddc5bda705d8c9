"""The history of one stream: every event, who signed it, what it changed, and why.

Read from the ledger itself, not from the registry: each signature is checked again on the way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from domain.authority import Authority, key_name
from domain.dates import parse_dates
from domain.errors import NotFound
from domain.life import describe
from ledger.application import RecordedEvent
from ledger.entry import parse_entry
from ledger.ledger import Ledger
from ledger.note import verifier

# Members of a body that say what an event is about, before what it changes.
_SUBJECT = ("field", "date", "place", "quantity")
_REVISION = {"from", "to"}


class Happening(NamedTuple):
    """One event of a history. `change` is in words; `was` and `now` are JSON values."""

    log_index: int
    received: str
    type: str
    version: int
    author: str
    holder: str
    signed_at: str
    change: str
    was: Any
    now: Any
    reason_code: str | None
    reason: str | None
    signature_holds: bool
    suspect: bool

    def to_json(self) -> dict[str, Any]:
        return {
            "index": self.log_index,
            "received": self.received,
            "type": self.type,
            "version": self.version,
            "author": self.author,
            "holder": self.holder,
            "signed_at": self.signed_at,
            "change": self.change,
            "from": self.was,
            "to": self.now,
            "reason_code": self.reason_code,
            "reason": self.reason,
            "signature_holds": self.signature_holds,
            "suspect": self.suspect,
        }


def history(ledger: Ledger, stream: str, size: int | None = None) -> list[Happening]:
    """Every event of a stream in the state of the first `size` entries (or now), by version."""
    events = [one for one in ledger.history(stream) if size is None or one.log_index < size]
    if not events:
        raise NotFound(f"{stream} is not in this ledger")
    authority = ledger.authority
    suspects = ledger.suspects(stream, size)
    return [happening(one, authority, suspect=one.originator_version in suspects) for one in events]


def happening(one: RecordedEvent, authority: Authority, *, suspect: bool = False) -> Happening:
    """An accepted event in words, with its signatures checked again."""
    entry = parse_entry(one.state)
    body = one.event.body
    key = authority.keys.get(one.signer)
    return Happening(
        one.log_index,
        entry.received,
        one.event.type,
        one.originator_version,
        one.signer,
        "root keys" if key is None else key.holder.label,
        one.event.at,
        describe_change(one.event.type, body),
        body.get("from"),
        body.get("to"),
        body.get("reason_code"),
        body.get("reason"),
        _holds(one, authority),
        suspect,
    )


def describe_change(kind: str, body: dict[str, Any]) -> str:
    """What an event changed, from what to what, in words."""
    if body.keys() >= _REVISION:
        subject = next((str(body[name]) for name in _SUBJECT if name in body), "value")
        if kind == "AttributionChanged":
            was, now = _attribution(body["from"]), _attribution(body["to"])
            return f"attribution: {was} → {now}"
        if kind == "FieldSealed":
            return f"{body['field']}: {_sealed(body['from'])} → {_sealed(body['to'])}"
        was, now = describe(body["from"]), describe(body["to"])
        how = _redated(body["from"], body["to"]) if kind == "DateRevised" else ""
        return f"{subject.replace('_', ' ')}: {was} → {now}{how}"
    words = _WORDS.get(kind)
    return kind if words is None else words(body)


def _redated(was: str | None, now: str | None) -> str:
    """Whether a new date says more, says less, or cannot be true together with the old one."""
    if was is None or now is None:
        return ""
    before, after = parse_dates(was), parse_dates(now)
    if not before.touches(after):
        return " (contradicts it)"
    if after.within(before) != before.within(after):
        return " (narrower)" if after.within(before) else " (wider)"
    return ""


def _attribution(attribution: dict[str, Any]) -> str:
    words = " ".join(filter(None, (attribution["mode"], describe(attribution["parties"]))))
    confidence = attribution["confidence"]
    return words if confidence is None else f"{words} ({confidence})"


def _sealed(value: dict[str, Any] | None) -> str:
    return "nothing" if value is None else f"sealed {value['sealed'][:12]}…"


def _claim(body: dict[str, Any]) -> str:
    return (
        f"recorded: {body['kind']}, {body['age_group']} {body['sex']}, {body['status']}, "
        f"{_attribution(body['attribution'])}, documented {describe(body['documented_on'])}, "
        f"happened {describe(body['happened_on'])}"
    )


def _incident(body: dict[str, Any]) -> str:
    return (
        f"recorded: {body['kind']}, {_attribution(body['attribution'])}, "
        f"happened {describe(body['happened_on'])}"
    )


_WORDS: dict[str, Callable[[dict[str, Any]], str]] = {
    "ClaimRecorded": _claim,
    "IncidentRecorded": _incident,
    "MergedInto": lambda body: f"merged into {body['into']} ({body['nature']})",
    "Unmerged": lambda body: "stands on its own again",
    "Retracted": lambda body: "retracted",
    "Reinstated": lambda body: "reinstated",
    "Corroborated": lambda body: f"corroborated by {', '.join(body['sources'])}",
    "Verified": lambda body: "verified by a second person",
    "OutcomeLinked": lambda body: f"outcome: {body['relation']}, told by {body['claim']}",
    "OutcomeUnlinked": lambda body: f"no longer the outcome: {body['claim']}",
    "SourceLinked": lambda body: f"source {body['source']['id']} linked ({body['source']['kind']})",
    "SourceUnlinked": lambda body: f"source {body['source']} unlinked",
    "Disclosed": lambda body: (
        f"{', '.join(body['fields'])} disclosed to {body['to']}"
        + ("" if body["key"] is None else ", encrypted")
    ),
    "Erased": lambda body: "what was sealed of it is erased for good",
    "ChallengeRaised": lambda body: f"challenged by {body['by']}: {body['text']}",
    "ChallengeAnswered": lambda body: f"answered by {body['by']}: {body['text']}",
    "FacilityHit": lambda body: f"facility hit: {body['facility']}",
    "LedgerFounded": lambda body: (
        f"founded by {body['threshold']} of {len(body['roots'])} root keys"
    ),
    "KeyEnrolled": lambda body: f"{key_name(body['vkey'])} as {', '.join(body['roles'])}",
    "KeyRevoked": lambda body: (
        f"{key_name(body['vkey'])} revoked ({body['reason_code']})"
        + ("" if body["suspect_from"] is None else f", suspect from index {body['suspect_from']}")
    ),
    "RootRotated": lambda body: (
        f"{len(body['roots'])} root keys, of which {body['threshold']} sign together"
    ),
    "LogKeyRotated": lambda body: f"the log signs with {key_name(body['log'])}",
    "EntriesLost": lambda body: (
        f"restored from an older copy: {body['size']} entries had been signed for"
    ),
    "Reaffirmed": lambda body: (
        f"version {', '.join(map(str, body['versions']))} reaffirmed by another key"
    ),
    "RulesAdopted": lambda body: f"rules version {body['version']}",
    "ReportFrozen": lambda body: (
        f"{len(body['figures'])} figures at {body['ledger']['size']} entries"
        + (f", correcting {body['corrects']['report']}" if "corrects" in body else "")
    ),
    "ReportPublished": lambda body: f"published by a second person, {body['figures']} figures",
    "ReportCorrected": lambda body: f"corrected by {body['by']}: {_changes(body['changes'])}",
    "AuditAttested": lambda body: (
        f"attested by an auditor: {body['entries']} entries and {body['signatures']} signatures "
        f"{body['outcome']}, {len(body['figures'])} figures recounted"
    ),
    "EstimateStated": lambda body: f"{body['publisher']}: {body['label']}: {body['value']['best']}",
}


def _changes(changes: list[dict[str, Any]]) -> str:
    return ", ".join(
        f"{one['figure']} {describe(one['from'])} → {describe(one['to'])}" for one in changes
    )


def _holds(one: RecordedEvent, authority: Authority) -> bool:
    vkeys = authority.vkeys()
    note = parse_entry(one.state).note
    for line in note.signatures:
        vkey = vkeys.get(f"{line.name}+{line.key_id.hex()}")
        if vkey is None or not verifier(vkey).verifies(note.text, line.signature):
            return False
    return True
