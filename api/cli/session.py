"""What every command starts from: the folder, the passphrases, and things opened and closed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.progress import Progress as Bar

from api.cli.output import Format, complain, console
from api.desk import Desk, Done
from api.folder import Folder
from api.questions import Questions
from domain.errors import Invalid
from ledger.ledger import Ledger
from ledger.signer import Signer
from projections.registry import Progress

if TYPE_CHECKING:
    from api.cosign import Policy


class Session:
    """One run of the command."""

    def __init__(self, ledger: Path | None, keys: Path | None, form: Format) -> None:
        self.form = form
        self._ledger = ledger
        self._keys = keys

    @property
    def folder(self) -> Folder:
        if self._ledger is None:
            raise Invalid("no ledger named: use --ledger DIR or set SIJILL_LEDGER")
        return Folder(self._ledger, self._keys)

    def folder_at(self, path: Path) -> Folder:
        return Folder(path, self._keys)

    def at(self, path: Path) -> Session:
        """The same, of the ledger in another folder."""
        return Session(path, self._keys, self.form)

    @contextmanager
    def reading(self) -> Iterator[Ledger]:
        ledger = self.folder.open_ledger()
        try:
            yield ledger
        finally:
            ledger.close()

    @contextmanager
    def questions(self) -> Iterator[Questions]:
        """The ledger with its projections, caught up; progress is shown when it takes long."""
        with self.reading() as ledger:
            registry = self.folder.open_registry(ledger)
            try:
                with progress("folding entries") as moved:
                    registry.catch_up(moved)
                yield Questions(ledger, registry)
            finally:
                registry.close()

    @contextmanager
    def desk(self, log_keys: Sequence[Signer] | None = None) -> Iterator[Desk]:
        """The ledger ready to accept: its log keys are opened, unless they are given."""
        ledger = self.accepting(log_keys)
        vault = self.folder.open_vault()
        try:
            yield Desk(ledger, vault, now)
        finally:
            vault.close()
            ledger.close()

    def accepting(self, log_keys: Sequence[Signer] | None = None) -> Ledger:
        """The ledger open to accept; an erasure that was cut short is finished first."""
        folder = self.folder
        ledger = folder.open_ledger(self.log_keys() if log_keys is None else log_keys)
        for claim in folder.finish_erasures(ledger):
            complain(
                f"what was sealed of {claim} is erased, but the log does not say so: something "
                f"else was recorded of it in between; sign it anew with: sijill erase {claim}"
            )
        return ledger

    def log_keys(self) -> list[Signer]:
        """The keys that the log signs with; a passphrase may be asked for."""
        with self.reading() as ledger:
            authority = ledger.authority
        return self.folder.log_keys(authority, log_passphrase)

    def policy(self) -> Policy:
        """Whom witnesses.toml names to be asked; nobody when there is none."""
        from api.cosign import Policy, read_policy  # noqa: PLC0415 - the client is slow to load

        path = self.folder.path / "witnesses.toml"
        return read_policy(path) if path.exists() else Policy((), 0)

    @contextmanager
    def signing(self) -> Iterator[Desk]:
        """The ledger to look at, and a desk that composes and signs without accepting."""
        folder = self.folder
        with self.reading() as ledger:
            vault = folder.open_vault()
            try:
                yield Desk(ledger, vault, now)
            finally:
                vault.close()

    def signer(self, name: str) -> Signer:
        """A key by its name; where only a folder of keys is named, no ledger is needed."""
        alone = self._ledger is None and self._keys is not None
        folder = Folder(Path(), self._keys) if alone else self.folder
        return folder.signer(name, passphrase)


def now() -> str:
    """The author's clock."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def passphrase(what: str) -> str:
    return _secret("SIJILL_PASSPHRASE", what)


def log_passphrase(what: str) -> str:
    if "SIJILL_LOG_PASSPHRASE" in os.environ:
        return os.environ["SIJILL_LOG_PASSPHRASE"]
    return passphrase(what)


def new_passphrase(what: str) -> str:
    """A passphrase for a new key: asked for twice."""
    return _secret("SIJILL_PASSPHRASE", what, confirm=True)


def _secret(variable: str, what: str, *, confirm: bool = False) -> str:
    if variable in os.environ:
        return os.environ[variable]
    if not sys.stdin.isatty():
        raise Invalid(f"no passphrase for {what}: set {variable}, or run this at a terminal")
    return ask(f"Passphrase for {what}", hide_input=True, confirmation_prompt=confirm, err=True)


def ask(question: str, **options: Any) -> str:
    """An answer from the terminal; leaving the prompt ends the command as Ctrl-C does anywhere."""
    try:
        answer: str = typer.prompt(question, **options)
    except typer.Abort:
        raise KeyboardInterrupt from None
    return answer


@contextmanager
def progress(what: str) -> Iterator[Progress]:
    """A bar on standard error while something long runs; nothing when it is no terminal.

    A whole of 0 is one that is not known.
    """
    with Bar(console=console(errors=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(what, total=None)

        def moved(done: int, whole: int) -> None:
            bar.update(task, completed=done, total=whole or None)

        yield moved


def describe(done: Done) -> dict[str, object]:
    """An acceptance as JSON: what a program keeps."""
    accepted, receipt = done
    return {
        "index": accepted.log_index,
        "received": accepted.received,
        "stream": accepted.stream,
        "version": accepted.version,
        "again": accepted.again,
        "acceptance": None if receipt.acceptance is None else receipt.acceptance.decode(),
        "checkpoint": None if receipt.checkpoint is None else receipt.checkpoint.decode(),
    }
