"""The receipt of one figure: a small text file that verifies by itself; nothing altered does."""

import random

import pytest

from api.freeze import freeze
from api.plan import read_plan
from api.prove import covering_checkpoint
from api.receipt import figure_receipt
from audit.container import read_container
from audit.figure_receipt import (
    MAX_RECEIPT,
    is_receipt,
    parse_receipt,
    verify_figure_receipt,
)
from audit.policy import Policy
from domain.errors import Invalid, NotFound
from ledger.note import VerifierKey
from tests.audit.test_bundle import AT, PLAN
from tests.office import Office


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """An office with a frozen report, entries after it: (office, bundle, the log's key)."""
    office = Office(tmp_path_factory.mktemp("receipts") / "ledger")
    incident = office.incident()
    for number in range(6):
        office.record(incident=incident, sex="female", age_group="adult" if number else "child")
    office.record(attribution={"mode": "sole", "parties": ["isis"]})
    raw = freeze(
        office.ledger, office.registry, read_plan(PLAN), office.signers["publisher-1"], AT
    ).bundle
    office.record()
    yield office, raw, [VerifierKey.parse(office.ledger.authority.log)]
    office.close()


def cut(published, figure="civilians", row=None):
    office, raw, _ = published
    return figure_receipt(office.ledger, "march", raw, figure, row)


@pytest.mark.parametrize(
    ("figure", "row", "value"),
    [
        ("civilians", None, 7),
        ("civilians", "russian-forces", 6),
        ("civilians", "isis", 1),
        ("women", None, 5),
        ("massacres", "russian-forces", 1),
    ],
)
def test_a_figure_or_a_row_of_it_verifies_by_itself(published, figure, row, value):
    raw = cut(published, figure, row)
    assert is_receipt(raw)
    assert len(raw) < 20_000
    verdict = verify_figure_receipt(raw, published[2])
    assert verdict.exit_code == 0, verdict.failures
    (shown,) = verdict.figures
    assert shown.holds
    assert (shown.name, shown.value) == (figure if row is None else f"{figure}/{row}", value)
    assert all(shown.sentence)


def test_it_leads_to_the_newest_checkpoint_which_is_later_than_the_bundle_s(published):
    office, raw, _ = published
    there = parse_receipt(cut(published)).files["checkpoint"]
    assert there == office.ledger.cosigned_checkpoint()
    assert there != read_container(raw).files["checkpoint"]
    assert covering_checkpoint(office.ledger, 0)[0] < int(there.split(b"\n")[1])


def test_it_holds_of_the_keys_only_those_that_lead_to_the_publisher(published):
    office, _, _ = published
    files = parse_receipt(cut(published)).files
    streams = [name for name in files if name.startswith("authority/") and name.endswith("entry")]
    assert len(streams) == 2
    assert len(office.ledger.history("authority")) == 5
    assert b"publisher-1" in files[streams[1]]


def test_root_keys_may_be_trusted_instead_of_the_log_s(published):
    office, _, _ = published
    roots = [root.key for root in office.roots]
    raw = cut(published)
    assert verify_figure_receipt(raw, roots[:2]).verified
    assert not verify_figure_receipt(raw, roots[:1]).verified
    assert not verify_figure_receipt(raw, []).verified


def test_a_quorum_that_is_not_reached_is_told_apart(published):
    office, _, trust = published
    key = office.signers["reviewer-1"].key
    policy = Policy((VerifierKey.cosigner(key.name, key.public_key),), 1)
    assert verify_figure_receipt(cut(published), trust, policy).exit_code == 3


def test_a_bit_flipped_anywhere_is_found(published):
    raw = cut(published, row="isis")
    draw = random.Random(3)
    for at in range(0, len(raw), 7):
        changed = bytearray(raw)
        changed[at] ^= 1 << draw.randrange(8)
        verdict = verify_figure_receipt(bytes(changed), published[2])
        assert verdict.exit_code in (1, 2), at
        assert not any(figure.holds for figure in verdict.figures)


def test_a_later_revocation_of_the_publisher_is_in_it(tmp_path):
    office = Office(tmp_path / "ledger")
    office.record()
    signer = office.signers["publisher-1"]
    raw = freeze(office.ledger, office.registry, read_plan(PLAN), signer, AT).bundle
    trust = [VerifierKey.parse(office.ledger.authority.log)]
    frozen = office.ledger.recorder.tree_size() - 1
    body = {
        "vkey": str(signer.key),
        "reason_code": "compromised",
        "reason": "The computer was taken.",
        "suspect_from": frozen,
    }
    office.desk.say("authority", "KeyRevoked", body, *office.roots[:2])
    verdict = verify_figure_receipt(
        figure_receipt(office.ledger, "march", raw, "civilians", None), trust
    )
    assert verdict.exit_code == 1
    assert [one.what for one in verdict.failures] == ["the publisher's key is not suspect"]
    office.close()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"sijill/receipt/v1\n",
        b"sijill/receipt/v1\nx",
        b"sijill/receipt/v1\nx\ncheckpoint 5\nabc\n",
        b"sijill/receipt/v1\nx\ncheckpoint 03\nabc\n",
        b"sijill/receipt/v1\nx\ncheckpoint 9999999\nabc\n",
        b"sijill/receipt/v1\nx\n../etc/passwd 3\nabc\n",
        b"sijill/receipt/v1\nx\ncheckpoint 3\nabc\ncheckpoint 3\nabc\n",
        "sijill/receipt/v1\nحصيلة\n".encode(),
        b"sijill/receipt/v1\nx\n" + b"a" * MAX_RECEIPT,
    ],
)
def test_what_is_no_receipt_is_never_verified(raw):
    assert verify_figure_receipt(raw, []).exit_code in (1, 2)


def test_what_cannot_be_cut_is_refused_with_what_there_is(published):
    for figure, row, error, said in (
        ("men", None, NotFound, "civilians"),
        ("civilians", "syrian-regime-forces", NotFound, "isis, russian-forces"),
        ("women", "isis", NotFound, "none"),
        ("civilians", "حصيلة", NotFound, "isis"),
    ):
        with pytest.raises(error, match=said):
            cut(published, figure, row)
    with pytest.raises(Invalid, match="not of april"):
        figure_receipt(published[0].ledger, "april", published[1], "women", None)
