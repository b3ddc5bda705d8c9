"""Proof files: another program's log proved with them, one spelling, and nothing else accepted."""

from base64 import b64encode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Invalid, Unverified
from ledger.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from ledger.merkle import (
    MAX_PROOF,
    append_nodes,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    tree_root,
)
from ledger.note import VerifierKey
from ledger.proof import (
    MAX_PROOF_FILE,
    ConsistencyProof,
    TlogProof,
    format_consistency,
    format_proof,
    parse_consistency,
    parse_proof,
    verify_growth,
    verify_proof,
)
from ledger.signer import Ed25519Signer
from ledger.tiles import read_entries

TESSERA = Path(__file__).parents[1] / "vectors" / "tessera-log" / "log"
TESSERA_KEY = VerifierKey.parse(
    "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"
)
THEIR_SIZES = range(1, 16)
THEIR_LEAVES = [
    leaf_hash(entry) for entry in read_entries((TESSERA / "tile/entries/000.p/15").read_bytes(), 15)
]

LOG = Ed25519Signer.from_seed("register.example/proofs", b"l" * 32)
LEAVES = [leaf_hash(b"%d" % number) for number in range(13)]


def theirs(size):
    return (TESSERA / f"checkpoint.{size}").read_bytes()


def ours(size):
    return sign_checkpoint(Checkpoint(LOG.key.name, size, tree_root(LEAVES[:size])), LOG)


def prove(leaves, prover, *numbers):
    stored = append_nodes(0, [], leaves)
    return tuple(prover(*numbers, lambda positions: [stored[at] for at in positions]))


def included(index, size):
    return TlogProof(index, prove(LEAVES, inclusion_proof, index, size), ours(size))


def grown(old, size):
    return ConsistencyProof(old, prove(LEAVES, consistency_proof, old, size), ours(size))


@pytest.mark.parametrize("size", THEIR_SIZES)
def test_every_entry_of_another_program_s_log_is_proved_under_its_own_checkpoints(size):
    for index in range(size):
        hashes = prove(THEIR_LEAVES, inclusion_proof, index, size)
        proof = parse_proof(format_proof(TlogProof(index, hashes, theirs(size))))
        assert verify_proof(proof, THEIR_LEAVES[index], TESSERA_KEY).size == size
        with pytest.raises(Unverified):
            verify_proof(proof, leaf_hash(b"another entry"), TESSERA_KEY)


@pytest.mark.parametrize("size", THEIR_SIZES)
def test_another_program_s_log_is_proved_to_have_only_grown(size):
    for old in range(1, size + 1):
        root = open_checkpoint(theirs(old), TESSERA_KEY).root
        hashes = prove(THEIR_LEAVES, consistency_proof, old, size)
        proof = parse_consistency(format_consistency(ConsistencyProof(old, hashes, theirs(size))))
        assert verify_growth(proof, root, TESSERA_KEY).size == size
        with pytest.raises(Unverified):
            verify_growth(proof, bytes(32), TESSERA_KEY)


def test_the_files_are_spelled_as_the_standards_spell_them():
    first, second = (b64encode(one).decode() for one in (LEAVES[1], LEAVES[2]))
    checkpoint = ours(3).decode()
    assert format_proof(included(0, 3)).decode() == (
        f"c2sp.org/tlog-proof@v1\nindex 0\n{first}\n{second}\n\n{checkpoint}"
    )
    assert format_proof(included(0, 3)._replace(extra=b"note")).decode() == (
        f"c2sp.org/tlog-proof@v1\nextra bm90ZQ==\nindex 0\n{first}\n{second}\n\n{checkpoint}"
    )
    assert format_consistency(grown(2, 3)).decode() == f"old 2\n{second}\n\n{checkpoint}"


def test_a_log_of_one_entry_is_its_own_proof():
    proof = parse_proof(format_proof(included(0, 1)))
    assert proof.hashes == ()
    assert verify_proof(proof, LEAVES[0], LOG.key).size == 1


def test_a_proof_under_another_key_or_a_changed_checkpoint_proves_nothing():
    proof = included(4, 13)
    with pytest.raises(Unverified):
        verify_proof(proof, LEAVES[4], Ed25519Signer.from_seed(LOG.key.name, b"m" * 32).key)
    changed = proof.checkpoint.replace(b"\n13\n", b"\n12\n")
    with pytest.raises(Unverified):
        verify_proof(proof._replace(checkpoint=changed), LEAVES[4], LOG.key)
    with pytest.raises(Unverified):
        verify_growth(grown(4, 13)._replace(checkpoint=changed), tree_root(LEAVES[:4]), LOG.key)


def test_a_checkpoint_of_another_size_does_not_fit_the_proof():
    with pytest.raises(Unverified):
        verify_proof(included(4, 13)._replace(checkpoint=ours(6)), LEAVES[4], LOG.key)
    with pytest.raises(Unverified):
        verify_growth(grown(4, 13)._replace(old_size=5), tree_root(LEAVES[:4]), LOG.key)


INCLUSION, GROWTH = format_proof(included(4, 13)), format_consistency(grown(4, 13))
HASH = b64encode(included(4, 13).hashes[0])


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (b"proof@v1", b"proof@v2"),
        (b"c2sp.org/tlog-proof@v1\n", b""),
        (b"index 4\n", b""),
        (b"index 4", b"index 04"),
        (b"index 4", b"index -4"),
        (b"index 4", b"index +4"),
        (b"index 4", b"index 4 "),
        (b"index 4", b"index  4"),
        (b"index 4", b"Index 4"),
        (b"index 4", "index ٤".encode()),
        (b"index 4", b"index 4\nindex 4"),
        (b"index 4", b"index 99999999999999999"),
        (b"index 4", b"index 4\nextra bm90ZQ=="),
        (b"index 4", b"extra bm90ZQ==\nextra bm90ZQ==\nindex 4"),
        (b"index 4", b"extra bm90ZQ\nindex 4"),
        (b"index 4", b"extra bm90ZR==\nindex 4"),
        (b"index 4\n", b"index 4\r\n"),
        (HASH, HASH[:-1]),
        (HASH, HASH + b"="),
        (HASH, b" " + HASH),
        (HASH, HASH[:40]),
        (HASH, HASH[:-4] + HASH),
        (b"\n\n", b"\n"),
    ],
)
def test_every_other_spelling_of_an_inclusion_proof_is_refused(was, now):
    changed = INCLUSION.replace(was, now, 1)
    assert changed != INCLUSION
    with pytest.raises(Invalid):
        parse_proof(changed)


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (b"old 4\n", b""),
        (b"old 4", b"old 04"),
        (b"old 4", b"new 4"),
        (b"old 4", b"old"),
        (b"old 4", b"old 4\nold 4"),
        (b"\n\n", b"\n"),
    ],
)
def test_every_other_spelling_of_a_consistency_proof_is_refused(was, now):
    changed = GROWTH.replace(was, now, 1)
    assert changed != GROWTH
    with pytest.raises(Invalid):
        parse_consistency(changed)


@pytest.mark.parametrize("parse", [parse_proof, parse_consistency])
@pytest.mark.parametrize("raw", [b"", b"\n", b"\n\n", b"hello", b"old 1\n\n", b"\xff\n\nx"])
def test_what_is_no_proof_is_refused(parse, raw):
    with pytest.raises(Invalid):
        parse(raw)


def test_a_file_beyond_the_limits_is_refused():
    with pytest.raises(Invalid, match="at most"):
        parse_proof(INCLUSION + b"x" * MAX_PROOF_FILE)
    many = included(4, 13)._replace(hashes=(bytes(32),) * (MAX_PROOF + 1))
    with pytest.raises(Invalid, match="at most"):
        format_proof(many)
    full = format_proof(many._replace(hashes=many.hashes[1:]))
    assert len(parse_proof(full).hashes) == MAX_PROOF
    with pytest.raises(Invalid, match="at most"):
        parse_proof(full.replace(b"index 4\n", b"index 4\n" + b64encode(bytes(32)) + b"\n"))


def test_a_hash_of_another_length_is_not_written():
    with pytest.raises(Invalid):
        format_proof(included(0, 2)._replace(hashes=(b"short",)))


hashes = st.lists(st.binary(min_size=32, max_size=32), max_size=MAX_PROOF).map(tuple)
numbers = st.integers(0, 2**53 - 1)


@given(numbers, hashes, st.none() | st.binary(max_size=40))
def test_what_is_written_is_read(number, siblings, extra):
    proof = TlogProof(number, siblings, ours(3), extra)
    assert parse_proof(format_proof(proof)) == proof
    growth = ConsistencyProof(number, siblings, ours(3))
    assert parse_consistency(format_consistency(growth)) == growth


@given(st.data())
def test_a_changed_byte_never_proves(data):
    raw = bytearray(INCLUSION)
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises((Invalid, Unverified)):
        verify_proof(parse_proof(bytes(raw)), LEAVES[4], LOG.key)
