"""`sijill sign`: a further signature on a note that several keys sign, each where it is kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from api.cli.output import Format, print_json, say
from api.cli.recording import KeyName
from api.cli.session import Session
from domain.errors import Invalid, Rejected
from ledger.admission import Submission, read_submission
from ledger.note import format_note
from projections.history import describe_change


def add_to(app: typer.Typer) -> None:
    app.command("sign", rich_help_panel="Ledger and keys")(sign)


def sign(
    context: typer.Context,
    note: Annotated[Path, typer.Argument(help="a note that --sign-only wrote")],
    key: KeyName,
) -> None:
    """Add a signature to an event note, after saying what it says. Needs no ledger, only the key.

    Example: sijill sign revoke.note --key root-2 --keys /media/stick
    """
    session: Session = context.obj
    try:
        submission = read_submission(note.read_bytes())
    except Rejected as error:
        raise Invalid(f"{note}: {error}") from None
    told = list(_told(submission))
    if session.form is not Format.JSON:
        say("\n".join(told))
    signature = session.signer(key).sign(submission.note.text)
    if (signature.name, signature.key_id) in [
        (one.name, one.key_id) for one in submission.note.signatures
    ]:
        raise Invalid(f"{note}: {key} has signed it already; nothing was changed")
    raw = format_note(submission.note.text, (*submission.note.signatures, signature))
    part = note.with_name(note.name + ".part")
    part.write_bytes(raw)
    part.replace(note)
    if session.form is Format.JSON:
        signers = len(submission.signers) + 1
        print_json({"file": str(note), "says": told, "signatures": signers})
    else:
        say(f"{note}: {len(submission.signers) + 1} signatures")


def _told(submission: Submission) -> Iterator[str]:
    """What is signed, in words: read before the passphrase is asked for."""
    event = submission.event
    yield f"{event.type} of {event.stream} version {event.version}, in {event.ledger}, {event.at}"
    yield f"  {describe_change(event.type, event.body)}"
    for member in ("reason_code", "reason"):
        if member in event.body:
            yield f"  {member.replace('_', ' ')}: {event.body[member]}"
    yield f"  signed by {', '.join(submission.signers)}"
