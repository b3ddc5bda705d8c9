"""Why a claim counts: its conditions hold together exactly when it is among the members."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.figure import define
from domain.measures import OF_ESTIMATES, OF_INCIDENTS
from projections.members import members
from projections.registry import Registry
from projections.why import why
from projections.why_estimate import why_estimates
from tests.projections.asked import MEASURES, asked, defined
from tests.projections.scene import Played, steps
from tests.scene import REVIEWER, Scene, claim_name


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(played=steps, wanted=asked, data=st.data())
def test_all_conditions_hold_for_the_members_and_for_nobody_else(
    tmp_path_factory, played, wanted, data
):
    scene = Played(tmp_path_factory.mktemp("scene"))
    scene.play(played)
    registry = Registry(tmp_path_factory.mktemp("r") / "projections.db", scene.ledger.recorder)
    registry.catch_up()
    rules, size = scene.rules, data.draw(st.integers(1, scene.size))
    for measure in MEASURES:
        if measure in OF_INCIDENTS - {"massacres"}:
            continue
        definition = defined(rules, measure, wanted | {"by": []})
        if measure in OF_ESTIMATES:
            stated = why_estimates(registry, definition, size)
            assert [*stated] == [one.id for one in members(registry, definition, rules, size)]
            continue
        counted = {
            claim
            for one in members(registry, definition, rules, size)
            for claim in (one.claims or [one.id])
        }
        told = {
            claim
            for claim in scene.claims
            if all(one.holds for one in why(registry, definition, rules, size, claim))
        }
        assert told == counted
    registry.close()
    scene.close()


def test_each_condition_is_named_with_what_was_found(tmp_path):
    scene = Scene(tmp_path)
    registry = Registry(tmp_path / "projections.db", scene.ledger.recorder)
    before = scene.size
    scene.claim(1, sex="male", documented_on="2020-04")
    body = {"reason_code": "alive", "reason": "seen"}
    scene.say(claim_name(1), "Retracted", body, REVIEWER)
    registry.catch_up()
    definition = define(scene.rules, where={"sex": ["female"]}, period="2020-03")
    (unknown,) = why(registry, definition, scene.rules, before, claim_name(1))
    assert (unknown.found, unknown.holds) == ("not yet", False)
    found = why(registry, definition, scene.rules, scene.size, claim_name(1))
    assert [(one.found, one.holds) for one in found] == [
        ("retracted", False),
        ("killing", True),
        ("male", False),
        ("2020-04", False),
    ]
    registry.close()
    scene.close()


@pytest.mark.parametrize("period", [None, "2020-03"])
def test_without_a_period_no_date_is_asked_for(tmp_path, period):
    scene = Scene(tmp_path)
    scene.claim(1, documented_on=None)
    registry = Registry(tmp_path / "projections.db", scene.ledger.recorder)
    registry.catch_up()
    definition = define(scene.rules, measure="deaths", period=period)
    found = why(registry, definition, scene.rules, scene.size, claim_name(1))
    assert all(one.holds for one in found) == (period is None)
    registry.close()
    scene.close()
