"""A disclosure to be fuzzed: the file, the box that it travels in, and what reads them."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

from nacl.public import PrivateKey

from api.disclosing import disclose
from audit.disclosure import verify_disclosure
from ledger.disclosure import digest_of, read_disclosure
from ledger.disclosure import disclose as make
from ledger.disclosure_box import box, open_box
from ledger.note import VerifierKey
from tests.office import Office

RECIPIENT = PrivateKey(bytes(range(32)))


class Disclosed(NamedTuple):
    """The file, and the key of the log that it is verified by."""

    raw: bytes
    log: VerifierKey


@cache
def disclosed() -> Disclosed:
    with tempfile.TemporaryDirectory() as folder:
        office = Office(Path(folder) / "ledger")
        claim, out = office.record().stream, Path(folder) / "out.sijill"
        with office.folder.opening(lambda _: "p") as opened:
            disclose(
                office.desk,
                opened,
                claim,
                ["name"],
                to="A court",
                recipient=None,
                why={"reason_code": "consent", "reason": "in writing"},
                signer=office.signers["reviewer-1"],
                out=out,
            )
        log = VerifierKey.parse(office.ledger.authority.log)
        office.close()
        return Disclosed(out.read_bytes(), log)


def run_file(raw: bytes) -> None:
    """Never raises, whatever the file holds, and gives no value without proof."""
    made = disclosed()
    verdict, opened = verify_disclosure(raw, [made.log])
    assert verdict.exit_code in (0, 1, 2)
    assert (verdict.exit_code == 0) == (raw == made.raw) == (opened is not None)


def run_disclosure(raw: bytes) -> None:
    text = raw.decode("ascii", "replace")
    field, value = read_disclosure(text)
    assert type(field) is type(value) is str
    assert len(digest_of(text)) == 43


def disclosures() -> list[bytes]:
    return [make("name", "اسم مخترع").encode(), make("source s1", "a witness").encode()]


def run_box(raw: bytes) -> None:
    assert open_box(raw, RECIPIENT) == disclosed().raw


def boxes() -> list[bytes]:
    return [box(disclosed().raw, RECIPIENT.public_key)]
