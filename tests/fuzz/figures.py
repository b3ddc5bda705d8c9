"""What reads a figure by itself: receipts, hidden rows, and openings."""

import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from api.freeze import freeze
from api.plan import read_plan
from api.receipt import figure_receipt
from audit.cells import read_hidden
from audit.container import read_container
from audit.figure_receipt import format_receipt, parse_receipt, verify_figure_receipt
from audit.hidden import Hiding
from ledger.note import VerifierKey, parse_note
from tests.office import Office

PLAN = """
name = "small"
fewer_than = 3
[title]
en = "Small cells"
ar = "خلايا صغيرة"
[[figures]]
name = "civilians"
where = { status = "civilian" }
by = ["party"]
"""


class Cut(NamedTuple):
    """What a report with hidden rows gives out."""

    receipt: bytes
    opening: bytes
    hidden: bytes
    log: VerifierKey


@cache
def cut() -> Cut:
    with tempfile.TemporaryDirectory() as folder:
        office = Office(Path(folder) / "ledger")
        for party, deaths in (("isis", 1), ("russian-forces", 2), ("syrian-regime-forces", 5)):
            for _ in range(deaths):
                office.record(attribution={"mode": "sole", "parties": [party]})
        signer = office.signers["publisher-1"]
        made = freeze(
            office.ledger, office.registry, read_plan(PLAN), signer, "2020-04-02T10:00:00Z"
        )
        row = "syrian-regime-forces"
        raw = figure_receipt(office.ledger, "small", made.bundle, "civilians", row)
        log = VerifierKey.parse(office.ledger.authority.log)
        office.close()
    hidden = read_container(made.bundle).files["figures/civilians/isis.note"]
    return Cut(raw, made.opening, parse_note(hidden).text, log)


def run_receipt(raw: bytes) -> None:
    """Never raises, whatever the file holds."""
    verdict = verify_figure_receipt(raw, [cut().log])
    assert verdict.exit_code in (0, 1, 2)
    assert verdict.exit_code != 0 or raw == cut().receipt


def run_receipt_parts(raw: bytes) -> None:
    assert format_receipt(parse_receipt(raw)) == raw


def run_hidden(raw: bytes) -> None:
    assert read_hidden(raw).to_text() == raw


def run_opening(raw: bytes) -> None:
    Hiding((), [raw])


def receipts() -> Sequence[bytes]:
    return [cut().receipt]


def hidden_rows() -> Sequence[bytes]:
    return [cut().hidden]


def openings() -> Sequence[bytes]:
    return [cut().opening]
