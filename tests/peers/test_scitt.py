"""Merkle proofs, ours and scitt-cose's, each under the other; signatures, ours and OpenSSL's."""

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st
from scitt_cose import merkle as scitt

from domain.errors import Unverified
from ledger.cosignature import cosign, signed_bytes
from ledger.merkle import (
    append_nodes,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_at,
    verify_consistency,
    verify_inclusion,
)
from ledger.note import Note, Signature, VerifierKey, format_note, parse_note, verified
from ledger.signer import Ed25519Signer, sign_note

LARGEST = 600
ENTRIES = [b"entry %d" % number for number in range(LARGEST)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
NODES = append_nodes(0, [], LEAVES)
HEXES = [entry.hex() for entry in ENTRIES]


def read(positions):
    return [NODES[position] for position in positions]


def hexes(hashes):
    return [one.hex() for one in hashes]


def theirs(hashes):
    return [bytes.fromhex(one) for one in hashes]


ROOTS = [root_at(size, read) for size in range(LARGEST + 1)]


@pytest.mark.parametrize("size", [*range(18), 31, 32, 33, 63, 64, 65, 100, 127, 128, 129])
def test_roots_and_every_proof_of_a_size_are_theirs(size):
    assert scitt.merkle_root(HEXES[:size]) == ROOTS[size].hex()
    for index in range(size):
        proof = inclusion_proof(index, size, read)
        assert theirs(scitt.inclusion_proof(HEXES[:size], index)) == proof
        growth = consistency_proof(index + 1, size, read)
        assert theirs(scitt.consistency_proof(HEXES, index + 1, size)) == growth


def test_they_verify_a_proof_of_every_entry_and_of_growth_from_every_size():
    for size in range(1, LARGEST + 1, 7):
        root = ROOTS[size].hex()
        for index in range(size):
            proof = hexes(inclusion_proof(index, size, read))
            assert scitt.verify_inclusion(HEXES[index], index, size, proof, root)
            growth = hexes(consistency_proof(index + 1, size, read))
            assert scitt.verify_consistency(ROOTS[index + 1].hex(), root, index + 1, size, growth)


@st.composite
def altered(draw):
    """The numbers, the two hashes and the proof of an inclusion or of growth, altered or not."""
    size = draw(st.integers(1, LARGEST))
    first = draw(st.integers(0, size - 1))
    growth = draw(st.booleans())
    claim = ROOTS[first + 1] if growth else ENTRIES[first]
    prover = consistency_proof if growth else inclusion_proof
    proof = prover(first + growth, size, read)
    numbers = [first + growth, size]
    for _ in range(draw(st.integers(0, 2))):
        match draw(st.integers(0, 3)):
            case 0:
                at = draw(st.integers(0, 1))
                numbers[at] = draw(st.integers(1, 1300) | st.integers(2**40, 2**62))
            case 1 if proof:
                at, bit = draw(st.integers(0, len(proof) - 1)), draw(st.integers(0, 255))
                value = int.from_bytes(proof[at]) ^ 1 << bit
                proof[at] = value.to_bytes(32)
            case 2 if proof:
                proof.pop(draw(st.integers(0, len(proof) - 1)))
            case 3:
                more = ROOTS[draw(st.integers(1, LARGEST))]
                proof.insert(draw(st.integers(0, len(proof))), more)
    return growth, numbers, claim, proof, ROOTS[size]


@given(altered())
@settings(max_examples=500)
def test_of_any_proof_they_say_what_we_say(drawn):
    growth, (first, size), claim, proof, root = drawn
    try:
        if growth:
            verify_consistency(size1=first, size2=size, root1=claim, root2=root, proof=proof)
        else:
            verify_inclusion(
                index=first, size=size, leaf_hash=leaf_hash(claim), proof=proof, root=root
            )
        holds = True
    except Unverified:
        holds = False
    if growth:
        said = scitt.verify_consistency(claim.hex(), root.hex(), first, size, hexes(proof))
    else:
        said = scitt.verify_inclusion(claim.hex(), first, size, hexes(proof), root.hex())
    assert said == holds


SEEDS = st.binary(min_size=32, max_size=32)


@given(SEEDS, st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=80))
def test_openssl_makes_and_verifies_the_same_signatures(seed, line):
    signer = Ed25519Signer.from_seed("documenter/x", seed)
    text = f"{line}\n".encode()
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public = Ed25519PublicKey.from_public_bytes(signer.key.public_key)
    signature = parse_note(sign_note(text, signer)).signatures[0].signature
    public.verify(signature, text)
    assert private.sign(text) == signature
    with pytest.raises(InvalidSignature):
        public.verify(signature, text + b"\n")
    key = VerifierKey.ed25519("documenter/x", private.public_key().public_bytes_raw())
    made = Signature(key.name, key.key_id, private.sign(text))
    assert verified(parse_note(format_note(text, [made])), [signer.key]) == (key,)
    other = Signature(key.name, key.key_id, private.sign(text + b"\n"))
    with pytest.raises(Unverified):
        verified(Note(text, (other,)), [key])


def test_openssl_verifies_a_cosignature():
    witness = Ed25519Signer.from_seed("witness.example/w", b"w" * 32)
    text = b"register.example/tests\n1\n" + b"A" * 43 + b"=\n"
    line = cosign(text, witness, 1_600_000_000)
    public = Ed25519PublicKey.from_public_bytes(witness.key.public_key)
    public.verify(line.signature[8:], signed_bytes(1_600_000_000, text))
    with pytest.raises(InvalidSignature):
        public.verify(line.signature[8:], signed_bytes(1_600_000_001, text))
