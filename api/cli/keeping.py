"""`sijill backup`, `sijill check` and `sijill repair`: keeping a ledger whole."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.output import Format, print_json, say
from api.cli.reporting import print_failures
from api.cli.session import Session, progress
from audit.check import check_folder
from domain.errors import Invalid, SijillError
from ledger.export import open_target
from ledger.note import VerifierKey
from ledger.repair import back_up
from ledger.repair import repair as repair_database


def add_to(app: typer.Typer) -> None:
    for name, command in (("backup", backup), ("check", check), ("repair", repair)):
        app.command(name, rich_help_panel="Ledger and keys")(command)


def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="a new file for the copy of ledger.db")],
) -> None:
    """Copy the log's database while it is in use. The vault and the keys are copied by you.

    Example: sijill backup /backup/ledger-2020-04-02.db
    """
    session: Session = context.obj
    with session.reading():
        size = back_up(session.folder.path / "ledger.db", file)
    if session.form is Format.JSON:
        print_json({"file": str(file), "size": size})
    else:
        say(f"{file}: {size} entries")


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


def _log_key(session: Session) -> str:
    try:
        with session.reading() as ledger:
            return ledger.authority.log
    except SijillError as error:
        raise Invalid(
            f"the ledger cannot say its own log key any more ({error}): give it with --trust"
        ) from None
