"""Changing bytes that a parser accepts, in the ways that its format is made of."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from audit.container import read_container, write_container
from domain.errors import Invalid

TOKENS = [
    *(b"", b"\n", b"\n\n", b"\r\n", b" ", b"\0", b"\x7f", b"\xff", b"\xff" * 8, b"=", b"+", b"/"),
    *(
        b"0",
        b"-1",
        b"00",
        b"1e9",
        b"1.0",
        b"9" * 15,
        b"9" * 17,
        b"9" * 5000,
        b"18446744073709551616",
    ),
    *(b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b'"\\ud800"', b"null", b"true", b"[[]]"),
    *(b"{}", b'"a":1,', b"[" * 300 + b"]" * 300, b"#", b"'''", b'"""', b"[[claim]]", b"A"),
    *(b"1979-05-27T07:32:00Z", b"9999-12-31", b"2020-03", b"old ", b"index ", b"extra ", b"tile/"),
    *(b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", "— ".encode(), "\u202e".encode()),
    *("e\u0301".encode(), "٣".encode(), "²".encode(), b"\xed\xa0\x80"),
]
LARGEST_SPAN = 200


@st.composite
def mutated(draw: st.DrawFn, seeds: Sequence[bytes]) -> bytes:
    """One of the seeds with up to six changes, or bytes that are none of them."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=300) | st.lists(st.sampled_from(TOKENS)).map(b"".join))
    raw = draw(st.sampled_from(list(seeds)))
    for _ in range(draw(st.integers(0, 6))):
        raw = _changed(draw, raw)
    return raw


@st.composite
def repacked(draw: st.DrawFn, bundle: bytes) -> bytes:
    """A bundle whose container is right and whose files are mutated, moved, missing or more."""
    files = dict(read_container(bundle).files)
    for _ in range(draw(st.integers(1, 4))):
        name = draw(st.sampled_from(sorted(files)))
        match draw(st.sampled_from(["change", "change", "change", "move", "drop", "copy"])):
            case "change":
                files[name] = _changed(draw, files[name])
            case "move":
                files[draw(st.sampled_from(sorted(files)))] = files[name]
            case "drop" if len(files) > 1:
                del files[name]
            case "copy":
                copy = bytearray(name.encode())
                copy[draw(st.integers(0, len(copy) - 1))] = draw(st.sampled_from(b"a0/.,-_"))
                files[copy.decode()] = files[name]
    try:
        return write_container(files)
    except Invalid:
        return bundle


def _changed(draw: st.DrawFn, raw: bytes) -> bytes:
    at = draw(st.integers(0, len(raw)))
    end = min(len(raw), at + draw(st.integers(0, LARGEST_SPAN)))
    match draw(st.sampled_from(["put", "put", "bit", "cut", "double", "line", "number", "word"])):
        case "put":
            return raw[:at] + draw(st.sampled_from(TOKENS)) + raw[at + draw(st.integers(0, 4)) :]
        case "bit" if at < len(raw):
            return raw[:at] + bytes([raw[at] ^ 1 << draw(st.integers(0, 7))]) + raw[at + 1 :]
        case "cut":
            return raw[:at] + raw[end:]
        case "double":
            return raw[:end] + raw[at:]
        case "line":
            lines = raw.split(b"\n")
            place = draw(st.integers(0, len(lines) - 1))
            line = lines.pop(place)
            for _ in range(draw(st.integers(0, 2))):
                lines.insert(draw(st.integers(0, len(lines))), line)
            return b"\n".join(lines)
        case "number":
            return _replaced(draw, raw, b"0123456789")
        case "word":
            return _replaced(draw, raw, b'"')
    return raw


def _replaced(draw: st.DrawFn, raw: bytes, marks: bytes) -> bytes:
    """Put a token in place of a number, or of a text in quotation marks."""
    places = [at for at, byte in enumerate(raw) if byte in marks]
    if not places:
        return raw
    at = draw(st.sampled_from(places))
    end = at + 1
    if marks == b'"':
        end = raw.find(b'"', at + 1) + 1 or len(raw)
    while marks != b'"' and end < len(raw) and raw[end] in marks:
        end += 1
    return raw[:at] + draw(st.sampled_from(TOKENS)) + raw[end:]
