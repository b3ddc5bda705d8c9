"""Canonical JSON: one spelling for each value, equal to RFC 8785's where the profile allows it."""

import json
from pathlib import Path

import orjson
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from domain import canonical
from domain.errors import Invalid

VECTORS = Path(__file__).parents[1] / "vectors" / "jcs"

names = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=8)
texts = st.text(max_size=8)
values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-canonical.MAX_INTEGER, canonical.MAX_INTEGER),
        texts,
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=4)),
    max_leaves=12,
)


@given(st.dictionaries(names, values, max_size=5))
def test_what_the_profile_holds_is_written_as_rfc_8785_writes_it(value):
    try:
        written = canonical.dumps(value)
    except Invalid:
        return
    assert written == rfc8785.dumps(value)
    assert canonical.parse(written) == value


# Of the published vectors, those that hold fractions, control characters or names beyond ASCII are
# outside the profile, by intent.
INSIDE = ("arrays",)


@pytest.mark.parametrize("path", sorted(VECTORS.glob("input/*.json")), ids=lambda path: path.stem)
def test_published_vectors_are_written_as_expected_or_are_outside_the_profile(path):
    expected = (path.parents[1] / "output" / path.name).read_bytes().rstrip(b"\n")
    value = json.loads(path.read_bytes())
    assert rfc8785.dumps(value) == expected
    if path.stem in INSIDE:
        assert canonical.dumps(value) == expected
    else:
        with pytest.raises(Invalid):
            canonical.dumps(value)


@pytest.mark.parametrize(
    "line",
    [
        b'{"a":1,"a":1}',
        b'{"b":1,"a":1}',
        b'{"a": 1}',
        b'{"a":1} ',
        b'{"a":1.0}',
        b'{"a":1e3}',
        b'{"a":-0}',
        b'{"a":9007199254740992}',
        b'{"a":-9007199254740992}',
        b'{"a":18446744073709551616}',
        b'{"a":NaN}',
        b'{"a":0.1}',
        b'{"a":"\\u0041"}',
        b'{"a":"\\/"}',
        b'{"a":"\\n"}',
        b'{"a":"\xe2\x80\xae"}',
        b'{"a":"\xef\xbb\xbf"}',
        b'{"a":"e\xcc\x81"}',
        b'{"a":"\\ud800"}',
        b'{"\xc3\xa9":1}',
        b"[1]",
        b"1",
        b"",
        b"{",
        b"\xff",
        b'{"a":' * 17 + b"1" + b"}" * 17,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
    ],
)
def test_every_other_spelling_is_refused(line):
    with pytest.raises(Invalid):
        canonical.parse(line)


def test_sixteen_levels_are_allowed():
    line = b'{"a":' * 16 + b"1" + b"}" * 16
    assert canonical.parse(line)


@given(st.binary(max_size=60))
def test_any_bytes_are_the_one_spelling_of_a_value_or_refused(line):
    try:
        value = canonical.parse(line)
    except Invalid:
        return
    assert orjson.dumps(value, option=orjson.OPT_SORT_KEYS) == line
    assert canonical.dumps(value) == line
