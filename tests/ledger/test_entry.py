"""The entry: a line of the ledger's own, and then the note's bytes untouched."""

import hashlib
import re
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Invalid, Rejected, SijillError
from ledger.author import Head, compose
from ledger.entry import (
    MAX_ENTRY,
    event_line,
    format_entry,
    parse_entry,
    split_entry,
    text_hash,
    utc_now,
)
from tests.scene import AT, DOCUMENTER, ORIGIN, OTHER_DOCUMENTER, claim_body, claim_name

RECEIVED = "2020-05-03T10:00:00.123Z"
NOTE, AFTER = compose(
    Head(claim_name(1)),
    "ClaimRecorded",
    claim_body(place={"governorate": "SY07", "name": "معرة مصرين"}),
    [DOCUMENTER, OTHER_DOCUMENTER],
    ledger=ORIGIN,
    at=AT,
)


def test_an_entry_is_the_time_received_and_the_note_as_it_came():
    entry = format_entry(RECEIVED, NOTE)
    assert entry == f"sijill/entry/v1 {RECEIVED}\n".encode() + NOTE
    assert split_entry(entry) == (RECEIVED, NOTE)


def test_an_entry_is_taken_apart_into_what_was_signed_and_by_whom():
    entry = parse_entry(format_entry(RECEIVED, NOTE))
    assert entry.received == RECEIVED
    assert entry.event.to_text() == entry.note.text
    # The first signature is the author's.
    assert entry.signer == f"documenter-1+{DOCUMENTER.key.key_id.hex()}"


def test_the_event_s_line_is_found_without_parsing():
    entry = format_entry(RECEIVED, NOTE)
    assert event_line(entry) == NOTE.split(b"\n")[1]


def test_the_next_event_names_the_hash_of_the_signed_text_alone():
    text = NOTE[: NOTE.rindex(b"\n\n") + 1]
    assert AFTER.prev == text_hash(text) == b64encode(hashlib.sha256(text).digest()).decode()


def test_an_entry_has_65535_bytes_at_most():
    header = len(format_entry(RECEIVED, b""))
    assert len(format_entry(RECEIVED, b"x" * (MAX_ENTRY - header))) == MAX_ENTRY
    with pytest.raises(Invalid, match="65535"):
        format_entry(RECEIVED, b"x" * (MAX_ENTRY - header + 1))
    with pytest.raises(Invalid, match="65535"):
        split_entry(f"sijill/entry/v1 {RECEIVED}\n".encode().ljust(MAX_ENTRY + 1, b"x"))


@pytest.mark.parametrize(
    "header",
    [
        b"sijill/entry/v2 2020-05-03T10:00:00.123Z\n",
        b"sijill/entry/v1 2020-05-03T10:00:00Z\n",
        b"sijill/entry/v1 2020-05-03T10:00:00.123456Z\n",
        b"sijill/entry/v1 2020-05-03T10:00:00.123+00:00\n",
        b"sijill/entry/v1  2020-05-03T10:00:00.123Z\n",
        b"sijill/entry/v1 2020-05-03T10:00:00.123Z \n",
        b"sijill/entry/v1 2020-05-03T10:00:00.123Z\r\n",
        b"sijill/entry/v1 2020-13-45T10:00:00.123Z\n",
        b"sijill/entry/v1 2021-02-29T10:00:00.123Z\n",
        b"sijill/entry/v1 2020-05-03T24:00:00.123Z\n",
        b"sijill/entry/v1 0000-05-03T10:00:00.123Z\n",
        b"sijill/entry/v1\n",
        b"\n",
        b"",
    ],
)
def test_another_first_line_is_no_entry(header):
    with pytest.raises(Invalid, match="not an entry"):
        split_entry(header + NOTE)


def test_an_entry_without_a_note_in_it_is_not_taken_apart():
    with pytest.raises(Invalid, match="not an entry"):
        split_entry(f"sijill/entry/v1 {RECEIVED}".encode())
    with pytest.raises(Invalid, match="note"):
        parse_entry(format_entry(RECEIVED, b"no note\n"))
    with pytest.raises(Rejected):
        parse_entry(format_entry(RECEIVED, NOTE.replace(b"sijill/event/v1", b"sijill/event/v9")))


@given(st.binary(max_size=200))
def test_any_bytes_are_an_entry_or_an_error_of_ours(raw):
    for bytes_given in (raw, format_entry(RECEIVED, raw)):
        with pytest.raises(SijillError):
            parse_entry(bytes_given)


def test_the_ledger_s_clock_says_milliseconds_of_utc():
    times = [utc_now() for _ in range(50)]
    assert times == sorted(times)
    for time in times:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", time)
        assert split_entry(format_entry(time, NOTE))[0] == time
