"""`sijill disclose` and `sijill recipient`; what `sijill verify` does with a disclosure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.output import Format, harmless_text, print_json, print_table, say
from api.cli.recording import KeyName, print_done
from api.cli.revising import Reason
from api.cli.sealing import PANEL, Claim
from api.cli.session import Session, new_passphrase, passphrase
from api.disclosing import disclose as disclose_fields
from api.tables import Table
from audit.disclosure import Opened, fate, verify_disclosure
from audit.policy import Policy
from audit.verdict import HOLDS, Check, Verdict
from domain.errors import Invalid, SijillError
from ledger.disclosure_box import is_box, open_box
from ledger.keyfile import encode_public, new_vault_key_file, open_vault_key_file
from ledger.ledger import Ledger
from ledger.note import VerifierKey

OpenWith = Annotated[
    Path | None,
    typer.Option("--open-with", help="the recipient's key file, for an encrypted disclosure"),
]


def add_to(app: typer.Typer) -> None:
    app.command("disclose", rich_help_panel=PANEL)(disclose)
    app.command("recipient", rich_help_panel=PANEL)(recipient)


def disclose(
    context: typer.Context,
    claim: Claim,
    field: Annotated[
        list[str], typer.Option("--field", help='a sealed field, or "source s1"; repeatable')
    ],
    to: Annotated[
        str, typer.Option("--to", help="to whom: an organisation or a label, never a person's name")
    ],
    key: KeyName,
    reason: Reason,
    out: Annotated[Path, typer.Option(help="a new file for the recipient")],
    basis: Annotated[
        str,
        typer.Option(help="consent, access-right, legal-proceedings, legal-obligation, …"),
    ] = "consent",
    recipient_key: Annotated[
        str | None,
        typer.Option(help="encrypt the file for this key, as `sijill recipient` prints it"),
    ] = None,
    receipt: Annotated[
        Path | None,
        typer.Option("--receipt", help="keep the log's signed acceptance in this file"),
    ] = None,
) -> None:
    """Hand sealed fields over: recorded in the log, then written with all that proves them.

    Needs the vault's passphrase. Example: sijill disclose 1f0c9a44 --field name --to "A court"
    --basis legal-proceedings --reason "case 12" --key reviewer-1 --out for-the-court.sijill
    """
    session: Session = context.obj
    why = {"reason_code": basis, "reason": reason}
    with session.desk() as desk, session.folder.opening(passphrase) as opened:
        done = disclose_fields(
            desk,
            opened,
            desk.resolve(claim),
            field,
            to=to,
            recipient=recipient_key,
            why=why,
            signer=session.signer(key),
            out=out,
        )
        log_key = desk.ledger.authority.log
    print_done(session, [done], receipt)
    if session.form is Format.TABLE:
        how = "encrypted" if recipient_key else "in clear: hand it over by a safe way"
        opening = " --open-with KEYFILE" if recipient_key else ""
        say(f"{out}: {how}. The recipient verifies it with:")
        say(f"  sijill verify {out} --trust {log_key}{opening}")


def recipient(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="a new key file, which only you read")],
) -> None:
    """Make a key to which disclosures can be encrypted; give out the public half it prints.

    Example: sijill recipient court.key
    """
    session: Session = context.obj
    private = new_vault_key_file(file, "recipient", new_passphrase("the new key"))
    public = encode_public(private.public_key)
    if session.form is Format.JSON:
        print_json({"file": str(file), "key": public})
    else:
        say(f"{file}: give out its public half, {public}")


def unbox(raw: bytes, open_with: Path | None) -> bytes:
    """The disclosure in an encrypted file; anything else as it is."""
    if not is_box(raw):
        if open_with is not None:
            raise Invalid("--open-with: the file is not encrypted")
        return raw
    if open_with is None:
        raise Invalid("the file is encrypted for its recipient: give her key file, --open-with")
    return open_box(raw, open_vault_key_file(open_with, passphrase))


def check_disclosure(
    raw: bytes, trust: Sequence[VerifierKey], policy: Policy, ledger: Ledger | None
) -> tuple[Verdict, Opened | None]:
    """Verify a disclosure, and look at a ledger for what became of it."""
    verdict, opened = verify_disclosure(raw, trust, policy)
    if opened is None or ledger is None:
        return verdict, opened
    stream = ledger.stream(opened.claim)
    for field, digest in opened.digests.items():
        found = "the claim is not in it" if stream is None else fate(stream, field, digest)
        size = ledger.checkpoint().size
        check = Check(
            f"what became of the {field} in that ledger", HOLDS, found, as_of=f"{size} entries"
        )
        verdict = verdict._replace(checks=(*verdict.checks, check))
    return verdict, opened


def show_values(form: Format, opened: Opened) -> None:
    """What was disclosed, to who holds the file and verified it."""
    if form is Format.TABLE:
        rows = tuple((field, harmless_text(value)) for field, value in opened.values.items())
        print_table(Table(f"Disclosed of {opened.claim}", ("field", "value"), rows))


def disclosed(opened: Opened | None) -> dict[str, Any]:
    """The same as JSON."""
    if opened is None:
        return {"claim": None, "disclosed": {}}
    return {"claim": opened.claim, "disclosed": dict(opened.values)}


def ledger_to_ask(context: typer.Context) -> Ledger | None:
    """The ledger that the command line names; the environment's is set for other commands."""
    source = context.find_root().get_parameter_source("ledger")
    if source is None or source.name != "COMMANDLINE":
        return None
    session: Session = context.obj
    try:
        return session.folder.open_ledger()
    except SijillError as error:
        raise Invalid(f"--ledger: {error}") from None
