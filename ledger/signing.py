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
from collections.abc import Iterator, Sequence
from itertools import cycle, groupby
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Thread
from typing import Any, Literal, NamedTuple

from domain.errors import Rejected
from domain.event import Event
from ledger.admission import Submission, read_submission
from ledger.note import Note, Signature, format_note, verify_ed25519
from ledger.signatures import Check
from ledger.signer import Ed25519Signer, Signer, sign_note

CHUNK = 100  # some 7 milliseconds of a core
FEW = 200  # drafts that are not worth waking the other cores for
_SIGNATURE = 64
# In place of a signature: the note breaks a rule of form, which the ledger then names.
_REFUSED = bytes(_SIGNATURE)


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
    """Drafts of one signer, and who signs them: a worker, asked under a number, or nobody yet."""

    drafts: list[Draft]
    worker: _Worker | None
    number: int


class DraftSigner:
    """Workers start with the first large batch and end with `close` or with this process.

    One core is left to this process; on a single core there are no workers. For one thread.
    """

    def __init__(self, workers: int | None = None) -> None:
        self._count = (os.cpu_count() or 1) - 1 if workers is None else workers
        self._workers: list[_Worker] = []
        self._turns: Iterator[_Worker] = iter(())

    def start(self, drafts: Sequence[Draft]) -> list[Chunk]:
        """Have drafts signed; returns at once with what `finish` takes, in the same order."""
        chunks = []
        parallel = self._count and len(drafts) > FEW
        if parallel and not self._workers:
            self._workers = [_Worker() for _ in range(self._count)]
            self._turns = cycle(self._workers)
        for _, group in groupby(drafts, key=lambda one: id(one.signer)):
            of_one = list(group)
            for start in range(0, len(of_one), CHUNK):
                part = of_one[start : start + CHUNK]
                signer = part[0].signer
                worker, number = None, 0
                if parallel and isinstance(signer, Ed25519Signer):
                    worker = next(self._turns)
                    number = worker.send(signer, [one.text for one in part])
                chunks.append(Chunk(part, worker, number))
        return chunks

    def finish(self, chunks: Sequence[Chunk]) -> list[bytes | Presigned]:
        """The notes, for `Ledger.accept_all`; batches are finished in the order of their start."""
        notes: list[bytes | Presigned] = []
        for drafts, worker, number in chunks:
            signatures = None if worker is None else worker.receive(number)
            if signatures is None or len(signatures) != _SIGNATURE * len(drafts):
                # Not given to a worker, or it died.
                notes += [sign_note(one.text, one.signer) for one in drafts]
                continue
            for at, one in enumerate(drafts):
                signature = signatures[at * _SIGNATURE : (at + 1) * _SIGNATURE]
                notes.append(
                    sign_note(one.text, one.signer)
                    if signature == _REFUSED
                    else _presigned(one, signature)
                )
        return notes

    def close(self) -> None:
        for worker in self._workers:
            worker.close()
        self._workers = []


def _presigned(draft: Draft, signature: bytes) -> Presigned:
    key = draft.signer.key
    note = Note(draft.text, (Signature(key.name, key.key_id, signature),))
    signers = (f"{key.name}+{key.key_id.hex()}",)
    submission = Submission(format_note(*note), note, draft.event, signers)
    return Presigned(submission, (key.public_key, draft.text, signature))


class _Worker:
    """A process, and a thread that feeds it: sending may have to wait, and this process must not.

    The process ends when the other end of its pipe is closed, however that happened.
    """

    def __init__(self) -> None:
        # Forking a process that has threads can deadlock.
        method: Literal["forkserver", "spawn"] = "forkserver" if os.name == "posix" else "spawn"
        self._pipe, theirs = multiprocessing.Pipe()
        context = multiprocessing.get_context(method)
        self._process = context.Process(target=_work, args=(theirs,), daemon=True)  # type: ignore[attr-defined]
        self._process.start()
        theirs.close()
        self._waiting: SimpleQueue[Any] = SimpleQueue()
        self._sent = 0
        self._feeder = Thread(target=self._feed, daemon=True)
        self._feeder.start()

    def send(self, signer: Ed25519Signer, texts: list[bytes]) -> int:
        """Ask for signatures; gives the number of the request."""
        self._sent += 1
        self._waiting.put((self._sent, signer.key.name, signer.seed, texts))
        return self._sent

    def receive(self, number: int) -> bytes | None:
        """The answer to the oldest request; None from a worker that died.

        An answer to another one would put signatures under texts that they are not of.
        """
        try:
            answer = self._pipe.recv_bytes()
        except (OSError, EOFError):
            return None
        return answer[8:] if int.from_bytes(answer[:8]) == number else None

    def _feed(self) -> None:
        while (request := self._waiting.get()) is not None:
            try:
                self._pipe.send(request)
            except OSError:
                return

    def close(self) -> None:
        self._waiting.put(None)
        # It may be waiting to give an answer that nobody takes any more.
        self._process.terminate()
        self._feeder.join()
        self._process.join()
        self._pipe.close()


def _work(requests: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signers: dict[tuple[str, bytes], Ed25519Signer] = {}
    while True:
        try:
            number, name, seed, texts = requests.recv()
            if (name, seed) not in signers:
                signers[name, seed] = Ed25519Signer.from_seed(name, seed)
            signatures = [_signed(text, signers[name, seed]) for text in texts]
            requests.send_bytes(b"".join([number.to_bytes(8), *signatures]))
        except (EOFError, OSError):
            return


def _signed(text: bytes, signer: Ed25519Signer) -> bytes:
    """The signature of a text whose note the ledger would take, as far as form goes."""
    raw = sign_note(text, signer)
    try:
        note = read_submission(raw).note
    except Rejected:
        return _REFUSED
    (line,) = note.signatures
    whole = verify_ed25519(signer.key.public_key, note.text, line.signature)
    return line.signature if whole else _REFUSED
