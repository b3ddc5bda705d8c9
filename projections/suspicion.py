"""Which events become suspect, or trusted again, as entries come in.

Only a revocation and a reaffirmation change that. An event that is suspect counts for nothing in
the states from that entry on. The streams concerned are read again from the ledger, which is rare.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from domain.authority import Authority, key_name
from domain.suspicion import STREAMS, suspect_versions
from ledger.application import RecordedEvent, Stream, advance, project, recorded, signed
from ledger.recorder import LedgerRecorder, RawEntry

_PAGE = 4000


class Changed(NamedTuple):
    """A stream up to an entry, and its suspect versions before that entry and after it."""

    stream: str
    events: list[RecordedEvent]
    before: frozenset[int]
    after: frozenset[int]


class Suspicion:
    """The keys as the entries taken so far leave them."""

    def __init__(self, ledger: LedgerRecorder, size: int = 0) -> None:
        self._ledger = ledger
        self._keys: Stream | None = project(None, self.events("authority", size - 1))

    def take(self, entry: RawEntry) -> Iterable[Changed]:
        """Take an event of `authority`; gives the streams in which it made events suspect.

        They are read one by one as they are asked for: there may be as many as there are claims.
        """
        event = recorded(entry)
        before, self._keys = self._keys, advance(self._keys, event)
        if event.event.type != "KeyRevoked" or event.event.body["suspect_from"] is None:
            return ()
        assert before is not None
        name = key_name(event.event.body["vkey"])
        first, end = self._authority.keys[name].suspects[-1]
        streams = {
            one.originator_id
            for one in self._entries(first, end)
            if name in signed(one).signers and one.event.stream_kind in STREAMS
        }
        return (self._changed(stream, entry[0], before.state) for stream in sorted(streams))

    def reaffirm(self, entry: RawEntry) -> Changed:
        """Take a reaffirmation: what it changes in its own stream."""
        index, stream = entry[:2]
        events = self.events(stream, index)
        authority = self._authority
        return Changed(
            stream,
            events,
            suspect_versions(map(signed, events[:-1]), authority),
            suspect_versions(map(signed, events), authority),
        )

    def suspects(self, events: Iterable[RecordedEvent]) -> frozenset[int]:
        """The suspect versions of a stream, by the keys as they stand."""
        return suspect_versions(map(signed, events), self._authority)

    @property
    def _authority(self) -> Authority:
        assert self._keys is not None  # founded by the first entry
        authority: Authority = self._keys.state
        return authority

    def _changed(self, stream: str, index: int, before: Authority) -> Changed:
        events = self.events(stream, index)
        said = [signed(one) for one in events]
        return Changed(
            stream,
            events,
            suspect_versions(said, before),
            suspect_versions(said, self._authority),
        )

    def events(self, stream: str, index: int) -> list[RecordedEvent]:
        """The events of a stream up to the entry of that index."""
        rows = self._ledger.select_stream(stream)
        return [recorded(row) for row in rows if row[0] <= index]

    def _entries(self, first: int, end: int) -> Iterator[RecordedEvent]:
        while first < end:
            page = self._ledger.select_entries(first, min(_PAGE, end - first))
            yield from map(recorded, page)
            first += _PAGE
