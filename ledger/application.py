"""The eventsourcing application: aggregates rebuilt from entries whose bytes are never re-encoded.

The mapper is the seam: an event's stored `state` is exactly the entry's bytes, and its topic is the
event's own type name, never a Python path, so that renaming a class cannot break history.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from eventsourcing.application import AggregateNotFoundError, Application
from eventsourcing.persistence import Mapper, StoredEvent
from eventsourcing.utils import Environment

from domain.catalogue import CATALOGUE
from domain.event import Event
from domain.life import Author
from domain.rules import ACCEPTED
from domain.suspicion import REAFFIRMED, Signed
from ledger.entry import parse_entry, text_hash
from ledger.recorder import LedgerFactory, LedgerRecorder, LoggedEvent, RawEntry


class RecordedEvent(NamedTuple):
    """An entry in its stream; `state` is the entry's bytes, `text` what was signed of them."""

    originator_id: str
    originator_version: int
    log_index: int
    state: bytes
    event: Event
    text: bytes
    signer: str


class Stream(NamedTuple):
    """An aggregate: a stream as it stands. `head` is the text hash that the next `prev` names;
    `signers` are the keys that signed each version, from the first.
    """

    id: str
    version: int
    head: str
    signer: str
    log_index: int
    state: Any
    signers: tuple[str, ...]


class EntryMapper(Mapper[str]):
    """Between recorded events and stored ones, byte for byte; no transcoder is ever asked."""

    def __init__(self) -> None:
        pass

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        return StoredEvent(
            originator_id=domain_event.originator_id,
            originator_version=domain_event.originator_version,
            topic=domain_event.event.type,
            state=domain_event.state,
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        assert isinstance(stored_event, LoggedEvent)
        return recorded(
            (
                stored_event.index,
                str(stored_event.originator_id),
                stored_event.originator_version,
                stored_event.topic,
                stored_event.state,
            )
        )


def recorded(row: RawEntry) -> RecordedEvent:
    """Take a stored row apart."""
    index, stream, version, _, state = row
    entry = parse_entry(state)
    return RecordedEvent(stream, version, index, state, entry.event, entry.note.text, entry.signer)


def signed(one: RecordedEvent) -> Signed:
    """What suspicion asks of an event: all its signers, and what it reaffirms."""
    signers = tuple(
        f"{line.name}+{line.key_id.hex()}" for line in parse_entry(one.state).note.signatures
    )
    reaffirms = one.event.body["versions"] if one.event.type == REAFFIRMED else ()
    return Signed(one.originator_version, one.log_index, signers, tuple(reaffirms))


class LedgerApplication(Application[str]):
    """The library's application over one ledger file."""

    name = "ledger"
    env: ClassVar[dict[str, str]] = {"ORIGINATOR_ID_TYPE": "text"}

    def __init__(self, path: Path) -> None:
        super().__init__({"SQLITE_DBNAME": str(path), "SQLITE_LOCK_TIMEOUT": "30"})

    def construct_factory(self, env: Environment) -> Any:
        return LedgerFactory(env)

    def construct_mapper(self) -> EntryMapper:
        return EntryMapper()

    def construct_recorder(self) -> LedgerRecorder:
        recorder = self.factory.application_recorder()
        assert isinstance(recorder, LedgerRecorder)
        return recorder

    def stream(self, name: str, version: int | None = None) -> Stream | None:
        """A stream as it stands, or stood at a version; None when it does not exist."""
        try:
            found: Stream = self.repository.get(name, version=version, projector_func=project)
        except AggregateNotFoundError:
            return None
        return found


def project(stream: Stream | None, events: Iterable[RecordedEvent]) -> Stream | None:
    """Fold accepted events into the aggregate."""
    for one in events:
        stream = advance(stream, one)
    return stream


def advance(stream: Stream | None, one: RecordedEvent) -> Stream:
    """The stream after one more accepted event."""
    row = CATALOGUE[one.event.stream_kind][one.event.type]
    fact = row.shape.read(one.event.body, "body", ACCEPTED)
    author = Author(one.signer, one.log_index)
    state = row.evolve(None if stream is None else stream.state, fact, author)
    return follow(stream, one.event, one.text, author, state)


def follow(stream: Stream | None, event: Event, text: bytes, author: Author, state: Any) -> Stream:
    """The stream that an event leaves, in the state that it leaves."""
    before = () if stream is None else stream.signers
    return Stream(
        event.stream,
        event.version,
        text_hash(text),
        author.key,
        author.log_index,
        state,
        (*before, author.key),
    )
