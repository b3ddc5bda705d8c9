"""A report is published by a second person, and corrected by a report that says what changed."""

import pytest

from tests.domain.test_report import FIGURE, frozen
from tests.domain.world import PUBLISHER, MemoryWorld
from tests.scene import claim_body, claim_name

OLD, NEW = "report/march", "report/march-2"
SECOND, THIRD = "publisher-2+00000004", "publisher-3+00000005"
PUBLISHED = {"figures": 1}
WIDER = FIGURE | {"definition": "B" * 42 + "A="}
CHANGE = {"figure": "civilians", "from": 145, "to": 146}
CORRECTION = {
    "changes": [CHANGE],
    "events": [3, 4],
    "reason_code": "late-documentation",
    "reason": "two families came forward",
}


@pytest.fixture
def world():
    made = MemoryWorld()
    for number in range(1, 8):
        made.say(claim_name(number), "ClaimRecorded", claim_body())
    made.say(OLD, "ReportFrozen", frozen(made), PUBLISHER)
    return made


@pytest.fixture
def published(world):
    world.say(OLD, "ReportPublished", PUBLISHED, SECOND)
    return world


def corrected(world, figure=FIGURE | {"value": 146}, size=6, **changes):
    correction = {"report": "march"} | CORRECTION | changes
    state = {"size": size, "root": world.root_at(size)}
    return frozen(world, ledger=state, figures=[figure], corrects=correction)


def by(**changes):
    return {"by": "march-2"} | CORRECTION | changes


def superseding(world):
    world.say(NEW, "ReportFrozen", corrected(world), PUBLISHER)
    world.say(NEW, "ReportPublished", PUBLISHED, SECOND)
    return world.say(OLD, "ReportCorrected", by(), SECOND)


def test_a_second_person_publishes_what_the_first_froze(world):
    report = world.say(OLD, "ReportPublished", PUBLISHED, SECOND)
    assert report.standing == "published"
    assert (report.publisher.key, [one.key for one in report.published]) == (PUBLISHER, [SECOND])


def test_who_froze_it_does_not_publish_it_with_this_key_nor_with_another(world):
    world.refuses("second-person", OLD, "ReportPublished", PUBLISHED, PUBLISHER)
    world.holders |= {PUBLISHER: "Rim", SECOND: "Rim", THIRD: "Sami"}
    world.refuses("second-person", OLD, "ReportPublished", PUBLISHED, SECOND)
    assert world.accepts(OLD, "ReportPublished", PUBLISHED, THIRD)


def test_a_third_person_may_vouch_for_what_a_second_published(published):
    published.refuses("second-person", OLD, "ReportPublished", PUBLISHED, SECOND)
    report = published.say(OLD, "ReportPublished", PUBLISHED, THIRD)
    assert [one.key for one in report.published] == [SECOND, THIRD]


def test_what_is_published_is_all_of_it(world):
    world.refuses("wrong-count", OLD, "ReportPublished", {"figures": 2}, SECOND)
    world.refuses("malformed-field", OLD, "ReportPublished", {"figures": "1"}, SECOND)
    world.refuses("unknown-stream", "report/other", "ReportPublished", PUBLISHED, SECOND)


def test_a_published_correction_supersedes_the_report(published):
    old = superseding(published)
    assert old.standing == "superseded"
    assert old.superseded_by.report == "march-2"
    assert published.state(NEW).standing == "published"
    published.refuses("report-superseded", OLD, "ReportPublished", PUBLISHED, THIRD)


def test_a_correction_of_a_correction_is_one_of_the_newest(published):
    superseding(published)
    again = corrected(published, FIGURE | {"value": 147}, 7)
    third = "report/march-3"
    published.refuses("report-superseded", third, "ReportFrozen", again, PUBLISHER)
    changes = [{"figure": "civilians", "from": 146, "to": 147}]
    newest = corrected(
        published, FIGURE | {"value": 147}, 7, report="march-2", changes=changes, events=[6]
    )
    assert published.accepts(third, "ReportFrozen", newest, PUBLISHER)


@pytest.mark.parametrize(("rule", "figure", "changes"), [
    ("unknown-report", FIGURE | {"value": 146}, {"report": "april"}),
    ("no-change", FIGURE, {}),
    ("wrong-changes", FIGURE | {"value": 147}, {}),
    ("wrong-changes", FIGURE | {"value": 146}, {"changes": [
        {"figure": "civilians", "from": 144, "to": 146}]}),
    ("wrong-changes", FIGURE | {"value": 146}, {"changes": [
        CHANGE, {"figure": "women", "from": 1, "to": 2}]}),
    ("events-missing", FIGURE | {"value": 146}, {"events": []}),
    ("unknown-entry", FIGURE | {"value": 146}, {"events": [3, 900]}),
    ("entry-not-between", FIGURE | {"value": 146}, {"events": [2]}),
    ("entry-not-between", FIGURE | {"value": 146}, {"events": [6]}),
    ("malformed-field", FIGURE | {"value": 146}, {"events": [4, 3]}),
    ("malformed-field", FIGURE | {"value": 146}, {"events": [3, 3]}),
    ("malformed-field", FIGURE | {"value": 146}, {"events": [True]}),
    ("malformed-field", FIGURE | {"value": 146}, {"reason": ""}),
    ("malformed-field", FIGURE | {"value": 146}, {"reason_code": "because"}),
])  # fmt: skip
def test_a_correction_that_cannot_be_is_refused(published, rule, figure, changes):
    body = corrected(published, figure, **changes)
    published.refuses(rule, NEW, "ReportFrozen", body, PUBLISHER)


def test_another_question_is_a_change_that_no_entry_made(published):
    changes = [{"figure": "civilians", "from": 145, "to": 145}]
    body = corrected(published, WIDER, changes=changes, events=[])
    assert published.accepts(NEW, "ReportFrozen", body, PUBLISHER)


def test_a_figure_added_or_left_out_is_a_change_too(published):
    body = corrected(published, FIGURE | {"name": "men"}, events=[], changes=[
        {"figure": "civilians", "from": 145, "to": None},
        {"figure": "men", "from": None, "to": 145},
    ])  # fmt: skip
    assert published.accepts(NEW, "ReportFrozen", body, PUBLISHER)


def test_what_is_not_published_is_not_corrected(world):
    body = corrected(world)
    world.refuses("report-frozen", NEW, "ReportFrozen", body, PUBLISHER)
    world.refuses("report-frozen", OLD, "ReportCorrected", by(), SECOND)


def test_the_report_before_is_told_only_of_its_own_published_correction(published):
    published.refuses("unknown-report", OLD, "ReportCorrected", by(), SECOND)
    published.say(NEW, "ReportFrozen", corrected(published), PUBLISHER)
    published.refuses("report-frozen", OLD, "ReportCorrected", by(), SECOND)
    published.say(NEW, "ReportPublished", PUBLISHED, SECOND)
    published.refuses("wrong-changes", OLD, "ReportCorrected", by(reason="another"), SECOND)
    published.refuses("second-person", OLD, "ReportCorrected", by(), PUBLISHER)
    published.say(OLD, "ReportCorrected", by(), SECOND)
    published.refuses("second-person", OLD, "ReportCorrected", by(), SECOND)
    published.refuses("report-superseded", OLD, "ReportCorrected", by(by="x"), THIRD)
    # A third may vouch for it: the second's key can turn out to have been stolen.
    assert published.accepts(OLD, "ReportCorrected", by(), THIRD)


def test_of_two_corrections_the_first_that_is_published_counts(published):
    published.say(NEW, "ReportFrozen", corrected(published), PUBLISHER)
    published.say("report/other", "ReportFrozen", corrected(published), PUBLISHER)
    published.say(NEW, "ReportPublished", PUBLISHED, SECOND)
    published.say(OLD, "ReportCorrected", by(), SECOND)
    published.refuses("report-superseded", "report/other", "ReportPublished", PUBLISHED, SECOND)


BROKEN = {"sentence": "men: 9 exceed civilians: 5", "left": 9, "right": 5}
FOOTED = {"rule": "part-within-whole", "compared": 2, "breaks": [BROKEN], "waiver": "as printed"}


def test_a_broken_rule_is_published_with_its_reason(world):
    body = frozen(world, crossfoot=[FOOTED])
    assert (
        world.say(NEW, "ReportFrozen", body, PUBLISHER).frozen.crossfoot[0].waiver == "as printed"
    )


@pytest.mark.parametrize(("rule", "crossfoot"), [
    ("cross-footing", [FOOTED | {"waiver": None}]),
    ("needless-waiver", [FOOTED | {"breaks": []}]),
    ("malformed-field", [FOOTED | {"waiver": " "}]),
    ("malformed-field", [FOOTED | {"compared": 0}]),
    ("malformed-field", [FOOTED, FOOTED]),
    ("malformed-field", [FOOTED, FOOTED | {"rule": "one-value"}]),
    ("malformed-field", [FOOTED | {"breaks": ["x"]}]),
    ("malformed-field", "all"),
])  # fmt: skip
def test_a_break_that_nobody_waived_is_refused(world, rule, crossfoot):
    world.refuses(rule, NEW, "ReportFrozen", frozen(world, crossfoot=crossfoot), PUBLISHER)


@pytest.mark.parametrize(("rule", "changes"), [
    ("unknown-figure", {"massacres": "none-such"}),
    ("malformed-field", {"massacres": None}),
    ("malformed-field", {"narrative": None}),
    ("malformed-field", {"narrative": {"en": [], "ar": ["x"]}}),
    ("missing-field", {"narrative": {"en": ["x"]}}),
    ("malformed-field", {"narrative": {"en": ["x"], "ar": [1]}}),
    ("malformed-field", {"corrects": None}),
])  # fmt: skip
def test_what_a_report_says_beside_its_figures_is_read_strictly(world, rule, changes):
    world.refuses(rule, NEW, "ReportFrozen", frozen(world, **changes), PUBLISHER)
