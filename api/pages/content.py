"""A report as a page shows it, in one language: what was verified, by whose keys, and its figures.

Plain text and numbers only: `html.py` and `report.typ` set the same content, each in its way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from api.pages.figures import Shown, show_figure
from api.pages.words import NOT_PROVED, ltr, number, words
from audit.bundle import CHECKPOINT
from audit.policy import Policy
from audit.verdict import FAILS, POLICY, SKIPPED, Check, ShownFigure, Verdict
from audit.verify import Opened
from domain.errors import Invalid, SijillError
from domain.phrases import period_phrase, point_phrase
from domain.report import Correction, FigureChange, Footed, ReportFrozen
from domain.report_events import REPORT_EVENTS
from domain.rules import ACCEPTED
from ledger.checkpoint import parse_checkpoint
from ledger.cosignature import cosigned_at, describe_time
from ledger.entry import Entry, parse_entry
from ledger.note import VerifierKey, parse_note

_CORRECTED = "ReportCorrected"


class Note(NamedTuple):
    """A heading and what stands under it."""

    title: str
    lines: tuple[str, ...]


class Reader(NamedTuple):
    """Whom the reader trusts: whoever makes the page verifies with these keys."""

    trust: Sequence[VerifierKey]
    policy: Policy


class Content(NamedTuple):
    """A report in one language. `stamp` stands on every page of what did not verify.

    `proof` says by whose keys and as of when; `failing` are the checks that do not hold, in the
    verifier's words; `notes` what the publisher says of corrections and of cross-footing.
    """

    language: str
    name: str
    identity: str
    title: str
    period: str
    status: str
    superseded: bool
    verified: bool
    verdict: str
    stamp: str
    proof: tuple[str, ...]
    failing: tuple[str, ...]
    narrative: tuple[str, ...]
    figures: tuple[Shown, ...]
    notes: tuple[Note, ...]
    not_proved: tuple[str, ...]
    how: tuple[str, ...]


class _Act(NamedTuple):
    """An entry of the report's stream, by its index in the log."""

    place: int
    entry: Entry


def read_content(
    opened: Opened,
    verdict: Verdict,
    language: str,
    reader: Reader,
) -> Content:
    """What a page of this bundle says; raises Invalid when too little of it can be read."""
    chain, said = opened.chain, words(language)
    report, rules = chain.report, chain.rules
    if report is None or rules is None:
        raise Invalid("the report's entry or its rules cannot be read: there is nothing to show")
    acts = [act for act in _acts(opened.files) if act.entry.event.stream == f"report/{chain.name}"]
    listed = report.massacres
    figures = tuple(
        show_figure(one, opened.files, rules, language, listed=listed in (None, one.name))
        for one in _in_order(opened, report)
    )
    command = f"sijill verify {chain.name}.sijill --trust KEY"
    failing = [one for one in verdict.checks if one.outcome in (FAILS, SKIPPED)]
    made = said["checks" if failing else "checks-hold"]
    counts = made.format(made=len(verdict.checks), failed=len(failing))
    return Content(
        language,
        chain.name,
        verdict.report,
        getattr(report.title, language),
        "" if report.period is None else _period(report.period, language),
        said[f"status-{verdict.status}"],
        verdict.status == "superseded",
        verdict.verified,
        said[_verdict_word(verdict)],
        "" if verdict.verified else said["stamp"],
        (counts, *_proof(opened, report, acts, language, reader)),
        tuple(map(_failing, failing)),
        () if report.narrative is None else getattr(report.narrative, language),
        figures,
        tuple(_notes(opened, report, acts, language)),
        NOT_PROVED[language],
        (
            said["check-bundle"].format(command=ltr(command)),
            said["check-receipt"],
            said["check-code"],
        ),
    )


def _in_order(opened: Opened, report: ReportFrozen) -> list[ShownFigure]:
    """The figures in the order of the report; what it does not name comes last."""
    places = {one.name: place for place, one in enumerate(report.figures)}
    return sorted(opened.figures, key=lambda one: places.get(one.name, len(places)))


def _verdict_word(verdict: Verdict) -> str:
    if verdict.verified:
        return "verified"
    return "policy" if verdict.exit_code == POLICY else "not-verified"


def _acts(files: Mapping[str, bytes]) -> Iterator[_Act]:
    """The entries of reports in log order; one that cannot be read is told by the verdict."""
    for name in sorted(files):
        if name.startswith("report/") and name.endswith(".entry"):
            try:
                index = int(name.removeprefix("report/").removesuffix(".entry"))
                yield _Act(index, parse_entry(files[name]))
            except (SijillError, ValueError):
                continue


def _proof(
    opened: Opened,
    report: ReportFrozen,
    acts: Sequence[_Act],
    language: str,
    reader: Reader,
) -> Iterator[str]:
    """By whose keys, and as of when."""
    said, chain = words(language), opened.chain
    checkpoint = opened.files.get(CHECKPOINT, b"")
    if chain.log_key is not None:
        try:
            size = parse_checkpoint(parse_note(checkpoint).text).size
            yield said["log"].format(key=ltr(_name(chain.log_key)), size=number(size))
        except SijillError:
            pass
    yield said["trusted"].format(keys=", ".join(ltr(_name(one)) for one in reader.trust))
    signers = {_name(key) for key in chain.signers}
    for act in acts:
        kind = {"ReportFrozen": "frozen", "ReportPublished": "published"}.get(act.entry.event.type)
        if kind is not None and act.entry.signer in signers:
            yield said[kind].format(
                key=ltr(act.entry.signer), entry=act.place, received=ltr(act.entry.received)
            )
    yield said["counted-from"].format(size=number(report.ledger.size), origin=ltr(chain.origin))
    try:
        times = cosigned_at(parse_note(checkpoint), reader.policy.witnesses)
    except SijillError:
        return
    for key, seconds in times.items():
        yield said["witnessed"].format(key=ltr(_name(key)), time=ltr(describe_time(seconds)))


def _name(key: VerifierKey) -> str:
    return f"{key.name}+{key.key_id.hex()}"


def _failing(check: Check) -> str:
    place = " ".join(filter(None, (check.figure, check.file)))
    parts = (f"{place}: {check.what}" if place else check.what, check.outcome, check.detail)
    return " – ".join(filter(None, parts))


def _notes(
    opened: Opened, report: ReportFrozen, acts: Sequence[_Act], language: str
) -> Iterator[Note]:
    said = words(language)
    if report.corrects is not None:
        yield _correction(report.corrects, "corrects", language)
    yield from _superseded(opened, acts, language)
    if report.crossfoot:
        lines = [said["stated"].format(publication=one) for one in report.stated or ()]
        lines += [line for one in report.crossfoot for line in _footed(one, language)]
        yield Note(said["footing"], tuple(lines))


def _superseded(opened: Opened, acts: Sequence[_Act], language: str) -> Iterator[Note]:
    """By which report, if the verifier found that it is."""
    for act in acts:
        event = act.entry.event
        if event.type == _CORRECTED and event.body.get("by") == opened.chain.superseded_by:
            correction = REPORT_EVENTS[_CORRECTED].shape.read(event.body, "body", ACCEPTED)
            yield _correction(correction, "corrected", language)


def _correction(correction: Correction, word: str, language: str) -> Note:
    said = words(language)
    lines = [_change(one, language) for one in correction.changes]
    lines.append(said["reason"].format(reason=correction.reason))
    if correction.events:
        lines.append(said["events"].format(events=", ".join(map(str, correction.events))))
    return Note(said[word].format(report=ltr(correction.report)), tuple(lines))


def _change(change: FigureChange, language: str) -> str:
    said = words(language)
    was, now = (said["none"] if one is None else number(one) for one in (change.was, change.now))
    # A number may stay what it was while those whom it counts were revised.
    kind = "revised" if was == now else "change"
    return said[kind].format(figure=ltr(change.figure), was=was, now=now)


def _footed(one: Footed, language: str) -> Iterator[str]:
    said = words(language)
    if not one.breaks:
        yield said["footing-holds"].format(rule=ltr(one.rule), compared=one.compared)
        return
    yield said["footing-broken"].format(rule=ltr(one.rule), waiver=one.waiver)
    yield from (found.sentence for found in one.breaks)


def _period(period: str, language: str) -> str:
    return period_phrase(period, language) if "/" in period else point_phrase(period, language)
