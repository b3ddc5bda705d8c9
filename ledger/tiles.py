"""The log as static files (c2sp.org/tlog-tiles): which tiles a size has, their paths, their bytes.

    tile/<L>/<N>[.p/<W>]          hashes of level 8·L, 256 to a full tile, 32 bytes each
    tile/entries/<N>[.p/<W>]      entries, each after its length in two bytes

A full tile never changes; a partial one of W is what a full one begins with. A hash of level L > 0
is the root of a full tile below: partial tiles are never hashed upwards.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from domain.errors import Invalid
from ledger import merkle

WIDTH = 256
HASH = 32
ENTRIES = -1  # the level of entry bundles, in place of a number

_PATH = re.compile(
    r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/){0,4}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?"
)
_LENGTH = struct.Struct(">H")
_HIGHEST = 7  # 256**8 leaves are more than any log has


class Tile(NamedTuple):
    """`level` from 0, or ENTRIES; `number` from 0; `width` 1 to 256."""

    level: int
    number: int
    width: int

    @property
    def is_full(self) -> bool:
        return self.width == WIDTH

    @property
    def path(self) -> str:
        """`tile/0/x001/x234/067`, with `.p/<W>` when it is partial."""
        groups = [f"{self.number % 1000:03}"]
        rest = self.number // 1000
        while rest:
            groups.insert(0, f"x{rest % 1000:03}")
            rest //= 1000
        level = "entries" if self.level == ENTRIES else str(self.level)
        partial = "" if self.is_full else f".p/{self.width}"
        return f"tile/{level}/{'/'.join(groups)}{partial}"


def parse_path(path: str) -> Tile:
    """Read a path strictly; raises Invalid for every other spelling."""
    found = _PATH.fullmatch(path)
    if found is None:
        raise Invalid(f"{path[:80]!r} is no tile's path")
    index = int(found[2].replace("x", "").replace("/", ""))
    width = WIDTH if found[3] is None else int(found[3])
    tile = Tile(ENTRIES if found[1] == "entries" else int(found[1]), index, width)
    if tile.path != path or tile.level > _HIGHEST or (found[3] and tile.is_full):
        raise Invalid(f"{path[:80]!r} is no tile's path")
    return tile


def tiles_at(size: int, level: int) -> Iterator[Tile]:
    """The tiles that a log of `size` has at a level."""
    yield from _between(0, size, level)


def new_tiles(old_size: int, size: int) -> Iterator[Tile]:
    """What a log of `size` has beyond one of `old_size`: entries, then hashes, lowest first."""
    for level in (ENTRIES, *range(_HIGHEST + 1)):
        yield from _between(old_size, size, level)


def partial_tiles(size: int) -> Iterator[Tile]:
    """The tiles of a log of `size` that are not full: at most one for each level."""
    for level in (ENTRIES, *range(_HIGHEST + 1)):
        count = size >> 8 * max(level, 0)
        if count % WIDTH:
            yield Tile(level, count // WIDTH, count % WIDTH)


def _between(old_size: int, size: int, level: int) -> Iterator[Tile]:
    shift = 8 * max(level, 0)
    before, count = old_size >> shift, size >> shift
    for index in range(before // WIDTH, count // WIDTH):
        yield Tile(level, index, WIDTH)
    if count % WIDTH and count != before:
        yield Tile(level, count // WIDTH, count % WIDTH)


def exists(tile: Tile, size: int) -> bool:
    """Whether a log of `size` has the tile, or had it when it was smaller."""
    shift = 8 * max(tile.level, 0)
    return tile.number * WIDTH + tile.width <= size >> shift


def node_positions(tile: Tile) -> list[int]:
    """Where the hashes of a tile are stored (merkle.stored_position)."""
    first = tile.number * WIDTH
    return [
        merkle.stored_position(8 * tile.level, index) for index in range(first, first + tile.width)
    ]


def write_hashes(hashes: Sequence[bytes]) -> bytes:
    return b"".join(hashes)


def read_hashes(raw: bytes, width: int) -> list[bytes]:
    """Take a hash tile apart; raises Invalid unless it has exactly `width` hashes."""
    if len(raw) != width * HASH:
        raise Invalid(f"a hash tile of width {width} has {width * HASH} bytes, not {len(raw)}")
    return [raw[at : at + HASH] for at in range(0, len(raw), HASH)]


def write_entries(entries: Sequence[bytes]) -> bytes:
    """An entry bundle; an entry has at most 65,535 bytes."""
    return b"".join(_LENGTH.pack(len(entry)) + entry for entry in entries)


def read_entries(raw: bytes, width: int) -> list[bytes]:
    """Take an entry bundle apart; raises Invalid unless it has exactly `width` entries."""
    entries: list[bytes] = []
    at = 0
    while at < len(raw) and len(entries) <= width:
        end = at + _LENGTH.size
        if end > len(raw):
            break
        (length,) = _LENGTH.unpack_from(raw, at)
        entries.append(raw[end : end + length])
        at = end + length
    if at != len(raw) or len(entries) != width:
        raise Invalid(f"an entry bundle of width {width} is cut short or has another number")
    return entries


def root_of_tiles(size: int, read: Callable[[Tile], bytes]) -> bytes:
    """The root of a log of `size` from its lowest hash tiles; `read` gives a tile's bytes."""
    hashes = (one for tile in tiles_at(size, 0) for one in read_hashes(read(tile), tile.width))
    return merkle.tree_root(hashes)
