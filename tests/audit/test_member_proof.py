"""A family's proof: one line among those that a published figure counts, and nobody else's."""

import random

import pytest

from api.receipt import receipt
from audit.container import read_container, write_container
from audit.figure_note import figure_identity, figure_of
from audit.receipt import is_proof, proves_a_member, verify_receipt
from domain.errors import Invalid, NotFound
from domain.event import Seen
from domain.figure import member_line
from ledger.signer import Ed25519Signer, sign_note
from tests.scene import PUBLISHER, claim_name

LEDGER = Seen(300_000, "A" * 43 + "=")
FACETS = {"category": "women", "status": "civilian"}


def bundle(people, publisher=PUBLISHER):
    """The two files of a bundle that a proof is cut out of."""
    lines = [member_line(claim_name(n), n, FACETS, "2020-03") for n in range(1, people + 1)]
    identity = figure_identity("register.example/tests", "march", "women")
    note = figure_of(identity, [line[:-1] for line in lines], b"{}", LEDGER)
    return write_container(
        {
            "members/women.jsonl": b"".join(lines),
            "figures/women.note": sign_note(note.to_text(), publisher),
        }
    )


@pytest.mark.parametrize("people", [1, 2, 3, 16, 145])
def test_every_member_of_a_figure_has_a_proof(people):
    raw = bundle(people)
    for number in range(1, people + 1):
        proof = receipt(raw, "women", claim_name(number))
        assert is_proof(proof)
        assert proves_a_member(proof)
        verdict = verify_receipt(proof, [PUBLISHER.key])
        assert verdict.exit_code == 0, verdict.failures
        counted = next(one for one in verdict.checks if one.what.startswith("the member"))
        assert counted.detail.startswith(f"{claim_name(number)}, one of {people} ")
    assert verify_receipt(proof, [Ed25519Signer.generate("publisher-1").key]).exit_code == 1
    assert verify_receipt(proof, []).exit_code == 1


def test_it_stays_small_for_the_toll_of_nine_years():
    proof = receipt(bundle(226_247), "women", claim_name(200_000))
    assert len(proof) < 2000
    assert verify_receipt(proof, [PUBLISHER.key]).exit_code == 0


def test_no_bit_of_it_can_be_another():
    proof = receipt(bundle(145), "women", claim_name(77))
    random.seed(1)
    for at in range(len(proof)):
        changed = bytearray(proof)
        changed[at] ^= 1 << random.randrange(8)
        assert verify_receipt(bytes(changed), [PUBLISHER.key]).exit_code != 0, at


def test_the_proof_of_one_is_none_of_another():
    raw = bundle(145)
    one, other = (receipt(raw, "women", claim_name(number)).split(b"\n") for number in (7, 8))
    # The other's line in her place, with her hashes.
    mixed = b"\n".join([one[0], other[1], *one[2:]])
    assert verify_receipt(mixed, [PUBLISHER.key]).exit_code == 1


def test_whoever_is_not_counted_has_none():
    raw = bundle(20)
    for figure, member, error in (
        ("women", claim_name(21), NotFound),
        ("men", claim_name(1), NotFound),
        ("women", "00000000", NotFound),  # every one begins so
        ("women", "0000", Invalid),
        ("women", "", Invalid),
        ("women", "جريمة-في", Invalid),
    ):
        with pytest.raises(error):
            receipt(raw, figure, member)
    with pytest.raises(Invalid):
        receipt(b"no bundle", "women", claim_name(1))


def test_without_its_line_a_proof_says_what_is_missing():
    proof = receipt(bundle(3), "women", claim_name(1)).split(b"\n")
    verdict = verify_receipt(b"\n".join([proof[0], *proof[2:]]), [PUBLISHER.key])
    assert verdict.exit_code == 2
    assert "line of the member" in verdict.checks[0].detail


def test_a_note_that_counts_another_line_is_found():
    files = dict(read_container(bundle(4)).files)
    files["members/women.jsonl"] = files["members/women.jsonl"].replace(b"2020-03", b"2020-04", 1)
    proof = receipt(write_container(files), "women", claim_name(1))
    assert verify_receipt(proof, [PUBLISHER.key]).exit_code == 1
