"""The container of a bundle: a zip (APPNOTE 6.3.x, stored only) that has exactly one spelling.

For the same files there is one sequence of bytes: README.txt, manifest, then the others ascending;
nothing compressed, no times, no comments, no extra fields. Reading compares with that spelling, so
a byte changed anywhere is found, and no two readers can see different files in one container.
Everything is read within limits and by offsets that are checked before they are used.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from audit.spooled import Content, crc32_of, parts_of
from domain.errors import Invalid

MAX_BYTES = 1 << 30
MAX_FILES = 20_000
FIRST = ("README.txt", "manifest")

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_LOCAL_MARK, _CENTRAL_MARK, _END_MARK = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_MADE_BY = 3 << 8 | 20  # unix, so that the file mode below is understood
_NEEDS = 20
_MIDNIGHT, _FIRST_DAY = 0, 0x21  # 1980-01-01, the least date that a zip can say
_FILE_MODE = 0o100644 << 16

# What reading a hostile zip can raise.
_UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError),
    *(ValueError, RuntimeError, NotImplementedError),
)

_SEGMENT = r"[A-Za-z0-9](?:[A-Za-z0-9._,+-]*[A-Za-z0-9_+-])?"
_NAME = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT}){{0,3}}")
_MAX_NAME = 240


class Defect(NamedTuple):
    """What is wrong with a file's place in the container; `file` is empty for the container."""

    file: str
    message: str


class _Span(NamedTuple):
    name: str
    start: int
    end: int


class Files(Mapping[str, bytes]):
    """The files of a container that stays as it is in memory: each is taken out when asked for."""

    def __init__(self, raw: bytes, spans: Sequence[_Span]) -> None:
        self._raw = raw
        self._spans = {span.name: span for span in spans}

    def __getitem__(self, name: str) -> bytes:
        span = self._spans[name]
        return self._raw[span.start : span.end]

    def __iter__(self) -> Iterator[str]:
        return iter(self._spans)

    def __len__(self) -> int:
        return len(self._spans)

    def __contains__(self, name: object) -> bool:
        return name in self._spans

    def only(self, belongs: Callable[[str], bool]) -> Files:
        """Those whose names belong, still to be taken out when asked for."""
        return Files(self._raw, [span for span in self._spans.values() if belongs(span.name)])

    def __or__(self, others: Mapping[str, bytes]) -> dict[str, bytes]:
        return {**self, **others}


class Container(NamedTuple):
    """The files by name, as far as they could be read, and every defect found."""

    files: Files
    defects: tuple[Defect, ...]


def write_container(files: Mapping[str, bytes]) -> bytes:
    """Write the one spelling of these files; raises Invalid for a name or size out of bounds."""
    _check_names(files)
    # Part by part: a mapping that loads its files when asked for them need never hold them all.
    raw = io.BytesIO()
    for _, part in _parts(files):
        if raw.tell() + len(part) > MAX_BYTES:
            raise Invalid(f"bundle: its files have more than the {MAX_BYTES} bytes allowed")
        raw.write(bytes(part))
    return raw.getvalue()


def container_parts(files: Mapping[str, Content]) -> Iterator[bytes]:
    """The same piece by piece; what is raised, is before the first."""
    _check_names(files)
    around = _LOCAL.size + _CENTRAL.size
    size = _END.size + sum(around + 2 * len(name) + len(files[name]) for name in files)
    if size > MAX_BYTES:
        raise Invalid(f"bundle: {size} bytes, of which at most {MAX_BYTES} are allowed")
    return (piece for _, part in _parts(files) for piece in parts_of(part))


def _check_names(files: Mapping[str, Content]) -> None:
    if len(files) > MAX_FILES:
        raise Invalid(f"bundle: {len(files)} files, of which at most {MAX_FILES} are allowed")
    for name in files:
        check_name(name)


def read_container(raw: bytes) -> Container:
    """Read what can be read; raises Invalid only for what is no zip, or beyond the limits.

    The directory at the end and the headers before the files say the same twice: when one of the
    two is unreadable, the other still gives the files.
    """
    if len(raw) > MAX_BYTES:
        raise Invalid(f"larger than a bundle may be, {MAX_BYTES} bytes")
    if not raw.startswith(_LOCAL_MARK) and raw[-_END.size :][:4] != _END_MARK:
        raise Invalid("not a .sijill bundle: neither begins nor ends like a zip")
    try:
        spans = _spans_of_directory(raw)
    except Invalid as error:
        found = [Defect("", f"its directory cannot be read: {error}")]
        try:
            spans = _spans_of_headers(raw)
        except Invalid as worse:
            found.append(Defect("", f"nor can its headers ({worse}): ask for the original file"))
            return Container(_laid_out(_repacked(raw)), tuple(found))
        return _compared(raw, spans, found)
    return _compared(raw, spans, [])


def names_in(raw: bytes) -> frozenset[str]:
    """The names of the files in a container, as its directory has them; none when it has none."""
    try:
        return frozenset(span.name for span in _spans_of_directory(raw))
    except Invalid:
        return frozenset()


def _repacked(raw: bytes) -> dict[str, bytes]:
    """What a zip packed by another program holds, as far as it can be read within the limits.

    Such a container never verifies; its files are read so that what was changed can be named.
    """
    files: dict[str, bytes] = {}
    left = MAX_BYTES
    # The zip reader makes an object of each record, many times as large.
    if raw.count(_CENTRAL_MARK) > MAX_FILES:
        return files
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            for entry in archive.infolist():
                if entry.filename.endswith("/"):
                    continue
                check_name(entry.filename)
                # The others can ask for gigabytes before they give a byte.
                if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    break
                with archive.open(entry) as file:
                    content = file.read(left + 1)  # the size that it claims is not believed
                left -= len(content)
                if left < 0 or entry.filename in files:
                    break
                files[entry.filename] = content
    except _UNREADABLE:
        return files
    return files


def _laid_out(files: Mapping[str, bytes]) -> Files:
    spans, at = [], 0
    for name, content in files.items():
        spans.append(_Span(name, at, at + len(content)))
        at += len(content)
    return Files(b"".join(files.values()), spans)


def check_name(name: str) -> None:
    """Names are relative, ASCII, at most four plain segments deep, and name no directory."""
    if len(name) > _MAX_NAME or not _NAME.fullmatch(name):
        raise Invalid(f"{name[:80]!a} cannot name a file of a bundle")


def _ordered(names: Iterator[str] | Sequence[str]) -> list[str]:
    return sorted(names, key=lambda name: (name not in FIRST, name))


def _parts(files: Mapping[str, Content]) -> Iterator[tuple[str, Content]]:
    """The container piece by piece, each with the file it belongs to."""
    directory, offset = [], 0
    for name in _ordered(list(files)):
        content, encoded = files[name], name.encode("ascii")
        common = (0, 0, _MIDNIGHT, _FIRST_DAY, crc32_of(content), len(content), len(content))
        header = _LOCAL.pack(_LOCAL_MARK, _NEEDS, *common, len(encoded), 0) + encoded
        yield name, header
        yield name, content
        record = _CENTRAL.pack(
            _CENTRAL_MARK, _MADE_BY, _NEEDS, *common, len(encoded), 0, 0, 0, 0, _FILE_MODE, offset
        )
        directory.append((name, record + encoded))
        offset += len(header) + len(content)
    yield from directory
    length = sum(len(record) for _, record in directory)
    yield "", _END.pack(_END_MARK, 0, 0, len(files), len(files), length, offset, 0)


def _compared(raw: bytes, spans: Sequence[_Span], found: list[Defect]) -> Container:
    """Compare with the one spelling of the files that were read."""
    files = Files(raw, spans)
    defects: dict[Defect, None] = dict.fromkeys(found)
    offset = 0
    for name, content in _parts(files):
        part = bytes(content)
        if raw[offset : offset + len(part)] != part:
            what = "its header or checksum does not fit its content" if name else "its end record"
            defects[Defect(name, f"{what} (at or after byte {offset})")] = None
        offset += len(part)
    if offset != len(raw):
        defects[Defect("", f"{len(raw)} bytes long, where its files make {offset}")] = None
    return Container(files, tuple(defects))


def _spans_of_directory(raw: bytes) -> list[_Span]:
    """Where each file lies, by the directory: contiguous from the first byte."""
    end = len(raw) - _END.size
    if end < 0 or raw[end : end + 4] != _END_MARK:
        raise Invalid("the end record is missing: the file is cut short or something follows it")
    _, _, _, _, count, length, start, _ = _END.unpack_from(raw, end)
    if count > MAX_FILES or start + length != end:
        raise Invalid("the end record does not say where the directory is")
    spans: list[_Span] = []
    at, offset = start, 0
    for _ in range(count):
        if at + _CENTRAL.size > end:
            raise Invalid("the directory is cut short")
        fields = _CENTRAL.unpack_from(raw, at)
        mark, method, size, name_length, local = (fields[i] for i in (0, 4, 9, 10, 16))
        at += _CENTRAL.size
        name = _read_name(raw[at : at + name_length])
        at += name_length
        if mark != _CENTRAL_MARK or method != 0 or fields[8] != size or local != offset:
            raise Invalid(f"the directory's entry of {name} is not one of a stored file in a row")
        content = local + _LOCAL.size + name_length
        offset = content + size
        if offset > start:
            raise Invalid(f"{name} runs past the directory")
        spans.append(_Span(name, content, offset))
    if at != end or offset != start:
        raise Invalid("the directory does not cover the whole container")
    return _unique(spans)


def _spans_of_headers(raw: bytes) -> list[_Span]:
    """Where each file lies, by the headers in front of each."""
    spans: list[_Span] = []
    at = 0
    while raw[at : at + 4] == _LOCAL_MARK:
        if at + _LOCAL.size > len(raw) or len(spans) == MAX_FILES:
            raise Invalid("too many files, or the last one is cut short")
        fields = _LOCAL.unpack_from(raw, at)
        method, stored, size, name_length = (fields[i] for i in (3, 7, 8, 9))
        at += _LOCAL.size
        name = _read_name(raw[at : at + name_length])
        at += name_length
        if method != 0 or stored != size or at + size > len(raw):
            raise Invalid(f"the header of {name} is not one of a stored file")
        spans.append(_Span(name, at, at + size))
        at += size
    if not spans:
        raise Invalid("no file can be found")
    return _unique(spans)


def _read_name(encoded: bytes) -> str:
    name = encoded.decode("latin-1")
    check_name(name)
    return name


def _unique(spans: list[_Span]) -> list[_Span]:
    if len({span.name for span in spans}) != len(spans):
        raise Invalid("two files bear one name")
    return spans
