"""What happens to reports: frozen, published by a second person, corrected, attested to."""

from __future__ import annotations

from typing import Any

from domain.attestation import check_attested, evolve_attested, is_same_person
from domain.errors import Rejected
from domain.event import Seen
from domain.fields import (
    SLUG,
    Shape,
    edtf,
    list_of,
    malformed,
    matching,
    nullable,
    one_of,
    sha256_base64,
    text,
    whole_number,
)
from domain.life import AUDITOR, FIRST, PUBLISHER, REASON_TEXT, Author, EventType, World
from domain.report import (
    CORRECTION_REASONS,
    FROZEN,
    PUBLISHED,
    SOUND,
    SUPERSEDED,
    AuditAttested,
    Break,
    Correction,
    FigureChange,
    Footed,
    FrozenFigure,
    Narrative,
    Report,
    ReportFrozen,
    ReportPublished,
    Title,
    changed_figures,
    describe_change,
)
from domain.rules import Rules

_slug = matching(SLUG, "1 to 64 lower-case letters, digits and inner hyphens")
_title: Shape[Title] = Shape(Title, {"en": text(300), "ar": text(300)})
_figure: Shape[FrozenFigure] = Shape(
    FrozenFigure,
    {
        "name": _slug,
        "value": whole_number(),
        "root": sha256_base64,
        "definition": sha256_base64,
        "rows": nullable(sha256_base64),
    },
)
_ledger: Shape[Seen] = Shape(Seen, {"size": whole_number(1), "root": sha256_base64})


def _object(shape: Shape[Any]) -> Any:
    def read(value: Any, where: str, rules: Rules) -> Any:
        if type(value) is not dict:
            raise malformed(where, "must be an object")
        return shape.read(value, where, rules)

    return read


def _correction(name: str) -> Shape[Correction]:
    """The shape of what a report corrects, or of what it is corrected by."""
    return Shape(
        Correction,
        {
            name: _slug,
            "changes": list_of(_object(_change), most=400),
            "events": list_of(whole_number(), most=1000),
            "reason_code": one_of(*CORRECTION_REASONS),
            "reason": REASON_TEXT,
        },
    )


def _check_frozen(report: None, fact: ReportFrozen, author: Author, world: World) -> None:
    if fact.ledger.size > world.size or world.root_at(fact.ledger.size) != fact.ledger.root:
        raise Rejected(
            "unknown-state",
            f"this ledger has no state of {fact.ledger.size} entries with that root",
            where="body.ledger",
        )
    names = [figure.name for figure in fact.figures]
    if len(set(names)) != len(names):
        raise Rejected("duplicate-figure", "a report names each figure once", where="body.figures")
    if fact.massacres is not None and fact.massacres not in names:
        raise Rejected(
            "unknown-figure",
            f"the list of massacres is that of a figure; {fact.massacres} is none of the report's",
            where="body.massacres",
        )
    _check_footed(fact.crossfoot or ())
    if fact.corrects is not None:
        _check_correction(fact, fact.corrects, world)


def _check_footed(crossfoot: tuple[Footed, ...]) -> None:
    rules = [one.rule for one in crossfoot]
    if rules != sorted(set(rules)):
        raise Rejected("malformed-field", "rules ascend, each once", where="body.crossfoot")
    for one in crossfoot:
        if len(one.breaks) > one.compared:
            raise Rejected(
                "malformed-field",
                f"{one.rule}: {len(one.breaks)} breaks of {one.compared} comparisons",
                where="body.crossfoot",
            )
        if one.breaks and one.waiver is None:
            raise Rejected(
                "cross-footing",
                f"{one.rule} does not hold: {one.breaks[0].sentence}; a publisher may waive it, "
                "with her reason",
                where="body.crossfoot",
            )
        if one.waiver is not None and not one.breaks:
            raise Rejected(
                "needless-waiver",
                f"{one.rule} holds: there is nothing to waive",
                where="body.crossfoot",
            )


def _check_correction(fact: ReportFrozen, stated: Correction, world: World) -> None:
    before: Report | None = world.state(f"report/{stated.report}")
    if before is None:
        raise Rejected(
            "unknown-report", f"{stated.report} is no report here", where="body.corrects.report"
        )
    if before.standing != PUBLISHED:
        what = (
            f"superseded already, by {before.superseded_by.report}: correct that one"
            if before.superseded_by is not None
            else "not published yet: what nobody was given needs no correction; freeze anew"
        )
        raise Rejected(
            f"report-{before.standing}", f"{stated.report} is {what}", where="body.corrects.report"
        )
    changes = changed_figures(before.frozen, fact)
    if not changes:
        raise Rejected(
            "no-change",
            f"every figure is what it was in {stated.report}: there is nothing to correct",
            where="body.corrects.changes",
        )
    if stated.changes != changes:
        raise Rejected(
            "wrong-changes",
            "the figures that differ are " + ", ".join(describe_change(one) for one in changes),
            where="body.corrects.changes",
        )
    _check_events(before.frozen, fact, stated.events, world.size)


def _check_events(
    before: ReportFrozen, after: ReportFrozen, events: tuple[int, ...], size: int
) -> None:
    where = "body.corrects.events"
    if list(events) != sorted(set(events)):
        raise Rejected("malformed-field", "indexes ascend, each once", where=where)
    if events and events[-1] >= size:
        raise Rejected(
            "unknown-entry",
            f"entry {events[-1]} does not exist: the log has {size} entries",
            where=where,
        )
    first, end = before.ledger.size, after.ledger.size
    apart = [index for index in events if not first <= index < end]
    if apart:
        raise Rejected(
            "entry-not-between",
            f"entry {apart[0]} moved nothing between the two reports: those between their states "
            f"are {first} to {end - 1}",
            where=where,
        )
    definitions = {one.name: one.definition for one in before.figures}
    moved = [
        one.figure
        for one in changed_figures(before, after)
        if any(
            one.figure == other.name and definitions.get(other.name) == other.definition
            for other in after.figures
        )
    ]
    if moved and not events:
        raise Rejected(
            "events-missing",
            f"{moved[0]} counts what it counted before: name the entries that moved it",
            where=where,
        )


def _evolve_frozen(report: None, fact: ReportFrozen, author: Author) -> Report:
    return Report(fact, FROZEN, author)


def _check_published(report: Report, fact: ReportPublished, author: Author, world: World) -> None:
    if report.standing == SUPERSEDED:
        raise Rejected("report-superseded", "this report was superseded: publish the newer one")
    if fact.figures != len(report.frozen.figures):
        raise Rejected(
            "wrong-count",
            f"the report has {len(report.frozen.figures)} figures",
            where="body.figures",
        )
    for earlier in (report.publisher, *report.published):
        _require_another(author, earlier, world, "froze or published it")
    for one in report.attested:
        _require_another(author, one.author, world, "attested to it as an auditor")
    corrects = report.frozen.corrects
    if corrects is None:
        return
    before: Report | None = world.state(f"report/{corrects.report}")
    if before is None or before.standing != PUBLISHED:
        newer = None if before is None else before.superseded_by
        if newer is None or f"report/{newer.report}" != world.stream:
            raise Rejected(
                "report-superseded",
                f"{corrects.report} was corrected by another report since: correct that one",
            )


def _require_another(author: Author, earlier: Author, world: World, did: str) -> None:
    """Two persons: neither the same key, nor another key of the same holder."""
    if is_same_person(author, earlier, world):
        raise Rejected(
            "second-person",
            f"{world.holder(author.key)} {did}, with {earlier.key}: a second person publishes, "
            "with her own key",
        )


def _evolve_published(report: Report, fact: ReportPublished, author: Author) -> Report:
    standing = PUBLISHED if report.standing == FROZEN else report.standing
    return report._replace(standing=standing, published=(*report.published, author))


def _check_corrected(report: Report, fact: Correction, author: Author, world: World) -> None:
    # Once, but for another person who vouches for the same correction: a key may be suspect later.
    if report.standing != PUBLISHED and report.superseded_by != fact:
        raise Rejected(
            f"report-{report.standing}", "only a published report is corrected, and once"
        )
    for earlier in report.corrected:
        _require_another(author, earlier, world, "said so already")
    newer: Report | None = world.state(f"report/{fact.report}")
    own = world.stream.partition("/")[2]
    if newer is None or newer.frozen.corrects is None or newer.frozen.corrects.report != own:
        raise Rejected(
            "unknown-report", f"{fact.report} is no correction of {own}", where="body.by"
        )
    if newer.standing != PUBLISHED:
        raise Rejected("report-frozen", f"{fact.report} is not published yet", where="body.by")
    if newer.frozen.corrects != fact._replace(report=own):
        raise Rejected(
            "wrong-changes", f"{fact.report} states the correction otherwise", where="body"
        )
    _require_another(author, newer.publisher, world, "froze the correction")


def _evolve_corrected(report: Report, fact: Correction, author: Author) -> Report:
    corrected = (*report.corrected, author)
    return report._replace(standing=SUPERSEDED, superseded_by=fact, corrected=corrected)


_paragraphs = list_of(text(4000), least=1, most=40)
_narrative: Shape[Narrative] = Shape(Narrative, {"en": _paragraphs, "ar": _paragraphs})
_break: Shape[Break] = Shape(
    Break, {"sentence": text(1000), "left": whole_number(), "right": whole_number()}
)
_footed: Shape[Footed] = Shape(
    Footed,
    {
        "rule": _slug,
        "compared": whole_number(),
        "breaks": list_of(_object(_break), most=200),
        "waiver": nullable(REASON_TEXT),
    },
)
_change: Shape[FigureChange] = Shape(
    FigureChange,
    {"figure": _slug, "from": nullable(whole_number()), "to": nullable(whole_number())},
)
_corrects = _correction("report")

_frozen: Shape[ReportFrozen] = Shape(
    ReportFrozen,
    {
        "title": _object(_title),
        "period": nullable(edtf),
        "ledger": _object(_ledger),
        "rules": whole_number(1),
        "figures": list_of(_object(_figure), least=1, most=200),
        "narrative": _object(_narrative),
        "massacres": _slug,
        "crossfoot": list_of(_object(_footed), most=100),
        "corrects": _object(_corrects),
        "stated": list_of(text(300), least=1, most=100),
    },
    frozenset({"narrative", "massacres", "crossfoot", "corrects", "stated"}),
)
_published: Shape[ReportPublished] = Shape(ReportPublished, {"figures": whole_number(1)})

_attested: Shape[AuditAttested] = Shape(
    AuditAttested,
    {
        "ledger": _object(_ledger),
        "frozen": _object(_ledger),
        "entries": whole_number(1),
        "signatures": whole_number(1),
        "figures": list_of(_object(_figure), least=1, most=200),
        "outcome": one_of(SOUND),
    },
)

_WRITERS = frozenset({PUBLISHER})
_AUDITORS = frozenset({AUDITOR})

REPORT_EVENTS = {
    event.name: event
    for event in (
        EventType("ReportFrozen", _WRITERS, _frozen, _check_frozen, _evolve_frozen, FIRST),
        EventType("ReportPublished", _WRITERS, _published, _check_published, _evolve_published),
        EventType(
            "ReportCorrected", _WRITERS, _correction("by"), _check_corrected, _evolve_corrected
        ),
        EventType("AuditAttested", _AUDITORS, _attested, check_attested, evolve_attested),
    )
}
