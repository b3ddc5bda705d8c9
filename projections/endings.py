"""What ended each claim: links to outcomes, merges, and what custody says, as they stand now.

Kept beside the fold's versions, because one claim's ending depends on how another stands: when the
later claim is retracted, merged or dated anew, the claims that lead to it are looked at again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from domain.kinds import HELD
from domain.outcome import Ending, Outcome, began_on, ending

MERGE = "merged"  # the relation of a merge, beside those of outcomes

# claim -> its standing, and the date at which it began
State = Callable[[str], tuple[str, str | None]]


class Held(NamedTuple):
    """What the events of a claim of a person held say of the arrest and the custody."""

    happened_on: str | None
    custody: dict[str, Any] | None

    @property
    def began_on(self) -> str | None:
        return began_on(HELD[0], self.happened_on, (self.custody or {}).get("detained_on"))


class Endings:
    """Outcomes and merges by the claim that has them; `held` only of persons held."""

    def __init__(self) -> None:
        self.outcomes: dict[str, Outcome] = {}
        self.merges: dict[str, str] = {}
        self.held: dict[str, Held] = {}
        self._leading: dict[str, set[str]] = {}  # claim -> the linked claims whose path it is on

    def know(self, links: Iterable[tuple[str, str, str]]) -> None:
        """Learn the links that stand: claim, relation, the claim that it leads to."""
        for claim, relation, target in links:
            if relation == MERGE:
                self.merges[claim] = target
            else:
                self.outcomes[claim] = Outcome(relation, target)
        for claim in self.outcomes:
            self._enter(claim)

    def links(self, claim: str) -> dict[str, str]:
        """The links of a claim as they stand: where each relation leads."""
        found = {}
        if claim in self.outcomes:
            found[self.outcomes[claim].relation] = self.outcomes[claim].claim
        if claim in self.merges:
            found[MERGE] = self.merges[claim]
        return found

    def forget(self, claim: str) -> None:
        """Before a claim is folded again from its stream."""
        self._set_outcome(claim, None)
        self._set_merge(claim, None)
        self.held.pop(claim, None)

    def take(self, claim: str, kind: str, body: dict[str, Any]) -> None:
        """Take an event of a claim; most bear on no ending."""
        if kind == "OutcomeLinked":
            self._set_outcome(claim, Outcome(body["relation"], body["claim"]))
        elif kind == "OutcomeUnlinked":
            self._set_outcome(claim, None)
        elif kind == "MergedInto":
            self._set_merge(claim, body["into"])
        elif kind == "Unmerged":
            self._set_merge(claim, None)

    def hold(self, claim: str, held: Held) -> None:
        self.held[claim] = held

    def leading_to(self, claim: str) -> list[str]:
        """The linked claims whose ending depends on how this one stands, in order."""
        return sorted(self._leading.get(claim, ()))

    def of(self, claim: str, kind: str, held: Held | None, state: State) -> Ending:
        """What ended a claim, as everything stands now."""

        def standing(name: str) -> tuple[str, str | None, str | None]:
            how, date = state(name)
            return how, self.merges.get(name), date

        custody = (held.custody if held is not None else None) or {}
        return ending(
            kind,
            self.outcomes.get(claim),
            custody.get("status"),
            custody.get("released_on"),
            standing,
        )

    def _set_outcome(self, claim: str, outcome: Outcome | None) -> None:
        self._leave(claim)
        if outcome is None:
            self.outcomes.pop(claim, None)
        else:
            self.outcomes[claim] = outcome
            self._enter(claim)

    def _set_merge(self, claim: str, into: str | None) -> None:
        leading = self.leading_to(claim)
        for one in leading:
            self._leave(one)
        if into is None:
            self.merges.pop(claim, None)
        else:
            self.merges[claim] = into
        for one in leading:
            self._enter(one)

    def _enter(self, claim: str) -> None:
        for step in self._path(claim):
            self._leading.setdefault(step, set()).add(claim)

    def _leave(self, claim: str) -> None:
        for step in self._path(claim):
            self._leading.get(step, set()).discard(claim)

    def _path(self, claim: str) -> Iterator[str]:
        """The later claim and those that it is merged into, one after another."""
        outcome = self.outcomes.get(claim)
        step = None if outcome is None else outcome.claim
        passed: set[str] = set()
        while step is not None and step not in passed:
            passed.add(step)
            yield step
            step = self.merges.get(step)
