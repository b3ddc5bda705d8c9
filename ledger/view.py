"""One transaction's view of the ledger: judging notes against it, then appending what stands.

Events accepted earlier in the same transaction are already part of the view, so an author may send
several steps of one claim at once.
"""

from __future__ import annotations

from base64 import b64encode
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import NamedTuple

from eventsourcing.persistence import StoredEvent

from domain.authority import Authority, key_name
from domain.errors import Damaged, Invalid, Rejected
from domain.sealing import ERASED
from ledger import merkle
from ledger.acceptance import sign_acceptance
from ledger.admission import (
    State,
    Submission,
    judge,
    read_submission,
    signatures_to_check,
)
from ledger.application import Stream, advance, follow, project, recorded
from ledger.checkpoint import Checkpoint, open_own_checkpoint, sign_checkpoint
from ledger.entry import format_entry, split_entry
from ledger.recorder import Appending
from ledger.signatures import CHUNK, Check, SignatureChecker, verify_chunk
from ledger.signer import Signer
from ledger.signing import Presigned

FEW = 200  # notes that are not worth waking the other cores for


class Accepted(NamedTuple):
    """An event that is in the log. `entry` is its bytes; `again` says that it was there before."""

    log_index: int
    received: str
    entry: bytes
    stream: str
    version: int
    again: bool

    @property
    def leaf_hash(self) -> bytes:
        return merkle.leaf_hash(self.entry)


Outcome = Accepted | Rejected


class Receipt(NamedTuple):
    """The answer to one transaction: an outcome for each note, and the log's signed promises.

    `acceptance` is None when nothing was accepted; `checkpoint` covers everything accepted.
    """

    outcomes: tuple[Outcome, ...]
    acceptance: bytes | None
    checkpoint: bytes | None


class View:
    """`staged` are the streams as this transaction leaves them, `pending` what it appends."""

    def __init__(
        self, appending: Appending, remembered: Mapping[str, Stream | None], received: str
    ) -> None:
        self.received = received
        self.staged: dict[str, Stream | None] = {}
        self.pending: list[tuple[Submission, Accepted]] = []
        self._appending = appending
        self._remembered = remembered
        self._roots: dict[int, str] = {}
        self._state = State(
            size=appending.size, received=received, streams=self.find, root_at=self._root_at
        )

    def find(self, name: str) -> Stream | None:
        """A stream as it stands with everything staged so far."""
        if name in self.staged:
            return self.staged[name]
        if name not in self._remembered:
            self._load([name])
            return self.staged[name]
        return self._remembered[name]

    def admit(
        self, notes: Sequence[bytes | Presigned], checker: SignatureChecker, *, whole: bool
    ) -> list[Outcome]:
        """Judge each in turn; with `whole`, raise the first rejection."""
        self._load([name for name in ("authority", "rules") if name not in self._remembered])
        parallel = sum(isinstance(note, bytes) for note in notes) > FEW
        chunks = _Chunks(notes, self._state.authority, CHUNK if parallel else FEW)
        outcomes: list[Outcome] = []
        # The other cores check signatures while this one reads on, and judges what is checked.
        with closing(checker.check(chunks, parallel=parallel)) as results:
            for verdicts in results:
                submissions, counts = chunks.taken.popleft()
                self._load_streams(submissions)
                checked = iter(verdicts)
                for submission, count in zip(submissions, counts, strict=True):
                    # Results are taken even for what turns out rejected: they come in order.
                    mine = None if count is None else [next(checked) for _ in range(count)]
                    outcome = self._admit(submission, mine)
                    if whole and isinstance(outcome, Rejected):
                        raise outcome
                    outcomes.append(outcome)
        return outcomes

    @property
    def erased(self) -> dict[str, bytes]:
        """The notes of the erasures among what is appended, by claim."""
        return {
            one.stream: submission.raw
            for submission, one in self.pending
            if submission.event.type == ERASED
        }

    def append(self, outcomes: Sequence[Outcome], log_keys: Sequence[Signer]) -> Receipt:
        """Store what was admitted, with the checkpoint over it, and sign the answer.

        Of the keys at hand, those that the log names sign: the one in force, and former ones.
        """
        accepted = {one.log_index: one for one in outcomes if isinstance(one, Accepted)}
        authority = self._state.authority
        if not accepted or authority is None:
            return Receipt(tuple(outcomes), None, self._appending.last_checkpoint())
        signers = signers_of_the_log(authority, log_keys)
        if not self.pending:
            checkpoint = self._appending.last_checkpoint()
        else:

            def sign(size: int, root: bytes) -> bytes:
                return sign_checkpoint(Checkpoint(authority.origin, size, root), *signers)

            stored = [
                StoredEvent(one.stream, one.version, submission.event.type, one.entry)
                for submission, one in self.pending
            ]
            checkpoint = self._appending.append(stored, sign)
        leaves = [(index, one.leaf_hash) for index, one in sorted(accepted.items())]
        acceptance = sign_acceptance(authority.origin, leaves, signers[0])
        return Receipt(tuple(outcomes), acceptance, checkpoint)

    def close(self) -> None:
        """Let go of every event: the view and its state keep each other until a collection."""
        self.pending.clear()
        self.staged.clear()

    def _admit(self, submission: Submission | Rejected, verdicts: list[bool] | None) -> Outcome:
        if isinstance(submission, Rejected):
            return submission
        event = submission.event
        try:
            stream = self.find(event.stream)
            if stream is not None and event.version <= stream.version:
                before = self._stored(event.stream, event.version)
                if split_entry(before.entry)[1] == submission.raw:
                    return before._replace(again=True)
            if verdicts is None:
                # A key that was enrolled earlier in this transaction, or never.
                verdicts = verify_chunk(signatures_to_check(submission, self._state.authority))
            author, _, state = judge(submission, all(verdicts), self._state)
            entry = format_entry(self.received, submission.raw)
        except Rejected as rejected:
            return rejected
        index = self._state.size
        self.staged[event.stream] = follow(stream, event, submission.note.text, author, state)
        accepted = Accepted(index, self.received, entry, event.stream, event.version, False)
        self.pending.append((submission, accepted))
        self._state.size += 1
        return accepted

    def _stored(self, stream: str, version: int) -> Accepted:
        for _, one in self.pending:
            if (one.stream, one.version) == (stream, version):
                return one
        index, _, _, _, entry = self._appending.streams([stream])[version - 1]
        return Accepted(index, split_entry(entry)[0], entry, stream, version, False)

    def _load_streams(self, submissions: Sequence[Submission | Rejected]) -> None:
        names = {one.event.stream for one in submissions if isinstance(one, Submission)}
        self._load([one for one in names if one not in self._remembered and one not in self.staged])

    def _load(self, names: Sequence[str]) -> None:
        self.staged.update(dict.fromkeys(names))
        for row in self._appending.streams(names):
            one = recorded(row)
            self.staged[one.originator_id] = advance(self.staged[one.originator_id], one)

    def _root_at(self, size: int) -> str:
        if size > self._appending.size:
            raise Rejected(
                "unknown-checkpoint", f"no state of {size} entries was ever signed", where="seen"
            )
        if size not in self._roots:
            self._roots[size] = b64encode(self._appending.root_at(size)).decode()
        return self._roots[size]


def signers_of_the_log(authority: Authority, keys: Sequence[Signer]) -> list[Signer]:
    """Of the keys at hand the one in force, then the former ones that may still sign beside it.

    A former key that was lost or stolen signs no more. Raises Invalid without the one in force.
    """
    at_hand = {str(one.key): one for one in keys}
    if authority.log not in at_hand:
        names = ", ".join(key_name(vkey) for vkey in at_hand)
        raise Invalid(
            f"the log key at hand, {names}, is not the one that this ledger names, "
            f"{key_name(authority.log)}; nothing was stored: start again with that key's file"
        )
    signing = (authority.log, *authority.retired_log_keys())
    return [at_hand[vkey] for vkey in signing if vkey in at_hand]


def check_last_checkpoint(appending: Appending) -> None:
    """Refuse to sign on top of a tree that is not the one signed last.

    A log that was rolled back, or whose nodes were changed, would sign two histories.
    """
    raw = appending.last_checkpoint()
    if raw is None:
        if appending.size:
            raise Damaged(
                f"the ledger has {appending.size} entries but never signed a checkpoint; "
                "restore a backup"
            )
        return
    authority = project(None, map(recorded, appending.streams(["authority"])))
    if authority is None:
        raise Damaged("the ledger has no founding entry; restore a backup")
    signed = open_own_checkpoint(raw, authority.state)
    if signed.size != appending.size or signed.root != appending.head.root:
        raise Damaged(
            f"the last signed checkpoint is over {signed.size} entries with root "
            f"{b64encode(signed.root).decode()}, the database holds {appending.size} with root "
            f"{b64encode(appending.head.root).decode()}: it was rolled back or changed; nothing "
            "more is signed on top of it: restore a newer backup"
        )


class _Chunks:
    """Reads notes chunk by chunk and gives out the signature checks of each.

    `taken` holds, for each chunk given out, the notes as read and for how many signatures each is
    checked: 0 when that was done before, None when its keys are not known yet.
    """

    def __init__(
        self, notes: Sequence[bytes | Presigned], authority: Authority | None, size: int
    ) -> None:
        self._notes = notes
        self._authority = authority
        self._size = size
        self.taken: deque[tuple[list[Submission | Rejected], list[int | None]]] = deque()

    def __iter__(self) -> Iterator[list[Check]]:
        for start in range(0, len(self._notes), self._size):
            submissions: list[Submission | Rejected] = []
            counts: list[int | None] = []
            checks: list[Check] = []
            for note in self._notes[start : start + self._size]:
                submission, found = self._read(note)
                submissions.append(submission)
                counts.append(None if found is None else len(found))
                checks += found or ()
            self.taken.append((submissions, counts))
            yield checks

    def _read(self, note: bytes | Presigned) -> tuple[Submission | Rejected, list[Check] | None]:
        try:
            submission = note.submission if isinstance(note, Presigned) else read_submission(note)
        except Rejected as rejected:
            return rejected, None
        try:
            checks = signatures_to_check(submission, self._authority)
        except Rejected:
            # Judged again in its turn, when earlier notes may have enrolled the key.
            return submission, None
        # Only a check with the very key that the ledger names is not made again.
        return submission, [] if isinstance(note, Presigned) and checks == [note.check] else checks
