"""The Merkle tree against others' vectors, the RFC's recursive definition, and bit by bit."""

import json
from base64 import b64decode
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import Damaged, Invalid, Unverified
from ledger.merkle import (
    EMPTY_ROOT,
    MAX_PROOF,
    append_nodes,
    consistency_proof,
    frontier_positions,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_at,
    root_of_frontier,
    stored_count,
    stored_position,
    tree_root,
    verify_consistency,
    verify_inclusion,
)

VECTORS = Path(__file__).parents[1] / "vectors"
RFC6962 = json.loads((VECTORS / "rfc6962/roots.json").read_text())
SMALL = range(131)
LARGE = 3000


def vectors(kind):
    files = sorted((VECTORS / "merkle" / kind).rglob("*.json"))
    cases = [(str(path.relative_to(VECTORS / "merkle")), path) for path in files]
    return [pytest.param(json.loads(path.read_text()), id=name) for name, path in cases]


INCLUSION = vectors("inclusion")
CONSISTENCY = vectors("consistency")


def hashes(encoded):
    return [b64decode(value) for value in encoded or []]


@cache
def leaf(index):
    return leaf_hash(b"entry %d" % index)


@cache
def mth(low, high):
    """MTH(D[low:high]) just as RFC 6962 section 2.1 defines it."""
    if high == low:
        return sha256(b"").digest()
    if high - low == 1:
        return leaf(low)
    k = 1
    while k * 2 < high - low:
        k *= 2
    return sha256(b"\x01" + mth(low, low + k) + mth(low + k, high)).digest()


class Store:
    """Stored nodes in one list; remembers what was read."""

    def __init__(self, nodes):
        self.nodes = nodes
        self.calls = []

    def __call__(self, positions):
        self.calls.append(list(positions))
        return [self.nodes[position] for position in positions]


@pytest.fixture(scope="module")
def nodes():
    return append_nodes(0, [], [leaf(index) for index in range(LARGE)])


@pytest.fixture
def store(nodes):
    return Store(nodes)


def flipped(value, bit):
    changed = bytearray(value)
    changed[bit // 8 % len(value)] ^= 1 << bit % 8
    return bytes(changed)


def refused(verify, **arguments):
    try:
        verify(**arguments)
    except Unverified:
        return True
    return False


def test_all_published_merkle_vectors_are_here():
    assert len(INCLUSION) + len(CONSISTENCY) == 96
    assert {case.values[0]["wantErr"] for case in INCLUSION} == {True, False}
    assert {case.values[0]["wantErr"] for case in CONSISTENCY} == {True, False}


@pytest.mark.parametrize("case", INCLUSION)
def test_inclusion_vector_is_judged_as_published(case):
    assert case["wantErr"] == refused(
        verify_inclusion,
        index=case["leafIdx"],
        size=case["treeSize"],
        leaf_hash=b64decode(case["leafHash"] or ""),
        proof=hashes(case["proof"]),
        root=b64decode(case["root"] or ""),
    )


@pytest.mark.parametrize("case", CONSISTENCY)
def test_consistency_vector_is_judged_as_published(case):
    assert case["wantErr"] == refused(
        verify_consistency,
        size1=case["size1"],
        size2=case["size2"],
        root1=b64decode(case["root1"] or ""),
        root2=b64decode(case["root2"] or ""),
        proof=hashes(case["proof"]),
    )


def test_roots_are_those_of_certificate_transparency():
    leaves = [leaf_hash(bytes.fromhex(data)) for data in RFC6962["leaf_inputs_hex"]]
    assert EMPTY_ROOT.hex() == tree_root([]).hex() == RFC6962["empty_root_hex"]
    roots = [tree_root(leaves[:size]).hex() for size in range(1, 9)]
    assert roots == RFC6962["root_hashes_hex_size_1_to_8"]


def test_a_published_logs_entries_give_its_published_roots():
    log = VECTORS / "tessera-log/log"
    tile = (log / "tile/0/000.p/15").read_bytes()
    leaves = [tile[at : at + 32] for at in range(0, len(tile), 32)]
    for size in range(16):
        root = (log / f"checkpoint.{size}").read_text().split("\n")[2]
        assert tree_root(leaves[:size]) == b64decode(root)


def test_leaves_and_nodes_are_hashed_apart():
    assert leaf_hash(b"") == sha256(b"\0").digest()
    assert node_hash(bytes(32), bytes(32)) == sha256(b"\1" + bytes(64)).digest()
    assert leaf_hash(bytes(64)) != node_hash(bytes(32), bytes(32))


def test_a_streamed_root_is_the_defined_one():
    for size in SMALL:
        assert tree_root(leaf(index) for index in range(size)) == mth(0, size)


def test_nodes_are_stored_in_the_order_in_which_they_are_completed():
    order = [(0, 0), (0, 1), (1, 0), (0, 2), (0, 3), (1, 1), (2, 0), (0, 4), (0, 5), (1, 2)]
    assert [stored_position(level, index) for level, index in order] == list(range(10))


def test_every_complete_subtree_is_stored_at_its_position_and_nothing_else_is(nodes):
    used = set()
    for size in SMALL:
        seen = {
            stored_position(level, index)
            for level in range(size.bit_length())
            for index in range(size >> level)
        }
        assert seen == set(range(stored_count(size)))
    for level in range(8):
        for index in range(130 >> level):
            position = stored_position(level, index)
            assert nodes[position] == mth(index << level, (index + 1) << level)
            used.add(position)
    assert len(used) == stored_count(130)


@given(st.lists(st.integers(0, 70), max_size=8))
def test_appending_in_any_batches_stores_the_same_nodes(batches):
    frontier: list[bytes] = []
    stored: list[bytes] = []
    size = 0
    for batch in batches:
        assert len(stored) == stored_count(size)
        new = append_nodes(size, frontier, (leaf(i) for i in range(size, size + batch)))
        stored += new
        size += batch
        assert frontier == [stored[position] for position in frontier_positions(size)]
        assert root_of_frontier(frontier) == mth(0, size)
    assert stored == append_nodes(0, [], [leaf(index) for index in range(size)])


def test_a_refused_batch_leaves_the_frontier_as_it_was():
    frontier = [leaf(0)]
    with pytest.raises(Invalid, match="leaf 3"):
        append_nodes(1, frontier, [leaf(1), leaf(2), b"short"])
    assert frontier == [leaf(0)]


def test_a_frontier_that_does_not_fit_the_size_is_refused():
    for size, frontier in [(0, [leaf(0)]), (1, []), (3, [leaf(0)]), (4, [leaf(0), leaf(1)])]:
        with pytest.raises(Invalid, match="frontier"):
            append_nodes(size, frontier, [])


def test_the_root_at_any_earlier_size_can_be_read(store):
    for size in SMALL:
        assert root_at(size, store) == mth(0, size)


def test_every_inclusion_proof_of_small_trees_verifies_and_no_changed_one(store):
    bit = 0
    for size in SMALL:
        root = mth(0, size)
        for index in range(size):
            proof = inclusion_proof(index, size, store)
            good = {
                "index": index, "size": size, "leaf_hash": leaf(index), "proof": proof, "root": root
            }  # fmt: skip
            verify_inclusion(**good)
            bit += 37
            assert refused(verify_inclusion, **{**good, "leaf_hash": flipped(leaf(index), bit)})
            assert refused(verify_inclusion, **{**good, "root": flipped(root, bit)})
            assert refused(verify_inclusion, **{**good, "proof": [*proof, root]})
            assert refused(verify_inclusion, **{**good, "index": index ^ 1})
            if proof:
                at = bit % len(proof)
                changed = [*proof[:at], flipped(proof[at], bit), *proof[at + 1 :]]
                assert refused(verify_inclusion, **{**good, "proof": changed})
                assert refused(verify_inclusion, **{**good, "proof": proof[:-1]})
                assert refused(verify_inclusion, **{**good, "proof": proof[1:]})


def test_every_consistency_proof_of_small_trees_verifies_and_no_changed_one(store):
    bit = 0
    for size2 in SMALL:
        for size1 in range(1, size2 + 1):
            proof = consistency_proof(size1, size2, store)
            good = {
                "size1": size1, "size2": size2, "root1": mth(0, size1), "root2": mth(0, size2),
                "proof": proof,
            }  # fmt: skip
            verify_consistency(**good)
            bit += 37
            assert refused(verify_consistency, **{**good, "root1": flipped(good["root1"], bit)})
            assert refused(verify_consistency, **{**good, "root2": flipped(good["root2"], bit)})
            assert refused(verify_consistency, **{**good, "proof": [*proof, leaf(0)]})
            if proof:
                at = bit % len(proof)
                changed = [*proof[:at], flipped(proof[at], bit), *proof[at + 1 :]]
                assert refused(verify_consistency, **{**good, "proof": changed})
                assert refused(verify_consistency, **{**good, "proof": proof[:-1]})
                assert refused(verify_consistency, **{**good, "proof": proof[1:]})


SIZES = st.integers(1, LARGE)


@given(SIZES, st.data())
@settings(max_examples=200, deadline=None)
def test_proofs_of_larger_trees_verify_and_read_once_and_little(nodes, size, data):
    store = Store(nodes)
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, store)
    root = mth(0, size)
    verify_inclusion(index=index, size=size, leaf_hash=leaf(index), proof=proof, root=root)
    old = data.draw(st.integers(1, size))
    proof = consistency_proof(old, size, store)
    verify_consistency(size1=old, size2=size, root1=mth(0, old), root2=root, proof=proof)
    assert len(store.calls) <= 2
    assert all(len(call) <= 2 * size.bit_length() for call in store.calls)


@given(SIZES, st.data())
def test_a_single_changed_bit_in_a_larger_proof_is_noticed(nodes, size, data):
    index = data.draw(st.integers(0, size - 1))
    values = [leaf(index), mth(0, size), *inclusion_proof(index, size, Store(nodes))]
    at = data.draw(st.integers(0, len(values) - 1))
    values[at] = flipped(values[at], data.draw(st.integers(0, 255)))
    leaf_value, root, *proof = values
    with pytest.raises(Unverified):
        verify_inclusion(index=index, size=size, leaf_hash=leaf_value, proof=proof, root=root)


@given(st.integers(0, 2**62), st.integers(0, 2**62))
def test_proofs_in_enormous_trees_need_few_positions(one, other):
    index, size = min(one, other), max(one, other) + 1
    asked = []

    def read(positions):
        asked.append(len(positions))
        assert all(0 <= position < stored_count(size) for position in positions)
        return [bytes(32)] * len(positions)

    assert len(inclusion_proof(index, size, read)) <= 63
    # RFC 6962 section 2.1.2: at most ceil(log2(size)) + 1 hashes.
    assert len(consistency_proof(index + 1, size, read)) <= 64
    root_at(size, read)
    assert max(asked) <= 126


@given(st.integers(1, 2**62), st.integers(0, 2**62), st.lists(st.binary(max_size=40), max_size=70))
def test_hostile_proofs_are_unverified_and_nothing_else(size, other, proof):
    index = other % size
    for hashes_given in (proof, [sha256(value).digest() for value in proof]):
        with pytest.raises(Unverified):
            verify_inclusion(
                index=index, size=size, leaf_hash=leaf(0), proof=hashes_given, root=bytes(32)
            )
        with pytest.raises(Unverified):
            verify_consistency(
                size1=index, size2=size, root1=leaf(0), root2=bytes(32), proof=hashes_given
            )


@pytest.mark.parametrize(
    "wrong",
    [
        {"index": -1},
        {"index": True},
        {"index": 1.0},
        {"index": "1"},
        {"index": None},
        {"index": 2},
        {"size": True},
        {"size": 0},
        {"size": -2},
        {"size": 1 << 63},
        {"leaf_hash": b""},
        {"leaf_hash": bytes(33)},
        {"leaf_hash": None},
        {"leaf_hash": "0" * 32},
        {"root": b""},
        {"root": None},
        {"proof": None},
        {"proof": leaf(0)},
        {"proof": [b""]},
        {"proof": [None]},
        {"proof": [leaf(0)] * (MAX_PROOF + 1)},
        {"proof": iter([leaf(0)])},
    ],
)
def test_malformed_arguments_of_an_inclusion_proof_are_unverified(wrong):
    good = {"index": 1, "size": 2, "leaf_hash": leaf(1), "proof": [leaf(0)], "root": mth(0, 2)}
    verify_inclusion(**good)
    with pytest.raises(Unverified):
        verify_inclusion(**{**good, **wrong})


@pytest.mark.parametrize(
    "wrong",
    [
        {"size1": 0},
        {"size1": 0, "proof": []},
        {"size1": 0, "root1": EMPTY_ROOT, "proof": []},
        {"size1": -1},
        {"size1": True},
        {"size1": 1.0},
        {"size1": None},
        {"size1": 3},
        {"size2": True},
        {"size2": 1 << 63},
        {"root1": b""},
        {"root2": b""},
        {"root2": None},
        {"proof": None},
        {"proof": []},
        {"proof": leaf(1)},
        {"proof": [b""]},
        {"proof": [leaf(1)] * (MAX_PROOF + 1)},
    ],
)
def test_malformed_arguments_of_a_consistency_proof_are_unverified(wrong):
    good = {"size1": 1, "size2": 2, "root1": leaf(0), "root2": mth(0, 2), "proof": [leaf(1)]}
    verify_consistency(**good)
    with pytest.raises(Unverified):
        verify_consistency(**{**good, **wrong})


def test_a_taller_tree_does_not_pass_for_a_smaller_one():
    # Both proofs are honest in a tree with one more level, whose left half is `left`.
    left = mth(0, 4)
    old, new = mth(0, 3), mth(0, 4)
    path = [leaf(2), leaf(3), mth(0, 2)]
    verify_consistency(size1=3, size2=4, root1=old, root2=new, proof=path)
    with pytest.raises(Unverified, match="too long"):
        verify_consistency(
            size1=3,
            size2=4,
            root1=node_hash(left, old),
            root2=node_hash(left, new),
            proof=[*path, left],
        )
    with pytest.raises(Unverified, match="too long"):
        verify_inclusion(index=0, size=1, leaf_hash=leaf(1), proof=[leaf(0)], root=mth(0, 2))


def test_two_empty_trees_prove_nothing():
    with pytest.raises(Unverified):
        verify_consistency(size1=0, size2=0, root1=EMPTY_ROOT, root2=EMPTY_ROOT, proof=[])


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (5, 3), (-1, 3)])
def test_a_leaf_outside_the_tree_has_no_proof(store, index, size):
    with pytest.raises(Invalid):
        inclusion_proof(index, size, store)


@pytest.mark.parametrize(("size1", "size2"), [(0, 0), (0, 3), (4, 3), (-1, 3)])
def test_sizes_that_do_not_grow_have_no_consistency_proof(store, size1, size2):
    with pytest.raises(Invalid):
        consistency_proof(size1, size2, store)


def test_negative_places_and_sizes_are_refused():
    for call in (
        lambda: stored_position(-1, 0),
        lambda: stored_position(0, -1),
        lambda: stored_count(-1),
        lambda: frontier_positions(-1),
    ):
        with pytest.raises(Invalid):
            call()


@pytest.mark.parametrize("nodes_read", [[], [bytes(32)], [bytes(32), b""], [bytes(32)] * 3])
def test_a_store_with_missing_nodes_is_damaged(nodes_read):
    with pytest.raises(Damaged, match="restore"):
        root_at(3, lambda positions: nodes_read)
