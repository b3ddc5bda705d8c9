"""The events of the stream `authority`: each is signed by a threshold of root keys on one note.

A rotation of the root keys is signed by the threshold of the old set and by that of the new one:
so the old keys hand over, and the new ones show that they are there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from domain.authority import (
    COMPROMISED,
    EVERYTHING,
    LOST,
    RETIRED,
    Authority,
    EnrolledKey,
    Enrolment,
    Holder,
    LogKey,
    RootSet,
    Scope,
    key_name,
)
from domain.errors import Rejected
from domain.event import STREAM_KINDS, Event
from domain.fields import (
    Shape,
    list_of,
    malformed,
    matching,
    nullable,
    one_of,
    sha256_base64,
    term,
    text,
    whole_number,
)
from domain.life import FIRST, REASON_TEXT, ROLES, ROOT, Author, EventType, World
from domain.rules import ACCEPTED, Rules

REVOCATION_REASONS = (RETIRED, LOST, COMPROMISED)
# Streams that enrolled keys write to: `authority` and `rules` are the root keys'.
SCOPED_STREAMS = tuple(kind for kind in STREAM_KINDS if kind not in ("authority", "rules"))

_VKEY = re.compile(r"[^\s+]{1,200}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{1,4000}={0,2}")


class LedgerFounded(NamedTuple):
    origin: str
    roots: tuple[str, ...]
    threshold: int
    log: str
    witnesses: tuple[str, ...]
    quorum: int


class RootRotated(NamedTuple):
    roots: tuple[str, ...]
    threshold: int
    reason_code: str
    reason: str


class LogKeyRotated(NamedTuple):
    """`reason_code` is why the key before is given up; `log` signs from this entry on."""

    log: str
    reason_code: str
    reason: str


class EntriesLost(NamedTuple):
    """The log was restored from an older copy: `size` entries with that root had been signed for.

    `log` signs from this entry on, so that no key signs two histories.
    """

    size: int
    root: str | None
    log: str
    reason: str


class KeyEnrolled(NamedTuple):
    vkey: str
    holder: Holder
    roles: tuple[str, ...]
    scope: Scope | None


class KeyRevoked(NamedTuple):
    """`suspect_from` is the log index from which the key's signatures are suspect, or None."""

    vkey: str
    reason_code: str
    reason: str
    suspect_from: int | None


def signing_sets(event: Event, authority: Authority | None) -> list[RootSet]:
    """The root sets of which each has to reach its threshold on an event of `authority` or `rules`.

    The first entry vouches for its own root keys; a rotation is signed by the old set and the new.
    """
    if authority is None:
        founding = read_founding(event)
        return [RootSet(founding.roots, founding.threshold, 0)]
    current = authority.root_sets[-1]
    if event.type != "RootRotated":
        return [current]
    rotated = _rotated.read(event.body, "body", ACCEPTED)
    _check_set(rotated.roots, rotated.threshold)
    known = authority.vkeys()
    for vkey in rotated.roots:
        # Signers are told apart by name and id alone, and another key can be made to bear both.
        if known.get(key_name(vkey), vkey) != vkey:
            raise Rejected(
                "duplicate-key",
                f"another key was called {key_name(vkey)} before: give the new one another name",
                where="body.roots",
            )
    return [current, RootSet(rotated.roots, rotated.threshold, 0)]


def read_founding(event: Event) -> LedgerFounded:
    """The founding that an event claims to be: the first entry vouches for its own root keys."""
    if event.type != "LedgerFounded":
        raise Rejected("not-founded", "the first event of a ledger is LedgerFounded")
    return _founded.read(event.body, "body", ACCEPTED)


def _vkey(value: Any, where: str, rules: Rules) -> str:
    if type(value) is not str or not _VKEY.fullmatch(value):
        raise malformed(where, "must be a vkey: name+keyid+base64")
    return value


_holder: Shape[Holder] = Shape(
    Holder, {"kind": one_of("person", "organisation"), "label": text(100)}
)
_scope: Shape[Scope] = Shape(
    Scope,
    {
        "governorates": nullable(list_of(term("governorate"), least=1)),
        "streams": nullable(list_of(one_of(*SCOPED_STREAMS), least=1)),
    },
)


def _read_holder(value: Any, where: str, rules: Rules) -> Holder:
    if type(value) is not dict:
        raise malformed(where, "must be an object with kind and label")
    return _holder.read(value, where, rules)


def _read_scope(value: Any, where: str, rules: Rules) -> Scope:
    if type(value) is not dict:
        raise malformed(where, "must be an object with governorates and streams, or null")
    scope = _scope.read(value, where, rules)
    if scope == EVERYTHING:
        raise malformed(where, "limits nothing; write null")
    return scope


def _check_set(roots: Sequence[str], threshold: int) -> None:
    if len({key_name(vkey) for vkey in roots}) != len(roots):
        raise Rejected("duplicate-key", "root keys are different keys", where="body.roots")
    if threshold > len(roots):
        raise Rejected(
            "threshold",
            f"{len(roots)} root keys can never reach a threshold of {threshold}",
            where="body.threshold",
        )


# --- founding, and the rotation of what was founded


def _check_founded(state: None, fact: LedgerFounded, author: Author, world: World) -> None:
    if world.size != 0:
        raise Rejected("already-founded", "a ledger is founded once, by its first entry")
    _check_set(fact.roots, fact.threshold)
    if fact.quorum > len(fact.witnesses):
        raise Rejected("threshold", "more than the witnesses named", where="body.quorum")
    if fact.log in fact.roots:
        raise Rejected("duplicate-key", "the log key is no root key", where="body.log")


def _evolve_founded(state: None, fact: LedgerFounded, author: Author) -> Authority:
    roots = RootSet(fact.roots, fact.threshold, author.log_index)
    return Authority(fact.origin, (roots,), (LogKey(fact.log, author.log_index),), {})


def _check_rotated(state: Authority, fact: RootRotated, author: Author, world: World) -> None:
    _check_set(fact.roots, fact.threshold)
    for vkey in fact.roots:
        if any(vkey == one.vkey for one in state.log_keys) or key_name(vkey) in state.keys:
            raise Rejected(
                "duplicate-key",
                f"{key_name(vkey)} is the log key or an enrolled key; a root key is a key of its "
                "own",
                where="body.roots",
            )
    if (set(fact.roots), fact.threshold) == (set(state.roots), state.threshold):
        raise Rejected("no-change", "these are the root keys already", where="body.roots")


def _evolve_rotated(state: Authority, fact: RootRotated, author: Author) -> Authority:
    roots = RootSet(fact.roots, fact.threshold, author.log_index)
    return state._replace(root_sets=(*state.root_sets, roots))


def _check_log_rotated(state: Authority, fact: LogKeyRotated, author: Author, world: World) -> None:
    if state.governs(fact.log) or key_name(fact.log) in state.keys:
        raise Rejected(
            "duplicate-key",
            f"{key_name(fact.log)} was in use already; a new log key is a new key",
            where="body.log",
        )
    if not fact.log.startswith(f"{state.origin}+"):
        raise Rejected(
            "malformed-field",
            f"a log key is named after its ledger, {state.origin}",
            where="body.log",
        )


def _check_lost(state: Authority, fact: EntriesLost, author: Author, world: World) -> None:
    if fact.size <= world.size:
        raise Rejected(
            "nothing-lost",
            f"{fact.size} entries are here: this ledger has {world.size} before this one",
            where="body.size",
        )
    _check_log_rotated(state, LogKeyRotated(fact.log, LOST, fact.reason), author, world)


def _evolve_lost(state: Authority, fact: EntriesLost, author: Author) -> Authority:
    # Former keys signed what was lost beside the one in force: none of them signs on from here.
    ended = tuple(
        one._replace(ended=LOST) if one.ended == RETIRED else one for one in state.log_keys
    )
    state = state._replace(log_keys=ended)
    return _evolve_log_rotated(state, LogKeyRotated(fact.log, LOST, fact.reason), author)


def _evolve_log_rotated(state: Authority, fact: LogKeyRotated, author: Author) -> Authority:
    *former, last = state.log_keys
    ended = last._replace(ended=fact.reason_code)
    return state._replace(log_keys=(*former, ended, LogKey(fact.log, author.log_index)))


# --- enrolment and revocation


def _check_enrolled(state: Authority, fact: KeyEnrolled, author: Author, world: World) -> None:
    if state.governs(fact.vkey):
        raise Rejected(
            "duplicate-key", "a root key or the log key takes no role", where="body.vkey"
        )
    if len(set(fact.roles)) != len(fact.roles):
        raise Rejected("malformed-field", "roles are named once each", where="body.roles")
    known = state.vkeys().get(key_name(fact.vkey))
    if known is not None and known != fact.vkey:
        raise Rejected("duplicate-key", "another key bears this name and id", where="body.vkey")
    enrolled = state.keys.get(key_name(fact.vkey))
    if enrolled is not None and any(one.revocation == COMPROMISED for one in enrolled.enrolments):
        raise Rejected(
            "key-revoked", "a compromised key is never enrolled again", where="body.vkey"
        )


def _evolve_enrolled(state: Authority, fact: KeyEnrolled, author: Author) -> Authority:
    name = key_name(fact.vkey)
    new = Enrolment(fact.holder, fact.roles, fact.scope, author.log_index)
    known = state.keys.get(name)
    if known is None:
        key = EnrolledKey(fact.vkey, (new,))
    else:
        *former, last = known.enrolments
        if last.until is None:
            last = last._replace(until=author.log_index)
        key = known._replace(enrolments=(*former, last, new))
    return state._replace(keys={**state.keys, name: key})


def _check_revoked(state: Authority, fact: KeyRevoked, author: Author, world: World) -> None:
    known = state.keys.get(key_name(fact.vkey))
    if known is None or known.vkey != fact.vkey:
        raise Rejected("unknown-key", "this key was never enrolled", where="body.vkey")
    if fact.suspect_from is not None and fact.suspect_from > world.size:
        raise Rejected(
            "malformed-field", "lies after this event's own index", where="body.suspect_from"
        )
    if known.revoked_at is not None and (
        fact.suspect_from is None
        or any(
            first <= fact.suspect_from and end == known.revoked_at for first, end in known.suspects
        )
    ):
        raise Rejected(
            "key-revoked",
            "this key is revoked already; a further revocation only says that its signatures are "
            "suspect from an earlier index on",
            where="body.vkey",
        )


def _evolve_revoked(state: Authority, fact: KeyRevoked, author: Author) -> Authority:
    name = key_name(fact.vkey)
    known = state.keys[name]
    *former, last = known.enrolments
    end = author.log_index if last.until is None else last.until
    # Once compromised, always: a further revocation does not make it fit to be enrolled again.
    reason = COMPROMISED if last.revocation == COMPROMISED else fact.reason_code
    last = last._replace(until=end, revocation=reason)
    suspects = known.suspects
    if fact.suspect_from is not None:
        suspects = (*suspects, (fact.suspect_from, end))
    key = known._replace(enrolments=(*former, last), suspects=suspects)
    return state._replace(keys={**state.keys, name: key})


_ROOT = frozenset({ROOT})
_roots = list_of(_vkey, least=1, most=32)
_threshold = whole_number(1, 32)

_founded: Shape[LedgerFounded] = Shape(
    LedgerFounded,
    {
        "origin": matching(r"[^\s+]{1,200}", "a scheme-less URL without spaces or plus signs"),
        "roots": _roots,
        "threshold": _threshold,
        "log": _vkey,
        "witnesses": list_of(_vkey, most=32),
        "quorum": whole_number(0, 32),
    },
)
_why = {"reason_code": one_of(*REVOCATION_REASONS), "reason": REASON_TEXT}
_rotated: Shape[RootRotated] = Shape(RootRotated, {"roots": _roots, "threshold": _threshold} | _why)
_log_rotated: Shape[LogKeyRotated] = Shape(LogKeyRotated, {"log": _vkey} | _why)
_lost: Shape[EntriesLost] = Shape(
    EntriesLost,
    {
        "size": whole_number(1),
        "root": nullable(sha256_base64),
        "log": _vkey,
        "reason": REASON_TEXT,
    },
)
_enrolled: Shape[KeyEnrolled] = Shape(
    KeyEnrolled,
    {
        "vkey": _vkey,
        "holder": _read_holder,
        "roles": list_of(one_of(*ROLES), least=1, most=len(ROLES)),
        "scope": nullable(_read_scope),
    },
)
_revoked: Shape[KeyRevoked] = Shape(
    KeyRevoked, {"vkey": _vkey} | _why | {"suspect_from": nullable(whole_number())}
)

AUTHORITY_EVENTS = {
    event.name: event
    for event in (
        EventType("LedgerFounded", _ROOT, _founded, _check_founded, _evolve_founded, FIRST),
        EventType("RootRotated", _ROOT, _rotated, _check_rotated, _evolve_rotated),
        EventType("LogKeyRotated", _ROOT, _log_rotated, _check_log_rotated, _evolve_log_rotated),
        EventType("EntriesLost", _ROOT, _lost, _check_lost, _evolve_lost),
        EventType("KeyEnrolled", _ROOT, _enrolled, _check_enrolled, _evolve_enrolled),
        EventType("KeyRevoked", _ROOT, _revoked, _check_revoked, _evolve_revoked),
    )
}
