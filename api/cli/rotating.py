"""`sijill key rotate-log` and `rotate-roots`: replacing the keys that everything rests on."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.keys import RootKeys, Why, WhyCode, keys, print_act, root_signers, rule
from api.cli.recording import SignOnly, keep_signed
from api.cli.session import Session, log_passphrase
from domain.authority import RETIRED, key_name
from ledger.note import VerifierKey
from ledger.signer import Signer


def add_to(app: typer.Typer) -> None:
    keys.command("rotate-log")(rotate_log)
    keys.command("rotate-roots")(rotate_roots)


def rotate_log(
    context: typer.Context,
    reason: Why,
    reason_code: WhyCode = RETIRED,
    root: RootKeys = None,
    sign_only: SignOnly = None,
) -> None:
    """Make a new log key and have the log name it; it signs every checkpoint from there on.

    A retired key goes on signing beside it while its file is here; a lost or stolen one does not.
    Servers are started again afterwards. Example: sijill key rotate-log --reason "yearly change"
    """
    session: Session = context.obj
    with session.reading() as ledger:
        authority = ledger.authority
    new = session.folder.new_log_key(authority.origin, log_passphrase("the new log key"))
    body = {"log": str(new.key), "reason_code": reason_code, "reason": reason}
    try:
        words = f"The log signs with {new.key}"
        rule(session, "LogKeyRotated", body, root, sign_only, words)
    except BaseException:
        with session.reading() as ledger:
            if ledger.authority.log != str(new.key):
                session.folder.drop_log_key(new)  # refused: nothing names it
        raise


def rotate_roots(
    context: typer.Context,
    new: Annotated[
        list[str], typer.Argument(metavar="KEY…", help="the new set: names of key files, or vkeys")
    ],
    threshold: Annotated[int, typer.Option(help="how many of them sign together")],
    reason: Why,
    reason_code: WhyCode = RETIRED,
    root: RootKeys = None,
    sign_only: SignOnly = None,
) -> None:
    """Replace the root keys: the old threshold signs the new set, and the new set signs itself.

    Keys that stay are named again. Without --root, those that are here sign.
    Example: sijill key rotate-roots root-2 root-3 root-4 --threshold 2 --reason "a laptop is gone"
    """
    session: Session = context.obj
    vkeys = [key if key.count("+") >= 2 else str(session.folder.public_key(key)) for key in new]
    with session.signing() if sign_only else session.desk() as desk:
        authority = desk.ledger.authority
        old = root_signers(session, authority, root, partly=sign_only is not None)
        signing = {str(one.key): one for one in old}
        if not root:
            signing |= _new_signers(session, vkeys, threshold, signing)
        body = {
            "roots": vkeys,
            "threshold": threshold,
            "reason_code": reason_code,
            "reason": reason,
        }
        signers = list(signing.values())
        note, _ = desk.compose(desk.head("authority"), "RootRotated", body, signers)
        if sign_only is not None:
            keep_signed(session, [note], sign_only)
            return
        done = desk.post(note)
    names = ", ".join(key_name(vkey) for vkey in vkeys)
    print_act(session, done, f"{threshold} of {names} sign together")


def _new_signers(
    session: Session, vkeys: list[str], threshold: int, signing: dict[str, Signer]
) -> dict[str, Signer]:
    """Of the new set those that are here, until its threshold is reached."""
    found: dict[str, Signer] = {}
    for vkey in vkeys:
        name = VerifierKey.parse(vkey).name
        together = sum(one in vkeys for one in (*signing, *found))
        if vkey in signing or together >= threshold:
            continue
        if session.folder.key_file(name).is_file():
            signer = session.signer(name)
            found[str(signer.key)] = signer
    return found
