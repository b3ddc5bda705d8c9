"""Checking many signatures: in this process when they are few, on all cores when they are many.

A check of libsodium takes some 40 microseconds and releases the interpreter lock, but a thread that
wants the lock back waits for a busy one up to 5 milliseconds; processes do not. For the same reason
nothing here rests on a thread that feeds the workers: chunks go straight into their pipes.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Generator, Iterable, Sequence
from itertools import cycle
from multiprocessing.connection import Connection
from typing import Literal

from ledger.note import verify_ed25519

Check = tuple[bytes, bytes, bytes]  # public key, message, signature

CHUNK = 25  # some 20 kB: two of them fit the pipe to a worker, so sending never waits
_AHEAD = 2  # chunks that a worker has at a time


def verify_chunk(checks: Sequence[Check]) -> list[bool]:
    return [verify_ed25519(key, message, signature) for key, message, signature in checks]


class SignatureChecker:
    """Workers start with the first parallel check and end with `close` or with this process.

    One core is left to this process, which reads and judges meanwhile; on a single core there are
    no workers.
    """

    def __init__(self, workers: int | None = None) -> None:
        self._count = (os.cpu_count() or 1) - 1 if workers is None else workers
        self._workers: list[Connection] = []

    def check(self, chunks: Iterable[Sequence[Check]], *, parallel: bool) -> Generator[list[bool]]:
        """The results of each chunk, in order; chunks are taken a little ahead of their results.

        Not for two threads at once. Close the iterator when leaving it before its end.
        """
        if not parallel or self._count == 0:
            yield from map(verify_chunk, chunks)
            return
        if not self._workers:
            self._workers = [_start() for _ in range(self._count)]
        turns = cycle(self._workers)
        waiting: deque[tuple[Connection, Sequence[Check]]] = deque()
        try:
            for chunk in chunks:
                if len(waiting) == self._count * _AHEAD:
                    yield self._result(*waiting.popleft())
                worker = next(turns)
                self._send(worker, chunk)
                waiting.append((worker, chunk))
            while waiting:
                yield self._result(*waiting.popleft())
        finally:
            if waiting:
                # Results that nobody took would be taken for those of the next check.
                self.close()

    def _send(self, worker: Connection, chunk: Sequence[Check]) -> None:
        try:
            worker.send(chunk)
        except OSError:
            worker.close()

    def _result(self, worker: Connection, chunk: Sequence[Check]) -> list[bool]:
        """What the worker found; a worker that died leaves its work to this process."""
        try:
            found = list(map(bool, worker.recv_bytes()))
        except (OSError, EOFError):
            self._workers = []
            return verify_chunk(chunk)
        return found

    def close(self) -> None:
        for worker in self._workers:
            worker.close()
        self._workers = []


def _start() -> Connection:
    # Forking a process that has threads can deadlock.
    method: Literal["forkserver", "spawn"] = "forkserver" if os.name == "posix" else "spawn"
    ours, theirs = multiprocessing.Pipe()
    worker = multiprocessing.get_context(method).Process(target=_work, args=(theirs,), daemon=True)  # type: ignore[attr-defined]
    worker.start()
    theirs.close()
    return ours


def _work(requests: Connection) -> None:
    """A worker: ends when the other end of its pipe is closed, however that happened."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            requests.send_bytes(bytes(verify_chunk(requests.recv())))
        except (EOFError, OSError):
            return
