"""An auditor attests to a report: another person, of a known state, of what was frozen, once."""

import pytest

from tests.domain.test_report import FIGURE, HASH, frozen
from tests.domain.world import PUBLISHER, MemoryWorld
from tests.scene import claim_body, claim_name

REPORT = "report/march"
SECOND, AUDITOR, OTHER = "publisher-2+00000004", "auditor-1+00000006", "auditor-2+00000007"
WOMEN = FIGURE | {"name": "women", "value": 12}


@pytest.fixture
def world():
    made = MemoryWorld()
    for number in (1, 2, 3):
        made.say(claim_name(number), "ClaimRecorded", claim_body())
    made.say(REPORT, "ReportFrozen", frozen(made, figures=[FIGURE, WOMEN]), PUBLISHER)
    made.say(REPORT, "ReportPublished", {"figures": 2}, SECOND)
    return made


def attested(world, size=5, **changes):
    return {
        "ledger": {"size": size, "root": world.root_at(size)},
        "frozen": world.state(REPORT).frozen.ledger.to_json(),
        "entries": size,
        "signatures": size + 1,
        "figures": [FIGURE, WOMEN],
        "outcome": "sound",
    } | changes


def test_an_auditor_attests_to_a_report_and_to_the_state_of_the_ledger_that_she_audited(world):
    report = world.say(REPORT, "AuditAttested", attested(world), AUDITOR)
    assert [(one.author.key, one.ledger.size) for one in report.attested] == [(AUDITOR, 5)]
    assert report.standing == "published"


def test_a_report_that_nobody_published_yet_may_be_attested_to(world):
    world.say("report/april", "ReportFrozen", frozen(world), PUBLISHER)
    state = world.state("report/april").frozen.ledger.to_json()
    body = attested(world, 6, frozen=state, figures=[FIGURE])
    assert world.accepts("report/april", "AuditAttested", body, AUDITOR)


@pytest.mark.parametrize(("rule", "changes"), [
    ("unknown-state", {"ledger": {"size": 5, "root": HASH}}),
    ("unknown-state", {"ledger": {"size": 6, "root": HASH}}),
    ("another-state", {"frozen": {"size": 2, "root": HASH}}),
    ("another-state", {"frozen": {"size": 3, "root": HASH}}),
    ("wrong-count", {"entries": 4}),
    ("wrong-count", {"entries": 6}),
    ("wrong-count", {"signatures": 4}),
    ("wrong-figures", {"figures": [FIGURE]}),
    ("wrong-figures", {"figures": [WOMEN, FIGURE]}),
    ("wrong-figures", {"figures": [FIGURE, WOMEN, WOMEN]}),
    ("wrong-figures", {"figures": [FIGURE | {"value": 146}, WOMEN]}),
    ("wrong-figures", {"figures": [FIGURE, WOMEN | {"rows": HASH}]}),
    ("malformed-field", {"figures": []}),
    ("malformed-field", {"outcome": "not sound"}),
    ("malformed-field", {"signatures": True}),
    ("malformed-field", {"ledger": [5]}),
    ("unknown-field", {"more": 1}),
])  # fmt: skip
def test_what_was_not_found_is_not_attested(world, rule, changes):
    world.refuses(rule, REPORT, "AuditAttested", attested(world, **changes), AUDITOR)


@pytest.mark.parametrize("size", [3, 4])
def test_the_audited_state_holds_the_report(world, size):
    # The report is entry 3: a ledger of four entries is the first that has it.
    if size == 3:
        world.refuses("another-state", REPORT, "AuditAttested", attested(world, size), AUDITOR)
    else:
        assert world.accepts(REPORT, "AuditAttested", attested(world, size), AUDITOR)


@pytest.mark.parametrize("earlier", [PUBLISHER, SECOND])
def test_who_froze_or_published_it_is_no_auditor_of_it_with_any_key(world, earlier):
    world.refuses("second-person", REPORT, "AuditAttested", attested(world), earlier)
    world.holders |= {earlier: "Rim", AUDITOR: "Rim"}
    world.refuses("second-person", REPORT, "AuditAttested", attested(world), AUDITOR)
    assert world.accepts(REPORT, "AuditAttested", attested(world), OTHER)


def test_an_auditor_does_not_publish_what_she_attested_to(world):
    world.say(REPORT, "AuditAttested", attested(world), AUDITOR)
    third = "publisher-3+00000005"
    world.holders |= {AUDITOR: "Sami", third: "Sami"}
    world.refuses("second-person", REPORT, "ReportPublished", {"figures": 2}, third)


def test_an_auditor_attests_once_for_a_state_and_again_for_a_later_one(world):
    world.say(REPORT, "AuditAttested", attested(world), AUDITOR)
    world.refuses("attested-already", REPORT, "AuditAttested", attested(world), AUDITOR)
    world.holders |= {AUDITOR: "Sami", "auditor-3+00000008": "Sami"}
    world.refuses(
        "attested-already", REPORT, "AuditAttested", attested(world), "auditor-3+00000008"
    )
    assert world.accepts(REPORT, "AuditAttested", attested(world), OTHER)
    report = world.say(REPORT, "AuditAttested", attested(world, 6), AUDITOR)
    assert [one.ledger.size for one in report.attested] == [5, 6]
