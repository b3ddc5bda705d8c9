"""Canonical JSON: the strict profile in which every signed JSON line of ours is written.

The profile is a subset of RFC 8785 (JCS) in which one value has exactly one spelling: ASCII member
names, integers below 2^53, no fractions, NFC strings without control or bidirectional control
characters, at most 16 levels deep and 4 MiB long. A line is accepted only if it equals its own
canonical form, which refuses duplicate members, odd escapes, white space, key order and number
tricks at once.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import orjson

from domain.errors import Invalid

MAX_DEPTH = 16
# An event has far less; an incident of 90,000 deaths is one line of a figure's members.
MAX_LINE = 4 << 20
MAX_INTEGER = 2**53 - 1

# Controls and formatting that can hide or reorder text, line separators, lone surrogates.
_FORBIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


def dumps(value: Any) -> bytes:
    """Write `value` in canonical form, or raise Invalid when the profile cannot hold it."""
    line = _plain_line(value)
    if line is None:
        _check(value, "$", 1)
        line = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    _check_length(line)
    return line


def _plain_line(value: Any) -> bytes | None:
    """The line of what needs no closer look, which most events do not; None for all else."""
    if type(value) is not dict or not _numbers_and_depth_fit(value, 1):
        return None
    try:
        line = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        return None
    return line if _is_plain(line) else None


def _is_plain(line: bytes) -> bool:
    """Whether it is ASCII without escapes: then it holds no string that the profile refuses."""
    return line.isascii() and b"\\" not in line and b"\x7f" not in line


def parse(line: bytes) -> dict[str, Any]:
    """Read one canonical JSON object, without its line ending; raise Invalid for anything else."""
    # Before parsing: values take up to twenty times the room of their bytes.
    _check_length(line)
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise Invalid(f"not JSON: {error}; send one JSON object in RFC 8785 form") from None
    if type(value) is not dict:
        raise Invalid("not a JSON object; send one JSON object in RFC 8785 form")
    # The cheap equality first: it alone defeats duplicate members, escapes, order and spacing.
    try:
        written = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        # The parser goes deeper than the writer does: far beyond what the profile allows.
        raise Invalid(f"nested deeper than {MAX_DEPTH} levels") from None
    if written != line:
        raise Invalid(
            "not in canonical form (RFC 8785): duplicate or unsorted members, white space, odd "
            "escapes or an odd number; serialise it canonically and sign it again"
        )
    if not (_is_plain(line) and _numbers_and_depth_fit(value, 1)):
        _check(value, "$", 1)
    return value


def _check_length(line: bytes) -> None:
    if len(line) > MAX_LINE:
        raise Invalid(f"a line of {len(line)} bytes, of which at most {MAX_LINE} are allowed")


def _numbers_and_depth_fit(value: Any, depth: int) -> bool:
    """The quick half of `_check`: no messages, no strings. This runs for every event."""
    if depth > MAX_DEPTH:
        return False
    for member in value.values() if type(value) is dict else value:
        kind = type(member)
        if kind is str or member is None:
            continue
        if kind is dict or kind is list:
            if not _numbers_and_depth_fit(member, depth + 1):
                return False
        elif kind is int:
            if not -MAX_INTEGER <= member <= MAX_INTEGER:
                return False
        elif kind is not bool:
            return False
    return True


def check_text(text: str, where: str) -> None:
    """Raise Invalid unless `text` is NFC and free of control and bidi-control characters."""
    if text.isascii():
        if not text.isprintable():
            raise Invalid(f"{where}: holds a control character; remove it")
        return
    found = _FORBIDDEN.search(text)
    if found:
        raise Invalid(f"{where}: holds the character U+{ord(found[0]):04X}; remove it")
    if not unicodedata.is_normalized("NFC", text):
        raise Invalid(f"{where}: is not in Unicode form NFC; normalise it")


def _check(value: Any, where: str, depth: int) -> None:
    kind = type(value)
    if kind is str:
        check_text(value, where)
    elif kind is int:
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise Invalid(f"{where}: the integer is not below 2^53; write it as a string")
    elif kind is dict:
        if depth > MAX_DEPTH:
            raise Invalid(f"{where}: nested deeper than {MAX_DEPTH} levels")
        for name, member in value.items():
            if type(name) is not str or not name.isascii() or not name.isprintable():
                raise Invalid(f"{where}: member names are printable ASCII text")
            _check(member, f"{where}.{name}", depth + 1)
    elif kind is list:
        if depth > MAX_DEPTH:
            raise Invalid(f"{where}: nested deeper than {MAX_DEPTH} levels")
        for position, member in enumerate(value):
            _check(member, f"{where}[{position}]", depth + 1)
    elif kind is float:
        raise Invalid(f"{where}: fractions are not allowed; state integers or a ratio of two")
    elif value is not None and kind is not bool:
        raise Invalid(f"{where}: {kind.__name__} has no canonical JSON form")
