"""Whether the ledger takes an event: the note's form, its signers, its place, the domain's rules.

Every refusal names its rule, and nothing is stored. The order is that of trust: form first, then
who signed, then where in which history, and only then what it says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from domain.authority import Authority, key_name
from domain.authority_events import (
    EntriesLost,
    KeyEnrolled,
    LedgerFounded,
    LogKeyRotated,
    RootRotated,
    read_founding,
    signing_sets,
)
from domain.catalogue import check_place, event_type
from domain.errors import Conflict, Invalid, Rejected
from domain.event import Event, parse_event
from domain.life import ROOT, Author
from domain.rules import Rules
from ledger.application import Stream
from ledger.entry import ENTRY_KIND, MAX_ENTRY
from ledger.note import COSIGNATURE, ED25519, Note, parse_note, verifier

_HEADER_BYTES = len(ENTRY_KIND) + len(" 2020-04-02T09:15:00.123Z\n")
_NO_RULES = Rules(0, 1, (), {}, {})


class Submission(NamedTuple):
    """A note that has the form of an event note; not yet verified or judged.

    `signers` are key names `name+keyid` in the order of the signature lines.
    """

    raw: bytes
    note: Note
    event: Event
    signers: tuple[str, ...]


def read_submission(raw: bytes) -> Submission:
    """Read a finished event note from outside; rejects everything but the one form."""
    if len(raw) + _HEADER_BYTES > MAX_ENTRY:
        raise Rejected(
            "oversize",
            f"the note has {len(raw)} bytes; with its header an entry holds at most {MAX_ENTRY}; "
            "keep attachments in the vault and name them by digest",
        )
    try:
        note = parse_note(raw)
    except Invalid as error:
        raise Rejected("malformed-note", str(error)) from None
    signers = tuple(f"{one.name}+{one.key_id.hex()}" for one in note.signatures)
    return Submission(raw, note, parse_event(note.text), signers)


class State:
    """The ledger as it stands before the event that is being judged (a domain World)."""

    def __init__(
        self,
        *,
        size: int,
        received: str,
        streams: Callable[[str], Stream | None],
        root_at: Callable[[int], str],
    ) -> None:
        self.size = size
        self.received = received
        self.stream = ""
        self.find = streams
        self.root_at = root_at

    @property
    def authority(self) -> Authority | None:
        found = self.find("authority")
        return None if found is None else found.state

    @property
    def rules(self) -> Rules:
        found = self.find("rules")
        return _NO_RULES if found is None else found.state

    @property
    def signers(self) -> tuple[str, ...]:
        found = self.find(self.stream)
        return () if found is None else found.signers

    def state(self, stream: str) -> Any:
        found = self.find(stream)
        return None if found is None else found.state

    def holder(self, key: str) -> str:
        authority = self.authority
        known = None if authority is None else authority.keys.get(key)
        return key if known is None else known.holder.label


def keys_for(submission: Submission, authority: Authority | None) -> Mapping[str, str]:
    """The vkeys of the signers that the ledger knows, by key name."""
    sets = signing_sets(submission.event, authority)
    roots = {key_name(vkey): vkey for one in sets for vkey in one.keys}
    known = {}
    for signer in submission.signers:
        if authority is not None and signer in authority.keys:
            known[signer] = authority.keys[signer].vkey
        elif signer in roots:
            known[signer] = roots[signer]
    return known


def signatures_to_check(
    submission: Submission, authority: Authority | None
) -> list[tuple[bytes, bytes, bytes]]:
    """(public key, message, signature) of every signature line; rejects an unknown key.

    A note whose signers are not all known is refused whole: a line nobody can check would give
    the same event two sets of bytes.
    """
    known = keys_for(submission, authority)
    checks = []
    names = submission.signers
    if len(set(names)) != len(names):
        raise Rejected("duplicate-signature", "a key signs a note once", where="signatures")
    for name, line in zip(names, submission.note.signatures, strict=True):
        if name not in known:
            raise Rejected(
                "unknown-key",
                f"{name} was never enrolled in this ledger; have it enrolled by the root keys",
                where="signatures",
            )
        try:
            key = verifier(known[name])
        except Invalid as error:
            raise Rejected("unknown-key", str(error), where="signatures") from None
        if key.kind != ED25519:
            raise Rejected("unknown-key", f"{name} is no Ed25519 key", where="signatures")
        checks.append((key.public_key, submission.note.text, line.signature))
    return checks


def judge(submission: Submission, intact: bool, state: State) -> tuple[Author, Any, Any]:
    """Decide on one event; returns its author, the fact it states and the new state of its stream.

    `intact` says whether every signature of the note verified.
    """
    event = submission.event
    state.stream = event.stream
    authority = state.authority
    row = event_type(event)
    if authority is None:
        if row.name != "LedgerFounded":
            raise Rejected("not-founded", "the first event of a ledger is LedgerFounded")
        origin = read_founding(event).origin
    else:
        origin = authority.origin
    if event.ledger != origin:
        raise Rejected(
            "wrong-ledger", f"this is {origin}; the event is for {event.ledger}", where="ledger"
        )
    if not intact:
        raise Rejected(
            "bad-signature",
            f"a signature of {' or '.join(submission.signers)} does not belong to this text; "
            "sign exactly the bytes that are sent",
            where="signatures",
        )
    author = Author(submission.signers[0], state.size)
    _check_roles(submission, row.name, row.roles, authority)
    stream = state.find(event.stream)
    _check_position(event, stream, submission)
    check_place(event, row, stream is not None)
    _check_seen(event, state)
    fact = row.shape.read(event.body, "body", state.rules)
    _check_vkeys(fact)
    before = None if stream is None else stream.state
    row.check(before, fact, author, state)
    after = row.evolve(before, fact, author)
    _check_scopes(submission, authority, before, after)
    return author, fact, after


def _check_roles(
    submission: Submission, name: str, roles: frozenset[str], authority: Authority | None
) -> None:
    signers = submission.signers
    if ROOT in roles:
        sets = [
            (one.threshold, {key_name(vkey) for vkey in one.keys})
            for one in signing_sets(submission.event, authority)
        ]
        others = [one for one in signers if not any(one in roots for _, roots in sets)]
        if others:
            raise Rejected("role-missing", f"{name} is signed by root keys; {others[0]} is none")
        for (threshold, roots), which in zip(sets, ("", " of the new set"), strict=False):
            signed = len(roots.intersection(signers))
            if signed < threshold:
                raise Rejected(
                    "threshold",
                    f"{name} needs {threshold} of {len(roots)} root keys{which} on the one note; "
                    f"{signed} signed",
                )
        return
    assert authority is not None
    for signer in signers:
        key = authority.keys.get(signer)
        if key is None:
            raise Rejected("role-missing", f"{signer} is a root key and takes no other role")
        if key.revoked_at is not None:
            raise Rejected(
                "key-revoked",
                f"{signer} was revoked at index {key.revoked_at} ({key.revocation}); "
                "use another key",
            )
        if not roles.intersection(key.roles):
            raise Rejected(
                "role-missing",
                f"{name} is for the role {' or '.join(sorted(roles))}; {signer} is enrolled as "
                f"{', '.join(key.roles)}",
            )


def _check_scopes(
    submission: Submission, authority: Authority | None, before: Any, after: Any
) -> None:
    for signer in submission.signers:
        key = None if authority is None else authority.keys.get(signer)
        if key is not None and key.current.scope is not None:
            key.current.scope.check(submission.event.stream_kind, before, after)


def _check_vkeys(fact: Any) -> None:
    """A key that can verify nothing is not taken in: to the domain a vkey is opaque text."""
    named: list[tuple[str, str, int]] = []
    if isinstance(fact, KeyEnrolled):
        named = [("body.vkey", fact.vkey, ED25519)]
    elif isinstance(fact, (LogKeyRotated, EntriesLost)):
        named = [("body.log", fact.log, ED25519)]
    elif isinstance(fact, RootRotated):
        named = [("body.roots", vkey, ED25519) for vkey in fact.roots]
    elif isinstance(fact, LedgerFounded):
        named = [
            ("body.log", fact.log, ED25519),
            *(("body.roots", vkey, ED25519) for vkey in fact.roots),
            *(("body.witnesses", vkey, COSIGNATURE) for vkey in fact.witnesses),
        ]
    for where, vkey, kind in named:
        try:
            key = verifier(vkey)
        except Invalid as error:
            raise Rejected("malformed-field", str(error), where=where) from None
        if key.kind != kind:
            raise Rejected(
                "malformed-field",
                f"key {key.name} is of kind {key.kind:#04x}; here it must be {kind:#04x}",
                where=where,
            )


def _check_position(event: Event, stream: Stream | None, submission: Submission) -> None:
    version = 0 if stream is None else stream.version
    if stream is not None and event.version <= version:
        raise Conflict(
            f"{event.stream} is at version {version}, signed by {stream.signer} at index "
            f"{stream.log_index}; look at what changed and sign again for version {version + 1}",
            version=version,
            signed_by=stream.signer,
            where="version",
        )
    if event.version != version + 1:
        raise Rejected(
            "version-gap",
            f"{event.stream} is at version {version}; the next is {version + 1}, "
            f"not {event.version}",
            where="version",
        )
    if stream is not None and event.prev != stream.head:
        raise Rejected(
            "wrong-prev",
            f"prev is not the hash of version {version} ({stream.head})",
            where="prev",
        )


def _check_seen(event: Event, state: State) -> None:
    seen = event.seen
    if seen is None:
        return
    if seen.size > state.size or state.root_at(seen.size) != seen.root:
        raise Rejected(
            "unknown-checkpoint",
            f"this ledger has no state of {seen.size} entries with that root: the author has seen "
            "another history; keep her checkpoint, it is evidence",
            where="seen",
        )
