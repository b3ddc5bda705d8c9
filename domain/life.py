"""What every stream shares: who speaks, what the rest of the ledger says, and how a type is known.

A recorded thing (a claim, an incident, an estimate) lives as events. Each event type says which
roles may sign it, the shape of its body, the check that may refuse it, and what it changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from domain.errors import Rejected
from domain.fields import Reader, Shape, nullable, one_of, term, text
from domain.rules import ACCEPTED, Rules

OPEN = "open"
MERGED = "merged"
RETRACTED = "retracted"
WITHDRAWN = "withdrawn"

DOCUMENTER = "documenter"
REVIEWER = "reviewer"
PUBLISHER = "publisher"
AUDITOR = "auditor"
ROOT = "root"  # not enrolled: a threshold of the founding keys
ROLES = (DOCUMENTER, REVIEWER, PUBLISHER, AUDITOR)

# Where in its stream an event type may stand.
FIRST = "first"
LATER = "later"
ANYWHERE = "anywhere"


class Author(NamedTuple):
    """Who signed: the key's name `name+keyid`, and the log index at which it was used."""

    key: str
    log_index: int


class World(Protocol):
    """What a check may ask of the ledger as it stands at the event's own index."""

    @property
    def rules(self) -> Rules: ...

    @property
    def received(self) -> str:
        """RFC 3339 UTC time at which the ledger received the event."""

    @property
    def size(self) -> int:
        """Entries before this one: also the index that this one will have."""

    @property
    def stream(self) -> str:
        """The stream that this event belongs to."""

    @property
    def signers(self) -> tuple[str, ...]:
        """The key that signed each version of this event's own stream, from the first."""

    def holder(self, key: str) -> str:
        """Whose key it is: the person or organisation that it was enrolled for."""

    def state(self, stream: str) -> Any:
        """The state of another stream, or None when it does not exist."""

    def root_at(self, size: int) -> str:
        """The base64 root of the first `size` entries."""


class BodyReader(Protocol):
    def read(self, body: Mapping[str, Any], where: str, rules: Rules) -> Any: ...


class EventType(NamedTuple):
    """One row of the catalogue. `evolve` never refuses: it is used on what was accepted."""

    name: str
    roles: frozenset[str]
    shape: BodyReader
    check: Callable[[Any, Any, Author, World], None]
    evolve: Callable[[Any, Any, Author], Any]
    place: str = LATER


class Change(NamedTuple):
    """A revision: what is revised, the value it replaces, the new one, and why."""

    field: str
    was: Any
    now: Any
    reason_code: str
    reason: str


class Reason(NamedTuple):
    reason_code: str
    reason: str


REASON_TEXT = text(2000)


class Revision:
    """Reads the body of a revision: what it replaces, the new value, and why.

    With `name`, that member says which of several fields is revised; values are read accordingly.
    """

    def __init__(
        self, fields: Mapping[str, Reader], name: str | None = None, *, required: bool = False
    ) -> None:
        self._readers = {f: r if required else nullable(r) for f, r in fields.items()}
        self._attributes = {field: field for field in fields}
        self._name = name
        named: dict[str, Reader] = {} if name is None else {name: one_of(*fields)}
        self._shape: Shape[Any] = Shape(
            lambda *values: values,
            named
            | {
                "from": _as_it_is,
                "to": _as_it_is,
                "reason_code": term("revision-reason"),
                "reason": REASON_TEXT,
            },
        )

    def onto(self, **attributes: str) -> Revision:
        """Say which attribute of the thing a field's name stands for, where they differ."""
        self._attributes |= attributes
        return self

    def read(self, body: Mapping[str, Any], where: str, rules: Rules) -> Change:
        *named, was, now, reason_code, reason = self._shape.read(body, where, rules)
        field = named[0] if named else next(iter(self._readers))
        reader = self._readers[field]
        return Change(
            self._attributes[field],
            # What was recorded was judged by the rules of its time; a word that has since left the
            # vocabulary must still be one that can be replaced.
            reader(was, f"{where}.from", ACCEPTED),
            reader(now, f"{where}.to", rules),
            reason_code,
            reason,
        )


def _as_it_is(value: Any, where: str, rules: Rules) -> Any:
    return value


def explained(reasons: str = "revision-reason") -> Shape[Reason]:
    """The shape of an act that needs nothing but a reason."""
    return Shape(Reason, {"reason_code": term(reasons), "reason": REASON_TEXT})


def require_open(thing: Any, what: str) -> None:
    if thing.standing != OPEN:
        undo = "unmerge" if thing.standing == MERGED else "reinstate"
        raise Rejected(
            f"{what}-{thing.standing}",
            f"this {what} is {thing.standing} and takes no revision; {undo} it first",
        )


def require_current(was: Any, current: Any, now: Any) -> None:
    """A revision names what it replaces and is refused if that is no longer the value."""
    if was != current:
        raise Rejected(
            "from-mismatch",
            f"the value is now {describe(current)}, not {describe(was)}; look at the history and "
            "sign again",
            where="body.from",
        )
    if now == current:
        raise Rejected("no-change", f"the value already is {describe(now)}", where="body.to")


def describe(value: Any) -> str:
    """A value in words, for messages and histories; never called on a sealed value's content."""
    if value is None:
        return "unknown"
    written = value.to_json() if hasattr(value, "to_json") else value
    if isinstance(written, dict):
        return ", ".join(
            f"{name} {describe(member)}"
            for name, member in written.items()
            if member not in (None, [])
        )
    if isinstance(written, (list, tuple)):
        return " + ".join(describe(member) for member in written)
    return str(written)
