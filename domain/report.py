"""A report: frozen by one publisher, published by a second person, and never altered.

A correction is a report of its own, frozen and published like any other: it says which figures of
the one before changed, from what to what, why, and by which entries of the log. When it is
published the one before is told, in its own stream, that it was superseded.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from domain.event import Seen
from domain.life import Author

FROZEN = "frozen"
PUBLISHED = "published"
SUPERSEDED = "superseded"

SOUND = "sound"  # the one outcome of an audit that is attested

# Why a report is corrected.
CORRECTION_REASONS = ("late-documentation", "revision", "retraction", "error-in-report")


class Title(NamedTuple):
    en: str
    ar: str

    def to_json(self) -> dict[str, Any]:
        return {"ar": self.ar, "en": self.en}


class FrozenFigure(NamedTuple):
    """A figure's name, value (tree size), member root and definition hash (base64 SHA-256).

    `rows` is the RFC 6962 root over the texts of its row notes in their order, or None for a
    figure without rows.
    """

    name: str
    value: int
    root: str
    definition: str
    rows: str | None

    def to_json(self) -> dict[str, Any]:
        return dict(sorted(self._asdict().items()))


class Narrative(NamedTuple):
    """What the report says in words, paragraph by paragraph."""

    en: tuple[str, ...]
    ar: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {"ar": list(self.ar), "en": list(self.en)}


class Break(NamedTuple):
    """Where a cross-footing rule does not hold: in words, and the two numbers that disagree."""

    sentence: str
    left: int
    right: int

    def to_json(self) -> dict[str, Any]:
        return dict(sorted(self._asdict().items()))


class Footed(NamedTuple):
    """A cross-footing rule as the publisher ran it: how many comparisons, and which break it.

    `waiver` is her reason to publish all the same; a rule with a break needs one, no other has one.
    """

    rule: str
    compared: int
    breaks: tuple[Break, ...]
    waiver: str | None

    def to_json(self) -> dict[str, Any]:
        return {
            "breaks": [one.to_json() for one in self.breaks],
            "compared": self.compared,
            "rule": self.rule,
            "waiver": self.waiver,
        }


class FigureChange(NamedTuple):
    """A figure that a correction changed; None where the report did not have it."""

    figure: str
    was: int | None
    now: int | None

    def to_json(self) -> dict[str, Any]:
        return {"figure": self.figure, "from": self.was, "to": self.now}


class Correction(NamedTuple):
    """What a report corrects: another report, in which figures, by which entries, and why."""

    report: str
    changes: tuple[FigureChange, ...]
    events: tuple[int, ...]
    reason_code: str
    reason: str

    def to_json(self) -> dict[str, Any]:
        return {
            "changes": [one.to_json() for one in self.changes],
            "events": list(self.events),
            "reason": self.reason,
            "reason_code": self.reason_code,
            "report": self.report,
        }


class ReportFrozen(NamedTuple):
    """`ledger` is the state the figures were computed at, `rules` the version that counted.

    `massacres` names the figure whose members are the report's list of massacres, `stated` the
    publications whose stated figures the cross-footing rules were run over as well.
    """

    title: Title
    period: str | None
    ledger: Seen
    rules: int
    figures: tuple[FrozenFigure, ...]
    narrative: Narrative | None = None
    massacres: str | None = None
    crossfoot: tuple[Footed, ...] | None = None
    corrects: Correction | None = None
    stated: tuple[str, ...] | None = None


class ReportPublished(NamedTuple):
    """A second person's word; `figures` is how many she confirms."""

    figures: int


class AuditAttested(NamedTuple):
    """An auditor's word on a whole ledger, and on a report in it.

    `ledger` is the state that was audited, `frozen` the one the report was frozen at; `entries` and
    `signatures` are how many were checked, `figures` those of the report that were recounted.
    """

    ledger: Seen
    frozen: Seen
    entries: int
    signatures: int
    figures: tuple[FrozenFigure, ...]
    outcome: str


class Attested(NamedTuple):
    """Who attested to a report, and the state of the ledger that she audited."""

    author: Author
    ledger: Seen


class Report(NamedTuple):
    """`publisher` froze it, `published` are those who published it since, in their order,
    `corrected` those who said that it was superseded, and `attested` the auditors.
    """

    frozen: ReportFrozen
    standing: str
    publisher: Author
    published: tuple[Author, ...] = ()
    superseded_by: Correction | None = None
    corrected: tuple[Author, ...] = ()
    attested: tuple[Attested, ...] = ()


def changed_figures(was: ReportFrozen, now: ReportFrozen) -> tuple[FigureChange, ...]:
    """The figures whose value, members or definition differ, ascending by name.

    The rows follow from the members; their root differs in any case, since it names the report.
    """
    before = {one.name: one for one in was.figures}
    after = {one.name: one for one in now.figures}
    return tuple(
        FigureChange(
            name,
            before[name].value if name in before else None,
            after[name].value if name in after else None,
        )
        for name in sorted(before.keys() | after.keys())
        if _content(before.get(name)) != _content(after.get(name))
    )


def _content(figure: FrozenFigure | None) -> Any:
    return None if figure is None else figure._replace(rows=None)


def describe_change(change: FigureChange) -> str:
    was, now = (("none" if one is None else str(one)) for one in (change.was, change.now))
    # A number may stay what it was while those whom it counts were revised.
    same = " (revised within)" if was == now else ""
    return f"{change.figure} {was} → {now}{same}"
