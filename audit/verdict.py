"""What a verification found: every check in its order, and what no check of this kind can prove."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from domain.report import FrozenFigure

VERIFIED, NOT_VERIFIED, UNUSABLE = 0, 1, 2  # exit codes
POLICY = 3  # all holds, but fewer witnesses than the reader asks for
CONFLICT = 4  # two histories of one log

HOLDS, FAILS, SKIPPED = "holds", "fails", "not checked"
NOTED = "take note"  # true, and the reader should know it: nothing fails by it
SOUND = (HOLDS, NOTED)

NOT_PROVED = (
    "that a figure is true: only that this publisher stated it, over these lines, from this ledger",
    "that the lines are all that the ledger held and are given as it held them: an audit of the "
    "whole ledger recounts them (sijill audit)",
    "that nothing came later: a correction of the report, a revocation of a key; ask the "
    "organisation for its newest checkpoint",
)


class Check(NamedTuple):
    """One check. `key` is whose signature it rests on, `as_of` the state or time it speaks of."""

    what: str
    outcome: str
    detail: str = ""
    file: str = ""
    figure: str = ""
    key: str = ""
    as_of: str = ""

    def to_json(self) -> dict[str, Any]:
        return {name: value for name, value in self._asdict().items() if value != ""}


class ShownFigure(NamedTuple):
    """A figure as its note states it; `sentence` says in English and Arabic what is counted."""

    name: str
    value: int
    sentence: tuple[str, str]
    holds: bool

    def to_json(self) -> dict[str, Any]:
        return {
            "holds": self.holds,
            "name": self.name,
            "sentence": {"ar": self.sentence[1], "en": self.sentence[0]},
            "value": self.value,
        }


class CountedLine(NamedTuple):
    """Where a claim is counted: line `line` (from 1) of a figure's `value` lines."""

    figure: str
    line: int
    value: int
    facets: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        return self._asdict() | {"facets": dict(self.facets)}


class ClaimCounted(NamedTuple):
    """The figures in which a claim is counted, by their lines, and those in which it is not."""

    claim: str
    counted: tuple[CountedLine, ...]
    not_counted: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.claim,
            "counted_in": [one.to_json() for one in self.counted],
            "not_counted_in": list(self.not_counted),
        }


class Verdict(NamedTuple):
    """`report` is the identity `origin/reports/name`, empty when it could not be read.

    `status` is frozen, published or superseded, `counted_in` the answer to a question about one
    claim, `evidence` what convicts a log that showed two histories.
    """

    report: str
    title: tuple[str, str]
    checks: tuple[Check, ...]
    figures: tuple[ShownFigure, ...]
    exit_code: int
    status: str = ""
    counted_in: ClaimCounted | None = None
    evidence: bytes | None = None

    @property
    def failures(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.outcome not in SOUND)

    @property
    def noted(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.outcome == NOTED)

    @property
    def verified(self) -> bool:
        return self.exit_code == VERIFIED

    def to_json(self) -> dict[str, Any]:
        return {
            "checks": [check.to_json() for check in self.checks],
            "exit_code": self.exit_code,
            "figures": [figure.to_json() for figure in self.figures],
            "not_proved": list(NOT_PROVED),
            "report": self.report,
            "title": {"ar": self.title[1], "en": self.title[0]},
            "verified": self.verified,
        } | self._more()

    def _more(self) -> dict[str, Any]:
        more: dict[str, Any] = {"status": self.status} if self.status else {}
        if self.counted_in is not None:
            more["claim"] = self.counted_in.to_json()
        return more


def unusable(message: str, what: str = "the file is a bundle") -> Verdict:
    """The verdict on input that is no bundle at all, or not what it begins like."""
    check = Check(what, FAILS, message)
    return Verdict("", ("", ""), (check,), (), UNUSABLE)


class Failure(NamedTuple):
    """What fails. `log_index` is None for what is not about one entry."""

    log_index: int | None
    stream: str
    version: int
    rule: str
    message: str

    def to_json(self) -> dict[str, Any]:
        return {
            "index": self.log_index,
            "stream": self.stream,
            "version": self.version,
            "rule": self.rule,
            "message": self.message,
        }


class RecountedFigure(NamedTuple):
    """A report's figure that the entries make again; `closed` says what was not opened of it."""

    report: str
    figure: FrozenFigure
    closed: str


class AuditVerdict(NamedTuple):
    """`lines` say in words what was done; failures are in log order, at most MOST_FAILURES.

    `signatures` is how many were checked, `figures` what `recounted` has in words.
    """

    origin: str
    entries: int
    root: str
    checkpoints: int
    recounted: tuple[str, ...]
    failures: tuple[Failure, ...]
    exit_code: int
    lines: tuple[str, ...]
    signatures: int = 0
    figures: tuple[RecountedFigure, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "origin": self.origin,
            "ledger": {"size": self.entries, "root": self.root},
            "checkpoints": self.checkpoints,
            "signatures": self.signatures,
            "recounted": list(self.recounted),
            "failures": [failure.to_json() for failure in self.failures],
            "exit_code": self.exit_code,
            "sound": self.exit_code == VERIFIED,
        }


class Checks:
    """Collects checks in their order: each goes on to the next whatever it finds."""

    def __init__(self) -> None:
        self.made: list[Check] = []

    def holds(self, what: str, detail: str = "", **place: str) -> None:
        self.made.append(Check(what, HOLDS, detail, **place))

    def fails(self, what: str, detail: object, **place: str) -> None:
        self.made.append(Check(what, FAILS, str(detail), **place))

    def notes(self, what: str, detail: str = "", **place: str) -> None:
        self.made.append(Check(what, NOTED, detail, **place))

    def skips(self, what: str, detail: str, **place: str) -> None:
        self.made.append(Check(what, SKIPPED, detail, **place))
