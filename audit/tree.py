"""The Merkle tree made again from the entries, and the stored nodes held against it.

Nothing that is stored takes part in it: roots come from the entries' own bytes (RFC 6962 §2.1). It
keeps 64 bytes for each entry, so that the root of any prefix is a few hashes.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence

from ledger import merkle

_HASH = 32


class Tree:
    """The tree of the entries taken so far."""

    def __init__(self) -> None:
        self.size = 0
        self._frontier: list[bytes] = []
        self._nodes = bytearray()
        self._last = (0, "")

    def append(self, entry: bytes) -> list[tuple[int, bytes]]:
        """Add an entry; returns the nodes it made, each with its position."""
        first = len(self._nodes) // _HASH
        made = merkle.append_nodes(self.size, self._frontier, [merkle.leaf_hash(entry)])
        self._nodes += b"".join(made)
        self.size += 1
        return list(enumerate(made, first))

    @property
    def root(self) -> bytes:
        return merkle.root_of_frontier(self._frontier)

    def root_at(self, size: int) -> str:
        """The base64 root of the first `size` entries; empty for more than there are."""
        if size > self.size:
            return ""
        if self._last[0] != size:
            # Authors sign many events over one state: the last answer is often the next.
            self._last = (size, b64encode(merkle.root_at(size, self._read)).decode())
        return self._last[1]

    def _read(self, positions: Sequence[int]) -> list[bytes]:
        return [bytes(self._nodes[at * _HASH : (at + 1) * _HASH]) for at in positions]


class StoredNodes:
    """Compares stored (position, hash) rows, ascending, with nodes as they are made."""

    def __init__(self, stored: Iterator[tuple[object, object]]) -> None:
        self._stored = stored
        self._sound = True

    def hold(self, made: Sequence[tuple[int, bytes]]) -> bool:
        """Whether these are the next ones stored; only the first difference is told."""
        if self._sound:
            self._sound = all(next(self._stored, None) == node for node in made)
            return self._sound
        return True

    def end(self) -> bool:
        """Whether nothing is stored beyond what was made; true once a difference was told."""
        return not self._sound or next(self._stored, None) is None
