"""Which rows are hidden: the small ones, and as many beside them as keep them hidden."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.cells import check_total, hidden_rows
from domain.errors import Invalid


def rows(*values):
    return {(f"r{number:02}",): value for number, value in enumerate(values)}


@pytest.mark.parametrize(
    ("values", "hidden"),
    [
        ((5, 6, 100), {}),
        ((2, 3, 100), {0: True, 1: True}),
        # One alone would be what is left of the total: the smallest other goes with it.
        ((4, 100, 30), {0: True, 2: False}),
        # Two that are 1 each are the least that two can be: their sum would say so.
        ((1, 1, 40, 50), {0: True, 1: True, 2: False}),
        # The one beside it has the least that it can have: a third is needed.
        ((1, 5, 8, 90), {0: True, 1: False, 2: False}),
        # All as large as they can be.
        ((4, 4, 4, 70), {0: True, 1: True, 2: True, 3: False}),
    ],
)
def test_the_small_ones_and_the_smallest_beside_them(values, hidden):
    found = hidden_rows(rows(*values), 5)
    assert found == {(f"r{number:02}",): small for number, small in hidden.items()}


@pytest.mark.parametrize("values", [(3,), (1, 1, 1), (4, 4), (1, 5)])
def test_what_no_choice_hides_is_refused(values):
    with pytest.raises(Invalid, match="fewer_than = 5"):
        hidden_rows(rows(*values), 5)


def possible(found, values, limit):
    """Every value that each small hidden row can have, for who knows the sum of the hidden."""
    kinds = [found[row] for row in found]
    left = sum(values[row] for row in found)
    ranges = [range(1, limit) if small else range(limit, left + 1) for small in kinds]
    fitting = [one for one in product(*ranges) if sum(one) == left]
    return [{one[at] for one in fitting} for at, small in enumerate(kinds) if small]


@given(st.lists(st.integers(1, 9), min_size=1, max_size=5), st.integers(3, 5))
def test_a_hidden_small_row_may_be_anything_below_the_number(values, limit):
    named = rows(*values)
    try:
        found = hidden_rows(named, limit)
    except Invalid:
        return
    assert {row for row, value in named.items() if value < limit} <= found.keys()
    for values_of_one in possible(found, named, limit):
        assert values_of_one == set(range(1, limit))


def test_a_total_that_is_small_is_refused():
    check_total(0, 5)
    check_total(5, 5)
    with pytest.raises(Invalid, match="its total is fewer than 5"):
        check_total(4, 5)
