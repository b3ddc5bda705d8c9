"""`sijill demo --all`: what five reports tell beside the toll of March, as claims where they give
cases and as stated figures elsewhere, and how it all stands side by side.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from api import tables
from api.casefile import read_claims
from api.cli.output import print_table, say
from api.desk import Desk
from api.document import compose_document, read_document
from api.questions import Filters, Questions
from api.reconcile import Chosen, Covered, beside_claims, reconcile
from api.record import read_records
from api.story import story, story_tables
from api.tables import Table, Value, verdict_words
from domain.measures import DOCUMENTED
from ledger.signer import Signer

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
MARCH = EXAMPLES / "2020-03"
AFTER_THE_COAST = EXAMPLES / "2025-left-to-their-fate"
# The March report's own table of figures is in its case file.
OTHER_FIGURES = (
    MARCH / "further-figures.toml",
    *sorted(path for path in EXAMPLES.glob("*/stated-figures.toml") if path.parent != MARCH),
)

_DAYS = ("2018-12-31", "2020-03-18", "2020-03-31")
_HELD = "still-detained"
_CASES = "2025-03-10/2025-06-30"


class FiveReports:
    """The desk and the questions of the demo, after its March; `streams` are those of its refs."""

    def __init__(
        self, desk: Desk, ask: Questions, signers: Mapping[str, Signer], streams: Mapping[str, str]
    ) -> None:
        self._desk = desk
        self._ask = ask
        self._signers = signers
        self._streams = streams

    def persons(self) -> None:
        """What came before four deaths of the March report, linked to them."""
        document = read_document(MARCH / "persons.toml")
        led_to = {link.later for link in document.links}
        known = {ref: stream for ref, stream in self._streams.items() if ref in led_to}
        notes = compose_document(self._desk, document, self._signers["documenter-1"], known)
        receipt = self._desk.ledger.accept_all(notes, whole=True)
        last = self._desk.ledger.recorder.tree_size() - 1
        unlinked = str(last - len(document.links))
        say(
            f"{len(document.records)} claims of what came before, or beside, the deaths of March: "
            "four arrests, two wounded, one missing. Five of them ended in a death that is "
            f"recorded already, and {len(document.links)} signed events link them to it."
        )
        assert receipt.checkpoint is not None
        rows = []
        for day in _DAYS:
            counted = [self._held(day, at) for at in (unlinked, None)]
            rows.append((day, *counted[0], *counted[1]))
        columns = ("at the end of", "held", "perhaps", "held, once linked", "perhaps, once linked")
        numeric = frozenset(columns[1:])
        print_table(
            Table("Still detained or missing", columns, tuple(rows), numeric, self._state())
        )
        say(
            "Perhaps: who may have been held and may have been dead. Nobody knows on which day "
            "between the arrest and 19 March 2020 the three brothers died, and the count says so. "
            "The deaths themselves are counted as before, once each."
        )
        rules = self._ask.as_of(None).rules
        for table in story_tables(story(self._ask, self._streams["T-001"]), rules):
            print_table(table)

    def _held(self, day: str, at: str | None) -> tuple[int, int]:
        answer = self._ask.toll(Filters(measure=_HELD, on=day, at=at))
        return answer["total"], answer["possible"]

    def _state(self) -> str:
        state = self._ask.as_of(None)
        return f"ledger {state.origin} at {state.size} entries, root {state.root[:12]}…"

    def cases(self) -> None:
        """The cases that a report of 2025 counts, one claim each."""
        written = read_claims(AFTER_THE_COAST / "claims.csv")
        notes = [
            self._desk.compose_record(one.record, self._signers[one.author])[0] for one in written
        ]
        self._desk.ledger.accept_all(notes, whole=True)
        say(
            f"Left to Their Fate counts {len(notes)} cases and describes none of them on its "
            "page: each is a claim of which the kind, and where it says so the sex and the age, "
            "are known, and everything else is unknown."
        )

    def stated(self) -> int:
        """Record what the publications state; returns how many figures."""
        notes, publications = [], set()
        for path in OTHER_FIGURES:
            for record in read_records(path):
                publications.add(record.body["publication"])
                notes.append(self._desk.compose_record(record, self._signers["documenter-1"])[0])
        self._desk.ledger.accept_all(notes, whole=True)
        return len(publications)

    def beside(self) -> None:
        """The cases of 2025 beside what their report states of them."""
        state = self._ask.as_of(None)
        rows: list[tuple[Value, ...]] = []
        covered: Covered = {}
        for _, one in self._ask.stated(state):
            if one.publisher != "Syrians for Truth and Justice" or one.period != _CASES:
                continue
            # What its scope says in words, documented for the report, these claims are.
            claims = beside_claims(
                self._ask, state, one._replace(scope=None, basis=DOCUMENTED), covered
            )
            if claims["counted"] is not None:
                rows.append((one.label, one.value.best, claims["counted"], verdict_words(claims)))
        columns = ("10 March to the end of June 2025", "as stated", "as claims", "beside")
        print_table(
            Table(
                "Left to Their Fate: what it states, and what its cases add up to",
                columns,
                tuple(rows),
                frozenset(columns[1:3]),
                self._state(),
            )
        )
        say(
            "Torture is stated in cases and counted in persons, and one person can be in several "
            "cases: the numbers are set beside each other, and which is right is not said."
        )

    def reconciled(self, publications: int) -> None:
        """Every stated figure beside the others, and what no publication can mean."""
        answer = reconcile(self._ask, Chosen())
        say(
            f"{len(answer['figures'])} stated figures stand in the ledger now, each with its "
            f"sentence, of the March report and {publications} more publications. Stated figures "
            "are compared and never added to what the claims make."
        )
        rules = self._ask.as_of(None).rules
        shown, apart = of_one_time(answer)
        for table in tables.reconciliation_tables(shown, rules)[1:]:
            print_table(table)
        say(
            "How to read it: agree is the same number; can agree, that at least, nearly or more "
            "than leave room for both; differ, that one of the two is wrong, or both. Two figures "
            "are held against each other only where they count the same thing: where they do not, "
            "the table says in what they differ, and that is no contradiction. "
            f"{apart} more pairs are of different periods. sijill reconcile shows all of them, and "
            "every figure beside the claims."
        )


def of_one_time(answer: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """The pairs that are of one period, and how many are not."""
    subjects, apart = [], 0
    for subject in answer["subjects"]:
        pairs = [one for one in subject["pairs"] if "period" not in one["differs"]]
        apart += len(subject["pairs"]) - len(pairs)
        subjects.append(subject | {"pairs": pairs})
    return answer | {"subjects": subjects}, apart
