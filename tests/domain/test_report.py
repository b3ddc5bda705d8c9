"""A report: figures of one state that the ledger had, named once, frozen once."""

import pytest

from tests.domain.world import PUBLISHER, MemoryWorld
from tests.scene import claim_body, claim_name

REPORT = "report/monthly-2020-03"
HASH = "A" * 43 + "="
FIGURE = {"name": "civilians", "value": 145, "root": HASH, "definition": HASH, "rows": None}


@pytest.fixture
def world():
    made = MemoryWorld()
    for number in (1, 2, 3):
        made.say(claim_name(number), "ClaimRecorded", claim_body())
    return made


def frozen(world, **changes):
    return {
        "title": {"en": "March 2020", "ar": "آذار ٢٠٢٠"},
        "period": "2020-03",
        "ledger": {"size": 3, "root": world.root_at(3)},
        "rules": 1,
        "figures": [FIGURE],
    } | changes


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_report_is_frozen_at_any_state_that_the_ledger_had(world, size):
    state = {"size": size, "root": world.root_at(size)}
    report = world.say(REPORT, "ReportFrozen", frozen(world, ledger=state), PUBLISHER)
    assert report.frozen.ledger.to_json() == state
    assert report.frozen.figures[0].to_json() == FIGURE
    assert (report.standing, report.publisher.key) == ("frozen", PUBLISHER)


def test_a_report_is_frozen_once(world):
    world.say(REPORT, "ReportFrozen", frozen(world), PUBLISHER)
    world.refuses("already-recorded", REPORT, "ReportFrozen", frozen(world), PUBLISHER)


@pytest.mark.parametrize(("rule", "changes"), [
    ("unknown-state", {"ledger": {"size": 4, "root": HASH}}),
    ("unknown-state", {"ledger": {"size": 2, "root": HASH}}),
    ("unknown-state", {"ledger": {"size": 2**53 - 1, "root": HASH}}),
    ("malformed-field", {"ledger": {"size": 0, "root": HASH}}),
    ("malformed-field", {"ledger": {"size": "3", "root": HASH}}),
    ("malformed-field", {"ledger": {"size": 3, "root": HASH[1:]}}),
    ("malformed-field", {"ledger": None}),
    ("malformed-field", {"ledger": [3, HASH]}),
    ("missing-field", {"ledger": {"size": 3}}),
    ("duplicate-figure", {"figures": [FIGURE, FIGURE | {"value": 1}]}),
    ("malformed-field", {"figures": []}),
    ("malformed-field", {"figures": {}}),
    ("malformed-field", {"figures": ["civilians"]}),
    ("malformed-field", {"figures": [FIGURE | {"name": f"f{n}"} for n in range(201)]}),
    ("malformed-field", {"figures": [FIGURE | {"name": "../x"}]}),
    ("malformed-field", {"figures": [FIGURE | {"value": -1}]}),
    ("malformed-field", {"figures": [FIGURE | {"value": None}]}),
    ("malformed-field", {"figures": [FIGURE | {"rows": "x"}]}),
    ("malformed-field", {"figures": [FIGURE | {"definition": None}]}),
    ("missing-field", {"figures": [{k: v for k, v in FIGURE.items() if k != "rows"}]}),
    ("unknown-field", {"figures": [FIGURE | {"unit": "persons"}]}),
    ("malformed-field", {"rules": 0}),
    ("malformed-field", {"title": "March"}),
    ("missing-field", {"title": {"en": "March"}}),
    ("malformed-field", {"title": {"en": "March", "ar": ""}}),
    ("impossible-date", {"period": "March"}),
])  # fmt: skip
def test_a_report_that_cannot_be_is_refused(world, rule, changes):
    world.refuses(rule, REPORT, "ReportFrozen", frozen(world, **changes), PUBLISHER)


def test_two_hundred_figures_and_no_period_are_a_report(world):
    figures = [FIGURE | {"name": f"f{number}", "rows": HASH} for number in range(200)]
    body = frozen(world, figures=figures, period=None)
    assert len(world.say(REPORT, "ReportFrozen", body, PUBLISHER).frozen.figures) == 200
