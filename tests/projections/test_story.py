"""Stories: the order in which a person's claims are told, and dates that are revised, in words."""

import pytest

from api.story import date_words
from projections.history import describe_change
from projections.story import MOST, story
from tests.projections.test_endings import DEATH, KILLING, Told, link
from tests.projections.test_endings import scene as scene  # noqa: PLC0414
from tests.scene import DOCUMENTER, REVIEWER, claim_body, claim_name


@pytest.mark.parametrize(
    ("was", "now", "words"),
    [
        ("2018-07/2020-03-19", "2019", "happened: 2018-07/2020-03-19 → 2019 (narrower)"),
        ("2019", "2018/2020", "happened: 2019 → 2018/2020 (wider)"),
        ("2019", "2020", "happened: 2019 → 2020 (contradicts it)"),
        ("2019", "2019?", "happened: 2019 → 2019?"),
        ("2019/2020", "2020/2021", "happened: 2019/2020 → 2020/2021"),
        (None, "2020", "happened: unknown → 2020"),
    ],
)
def test_a_revised_date_says_whether_it_narrows_or_contradicts(was, now, words):
    body = {"date": "happened", "from": was, "to": now, "reason": "x", "reason_code": "y"}
    assert describe_change("DateRevised", body) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2018-07/2020-03-19", "between 2018-07 and 2020-03-19"),
        ("2018-07/..", "from 2018-07 on"),
        ("../2020-03", "by 2020-03"),
        ("2013~", "2013, approximately"),
        ("2018?", "2018, uncertain"),
        ("2020-24", "winter 2020"),
        ("2020-21~", "spring 2020, approximately"),
        ("201X", "some day from 2010-01-01 to 2019-12-31"),
        ("2020-03-05", "2020-03-05"),
    ],
)
def test_a_date_is_told_with_its_doubt(text, words):
    assert date_words(text) == words


def told(scene: Told, claim):
    scene.registry.catch_up()
    return story(scene.registry, scene.ledger, claim, scene.size)


def test_merged_claims_are_of_the_story_and_say_nothing_twice(scene):
    scene.say(
        KILLING, "MergedInto", {"into": DEATH, "nature": "duplicate", "reason": "x"}, REVIEWER
    )
    found = told(scene, KILLING)
    assert [one.id for one in found.chapters] == [KILLING, DEATH]
    assert {one.claim for one in found.moments} == {DEATH}


def test_a_story_that_never_ends_is_cut_and_says_so(scene):
    earlier = None
    for number in range(10, 10 + MOST + 2):
        name = claim_name(number)
        scene.say(name, "ClaimRecorded", claim_body(kind="detention"), DOCUMENTER)
        if earlier is not None:
            scene.say(earlier, "OutcomeLinked", link(name, "continued"), REVIEWER)
        earlier = name
    found = told(scene, claim_name(10))
    assert found.more
    assert len(found.chapters) == MOST
    assert [one.id for one in found.chapters] == [claim_name(n) for n in range(10, 10 + MOST)]
