"""Folding in pages, in one go, by two processes, and again from nothing: always the same tables."""

import sqlite3

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import Damaged, Invalid
from domain.facets import FACETS
from domain.figure import define
from domain.measures import measure_of
from projections import registry as registry_module
from projections.certainty import certain_members
from projections.claims import claims
from projections.massacres import massacres
from projections.members import members
from projections.registry import Registry
from projections.toll import toll
from projections.trace import trace
from tests.projections.asked import MEASURES, asked, defined
from tests.projections.scene import DATES, PLACES, Played, steps

GROUPINGS = sorted(FACETS)


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


def registry_of(scene, tmp_path_factory):
    return Registry(tmp_path_factory.mktemp("registry") / "projections.db", scene.ledger.recorder)


fast = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@fast
@given(first=steps, second=steps, page=st.integers(1, 7))
def test_tables_are_the_same_however_the_entries_are_paged(
    make_scene, tmp_path_factory, first, second, page
):
    scene = make_scene()
    one, other = (registry_of(scene, tmp_path_factory) for _ in range(2))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry_module, "_PAGE", page)
        scene.play(first)
        one.catch_up()
        scene.play(second)
        one.catch_up()
    other.catch_up()
    assert one.size == other.size == scene.size
    assert one.digests() == other.digests()
    one.rebuild()
    assert one.digests() == other.digests()
    one.close()
    other.close()


@fast
@given(played=steps, wanted=asked, data=st.data())
def test_an_as_of_question_is_answered_as_a_replay_to_that_index_answers_it(
    make_scene, tmp_path_factory, played, wanted, data
):
    scene = make_scene()
    scene.play(played)
    registry = registry_of(scene, tmp_path_factory)
    registry.catch_up()
    size = data.draw(st.integers(1, scene.size))
    fold, rules = scene.recount(size), scene.rules
    for measure in MEASURES:
        definition = defined(rules, measure, wanted)
        counted = [one.to_line()[:-1] for one in members(registry, definition, rules, size)]
        assert counted == fold.lines(definition, rules)
    registry.close()


@pytest.mark.parametrize("facet", GROUPINGS)
def test_every_facet_is_counted_as_the_plain_recount_counts_it_at_every_size(
    make_scene, tmp_path_factory, facet
):
    scene = make_scene()
    before = scene.size
    # Incidents, claims with every value there is, then every claim and incident moved elsewhere.
    scene.play([(3, 0, value) for value in range(6)] + [(0, value, value) for value in range(12)])
    scene.play([(6, value, value + 3) for value in range(12)])
    for number, incident in enumerate(scene.incidents):
        was, now = scene.state(incident).place, PLACES[3 + number % 2]
        scene.revise(incident, "PlaceRevised", was, now, place="death")
    registry = registry_of(scene, tmp_path_factory)
    registry.catch_up()
    for measure in MEASURES:
        on = "2020-03-31" if measure_of(scene.rules, measure).stock else None
        try:
            definition = define(scene.rules, measure=measure, by=[facet], on=on)
        except Invalid:
            continue
        for size in range(before, scene.size + 1):
            counted = [
                one.to_line()[:-1] for one in members(registry, definition, scene.rules, size)
            ]
            assert counted == scene.recount(size).lines(definition, scene.rules)
        assert counted or measure == "attempted-killings"
    registry.close()


@fast
@given(played=steps, measure=st.sampled_from(MEASURES), wanted=asked, data=st.data())
def test_rows_sum_to_the_total_and_the_trace_ends_in_it(
    make_scene, tmp_path_factory, played, measure, wanted, data
):
    scene = make_scene()
    scene.play(played)
    registry = registry_of(scene, tmp_path_factory)
    registry.catch_up()
    rules = scene.rules
    size = data.draw(st.integers(1, scene.size))
    definition = defined(rules, measure, wanted)
    counted = toll(registry, definition, rules, size)
    lines = list(members(registry, definition, rules, size))
    rows = sum(row.numbers.deaths for row in counted.rows)
    if counted.partition:
        assert rows == counted.total.deaths
    assert rows >= counted.total.deaths
    number = sum(1 if one.addend is None else one.addend[0] for one in lines)
    if definition.joint != "shared":
        assert counted.total.deaths == number
    assert counted.low <= counted.total.deaths <= counted.high
    if not definition.of_estimates:
        assert counted.total.deaths + counted.possible == counted.high
    certain = certain_members(registry, definition, rules, size)
    assert [one.member.id for one in certain if one.counted] == [one.id for one in lines]
    if definition.joint != "shared" and not definition.addend:
        assert len(certain) == counted.high
        assert sum(one.certainty == "definite" for one in certain) == counted.low
    for numbers in (counted.total, *(row.numbers for row in counted.rows)):
        assert numbers.deaths == numbers.children + numbers.women + numbers.men + numbers.unknown
        assert numbers.boys + numbers.girls <= numbers.children
    steps_made = trace(registry, definition, rules, size)
    assert (steps_made[-1].value if steps_made else 0) == number
    last = {step.log_index: step.value for step in steps_made}
    for index, value in last.items():
        then = members(registry, definition, rules, index + 1)
        assert value == sum(1 if one.addend is None else one.addend[0] for one in then)
    registry.close()


@fast
@given(played=steps)
def test_the_trace_of_massacres_is_the_list_at_every_index(make_scene, tmp_path_factory, played):
    scene = make_scene()
    scene.play(played)
    registry = registry_of(scene, tmp_path_factory)
    registry.catch_up()
    rules = scene.rules
    definition = define(rules, measure="massacres", by=["party"])
    listed: set[str] = set()
    moved: dict[int, list] = {}
    for step in trace(registry, definition, rules, scene.size):
        moved.setdefault(step.log_index, []).append(step)
    for index in range(scene.size):
        for step in moved.get(index, ()):
            (listed.add if step.entered is not None else listed.discard)(step.member)
        now = massacres(registry, definition, rules, index + 1)
        assert listed == {one.incident.name for one in now}
    registry.close()


def test_claims_are_listed_page_by_page(make_scene, tmp_path_factory):
    scene = make_scene()
    scene.play([(0, 0, value) for value in range(12)])
    registry = registry_of(scene, tmp_path_factory)
    registry.catch_up()
    definition = define(scene.rules)
    listed = []
    after: str | None = ""
    while after is not None:
        page = claims(registry, definition, scene.rules, scene.size, after=after, limit=5)
        listed += [one.id for one in page.claims]
        after = page.after
    assert listed == sorted(scene.claims)
    registry.close()


def test_a_claim_dated_across_the_edge_of_a_period_is_possible_and_not_counted(
    make_scene, tmp_path_factory
):
    scene = make_scene()
    scene.play([(0, 0, DATES.index("2020-02-20/2020-03-10")), (0, 0, DATES.index("2020-03"))])
    registry = registry_of(scene, tmp_path_factory)
    registry.catch_up()
    definition = define(scene.rules, period="2020-03", by=["sex"])
    counted = toll(registry, definition, scene.rules, scene.size)
    assert (counted.total.deaths, counted.possible) == (0, 1)
    registry.close()


def test_two_registries_on_one_file_fold_every_entry_once(make_scene, tmp_path):
    scene = make_scene()
    one, other = (Registry(tmp_path / "p.db", scene.ledger.recorder) for _ in range(2))
    for value in range(10):
        scene.play([(0, 0, value), (4, value, value), (11, value, value)])
        (one if value % 2 else other).catch_up()
    one.catch_up()
    before = one.digests()
    other.rebuild()
    assert other.digests() == before
    one.close()
    other.close()


def test_a_registry_ahead_of_its_ledger_is_refused(make_scene, tmp_path):
    longer, shorter = make_scene(), make_scene()
    longer.play([(0, 0, 1)])
    registry = Registry(tmp_path / "p.db", longer.ledger.recorder)
    registry.catch_up()
    registry.close()
    registry = Registry(tmp_path / "p.db", shorter.ledger.recorder)
    with pytest.raises(Damaged, match="rolled back"):
        registry.catch_up()
    registry.close()


def test_a_file_of_another_schema_is_made_anew(make_scene, tmp_path):
    scene = make_scene()
    scene.play([(0, 0, 1)])
    registry = Registry(tmp_path / "p.db", scene.ledger.recorder)
    registry.catch_up()
    before = registry.digests()
    registry.close()
    with sqlite3.connect(tmp_path / "p.db") as connection:
        connection.execute("PRAGMA user_version = 77")
    connection.close()
    registry = Registry(tmp_path / "p.db", scene.ledger.recorder)
    registry.catch_up()
    assert registry.digests() == before
    registry.close()


def test_bytes_that_are_no_database_are_named_as_damaged(make_scene, tmp_path):
    scene = make_scene()
    (tmp_path / "p.db").write_bytes(b"no database " * 1000)
    with pytest.raises(Damaged, match="delete it"):
        Registry(tmp_path / "p.db", scene.ledger.recorder)
