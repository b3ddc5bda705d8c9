"""Attesting to a report: an auditor's signed word on a ledger that she audited and found sound."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from api.publish import report_of
from audit.verdict import AuditVerdict
from domain.errors import Conflict, Invalid
from domain.event import Seen
from domain.life import AUDITOR
from domain.report import SOUND
from domain.suspicion import SUSPECT
from ledger.author import Head, compose
from ledger.ledger import Ledger
from ledger.signer import Signer


def require_auditor(ledger: Ledger, name: str, signer: Signer) -> None:
    """Said before the work of an audit; the ledger judges it again.

    Raises NotFound for no such report, Conflict for one that only a suspect key froze, Invalid for
    a key that is not enrolled as an auditor.
    """
    if report_of(ledger, name).standing == SUSPECT:
        raise _refused(name, "it was frozen with a key that is suspect since")
    named = f"{signer.key.name}+{signer.key.key_id.hex()}"
    key = ledger.authority.keys.get(named)
    if key is None or key.revoked_at is not None or AUDITOR not in key.roles:
        raise Invalid(
            f"{named} is not enrolled as an auditor here: the root keys enrol one with "
            "sijill key enroll NAME --role auditor"
        )


def attest(ledger: Ledger, name: str, verdict: AuditVerdict, auditor: Signer, at: str) -> int:
    """Sign and record what an audit of this ledger found; returns the index of the entry.

    `at` is the auditor's clock. Raises Conflict unless the audit is sound and recounted every
    figure of the report in full, Rejected when the ledger refuses her.
    """
    body = attestation(ledger, name, verdict)
    found = ledger.stream(f"report/{name}")
    assert found is not None
    seen = Seen(body["ledger"]["size"], body["ledger"]["root"])
    note, _ = compose(
        Head.of(found), "AuditAttested", body, [auditor], ledger=ledger.origin, at=at, seen=seen
    )
    return ledger.accept(note)[0].log_index


def attestation(ledger: Ledger, name: str, verdict: AuditVerdict) -> dict[str, Any]:
    """The body of an AuditAttested; raises as `attest` does."""
    report = report_of(ledger, name)
    if verdict.exit_code or verdict.failures:
        raise _refused(name, "the audit did not find the ledger sound")
    size, root = verdict.entries, verdict.root
    if (
        verdict.origin != ledger.origin
        or size > ledger.recorder.tree_size()
        or b64encode(ledger.recorder.root_at(size)).decode() != root
    ):
        raise _refused(name, "another ledger was audited than the one to record it in")
    recounted = {one.figure: one.closed for one in verdict.figures if one.report == name}
    for figure in report.frozen.figures:
        if figure not in recounted:
            raise _refused(
                name, f"{figure.name} was not recounted: give the report's bundle with --bundle"
            )
        if recounted[figure]:
            raise _refused(
                name, f"{figure.name}: {recounted[figure]}: give its opening with --opening"
            )
    return {
        "ledger": {"size": size, "root": root},
        "frozen": report.frozen.ledger.to_json(),
        "entries": size,
        "signatures": verdict.signatures,
        "figures": [figure.to_json() for figure in report.frozen.figures],
        "outcome": SOUND,
    }


def _refused(name: str, why: str) -> Conflict:
    return Conflict(
        f"nothing is attested of {name}: {why}", version=1, signed_by="", where="report"
    )
