"""The vault: what is confidential, kept out of the log and encrypted person by person.

A sealed field is a disclosure, the JSON array [salt, field, value] with a random 128-bit salt; the
event holds only base64url(SHA-256(base64url(disclosure))), as in SD-JWT (RFC 9901 section 4.2.3),
which nobody can guess back. Each claim has keys of its own, one for each time that something of it
was sealed: deleting them erases the person from this file, while the log and all its proofs stay
whole. A key is wrapped for the organisation's vault key under an ephemeral key that is forgotten
(a NaCl box: the ephemeral public key, the nonce, the ciphertext), so whoever seals a field, the
first or a later one, cannot read what others sealed. Claims sealed together share the ephemeral
key, and nothing else.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey

from domain.errors import Damaged, Invalid, SijillError, Unverified
from ledger.claim_keys import Sealed, Wrapping, encrypted, open_disclosure, unwrapped, wrapping_for
from ledger.disclosure import read_disclosure

_SCHEMA = """
CREATE TABLE IF NOT EXISTS claim_keys (
    claim   TEXT    NOT NULL,
    part    INTEGER NOT NULL,
    wrapped BLOB    NOT NULL,
    PRIMARY KEY (claim, part)
);
CREATE TABLE IF NOT EXISTS disclosures (
    digest TEXT    PRIMARY KEY,
    claim  TEXT    NOT NULL,
    part   INTEGER NOT NULL,
    sealed BLOB    NOT NULL
);
CREATE INDEX IF NOT EXISTS disclosures_by_claim ON disclosures (claim);
-- Whoever was erased, with the note that says so, and whether the log was seen to have it.
CREATE TABLE IF NOT EXISTS erased (
    claim   TEXT    PRIMARY KEY,
    note    BLOB,
    settled INTEGER NOT NULL
);
-- The state of the log whose erasures this file has seen to.
CREATE TABLE IF NOT EXISTS caught_up (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    size INTEGER NOT NULL,
    root BLOB    NOT NULL
);
-- Copies of this file, in which an erased person lives on until they are destroyed.
CREATE TABLE IF NOT EXISTS copies (
    made TEXT NOT NULL,
    file TEXT NOT NULL
);
"""
# What an import remembers of sealed values (api/importing/memory.py) goes with them.
_FORGET_MARKS = """
UPDATE imported SET said = CAST(json_set(CAST(said AS TEXT), '$.marks', json('{}')) AS BLOB)
WHERE claim = ?
"""
_MOST_VARIABLES = 500


class Copy(NamedTuple):
    """A copy that was made of the vault: when (RFC 3339 UTC), and to which file."""

    made: str
    file: str


class Vault:
    """One vault file. Sealing needs the organisation's public vault key, revealing the private."""

    def __init__(self, path: Path, public_key: PublicKey | None = None) -> None:
        self._public_key = public_key
        path.touch(mode=0o600, exist_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None, timeout=30)
        try:
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
            # What is erased must not linger in free pages.
            self._connection.execute("PRAGMA secure_delete=ON")
            self._connection.execute("PRAGMA cache_size=-16384")
            self._connection.executescript(_SCHEMA)
        except sqlite3.DatabaseError as error:
            self._connection.close()
            raise Damaged(
                f"{path} cannot be used ({error}); if it is damaged: sijill restore-vault COPY"
            ) from None

    def close(self) -> None:
        self._connection.close()

    # --- sealing

    def seal(self, claim: str, fields: Mapping[str, str]) -> dict[str, dict[str, str]]:
        """Seal a new claim's fields, durably, and return what its event holds in their place."""
        if not fields:
            return {}
        sealed = encrypted(self._wrapping(), claim, fields)
        with self._writing() as connection:
            try:
                _insert(connection, [sealed])
            except sqlite3.IntegrityError:
                raise Invalid(f"{claim} is sealed already") from None
        return sealed.digests

    def seal_all(
        self, claims: Mapping[str, Mapping[str, str]]
    ) -> dict[str, dict[str, dict[str, str]]]:
        """Seal the fields of many new claims in one durable transaction, by claim.

        What an earlier run sealed for them and never recorded is replaced: the caller answers for
        no event of the ledger holding those digests. Whoever was erased is not sealed again.
        """
        wrapping = self._wrapping()
        sealed = [encrypted(wrapping, claim, fields) for claim, fields in claims.items() if fields]
        with self._writing() as connection:
            gone = self.erased([one.claim for one in sealed])
            sealed = [one for one in sealed if one.claim not in gone]
            _delete(connection, list(claims))
            _insert(connection, sealed)
        return {key: {} for key in claims} | {one.claim: one.digests for one in sealed}

    def seal_more(
        self, claims: Mapping[str, Mapping[str, str]]
    ) -> dict[str, dict[str, dict[str, str]]]:
        """Seal further fields of claims that have some, or new values of them, each under a new
        key; what they replace stays, for it was signed. Raises Invalid for who was erased.
        """
        if not claims:
            return {}
        wrapping = self._wrapping()
        sealed = [encrypted(wrapping, claim, fields) for claim, fields in claims.items() if fields]
        with self._writing() as connection:
            for claim in self.erased(list(claims)):
                raise Invalid(f"what was sealed of {claim} was erased for good")
            _insert(connection, [one._replace(part=self._next_part(one.claim)) for one in sealed])
        return {key: {} for key in claims} | {one.claim: one.digests for one in sealed}

    def unseal_all(self, claims: Sequence[str]) -> None:
        """Drop what was sealed for claims that the ledger then refused."""
        with self._writing() as connection:
            _delete(connection, claims)

    def drop(self, digests: Iterable[str]) -> None:
        """Drop disclosures whose events the ledger refused."""
        named = list(digests)
        if not named:
            return
        with self._writing() as connection:
            for digest in named:
                dropped = connection.execute(
                    "DELETE FROM disclosures WHERE digest = ? RETURNING claim, part", (digest,)
                ).fetchall()
                connection.executemany(
                    "DELETE FROM claim_keys WHERE (claim, part) = (?1, ?2) AND NOT EXISTS "
                    "(SELECT 1 FROM disclosures WHERE (claim, part) = (?1, ?2))",
                    dropped,
                )

    def _next_part(self, claim: str) -> int:
        (last,) = self._connection.execute(
            "SELECT coalesce(max(part), 0) FROM claim_keys WHERE claim = ?", (claim,)
        ).fetchone()
        return int(last) + 1

    def _wrapping(self) -> Wrapping:
        if self._public_key is None:
            raise Invalid("this vault was opened without the organisation's public vault key")
        return wrapping_for(self._public_key)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        except sqlite3.IntegrityError:
            raise
        except sqlite3.Error as error:
            raise SijillError(
                f"the vault is busy, its disk refuses writes, or it is damaged ({error}); nothing "
                "was stored"
            ) from None

    # --- revealing

    def reveal(
        self, claim: str, private_key: PrivateKey, stated: Mapping[str, str]
    ) -> dict[str, str]:
        """The sealed fields of a claim in clear; empty when it has none here or was erased.

        `stated` are the digests that the signed events hold, by field: whoever can write to this
        file could seal another value, but not one of the same digest. Raises Unverified.
        """
        opened = self.disclosures(claim, private_key, stated)
        return {field: read_disclosure(one)[1] for field, one in opened.items()}

    def disclosures(
        self, claim: str, private_key: PrivateKey, stated: Mapping[str, str]
    ) -> dict[str, str]:
        """The disclosures themselves, by field: whoever gets one can check it. As `reveal`."""
        try:
            keys = dict(
                self._connection.execute(
                    "SELECT part, wrapped FROM claim_keys WHERE claim = ?", (claim,)
                )
            )
            if not keys:
                return {}
            rows = {
                digest: (part, sealed)
                for digest, part, sealed in self._connection.execute(
                    "SELECT digest, part, sealed FROM disclosures WHERE claim = ?", (claim,)
                )
            }
            found = {}
            for field, digest in stated.items():
                if digest not in rows or rows[digest][0] not in keys:
                    raise Unverified(
                        f"the vault does not hold the {field} of {claim} that was signed: it was "
                        "sealed into another vault, or this one was changed"
                    )
                part, sealed = rows[digest]
                key = unwrapped(keys[part], private_key)
                found[field] = open_disclosure(key, sealed, field, digest, claim)
            return found
        except Unverified:
            raise
        except (CryptoError, sqlite3.Error, TypeError, ValueError, RecursionError):
            raise Unverified(
                f"this vault key does not open {claim}, or the vault was changed"
            ) from None

    # --- erasing

    def erase(self, notes: Mapping[str, bytes | None]) -> None:
        """Destroy the keys and disclosures of claims, durably and on disk.

        `notes` are the events that say so, by claim, None for those the log has already. When
        another process holds on to the old pages, raises SijillError: the keys are gone, but
        their bytes are on disk until this is called again.
        """
        with self._writing() as connection:
            _delete(connection, list(notes))
            connection.executemany(
                "INSERT OR REPLACE INTO erased VALUES (?, ?, ?)",
                [(claim, note, note is None) for claim, note in notes.items()],
            )
            has_memory = connection.execute(
                "SELECT 1 FROM sqlite_master WHERE name = 'imported'"
            ).fetchone()
            if has_memory:
                connection.executemany(_FORGET_MARKS, [(claim,) for claim in notes])
        self.scrub()

    def scrub(self) -> None:
        """Empty the journal, which holds the pages as they were before an erasure."""
        (busy, _, _) = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise SijillError(
                "the vault is in use, and what was erased is still in its journal: close what has "
                "it open, and run this again"
            )

    def erased(self, claims: Sequence[str]) -> frozenset[str]:
        """Those of some claims that were erased here."""
        found: set[str] = set()
        for start in range(0, len(claims), _MOST_VARIABLES):
            chunk = claims[start : start + _MOST_VARIABLES]
            marks = ",".join("?" * len(chunk))
            found.update(
                claim
                for (claim,) in self._connection.execute(
                    f"SELECT claim FROM erased WHERE claim IN ({marks})",  # noqa: S608
                    chunk,
                )
            )
        return frozenset(found)

    def unfinished(self) -> dict[str, bytes]:
        """The notes of erasures that the log may not have yet, by claim."""
        return dict(
            self._connection.execute(
                "SELECT claim, note FROM erased WHERE NOT settled AND note IS NOT NULL"
            )
        )

    def settle(self, claims: Iterable[str]) -> None:
        """The log has the erasures of these claims."""
        with self._writing() as connection:
            connection.executemany(
                "UPDATE erased SET settled = 1 WHERE claim = ?", [(claim,) for claim in claims]
            )

    def unsettle(self) -> None:
        """The log is another than it was: it may lack erasures that it had."""
        self._connection.execute("UPDATE erased SET settled = 0")

    @property
    def caught_up(self) -> tuple[int, bytes]:
        """The tree size and root of the log whose erasures are all done here; 0 for none."""
        found = self._connection.execute("SELECT size, root FROM caught_up").fetchone()
        return (0, b"") if found is None else found

    def catch_up_to(self, size: int, root: bytes) -> None:
        """Every erasure of that state of the log is done here."""
        self._connection.execute("INSERT OR REPLACE INTO caught_up VALUES (1, ?, ?)", (size, root))

    # --- copies

    def copy_to(self, target: Path, name: Path, made: str) -> None:
        """Copy the vault while it may be written to, and note that there is a copy of that name."""
        self._connection.execute("INSERT INTO copies VALUES (?, ?)", (made, str(name)))
        with closing(sqlite3.connect(target)) as copy:
            self._connection.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")

    def copies(self) -> list[Copy]:
        """The copies that were made, oldest first, wherever they are now."""
        rows = self._connection.execute("SELECT made, file FROM copies ORDER BY made")
        return [Copy(made, file) for made, file in rows]


def _insert(connection: sqlite3.Connection, sealed: Sequence[Sealed]) -> None:
    connection.executemany(
        "INSERT INTO claim_keys VALUES (?, ?, ?)",
        sorted((one.claim, one.part, one.wrapped) for one in sealed),
    )
    connection.executemany(
        "INSERT INTO disclosures VALUES (?, ?, ?, ?)",
        sorted((digest, one.claim, one.part, box) for one in sealed for digest, box in one.boxes),
    )


def _delete(connection: sqlite3.Connection, claims: Sequence[str]) -> None:
    sealed = []
    for start in range(0, len(claims), _MOST_VARIABLES):
        chunk = claims[start : start + _MOST_VARIABLES]
        marks = ",".join("?" * len(chunk))
        sealed += connection.execute(
            f"SELECT claim FROM claim_keys WHERE claim IN ({marks})",  # noqa: S608
            chunk,
        ).fetchall()
    connection.executemany("DELETE FROM disclosures WHERE claim = ?", sealed)
    connection.executemany("DELETE FROM claim_keys WHERE claim = ?", sealed)
