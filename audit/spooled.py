"""A file of a container that is too large to be held in memory: on disk, read piece by piece."""

from __future__ import annotations

import hashlib
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from weakref import finalize

_PIECE = 1 << 20


class Spooled:
    """What some parts add up to, in a temporary file that goes with this object."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - it outlives this call
        finalize(self, self._file.close)
        self._size, self._crc, self._sha256 = 0, 0, hashlib.sha256()
        for part in parts:
            self._file.write(part)
            self._size += len(part)
            self._crc = zlib.crc32(part, self._crc)
            self._sha256.update(part)

    def __len__(self) -> int:
        return self._size

    @property
    def crc32(self) -> int:
        return self._crc

    @property
    def sha256(self) -> str:
        """Of the whole, in hex."""
        return self._sha256.hexdigest()

    def parts(self) -> Iterator[bytes]:
        self._file.seek(0)
        while piece := self._file.read(_PIECE):
            yield piece

    def __bytes__(self) -> bytes:
        return b"".join(self.parts())


Content = bytes | Spooled


def crc32_of(content: Content) -> int:
    return content.crc32 if isinstance(content, Spooled) else zlib.crc32(content)


def sha256_of(content: Content) -> str:
    """In hex."""
    return content.sha256 if isinstance(content, Spooled) else hashlib.sha256(content).hexdigest()


def parts_of(content: Content) -> Iterator[bytes]:
    yield from content.parts() if isinstance(content, Spooled) else (content,)
