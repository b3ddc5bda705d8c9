"""A witness (c2sp.org/tlog-witness): it cosigns only what extends what it cosigned before.

Checks and answers are pure values; the state is one SQLite file. Looking at the last checkpoint and
recording the new one happen in one write transaction, so that of two requests at once the slower
never rolls the log back. What is answered with 200 was stored before. A log's two histories, once
shown to a witness, are kept as evidence.
"""

from __future__ import annotations

import sqlite3
from base64 import b64encode
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from domain.errors import Invalid, SijillError, Unverified
from ledger import merkle
from ledger.checkpoint import Checkpoint, parse_checkpoint
from ledger.cosignature import cosign
from ledger.note import Note, VerifierKey, format_note, format_signature, parse_note, verified
from ledger.proof import ConsistencyProof, parse_consistency
from ledger.signer import Ed25519Signer

MAX_REQUEST = 1 << 18
SIZE_TYPE = "text/x.tlog.size"
TEXT_TYPE = "text/plain; charset=utf-8"

_EMPTY_ROOT = merkle.tree_root(())
_SCHEMA = """
CREATE TABLE IF NOT EXISTS logs (
    origin     TEXT PRIMARY KEY,
    size       INTEGER NOT NULL,
    root       BLOB NOT NULL,
    checkpoint BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS evidence (
    id      INTEGER PRIMARY KEY,
    time    INTEGER NOT NULL,
    origin  TEXT NOT NULL,
    ours    BLOB NOT NULL,
    request BLOB NOT NULL
);
"""


class Answer(NamedTuple):
    """An HTTP answer: status, content type, body."""

    status: int
    media: str
    body: bytes


class _Refused(Exception):
    """Carries the answer that refuses a request."""

    def __init__(self, status: int, message: str, media: str = TEXT_TYPE) -> None:
        super().__init__(message)
        self.answer = Answer(status, media, f"{message}\n".encode())


class Witness:
    """One witness: its key, the keys of the logs it knows, its state. `clock` is in unix seconds.

    A log whose key was rotated is known by both keys, of one name, until the old one is given up.
    """

    def __init__(
        self,
        path: Path,
        signer: Ed25519Signer,
        logs: Iterable[VerifierKey],
        clock: Callable[[], int],
    ) -> None:
        self._path = path
        self._signer = signer
        self._logs: dict[str, list[VerifierKey]] = {}
        for key in logs:
            self._logs.setdefault(key.name, []).append(key)
        self._clock = clock
        with closing(self._connect()) as connection:
            connection.executescript(_SCHEMA)

    @property
    def key(self) -> VerifierKey:
        """The key that its cosignatures verify under (type byte 0x04)."""
        return VerifierKey.cosigner(self._signer.key.name, self._signer.key.public_key)

    def add_checkpoint(self, request: bytes) -> Answer:
        """Check one request and answer it; cosigns, or says why not."""
        try:
            proof, note, checkpoint = _read(request)
            self._check_signature(note, checkpoint)
            with closing(self._connect()) as connection:
                # Nobody else reads the last checkpoint until this one is recorded or refused.
                connection.execute("BEGIN IMMEDIATE")
                try:
                    self._check_growth(connection, request, proof, checkpoint)
                    connection.execute(
                        "INSERT OR REPLACE INTO logs VALUES (?, ?, ?, ?)",
                        (checkpoint.origin, checkpoint.size, checkpoint.root, proof.checkpoint),
                    )
                finally:
                    connection.execute("COMMIT")
        except _Refused as refused:
            return refused.answer
        line = cosign(note.text, self._signer, self._clock())
        return Answer(200, TEXT_TYPE, format_signature(line))

    def checkpoint(self, origin: str) -> bytes | None:
        """The last checkpoint of a log that was cosigned here, as the log signed it."""
        with closing(self._connect()) as connection:
            row = connection.execute(
                "SELECT checkpoint FROM logs WHERE origin = ?", (origin,)
            ).fetchone()
        return None if row is None else row[0]

    def evidence(self) -> list[tuple[str, bytes, bytes]]:
        """(origin, the checkpoint cosigned here, the request that contradicts it)."""
        with closing(self._connect()) as connection:
            return connection.execute(
                "SELECT origin, ours, request FROM evidence ORDER BY id"
            ).fetchall()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, timeout=30)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        return connection

    def _check_signature(self, note: Note, checkpoint: Checkpoint) -> None:
        log_keys = self._logs.get(checkpoint.origin)
        if log_keys is None:
            raise _Refused(404, f"{checkpoint.origin} is not a log that this witness knows")
        try:
            verified(note, log_keys)
        except Unverified as error:
            raise _Refused(403, str(error)) from None

    def _check_growth(
        self,
        connection: sqlite3.Connection,
        request: bytes,
        proof: ConsistencyProof,
        checkpoint: Checkpoint,
    ) -> None:
        if proof.old_size > checkpoint.size:
            raise _Refused(400, f"old {proof.old_size} is larger than the checkpoint")
        row = connection.execute(
            "SELECT size, root, checkpoint FROM logs WHERE origin = ?", (checkpoint.origin,)
        ).fetchone()
        size, root, ours = row or (0, _EMPTY_ROOT, b"")
        if proof.old_size != size:
            raise _Refused(409, str(size), SIZE_TYPE)
        if checkpoint.size == 0 and checkpoint.root != _EMPTY_ROOT:
            raise _Refused(422, "a log without entries has the root of the empty tree")
        if checkpoint.size == size and checkpoint.root != root:
            self._keep(connection, checkpoint.origin, ours, request)
            raise _Refused(
                409,
                f"another tree of {size} entries was cosigned, with root "
                f"{b64encode(root).decode()}: the log shows two histories; both are kept",
            )
        try:
            _check_consistency(proof, size, root, checkpoint)
        except Unverified as error:
            self._keep(connection, checkpoint.origin, ours, request)
            raise _Refused(422, f"the consistency proof does not hold: {error}") from None

    def _keep(
        self, connection: sqlite3.Connection, origin: str, ours: bytes, request: bytes
    ) -> None:
        connection.execute(
            "INSERT INTO evidence (time, origin, ours, request) VALUES (?, ?, ?, ?)",
            (self._clock(), origin, ours, request),
        )


def _read(request: bytes) -> tuple[ConsistencyProof, Note, Checkpoint]:
    try:
        if len(request) > MAX_REQUEST:
            raise Invalid(f"the request has more than {MAX_REQUEST} bytes")
        proof = parse_consistency(request)
        note = parse_note(proof.checkpoint)
        return proof, note, parse_checkpoint(note.text)
    except SijillError as error:
        raise _Refused(400, str(error)) from None


def _check_consistency(
    proof: ConsistencyProof, size: int, root: bytes, checkpoint: Checkpoint
) -> None:
    if size in (0, checkpoint.size):
        if proof.hashes:
            raise Unverified(f"from {size} to {checkpoint.size} entries it must be empty")
        return
    merkle.verify_consistency(
        size1=size,
        size2=checkpoint.size,
        root1=root,
        root2=checkpoint.root,
        proof=proof.hashes,
    )


def with_cosignatures(checkpoint: bytes, lines: bytes) -> bytes:
    """A checkpoint with further signature lines under it, each once."""
    note = parse_note(checkpoint)
    more = parse_note(note.text + b"\n" + lines).signatures
    together = dict.fromkeys((*note.signatures, *more))
    return format_note(note.text, together)
