"""A report's life: frozen by one person, published by a second, corrected by another report."""

import json

import pytest

from api.freeze import Pinned, freeze
from api.plan import read_plan
from api.publish import Cause, bundle_again, correct, publish
from audit.container import read_container, write_container
from audit.replay import audit_folder
from audit.verdict import NOTED
from audit.verify import Asked, verify_bundle
from domain.errors import Conflict, Invalid, NotFound, Rejected
from domain.report import Footed
from ledger.cosignature import cosign
from ledger.note import VerifierKey, format_signature, parse_note
from ledger.signer import Ed25519Signer

AT = "2020-04-02T10:00:00Z"
PLAN = """
name = "march"
period = "2020-03"
massacres = "massacres"
[title]
en = "March"
ar = "آذار"
[narrative]
en = "First.\\n\\nSecond."
ar = "أول.\\n\\nثانٍ."
[[figures]]
name = "civilians"
where = { status = "civilian" }
by = ["party"]
[[figures]]
name = "women"
where = { category = "women" }
[[figures]]
name = "massacres"
measure = "massacres"
by = ["party"]
"""
SECOND = PLAN.replace('"march"', '"march-2"', 1)
LATE = Cause("late-documentation", "a family came forward")
FOOTED = """
[crossfoot]
rules = ["stated-as-counted"]
stated = ["A publication"]
"""


@pytest.fixture
def full(office):
    """Six deaths of one attack, and a second publisher beside the first."""
    second = office.signers["publisher-2"] = office.folder.new_key("publisher-2", "p")
    office.desk.enroll(str(second.key), ["publisher"], "publisher-2", office.roots[:2])
    incident = office.incident()
    for number in range(6):
        office.record(incident=incident, sex="female", age_group="adult" if number else "child")
    return office


def frozen(office, plan=PLAN, **pinned):
    signer = office.signers["publisher-1"]
    return freeze(
        office.ledger, office.registry, read_plan(plan), signer, AT, pinned=Pinned(**pinned)
    )


def published(office, name="march", bundle=None, by="publisher-2"):
    raw = frozen(office).bundle if bundle is None else bundle
    return publish(office.ledger, name, raw, office.signers[by], AT)


def corrected(office, plan=SECOND, cause=LATE, of="march"):
    signer = office.signers["publisher-1"]
    return correct(
        office.ledger, office.registry, of, read_plan(plan), signer,
        at=AT, cause=cause, pinned=Pinned(),
    )  # fmt: skip


def verified(office, raw, **asked):
    return verify_bundle(
        raw, [VerifierKey.parse(office.ledger.authority.log)], asked=Asked(**asked)
    )


def noted(verdict, what):
    return [check.detail for check in verdict.checks if check.what == what]


def test_the_second_person_s_word_is_in_the_bundle_and_its_manifest_hers(full):
    done = published(full)
    verdict = verified(full, done.bundle)
    assert (verdict.exit_code, verdict.status) == (0, "published")
    (second,) = [one for one in verdict.checks if one.what == "a second person published it"]
    assert second.key.startswith("publisher-2+")
    manifest = next(one for one in verdict.checks if one.what.startswith("the manifest is signed"))
    assert manifest.key.startswith("publisher-2+")
    readme = read_container(done.bundle).files["README.txt"].decode()
    assert "Published by publisher-2, a second person" in readme
    assert "First.\n\nSecond." in readme
    assert "أول." in readme


def test_publishing_again_records_nothing_and_gives_the_same_bytes(full):
    done = published(full)
    size = full.ledger.recorder.tree_size()
    assert published(full) == done._replace(again=True)
    assert full.ledger.recorder.tree_size() == size


def test_who_froze_it_does_not_publish_it(full):
    raw = frozen(full).bundle
    size = full.ledger.recorder.tree_size()
    with pytest.raises(Rejected, match="second-person"):
        published(full, bundle=raw, by="publisher-1")
    with pytest.raises(Invalid, match="not enrolled as a publisher"):
        published(full, bundle=raw, by="reviewer-1")
    assert full.ledger.recorder.tree_size() == size


def test_another_key_of_the_same_person_does_not_publish_it(full):
    again = full.signers["again"] = full.folder.new_key("again", "p")
    full.desk.enroll(str(again.key), ["publisher"], "publisher-1", full.roots[:2])
    with pytest.raises(Rejected, match="second-person"):
        published(full, by="again")


def test_an_altered_bundle_is_not_published(full):
    raw = frozen(full).bundle
    files = read_container(raw).files
    bad = write_container(files | {"members/women.jsonl": b""})
    with pytest.raises(Conflict, match="does not verify"):
        published(full, bundle=bad)
    with pytest.raises(Conflict, match="does not verify"):
        published(full, bundle=b"no bundle")
    other = frozen(full, PLAN.replace('"march"', '"april"', 1)).bundle
    with pytest.raises(Conflict, match="it is of"):
        published(full, bundle=other)
    with pytest.raises(NotFound, match="march, april"):
        published(full, "may", raw)


def test_a_correction_says_what_changed_and_by_which_entries(full):
    published(full)
    late = full.record(sex="female").accepted.log_index
    made = corrected(full)
    verdict = verified(full, made.bundle)
    assert (verdict.exit_code, verdict.status) == (0, "frozen")
    (told,) = noted(verdict, "what it corrects")
    changed = "march: civilians 6 → 7"
    assert told == f"{changed}; by entries {late}; a family came forward"
    assert full.ask.report("march")["status"] == "published"
    done = published(full, "march-2", made.bundle)
    assert done.supersedes == "march"
    assert full.ask.report("march")["superseded_by"] == "march-2"
    assert full.ask.report("march-2")["corrects"] == "march"
    events = [one["type"] for one in full.ask.history("report/march")["events"]]
    assert events == ["ReportFrozen", "ReportPublished", "ReportCorrected"]
    assert verified(full, done.bundle).status == "published"


def test_the_old_bundle_verifies_as_before_and_a_newer_one_says_that_it_was_superseded(full):
    old = published(full).bundle
    full.record(sex="female")
    published(full, "march-2", corrected(full).bundle)
    assert (verified(full, old).exit_code, verified(full, old).status) == (0, "published")
    again = bundle_again(full.ledger, "march", old, full.signers["publisher-1"])
    verdict = verified(full, again)
    assert (verdict.exit_code, verdict.status) == (0, "superseded")
    assert [one.what for one in verdict.noted][-1] == "it is the newest version"
    assert "SUPERSEDED by the report march-2" in read_container(again).files["README.txt"].decode()
    assert frozen(full).again


def test_a_correction_without_a_change_or_of_what_is_not_published_is_refused(full):
    frozen(full)
    with pytest.raises(Rejected, match="report-frozen"):
        corrected(full)
    published(full)
    with pytest.raises(Rejected, match="no-change"):
        corrected(full)
    full.record(sex="female")
    size = full.ledger.recorder.tree_size()
    for events, rule in (((9000,), "unknown-entry"), ((0,), "entry-not-between")):
        with pytest.raises(Rejected, match=rule):
            corrected(full, cause=LATE._replace(events=events))
    with pytest.raises(Invalid, match="a report of its own"):
        corrected(full, PLAN)
    assert full.ledger.recorder.tree_size() == size


def test_an_old_report_is_corrected_once_and_then_its_correction(full):
    published(full)
    full.record(sex="female")
    made = corrected(full)
    rival = corrected(full, PLAN.replace('"march"', '"rival"', 1))
    published(full, "march-2", made.bundle)
    with pytest.raises(Rejected, match="report-superseded"):
        published(full, "rival", rival.bundle)
    full.record(sex="female")
    third = PLAN.replace('"march"', '"march-3"', 1)
    with pytest.raises(Rejected, match="report-superseded"):
        corrected(full, third)
    newest = corrected(full, third, of="march-2")
    done = published(full, "march-3", newest.bundle)
    verdict = verified(full, done.bundle)
    assert (verdict.exit_code, verdict.status) == (0, "published")
    entries = [name for name in read_container(done.bundle).files if name.startswith("report/")]
    assert len(entries) == 2 * 8  # three frozen, three published, two corrected; not the rival's


def test_a_bundle_is_completed_with_cosignatures_and_is_the_same_each_time(full):
    old = published(full).bundle
    witness = Ed25519Signer.generate("witness-1.example")
    note = full.ledger.newest_checkpoint()
    line = format_signature(cosign(parse_note(note).text, witness, 1585900000))
    size = full.ledger.checkpoint().size
    full.ledger.recorder.add_cosignature(size, "witness-1.example", 1585900000, line)
    full.record()
    signer = full.signers["publisher-2"]
    made = bundle_again(full.ledger, "march", old, signer)
    assert read_container(made).files["checkpoint"] == note + line
    assert bundle_again(full.ledger, "march", made, signer) == made
    assert verified(full, made).exit_code == 0
    with pytest.raises(Conflict, match="did neither"):
        bundle_again(full.ledger, "march", old, full.signers["reviewer-1"])
    with pytest.raises(Invalid, match="does not cover"):
        bundle_again(full.ledger, "march", old, signer, 3)


def test_a_publication_by_a_suspect_key_counts_for_nothing_until_a_third_person_publishes(full):
    old = published(full).bundle
    third = full.signers["publisher-3"] = full.folder.new_key("publisher-3", "p")
    full.desk.enroll(str(third.key), ["publisher"], "publisher-3", full.roots[:2])
    revocation = {
        "vkey": str(full.signers["publisher-2"].key),
        "reason_code": "compromised",
        "reason": "a laptop was taken",
        "suspect_from": full.ledger.history("report/march")[1].log_index,
    }
    full.desk.say("authority", "KeyRevoked", revocation, *full.roots[:2])
    assert full.ask.report("march")["status"] == "frozen"
    size = full.ledger.recorder.tree_size()
    first = full.signers["publisher-1"]
    verdict = verified(full, bundle_again(full.ledger, "march", old, first, size))
    assert (verdict.exit_code, verdict.status) == (0, "frozen")
    # Its bundle of before is sound, and was made before anybody knew.
    assert verified(full, old).status == "published"
    done = published(full, bundle=old, by="publisher-3")
    assert verified(full, done.bundle).status == "published"
    assert full.ask.report("march")["status"] == "published"


def test_a_third_person_vouches_for_a_correction_that_a_suspect_key_published(full):
    old = published(full).bundle
    full.record(sex="female")
    new = published(full, "march-2", corrected(full).bundle).bundle
    third = full.signers["publisher-3"] = full.folder.new_key("publisher-3", "p")
    full.desk.enroll(str(third.key), ["publisher"], "publisher-3", full.roots[:2])
    revocation = {
        "vkey": str(full.signers["publisher-2"].key),
        "reason_code": "compromised",
        "reason": "a laptop was taken",
        "suspect_from": full.ledger.history("report/march-2")[1].log_index,
    }
    full.desk.say("authority", "KeyRevoked", revocation, *full.roots[:2])
    assert full.ask.report("march")["status"] == "published"
    assert full.ask.report("march-2")["status"] == "frozen"
    done = published(full, "march-2", new, "publisher-3")
    assert (done.supersedes, done.again) == ("march", False)
    assert full.ask.report("march")["status"] == "superseded"
    assert verified(full, done.bundle).status == "published"
    first = full.signers["publisher-1"]
    assert verified(full, bundle_again(full.ledger, "march", old, first)).status == "superseded"
    assert audit_folder(full.folder.path, bundles=[old, done.bundle]).failures == ()


def test_what_a_suspect_key_froze_is_not_published(full):
    raw = frozen(full).bundle
    revocation = {
        "vkey": str(full.signers["publisher-1"].key),
        "reason_code": "compromised",
        "reason": "a laptop was taken",
        "suspect_from": full.ledger.history("report/march")[0].log_index,
    }
    full.desk.say("authority", "KeyRevoked", revocation, *full.roots[:2])
    with pytest.raises(Conflict, match="suspect since"):
        published(full, bundle=raw)
    assert full.ask.report("march")["status"] == "suspect"


def test_the_audit_replays_the_life_of_a_report_and_recounts_both_versions(full):
    old = published(full).bundle
    full.record(sex="female")
    new = published(full, "march-2", corrected(full).bundle).bundle
    trust = [VerifierKey.parse(full.ledger.authority.log)]
    verdict = audit_folder(full.folder.path, trust, bundles=[old, new])
    assert verdict.failures == ()
    assert "march-2/civilians = 7" in verdict.recounted
    assert len(verdict.recounted) == 6


def test_a_broken_rule_refuses_the_report_unless_it_is_waived_with_a_reason(full):
    full.state_figure(value=9)
    size = full.ledger.recorder.tree_size()
    with pytest.raises(Rejected, match="9 stated, but civilians counts 6") as refused:
        frozen(full, PLAN + FOOTED)
    assert refused.value.rule == "cross-footing"
    assert full.ledger.recorder.tree_size() == size
    made = frozen(full, PLAN + FOOTED, waivers={"stated-as-counted": "as printed"})
    assert frozen(full, PLAN + FOOTED).bundle == made.bundle
    (event,) = full.ledger.history("report/march")
    (footed,) = event.event.body["crossfoot"]
    assert (footed["rule"], footed["waiver"]) == ("stated-as-counted", "as printed")
    verdict = verified(full, made.bundle)
    (check,) = [one for one in verdict.checks if one.what == "the cross-footing rules"]
    assert (check.outcome, "as printed" in check.detail) == (NOTED, True)
    assert "as printed" in read_container(made.bundle).files["README.txt"].decode()
    audited = audit_folder(full.folder.path, bundles=[made.bundle])
    assert audited.failures == ()


def test_the_audit_runs_the_rules_again(full, monkeypatch):
    """A publisher whose own command says that every rule holds."""
    full.state_figure(value=9)
    hiding = lambda *given, **options: (Footed("stated-as-counted", 1, (), None),)  # noqa: E731
    monkeypatch.setattr("api.freeze.foot", hiding)
    made = frozen(full, PLAN + FOOTED)
    assert verified(full, made.bundle).exit_code == 0
    (failure,) = audit_folder(full.folder.path, bundles=[made.bundle]).failures
    assert failure.rule == "cross-footing"
    assert "0 breaks are stated; there are 1 with 1" in failure.message


def test_a_waiver_is_of_the_breaks_that_its_reason_is_about(full):
    full.state_figure(value=9)
    waived = '[[crossfoot.waive]]\nrule = "stated-as-counted"\nreason = "as printed"\nbreaks = 1\n'
    plan = PLAN.replace('"march"', '"one"', 1) + FOOTED + waived
    assert frozen(full, plan).figures[0].value == 6
    full.state_figure(value=8, ref="2")
    with pytest.raises(Rejected, match="8 stated"):
        frozen(full, plan.replace('"one"', '"two"', 1))


def test_a_waiver_of_what_holds_and_a_publication_nobody_recorded_are_refused(full):
    with pytest.raises(Invalid, match="nothing to waive"):
        frozen(full, waivers={"part-within-whole": "x"})
    with pytest.raises(Invalid, match="publication 'A publication': unknown"):
        frozen(full, PLAN + FOOTED)
    full.state_figure(value=6)
    assert frozen(full, PLAN + FOOTED).figures[0].value == 6


def test_a_report_is_frozen_at_an_earlier_index_and_then_only_there(full):
    size = full.ledger.recorder.tree_size()
    full.record(sex="female")
    made = frozen(full, size=size)
    assert (made.ledger.size, made.figures[0].value) == (size, 6)
    assert frozen(full, size=size).bundle == made.bundle
    assert frozen(full).bundle == made.bundle
    with pytest.raises(Conflict, match="frozen already"):
        frozen(full, size=size + 1)
    assert verified(full, made.bundle).exit_code == 0


def test_a_claim_is_named_with_its_lines_and_one_figure_alone_is_judged(full):
    raw = published(full).bundle
    files = read_container(raw).files
    claim = json.loads(files["members/women.jsonl"].splitlines()[0])["id"]
    found = verified(full, raw, claim=claim[6:14]).counted_in
    assert found.claim == claim
    assert [one.figure for one in found.counted] == ["civilians", "massacres", "women"]
    at = raw.index(files["members/civilians.jsonl"]) + 5
    changed = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
    assert verified(full, changed).exit_code == 1
    alone = verified(full, changed, figure="women")
    assert alone.exit_code == 0
    assert {one.figure for one in alone.failures} == {"civilians"}
    assert verified(full, changed, figure="civilians").exit_code == 1
    # In a figure that does not hold nobody is said to be counted.
    counted = verified(full, changed, claim=claim).counted_in
    assert [one.figure for one in counted.counted] == ["massacres", "women"]
