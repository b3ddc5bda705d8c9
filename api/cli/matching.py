"""`sijill duplicates` and `sijill review`: claims that may be of one person, and what they are."""

from __future__ import annotations

import sys
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api import tables
from api.cli.output import Format, complain, print_csv, print_json, print_table, say
from api.cli.recording import KeyName
from api.cli.session import Session, now, passphrase, progress
from api.desk import Desk
from api.matching.verdicts import Verdicts
from domain.authority import key_name
from domain.claim import Claim
from domain.errors import Invalid, Rejected
from domain.facets import UNKNOWN
from domain.life import OPEN, REVIEWER
from ledger.ledger import Ledger
from ledger.signer import Signer

if TYPE_CHECKING:
    from api.matching.linkage import Pair
    from api.matching.proposals import Proposals

Least = Annotated[
    float, typer.Option("--min-probability", help="leave out pairs that are less probable")
]
Lists = Annotated[
    list[str] | None,
    typer.Option("--list", help="compare only claims that cite this publication; repeatable"),
]
ShowNames = Annotated[
    bool, typer.Option("--show-names", help="show the sealed names, at a terminal only")
]

Reveal = Callable[[str], Mapping[str, str]]

# What the optional extra brings.
_EXTRA = ("splink", "duckdb", "pyarrow", "numpy", "rapidfuzz", "sqlglot")
_MERGES = {"d": "duplicate", "c": "corroboration"}
_KEYS = "[d]uplicate  [c]orroboration  [n]ot the same  [s]kip  [q]uit"


def add_to(app: typer.Typer) -> None:
    app.command("duplicates", rich_help_panel="Reviewing")(duplicates)
    app.command("review", rich_help_panel="Reviewing")(review)


def duplicates(
    context: typer.Context,
    least: Least = 0.9,
    limit: Annotated[int, typer.Option(help="how many pairs at most")] = 100,
    lists: Lists = None,
    show_names: ShowNames = False,
) -> None:
    """Propose pairs of claims that may be of one person, with probabilities and reasons.

    Needs the vault's passphrase. Example: sijill duplicates --min-probability 0.95
    """
    session: Session = context.obj
    if limit < 1:
        raise Invalid("limit: must be at least 1")
    if show_names:
        _require_terminal("--show-names", session)
    with session.reading() as ledger, session.folder.revealing(ledger, passphrase) as reveal:
        found = _propose(session, ledger, reveal, least, lists)
        state = _state(ledger)
        pairs = found.pairs[:limit]
        names = _names(reveal, pairs) if show_names else None
    answer = {
        "ledger": state,
        "compared": found.compared,
        "apart": found.apart,
        "more": len(found.pairs) - len(pairs),
        "pairs": [_describe(pair) for pair in pairs],
    }
    if session.form is Format.JSON:
        print_json(answer)
    elif session.form is Format.CSV:
        print_csv(
            [
                {
                    "probability": pair.probability,
                    "claim": pair.first.claim,
                    "other": pair.second.claim,
                    "because": pair.words,
                }
                for pair in pairs
            ]
        )
    else:
        print_table(tables.duplicates_table(answer, names))


def review(
    context: typer.Context,
    key: KeyName,
    least: Least = 0.9,
    lists: Lists = None,
    show_names: ShowNames = False,
    again: Annotated[
        bool, typer.Option("--again", help="show pairs again that were found to be two persons")
    ] = False,
) -> None:
    """Walk through proposed pairs, one key for each decision; every merge is a signed event.

    The claim that was recorded first stays. Skipped pairs come again the next time, pairs found to
    be two persons do not. Example: sijill review --key reviewer-1 --show-names
    """
    session: Session = context.obj
    _require_terminal("review", session)
    with (
        session.desk() as desk,
        session.folder.revealing(desk.ledger, passphrase) as reveal,
        closing(session.folder.open_verdicts()) as verdicts,
    ):
        signer = session.signer(key)
        _require_reviewer(desk, signer)
        found = _propose(session, desk.ledger, reveal, least, lists, again=again)
        review = Review(desk, signer, verdicts, reveal if show_names else None)
        for number, pair in enumerate(found.pairs, 1):
            if not review.decide(pair, f"{number} of {len(found.pairs)}"):
                break
    say(review.summary(len(found.pairs)))


class Review:
    """One sitting of a reviewer: what was decided so far."""

    def __init__(
        self, desk: Desk, signer: Signer, verdicts: Verdicts, reveal: Reveal | None
    ) -> None:
        self._desk = desk
        self._signer = signer
        self._verdicts = verdicts
        self._reveal = reveal
        self.merged = self.apart = self.passed = 0

    def decide(self, pair: Pair, place: str) -> bool:
        """Show a pair and do what is decided; False when the reviewer leaves.

        Claims that were merged or retracted since the pair was proposed are passed over.
        """
        claims = [self._desk.ledger.stream(one.claim) for one in (pair.first, pair.second)]
        states: list[Claim] = [claim.state for claim in claims if claim is not None]
        if any(state.standing != OPEN for state in states):
            self.passed += 1
            return True
        people = (pair.first, pair.second)
        heads = [f"{tables.short(one.claim)} #{one.number}" for one in people]
        names = [_name(self._reveal(one.claim)) for one in people] if self._reveal else []
        title = f"Pair {place}: probability {tables.probability(pair.probability)}"
        print_table(tables.pair_table(title, heads, states, self._desk.ledger.rules, names))
        say(f"Because: {pair.words}.")
        choice = _choose()
        if choice in _MERGES:
            self._merge(pair, _MERGES[choice])
        elif choice == "n":
            self._verdicts.set_apart(pair.claims, key_name(str(self._signer.key)), now())
            self.apart += 1
        return choice != "q"

    def _merge(self, pair: Pair, nature: str) -> None:
        probability = tables.probability(pair.probability)
        reason = f"proposed as one person, probability {probability}: {pair.words}"
        body = {"into": pair.first.claim, "nature": nature, "reason": reason}
        try:
            done = self._desk.say(pair.second.claim, "MergedInto", body, self._signer)
        except Rejected as error:
            # Somebody else was there first, perhaps: the sitting goes on.
            complain(str(error))
            return
        self.merged += 1
        say(f"{done.stream} merged into {pair.first.claim}: index {done.accepted.log_index}")

    def summary(self, proposed: int) -> str:
        left = proposed - self.merged - self.apart - self.passed
        return (
            f"{proposed} pairs proposed: {self.merged} merged, {self.apart} found to be two "
            f"persons, {left} left."
        )


def _choose() -> str:
    """One key, pressed once; what is none of the keys is asked again."""
    while True:
        say(_KEYS)
        try:
            pressed = typer.getchar().lower()
        except EOFError:
            return "q"
        if pressed in (*_MERGES, "n", "s", "q"):
            return pressed


def _require_terminal(what: str, session: Session) -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Invalid(f"{what}: only at a terminal, where names end on no disk")
    if session.form is not Format.TABLE:
        raise Invalid(f"{what}: takes no --format {session.form}")


def _require_reviewer(desk: Desk, signer: Signer) -> None:
    """Before a hundred decisions are made, not after."""
    key = desk.ledger.authority.keys.get(key_name(str(signer.key)))
    if key is None or key.revoked_at is not None or REVIEWER not in key.roles:
        raise Invalid(f"{signer.key.name}: only a key enrolled as reviewer merges claims")


def _propose(
    session: Session,
    ledger: Ledger,
    reveal: Reveal,
    least: float,
    lists: list[str] | None,
    *,
    again: bool = False,
) -> Proposals:
    try:
        from api.matching.proposals import proposals  # noqa: PLC0415 - an optional extra
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        raise Invalid(
            "comparing claims needs libraries that are not installed: pip install 'sijill[lists]'"
        ) from None
    apart = frozenset() if again else session.folder.apart()
    with progress("reading claims") as moved:
        return proposals(ledger, reveal, apart, moved, least=least, lists=lists or ())


def _state(ledger: Ledger) -> dict[str, Any]:
    checkpoint = ledger.checkpoint()
    root = b64encode(checkpoint.root).decode()
    return {"origin": checkpoint.origin, "size": checkpoint.size, "root": root}


def _describe(pair: Pair) -> dict[str, Any]:
    return {
        "probability": pair.probability,
        "claims": [pair.first.claim, pair.second.claim],
        "lists": [list(pair.first.lists), list(pair.second.lists)],
        "reasons": [reason._asdict() for reason in pair.reasons],
    }


def _names(reveal: Reveal, pairs: Sequence[Pair]) -> dict[str, str]:
    shown = {one.claim for pair in pairs for one in (pair.first, pair.second)}
    return {claim: _name(reveal(claim)) for claim in shown}


def _name(sealed: Mapping[str, str]) -> str:
    found = [sealed[field] for field in ("name", "name_latin") if field in sealed]
    # What was sealed was never judged: it may hold codes that a terminal obeys.
    return "".join(filter(str.isprintable, " / ".join(found))) or UNKNOWN
