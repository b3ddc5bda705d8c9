"""What an auditor attests to: a ledger that is sound, and a report's figures recounted from it.

Another person than who froze or published the report, once for each state of the ledger.
"""

from __future__ import annotations

from domain.errors import Rejected
from domain.life import Author, World
from domain.report import Attested, AuditAttested, FrozenFigure, Report, ReportFrozen


def check_attested(report: Report, fact: AuditAttested, author: Author, world: World) -> None:
    """Raises Rejected unless it is of a known state that holds this report, and of its figures."""
    if fact.ledger.size > world.size or world.root_at(fact.ledger.size) != fact.ledger.root:
        raise Rejected(
            "unknown-state",
            f"this ledger has no state of {fact.ledger.size} entries with that root",
            where="body.ledger",
        )
    if fact.frozen != report.frozen.ledger:
        raise Rejected(
            "another-state",
            f"the report was frozen at {report.frozen.ledger.size} entries, with the root "
            f"{report.frozen.ledger.root}",
            where="body.frozen",
        )
    if fact.ledger.size <= report.publisher.log_index:
        raise Rejected(
            "another-state",
            f"the first {fact.ledger.size} entries do not hold the report, which is entry "
            f"{report.publisher.log_index}",
            where="body.ledger",
        )
    if fact.entries != fact.ledger.size or fact.signatures < fact.entries:
        raise Rejected(
            "wrong-count",
            f"an audit checks every one of {fact.ledger.size} entries, and at least one signature "
            "of each",
            where="body.entries",
        )
    _check_recounted(report.frozen, fact.figures)
    _check_auditor(report, fact, author, world)


def _check_recounted(frozen: ReportFrozen, figures: tuple[FrozenFigure, ...]) -> None:
    if figures != frozen.figures:
        stated = {one.name: one for one in figures}
        apart = [one.name for one in frozen.figures if stated.get(one.name) != one]
        raise Rejected(
            "wrong-figures",
            "the figures are those that were frozen, in their order: "
            + (f"{apart[0]} is left out or differs" if apart else "there are no others"),
            where="body.figures",
        )


def _check_auditor(report: Report, fact: AuditAttested, author: Author, world: World) -> None:
    for earlier in (report.publisher, *report.published):
        if is_same_person(author, earlier, world):
            raise Rejected(
                "second-person",
                f"{world.holder(author.key)} froze or published it, with {earlier.key}: another "
                "person attests to it",
            )
    for one in report.attested:
        if one.ledger == fact.ledger and is_same_person(author, one.author, world):
            raise Rejected(
                "attested-already",
                f"{world.holder(author.key)} attested to this report as of {fact.ledger.size} "
                f"entries already, as entry {one.author.log_index}",
                where="body.ledger",
            )


def evolve_attested(report: Report, fact: AuditAttested, author: Author) -> Report:
    """The report with one more auditor who attested to it."""
    return report._replace(attested=(*report.attested, Attested(author, fact.ledger)))


def is_same_person(author: Author, earlier: Author, world: World) -> bool:
    """Whether two acts are one person's: by the same key, or by two keys of one holder."""
    return author.key == earlier.key or world.holder(author.key) == world.holder(earlier.key)
