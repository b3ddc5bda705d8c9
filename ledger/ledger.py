"""The ledger: the one way in for events, and what can be asked of the log.

The ledger never sees an author's private key: it accepts finished notes. Its own key, the log key,
signs checkpoints and acceptances. Everything an event needs to be judged is read inside the write
transaction that stores it, so what was decided is still true when it is committed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from eventsourcing.persistence import IntegrityError, OperationalError

from domain.authority import Authority
from domain.errors import Damaged, Invalid, NotFound, Rejected, SijillError
from domain.rules import Rules
from domain.suspicion import SUSPECT, suspect_versions
from ledger import merkle
from ledger.application import (
    LedgerApplication,
    RecordedEvent,
    Stream,
    advance,
    project,
    recorded,
    signed,
)
from ledger.checkpoint import Checkpoint, open_own_checkpoint
from ledger.entry import split_entry, utc_now
from ledger.recorder import Appending, LedgerRecorder
from ledger.signatures import SignatureChecker
from ledger.signer import Signer
from ledger.signing import Presigned
from ledger.view import Accepted, Receipt, View, check_last_checkpoint

_MOST_STREAMS = 100_000  # remembered between transactions
_BATCH = 2000  # events in one transaction

# Destroys what was sealed of claims; called with the notes that say so, by claim.
Erase = Callable[[Mapping[str, bytes]], None]


class Ledger:
    """One ledger file. Without log keys it can be read but accepts nothing.

    Beside the one in force, keys that were retired go on signing while they are at hand: for those
    who do not know the new one yet. `erase` is called before an erasure is committed.
    """

    def __init__(
        self,
        path: Path,
        *,
        log_keys: Sequence[Signer] = (),
        clock: Callable[[], str] = utc_now,
        create: bool = False,
        erase: Erase = lambda notes: None,
    ) -> None:
        if not create and not path.is_file():
            raise NotFound(f"{path} is no ledger; make one with: sijill init DIR --origin ORIGIN")
        self.application = LedgerApplication(path)
        self._log_keys = tuple(log_keys)
        self._clock = clock
        self._erase = erase
        self._lock = threading.Lock()
        self._checker = SignatureChecker()
        self._streams: dict[str, Stream | None] = {}
        self._size = -1
        self._received = ""

    @property
    def recorder(self) -> LedgerRecorder:
        recorder = self.application.recorder
        assert isinstance(recorder, LedgerRecorder)
        return recorder

    def close(self) -> None:
        self._checker.close()
        self.application.close()

    # --- asking

    @property
    def authority(self) -> Authority:
        found = self.application.stream("authority")
        if found is None:
            raise Damaged("the ledger has no founding entry")
        authority: Authority = found.state
        return authority

    def authority_at(self, size: int) -> Authority:
        """Who could sign what in the state of the first `size` entries; Invalid for none."""
        found = self._governing("authority", size)
        if found is None:
            raise Invalid("a ledger of no entries has no keys")
        authority: Authority = found.state
        return authority

    @property
    def rules(self) -> Rules:
        found = self.application.stream("rules")
        if found is None:
            raise Damaged("the ledger has adopted no rules")
        rules: Rules = found.state
        return rules

    def rules_at(self, size: int) -> Rules:
        """The rules in force in the state of the first `size` entries; Invalid when none were."""
        found = self._governing("rules", size)
        if found is None:
            raise Invalid(f"no rules were in force after {size} entries: nothing can be counted")
        rules: Rules = found.state
        return rules

    def _governing(self, name: str, size: int) -> Stream | None:
        return project(None, (one for one in self.history(name) if one.log_index < size))

    @property
    def origin(self) -> str:
        return self.authority.origin

    def stream(self, name: str) -> Stream | None:
        return self.application.stream(name)

    def streams(self, names: Sequence[str]) -> dict[str, Stream]:
        """Those of many streams that exist, as they stand, in one read."""
        found: dict[str, Stream] = {}
        for row in self.recorder.select_streams(names):
            one = recorded(row)
            found[one.originator_id] = advance(found.get(one.originator_id), one)
        return found

    def history(self, name: str) -> list[RecordedEvent]:
        """Every event of a stream, by version; empty when there is no such stream."""
        return [recorded(row) for row in self.recorder.select_stream(name)]

    def suspects(self, name: str, size: int | None = None) -> frozenset[int]:
        """The versions of a stream that are suspect in the state of the first `size` entries."""
        events, authority = self._as_of(name, size, None)
        return suspect_versions(map(signed, events), authority)

    def trusted(
        self, name: str, size: int | None = None, authority: Authority | None = None
    ) -> Any:
        """The state that a stream's events make without the suspect ones; None for no stream.

        What was recorded by a suspect event is shown with the standing `suspect`. `authority`, if
        it is at hand, is the one of that size.
        """
        events, authority = self._as_of(name, size, authority)
        suspects = suspect_versions(map(signed, events), authority)
        kept = [one for one in events if one.originator_version not in suspects - {1}]
        found = project(None, kept)
        if found is None:
            return None
        return found.state._replace(standing=SUSPECT) if 1 in suspects else found.state

    def _as_of(
        self, name: str, size: int | None, authority: Authority | None
    ) -> tuple[list[RecordedEvent], Authority]:
        if size is None:
            return self.history(name), authority or self.authority
        events = [one for one in self.history(name) if one.log_index < size]
        return events, authority or self.authority_at(size)

    def event_at(self, index: int) -> RecordedEvent:
        """The event of one entry; raises NotFound."""
        return recorded(self.recorder.entry_at(index))

    def checkpoint(self) -> Checkpoint:
        """The newest signed checkpoint, verified under the log key that the ledger names."""
        # The note first: whatever rotation it is signed after is in the authority by then.
        return open_own_checkpoint(self.newest_checkpoint(), self.authority)

    def newest_checkpoint(self) -> bytes:
        """The note of the newest signed checkpoint, as it was signed."""
        raw = self.recorder.checkpoint()
        if raw is None:
            raise Damaged("the ledger has no checkpoint")
        return raw

    def cosigned_checkpoint(self, size: int | None = None) -> bytes:
        """A checkpoint's note, the newest's, with every cosignature that witnesses gave it.

        Raises NotFound when none of that size was signed.
        """
        note = self.newest_checkpoint() if size is None else self.recorder.checkpoint(size)
        if note is None:
            raise NotFound(f"no checkpoint of {size} entries was signed")
        size = open_own_checkpoint(note, self.authority).size
        return note + b"".join(self.recorder.cosignatures(size))

    def inclusion_proof(self, index: int, size: int) -> list[bytes]:
        return merkle.inclusion_proof(index, size, self.recorder.nodes)

    def consistency_proof(self, size1: int, size2: int) -> list[bytes]:
        return merkle.consistency_proof(size1, size2, self.recorder.nodes)

    # --- accepting

    def accept(self, note: bytes) -> tuple[Accepted, Receipt]:
        """Accept one finished note, durably; raises Rejected or Conflict, storing nothing."""
        receipt = self.accept_all([note])
        outcome = receipt.outcomes[0]
        if isinstance(outcome, Rejected):
            raise outcome
        return outcome, receipt

    def accept_in_batches(self, notes: Iterable[bytes]) -> Iterator[Receipt]:
        """Accept a stream of notes, one durable transaction for each few thousand."""
        batch: list[bytes] = []
        for note in notes:
            batch.append(note)
            if len(batch) == _BATCH:
                yield self.accept_all(batch)
                batch = []
        if batch:
            yield self.accept_all(batch)

    def accept_all(self, notes: Sequence[bytes | Presigned], *, whole: bool = False) -> Receipt:
        """Accept notes in one transaction, each on its own merits, in their order.

        With `whole`, the first rejection is raised and nothing at all is stored. What this process
        signed and verified itself (`DraftSigner`) is not read and verified again.
        """
        if not self._log_keys:
            raise Rejected(
                "read-only", "this ledger was opened without its log key: it can only be read"
            )
        try:
            with self._lock:
                with self.recorder.appending() as appending:
                    view = self._view_of(appending)
                    outcomes = view.admit(notes, self._checker, whole=whole)
                    receipt = view.append(outcomes, self._log_keys)
                    # Last before the commit: the log never says so while a key is still there.
                    if erased := view.erased:
                        self._erase(erased)
                # Only what is committed is remembered, and before another thread looks.
                self._remember(view)
                view.close()
        except OperationalError as error:
            raise SijillError(
                f"the ledger is busy or its disk refuses writes ({error}); nothing was stored, "
                "try again"
            ) from None
        except IntegrityError as error:
            raise Damaged(
                f"the ledger's tables disagree ({error}); nothing was stored: run sijill audit"
            ) from None
        return receipt

    def forget_streams(self) -> None:
        """Remember no stream: for who accepts many that are not soon asked for again."""
        with self._lock:
            self._streams.clear()

    def _view_of(self, appending: Appending) -> View:
        """The remembered streams, without those that another process has moved on."""
        if appending.size != self._size:
            check_last_checkpoint(appending)
            if appending.size < self._size:
                raise Damaged(
                    f"this process has seen {self._size} entries, the database now holds "
                    f"{appending.size}: it was rolled back; nothing more is signed on top of it: "
                    "restore a newer backup"
                )
            if self._size >= 0:
                for name in appending.changed_since(self._size):
                    self._streams.pop(name, None)
            last = appending.last_entry()
            self._received = "" if last is None else split_entry(last)[0]
            self._size = appending.size
        return View(appending, self._streams, max(self._clock(), self._received))

    def _remember(self, view: View) -> None:
        if len(self._streams) > _MOST_STREAMS:
            self._streams.clear()
        self._streams.update(view.staged)
        self._size += len(view.pending)
        self._received = view.received
