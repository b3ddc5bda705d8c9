"""Invented values that must never be seen, and finding them in whatever bytes were written."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import json
import re
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

import pyarrow.parquet

# Values that no code, no path and no random byte holds by chance.
CANARIES = {
    "name": "زينقوش بنت المخترع القنّاري",
    "name_latin": "Zaynqush Qannariya-Invented",
    "national_id": "90817263549081",
    "date_of_birth": "1907-11-23?",
    "family": "Mukhtaraqan family of seven",
    "contact": "+963-000-7654321-ext",
    "exact_place": "بيت الكناري، الزقاق ٧٧٧",
    "source s1": "Witness Qanar-Invented, nurse of ward 42",
}


def spellings(value: str) -> Iterator[bytes]:
    """The bytes under which a value could be hiding, whole or in its longest word."""
    words = {value, max(re.split(r"\s+", value), key=len)}
    words |= {unicodedata.normalize("NFD", word) for word in words}
    words |= {unicodedata.normalize("NFKD", word) for word in words}
    words |= {word.casefold() for word in words} | {word.upper() for word in words}
    for word in words:
        if len(word) < 7:
            continue
        plain = word.encode()
        yield plain
        yield word.encode("utf-16-le")
        yield word.encode("utf-16-be")
        yield json.dumps(word)[1:-1].encode()
        yield word.encode("unicode_escape")
        yield repr(plain)[2:-1].encode()
        yield quote(word).encode()
        yield plain.hex().encode()
        yield "".join(f"&#{ord(letter)};" for letter in word).encode()
        if not word.isascii():
            yield word.encode("windows-1256", "ignore") if _arabic(word) else b"\0no such bytes"
            yield word[::-1].encode()
        for shift in range(3):
            for altchars in (b"+/", b"-_"):
                coded = base64.b64encode(b"\0" * shift + plain, altchars)
                # Without the letters at either end that depend on what stands beside it.
                yield coded[4 if shift else 0 : len(coded) // 4 * 4 - 4]


def _arabic(word: str) -> bool:
    try:
        return len(word.encode("windows-1256")) == len(word)
    except UnicodeEncodeError:
        return False


_SPELLINGS = {
    field: frozenset(one for one in spellings(value) if len(one) > 6)
    for field, value in CANARIES.items()
}


def found_in(raw: bytes) -> set[str]:
    """The fields whose value some bytes hold, in any spelling, packed or not."""
    return {
        field
        for content in unpacked(raw)
        for field, ways in _SPELLINGS.items()
        if any(way in content for way in ways)
    }


def unpacked(raw: bytes, depth: int = 3) -> Iterator[bytes]:
    """The bytes themselves, and what they hold when they are an archive or a table."""
    yield raw
    if not depth:
        return
    if raw[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            for entry in archive.namelist():
                yield entry.encode()
                yield from unpacked(archive.read(entry), depth - 1)
    elif raw[:2] == b"\x1f\x8b":
        yield from unpacked(gzip.decompress(raw), depth - 1)
    elif raw[:3] == b"BZh":
        yield from unpacked(bz2.decompress(raw), depth - 1)
    elif raw[:4] == b"PAR1":
        rows = pyarrow.parquet.read_table(io.BytesIO(raw)).to_pylist()
        yield json.dumps(rows, ensure_ascii=False, default=str).encode()
    elif raw[:4] == b"%PDF":
        for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", raw, re.DOTALL):
            try:
                yield zlib.decompress(stream)
            except zlib.error:
                yield stream
    elif raw[257:262] == b"ustar":
        with tarfile.open(fileobj=io.BytesIO(raw)) as archive:
            for member in archive.getmembers():
                opened = archive.extractfile(member)
                if opened is not None:
                    yield from unpacked(opened.read(), depth - 1)


def search(folder: Path, apart: frozenset[Path] = frozenset()) -> Mapping[str, set[str]]:
    """Every file under a folder that holds a canary, with the fields; `apart` are allowed to."""
    leaks = {}
    for path in sorted(folder.rglob("*")):
        if path in apart or not path.is_file():
            continue
        fields = found_in(path.read_bytes()) | found_in(str(path).encode())
        if fields:
            leaks[str(path.relative_to(folder))] = fields
    return leaks
