"""Canonical JSON: one spelling for each value, equal to RFC 8785's where the profile allows it."""

import json
import unicodedata
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
    assert canonical.dumps(canonical.parse(line)) == line


@pytest.mark.parametrize("depth", [17, 18, 127, 128, 253, 254, 255, 256, 1000, 1023, 1024, 1025])
@pytest.mark.parametrize("brackets", [(b'{"a":', b"}"), (b"[", b"]")])
def test_deeper_nesting_is_refused_however_deep(depth, brackets):
    opened, closed = brackets
    inner = opened * (depth - 1) + b"1" + closed * (depth - 1)
    with pytest.raises(Invalid):
        canonical.parse(b'{"a":' + inner + b"}")


nfc = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Cf", "Zl", "Zp", "Co", "Cn"]), max_size=8
).map(lambda text: unicodedata.normalize("NFC", text))
allowed = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | nfc,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(names, allowed, max_size=5))
def test_every_value_of_the_profile_is_written_and_read_back(value):
    written = canonical.dumps(value)
    assert written == rfc8785.dumps(value)
    assert canonical.parse(written) == value


CONTROLS = [
    *range(0x20),
    *range(0x7F, 0xA0),
    *(0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)),  # bidi controls
    *(0x2028, 0x2029, 0xFEFF),
]


@pytest.mark.parametrize("point", CONTROLS)
@pytest.mark.parametrize("around", ["", "a", "ا"])
def test_no_text_holds_a_character_that_hides_or_turns_others(point, around):
    value = {"a": around + chr(point) + around}
    with pytest.raises(Invalid):
        canonical.dumps(value)
    with pytest.raises(Invalid):
        canonical.parse(orjson.dumps(value))


@pytest.mark.parametrize("text", ["a\u200cb", "\u0645\u0639\u0631\u0629 مصرين", "é", "𐎀", "\xa0"])
def test_joiners_spaces_and_letters_of_any_script_are_text(text):
    assert canonical.parse(canonical.dumps({"a": text})) == {"a": text}


@pytest.mark.parametrize("name", ["é", "", "a\n", "a\x7f", 1, None, ("a",)])
def test_names_of_members_are_printable_ascii(name):
    value = {name: 1}
    if name == "":
        assert canonical.parse(canonical.dumps(value)) == value
        return
    with pytest.raises(Invalid):
        canonical.dumps(value)


@pytest.mark.parametrize(
    "value", [1.0, 0.5, float("nan"), 2**53, -(2**53), 2**70, b"x", {1}, object()]
)
def test_what_json_or_the_profile_cannot_hold_is_not_written(value):
    for holder in (value, {"a": value}, {"a": [value]}):
        with pytest.raises(Invalid):
            canonical.dumps(holder)


@given(st.binary(max_size=60))
def test_any_bytes_are_the_one_spelling_of_a_value_or_refused(line):
    try:
        value = canonical.parse(line)
    except Invalid:
        return
    assert orjson.dumps(value, option=orjson.OPT_SORT_KEYS) == line
    assert canonical.dumps(value) == line
