"""Uncertain dates read by a library of others: whatever we take it takes, to the same days."""

import time

from edtf import parse_edtf
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.dates import FIRST_DAY, LAST_DAY, parse_dates
from domain.errors import Invalid

years = st.integers(1000, 9998).map(str)
whole = st.one_of(years, st.dates().map(str), st.dates().map(lambda day: str(day)[:7]))
qualified = st.builds(str.__add__, whole, st.sampled_from(["", "?", "~", "%"]))
texts = st.one_of(
    qualified,
    st.builds(lambda start, end: f"{start}/{end}", qualified, qualified),
    qualified.map(lambda start: f"{start}/.."),
    qualified.map(lambda end: f"../{end}"),
    # In intervals the library has neither of these.
    years.map(lambda year: f"{year[:3]}X"),
    years.map(lambda year: f"{year[:2]}XX"),
    years.map(lambda year: f"{year}-XX"),
    st.dates().map(lambda day: f"{str(day)[:7]}-XX"),
    st.builds(lambda year, season: f"{year}-{season}", years, st.integers(21, 23)),
)


def day(value, otherwise):
    """A bound of the library as we write it: it has infinities for open ends."""
    return otherwise if isinstance(value, float) else time.strftime("%Y-%m-%d", value)


@given(texts)
def test_a_library_of_others_reads_the_same_days(text):
    try:
        ours = parse_dates(text)
    except Invalid:
        assume(False)  # an interval that ends before it begins
    theirs = parse_edtf(text)
    first = day(theirs.lower_strict(), FIRST_DAY).zfill(10)
    last = day(theirs.upper_strict(), LAST_DAY).zfill(10)
    assert (ours.first, ours.last) == (first, last)


@given(years)
def test_a_winter_is_among_the_days_that_we_leave_open(year):
    ours, theirs = parse_dates(f"{year}-24"), parse_edtf(f"{year}-24")
    assert ours.first <= day(theirs.lower_strict(), "") <= day(theirs.upper_strict(), "")
    assert day(theirs.upper_strict(), "") <= ours.last
