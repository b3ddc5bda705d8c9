"""The lines of many figures from one reading are those of each figure by itself, at any state."""

import gc
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.freeze import freeze
from bench.figures import PUBLISHER, enroll_publisher, fill, plan_of_thirty
from bench.ledger import AT, founded_ledger
from projections.lines import MemberLines
from projections.members import members
from projections.registry import Registry
from tests.projections.asked import MEASURES, asked, defined
from tests.projections.scene import Played, steps


@pytest.fixture
def make_scene(tmp_path_factory):
    made = []

    def make():
        scene = Played(tmp_path_factory.mktemp("scene"))
        made.append(scene)
        return scene

    yield make
    for scene in made:
        scene.close()


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    played=steps,
    wanted=st.lists(st.tuples(st.sampled_from(MEASURES), asked), min_size=1, max_size=4),
    data=st.data(),
)
def test_they_are_the_lines_of_each_figure_at_any_state(
    make_scene, tmp_path_factory, played, wanted, data
):
    scene = make_scene()
    scene.play(played)
    registry = Registry(tmp_path_factory.mktemp("r") / "projections.db", scene.ledger.recorder)
    registry.catch_up()
    rules, lines = scene.ledger.rules, MemberLines(registry)
    for measure, words in wanted:
        definition = defined(rules, measure, words)
        for size in (registry.size, data.draw(st.integers(1, registry.size))):
            alone = [
                (one.to_line()[:-1], tuple(one.facets[facet] for facet in definition.by))
                for one in members(registry, definition, rules, size)
            ]
            together = [(line, row) for line, row, *_ in lines(definition, rules, size)]
            assert together == alone
    registry.close()


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A ledger of 3,000 civilian deaths, whose claims are in the registry."""
    folder = tmp_path_factory.mktemp("large")
    with founded_ledger(folder) as ledger:
        fill(ledger, 3_000)
        enroll_publisher(ledger)
        registry = Registry(folder / "projections.db", ledger.recorder)
        registry.rebuild()
        yield ledger, registry
        registry.close()


def test_the_claims_are_read_once_for_however_many_figures(large):
    ledger, registry = large
    rules, size = ledger.rules, registry.size
    said: list[str] = []
    with registry.reading() as cursor:
        cursor.connection.set_trace_callback(said.append)
    lines = MemberLines(registry)
    counts = [
        sum(1 for _ in lines(plan_of_thirty().definition(figure, rules), rules, size))
        for figure in plan_of_thirty().figures
        if figure.measure == "deaths" and figure.by != ("month",)
    ]
    with registry.reading() as cursor:
        cursor.connection.set_trace_callback(None)
    assert len(counts) == 26
    assert set(counts[:13]) == {3_000}
    assert sum("FROM claim_versions" in statement for statement in said) == 1


def test_memory_does_not_grow_with_the_number_of_figures(large):
    ledger, registry = large
    peaks = []
    plan = plan_of_thirty()
    for name, figures in (("few", plan.figures[:4]), ("many", plan.figures[:13])):
        gc.collect()
        tracemalloc.start()
        made = freeze(ledger, registry, plan._replace(name=name, figures=figures), PUBLISHER, AT)
        # The bundle itself grows: it is what was asked for, and a buffer grows by eighths.
        peaks.append(tracemalloc.get_traced_memory()[1] - len(made.bundle) * 9 // 8)
        tracemalloc.stop()
    assert 0 < peaks[1] < 1.7 * peaks[0], peaks
