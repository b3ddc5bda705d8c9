"""Files that are made one after another and are together larger than memory should hold."""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Iterator, MutableMapping

_LARGE = 1 << 16


class Spool(MutableMapping[str, bytes]):
    """Keeps small files in memory and large ones in one file of the disk, unnamed and soon gone."""

    def __init__(self) -> None:
        self._small: dict[str, bytes] = {}
        self._large: dict[str, tuple[int, int]] = {}
        self._disk = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as this does
        weakref.finalize(self, self._disk.close)
        self._end = 0

    def __setitem__(self, name: str, content: bytes) -> None:
        self._small.pop(name, None)
        self._large.pop(name, None)
        if len(content) < _LARGE:
            self._small[name] = content
            return
        self._disk.seek(self._end)
        self._disk.write(content)
        self._large[name] = (self._end, len(content))
        self._end += len(content)

    def __getitem__(self, name: str) -> bytes:
        if name in self._small:
            return self._small[name]
        start, length = self._large[name]
        self._disk.seek(start)
        return self._disk.read(length)

    def __delitem__(self, name: str) -> None:
        if name in self._small:
            del self._small[name]
        else:
            del self._large[name]

    def __iter__(self) -> Iterator[str]:
        yield from self._small
        yield from self._large

    def __len__(self) -> int:
        return len(self._small) + len(self._large)
