"""The vault: what is confidential, kept out of the log and encrypted person by person.

A sealed field is a disclosure, the JSON array [salt, field, value] with a random 128-bit salt; the
event holds only base64url(SHA-256(base64url(disclosure))), as in SD-JWT (RFC 9901 section 4.2.3),
which nobody can guess back. Each claim has a key of its own: deleting that key erases the person
from every copy of this file, while the log and all its proofs stay whole. The claim's key is
wrapped for the organisation's vault key under an ephemeral key that is forgotten (a NaCl box: the
ephemeral public key, the nonce, the ciphertext), so a documenter who seals cannot read what others
sealed. Claims sealed together share the ephemeral key, and nothing else.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from nacl.exceptions import CryptoError
from nacl.public import Box, PrivateKey, PublicKey
from nacl.secret import SecretBox

from domain.errors import Invalid, Unverified

_SCHEMA = """
CREATE TABLE IF NOT EXISTS claim_keys (
    claim   TEXT PRIMARY KEY,
    wrapped BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS disclosures (
    digest TEXT PRIMARY KEY,
    claim  TEXT NOT NULL,
    sealed BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS disclosures_by_claim ON disclosures (claim);
"""


def disclose(field: str, value: str) -> str:
    """A fresh disclosure in its base64url form, as it is handed to whoever may know the value."""
    salt = urlsafe_b64encode(secrets.token_bytes(16)).rstrip(b"=").decode()
    array = json.dumps([salt, field, value], ensure_ascii=False).encode()
    return urlsafe_b64encode(array).rstrip(b"=").decode()


def digest_of(disclosure: str) -> str:
    """The digest that an event holds: base64url SHA-256 of the disclosure's ASCII (RFC 9901)."""
    return urlsafe_b64encode(hashlib.sha256(disclosure.encode()).digest()).rstrip(b"=").decode()


class Vault:
    """One vault file. Sealing needs the organisation's public vault key, revealing the private."""

    def __init__(self, path: Path, public_key: PublicKey | None = None) -> None:
        self._public_key = public_key
        path.touch(mode=0o600, exist_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None, timeout=30)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        # What is erased must not linger in free pages.
        self._connection.execute("PRAGMA secure_delete=ON")
        self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        self._connection.close()

    def seal(self, claim: str, fields: dict[str, str]) -> dict[str, dict[str, str]]:
        """Seal a new claim's fields, durably, and return what its event holds in their place.

        A claim is sealed once, by whoever records it: her process knows the claim's key only then.
        """
        if not fields:
            return {}
        sealed = _encrypted(self._wrapping(), claim, fields)
        with self._writing() as connection:
            try:
                _insert(connection, [sealed])
            except sqlite3.IntegrityError:
                raise Invalid(f"{claim} is sealed already") from None
        return sealed.digests

    def seal_all(
        self, claims: Mapping[str, Mapping[str, str]]
    ) -> dict[str, dict[str, dict[str, str]]]:
        """Seal the fields of many claims in one durable transaction, by claim.

        What an earlier run sealed for them and never recorded is replaced: the caller answers for
        no event of the ledger holding those digests.
        """
        wrapping = self._wrapping()
        sealed = [_encrypted(wrapping, claim, fields) for claim, fields in claims.items() if fields]
        with self._writing() as connection:
            _delete(connection, claims)
            _insert(connection, sealed)
        return {key: {} for key in claims} | {one.claim: one.digests for one in sealed}

    def unseal_all(self, claims: Sequence[str]) -> None:
        """Drop what was sealed for claims that the ledger then refused."""
        with self._writing() as connection:
            _delete(connection, claims)

    def _wrapping(self) -> _Wrapping:
        if self._public_key is None:
            raise Invalid("this vault was opened without the organisation's public vault key")
        ephemeral = PrivateKey.generate()
        return _Wrapping(bytes(ephemeral.public_key), Box(ephemeral, self._public_key))

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def reveal(
        self, claim: str, private_key: PrivateKey, stated: Mapping[str, str]
    ) -> dict[str, str]:
        """The sealed fields of a claim in clear; empty when it has none here or was erased.

        `stated` are the digests that the signed event holds, by field: whoever can write to this
        file could seal another value, but not one of the same digest. Raises Unverified.
        """
        row = self._connection.execute(
            "SELECT wrapped FROM claim_keys WHERE claim = ?", (claim,)
        ).fetchone()
        if row is None:
            return {}
        try:
            box = SecretBox(_unwrapped(row[0], private_key))
            sealed = dict(
                self._connection.execute(
                    "SELECT digest, sealed FROM disclosures WHERE claim = ?", (claim,)
                )
            )
            return {
                field: _open(box, sealed.get(digest), field, digest, claim)
                for field, digest in stated.items()
            }
        except Unverified:
            raise
        except (CryptoError, sqlite3.Error, TypeError, ValueError, RecursionError):
            raise Unverified(
                f"this vault key does not open {claim}, or the vault was changed"
            ) from None


class _Wrapping(NamedTuple):
    """An ephemeral key for some claims: its public half, and the box that wraps for the vault."""

    public_key: bytes
    box: Box


class _Sealed(NamedTuple):
    """A claim's wrapped key, its encrypted disclosures as rows, and what the event holds."""

    claim: str
    wrapped: bytes
    rows: list[tuple[str, str, bytes]]
    digests: dict[str, dict[str, str]]


def _encrypted(wrapping: _Wrapping, claim: str, fields: Mapping[str, str]) -> _Sealed:
    key = secrets.token_bytes(SecretBox.KEY_SIZE)
    box = SecretBox(key)
    written: dict[str, dict[str, str]] = {}
    rows = []
    for field, value in sorted(fields.items()):
        disclosure = disclose(field, value)
        digest = digest_of(disclosure)
        rows.append((digest, claim, bytes(box.encrypt(disclosure.encode()))))
        written[field] = {"sealed": digest}
    return _Sealed(claim, wrapping.public_key + wrapping.box.encrypt(key), rows, written)


def _unwrapped(wrapped: bytes, private_key: PrivateKey) -> bytes:
    ephemeral = PublicKey(wrapped[: PublicKey.SIZE])
    return Box(private_key, ephemeral).decrypt(wrapped[PublicKey.SIZE :])


def _insert(connection: sqlite3.Connection, sealed: Sequence[_Sealed]) -> None:
    connection.executemany(
        "INSERT INTO claim_keys VALUES (?, ?)", [(one.claim, one.wrapped) for one in sealed]
    )
    connection.executemany(
        "INSERT INTO disclosures VALUES (?, ?, ?)", [row for one in sealed for row in one.rows]
    )


def _delete(connection: sqlite3.Connection, claims: Iterable[str]) -> None:
    named = [(claim,) for claim in claims]
    connection.executemany("DELETE FROM disclosures WHERE claim = ?", named)
    connection.executemany("DELETE FROM claim_keys WHERE claim = ?", named)


def _open(box: SecretBox, sealed: bytes | None, field: str, digest: str, claim: str) -> str:
    if sealed is None:
        raise Unverified(
            f"the vault does not hold the {field} of {claim} that was signed: the vault was changed"
        )
    disclosure = box.decrypt(sealed).decode()
    if digest_of(disclosure) != digest:
        raise Unverified(f"a disclosure of {claim} does not open its digest {digest}")
    _, named, value = json.loads(_decode(disclosure))
    if named != field or type(value) is not str:
        raise Unverified(f"what was sealed as the {field} of {claim} is no {field}")
    return value


def _decode(disclosure: str) -> bytes:
    return urlsafe_b64decode(disclosure + "=" * (-len(disclosure) % 4))
