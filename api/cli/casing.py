"""`sijill case`: one claim as a case file, to be submitted or handed to a lawyer."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from api.cases.gather import Given, make_case, write_case
from api.cases.words import LANGUAGES
from api.cli.output import Format, print_json, say
from api.cli.session import Session, passphrase
from api.disclosing import open_fields, record_disclosure
from api.pages.libraries import libraries
from api.sealing import stated
from domain.errors import Invalid
from ledger.disclosure import read_disclosure

_BOTH, _ALL = "both", "all"
_KINDS = ("html", "pdf")


def add_to(app: typer.Typer) -> None:
    app.command("case", rich_help_panel="Asking")(case)


def case(
    context: typer.Context,
    claim: Annotated[str, typer.Argument(metavar="CLAIM", help="its first 8 characters do")],
    out: Annotated[Path, typer.Option(help="a new folder: the pages, and proofs beside them")],
    language: Annotated[str, typer.Option(help="en, ar or both")] = _BOTH,
    kind: Annotated[str, typer.Option("--as", help="html, pdf or both")] = _BOTH,
    with_sealed: Annotated[
        list[str] | None,
        typer.Option("--with-sealed", help="give this sealed field in clear, or all; repeatable"),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option("--to", help="with it: to whom, an organisation, never a person's name"),
    ] = None,
    key: Annotated[str | None, typer.Option("--key", help="with it: the key that signs")] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="with it: why, in words")] = None,
    basis: Annotated[
        str, typer.Option(help="with it: consent, legal-proceedings, legal-obligation, …")
    ] = "consent",
) -> None:
    """Make a case file of a claim: what a submission asks for, its history, and its proofs.

    Sealed fields stay sealed unless they are asked for: then the vault's passphrase is needed, and
    the log records to whom they went before anything is written.
    Examples: sijill case 1f0c9a44 --out case-1f0c9a44
    | sijill case 1f0c9a44 --out case --with-sealed name --to "A UN mandate" --reason "the family
    asked" --key reviewer-1
    """
    session: Session = context.obj
    languages = _choice("--language", language, LANGUAGES)
    kinds = _choice("--as", kind, _KINDS)
    if out.exists():
        raise Invalid(f"--out: {out} exists; name a new folder")
    fields = with_sealed or []
    if bool(fields) != (to is not None):
        raise Invalid("--with-sealed needs --to, which says to whom, and --to needs it")
    if "pdf" in kinds:
        with libraries():
            from api.pages import typesetting  # noqa: F401, PLC0415 - before anything is recorded
    given = None
    if fields:
        if key is None or reason is None or to is None:
            raise Invalid("--with-sealed is recorded in the log: give --key and --reason")
        why = {"reason_code": basis, "reason": reason}
        given = _disclosed(session, claim, fields, to, key, why)
    with session.questions() as ask:
        name = ask.resolve(claim)
        files = dict(make_case(ask, name, languages, kinds, given))
        write_case(out, files, confidential=given is not None)
        trust = ask.ledger.authority.log
    if session.form is Format.JSON:
        print_json({"claim": name, "files": {file: len(raw) for file, raw in files.items()}})
        return
    for file, raw in files.items():
        say(f"{out / file}: {len(raw):,} bytes")
    if given is not None:
        say(f"CONFIDENTIAL: holds sealed fields in clear, for {to} only.")
    say(f"Each proof is verified with: sijill verify FILE --trust {trust}")


def _disclosed(
    session: Session, claim: str, fields: list[str], to: str, key: str, why: dict[str, str]
) -> Given:
    with ExitStack() as stack:
        desk = stack.enter_context(session.desk())
        opened = stack.enter_context(session.folder.opening(passphrase))
        name = desk.resolve(claim)
        if fields == [_ALL]:
            fields = sorted(stated(desk.ledger, name))
        disclosures = open_fields(desk.ledger, opened, name, fields)
        recorded = record_disclosure(
            desk, name, disclosures, to=to, recipient=None, why=why, signer=session.signer(key)
        )
    values = {field: read_disclosure(one)[1] for field, one in disclosures.items()}
    return Given(values, to, recorded.raw)


def _choice(option: str, chosen: str, known: tuple[str, ...]) -> tuple[str, ...]:
    if chosen == _BOTH:
        return known
    if chosen not in known:
        raise Invalid(f"{option} {chosen}: use {', '.join(known)} or {_BOTH}")
    return (chosen,)
