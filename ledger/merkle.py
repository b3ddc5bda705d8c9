"""The Merkle tree of a log: hashes, proofs, and where the nodes are stored (RFC 6962 section 2.1).

All hashes are 32-byte SHA-256 values. The tree only grows, and the root of a complete subtree never
changes, so those roots are stored once, in the order in which they are completed: leaf 0, leaf 1,
node (1, 0), leaf 2, leaf 3, node (1, 1), node (2, 0) ... A node is named by (level, index): it
covers the leaves from index * 2^level up to (index + 1) * 2^level.

The *frontier* of a tree is the list of the roots of its greatest complete subtrees, left to right:
one for each 1 in the binary form of the size. It is all that appending needs to know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

from domain.errors import Damaged, Invalid, Unverified

EMPTY_ROOT = sha256(b"").digest()
MAX_PROOF = 63

Read = Callable[[Sequence[int]], Sequence[bytes]]


def leaf_hash(data: bytes) -> bytes:
    """Hash an entry into its leaf: SHA-256(0x00 || data)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees into their parent: SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


def tree_root(leaf_hashes: Iterable[bytes]) -> bytes:
    """Compute the root over leaf hashes that stream past; keeps only the frontier in memory."""
    frontier: list[bytes] = []
    for size, leaf in enumerate(leaf_hashes):
        node, rest = leaf, size
        while rest & 1:
            node = sha256(b"\x01" + frontier.pop() + node).digest()
            rest >>= 1
        frontier.append(node)
    return root_of_frontier(frontier)


def root_of_leaves(leaf_hashes: Sequence[bytes]) -> bytes:
    """The same over leaf hashes that are all at hand: level by level, which is twice as fast."""
    if not leaf_hashes:
        return EMPTY_ROOT
    level = list(leaf_hashes)
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        above = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
        if len(level) % 2:
            above.append(level[-1])
        level = above
    return level[0]


def root_of_frontier(frontier: Sequence[bytes]) -> bytes:
    """Compute the root of the tree whose frontier this is."""
    if not frontier:
        return EMPTY_ROOT
    root = frontier[-1]
    for left in reversed(frontier[:-1]):
        root = node_hash(left, root)
    return root


def append_nodes(size: int, frontier: list[bytes], leaf_hashes: Iterable[bytes]) -> list[bytes]:
    """Append leaves to a tree of `size` leaves: return the new stored nodes in storage order.

    The first returned node belongs at position `stored_count(size)`. `frontier` is brought up to
    the new size; it stays as it was when Invalid is raised.
    """
    if len(frontier) != size.bit_count():
        raise Invalid(f"a tree of {size} leaves has no frontier of {len(frontier)} hashes")
    grown = frontier.copy()
    stored: list[bytes] = []
    # No calls of our own in this loop: a batch import spends its hashing time here.
    for leaf in leaf_hashes:
        if len(leaf) != 32:
            raise Invalid(f"leaf {size}: a leaf hash has 32 bytes, not {len(leaf)}")
        stored.append(leaf)
        node, rest = leaf, size
        while rest & 1:
            node = sha256(b"\x01" + grown.pop() + node).digest()
            stored.append(node)
            rest >>= 1
        grown.append(node)
        size += 1
    frontier[:] = grown
    return stored


def stored_position(level: int, index: int) -> int:
    """Say at which position, from 0, the node (level, index) is stored."""
    if level < 0 or index < 0:
        raise Invalid(f"there is no node at level {level}, index {index}")
    # The node is stored right after its last leaf and the nodes below it that this leaf completes.
    last_leaf = ((index + 1) << level) - 1
    return stored_count(last_leaf) + level


def stored_count(size: int) -> int:
    """Say how many nodes are stored for a tree of `size` leaves."""
    if size < 0:
        raise Invalid(f"a tree cannot have {size} leaves")
    return 2 * size - size.bit_count()


def frontier_positions(size: int) -> list[int]:
    """List the stored positions of the frontier of a tree of `size` leaves."""
    if size < 0:
        raise Invalid(f"a tree cannot have {size} leaves")
    return _range_positions(0, size)


def root_at(size: int, read: Read) -> bytes:
    """Compute the root that the tree had at `size`, from stored nodes."""
    return root_of_frontier(_read_nodes(frontier_positions(size), read))


def inclusion_proof(index: int, size: int, read: Read) -> list[bytes]:
    """Prove that leaf `index` is in the tree of `size` leaves (RFC 6962 section 2.1.1).

    `read` maps stored positions to their nodes; it is called once at most.
    """
    if not 0 <= index < size:
        raise Invalid(f"a tree of {size} leaves has no leaf {index} to prove")
    low, high = 0, size
    siblings = []
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            siblings.append((middle, high))
            high = middle
        else:
            siblings.append((low, middle))
            low = middle
    return _roots_of_ranges(siblings[::-1], read)


def consistency_proof(size1: int, size2: int, read: Read) -> list[bytes]:
    """Prove that the tree of `size2` leaves begins with that of `size1` (RFC 6962 section 2.1.2).

    The empty tree has no such proof. `read` as for `inclusion_proof`.
    """
    if not 0 < size1 <= size2:
        raise Invalid(f"there is no consistency proof from size {size1} to size {size2}")
    low, high = 0, size2
    siblings = []
    while size1 != high:
        middle = low + _split(high - low)
        if size1 <= middle:
            siblings.append((middle, high))
            high = middle
        else:
            siblings.append((low, middle))
            low = middle
    # Without a step to the right, what remains is the old tree itself, whose root is known.
    if low:
        siblings.append((low, high))
    return _roots_of_ranges(siblings[::-1], read)


def verify_inclusion(
    *, index: int, size: int, leaf_hash: bytes, proof: Sequence[bytes], root: bytes
) -> None:
    """Check that the leaf is number `index` of the tree of `size` leaves with this root.

    Raise Unverified unless that is proved, also for malformed arguments. RFC 9162 section 2.1.3.2.
    """
    what = "inclusion proof"
    _check_arguments(what, (index, size), (leaf_hash, root), proof)
    if index >= size:
        raise Unverified(f"{what}: a tree of {size} leaves has no leaf {index}")
    position, last = index, size - 1
    computed = leaf_hash
    for sibling in proof:
        if last == 0:
            raise Unverified(f"{what}: too long for leaf {index} of {size}")
        if position & 1 or position == last:
            computed = node_hash(sibling, computed)
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            computed = node_hash(computed, sibling)
        position >>= 1
        last >>= 1
    if last:
        raise Unverified(f"{what}: too short for leaf {index} of {size}")
    if computed != root:
        raise Unverified(f"{what}: leaf {index} of {size} does not lead to the stated root")


def verify_consistency(
    *, size1: int, size2: int, root1: bytes, root2: bytes, proof: Sequence[bytes]
) -> None:
    """Check that the tree (size2, root2) begins with all leaves of the tree (size1, root1).

    Raise Unverified unless that is proved, also for malformed arguments and for size1 = 0, of
    which nothing can be proved. RFC 9162 section 2.1.4.2.
    """
    what = "consistency proof"
    _check_arguments(what, (size1, size2), (root1, root2), proof)
    if not 0 < size1 <= size2:
        raise Unverified(f"{what}: size {size2} cannot be proved to grow from size {size1}")
    if size1 == size2:
        if proof or root1 != root2:
            raise Unverified(f"{what}: two trees of {size1} leaves must be equal, without a proof")
        return
    # When the old tree is one complete subtree, its root is left out of the proof.
    path = list(proof) if size1 & (size1 - 1) else [root1, *proof]
    if not path:
        raise Unverified(f"{what}: empty, from size {size1} to size {size2}")
    position, last = size1 - 1, size2 - 1
    while position & 1:
        position >>= 1
        last >>= 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise Unverified(f"{what}: too long from size {size1} to size {size2}")
        if position & 1 or position == last:
            old = node_hash(sibling, old)
            new = node_hash(sibling, new)
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            new = node_hash(new, sibling)
        position >>= 1
        last >>= 1
    if last:
        raise Unverified(f"{what}: too short from size {size1} to size {size2}")
    if (old, new) != (root1, root2):
        missed = size1 if old != root1 else size2
        raise Unverified(f"{what}: does not lead to the root stated for size {missed}")


def _check_arguments(
    what: str, numbers: Iterable[object], hashes: Iterable[object], proof: object
) -> None:
    for number in numbers:
        # A bool is an int to Python, and none here.
        if type(number) is not int or not 0 <= number < 1 << 63:
            raise Unverified(f"{what}: sizes and indexes are integers from 0 to 2^63 - 1")
    if not isinstance(proof, list | tuple) or len(proof) > MAX_PROOF:
        raise Unverified(f"{what}: is not a list of at most {MAX_PROOF} hashes")
    for value in (*hashes, *proof):
        if not isinstance(value, bytes) or len(value) != 32:
            raise Unverified(f"{what}: every hash has exactly 32 bytes")


def _split(width: int) -> int:
    """The greatest power of two below `width`, which is at least 2."""
    return 1 << (width - 1).bit_length() - 1


def _range_positions(low: int, high: int) -> list[int]:
    """The stored positions of the complete subtrees that make up the leaves from low to high.

    `low` must be a multiple of a power of two that is at least high - low, as proofs have it.
    """
    positions = []
    while low < high:
        level = (high - low).bit_length() - 1
        positions.append(stored_position(level, low >> level))
        low += 1 << level
    return positions


def _roots_of_ranges(ranges: Sequence[tuple[int, int]], read: Read) -> list[bytes]:
    """Read the roots of leaf ranges, each folded from its own frontier, with one read for all."""
    positions = [_range_positions(low, high) for low, high in ranges]
    nodes = iter(_read_nodes([position for part in positions for position in part], read))
    return [root_of_frontier([next(nodes) for _ in part]) for part in positions]


def _read_nodes(positions: Sequence[int], read: Read) -> Sequence[bytes]:
    if not positions:
        return []
    nodes = read(positions)
    if len(nodes) != len(positions) or any(len(node) != 32 for node in nodes):
        raise Damaged(
            f"Merkle nodes: asked for {len(positions)}, got {len(nodes)} or some not of 32 bytes; "
            "the ledger's file is incomplete: restore it from a copy, then audit it"
        )
    return nodes
