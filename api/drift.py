"""What became of a report: each figure then and now, what moved it, and why a claim is in it.

A report's entry holds the hash of each definition; its words are in the bundle.
"""

from __future__ import annotations

from typing import Any

from api.feed import Entry, FeedOf, corrections_feed, entries_of
from api.questions import Questions
from audit.reports import read_definitions
from domain import canonical
from domain.errors import Invalid, NotFound
from domain.figure import Definition, read_definition, sentence
from domain.report import Correction, FrozenFigure, ReportFrozen
from domain.rules import Rules
from projections.history import happening
from projections.members import Member, members
from projections.trace import Step, trace
from projections.why import why
from projections.why_estimate import why_estimates
from projections.why_incident import why_incidents


class Followed:
    """A frozen report beside the ledger as it stands."""

    def __init__(self, ask: Questions, name: str, bundle: bytes) -> None:
        self._ask = ask
        self.name = name
        self.state = ask.as_of(None)
        events = ask.ledger.history(f"report/{name}")
        if not events:
            raise NotFound(f"report/{name} is not in this ledger")
        standing = ask.ledger.trusted(f"report/{name}")
        self.report: ReportFrozen = standing.frozen
        self.standing: str = standing.standing
        self.superseded_by: Correction | None = standing.superseded_by
        self.log_index = events[0].log_index
        # By the rules it was counted by: what they are now is another question.
        self.rules: Rules = ask.ledger.rules_at(self.report.ledger.size)
        self._definitions = read_definitions([bundle])

    def figure(self, name: str) -> tuple[FrozenFigure, Definition]:
        """A figure of the report with its definition; raises NotFound naming those there are."""
        for one in self.report.figures:
            if one.name == name:
                return one, self._definition(one)
        known = ", ".join(one.name for one in self.report.figures)
        raise NotFound(f"{self.name} has no figure {name!r}; it has {known}")

    def drift(self) -> dict[str, Any]:
        """Every figure then and now, and each event in between that moved it."""
        return {
            "ledger": self.state.to_json(),
            "report": self.name,
            "frozen": {"index": self.log_index, **self.report.ledger.to_json()},
            "status": self.standing,
            "corrects": _corrected(self.report.corrects),
            "superseded_by": _corrected(self.superseded_by),
            "figures": [self._moved(one) for one in self.report.figures],
        }

    def feed(self, link: str | None = None) -> bytes:
        """What became of the report as an Atom feed; `link` is where the feed is."""
        authority = self._ask.ledger.authority
        frozen, *later = (
            happening(one, authority) for one in self._ask.ledger.history(f"report/{self.name}")
        )
        title = (self.report.title.en, self.report.title.ar)
        of = FeedOf(self.state.origin, self.name, title, frozen.holder, frozen.received, link)
        life = [
            Entry(
                one.log_index,
                one.received,
                one.holder,
                f"{one.type}: {self.name}",
                f"Entry {one.log_index}: {one.change}.",
            )
            for one in later
        ]
        return corrections_feed(of, [*entries_of(self.drift()), *life])

    def why(self, figure: str, claim: str, size: int | None = None) -> dict[str, Any]:
        """Why a claim counts in a figure, or does not, as it was frozen or in another state."""
        _, definition = self.figure(figure)
        size = self.report.ledger.size if size is None else size
        met = why(self._ask.registry, definition, self.rules, size, claim)
        return {
            "claim": claim,
            "figure": f"{self.name}/{figure}",
            "size": size,
            "sentence": _sentences(definition, self.rules),
            "counts": all(one.holds for one in met),
            "conditions": [one.to_json() for one in met],
        }

    def trace(self, figure: str, *, after: str = "", limit: int | None = None) -> dict[str, Any]:
        """A figure's members as it was frozen, with what made them count, and its value since.

        `values` cover every state from the frozen one on: `value` in those of `from` to `to`
        entries. Members are ascending by id, those beyond `after`, at most `limit`.
        """
        frozen, definition = self.figure(figure)
        registry, size = self._ask.registry, self.report.ledger.size
        steps = trace(registry, definition, self.rules, self.state.size)
        page = [one for one in members(registry, definition, self.rules, size) if one.id > after]
        more = limit is not None and len(page) > limit
        page = page[:limit]
        later = [step for step in steps if step.log_index >= size]
        return {
            "ledger": self.state.to_json(),
            "figure": f"{self.name}/{figure}",
            "frozen": {"index": self.log_index, **self.report.ledger.to_json()},
            "sentence": _sentences(definition, self.rules),
            "then": frozen.value,
            "now": steps[-1].value if steps else 0,
            "values": _values(frozen.value, size, later, self.state.size),
            "steps": self._ask.written(later),
            "members": self._members(definition, page),
            "next": page[-1].id if more else None,
        }

    def _members(self, definition: Definition, page: list[Member]) -> list[dict[str, Any]]:
        ask, size = self._ask, self.report.ledger.size
        known = {}
        if definition.of_incidents:
            known = why_incidents(ask.registry, definition, self.rules, size)
        elif definition.of_estimates:
            known = why_estimates(ask.registry, definition, size)
        authority, found = ask.ledger.authority, []
        for one in page:
            met = known.get(one.id)
            if met is None:
                met = why(ask.registry, definition, self.rules, size, one.id)
            events = [event for event in ask.ledger.history(one.id) if event.log_index < size]
            more = {"claims": list(one.claims)} if one.claims else {}
            found.append(
                {
                    "member": one.id,
                    "index": one.log_index,
                    "row": [one.facets[facet] for facet in definition.by],
                    "events": [happening(event, authority).to_json() for event in events],
                    "conditions": [condition.to_json() for condition in met],
                    **more,
                }
            )
        return found

    def _moved(self, figure: FrozenFigure) -> dict[str, Any]:
        definition = self._definition(figure)
        registry, size = self._ask.registry, self.state.size
        steps = trace(registry, definition, self.rules, size)
        later = [step for step in steps if step.log_index >= self.report.ledger.size]
        return {
            "name": figure.name,
            "sentence": _sentences(definition, self.rules),
            "then": figure.value,
            "now": steps[-1].value if steps else 0,
            "steps": self._ask.written(later),
        }

    def _definition(self, figure: FrozenFigure) -> Definition:
        raw = self._definitions.get(figure.definition)
        if raw is None:
            raise Invalid(f"the bundle holds no definition of {figure.name}: is it this report's?")
        return read_definition(canonical.parse(raw), self.rules)


def _values(value: int, size: int, later: list[Step], end: int) -> list[dict[str, int]]:
    """The value in every state from `size` entries on, in runs."""
    runs, start = [], size
    for step in later:
        # Of the steps of one event the last one says where they lead.
        if step.log_index >= start:
            runs.append({"from": start, "to": step.log_index, "value": value})
            start = step.log_index + 1
        value = step.value
    return [*runs, {"from": start, "to": end, "value": value}]


def _corrected(correction: Correction | None) -> dict[str, Any] | None:
    """A correction as JSON; `report` is the one corrected, or the one that corrects."""
    return None if correction is None else correction.to_json()


def _sentences(definition: Definition, rules: Rules) -> dict[str, str]:
    return {language: sentence(definition, rules, language) for language in ("ar", "en")}
