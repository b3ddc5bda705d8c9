"""Checking many signatures: in this process when they are few, on all cores when they are many.

A check of libsodium takes some 40 microseconds and releases the interpreter lock, but a thread that
wants the lock back waits for a busy one up to 5 milliseconds; processes do not.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor

from ledger.note import verify_ed25519

Check = tuple[bytes, bytes, bytes]  # public key, message, signature

FEW = 200
_CHUNK = 250


def verify_chunk(checks: Sequence[Check]) -> list[bool]:
    return [verify_ed25519(key, message, signature) for key, message, signature in checks]


class SignatureChecker:
    """Results come in order. Workers start with the first large batch and end with `close`."""

    def __init__(self, workers: int | None = None) -> None:
        self._workers = workers if workers is not None else (os.cpu_count() or 1)
        self._pool: ProcessPoolExecutor | None = None

    def check(self, checks: Sequence[Check]) -> Iterator[bool]:
        """Start checking at once; iterate to wait for each result."""
        if len(checks) <= FEW or self._workers < 2:
            return iter(verify_chunk(checks))
        pool = self._start()
        futures = [
            pool.submit(verify_chunk, checks[start : start + _CHUNK])
            for start in range(0, len(checks), _CHUNK)
        ]
        return _results(futures)

    def _start(self) -> ProcessPoolExecutor:
        if self._pool is None:
            # Forking a process that has threads can deadlock.
            context = multiprocessing.get_context("forkserver" if os.name == "posix" else "spawn")
            self._pool = ProcessPoolExecutor(self._workers, mp_context=context)
        return self._pool

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None


def _results(futures: Sequence[Future[list[bool]]]) -> Iterator[bool]:
    for future in futures:
        yield from future.result()
