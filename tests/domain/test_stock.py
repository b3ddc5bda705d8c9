"""Who was held at the end of a day, whatever is open of when it began and ended."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.figure import EARLIEST, LATEST, POSSIBLE, STRADDLINGS, WHOLE
from domain.stock import held

DAY = "2020-03-31"


@pytest.mark.parametrize(
    ("began", "ended", "rules"),
    [
        ("2018-07", None, STRADDLINGS),
        (DAY, None, STRADDLINGS),
        ("2020-04-01", None, ()),
        (None, None, ()),
        ("2020-03-31/2020-04-01", None, (EARLIEST, POSSIBLE)),
        ("2018", "2020-04-01", STRADDLINGS),
        ("2018", DAY, ()),
        ("2018", "2020", (LATEST, POSSIBLE)),
        ("2018", "2020-03-31/2020-04-01", (LATEST, POSSIBLE)),
        ("2018", "unknown", (LATEST, POSSIBLE)),
        ("2020", "2020", (POSSIBLE,)),
        ("2020", "2021", (EARLIEST, POSSIBLE)),
        ("../2019", "2021/..", STRADDLINGS),
    ],
)
def test_what_stood_at_the_end_of_a_day_by_each_rule(began, ended, rules):
    assert {rule for rule in STRADDLINGS if held(began, ended, DAY, rule)} == set(rules)


days = st.dates().map(lambda day: day.isoformat())
spans = st.tuples(days, days).map(lambda pair: "/".join(sorted(pair)))


@given(began=spans, ended=st.none() | st.just("unknown") | spans, day=days)
def test_what_surely_stood_stood_by_every_rule_and_what_did_not_even_possibly_by_none(
    began, ended, day
):
    found = {rule: held(began, ended, day, rule) for rule in STRADDLINGS}
    assert not found[WHOLE] or all(found.values())
    assert found[POSSIBLE] or not any(found.values())
