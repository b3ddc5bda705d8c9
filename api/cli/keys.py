"""`sijill key`: make keys, and say in the log who may sign what."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.output import Format, print_csv, print_json, print_table, say
from api.cli.recording import SignOnly, keep_signed
from api.cli.session import Session, describe, new_passphrase
from api.desk import Done, enrolment
from api.tables import Table
from domain.authority import RETIRED, Authority, Scope, key_name
from domain.authority_events import REVOCATION_REASONS, SCOPED_STREAMS
from domain.errors import Invalid, NotFound
from domain.life import ROLES
from ledger.keyfile import new_agent_key_file
from ledger.note import VerifierKey
from ledger.signer import Signer
from ledger.sshagent import list_ed25519_keys

RootKeys = Annotated[
    list[str] | None,
    typer.Option("--root", help="a root key that signs; those that are here if none is named"),
]
Why = Annotated[str, typer.Option("--reason", help="why, in words")]
WhyCode = Annotated[str, typer.Option(help=f"one of {', '.join(REVOCATION_REASONS)}")]

keys = typer.Typer(
    help="Make keys, enrol and revoke them. Example: sijill key new documenter-1",
    no_args_is_help=True,
)


def add_to(app: typer.Typer) -> None:
    app.add_typer(keys, name="key", rich_help_panel="Ledger and keys")


@keys.command("new")
def new(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="what the key is called in signatures")],
    agent: Annotated[
        bool, typer.Option("--agent", help="use an Ed25519 key of the running ssh-agent")
    ] = False,
    comment: Annotated[
        str | None, typer.Option(help="which key of the ssh-agent, by its comment")
    ] = None,
) -> None:
    """Make a signing key, encrypted with a passphrase; or name one that an ssh-agent holds.

    Example: sijill key new documenter-1
    """
    session: Session = context.obj
    folder = session.folder
    if agent:
        key = _agent_key(name, comment)
        folder.keys.mkdir(parents=True, exist_ok=True, mode=0o700)
        new_agent_key_file(folder.key_file(name), key)
    else:
        key = folder.new_key(name, new_passphrase(f"the new key {name}")).key
    if session.form is Format.JSON:
        print_json({"name": name, "vkey": str(key), "file": str(folder.key_file(name))})
    else:
        say(f"{folder.key_file(name)}: public key {key}")


def _agent_key(name: str, comment: str | None) -> VerifierKey:
    found = [
        public
        for described, public in list_ed25519_keys()
        if comment is None or described == comment
    ]
    if len(found) != 1:
        raise Invalid(
            f"the ssh-agent holds {len(found)} such Ed25519 keys; add one with ssh-add, or choose "
            "one with --comment"
        )
    return VerifierKey.ed25519(name, found[0])


@keys.command("list")
def list_keys(context: typer.Context) -> None:
    """Who may sign what, by the log; and which key files are here.

    Example: sijill key list
    """
    session: Session = context.obj
    with session.reading() as ledger:
        authority = ledger.authority
    here = {path.stem for path in session.folder.keys.glob("*.key")}
    rows: list[dict[str, object]] = [
        {
            "key": name,
            "holder": key.holder.label,
            "roles": ", ".join(key.roles),
            "enrolled at": key.current.since,
            "revoked at": "" if key.revoked_at is None else f"{key.revoked_at} ({key.revocation})",
            "suspect from": "" if key.suspect_from is None else key.suspect_from,
            "file": "here" if name.partition("+")[0] in here else "",
        }
        for name, key in authority.keys.items()
    ]
    for root in authority.roots:
        rows.append(_special(root, "root", here))
    rows.append(_special(authority.log, "log", set()))
    if session.form is Format.JSON:
        print_json(
            {
                "origin": authority.origin,
                "threshold": authority.threshold,
                "log": authority.log,
                "roots": list(authority.roots),
                "keys": rows,
            }
        )
    elif session.form is Format.CSV:
        print_csv(rows)
    else:
        columns = tuple(rows[0])
        note = f"{authority.threshold} root keys sign together; log key: {authority.log}"
        print_table(
            Table(
                f"Keys of {authority.origin}",
                columns,
                tuple(tuple(str(row[column]) for column in columns) for row in rows),
                note=note,
            )
        )


def _special(vkey: str, role: str, here: set[str]) -> dict[str, object]:
    name = key_name(vkey)
    return {
        "key": name,
        "holder": "",
        "roles": role,
        "enrolled at": 0,
        "revoked at": "",
        "suspect from": "",
        "file": "here" if name.partition("+")[0] in here else "",
    }


@keys.command("enroll")
def enroll(
    context: typer.Context,
    key: Annotated[str, typer.Argument(help="a key file's name, or a vkey from elsewhere")],
    role: Annotated[list[str], typer.Option(help=f"one or more of {', '.join(ROLES)}")],
    label: Annotated[
        str | None, typer.Option("--as", help="the person or pseudonym it belongs to")
    ] = None,
    organisation: Annotated[bool, typer.Option(help="it belongs to an organisation")] = False,
    governorate: Annotated[
        list[str] | None, typer.Option(help="only for what lies in this one; repeatable")
    ] = None,
    stream: Annotated[
        list[str] | None,
        typer.Option("--only", help=f"only for this kind: {', '.join(SCOPED_STREAMS)}; repeatable"),
    ] = None,
    root: RootKeys = None,
    sign_only: SignOnly = None,
) -> None:
    """Enrol a key with its roles, signed by a threshold of root keys; again, with new ones.

    Example: sijill key enroll documenter-1 --role documenter --governorate SY07
    """
    session: Session = context.obj
    vkey = key if key.count("+") >= 2 else str(session.folder.public_key(key))
    VerifierKey.parse(vkey)
    body = enrolment(
        vkey,
        role,
        label or VerifierKey.parse(vkey).name,
        organisation=organisation,
        scope=Scope(tuple(governorate or ()) or None, tuple(stream or ()) or None),
    )
    words = f"{key_name(vkey)} may now sign as {', '.join(sorted(role))}"
    rule(session, "KeyEnrolled", body, root, sign_only, words)


@keys.command("revoke")
def revoke(
    context: typer.Context,
    key: Annotated[str, typer.Argument(help="a key file's name, a vkey, or name+id")],
    reason: Why,
    reason_code: WhyCode = RETIRED,
    suspect_from: Annotated[
        int | None, typer.Option(help="the log index from which its signatures are suspect")
    ] = None,
    root: RootKeys = None,
    sign_only: SignOnly = None,
) -> None:
    """Revoke a key, signed by a threshold of root keys.

    With --suspect-from, what it signed from there on counts for nothing until another key
    reaffirms it. Example: sijill key revoke documenter-1 --reason "laptop stolen" --suspect-from 90
    """
    session: Session = context.obj
    with session.reading() as ledger:
        known = [
            one.vkey
            for name, one in ledger.authority.keys.items()
            if key in (one.vkey, name, name.partition("+")[0])
        ]
    if len(known) != 1:
        raise NotFound(f"{key}: {len(known)} enrolled keys are meant; name it as name+id")
    body = {
        "vkey": known[0],
        "reason_code": reason_code,
        "reason": reason,
        "suspect_from": suspect_from,
    }
    rule(session, "KeyRevoked", body, root, sign_only, f"{key_name(known[0])} may sign no more")


def rule(
    session: Session,
    event_type: str,
    body: dict[str, Any],
    root: list[str] | None,
    sign_only: Path | None,
    words: str,
) -> None:
    """Have root keys say something together: post it, or write down what those here signed."""
    with session.signing() if sign_only else session.desk() as desk:
        signers = root_signers(session, desk.ledger.authority, root, partly=sign_only is not None)
        note, _ = desk.compose(desk.head("authority"), event_type, body, signers)
        if sign_only is not None:
            keep_signed(session, [note], sign_only)
        else:
            print_act(session, desk.post(note), words)


def root_signers(
    session: Session, authority: Authority, named: list[str] | None, *, partly: bool = False
) -> list[Signer]:
    """The root keys that sign: those named, or as many that are here as the threshold asks for.

    With `partly`, fewer will do: the others sign elsewhere.
    """
    least = 1 if partly else authority.threshold
    return [session.signer(name) for name in named or _roots_here(session, authority, least)]


def _roots_here(session: Session, authority: Authority, least: int) -> list[str]:
    names = [vkey.partition("+")[0] for vkey in authority.roots]
    here = [name for name in names if session.folder.key_file(name).is_file()]
    if len(here) < least:
        raise NotFound(
            f"{authority.threshold} root keys have to sign, and {len(here)} are in "
            f"{session.folder.keys}; bring more of {', '.join(names)}, or have them sign "
            "where they are (--sign-only, then sijill sign)"
        )
    return here[: authority.threshold]


def print_act(session: Session, done: Done, words: str) -> None:
    """What the root keys said, and where it stands in the log."""
    if session.form is Format.JSON:
        print_json(describe(done))
    else:
        say(f"{words} (index {done.accepted.log_index})")
