"""Who may sign what, as the log's own stream `authority` says: decided by log index, never by time.

Root keys govern together, by a threshold; the log key signs checkpoints; enrolled keys record,
review and publish. Every set, key and enrolment is kept with the indexes between which it held, so
that what was signed then is judged by what held then. A key is named by the first two parts of its
vkey, `name+keyid`; the vkey text itself is opaque here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from domain.errors import Rejected

# Why a key is given up. A retired log key goes on signing beside the new one for a while.
RETIRED, LOST, COMPROMISED = "retired", "lost", "compromised"


class Holder(NamedTuple):
    """Whose key it is; a pseudonym will do, so that the log names no documenter."""

    kind: str
    label: str

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "label": self.label}


class Scope(NamedTuple):
    """What an enrolment is limited to; None limits nothing.

    `governorates`: only claims and incidents that lie in one of these, before and after the event.
    `streams`: only streams of these kinds.
    """

    governorates: tuple[str, ...] | None
    streams: tuple[str, ...] | None

    def to_json(self) -> dict[str, Any]:
        return {
            "governorates": None if self.governorates is None else list(self.governorates),
            "streams": None if self.streams is None else list(self.streams),
        }

    def check(self, kind: str, before: Any, after: Any) -> None:
        """Raises Rejected when an event on a stream of this kind lies outside the scope."""
        if self.streams is not None and kind not in self.streams:
            raise Rejected(
                "out-of-scope",
                f"the signing key is enrolled for {', '.join(self.streams)} only, not for {kind}",
            )
        if self.governorates is None:
            return
        for thing in (before, after):
            if thing is None:
                continue
            place = getattr(thing, "place", None)
            found = "no known place" if place is None else place.governorate
            if found not in self.governorates:
                raise Rejected(
                    "out-of-scope",
                    f"the signing key is enrolled for {', '.join(self.governorates)} only; this "
                    f"{kind} lies in {found}",
                )


EVERYTHING = Scope(None, None)  # written null


class Enrolment(NamedTuple):
    """The roles of a key from one index on; `until` is the index that ended them, None if none."""

    holder: Holder
    roles: tuple[str, ...]
    scope: Scope | None
    since: int
    until: int | None = None
    revocation: str | None = None


class EnrolledKey(NamedTuple):
    """A key with all its enrolments, oldest first.

    `suspects` are the (first, end) log indexes between which its signatures are suspect: no event
    that only suspect keys signed is counted, unless another key reaffirmed it.
    """

    vkey: str
    enrolments: tuple[Enrolment, ...]
    suspects: tuple[tuple[int, int], ...] = ()

    @property
    def current(self) -> Enrolment:
        """The newest enrolment, ended or not."""
        return self.enrolments[-1]

    @property
    def holder(self) -> Holder:
        return self.current.holder

    @property
    def roles(self) -> tuple[str, ...]:
        return self.current.roles

    @property
    def revoked_at(self) -> int | None:
        return self.current.until

    @property
    def revocation(self) -> str | None:
        return self.current.revocation

    @property
    def suspect_from(self) -> int | None:
        """The first index from which it was ever suspect."""
        return min((first for first, _ in self.suspects), default=None)

    def at(self, log_index: int) -> Enrolment:
        """The enrolment under which an event at that index was signed."""
        return next(one for one in reversed(self.enrolments) if one.since < log_index)

    def is_suspect(self, log_index: int) -> bool:
        return any(first <= log_index < end for first, end in self.suspects)


class RootSet(NamedTuple):
    """The root keys from one index on, and how many of them sign together."""

    keys: tuple[str, ...]
    threshold: int
    since: int


class LogKey(NamedTuple):
    """The log key from one index on; `ended` says why it was followed by another, None if not."""

    vkey: str
    since: int
    ended: str | None = None


class Authority(NamedTuple):
    """The authority stream as it stands. `keys` is by key name `name+keyid`."""

    origin: str
    root_sets: tuple[RootSet, ...]
    log_keys: tuple[LogKey, ...]
    keys: Mapping[str, EnrolledKey]

    @property
    def roots(self) -> tuple[str, ...]:
        return self.root_sets[-1].keys

    @property
    def threshold(self) -> int:
        return self.root_sets[-1].threshold

    @property
    def log(self) -> str:
        return self.log_keys[-1].vkey

    def log_at(self, size: int) -> str:
        """The vkey that signs the checkpoint of the first `size` entries: they name it."""
        in_force = [one.vkey for one in self.log_keys if one.since < size]
        return (in_force or [self.log_keys[0].vkey])[-1]

    def retired_log_keys(self) -> list[str]:
        """Former log keys that may sign beside the one in force, newest first."""
        return [one.vkey for one in reversed(self.log_keys) if one.ended == RETIRED]

    def governs(self, vkey: str) -> bool:
        """Whether this is, or ever was, a root key or the log key."""
        return any(vkey in one.keys for one in self.root_sets) or any(
            vkey == one.vkey for one in self.log_keys
        )

    def vkeys(self) -> dict[str, str]:
        """Every key that ever was to sign an event, by its name."""
        found = {key_name(vkey): vkey for one in self.root_sets for vkey in one.keys}
        return found | {name: key.vkey for name, key in self.keys.items()}


def key_name(vkey: str) -> str:
    """`name+keyid` of a vkey: what a signature line names."""
    name, key_id, _ = vkey.split("+", 2)
    return f"{name}+{key_id}"
