"""The ledger folder: where each file of a ledger lies, and how it is opened.

ledger.db         the log: events, Merkle nodes, checkpoints
projections.db    can be deleted: it is made again from the log
vault.db          sealed fields, encrypted person by person; what the last release of a list said
import.lock       held by the one import that runs; empty
review.db         pairs of claims that a reviewer found to be of two persons; ids only
vault.key         the organisation's vault key (its public half seals, its private half reveals)
log.key           signs checkpoints and acceptances; when it is rotated, log-2.key follows it
keys/NAME.key     authors' and root keys; better kept elsewhere (SIJILL_KEYS)
reports/NAME.sijill   bundles of frozen reports, as published
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from api.matching.verdicts import Verdicts
from domain.authority import Authority, key_name
from domain.errors import Damaged, Invalid, NotFound, SijillError
from domain.sealing import digests
from ledger.database import UNREADABLE
from ledger.disclosure import read_disclosure
from ledger.entry import utc_now
from ledger.erasing import catch_up, finish
from ledger.keyfile import (
    MODERATE,
    Cost,
    new_key_file,
    new_vault_key_file,
    open_key_file,
    open_vault_key_file,
    read_public,
    read_vault_public,
)
from ledger.ledger import Ledger
from ledger.note import VerifierKey
from ledger.signer import Signer
from ledger.vault import Vault
from ledger.vault_copy import RestoredVault, restore_vault
from projections.registry import Registry

Passphrase = Callable[[str], str]  # what it is for -> the passphrase

_LOG_FILE = re.compile(r"log(?:-[0-9]{1,4})?\.key")
_KEY_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")


class Folder:
    """Paths of one ledger, and of the keys of whoever sits in front of it."""

    def __init__(
        self,
        path: Path,
        keys: Path | None = None,
        cost: Cost = MODERATE,
    ) -> None:
        self.path = path
        self._cost = cost  # of new keys
        self.keys = path / "keys" if keys is None else keys
        self.reports = path / "reports"

    @property
    def exists(self) -> bool:
        return (self.path / "ledger.db").is_file()

    def make(self) -> None:
        """Make the folders; refuses one that holds a ledger already."""
        if self.exists:
            raise Invalid(f"{self.path} holds a ledger already; nothing was changed")
        for folder in (self.path, self.keys, self.reports):
            try:
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            except OSError as error:
                raise Invalid(f"{folder}: cannot be made ({error.strerror})") from None

    def key_file(self, name: str) -> Path:
        if not _KEY_NAME.fullmatch(name):
            raise Invalid(f"{name[:80]!r} cannot name a key: use letters, digits, dots and hyphens")
        return self.keys / f"{name}.key"

    def new_key(self, name: str, passphrase: str) -> Signer:
        """Make a key, encrypted, in a file that only its owner can read."""
        path = self.key_file(name)
        self.keys.mkdir(parents=True, exist_ok=True, mode=0o700)
        return new_key_file(path, name, passphrase, ops=self._cost.ops, mem=self._cost.mem)

    def signer(self, name: str, passphrase: Passphrase) -> Signer:
        """Open a key by its name."""
        path = self.key_file(name)
        if not path.is_file():
            known = ", ".join(sorted(found.stem for found in self.keys.glob("*.key"))) or "none"
            raise NotFound(
                f"no key {name!r} in {self.keys} (there: {known}); make one with: sijill key new "
                f"{name}"
            )
        return open_key_file(path, passphrase)

    def public_key(self, name: str) -> VerifierKey:
        return read_public(self.key_file(name))

    def new_log_key(self, origin: str, passphrase: str) -> Signer:
        """Make a log key in the next file; the log names it, then it signs."""
        # After the last one: files of former keys may have been taken away.
        taken = [int(one.stem.partition("-")[2] or 1) for one in self._log_files()]
        path = self.path / (f"log-{max(taken) + 1}.key" if taken else "log.key")
        return new_key_file(path, origin, passphrase, ops=self._cost.ops, mem=self._cost.mem)

    def new_vault(self, passphrase: str) -> None:
        new_vault_key_file(
            self.path / "vault.key", "vault", passphrase, ops=self._cost.ops, mem=self._cost.mem
        )

    def drop_log_key(self, signer: Signer) -> None:
        """Delete the file of a log key that no entry names."""
        path = self._log_publics().get(str(signer.key))
        if path is not None:
            path.unlink()

    def log_keys(self, authority: Authority, passphrase: Passphrase) -> list[Signer]:
        """The log key in force, those it followed that may still sign, and those not named yet.

        Raises NotFound when neither the one in force nor one that may follow it is here.
        """
        files = self._log_publics()
        named = {one.vkey for one in authority.log_keys}
        following = [vkey for vkey in files if vkey not in named]
        if authority.log not in files and not following:
            raise NotFound(
                f"the log key {key_name(authority.log)} is in no log*.key file of {self.path}: "
                "bring it there, or open the ledger only to read"
            )
        signing = [authority.log, *authority.retired_log_keys(), *following]
        return [open_key_file(files[vkey], passphrase) for vkey in signing if vkey in files]

    def _log_publics(self) -> dict[str, Path]:
        """The files of log keys by vkey, without those that cannot be read.

        A rotation that was cut short may leave half a file, which no entry names.
        """
        found = {}
        for path in self._log_files():
            try:
                found[str(read_public(path))] = path
            except SijillError:
                continue
        return found

    def _log_files(self) -> list[Path]:
        return sorted(path for path in self.path.glob("log*.key") if _LOG_FILE.fullmatch(path.name))

    def open_ledger(
        self,
        log_keys: Sequence[Signer] = (),
        *,
        clock: Callable[[], str] = utc_now,
        create: bool = False,
    ) -> Ledger:
        """The ledger: to be read only when no log key is given; the one in force comes first."""
        if not create and not self.exists:
            raise NotFound(
                f"{self.path} holds no ledger; name one with --ledger DIR or SIJILL_LEDGER, or "
                "make one with: sijill init DIR --origin ORIGIN"
            )
        return Ledger(
            self.path / "ledger.db",
            log_keys=log_keys,
            clock=clock,
            create=create,
            erase=self._erase,
        )

    def _erase(self, notes: Mapping[str, bytes]) -> None:
        with closing(Vault(self._vault)) as vault:
            vault.erase(notes)

    def finish_erasures(self, ledger: Ledger) -> list[str]:
        """Have the log take the erasures that were cut short; the claims of which it refuses it."""
        if not self._vault.exists():
            return []
        with closing(self._opened_vault()) as vault:
            return finish(vault, ledger)

    def open_registry(self, ledger: Ledger) -> Registry:
        return Registry(self.path / "projections.db", ledger.recorder)

    @property
    def _vault(self) -> Path:
        return self.path / "vault.db"

    def _opened_vault(self, *, sealing: bool = False) -> Vault:
        """The vault as the log says it is: nobody who was erased is in it."""
        public = read_vault_public(self.path / "vault.key") if sealing else None
        vault = Vault(self._vault, public)
        try:
            with closing(self.open_ledger()) as ledger:
                catch_up(vault, ledger)
        except UNREADABLE as error:
            vault.close()
            raise Damaged(
                f"{self._vault} is damaged ({error}): sijill restore-vault COPY"
            ) from None
        except BaseException:
            vault.close()
            raise
        return vault

    def open_vault(self) -> Vault:
        """The vault, for sealing."""
        return self._opened_vault(sealing=True)

    def vault_copies(self, vault: Vault) -> list[str]:
        """The copies that were made of the vault, oldest first, in words."""
        found = [f"{one.file} of {one.made}" for one in vault.copies()]
        replaced = self.path / "vault.db.replaced"
        return found + ([str(replaced)] if replaced.exists() else [])

    def restore_vault(self, backup: Path, *, lose_newer: bool) -> RestoredVault:
        """Make a copy the vault again; whoever the log says is erased is erased in it."""
        done = restore_vault(self._vault, backup, lose_newer=lose_newer)
        self._opened_vault().close()
        return done

    @contextmanager
    def opening(
        self, passphrase: Passphrase
    ) -> Iterator[Callable[[str, Mapping[str, str]], dict[str, str]]]:
        """What gives the disclosures of any claim: the private vault key is open.

        It takes the claim and the digests that its signed events hold, by field.
        """
        private = open_vault_key_file(self.path / "vault.key", passphrase)
        with closing(self._opened_vault()) as vault:

            def opened(claim: str, stated: Mapping[str, str]) -> dict[str, str]:
                return vault.disclosures(claim, private, stated)

            yield opened

    @contextmanager
    def revealing(
        self, ledger: Ledger, passphrase: Passphrase
    ) -> Iterator[Callable[[str], dict[str, str]]]:
        """What tells the sealed fields of any claim in clear: the private vault key is open."""
        with self.opening(passphrase) as opened:

            def reveal(claim: str) -> dict[str, str]:
                found = ledger.stream(claim)
                stated = {} if found is None else digests(found.state)
                return _values(opened(claim, stated))

            yield reveal

    def reveal(
        self, claim: str, stated: Mapping[str, str], passphrase: Passphrase
    ) -> dict[str, str]:
        """The sealed fields of a claim in clear, with the organisation's private vault key.

        `stated` are the digests that its signed events hold, by field.
        """
        with self.opening(passphrase) as opened:
            return _values(opened(claim, stated))

    def open_verdicts(self) -> Verdicts:
        return Verdicts(self.path / "review.db")

    def apart(self) -> frozenset[tuple[str, str]]:
        """The pairs that a reviewer found to be two persons; asking makes no file."""
        if not (self.path / "review.db").exists():
            return frozenset()
        with closing(self.open_verdicts()) as verdicts:
            return verdicts.apart()

    def bundle(self, report: str) -> Path:
        """Where the bundle of a report is kept."""
        return self.reports / f"{report}.sijill"

    def opening_file(self, report: str) -> Path:
        """Where the opening of a report's hidden rows is kept: for auditors, never published."""
        return self.reports / f"{report}.opening"

    def keep_opening(self, report: str, raw: bytes) -> Path:
        """Keep an opening whole or not at all, readable by nobody else; returns where."""
        self.reports.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self.opening_file(report)
        part = path.with_suffix(".opening-part")
        part.touch(mode=0o600)
        part.write_bytes(raw)
        part.replace(path)
        return path

    def keep_bundle(self, report: str, raw: bytes) -> None:
        """Keep a bundle whole or not at all."""
        self.reports.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self.bundle(report)
        part = path.with_suffix(".part")
        part.write_bytes(raw)
        part.replace(path)


def _values(disclosures: Mapping[str, str]) -> dict[str, str]:
    return {field: read_disclosure(one)[1] for field, one in disclosures.items()}
