"""Uncertain dates: what they can mean, and what is no date."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.dates import parse_dates, parse_period
from domain.errors import Invalid


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2020", "2020-01-01", "2020-12-31"),
        ("2020-02", "2020-02-01", "2020-02-29"),
        ("2019-02", "2019-02-01", "2019-02-28"),
        ("2020-03-05", "2020-03-05", "2020-03-05"),
        ("2020-03-05?", "2020-03-05", "2020-03-05"),
        ("2020-03~", "2020-03-01", "2020-03-31"),
        ("2020%", "2020-01-01", "2020-12-31"),
        ("201X", "2010-01-01", "2019-12-31"),
        ("2020-XX", "2020-01-01", "2020-12-31"),
        ("2020-03-XX", "2020-03-01", "2020-03-31"),
        ("2018-07/2020-03-19", "2018-07-01", "2020-03-19"),
        ("2020-03-24/..", "2020-03-24", "9999-12-31"),
        ("../2020-03-11", "0001-01-01", "2020-03-11"),
        ("/2020", "0001-01-01", "2020-12-31"),
        ("2018-07/", "2018-07-01", "9999-12-31"),
        ("2013~", "2013-01-01", "2013-12-31"),
        ("20XX", "2000-01-01", "2099-12-31"),
        ("2020-21", "2020-03-01", "2020-05-31"),
        ("2020-22~", "2020-06-01", "2020-08-31"),
        ("2020-23?", "2020-09-01", "2020-11-30"),
        # Of which of the two winters of 2020 is not said.
        ("2020-24", "2019-12-01", "2021-02-28"),
        ("2023-24", "2022-12-01", "2024-02-29"),
        ("0001-24", "0001-01-01", "0002-02-28"),
        ("9999-24", "9998-12-01", "9999-12-31"),
        ("2019-23/2020-21", "2019-09-01", "2020-05-31"),
        ("2018-07~/2020-03-19?", "2018-07-01", "2020-03-19"),
    ],
)
def test_a_date_has_its_earliest_and_latest_day(text, first, last):
    assert parse_dates(text) == (text, first, last)


@pytest.mark.parametrize(
    "text",
    [
        *("", "..", "../..", "/", "2020-13", "2020-00", "2020-02-30", "2019-02-29", "20-03-05"),
        *("2020-3-5", "05/03/2020", "2020-03-05T10:00", "2020-25", "Y20200", "-0044", "0000"),
        *("2020-03-05/2020-03-04", "2020/2019", "201X-03", "2020-XX-05", "2020-03-05 ", "٢٠٢٠"),
        *("2020-03-05/2020-03-06/2020-03-07", "2020??", "2020\n", "2020-21-01", "201X-21"),
    ],
)
def test_what_is_no_date_is_refused_by_name(text):
    with pytest.raises(Invalid, match="date"):
        parse_dates(text)


@pytest.mark.parametrize("text", ["2020?", "201X", "2020-03~", "2020-24", "2019-24/2020"])
def test_a_period_is_certain(text):
    with pytest.raises(Invalid, match=r"certain|winter"):
        parse_period(text)


def test_a_season_but_winter_is_a_period():
    assert parse_period("2020-22").last == "2020-08-31"


@given(st.dates(), st.dates())
def test_an_interval_of_days_is_within_a_period_exactly_when_both_ends_are(one, other):
    first, last = sorted((one, other))
    interval = parse_dates(f"{first.isoformat()}/{last.isoformat()}")
    period = parse_dates("2020-03")
    inside = date(2020, 3, 1) <= first and last <= date(2020, 3, 31)
    apart = last < date(2020, 3, 1) or date(2020, 3, 31) < first
    assert interval.within(period) == inside
    assert interval.touches(period) != apart


@given(st.text(max_size=30))
def test_any_text_is_a_date_or_refused(text):
    try:
        dates = parse_dates(text)
    except Invalid:
        return
    assert dates.first <= dates.last
