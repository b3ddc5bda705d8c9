"""`sijill audit --attest`: the auditor's word, signed and recorded after the audit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from api.attest import attest, require_auditor
from api.cli.session import Session, now
from audit.verdict import AuditVerdict
from domain.errors import Invalid
from ledger.note import VerifierKey
from ledger.signer import Signer


class Attesting:
    """An attestation that is asked for: of which report, and by whose key."""

    def __init__(self, session: Session, report: str, signer: Signer) -> None:
        self._session = session
        self._report = report
        self._signer = signer

    def record(self, verdict: AuditVerdict) -> int | None:
        """Sign and record it; returns the entry's index, or None when the ledger is not sound."""
        if verdict.exit_code:
            return None
        with self._session.desk() as desk:
            return attest(desk.ledger, self._report, verdict, self._signer, now())

    def told(self, index: int | None) -> str:
        """What became of it, in words."""
        if index is None:
            return f"Nothing is attested of {self._report}."
        return (
            f"Attested: {self._report}, index {index}. It says that the rules were followed on "
            "this data, not that the data are true.\nIts publisher puts it into the bundle: sijill "
            f"bundle {self._report} --key THEIR_KEY --out FILE"
        )


def attestation_asked(
    session: Session,
    folder: Path,
    report: str | None,
    key: str | None,
    trust: Sequence[VerifierKey],
) -> Attesting | None:
    """What the options ask for, None without them; raises Invalid before anything is audited."""
    if report is None and key is None:
        return None
    if report is None or key is None:
        raise Invalid("--attest REPORT and --key NAME go together: what is attested, and by whom")
    if not trust:
        raise Invalid("--attest: name with --trust the key by which you know whose ledger it is")
    there = session.at(folder)
    if not (folder / "ledger.db").is_file():
        raise Invalid(f"{folder} holds no ledger.db")
    signer = there.signer(key)
    with there.reading() as ledger:
        require_auditor(ledger, report, signer)
    return Attesting(there, report, signer)
