"""Signing many events at once: each signed, and its signature checked, on the other cores.

What a worker gives back is the signature of a note whose form it read and whose signature it
verified, as the ledger does with a note from outside; so a batch is shipped once, and both are done
while this process goes on. A signer whose key is not in this process (an agent's) signs here, and
the ledger checks its notes like any other.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Sequence
from itertools import groupby
from multiprocessing.connection import Connection
from threading import Condition, Thread
from typing import Literal, NamedTuple

from domain.errors import Rejected
from domain.event import Event
from ledger.admission import Submission, read_submission
from ledger.note import Note, Signature, format_note, verify_ed25519
from ledger.signatures import Check
from ledger.signer import Ed25519Signer, Signer, sign_note

CHUNK = 100  # some 7 milliseconds of a core
FEW = 200  # drafts that are not worth waking the other cores for
# In place of a signature: the note breaks a rule of form, which the ledger then names.
_REFUSED = b""


class Draft(NamedTuple):
    """An event that is composed and not yet signed; `text` are the bytes that will be."""

    event: Event
    text: bytes
    signer: Signer


class Presigned(NamedTuple):
    """A note that was signed and read here; `check` is what was verified of it."""

    submission: Submission
    check: Check


class Chunk(NamedTuple):
    """Drafts of one signer that are signed together; 0 numbers one that no worker can sign."""

    number: int
    signer: Signer
    drafts: list[Draft]


class DraftSigner:
    """Workers start with the first large batch and end with `close` or with this process.

    One core is left to this process, which signs what is left over when it would only wait. For
    one thread.
    """

    def __init__(self, workers: int | None = None) -> None:
        self._count = (os.cpu_count() or 1) - 1 if workers is None else workers
        self._workers: list[_Worker] = []
        self._tasks = _Tasks()
        self._done: dict[int, list[bytes]] = {}
        self._number = 0

    def start(self, drafts: Sequence[Draft]) -> list[Chunk]:
        """Have drafts signed; returns at once with what `finish` takes, in the same order."""
        if len(drafts) > FEW and not self._workers:
            self._workers = [_Worker(self._tasks) for _ in range(self._count)]
        chunks = []
        for _, group in groupby(drafts, key=lambda one: id(one.signer)):
            of_one = list(group)
            for start in range(0, len(of_one), CHUNK):
                chunks.append(self._chunk(of_one[start : start + CHUNK]))
        return chunks

    def _chunk(self, drafts: list[Draft]) -> Chunk:
        signer = drafts[0].signer
        if not isinstance(signer, Ed25519Signer):
            return Chunk(0, signer, drafts)
        self._number += 1
        texts = [one.text for one in drafts]
        self._tasks.put(_Task(self._number, signer.key.name, signer.seed, texts))
        return Chunk(self._number, signer, drafts)

    def finish(self, chunks: Sequence[Chunk]) -> list[bytes | Presigned]:
        """The notes, for `Ledger.accept_all`."""
        notes: list[bytes | Presigned] = []
        for number, signer, drafts in chunks:
            if number == 0:
                notes += [sign_note(one.text, signer) for one in drafts]
                continue
            while number not in self._done:
                self._work_on(number, signer, drafts)
            for one, signature in zip(drafts, self._done.pop(number), strict=True):
                refused = signature == _REFUSED
                notes.append(sign_note(one.text, signer) if refused else _presigned(one, signature))
        return notes

    def _work_on(self, number: int, signer: Signer, drafts: list[Draft]) -> None:
        """Take an answer, or sign a chunk here: this one, or the last that nobody has begun."""
        worker = self._tasks.worker_of(number)
        if worker is None or not worker.has_answered():
            task = self._tasks.take_last()
            if task is not None:
                self._done[task.number] = _signatures(task)
                return
        answer = None if worker is None else worker.receive()
        if answer is None:
            # The worker died.
            answer = number, [_signed(one.text, signer) for one in drafts]
        self._done[answer[0]] = answer[1]

    def close(self) -> None:
        self._tasks.close()
        for worker in self._workers:
            worker.close()
        self._workers = []


def _presigned(draft: Draft, signature: bytes) -> Presigned:
    key = draft.signer.key
    note = Note(draft.text, (Signature(key.name, key.key_id, signature),))
    signers = (f"{key.name}+{key.key_id.hex()}",)
    submission = Submission(format_note(*note), note, draft.event, signers)
    return Presigned(submission, (key.public_key, draft.text, signature))


class _Task(NamedTuple):
    number: int
    name: str
    seed: bytes
    texts: list[bytes]


class _Tasks:
    """What nobody has begun, and who was given the rest."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._waiting: deque[_Task] = deque()
        self._given: dict[int, _Worker] = {}
        self._closed = False

    def put(self, task: _Task) -> None:
        with self._changed:
            self._waiting.append(task)
            self._changed.notify()

    def take_first(self, worker: _Worker) -> _Task | None:
        """The next task, once there is one; None at the end."""
        with self._changed:
            while not self._waiting and not self._closed:
                self._changed.wait()
            if self._closed:
                return None
            task = self._waiting.popleft()
            self._given[task.number] = worker
            return task

    def take_last(self) -> _Task | None:
        with self._changed:
            return self._waiting.pop() if self._waiting else None

    def worker_of(self, number: int) -> _Worker | None:
        with self._changed:
            return self._given.get(number)

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()


class _Worker:
    """A process, and a thread that feeds it: sending may have to wait, and this process must not.

    The process ends when the other end of its pipe is closed, however that happened.
    """

    def __init__(self, tasks: _Tasks) -> None:
        # Forking a process that has threads can deadlock.
        method: Literal["forkserver", "spawn"] = "forkserver" if os.name == "posix" else "spawn"
        self._pipe, theirs = multiprocessing.Pipe()
        context = multiprocessing.get_context(method)
        self._process = context.Process(target=_work, args=(theirs,), daemon=True)  # type: ignore[attr-defined]
        self._process.start()
        theirs.close()
        self._tasks = tasks
        self._feeder = Thread(target=self._feed, daemon=True)
        self._feeder.start()

    def has_answered(self) -> bool:
        try:
            return self._pipe.poll()
        except OSError:
            return True

    def receive(self) -> tuple[int, list[bytes]] | None:
        """The number of the oldest task and its signatures; None from a worker that died."""
        try:
            answer: tuple[int, list[bytes]] = self._pipe.recv()
        except (OSError, EOFError):
            return None
        return answer

    def _feed(self) -> None:
        while (task := self._tasks.take_first(self)) is not None:
            try:
                self._pipe.send(task)
            except OSError:
                return

    def close(self) -> None:
        # It may be waiting to give an answer that nobody takes any more.
        self._process.terminate()
        self._feeder.join()
        self._process.join()
        self._pipe.close()


def _work(tasks: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            task = tasks.recv()
            tasks.send((task.number, _signatures(task)))
        except (EOFError, OSError):
            return


def _signatures(task: _Task) -> list[bytes]:
    """A signature for each text; none for what the ledger would refuse for its form."""
    signer = Ed25519Signer.from_seed(task.name, task.seed)
    return [_signed(text, signer) for text in task.texts]


def _signed(text: bytes, signer: Signer) -> bytes:
    raw = sign_note(text, signer)
    try:
        note = read_submission(raw).note
    except Rejected:
        return _REFUSED
    (line,) = note.signatures
    whole = verify_ed25519(signer.key.public_key, note.text, line.signature)
    return line.signature if whole else _REFUSED
