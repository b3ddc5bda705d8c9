"""`sijill demo`: the March 2020 report, from its case file to a verified bundle and back."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from api import counts, tables
from api.casefile import CaseFile, Step, Written, read_case_file
from api.cli.contradictions import contradictions
from api.cli.five_reports import MARCH, FiveReports
from api.cli.output import Format, print_table, say
from api.cli.reporting import print_verdict
from api.cli.watched import two_witnesses
from api.cosign import ask_witnesses
from api.desk import Desk, found
from api.folder import Folder
from api.freeze import freeze
from api.publish import report_of
from api.questions import Filters, Questions
from api.record import Record
from api.tables import Table
from audit.verify import Asked, verify_bundle
from audit.web.build import build_page
from domain.errors import Invalid, Rejected
from ledger.note import VerifierKey
from ledger.signer import Signer

ORIGIN = "demo.sijill.example/march-2020"
REPORTS_READ = "2025-11-01T08:00:00+00:00"
AUTHORS = (
    ("documenter-1", "documenter"),
    ("documenter-2", "documenter"),
    ("reviewer-1", "reviewer"),
    ("publisher-1", "publisher"),
)
FOUNDED = datetime(2020, 4, 1, 8, 0, tzinfo=UTC)
CIVILIANS = ("status=civilian",)


def add_to(app: typer.Typer) -> None:
    app.command("demo")(demo)


class _Clock:
    """The demo's clock: it shows April 2020 and moves when it is told to, or read."""

    def __init__(self) -> None:
        self.time = FOUNDED

    def move_to(self, at: str) -> None:
        self.time = max(self.time, datetime.fromisoformat(at))

    def author(self) -> str:
        return self.time.strftime("%Y-%m-%dT%H:%M:%SZ")

    def ledger(self) -> str:
        self.time += timedelta(milliseconds=250)
        return self.time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def demo(
    folder: Annotated[
        Path | None, typer.Option("--dir", help="keep the ledger in this new folder")
    ] = None,
    stop_before_revisions: Annotated[
        bool, typer.Option(help="leave the ledger as it was when the report came out")
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="go on to the figures of five reports, side by side")
    ] = False,
) -> None:
    """Record, count, freeze, revise, trace and verify the March 2020 report.

    Example: sijill demo --dir march
    """
    if everything and stop_before_revisions:
        raise Invalid("--all goes on where --stop-before-revisions ends: choose one")
    with _place(folder) as place:
        demonstration = _Demo(Folder(place), stop_before_revisions, everything)
        log_key = demonstration.run()
        if folder is not None:
            say()
            say(f"The ledger is in {folder}. Ask it something:")
            say(f"  export SIJILL_LEDGER={folder} SIJILL_PASSPHRASE={_passphrase()}")
            say(f"  export LOG_KEY={log_key.key}")
            say("  sijill toll --documented 2020-03 --where status=civilian --by party")


@contextmanager
def _place(folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="sijill-demo-") as name:
        yield Path(name) / "ledger"


def _passphrase() -> str:
    return os.environ.get("SIJILL_PASSPHRASE", "demo")


class _Demo:
    def __init__(self, folder: Folder, stop_before_revisions: bool, everything: bool) -> None:
        self.folder = folder
        self.stop = stop_before_revisions
        self.everything = everything
        self.clock = _Clock()
        self.signers: dict[str, Signer] = {}
        self.streams: dict[str, str] = {}

    def run(self) -> Signer:
        """All of it, to the end or to where it was asked to stop; returns the log's key."""
        case = read_case_file(MARCH)
        say("sijill demo: the monthly report of March 2020, from its case file")
        say("Names are invented and sealed; the clock is a simulated one of April 2020.")
        if "SIJILL_PASSPHRASE" not in os.environ:
            say("SIJILL_PASSPHRASE is not set: the keys are encrypted with the passphrase “demo”.")
        log_key = self._found()
        ledger = self.folder.open_ledger([log_key], clock=self.clock.ledger)
        vault = self.folder.open_vault()
        registry = self.folder.open_registry(ledger)
        try:
            self.desk = Desk(ledger, vault, self.clock.author)
            self.ask = Questions(ledger, registry)
            self._enroll()
            self._record(case)
            self._count(case)
            self._contradict()
            if not self.stop:
                raw = self._freeze(case)
                self._revise(case.steps)
                self._watch()
                self._compare()
                self._trace()
                self._verify(raw)
                if self.everything:
                    self._tell_five_reports()
        finally:
            registry.close()
            vault.close()
            ledger.close()
        return log_key

    # --- 1: a ledger and its people

    def _found(self) -> Signer:
        _title("1. A ledger is founded, and four people are enrolled")
        log_key, self.roots = found(
            self.folder,
            ORIGIN,
            roots=3,
            threshold=2,
            passphrase=_passphrase(),
            log_passphrase=os.environ.get("SIJILL_LOG_PASSPHRASE", _passphrase()),
            clock=self.clock.ledger,
            at=self.clock.author(),
        )
        say("Two of three root keys signed the founding. Partners need one line, the log's key:")
        say(f"  {log_key.key}")
        return log_key

    def _enroll(self) -> None:
        for name, role in AUTHORS:
            signer = self.folder.new_key(name, _passphrase())
            self.desk.enroll(str(signer.key), [role], name, self.roots[:2])
            self.signers[name] = signer
        say("Each has a key of their own: " + ", ".join(name for name, _ in AUTHORS) + ".")

    # --- 2: the month

    def _record(self, case: CaseFile) -> None:
        _title("2. Two documenters record the month, claim by claim")
        for written in case.incidents:
            done = self.desk.record(written.record, self.signers[written.author])
            self.streams[written.record.ref] = done.stream
        notes: list[bytes] = []
        for written in case.claims:
            note, head = self._compose(written)
            self.streams[written.record.ref] = head.stream
            notes.append(note)
        notes += [self._compose(written)[0] for written in case.stated]
        receipt = self.desk.ledger.accept_all(notes, whole=True)
        say(
            f"{len(case.incidents)} incidents, {len(case.claims)} claims and {len(case.stated)} "
            f"stated figures, {len(notes) + len(case.incidents)} signatures. The log's checkpoint:"
        )
        assert receipt.checkpoint is not None
        for line in receipt.checkpoint.decode().splitlines():
            say(f"  {line}")

    def _compose(self, written: Written) -> tuple[bytes, Any]:
        record = self._resolved(written.record)
        return self.desk.compose_record(record, self.signers[written.author])

    def _resolved(self, record: Record) -> Record:
        incident = record.body.get("incident")
        if incident is None:
            return record
        return record._replace(body=record.body | {"incident": self.streams[incident]})

    # --- 3: what they add up to

    def _count(self, case: CaseFile) -> None:
        _title("3. What the claims add up to")
        self._toll(Filters("2020-03", where=CIVILIANS, by=["party"]))
        self._toll(Filters("2020-03", where=CIVILIANS, by=["party-group"]))
        self._toll(Filters("2020-03", where=["kind=torture-death"], by=["party-group"]))
        say("(Deaths due to torture count combatants too, so they stand beside the 145.)")
        self._toll(Filters("2020-03", where=[*CIVILIANS, "profession=medical"], by=["party"]))
        self._massacres(Filters("2020-03"))

    def _toll(self, asked: Filters) -> dict[str, Any]:
        answer = self.ask.toll(asked)
        print_table(counts.toll_table(answer, self.ask.as_of(None).rules))
        return answer

    def _massacres(self, asked: Filters) -> dict[str, Any]:
        answer = self.ask.massacres(asked)
        print_table(tables.massacres_table(answer, self.ask.as_of(None).rules))
        return answer

    # --- 4: what the report says of itself

    def _contradict(self) -> None:
        _title("4. The report's own figures, held against each other")
        for line in contradictions(self.ask):
            say(line)

    # --- 5: publication

    def _freeze(self, case: CaseFile) -> bytes:
        _title("5. The publisher freezes the report")
        self.clock.move_to("2020-04-01T18:00:00Z")
        frozen = freeze(
            self.desk.ledger,
            self.ask.registry,
            case.plan,
            self.signers["publisher-1"],
            self.clock.author(),
        )
        self.folder.keep_bundle(case.plan.name, frozen.bundle)
        print_table(
            Table(
                f"{case.plan.title.en}: frozen at {frozen.ledger.size} entries",
                ("figure", "value", "root of its members"),
                tuple((f.name, f.value, f.root) for f in frozen.figures),
                frozenset({"value"}),
            )
        )
        self.frozen_size = frozen.ledger.size
        say("Its cross-footing rules were run first. These break, and she signs why it is frozen:")
        for one in report_of(self.desk.ledger, case.plan.name).frozen.crossfoot or ():
            for contradiction in one.breaks:
                say(f"  ✗ {contradiction.sentence}")
            if one.waiver is not None:
                say(f"    {one.waiver}")
        say(
            "Each figure is a checkpoint over the people it counts. Bundle: "
            f"{len(frozen.bundle):,} bytes; ReportFrozen is entry {frozen.log_index}."
        )
        return frozen.bundle

    # --- 6: the fortnight after

    def _revise(self, steps: Iterable[Step]) -> None:
        _title("6. A fortnight of revisions, each signed, none erasing anything")
        for step in steps:
            self.clock.move_to(step.at)
            signer = self.signers[step.author]
            say(f"{step.at[:10]}  {step.author:12}  {self._take(step, signer):10}  {step.say}")
        try:
            self.desk.revise(
                self.streams["N-001"],
                "sex",
                "male",
                self.signers["reviewer-1"],
                reason_code="correction",
                reason="an attempt on a merged claim",
            )
        except Rejected as rejected:
            say("And what must not be done is refused, with its rule, and nothing is stored:")
            say(f"  {rejected}")

    def _take(self, step: Step, signer: Signer) -> str:
        """Do one step; returns the log indexes it got, in words."""
        if step.new is not None:
            record = self._resolved(step.new)
            done = self.desk.record(record, signer)
            self.streams[step.new.ref] = done.stream
            return f"at {done.accepted.log_index}"
        indexes = [self._happen(step, self.streams[thing], signer) for thing in step.things]
        return f"at {indexes[0]}" + (f"–{indexes[-1]}" if len(indexes) > 1 else "")

    def _happen(self, step: Step, stream: str, signer: Signer) -> int:
        body = dict(step.body)
        if "to" not in body:
            for name in ("into", "claim"):
                if name in body:
                    body[name] = self.streams[body[name]]
            return self.desk.say(stream, step.event, body, signer).accepted.log_index
        to = body["to"]
        if step.event == "AttributionChanged":
            to = {"confidence": None, **to}
        elif step.event == "IncidentAssigned":
            to = self.streams[to]
        done = self.desk.revise(
            stream,
            _FIELD[step.event](body),
            to,
            signer,
            reason_code=body["reason_code"],
            reason=body["reason"],
        )
        return done.accepted.log_index

    # --- 7: others watch

    def _watch(self) -> None:
        _title("7. Two partner organisations watch the log")
        with (
            tempfile.TemporaryDirectory(prefix="sijill-witnesses-") as name,
            two_witnesses(Path(name), self.desk.ledger.authority.log, _passphrase()) as policy,
        ):
            words = ask_witnesses(self.desk.ledger, policy).words
        size = self.desk.ledger.checkpoint().size
        for word in words:
            said = f"cosigned at {word.time}" if word.time else f"did not: {word.problem}"
            say(f"{word.witness}: {said}")
        say(
            f"Each runs by itself, and cosigns only what extends what it saw before. Whoever holds "
            f"this checkpoint of {size} entries knows: no entry of it was made up later, and none "
            "can be taken away without a trace. (Their clocks are real ones, not the demo's.)"
        )

    def _compare(self) -> None:
        _title("8. What moved, and what the report still says")
        before, rules = str(self.frozen_size - 1), self.ask.as_of(None).rules
        asked = Filters("2020-03", where=CIVILIANS, by=["party"])
        now = {row["party"]: row["deaths"] for row in self.ask.toll(asked)["rows"]}
        then = {
            row["party"]: row["deaths"] for row in self.ask.toll(asked._replace(at=before))["rows"]
        }
        rows = [
            (rules.label("party", party), then.get(party, 0), now.get(party, 0))
            for party in sorted(then.keys() | now.keys(), key=lambda one: -then.get(one, 0))
        ]
        rows.append(("total", sum(then.values()), sum(now.values())))
        columns = ("party", "as frozen", "now")
        numeric = frozenset(columns[1:])
        print_table(
            Table("Civilians documented killed in March 2020", columns, tuple(rows), numeric)
        )
        self._massacres(Filters())
        say(
            "The attack in Idleb is a massacre since the fifth victim is known to be a civilian. "
            "(It is invented, as the whole fortnight is: that five with 42 deaths come out is "
            "chance, and says nothing of the five with 42 that the report states.)"
        )

    # --- 9: from a figure to its events

    def _trace(self) -> None:
        _title("9. One figure, traced to its events")
        asked = Filters("2020-03", where=[*CIVILIANS, "party=syrian-regime-forces"])
        answer = self.ask.trace(asked)
        print_table(tables.trace_table(answer, self.ask.as_of(None).rules))
        last = answer["steps"][-1]["member"]
        print_table(tables.history_table(self.ask.history(last)))

    # --- 10: somebody who trusts nobody

    def _verify(self, raw: bytes) -> None:
        _title("10. A partner verifies the frozen report offline, with the log's public key alone")
        log = [VerifierKey.parse(self.desk.ledger.authority.log)]
        verdict = verify_bundle(raw, log, asked=Asked(page=build_page()))
        print_verdict(Format.TABLE, verdict)
        at = raw.index(b"civilians-by-party\n145\n") + len(b"civilians-by-party\n")
        flipped = raw[:at] + b"144" + raw[at + 3 :]
        worse = verify_bundle(flipped, log)
        failed = next(check for check in worse.failures if check.figure)
        say()
        say("The same file with 145 changed to 144:")
        say(f"  NOT VERIFIED: {failed.file} (figure {failed.figure}): {failed.detail}")

    # --- 11 to 13: what five reports tell

    def _tell_five_reports(self) -> None:
        told = FiveReports(self.desk, self.ask, self.signers, self.streams)
        _title("11. What came before a death: persons over time")
        self.clock.move_to(REPORTS_READ)
        told.persons()
        _title("12. The cases of another report, one claim each")
        told.cases()
        publications = told.stated()
        told.beside()
        _title("13. Five reports, side by side")
        told.reconciled(publications)


# Which field of a claim each kind of revision is of.
_FIELD: dict[str, Callable[[dict[str, Any]], str]] = {
    "AttributionChanged": lambda body: "attribution",
    "DateRevised": lambda body: str(body["date"]),
    "IncidentAssigned": lambda body: "incident",
    "ClassificationRevised": lambda body: str(body["field"]),
    "CustodyStatusChanged": lambda body: "custody",
    "NarrativeRevised": lambda body: "narrative",
    "PlaceRevised": lambda body: str(body["place"]),
    "QuantityRevised": lambda body: str(body["quantity"]),
}


def _title(text: str) -> None:
    say()
    say(text)
    say("─" * len(text))
