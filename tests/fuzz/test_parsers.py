"""No bytes raise anything but our own errors: every parser, on what is nearly right."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.mutations import mutated, repacked
from tests.fuzz.targets import TARGETS, published, refused

QUIET = settings(
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], max_examples=150
)


@pytest.mark.parametrize("name", TARGETS)
def test_every_seed_is_accepted(name):
    target = TARGETS[name]
    seeds = target.seeds()
    assert seeds
    for seed in seeds:
        target.run(seed)


@pytest.mark.parametrize("name", TARGETS)
def test_what_is_nearly_right_is_read_or_refused(name):
    target = TARGETS[name]

    @given(mutated(target.seeds()))
    @QUIET
    def run(raw):
        refused(target.run)(raw)

    run()


@given(st.data())
@QUIET
def test_a_bundle_of_other_files_is_judged(data):
    TARGETS["bundle"].run(data.draw(repacked(published().bundle)))
