"""What several figures give away together of a row that one of them hides."""

from domain.deduction import Cells, deduced
from domain.figure import define
from domain.rules import read_rules, shipped_document

RULES = read_rules(shipped_document())


def cells(name, by, rows, hidden=(), **more):
    """`rows` are as {row: "members, a letter each"}; `hidden` the small ones of them."""
    definition = define(RULES, by=(by,) if by else (), **more)
    return Cells(
        name,
        definition,
        {(row,) if by else (): list(members) for row, members in rows.items()},
        {(row,): True for row in hidden},
    )


PARTIES = {"a": "AB", "b": "CD", "c": "EFGHIJ"}


def test_one_figure_alone_gives_nothing_away():
    assert deduced([cells("party", "party", PARTIES, hidden="ab")]) is None


def test_a_difference_of_two_totals_is_found_and_an_overlap_that_leaves_two_is_not():
    hiding = cells("party", "party", PARTIES, hidden="ab")
    most = cells("most", "", {"": "CDEFGHIJ"})
    found = deduced([hiding, most])
    assert found is not None
    assert (found.figure, found.by) == ("party", ("most",))
    assert deduced([hiding, cells("some", "", {"": "ACDEFG"})]) is None


def test_three_figures_give_away_what_no_two_do():
    rows = {"a": "AB", "b": "CD", "d": "KL", "c": "EFGHIJ"}
    hiding = cells("party", "party", rows, hidden="abd")
    some, others = cells("some", "", {"": "ABEFG"}), cells("others", "", {"": "EFG"})
    assert deduced([hiding, some]) is None
    assert deduced([hiding, others]) is None
    found = deduced([hiding, some, others])
    assert found is not None
    assert found.row == ("a",)


def test_the_dates_of_lines_say_their_months():
    months = {"2020-02": "AB", "2020-04": "CD", "2020-03": "EFGHIJ"}
    more = {"period": "2020", "basis": "documented"}
    hiding = cells("months", "month", months, ("2020-02", "2020-04"), **more)
    assert deduced([hiding, cells("all", "", {"": "ABCDEFGHIJ"}, **more)]) is not None
    assert deduced([hiding, cells("all", "", {"": "ABCDEFGHIJ"})]) is None
