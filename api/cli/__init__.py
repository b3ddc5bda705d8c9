"""The `sijill` command: one file for each group of commands; they parse, call, and print.

Exit codes: 0 done, 1 a conflict or something that does not verify, 2 bad input, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, TextIO

import typer

from api.cli import (
    asking,
    casing,
    counting,
    demo,
    disclosing,
    drifting,
    extracting,
    following,
    founding,
    importing,
    keeping,
    keys,
    matching,
    proving,
    publishing,
    reconciling,
    recording,
    rendering,
    reporting,
    reviewing,
    revising,
    rotating,
    ruling,
    sealing,
    serving,
    signing,
    trusting,
    witnessing,
)
from api.cli.output import Format, complain
from api.cli.session import Session
from domain.errors import Conflict, Damaged, Invalid, SijillError, Unverified

# May stand before or after the command's name.
_EVERYWHERE = ("--ledger", "--keys", "--format")

app = typer.Typer(
    name="sijill",
    help=(
        "A register of record: signed, append-only documentation of violations, whose every "
        "published figure can be traced and verified."
    ),
    epilog=(
        "--ledger, --keys and --format may stand before or after the command. "
        "Exit codes: 0 done, 1 conflict or not verified, 2 bad input. Start with: sijill demo"
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in (
    founding,
    keys,
    rotating,
    ruling,
    trusting,
    signing,
    recording,
    importing,
    revising,
    sealing,
    disclosing,
    reviewing,
    following,
    matching,
    counting,
    asking,
    casing,
    reconciling,
    publishing,
    reporting,
    drifting,
    rendering,
    extracting,
    proving,
    serving,
    witnessing,
    keeping,
    demo,
):
    module.add_to(app)


@app.callback()
def _start(
    context: typer.Context,
    ledger: Annotated[
        Path | None,
        typer.Option("--ledger", envvar="SIJILL_LEDGER", help="the ledger's folder"),
    ] = None,
    keys_folder: Annotated[
        Path | None,
        typer.Option(
            "--keys", envvar="SIJILL_KEYS", help="the folder of key files (LEDGER/keys if not set)"
        ),
    ] = None,
    form: Annotated[
        Format,
        typer.Option(
            "--format",
            help="table for people, json or csv for programs, geojson for maps (toll), "
            "atom for readers of feeds (drift)",
        ),
    ] = Format.TABLE,
) -> None:
    if form is Format.GEOJSON and context.invoked_subcommand != "toll":
        raise Invalid("--format geojson: only a toll by place is drawn on a map")
    if form is Format.ATOM and context.invoked_subcommand != "drift":
        raise Invalid("--format atom: only the drift of a report is a feed")
    context.obj = Session(ledger, keys_folder, form)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; never returns."""
    _settle_encoding(sys.stdout)
    try:
        app(args=hoist(sys.argv[1:] if arguments is None else arguments), prog_name="sijill")
    except SijillError as error:
        complain(str(error))
        sys.exit(1 if isinstance(error, (Conflict, Unverified, Damaged)) else 2)
    except BrokenPipeError:
        # The reader went away, as `head` does; nothing is left to flush to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        complain(f"{error.filename or 'system'}: {error.strerror or error}")
        sys.exit(2)


def _settle_encoding(stream: TextIO) -> None:
    """Programs read UTF-8; a terminal that lacks a letter is shown its number."""
    if isinstance(stream, TextIOWrapper):
        if stream.isatty():
            stream.reconfigure(errors="backslashreplace")
        else:
            stream.reconfigure(encoding="utf-8")


def hoist(arguments: Sequence[str]) -> list[str]:
    """Move the options of every command in front of the command's name."""
    hoisted: list[str] = []
    rest: list[str] = []
    given = iter(arguments)
    for argument in given:
        name, equals, _ = argument.partition("=")
        if argument == "--":
            rest += [argument, *given]
        elif name in _EVERYWHERE:
            hoisted.append(argument)
            if not equals:
                hoisted += [value for value in [next(given, None)] if value is not None]
        else:
            rest.append(argument)
    return hoisted + rest
