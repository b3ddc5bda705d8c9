"""`sijill record` and `sijill post`: new records, and finished notes from elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from api.cli.interview import interview
from api.cli.output import Format, complain, print_csv, print_json, say
from api.cli.session import Session, describe
from api.desk import Desk, Done
from api.document import KINDS, compose_document, from_arguments, read_document
from api.framing import read_notes, write_notes
from domain.errors import Invalid, Rejected

KeyName = Annotated[str, typer.Option("--key", help="the name of the key that signs")]
SignOnly = Annotated[
    Path | None,
    typer.Option("--sign-only", help="write the signed note here and post nothing"),
]
Keep = Annotated[
    Path | None,
    typer.Option("--receipt", help="keep the log's signed acceptance in this file"),
]


def add_to(app: typer.Typer) -> None:
    panel = "Documenting"
    app.command("record", rich_help_panel=panel)(record)
    app.command("post", rich_help_panel=panel)(post)


def record(
    context: typer.Context,
    key: KeyName,
    file: Annotated[
        Path | None,
        typer.Argument(
            help="a TOML or JSON file, - for standard input; or claim, incident or estimate"
        ),
    ] = None,
    fields: Annotated[
        list[str] | None,
        typer.Argument(metavar="KEY=VALUE", help="of a claim, incident or estimate named before"),
    ] = None,
    sign_only: SignOnly = None,
    receipt: Keep = None,
) -> None:
    """Record claims, incidents and stated figures: from a file, by arguments, or by questions.

    Examples: sijill record examples/claim.toml --key documenter-1
    | sijill record claim kind=detention sex=male happened_on=2018-07 source=family --key NAME
    | sijill record incident --key NAME (asks)
    """
    session: Session = context.obj
    kind = "claim" if file is None else str(file)
    document = None
    if kind not in KINDS:
        if fields:
            raise Invalid(f"record {fields[0]!r}: KEY=VALUE stands after {', '.join(KINDS)}")
        assert file is not None
        document = read_document(file)
    elif fields:
        document = from_arguments(kind, fields)
    elif not sys.stdin.isatty():
        raise Invalid("name a TOML file; without a terminal nothing can be asked")
    with session.signing() if sign_only else session.desk() as desk:
        if document is None:
            document = interview(kind, desk.ledger.rules)
        notes = compose_document(desk, document, session.signer(key))
        if sign_only is not None:
            keep_signed(session, notes, sign_only)
            return
        accepted = desk.ledger.accept_all(notes, whole=True)
    done = [Done(one, accepted) for one in accepted.outcomes if not isinstance(one, Rejected)]
    print_done(session, done, receipt)


def post(
    context: typer.Context,
    files: Annotated[list[str], typer.Argument(help="finished notes; - is standard input")],
    receipt: Keep = None,
) -> None:
    """Post finished event notes: the signature is the credential, no author key is needed.

    Example: sijill post claim.note
    """
    session: Session = context.obj
    notes = [note for file in files for note in _notes(file)]
    with session.desk() as desk:
        outcome = desk.ledger.accept_all(notes)
    refused = [one for one in outcome.outcomes if isinstance(one, Rejected)]
    done = [Done(one, outcome) for one in outcome.outcomes if not isinstance(one, Rejected)]
    print_done(session, done, receipt)
    for number, one in enumerate(outcome.outcomes, 1):
        if isinstance(one, Rejected) and len(notes) > 1:
            complain(f"note {number}: {one}")
    if refused:
        raise refused[0]


def _notes(file: str) -> list[bytes]:
    """One note, or several, each after a line with its length in bytes."""
    raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    return read_notes(raw) if raw[:1].isdigit() else [raw]


def finish(
    session: Session, desk: Desk, note: bytes, sign_only: Path | None, receipt: Path | None
) -> None:
    """Post a composed note, or only write it down."""
    if sign_only is not None:
        keep_signed(session, [note], sign_only)
        return
    print_done(session, [desk.post(note)], receipt)


def keep_signed(session: Session, notes: list[bytes], file: Path) -> None:
    """Write signed notes down, to be posted from anywhere."""
    file.write_bytes(notes[0] if len(notes) == 1 else write_notes(notes))
    if session.form is Format.JSON:
        print_json({"signed": len(notes), "posted": 0, "file": str(file)})
    else:
        say(f"{len(notes)} signed, none posted: {file}")


def print_done(session: Session, done: list[Done], receipt: Path | None) -> None:
    """Say where each stands in the log, and only then keep the receipt: that could fail."""
    described = [describe(one) for one in done]
    if session.form is Format.JSON:
        print_json(described[0] if len(described) == 1 else described)
    elif session.form is Format.CSV:
        print_csv(
            [
                {name: one[name] for name in ("index", "received", "stream", "version")}
                for one in described
            ]
        )
    else:
        for one in done:
            accepted = one.accepted
            again = ", which was there before" if accepted.again else ""
            say(
                f"{accepted.stream} version {accepted.version}: index {accepted.log_index}, "
                f"received {accepted.received}{again}"
            )
    if receipt is not None and done and done[0].receipt.acceptance is not None:
        receipt.write_bytes(done[0].receipt.acceptance)
