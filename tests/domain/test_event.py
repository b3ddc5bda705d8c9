"""The envelope of an event: two lines, one form, every member in its place."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import canonical
from domain.errors import Rejected, SijillError
from domain.event import EVENT_KIND, Event, Seen, is_utc_time, parse_event

HASH = "A" * 43 + "="
EVENT = Event(
    "ClassificationRevised",
    "claim/3f0c7a52-9d1e-4b6a-8c21-5e0f7d9a1b34",
    2,
    HASH,
    "2020-04-02T09:15:00Z",
    "register.example/tests",
    Seen(7, HASH),
    {"reason": "شهادة ثانية"},
)
MEMBERS = json.loads(EVENT.to_text().split(b"\n")[1])


def text_of(members):
    return EVENT_KIND + b"\n" + canonical.dumps(members) + b"\n"


def refused(text, rule):
    with pytest.raises(Rejected) as caught:
        parse_event(text)
    assert caught.value.rule == rule, caught.value
    return caught.value


def test_an_event_is_two_lines_and_is_read_back_as_it_was_written():
    text = EVENT.to_text()
    assert text.startswith(b"sijill/event/v1\n{")
    assert text.count(b"\n") == 2
    assert parse_event(text) == EVENT
    assert parse_event(text).to_text() == text


@pytest.mark.parametrize(
    "event",
    [
        EVENT._replace(version=1, prev=None),
        EVENT._replace(seen=None),
        EVENT._replace(body={}),
        EVENT._replace(stream="authority"),
        EVENT._replace(stream="rules"),
        EVENT._replace(stream="report/monthly-2020-03"),
        EVENT._replace(stream="report/a"),
        EVENT._replace(stream="estimate/3f0c7a52-9d1e-4b6a-bc21-5e0f7d9a1b34"),
        EVENT._replace(version=2**53 - 1),
    ],
)
def test_every_kind_of_event_is_read_back(event):
    assert parse_event(event.to_text()) == event
    assert event.stream_kind == event.stream.split("/")[0]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (b"", "not-an-event"),
        (b"\n", "not-an-event"),
        (b"sijill/event/v1", "not-an-event"),
        (b"sijill/event/v1\n", "not-an-event"),
        (EVENT.to_text()[:-1], "not-an-event"),
        (EVENT.to_text() + b"\n", "not-an-event"),
        (EVENT.to_text() + b"x", "not-an-event"),
        (EVENT.to_text().replace(b"/v1", b"/v2"), "not-an-event"),
        (b" " + EVENT.to_text(), "not-an-event"),
        (b"sijill/event/v1\n\n", "not-canonical"),
        (b"sijill/event/v1\n[]\n", "not-canonical"),
        (EVENT.to_text().replace(b"{", b"{ ", 1), "not-canonical"),
        (b"sijill/event/v1\n{}\n", "missing-field"),
    ],
)
def test_another_text_is_no_event(text, rule):
    refused(text, rule)


@pytest.mark.parametrize("member", sorted(MEMBERS))
def test_no_member_may_be_missing(member):
    error = refused(text_of({k: v for k, v in MEMBERS.items() if k != member}), "missing-field")
    assert member in str(error)


def test_no_member_may_be_added():
    assert "'note'" in str(refused(text_of(MEMBERS | {"note": 1}), "unknown-field"))


ODD: dict[str, dict[str, list[Any]]] = {
    "wrong-stream": {
        "stream": [
            *("", "claim", "claim/", "claims/3f0c7a52-9d1e-4b6a-8c21-5e0f7d9a1b34", None, 1, []),
            "claim/3f0c7a52-9d1e-1b6a-8c21-5e0f7d9a1b34",  # version 1 tells when and where
            "claim/3f0c7a52-9d1e-4b6a-0c21-5e0f7d9a1b34",
            "claim/3F0C7A52-9D1E-4B6A-8C21-5E0F7D9A1B34",
            "claim/3f0c7a529d1e4b6a8c215e0f7d9a1b34",
            "claim/3f0c7a52-9d1e-4b6a-8c21-5e0f7d9a1b34/x",
            *("report/", "report/A", "report/-a", "report/a-", "report/" + "a" * 65, "report/a/b"),
            *("authority/x", "rules/1", "other/3f0c7a52-9d1e-4b6a-8c21-5e0f7d9a1b34"),
        ]
    },
    "malformed-field": {
        "version": [0, -1, None, "2", True, []],
        "prev": ["", "x", HASH[:-1], "A" * 42 + "B=", 7, [], {}],
        "ledger": [None, 1, []],
        "type": [None, 1, {}],
        "body": [None, [], "x", 1],
        "seen": [
            *([], "x", 7, {}, {"size": 7}, {"root": HASH, "size": 7, "x": 1}),
            *({"root": HASH, "size": size} for size in (0, -1, None, True, "7")),
            *({"root": root, "size": 7} for root in ("", None, 7, HASH[1:], "A" * 42 + "B=")),
        ],
    },
    "impossible-date": {
        "at": [
            *(None, 7, "", "2020-04-02", "2020-04-02T09:15:00", "2020-04-02T09:15:00+00:00"),
            *("2020-04-02 09:15:00Z", "2020-04-02T09:15:00.000Z", "2020-02-30T09:15:00Z"),
            *("2020-04-02T24:00:00Z", "2020-04-02T09:60:00Z", "2020-04-02T09:15:60Z"),
            *("0000-04-02T09:15:00Z", "2020-13-02T09:15:00Z", "٢٠٢٠-04-02T09:15:00Z"),
        ]
    },
}


@pytest.mark.parametrize(
    ("rule", "member", "value"),
    [
        (rule, member, value)
        for rule, members in ODD.items()
        for member, values in members.items()
        for value in values
    ],
)
def test_a_member_of_the_wrong_form_is_refused_by_its_place(rule, member, value):
    assert member in refused(text_of(MEMBERS | {member: value}), rule).where


def test_the_first_event_names_no_other_and_each_later_one_does():
    refused(text_of(MEMBERS | {"version": 1}), "wrong-prev")
    refused(text_of(MEMBERS | {"prev": None}), "wrong-prev")


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00Z", "2020-02-29T23:59:59Z"])
def test_a_time_of_the_calendar_is_a_time(time):
    assert is_utc_time(time)


values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["", "x", HASH, "claim"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.just("x"), inner, max_size=1),
    max_leaves=4,
)


@given(st.dictionaries(st.sampled_from(sorted(MEMBERS)), values, max_size=3))
def test_whatever_stands_in_a_member_is_read_back_or_refused(changed):
    text = text_of(MEMBERS | changed)
    try:
        event = parse_event(text)
    except Rejected:
        return
    assert event.to_text() == text


@given(st.binary(max_size=80), st.booleans())
def test_any_bytes_are_an_event_or_refused(raw, headed):
    with pytest.raises(SijillError):
        parse_event(EVENT_KIND + b"\n" + raw + b"\n" if headed else raw)
