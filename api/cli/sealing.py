"""`sijill seal` and `sijill erase`: what is confidential of a claim, put in and taken away."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from api.cli.output import complain, say
from api.cli.recording import Keep, KeyName, SignOnly, keep_signed, print_done
from api.cli.revising import Reason, ReasonCode
from api.cli.session import Session, ask
from api.sealing import (
    MAX_VALUE,
    compose_erasure,
    compose_sealing,
    is_erased,
    of_one_person,
    read_value,
)
from domain.errors import Invalid, SijillError

Claim = Annotated[str, typer.Argument(metavar="CLAIM", help="its id; the first 8 characters do")]

PANEL = "Sealed fields"
_MOST_COPIES = 5


def add_to(app: typer.Typer) -> None:
    app.command("seal", rich_help_panel=PANEL)(seal)
    app.command("erase", rich_help_panel=PANEL)(erase)


def seal(
    context: typer.Context,
    claim: Claim,
    field: Annotated[
        str,
        typer.Option(
            "--field", help='name, name_latin, date_of_birth, family, contact, … or "source s1"'
        ),
    ],
    key: KeyName,
    reason: Reason,
    reason_code: ReasonCode = "new-evidence",
    source: Annotated[
        Path | None,
        typer.Option("--from", help="a file that holds the value; asked for without it"),
    ] = None,
    clear: Annotated[
        bool, typer.Option("--clear", help="say that the field is not known after all")
    ] = False,
    sign_only: SignOnly = None,
    receipt: Keep = None,
) -> None:
    """Seal a field of a claim, or another value of one that is sealed.

    The value is asked for, or read from standard input or a file: on the command line others of the
    machine could read it. Example: sijill seal 1f0c9a44 --field name --reason "..." --key NAME
    """
    session: Session = context.obj
    if clear and source is not None:
        raise Invalid("seal: --clear takes no value, so no --from")
    value = None if clear else _value(field, source)
    why = {"reason_code": reason_code, "reason": reason}
    with session.signing() if sign_only else session.desk() as desk:
        stream = desk.resolve(claim)
        sealing = compose_sealing(desk, stream, field, value, signer=session.signer(key), why=why)
        if sign_only is not None:
            keep_signed(session, [sealing.note], sign_only)
            return
        try:
            done = desk.post(sealing.note)
        except SijillError:
            # Nothing was stored. Whatever else ends this may come after the commit.
            if sealing.digest is not None:
                desk.vault.drop([sealing.digest])
            raise
    print_done(session, [done], receipt)


def _value(field: str, source: Path | None) -> str:
    if source is not None and str(source) != "-":
        with source.open("rb") as file:
            return read_value(file.read(4 * MAX_VALUE + 1024))
    if source is None and sys.stdin.isatty():
        return read_value(ask(f"{field} (sealed)", err=True))
    return read_value(sys.stdin.buffer.read(4 * MAX_VALUE + 1024))


def erase(
    context: typer.Context,
    claim: Claim,
    key: KeyName,
    reason: Reason,
    reason_code: Annotated[
        str, typer.Option(help="consent-withdrawn, objection, safety, legal-obligation, …")
    ] = "consent-withdrawn",
    sign_only: SignOnly = None,
    receipt: Keep = None,
) -> None:
    """Erase what was sealed of a claim, for good: no key opens it, and no figure changes.

    Signed by a reviewer who did not record the claim. Copies that were made of the vault are named.
    Example: sijill erase 1f0c9a44 --reason "asked for by the family" --key reviewer-1
    """
    session: Session = context.obj
    why = {"reason_code": reason_code, "reason": reason}
    with session.signing() if sign_only else session.desk() as desk:
        stream = desk.resolve(claim)
        if is_erased(desk.ledger, stream):
            say(f"{stream} is erased already")
            return
        note = compose_erasure(desk, stream, session.signer(key), why)
        if sign_only is not None:
            keep_signed(session, [note], sign_only)
            return
        done = desk.post(note)
        desk.vault.settle([stream])
        others = of_one_person(desk.ledger, stream)
        copies = session.folder.vault_copies(desk.vault)
    print_done(session, [done], receipt)
    for other in others:
        complain(f"{other} is of the same person and still has sealed fields: erase it too")
    for copy in copies[-_MOST_COPIES:]:
        complain(f"what was erased can be read in the copy {copy}, if it exists: destroy it")
    if len(copies) > _MOST_COPIES:
        complain(f"and in {len(copies) - _MOST_COPIES} older copies")
