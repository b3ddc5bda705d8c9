"""What became of the person: an earlier claim is linked to the later one that tells it.

A detention that ended in a death, an injury of which somebody died, a disappearance resolved. Each
claim counts in the toll of its own kind; what is counted once is a death (two claims of one death
count as the later) and a person held (who is held no more once there is an outcome that stands).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any, NamedTuple

from domain.dates import parse_dates
from domain.errors import Rejected
from domain.fields import UUID4, Shape, matching, term
from domain.kinds import DEATHS, HELD, KINDS
from domain.life import (
    DOCUMENTER,
    MERGED,
    OPEN,
    REASON_TEXT,
    REVIEWER,
    Author,
    EventType,
    World,
    require_open,
)

DIED, RELEASED, FATE_REVEALED = "died", "released", "fate-revealed"
CONTINUED, SAME_DEATH = "continued", "same-death"
NO_OUTCOME = "none"

# relation -> kinds of the earlier claim, kinds of the later one
RELATIONS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    DIED: (
        (
            *HELD,
            *("fate-revealed", "attempted-killing", "injury", "torture", "sexual-violence"),
        ),
        DEATHS,
    ),
    RELEASED: ((*HELD, "torture", "sexual-violence"), ("release",)),
    FATE_REVEALED: (HELD, ("fate-revealed",)),
    CONTINUED: (HELD, HELD),
    SAME_DEATH: (DEATHS, DEATHS),
}
# A custody-status that is an outcome by itself, where no claim tells of it.
_BY_STATUS = {"released": RELEASED, "died": DIED}


class Outcome(NamedTuple):
    """The later claim that tells what became of the person, and how it follows."""

    relation: str
    claim: str

    def to_json(self) -> dict[str, Any]:
        return {"claim": self.claim, "relation": self.relation}


class Linking(NamedTuple):
    relation: str
    claim: str
    reason: str


class Unlinking(NamedTuple):
    claim: str
    reason_code: str
    reason: str


class Ending(NamedTuple):
    """What ended a claim as things stand: a relation or `none`, and its EDTF date if known."""

    relation: str = NO_OUTCOME
    on: str | None = None


_CLAIM = matching(rf"claim/{UUID4}", "claim/<uuid>")


def began_on(kind: str, happened_on: str | None, detained_on: str | None) -> str | None:
    """The EDTF date at which a violation began: of a person held, the arrest."""
    return detained_on if happened_on is None and kind in HELD else happened_on


def ending(
    kind: str,
    outcome: Outcome | None,
    custody_status: str | None,
    released_on: str | None,
    standing: Callable[[str], tuple[str, str | None, str | None]],
) -> Ending:
    """What ended a claim; `standing` gives of a claim its standing, what it is merged into, and
    its date.

    A link counts while the later claim, or the one that it is merged into, stands open. Without
    one, a person held is held until the custody's own status says otherwise.
    """
    if outcome is not None:
        on = _date_if_open(outcome.claim, standing)
        if on is not None:
            return Ending(outcome.relation, on[0])
    if kind in HELD and custody_status in _BY_STATUS:
        relation = _BY_STATUS[custody_status]
        return Ending(relation, released_on if relation == RELEASED else None)
    return Ending()


def counts_each_death_once(kinds: Collection[str] | None) -> bool:
    """Whether what counts these kinds of claims (None is all) leaves out those that are ended by
    SAME_DEATH: a death that another claim tells is counted by that one. A toll of torture deaths
    alone leaves none out, and one of all violations counts claims.
    """
    return kinds is not None and set(DEATHS) <= set(kinds)


def is_still_held(kind: str, ended: Ending) -> bool:
    """Whether a claim is of a person who is held, or whose fate is unknown, as things stand."""
    return kind in HELD and ended.relation == NO_OUTCOME


def _date_if_open(
    claim: str, standing: Callable[[str], tuple[str, str | None, str | None]]
) -> tuple[str | None] | None:
    passed: set[str] = set()
    name: str | None = claim
    while name is not None and name not in passed:
        passed.add(name)
        state, into, date = standing(name)
        if state == OPEN:
            return (date,)
        name = into if state == MERGED else None
    return None


def _check_linked(claim: Any, fact: Linking, author: Author, world: World) -> None:
    """One outcome, of one person, later and not earlier, and never in a circle."""
    require_open(claim, "claim")
    if claim.outcome is not None:
        raise Rejected(
            "outcome-exists",
            f"this claim has an outcome already, {claim.outcome.claim}; unlink it first",
            where="body.claim",
        )
    later = world.state(fact.claim)
    if later is None:
        raise Rejected("unknown-claim", f"{fact.claim} is not in this ledger", where="body.claim")
    if world.stream in _reached(fact.claim, world):
        raise Rejected(
            "outcome-cycle", f"{fact.claim} already leads to this claim", where="body.claim"
        )
    require_open(later, "claim")
    _check_kinds(fact.relation, claim.kind, later.kind)
    if claim.sex != later.sex and "unknown" not in (claim.sex, later.sex):
        raise Rejected(
            "another-person",
            f"one is {claim.sex} and the other {later.sex}; an outcome is of the same person",
            where="body.claim",
        )
    check_order(claim, later)


def check_order(claim: Any, later: Any) -> None:
    """What came of a violation cannot have happened before it began."""
    began, came = claim.began_on, later.began_on
    if began and came and parse_dates(came).last < parse_dates(began).first:
        raise Rejected(
            "outcome-before",
            f"the outcome happened {came}, but the claim not before {began}",
            where="body",
        )


def _check_unlinked(claim: Any, fact: Unlinking, author: Author, world: World) -> None:
    require_open(claim, "claim")
    if claim.outcome is None or claim.outcome.claim != fact.claim:
        linked = "none" if claim.outcome is None else claim.outcome.claim
        raise Rejected("from-mismatch", f"the outcome is {linked} now", where="body.claim")


def _evolve_linked(claim: Any, fact: Linking, author: Author) -> Any:
    return claim._replace(outcome=Outcome(fact.relation, fact.claim))


def _evolve_unlinked(claim: Any, fact: Unlinking, author: Author) -> Any:
    return claim._replace(outcome=None)


def check_merged(claim: Any, into: str, world: World) -> None:
    """What is one claim recorded twice has one outcome, and is not its own outcome."""
    target = world.state(into)
    if world.stream in _reached(into, world):
        raise Rejected(
            "outcome-cycle",
            f"{into} leads to this claim as its outcome; unlink that first, if they are one",
            where="body.into",
        )
    ours, theirs = claim.outcome, target.outcome
    if ours is None:
        return
    if theirs is None or _final(ours.claim, world) != _final(theirs.claim, world):
        raise Rejected(
            "outcome-lost",
            f"this claim has the outcome {ours.claim} and {into} has not; link that one to it "
            "first, or unlink this one",
            where="body.into",
        )


def _check_kinds(relation: str, earlier: str, later: str) -> None:
    known = RELATIONS.get(relation)
    if known is None:
        return  # a relation that an organisation added
    for kind, kinds, verb in ((earlier, known[0], "is of"), (later, known[1], "leads to")):
        # A kind that an organisation added may have any outcome and be any.
        if kind in KINDS and kind not in kinds:
            raise Rejected(
                "outcome-kinds",
                f"the outcome {relation} {verb} {', '.join(kinds)}, and not {kind}",
                where="body.relation",
            )


def _reached(claim: str, world: World) -> Iterator[str]:
    """Every claim that a claim leads to, itself first, over outcomes and merges."""
    passed: set[str] = set()
    waiting = [claim]
    while waiting:
        name = waiting.pop()
        state = world.state(name)
        if name in passed or state is None:
            continue
        passed.add(name)
        yield name
        if state.outcome is not None:
            waiting.append(state.outcome.claim)
        if state.merged_into is not None:
            waiting.append(state.merged_into)


def _final(claim: str, world: World) -> str:
    """The claim that a claim is merged into in the end, or itself."""
    passed: set[str] = set()
    while claim not in passed:
        passed.add(claim)
        state = world.state(claim)
        if state is None or state.merged_into is None:
            break
        claim = state.merged_into
    return claim


_linked: Shape[Linking] = Shape(
    Linking, {"relation": term("outcome"), "claim": _CLAIM, "reason": REASON_TEXT}
)
_unlinked: Shape[Unlinking] = Shape(
    Unlinking, {"claim": _CLAIM, "reason_code": term("revision-reason"), "reason": REASON_TEXT}
)
_writers = frozenset({DOCUMENTER, REVIEWER})

OUTCOME_EVENTS = (
    EventType("OutcomeLinked", _writers, _linked, _check_linked, _evolve_linked),
    EventType("OutcomeUnlinked", _writers, _unlinked, _check_unlinked, _evolve_unlinked),
)
