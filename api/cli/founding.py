"""`sijill init`: found a ledger."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.output import Format, print_json, say
from api.cli.session import Session, log_passphrase, new_passphrase, now
from api.desk import found
from ledger.entry import utc_now


def add_to(app: typer.Typer) -> None:
    app.command("init", rich_help_panel="Ledger and keys")(init)


def init(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="a new folder")],
    origin: Annotated[
        str,
        typer.Option(
            help="the ledger's name for ever: a URL without scheme, such as org.example/2020"
        ),
    ],
    root_keys: Annotated[int, typer.Option(help="how many root keys to make")] = 3,
    threshold: Annotated[int, typer.Option(help="how many of them sign together")] = 2,
) -> None:
    """Found a ledger: new root keys, log key and vault key, the founding entry and the rules.

    Example: sijill init records --origin org.example/2020 --root-keys 3 --threshold 2
    """
    session: Session = context.obj
    home = session.folder_at(folder)
    secret = new_passphrase("the new root keys")
    log_key, roots = found(
        home,
        origin,
        roots=root_keys,
        threshold=threshold,
        passphrase=secret,
        log_passphrase=log_passphrase("the log key"),
        clock=utc_now,
        at=now(),
    )
    if session.form is Format.JSON:
        print_json(
            {
                "origin": origin,
                "log": str(log_key.key),
                "roots": [str(root.key) for root in roots],
                "threshold": threshold,
            }
        )
        return
    say(f"Founded {origin} in {folder}: {threshold} of {root_keys} root keys sign for it.")
    say("Partners verify with the log's public key; publish it where nobody can change it:")
    say(f"  {log_key.key}")
    say(f"Move the root keys from {home.keys} to separate, safe places. Next:")
    say("  sijill key new NAME, then sijill key enroll NAME --role documenter")
