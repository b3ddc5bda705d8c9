"""Keys in the log: who may sign what, decided by the log index and never by a claimed time.

The stream `authority` holds the founding (root keys, threshold, log key), enrolments and
revocations, each signed by the threshold of root keys on one note. A key is named by the first two
parts of its vkey, `name+keyid`; the vkey text itself is opaque here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from domain.errors import Rejected
from domain.event import Event
from domain.fields import (
    Shape,
    list_of,
    malformed,
    matching,
    nullable,
    one_of,
    text,
    whole_number,
)
from domain.life import FIRST, REASON_TEXT, ROLES, ROOT, Author, EventType, World
from domain.rules import ACCEPTED, Rules

_VKEY = re.compile(r"[^\s+]{1,200}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{1,4000}={0,2}")
REVOCATION_REASONS = ("retired", "lost", "compromised")


class Holder(NamedTuple):
    """Whose key it is; a pseudonym will do, so that the log names no documenter."""

    kind: str
    label: str

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "label": self.label}


class EnrolledKey(NamedTuple):
    """A key and the log indexes between which it may sign.

    `revoked_at` is the index of the revocation; signatures from `suspect_from` on are suspect.
    """

    vkey: str
    holder: Holder
    roles: tuple[str, ...]
    enrolled_at: int
    revoked_at: int | None = None
    revocation: str | None = None
    suspect_from: int | None = None


class Authority(NamedTuple):
    """The authority stream as it stands. `keys` is by key name `name+keyid`."""

    origin: str
    roots: tuple[str, ...]
    threshold: int
    log: str
    keys: Mapping[str, EnrolledKey]


class LedgerFounded(NamedTuple):
    origin: str
    roots: tuple[str, ...]
    threshold: int
    log: str
    witnesses: tuple[str, ...]
    quorum: int


class KeyEnrolled(NamedTuple):
    vkey: str
    holder: Holder
    roles: tuple[str, ...]
    scope: None


class KeyRevoked(NamedTuple):
    vkey: str
    reason_code: str
    reason: str
    suspect_from: int | None


def key_name(vkey: str) -> str:
    """`name+keyid` of a vkey: what a signature line names."""
    name, key_id, _ = vkey.split("+", 2)
    return f"{name}+{key_id}"


def _vkey(value: Any, where: str, rules: Rules) -> str:
    if type(value) is not str or not _VKEY.fullmatch(value):
        raise malformed(where, "must be a vkey: name+keyid+base64")
    return value


def _nothing_yet(value: Any, where: str, rules: Rules) -> None:
    if value is not None:
        raise malformed(where, "must be null: this version knows no narrower scope than everything")


_holder: Shape[Holder] = Shape(
    Holder, {"kind": one_of("person", "organisation"), "label": text(100)}
)


def _read_holder(value: Any, where: str, rules: Rules) -> Holder:
    if type(value) is not dict:
        raise malformed(where, "must be an object with kind and label")
    return _holder.read(value, where, rules)


def _check_founded(state: None, fact: LedgerFounded, author: Author, world: World) -> None:
    if world.size != 0:
        raise Rejected("already-founded", "a ledger is founded once, by its first entry")
    if len({key_name(vkey) for vkey in fact.roots}) != len(fact.roots):
        raise Rejected("duplicate-key", "root keys are different keys", where="body.roots")
    if fact.threshold > len(fact.roots):
        raise Rejected(
            "threshold",
            f"{len(fact.roots)} root keys can never reach a threshold of {fact.threshold}",
            where="body.threshold",
        )
    if fact.quorum > len(fact.witnesses):
        raise Rejected("threshold", "more than the witnesses named", where="body.quorum")
    if fact.log in fact.roots:
        raise Rejected("duplicate-key", "the log key is no root key", where="body.log")


def read_founding(event: Event) -> LedgerFounded:
    """The founding that an event claims to be: the first entry vouches for its own root keys."""
    if event.type != "LedgerFounded":
        raise Rejected("not-founded", "the first event of a ledger is LedgerFounded")
    return _founded.read(event.body, "body", ACCEPTED)


def _evolve_founded(state: None, fact: LedgerFounded, author: Author) -> Authority:
    return Authority(fact.origin, fact.roots, fact.threshold, fact.log, {})


def _check_enrolled(state: Authority, fact: KeyEnrolled, author: Author, world: World) -> None:
    if fact.vkey in (*state.roots, state.log):
        raise Rejected(
            "duplicate-key", "a root key or the log key takes no role", where="body.vkey"
        )
    if len(set(fact.roles)) != len(fact.roles):
        raise Rejected("malformed-field", "roles are named once each", where="body.roles")
    known = state.keys.get(key_name(fact.vkey))
    if known is not None and known.vkey != fact.vkey:
        raise Rejected("duplicate-key", "another key bears this name and id", where="body.vkey")
    if known is not None and known.revoked_at is not None and known.revocation == "compromised":
        raise Rejected(
            "key-revoked", "a compromised key is never enrolled again", where="body.vkey"
        )


def _evolve_enrolled(state: Authority, fact: KeyEnrolled, author: Author) -> Authority:
    key = EnrolledKey(fact.vkey, fact.holder, fact.roles, author.log_index)
    return state._replace(keys={**state.keys, key_name(fact.vkey): key})


def _check_revoked(state: Authority, fact: KeyRevoked, author: Author, world: World) -> None:
    known = state.keys.get(key_name(fact.vkey))
    if known is None or known.vkey != fact.vkey:
        raise Rejected("unknown-key", "this key was never enrolled", where="body.vkey")
    if known.revoked_at is not None:
        raise Rejected("key-revoked", "this key is revoked already", where="body.vkey")
    if fact.suspect_from is not None and fact.suspect_from > world.size:
        raise Rejected(
            "malformed-field", "lies after this event's own index", where="body.suspect_from"
        )


def _evolve_revoked(state: Authority, fact: KeyRevoked, author: Author) -> Authority:
    name = key_name(fact.vkey)
    key = state.keys[name]._replace(
        revoked_at=author.log_index, revocation=fact.reason_code, suspect_from=fact.suspect_from
    )
    return state._replace(keys={**state.keys, name: key})


_ROOT = frozenset({ROOT})

_founded: Shape[LedgerFounded] = Shape(
    LedgerFounded,
    {
        "origin": matching(r"[^\s+]{1,200}", "a scheme-less URL without spaces or plus signs"),
        "roots": list_of(_vkey, least=1, most=32),
        "threshold": whole_number(1, 32),
        "log": _vkey,
        "witnesses": list_of(_vkey, most=32),
        "quorum": whole_number(0, 32),
    },
)
_enrolled: Shape[KeyEnrolled] = Shape(
    KeyEnrolled,
    {
        "vkey": _vkey,
        "holder": _read_holder,
        "roles": list_of(one_of(*ROLES), least=1, most=len(ROLES)),
        "scope": _nothing_yet,
    },
)
_revoked: Shape[KeyRevoked] = Shape(
    KeyRevoked,
    {
        "vkey": _vkey,
        "reason_code": one_of(*REVOCATION_REASONS),
        "reason": REASON_TEXT,
        "suspect_from": nullable(whole_number()),
    },
)

AUTHORITY_EVENTS = {
    event.name: event
    for event in (
        EventType("LedgerFounded", _ROOT, _founded, _check_founded, _evolve_founded, FIRST),
        EventType("KeyEnrolled", _ROOT, _enrolled, _check_enrolled, _evolve_enrolled),
        EventType("KeyRevoked", _ROOT, _revoked, _check_revoked, _evolve_revoked),
    )
}
