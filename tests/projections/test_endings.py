"""What ended each claim: the tables and the plain recount say the same, as of any size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.figure import define
from projections import registry as registry_module
from projections.members import members
from projections.registry import Registry
from projections.toll import toll
from tests.projections.scene import Played, steps
from tests.projections.test_registry import fast, make_scene, registry_of  # noqa: F401
from tests.scene import DOCUMENTER, REVIEWER, WHY, claim_body, claim_name

ARREST, DEATH, KILLING, SECOND = (claim_name(number) for number in range(1, 5))
ALIVE = {"reason_code": "alive", "reason": "seen by the family"}
ENDED = (
    "SELECT n.name, c.outcome, s.text FROM claim_versions v JOIN cells c ON c.id = v.cell "
    "JOIN spans s ON s.id = v.ended JOIN claims n ON n.number = v.claim "
    "WHERE v.valid_from < ? AND v.valid_to >= ?"
)


def tabled(registry, size):
    with registry.reading() as cursor:
        rows = cursor.execute(ENDED, (size, size)).fetchall()
    found = {name: (relation, on) for name, relation, on in rows}
    assert len(found) == len(rows)
    return found


def recounted(fold):
    return {name: fold.ended(name) for name in fold.claims}


@fast
@given(first=steps, second=steps, page=st.integers(1, 9), data=st.data())
def test_tables_and_recount_agree_on_what_ended_each_claim_at_any_size(
    make_scene,  # noqa: F811
    tmp_path_factory,
    first,
    second,
    page,
    data,
):
    scene = make_scene()
    registry = registry_of(scene, tmp_path_factory)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry_module, "_PAGE", page)
        scene.play(first)
        registry.catch_up()
        # Another process was here: everything but the tables is forgotten.
        registry._position = -1
        scene.play(second)
        registry.catch_up()
    for size in {data.draw(st.integers(1, scene.size)), scene.size}:
        fold = scene.recount(size)
        assert tabled(registry, size) == recounted(fold)
        # What was kept as events came in is what would be found by looking at everything now.
        assert {name: row["ended"] for name, row in fold.claims.items()} == recounted(fold)
    registry.close()


class Told(Played):
    """A detention, a torture death and a killing that may be of one person."""

    registry: Registry


@pytest.fixture
def scene(tmp_path):
    made = Told(tmp_path)
    made.registry = Registry(tmp_path / "projections.db", made.ledger.recorder)
    for name, kind, happened in (
        (ARREST, "detention", "2018-07"),
        (DEATH, "torture-death", "2018-07/2020-03-19"),
        (KILLING, "killing", "2019"),
    ):
        body = claim_body(kind=kind, happened_on=happened, documented_on="2020-03-19")
        made.say(name, "ClaimRecorded", body, DOCUMENTER)
    yield made
    made.registry.close()
    made.close()


def link(claim, relation):
    return {"relation": relation, "claim": claim, "reason": "the family said so"}


def ended(scene, name, size=None):
    scene.registry.catch_up()
    size = scene.size if size is None else size
    found = tabled(scene.registry, size)
    assert found == recounted(scene.recount(size))
    return found[name]


def deaths(scene, size=None):
    scene.registry.catch_up()
    size = scene.size if size is None else size
    definition = define(scene.rules)
    total = toll(scene.registry, definition, scene.rules, size).total.deaths
    lines = [one.to_line()[:-1] for one in members(scene.registry, definition, scene.rules, size)]
    assert lines == scene.recount(size).lines(definition, scene.rules)
    assert total == len(lines)
    return total


def test_a_killing_and_a_torture_death_of_one_person_are_one_death(scene):
    before = scene.size
    assert deaths(scene) == 2
    scene.say(KILLING, "OutcomeLinked", link(DEATH, "same-death"), REVIEWER)
    assert deaths(scene) == 1
    scene.say(DEATH, "Retracted", ALIVE, REVIEWER)
    # The one that told it is gone: the other is counted again, and not the same death twice.
    assert deaths(scene) == 1
    scene.say(DEATH, "Reinstated", WHY, REVIEWER)
    assert deaths(scene) == 1
    scene.say(KILLING, "OutcomeUnlinked", {"claim": DEATH, **WHY}, REVIEWER)
    assert deaths(scene) == 2
    assert [deaths(scene, size) for size in range(before, scene.size + 1)] == [2, 1, 1, 1, 2]


def test_an_outcome_closes_a_detention_while_it_stands_and_is_dated_as_it_is(scene):
    start = scene.size
    scene.say(ARREST, "OutcomeLinked", link(DEATH, "died"), DOCUMENTER)
    assert ended(scene, ARREST) == ("died", "2018-07/2020-03-19")
    revision = {"date": "happened", "from": "2018-07/2020-03-19", "to": "2019", **WHY}
    scene.say(DEATH, "DateRevised", revision, DOCUMENTER)
    assert ended(scene, ARREST) == ("died", "2019")
    scene.say(DEATH, "Retracted", ALIVE, REVIEWER)
    assert ended(scene, ARREST) == ("none", None)
    scene.say(DEATH, "Reinstated", WHY, REVIEWER)
    merge = {"into": KILLING, "nature": "corroboration", "reason": "two of one death"}
    scene.say(DEATH, "MergedInto", merge, REVIEWER)
    assert ended(scene, ARREST) == ("died", "2019")
    assert deaths(scene) == 1
    assert [ended(scene, ARREST, size)[0] for size in range(start, scene.size + 1)] == [
        *("none", "died", "died", "none", "died", "died")
    ]


def test_a_release_that_custody_tells_ends_it_too_until_a_claim_says_otherwise(scene):
    custody = {"status": "released", "released_on": "2019-05"}
    body = claim_body(kind="detention", custody=custody | {"detained_on": "2018-07"})
    scene.say(SECOND, "ClaimRecorded", body, DOCUMENTER)
    assert ended(scene, SECOND) == ("released", "2019-05")
    now = {"detained_on": "2018-07"}
    before = custody | now
    scene.say(SECOND, "CustodyStatusChanged", {"from": before, "to": now, **WHY}, REVIEWER)
    assert ended(scene, SECOND) == ("none", None)


def test_the_arrest_is_when_a_detention_happened(scene):
    body = claim_body(kind="detention", custody={"detained_on": "2018-07"})
    scene.say(SECOND, "ClaimRecorded", body, DOCUMENTER)
    scene.say(SECOND, "OutcomeLinked", link(ARREST, "continued"), REVIEWER)
    assert ended(scene, SECOND) == ("continued", "2018-07")
    scene.registry._position = -1  # everything but the tables is forgotten
    revision = {"date": "happened", "from": "2018-07", "to": None, **WHY}
    scene.say(ARREST, "DateRevised", revision, DOCUMENTER)
    assert ended(scene, SECOND) == ("continued", None)
