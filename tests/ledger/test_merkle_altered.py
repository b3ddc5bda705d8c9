"""Proofs with one thing altered: every bit of every hash, of index and of sizes, at any size.

What a proof says is an expression over its hashes: which are joined with which, on which side. It
is derived here from the recursive definitions of RFC 6962, apart from the verifier. A root does not
bind the size of its tree: at another size with the same expression the same proof holds, and at
every other it must not.
"""

import random
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import Unverified
from ledger.merkle import (
    EMPTY_ROOT,
    append_nodes,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_at,
    verify_consistency,
    verify_inclusion,
)

LARGEST = 600
LEAVES = [leaf_hash(b"leaf %d" % number) for number in range(LARGEST)]
NODES = append_nodes(0, [], LEAVES)


def read(positions):
    return [NODES[position] for position in positions]


ROOTS = [root_at(size, read) for size in range(LARGEST + 1)]


def split(width):
    """The largest power of two below `width`."""
    k = 1
    while 2 * k < width:
        k *= 2
    return k


@cache
def path(index, size):
    """RFC 6962 section 2.1.1, PATH: on which side each sibling stands, from the leaf upwards."""
    if size == 1:
        return ""
    k = split(size)
    return path(index, k) + "r" if index < k else path(index - k, size - k) + "l"


@cache
def subproof(size1, size2, known=True):
    """RFC 6962 section 2.1.2, SUBPROOF: what stands at the bottom, and the sides from there up.

    The bottom is the old root itself or the proof's first hash; a sibling to the right is joined
    to the new root alone, one to the left to both.
    """
    if size1 == size2:
        return "root" if known else "hash", ""
    k = split(size2)
    if size1 <= k:
        bottom, sides = subproof(size1, k, known)
        return bottom, sides + "r"
    bottom, sides = subproof(size1 - k, size2 - k, False)
    return bottom, sides + "l"


def fold(sides, bottom, hashes):
    for side, sibling in zip(sides, hashes, strict=True):
        bottom = node_hash(bottom, sibling) if side == "r" else node_hash(sibling, bottom)
    return bottom


def holds(verify, **arguments):
    try:
        verify(**arguments)
    except Unverified:
        return False
    return True


def flipped(value, bit):
    return (int.from_bytes(value) ^ 1 << bit % 256).to_bytes(32)


def with_altered_hashes(hashes, bit):
    """The list with one bit changed in each hash, each left out, each doubled, two exchanged."""
    for at, one in enumerate(hashes):
        yield [*hashes[:at], flipped(one, bit + 41 * at), *hashes[at + 1 :]]
        yield [*hashes[:at], *hashes[at + 1 :]]
        yield [*hashes[:at], one, one, *hashes[at + 1 :]]
        if at:
            yield [*hashes[: at - 1], one, hashes[at - 1], *hashes[at + 1 :]]


def numbers_beside(number):
    """The number with each of its bits changed, and some that are far from it."""
    yield from (number ^ 1 << bit for bit in range(number.bit_length() + 2))
    yield from (number + 2**32, 2**62 + number, 2**63, 2**64 + number, -number, -1)


def some_of(size):
    """Indexes at the edges of the tree and of its subtrees, and some others."""
    middle = split(size) if size > 1 else 0
    some = {0, middle - 1, middle, size - 1, random.Random(size).randrange(size)}
    return sorted(some & set(range(size)))


def check_inclusion(index, size, leaf, hashes, root, bit):
    good = {"index": index, "size": size, "leaf_hash": leaf, "proof": hashes, "root": root}
    verify_inclusion(**good)
    assert not holds(verify_inclusion, **good | {"leaf_hash": flipped(leaf, bit)})
    assert not holds(verify_inclusion, **good | {"root": flipped(root, bit)})
    assert not holds(verify_inclusion, **good | {"proof": [*hashes, root]})
    for altered in with_altered_hashes(hashes, bit):
        assert not holds(verify_inclusion, **good | {"proof": altered})
    for other in {*numbers_beside(index), size, size + 1} - {index}:
        assert not holds(verify_inclusion, **good | {"index": other})
    for other in {*numbers_beside(size), index, index + 1, 0} - {size}:
        same = index < other < 2**63 and path(index, other) == path(index, size)
        assert holds(verify_inclusion, **good | {"size": other}) == same
    if size != index:
        assert not holds(verify_inclusion, **good | {"index": size, "size": index})


def check_growth(size1, size2, root1, hashes, root2, bit):
    good = {"size1": size1, "size2": size2, "root1": root1, "root2": root2, "proof": hashes}
    verify_consistency(**good)
    assert not holds(verify_consistency, **good | {"root1": flipped(root1, bit)})
    assert not holds(verify_consistency, **good | {"root2": flipped(root2, bit)})
    assert not holds(verify_consistency, **good | {"proof": [*hashes, root2]})
    for altered in with_altered_hashes(hashes, bit):
        assert not holds(verify_consistency, **good | {"proof": altered})
    if size1 == size2:
        return
    assert not holds(verify_consistency, **good | {"root1": root2, "root2": root1})
    assert not holds(verify_consistency, **good | {"size1": size2, "size2": size1})
    expression = subproof(size1, size2)
    for other in {*numbers_beside(size1), size2, 0} - {size1}:
        same = 0 < other < size2 and subproof(other, size2) == expression
        assert holds(verify_consistency, **good | {"size1": other}) == same
    for other in {*numbers_beside(size2), size1, 0} - {size2}:
        same = size1 < other < 2**63 and subproof(size1, other) == expression
        assert holds(verify_consistency, **good | {"size2": other}) == same


@pytest.mark.parametrize("first", range(1, LARGEST + 1, 100))
def test_nothing_in_a_proof_of_any_size_up_to_six_hundred_can_be_altered(first):
    for size in range(first, first + 100):
        for index in some_of(size):
            hashes = inclusion_proof(index, size, read)
            check_inclusion(index, size, LEAVES[index], hashes, ROOTS[size], size * 7 + index)
            old = index + 1
            growth = consistency_proof(old, size, read)
            check_growth(old, size, ROOTS[old], growth, ROOTS[size], size * 7 + index)


def test_every_bit_of_every_hash_of_a_proof_counts():
    index, size = 300, 599
    hashes = inclusion_proof(index, size, read)
    growth = consistency_proof(index, size, read)
    for bit in range(256):
        for at in range(len(hashes)):
            altered = [*hashes[:at], flipped(hashes[at], bit), *hashes[at + 1 :]]
            assert not holds(
                verify_inclusion,
                **{"index": index, "size": size, "leaf_hash": LEAVES[index]},
                **{"proof": altered, "root": ROOTS[size]},
            )
        for at in range(len(growth)):
            altered = [*growth[:at], flipped(growth[at], bit), *growth[at + 1 :]]
            assert not holds(
                verify_consistency,
                **{"size1": index, "size2": size, "root1": ROOTS[index]},
                **{"root2": ROOTS[size], "proof": altered},
            )


def test_of_the_empty_tree_nothing_is_proved():
    for index in (0, 1, -1):
        for proof in ([], [EMPTY_ROOT], [LEAVES[0]]):
            assert not holds(
                verify_inclusion,
                **{"index": index, "size": 0, "leaf_hash": LEAVES[0]},
                **{"proof": proof, "root": EMPTY_ROOT},
            )
    for size in (0, 1, 5):
        assert not holds(
            verify_consistency,
            **{"size1": 0, "size2": size, "root1": EMPTY_ROOT, "root2": ROOTS[size], "proof": []},
        )


SIZES = st.integers(1, LARGEST) | st.integers(1, 2**63 - 1)
HASHES = st.binary(min_size=32, max_size=32)


@given(SIZES, st.data())
@settings(max_examples=200)
def test_nothing_in_a_proof_of_any_leaf_of_an_enormous_tree_can_be_altered(size, data):
    index = data.draw(st.integers(0, size - 1))
    sides = path(index, size)
    assert len(sides) <= 63
    draw = random.Random(data.draw(st.integers(0, 2**32)))
    leaf, *hashes = (draw.randbytes(32) for _ in range(len(sides) + 1))
    root = fold(sides, leaf, hashes)
    check_inclusion(index, size, leaf, hashes, root, draw.randrange(256))


@given(SIZES, st.data())
@settings(max_examples=200)
def test_nothing_in_a_proof_of_growth_between_enormous_trees_can_be_altered(size2, data):
    size1 = data.draw(st.integers(1, size2))
    bottom, sides = subproof(size1, size2)
    draw = random.Random(data.draw(st.integers(0, 2**32)))
    first, *siblings = (draw.randbytes(32) for _ in range(len(sides) + 1))
    left = [(side, one) for side, one in zip(sides, siblings, strict=True) if side == "l"]
    root1 = fold("".join(side for side, _ in left), first, [one for _, one in left])
    root2 = fold(sides, first, siblings)
    hashes = siblings if bottom == "root" else [first, *siblings]
    if len(hashes) <= 63:
        check_growth(size1, size2, root1, hashes, root2, draw.randrange(256))
