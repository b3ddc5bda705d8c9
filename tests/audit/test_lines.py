"""Lines known by their bytes are judged as every line is: in one pass as one by one."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.lines import check_lines, check_member, group_lines, read_members
from audit.publication import Chain
from domain.errors import Invalid
from domain.event import Seen
from domain.figure import define, member_line
from domain.report import ReportFrozen, Title
from domain.rules import read_rules, shipped_document
from ledger.merkle import leaf_hash
from tests.scene import claim_name

RULES = read_rules(shipped_document())
DEFINITION = define(RULES, where={"status": ["civilian"]}, by=["party"], period="2020-03")
REPORT = ReportFrozen(Title("a", "a"), None, Seen(50, "A" * 43 + "="), 1, ())


def chain():
    nothing: dict[str, Any] = dict.fromkeys(Chain._fields)
    return Chain(**nothing | {"report": REPORT, "rules": RULES})


def one_by_one(raw, definition):
    members = list(read_members(raw))
    for member in members:
        check_member(member, definition, chain())
    return group_lines(definition, iter(members))


def line(number, party="isis", date="2020-03-05", index=1):
    facets = {"party": party, "status": "civilian"}
    return member_line(claim_name(number), index, facets, date)


lines = st.lists(
    st.builds(
        line,
        st.integers(1, 40),
        st.sampled_from(["isis", "russian-forces", "nobody known"]),
        st.sampled_from(["2020-03-05", "2020-03", "2020-04-01", None, "2020"]),
        st.sampled_from([1, 2, 49, 50, 2**53 - 1]) | st.integers(0, 40),
    ),
    max_size=12,
)


@settings(max_examples=300, deadline=None)
@given(drawn=lines, ascending=st.booleans(), data=st.data())
def test_in_one_pass_as_one_by_one(drawn, ascending, data):
    raw = b"".join(sorted(drawn) if ascending else drawn)
    if raw and data.draw(st.booleans()):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw = raw[:at] + bytes([raw[at] ^ 1 << data.draw(st.integers(0, 7))]) + raw[at + 1 :]
    try:
        expected = one_by_one(raw, DEFINITION)
    except Invalid:
        with pytest.raises(Invalid):
            check_lines(raw, DEFINITION, chain())
        return
    found = check_lines(raw, DEFINITION, chain())
    assert found.rows == expected
    assert found.leaves == [leaf_hash(one) for one in raw.splitlines()]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (line(3).replace(b'"index":1', b'"index":50'), "after the frozen state"),
        (line(3).replace(b'"index":1', b'"index":01'), "not JSON"),
        (line(2), "does not ascend"),
        (line(3, date="2020-04-01"), "not within"),
        (line(3).replace(b"isis", b"is\\u0069s"), "canonical"),
        (line(3).replace(b'{"date"', b'{ "date"'), "canonical"),
        (line(3).replace(b"civilian", b"combatant"), "outside the filter"),
        (line(3).replace(b"claim/", b"incident/"), "is not what"),
        (json.dumps({"id": claim_name(3)}).encode() + b"\n", "canonical"),
    ],
)
def test_what_follows_a_line_that_is_known_is_still_judged(wrong, said):
    with pytest.raises(Invalid, match=f"line 3: .*{said}"):
        check_lines(line(1) + line(2) + wrong, DEFINITION, chain())
    assert len(check_lines(line(1) + line(2) + line(3), DEFINITION, chain()).leaves) == 3
