"""What an auditor's audit of a ledger lets her attest to, and what becomes of it."""

from base64 import b64encode

import pytest

from api.attest import attest, attestation, require_auditor
from api.freeze import freeze
from api.plan import read_plan
from api.publish import bundle_again, publish
from audit.container import read_container
from audit.publication import ATTESTED
from audit.replay import audit_folder
from audit.verify import verify_bundle
from domain.errors import Conflict, Invalid, Rejected
from ledger.note import VerifierKey
from tests.api.test_publish import AT, PLAN
from tests.audit.test_hidden_rows import PLAN as HIDING
from tests.office import Office


@pytest.fixture
def audited(office):
    """A frozen report, an auditor, and what her audit found."""
    auditor = office.signers["auditor-1"] = office.folder.new_key("auditor-1", "p")
    office.desk.enroll(str(auditor.key), ["auditor"], "Sami", office.roots[:2])
    incident = office.incident()
    for number in range(6):
        office.record(incident=incident, sex="female", age_group="adult" if number else "child")
    office.bundle = report(office, PLAN).bundle
    return office


def report(office, plan):
    first = office.signers["publisher-1"]
    return freeze(office.ledger, office.registry, read_plan(plan), first, AT)


def audit(office, *bundles, **more):
    trust = [VerifierKey.parse(office.ledger.authority.log)]
    return audit_folder(office.folder.path, trust, bundles=bundles or [office.bundle], **more)


def attesting(office, verdict=None, who="auditor-1"):
    verdict = verdict or audit(office)
    return attest(office.ledger, "march", verdict, office.signers[who], AT)


def again(office):
    ledger, first = office.ledger, office.signers["publisher-1"]
    return bundle_again(ledger, "march", office.bundle, first, ledger.recorder.tree_size())


def checks(office, raw):
    verdict = verify_bundle(raw, [VerifierKey.parse(office.ledger.authority.log)])
    assert verdict.verified, verdict.failures
    return [one for one in verdict.checks if one.what == ATTESTED]


def test_the_report_and_its_bundle_say_who_attested_to_which_state(audited):
    verdict = audit(audited)
    index = attesting(audited, verdict)
    (said,) = audited.ask.report("march")["state"]["attested"]
    assert said["ledger"] == {"size": verdict.entries, "root": verdict.root}
    assert said["author"]["log_index"] == index
    raw = again(audited)
    (check,) = checks(audited, raw)
    assert (check.outcome, check.file) == ("holds", f"report/{index:010}.entry")
    text = read_container(raw).files["README.txt"].decode()
    assert "Attested by Sami, an auditor" in text
    assert "شهد له Sami" in text
    assert checks(audited, audited.bundle) == []
    assert audit(audited, raw).failures == ()


def test_an_audit_says_so_when_other_signatures_were_stated(audited):
    verdict = audit(audited)
    attesting(audited, verdict._replace(signatures=verdict.signatures + 1))
    (failure,) = audit(audited).failures
    assert failure.rule == "wrong-count"
    assert f"the first {verdict.entries} entries have {verdict.signatures}" in failure.message


def test_what_the_audit_did_not_find_is_not_attested(audited, tmp_path):
    verdict = audit(audited)
    for wrong in (
        verdict._replace(exit_code=1),
        verdict._replace(figures=verdict.figures[1:]),
        verdict._replace(root=b64encode(bytes(32)).decode()),
        verdict._replace(entries=verdict.entries + 1),
        verdict._replace(origin="register.example/other"),
    ):
        with pytest.raises(Conflict, match="nothing is attested of march"):
            attestation(audited.ledger, "march", wrong)
    other = Office(tmp_path / "other")
    with pytest.raises(Conflict, match="another ledger"):
        attestation(audited.ledger, "march", audit(other, audited.bundle))
    other.close()


def test_rows_that_were_not_opened_are_not_attested(audited):
    for party in ("isis", "isis", "syrian-regime-forces", "syrian-regime-forces"):
        audited.record(attribution={"mode": "sole", "parties": [party]})
    audited.registry.catch_up()
    hidden = report(audited, HIDING)
    closed = audit(audited, hidden.bundle)
    with pytest.raises(Conflict, match="hidden rows not opened: give its opening"):
        attestation(audited.ledger, "small", closed)
    opened = audit(audited, hidden.bundle, openings=[hidden.opening])
    assert attestation(audited.ledger, "small", opened)["outcome"] == "sound"


def test_only_an_auditor_attests_and_who_published_is_none(audited):
    with pytest.raises(Invalid, match="not enrolled as an auditor"):
        require_auditor(audited.ledger, "march", audited.signers["publisher-1"])
    with pytest.raises(Rejected) as caught:
        attesting(audited, who="publisher-1")
    assert caught.value.rule == "role-missing"
    second = audited.folder.new_key("publisher-2", "p")
    audited.desk.enroll(str(second.key), ["publisher"], "Sami", audited.roots[:2])
    publish(audited.ledger, "march", audited.bundle, second, AT)
    with pytest.raises(Rejected) as caught:
        attesting(audited)
    assert caught.value.rule == "second-person"


def test_the_word_of_an_auditor_whose_key_is_suspect_does_not_count(audited):
    index = attesting(audited)
    revocation = {
        "vkey": str(audited.signers["auditor-1"].key),
        "reason_code": "compromised",
        "reason": "a laptop was taken",
        "suspect_from": index,
    }
    audited.desk.say("authority", "KeyRevoked", revocation, *audited.roots[:2])
    assert audited.ask.report("march")["state"]["attested"] == []
    raw = again(audited)
    (check,) = checks(audited, raw)
    assert check.outcome == "take note"
    assert "does not count" in check.detail
    assert "Attested" not in read_container(raw).files["README.txt"].decode()
