"""Asking witnesses to cosign: bounded waits, one catching up after 409, every word checked.

`witnesses.toml` in the ledger's folder says whom to ask, and how many have to answer:

    quorum = 2

    [[witness]]
    vkey = "witness-1+…"
    url = "https://witness.example.org"
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import httpx

from api.record import read_toml
from domain.errors import Invalid, SijillError, Unverified
from ledger.cosignature import cosigned_at, describe_time
from ledger.ledger import Ledger
from ledger.note import COSIGNATURE, VerifierKey, format_signature, parse_note
from ledger.proof import ConsistencyProof, format_consistency
from ledger.witness import SIZE_TYPE, with_cosignatures

_TRIES = 3
_MAX_ANSWER = 1 << 16
_SIZE = re.compile(r"0|[1-9][0-9]{0,15}")


class Asked(NamedTuple):
    """A witness, and where it is asked."""

    key: VerifierKey
    url: str


class Policy(NamedTuple):
    """Whom to ask, and how many of them have to have cosigned."""

    witnesses: tuple[Asked, ...]
    quorum: int


class Word(NamedTuple):
    """What one witness said: a time, or why not."""

    witness: str
    time: str | None
    problem: str | None


class Ahead(Unverified):
    """A witness has cosigned more entries than there are here; `size` is how many."""

    def __init__(self, size: int, ours: int) -> None:
        super().__init__(
            f"it cosigned {size} entries, this ledger has {ours}: the ledger was rolled back; "
            "stop, and restore a newer backup"
        )
        self.size = size


def read_policy(path: Path) -> Policy:
    """Read `witnesses.toml`; raises Invalid naming what is wrong in it."""
    document = read_toml(path)
    tables = document.get("witness", [])
    quorum = document.get("quorum", len(tables) if isinstance(tables, list) else 0)
    if not isinstance(tables, list) or set(document) - {"witness", "quorum"}:
        raise Invalid(f"{path.name}: must hold [[witness]] tables and a quorum")
    witnesses = []
    for number, table in enumerate(tables, 1):
        if not isinstance(table, dict) or set(table) != {"vkey", "url"}:
            raise Invalid(f"{path.name}: witness {number} has a vkey and a url")
        key = VerifierKey.parse(str(table["vkey"]))
        if key.kind != COSIGNATURE:
            raise Invalid(f"{path.name}: {key.name} is no key of a witness (type byte 0x04)")
        witnesses.append(Asked(key, str(table["url"]).rstrip("/")))
    if type(quorum) is not int or not 0 <= quorum <= len(witnesses):
        raise Invalid(f"{path.name}: quorum must be from 0 to {len(witnesses)}")
    return Policy(tuple(witnesses), quorum)


class Answers(NamedTuple):
    """What the witnesses said of the checkpoint of `size` entries."""

    size: int
    words: tuple[Word, ...]

    @property
    def given(self) -> int:
        """How many of them cosigned it."""
        return sum(word.time is not None for word in self.words)


def ask_witnesses(ledger: Ledger, policy: Policy, *, timeout: float = 5.0) -> Answers:
    """Ask every witness for the newest checkpoint; what verifies is kept in the ledger."""
    words = []
    size = ledger.checkpoint().size
    with httpx.Client(timeout=timeout, follow_redirects=False) as client:
        for asked in policy.witnesses:
            try:
                time = _ask(client, ledger, asked, size)
                words.append(Word(asked.key.name, describe_time(time), None))
            except (SijillError, httpx.HTTPError, httpx.InvalidURL) as error:
                words.append(Word(asked.key.name, None, str(error) or type(error).__name__))
    return Answers(size, tuple(words))


def seen_by(ledger: Ledger, asked: Asked, *, timeout: float = 5.0) -> int:
    """How many entries of this log a witness has seen, once it cosigned what it has not.

    Raises Unverified for one that saw another history, httpx.HTTPError for one that cannot be
    asked.
    """
    with httpx.Client(timeout=timeout, follow_redirects=False) as client:
        try:
            _ask(client, ledger, asked, ledger.checkpoint().size)
        except Ahead as ahead:
            return ahead.size
    return ledger.recorder.tree_size()


def _ask(client: httpx.Client, ledger: Ledger, asked: Asked, size: int) -> int:
    checkpoint = ledger.recorder.checkpoint(size) or b""
    old_size = 0
    for _ in range(_TRIES):
        hashes = ledger.consistency_proof(old_size, size) if old_size else []
        request = format_consistency(ConsistencyProof(old_size, tuple(hashes), checkpoint))
        status, media, body = _post(client, f"{asked.url}/add-checkpoint", request)
        if status == 200:
            return _keep(ledger, checkpoint, size, body, asked.key)
        text = body.decode(errors="replace").strip()
        if status == 409 and media == SIZE_TYPE:
            old_size = _size(text, size)
            continue
        # What a witness says is printed: no escape of a terminal may be in it.
        shown = "".join(one if one.isprintable() else " " for one in text[:300])
        raise Unverified(f"answered {status}: {shown}")
    raise Unverified("its size kept changing; ask again")


def _post(client: httpx.Client, url: str, request: bytes) -> tuple[int, str | None, bytes]:
    """Status, content type and body as sent; what is longer than any true answer is not read."""
    body = b""
    with client.stream(
        "POST", url, content=request, headers={"accept-encoding": "identity"}
    ) as answer:
        for part in answer.iter_raw():
            body += part
            if len(body) > _MAX_ANSWER:
                raise Invalid("the answer is larger than any answer of a witness")
        return answer.status_code, answer.headers.get("content-type"), body


def _size(stated: str, size: int) -> int:
    if not _SIZE.fullmatch(stated):
        raise Invalid(f"answered 409 with {stated[:40]!a}, which is no size")
    if int(stated) > size:
        raise Ahead(int(stated), size)
    return int(stated)


def _keep(ledger: Ledger, checkpoint: bytes, size: int, lines: bytes, witness: VerifierKey) -> int:
    note = parse_note(with_cosignatures(checkpoint, lines))
    times = cosigned_at(note, [witness])
    if witness not in times:
        raise Unverified("its answer holds no cosignature by the key that is expected of it")
    line = next(
        format_signature(one)
        for one in note.signatures
        if (one.name, one.key_id) == (witness.name, witness.key_id)
    )
    name = f"{witness.name}+{witness.key_id.hex()}"
    ledger.recorder.add_cosignature(size, name, times[witness], line)
    return times[witness]
