"""`sijill key rotate-log` and `rotate-roots`: replacing the keys that everything rests on."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.keys import RootKeys, Why, WhyCode, keys, print_act, root_signers
from api.cli.session import Session, log_passphrase
from domain.authority import RETIRED, key_name
from domain.errors import NotFound
from ledger.note import VerifierKey


def add_to(app: typer.Typer) -> None:
    keys.command("rotate-log")(rotate_log)
    keys.command("rotate-roots")(rotate_roots)


def rotate_log(
    context: typer.Context, reason: Why, reason_code: WhyCode = RETIRED, root: RootKeys = None
) -> None:
    """Make a new log key and have the log name it; it signs every checkpoint from there on.

    A retired key goes on signing beside it while its file is here; a lost or stolen one does not.
    Servers are started again afterwards. Example: sijill key rotate-log --reason "yearly change"
    """
    session: Session = context.obj
    folder = session.folder
    with session.reading() as ledger:
        authority = ledger.authority
    signers = root_signers(session, authority, root)
    try:
        old = session.log_keys()
    except NotFound:
        # The key is lost: the new one signs alone, and the root keys say so.
        old = []
    new = folder.new_log_key(authority.origin, log_passphrase("the new log key"))
    body = {"log": str(new.key), "reason_code": reason_code, "reason": reason}
    with session.desk([*old, new]) as desk:
        try:
            done = desk.say("authority", "LogKeyRotated", body, *signers)
        finally:
            if desk.ledger.authority.log != str(new.key):
                folder.drop_log_key(new)  # refused: nothing names it
    print_act(session, done, f"The log signs with {new.key}")


def rotate_roots(
    context: typer.Context,
    new: Annotated[
        list[str], typer.Argument(metavar="KEY…", help="the new set: names of key files, or vkeys")
    ],
    threshold: Annotated[int, typer.Option(help="how many of them sign together")],
    reason: Why,
    reason_code: WhyCode = RETIRED,
    root: RootKeys = None,
) -> None:
    """Replace the root keys: the old threshold signs the new set, and the new set signs itself.

    Keys that stay are named again. Without --root, those that are here sign.
    Example: sijill key rotate-roots root-2 root-3 root-4 --threshold 2 --reason "a laptop is gone"
    """
    session: Session = context.obj
    vkeys = [key if key.count("+") >= 2 else str(session.folder.public_key(key)) for key in new]
    with session.desk() as desk:
        authority = desk.ledger.authority
        old_signers = root_signers(session, authority, root)
        signing = {str(one.key): one for one in old_signers}
        if not root:
            for vkey in vkeys:
                name = VerifierKey.parse(vkey).name
                together = sum(one in vkeys for one in signing)
                if together < threshold and session.folder.key_file(name).is_file():
                    signer = session.signer(name)
                    signing[str(signer.key)] = signer
        body = {
            "roots": vkeys,
            "threshold": threshold,
            "reason_code": reason_code,
            "reason": reason,
        }
        done = desk.say("authority", "RootRotated", body, *signing.values())
    names = ", ".join(key_name(vkey) for vkey in vkeys)
    print_act(session, done, f"{threshold} of {names} sign together")
