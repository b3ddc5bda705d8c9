"""Who froze a report, who published it, what it corrects, and what superseded it.

Read from the report's entries, which were judged before: each at its own index, by the ledger's
rules. What only suspect keys signed counts for nothing (docs/decisions/0006).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from audit.verdict import Checks
from domain.authority import Authority
from domain.report import (
    FROZEN,
    PUBLISHED,
    SUPERSEDED,
    AuditAttested,
    Correction,
    ReportFrozen,
    describe_change,
)
from domain.rules import Rules
from ledger.entry import split_entry
from ledger.note import VerifierKey, verifier

if TYPE_CHECKING:
    from audit.keychain import Replayed, ReportEntry

_FOOTING = "the cross-footing rules"
NEWEST = "it is the newest version"
ATTESTED = "an auditor attested to it"


class Chain(NamedTuple):
    """What the log side says; a member is None when it could not be had.

    `publisher` is the key that signed the report's first entry, and the figures' notes; `signers`
    are she and those who published it. `rules` are those in force at the frozen state,
    `report_file` is the first entry's file. `superseded_by` is the name of a report.
    """

    report: ReportFrozen | None
    name: str
    origin: str
    publisher: VerifierKey | None
    rules: Rules | None
    report_file: str
    signers: tuple[VerifierKey, ...] = ()
    status: str = ""
    superseded_by: str = ""
    log_key: VerifierKey | None = None


NO_CHAIN = Chain(None, "", "", None, None, "")


def check_publication(replayed: Replayed, name: str, checks: Checks, *, cut: bool = False) -> Chain:
    """The report of that name among the entries; without a name, the only one that is frozen."""
    what = "the report's entry is signed by a publisher"
    authority = replayed.authority
    opened = [one for one in replayed.reports if isinstance(one.fact, ReportFrozen)]
    chosen = [one for one in opened if not name or one.report == name]
    if len(chosen) != 1 or authority is None:
        checks.fails(what, f"{len(chosen)} sound entries that freeze it; there must be one")
        return NO_CHAIN
    (first,) = chosen
    report: ReportFrozen = first.fact
    key = authority.keys[first.signer]
    enrolled = key.at(first.log_index)
    checks.holds(
        what,
        f"enrolled for {enrolled.holder.label} at entry {enrolled.since}",
        file=first.file,
        key=first.signer,
        as_of=_when(first),
    )
    suspect = [
        f"{start} to {end - 1}" for start, end in key.suspects if start <= first.log_index < end
    ]
    if suspect:
        note = f"revoked later: what it signed at entries {suspect[0]} is suspect"
        checks.fails("the publisher's key is not suspect", note, file=first.file, key=first.signer)
    elif enrolled.revocation is not None:
        note = f"revoked later, at entry {enrolled.until} ({enrolled.revocation})"
        checks.holds("the publisher's key was not yet revoked", note, key=first.signer)
    seconds = [
        one
        for one in replayed.reports
        if one.report == first.report and one.type == "ReportPublished"
    ]
    published = _check_seconds(seconds, authority, checks)
    _check_attested(replayed, report, first, authority, checks)
    _check_footing(report, first, checks)
    if report.corrects is not None:
        told = describe_correction(report.corrects.report, report.corrects)
        checks.holds("what it corrects", told, file=first.file)
    newer = _superseded(replayed, first.report, authority, checks)
    return Chain(
        report,
        first.report,
        authority.origin,
        verifier(key.vkey),
        _rules(replayed, report, first, checks, cut=cut),
        first.file,
        tuple(verifier(authority.keys[one].vkey) for one in (first.signer, *published)),
        SUPERSEDED if newer else PUBLISHED if published else FROZEN,
        newer,
    )


def _check_seconds(
    seconds: Sequence[ReportEntry], authority: Authority, checks: Checks
) -> list[str]:
    """The keys of those who published it, without suspect ones."""
    what = "a second person published it"
    found = []
    for one in seconds:
        key = authority.keys[one.signer]
        if key.is_suspect(one.log_index):
            note = "revoked later, and suspect: that it was published does not count"
            checks.notes(what, note, file=one.file, key=one.signer)
            continue
        found.append(one.signer)
        enrolled = key.at(one.log_index)
        checks.holds(
            what,
            f"enrolled for {enrolled.holder.label} at entry {enrolled.since}",
            file=one.file,
            key=one.signer,
            as_of=_when(one),
        )
    if not found:
        checks.notes(what, "NOT PUBLISHED: frozen by one person, and by this checkpoint no more")
    return found


def _check_attested(
    replayed: Replayed,
    report: ReportFrozen,
    first: ReportEntry,
    authority: Authority,
    checks: Checks,
) -> None:
    """By which auditors, without suspect ones; that they are auditors was judged at each index."""
    for one in replayed.reports:
        if one.report != first.report or one.type != "AuditAttested":
            continue
        fact: AuditAttested = one.fact
        key = authority.keys[one.signer]
        place = {"file": one.file, "key": one.signer}
        if key.is_suspect(one.log_index):
            note = "revoked later, and suspect: this attestation does not count"
            checks.notes(ATTESTED, note, **place)
        elif (fact.frozen, fact.figures) != (report.ledger, report.figures):
            checks.fails(ATTESTED, "it is about other figures than the report's", **place)
        else:
            enrolled = key.at(one.log_index)
            checks.holds(
                ATTESTED,
                f"enrolled for {enrolled.holder.label} at entry {enrolled.since}: {fact.entries} "
                f"entries and {fact.signatures} signatures checked, {len(fact.figures)} figures "
                "recounted, sound; that rules were followed on this data, not that the data are "
                "true",
                **place,
                as_of=f"{fact.ledger.size} entries; {_when(one)}",
            )


def _check_footing(report: ReportFrozen, first: ReportEntry, checks: Checks) -> None:
    """What the publisher's entry says of the rules that she ran: a verifier does not run them."""
    ran = report.crossfoot or ()
    held = [one for one in ran if not one.breaks]
    if held:
        compared = sum(one.compared for one in held)
        checks.holds(
            _FOOTING,
            f"the publisher ran {len(ran)}: {len(held)} hold, over {compared} comparisons",
            file=first.file,
        )
    for one in ran:
        if one.breaks:
            told = "; ".join(found.sentence for found in one.breaks)
            checks.notes(
                _FOOTING, f"{one.rule} is BROKEN and waived ({one.waiver}): {told}", file=first.file
            )


def _superseded(replayed: Replayed, name: str, authority: Authority, checks: Checks) -> str:
    """The report that corrects this one, as its own stream says; empty for none that counts."""
    for one in replayed.reports:
        if one.report != name or one.type != "ReportCorrected":
            continue
        if authority.keys[one.signer].is_suspect(one.log_index):
            continue
        correction: Correction = one.fact
        checks.notes(
            NEWEST,
            f"SUPERSEDED: {describe_correction(correction.report, correction)}",
            file=one.file,
            key=one.signer,
            as_of=_when(one),
        )
        return correction.report
    return ""


def _rules(
    replayed: Replayed, report: ReportFrozen, first: ReportEntry, checks: Checks, *, cut: bool
) -> Rules | None:
    in_force = [adopted for at, adopted in replayed.rules if at < report.ledger.size]
    counted_by = in_force[-1] if in_force else None
    if cut or (counted_by is not None and counted_by.version == report.rules):
        return counted_by
    checks.fails(
        "the rules that counted were in force",
        f"the report names version {report.rules}; the bundle does not show it in force",
        file=first.file,
    )
    return None


def describe_correction(report: str, correction: Correction) -> str:
    """A correction in words: which report, what changed, by which entries, and why."""
    changes = ", ".join(map(describe_change, correction.changes))
    events = ", ".join(map(str, correction.events)) or "none"
    return f"{report}: {changes}; by entries {events}; {correction.reason}"


def _when(one: ReportEntry) -> str:
    return f"entry {one.log_index}, received {split_entry(one.entry)[0]}"
