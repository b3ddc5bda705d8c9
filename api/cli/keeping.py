"""`sijill backup`, `restore`, `check` and `repair`: keeping a ledger whole."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.keys import RootKeys, root_signers
from api.cli.output import Format, print_json, say
from api.cli.reporting import print_failures
from api.cli.session import Session, log_passphrase, now, progress
from api.desk import Desk
from audit.check import check_folder
from domain.errors import Invalid, SijillError
from ledger.export import open_target
from ledger.ledger import Ledger
from ledger.note import VerifierKey
from ledger.repair import back_up, remove
from ledger.repair import repair as repair_database
from ledger.vault_copy import back_up_vault

if TYPE_CHECKING:
    from api.restore import Lost


def add_to(app: typer.Typer) -> None:
    for command in (backup, restore, restore_vault, check, repair):
        app.command(command.__name__.replace("_", "-"), rich_help_panel="Ledger and keys")(command)


def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="a new file for the copy of ledger.db")],
    vault: Annotated[
        Path | None, typer.Option("--vault", help="a new file for a copy of vault.db, kept apart")
    ] = None,
) -> None:
    """Copy the log's database while it is in use, and the vault's if asked. Keys you copy yourself.

    Whoever is erased later lives on in a copy of the vault: keep few, and destroy them in time.
    Example: sijill backup /backup/ledger-2020-04-02.db --vault /safe/vault-2020-04-02.db
    """
    session: Session = context.obj
    # The log first: a vault that is copied later has every field that this log names.
    with session.reading():
        size = back_up(session.folder.path / "ledger.db", file)
    if vault is not None:
        with closing(session.folder.open_vault()) as opened:
            back_up_vault(opened, vault, now())
    if session.form is Format.JSON:
        copied = {} if vault is None else {"vault": str(vault)}
        print_json({"file": str(file), "size": size} | copied)
        return
    say(f"{file}: {size} entries")
    if vault is not None:
        say(
            f"{vault}: the vault; whoever is erased later has to be erased from it by destroying it"
        )


def restore_vault(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="a copy of vault.db")],
    lose_newer: Annotated[
        bool, typer.Option(help="give up sealed fields that the copy does not have")
    ] = False,
) -> None:
    """Go back to a copy of the vault; whoever the log says is erased does not come back.

    Stop servers first. Example: sijill restore-vault /safe/vault-2020-04-02.db
    """
    session: Session = context.obj
    with session.reading():
        done = session.folder.restore_vault(file, lose_newer=lose_newer)
    if session.form is Format.JSON:
        print_json({"fields": done.fields, "lost": done.lost, "kept": done.kept and str(done.kept)})
        return
    kept = f"; the file before is {done.kept}" if done.kept else ""
    say(f"{done.fields} sealed fields" + (f", {done.lost} lost" if done.lost else "") + kept)


def check(context: typer.Context) -> None:
    """Look for damage: the file, its indexes, every entry, node and checkpoint.

    Exit code 1 when something is damaged. Example: sijill check
    """
    session: Session = context.obj
    with progress("checking entries") as moved:
        verdict = check_folder(session.folder.path, moved)
    if session.form is Format.JSON:
        print_json(verdict.to_json())
    else:
        print_failures(verdict)
        sound = verdict.exit_code == 0
        say(f"{verdict.entries} entries checked: {'nothing is damaged.' if sound else 'DAMAGED.'}")
    raise typer.Exit(verdict.exit_code)


def repair(
    context: typer.Context,
    source: Annotated[str, typer.Option("--from", help="an export of the log: a folder or URL")],
    trust: Annotated[
        str | None, typer.Option(help="the log's public key; the ledger's own if it can be read")
    ] = None,
    lose_newer: Annotated[
        bool, typer.Option(help="go on although newer entries than the export has are lost")
    ] = False,
) -> None:
    """Make the database again from published tiles that prove themselves.

    Example: sijill repair --from /var/www/log --trust "$LOG_KEY"
    """
    session: Session = context.obj
    # Made again from the log: beside one that lost entries and grew anew it would not be its own.
    remove(session.folder.path / "projections.db")
    done = repair_database(
        session.folder.path / "ledger.db",
        open_target(source),
        VerifierKey.parse(trust or _log_key(session)),
        lose_newer=lose_newer,
    )
    if session.form is Format.JSON:
        print_json({"size": done.size, "root": done.root, "kept": str(done.kept)})
    else:
        say(f"{done.size} entries, root {done.root}; the damaged file is {done.kept}")


def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="a backup of ledger.db")],
    lose_newer: Annotated[
        bool, typer.Option(help="give up entries that somebody has seen, and record that")
    ] = False,
    reason: Annotated[
        str | None, typer.Option(help="why, in words: goes into the event with --lose-newer")
    ] = None,
    unasked: Annotated[
        bool, typer.Option(help="pass over witnesses that cannot be reached")
    ] = False,
    root: RootKeys = None,
) -> None:
    """Go back to a backup, if no witness has seen more than it holds. Stop servers first.

    With --lose-newer, root keys sign that entries were lost, and a new log key follows.
    Example: sijill restore /backup/ledger-2020-04-02.db
    """
    from api.restore import restore as go_back  # noqa: PLC0415 - the client is slow to load

    session: Session = context.obj
    folder = session.folder
    if lose_newer != (reason is not None):
        raise Invalid("--lose-newer and --reason go together: the reason is recorded")

    def record(database: Path, lost: Lost) -> None:
        _record_loss(session, database, lost, str(reason), root)

    done = go_back(
        folder, file, session.policy(), unasked=unasked, record_loss=record if lose_newer else None
    )
    if session.form is Format.JSON:
        lost = None if done.lost is None else done.lost._asdict()
        print_json({"size": done.size, "lost": lost, "kept": done.kept and str(done.kept)})
        return
    say(f"{done.size} entries" + (f"; the file before is {done.kept}" if done.kept else ""))
    if done.lost is not None:
        say(
            f"{done.lost.who} had seen {done.lost.size} entries: the loss is recorded, and a new "
            "log key signs. Tell everybody who watches this log."
        )


def _record_loss(
    session: Session, database: Path, lost: Lost, reason: str, named: list[str] | None
) -> None:
    """Say in the restored log that entries were lost, under a new log key."""
    reading = Ledger(database)
    authority = reading.authority
    reading.close()
    signers = root_signers(session, authority, named)
    new = session.folder.new_log_key(authority.origin, log_passphrase("the new log key"))
    body = {"size": lost.size, "root": lost.root, "log": str(new.key), "reason": reason}
    ledger, vault = Ledger(database, log_keys=[new]), session.folder.open_vault()
    try:
        Desk(ledger, vault, now).say("authority", "EntriesLost", body, *signers)
    except BaseException:
        session.folder.drop_log_key(new)
        raise
    finally:
        vault.close()
        ledger.close()


def _log_key(session: Session) -> str:
    try:
        with session.reading() as ledger:
            return ledger.authority.log
    except SijillError as error:
        raise Invalid(
            f"the ledger cannot say its own log key any more ({error}): give it with --trust"
        ) from None
