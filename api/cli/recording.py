"""`sijill record` and `sijill post`: new records, and finished notes from elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from api.cli.output import Format, complain, print_csv, print_json, say
from api.cli.session import Session, ask, describe
from api.desk import Desk, Done
from api.framing import read_notes, write_notes
from api.record import Record, read_record, read_records
from domain.errors import Invalid, NotFound, Rejected
from domain.rules import Rules
from ledger.signer import Signer

KeyName = Annotated[str, typer.Option("--key", help="the name of the key that signs")]
SignOnly = Annotated[
    Path | None,
    typer.Option("--sign-only", help="write the signed note here and post nothing"),
]
Keep = Annotated[
    Path | None,
    typer.Option("--receipt", help="keep the log's signed acceptance in this file"),
]


def add_to(app: typer.Typer) -> None:
    panel = "Documenting"
    app.command("record", rich_help_panel=panel)(record)
    app.command("post", rich_help_panel=panel)(post)


def record(
    context: typer.Context,
    key: KeyName,
    file: Annotated[
        Path | None, typer.Argument(help="a TOML file; asks at the terminal without one")
    ] = None,
    sign_only: SignOnly = None,
    receipt: Keep = None,
) -> None:
    """Record claims, incidents and stated figures from a TOML file, or by answering questions.

    Example: sijill record examples/claim.toml --key documenter-1
    """
    session: Session = context.obj
    if file is None and not sys.stdin.isatty():
        raise Invalid("name a TOML file; without a terminal nothing can be asked")
    records = None if file is None else read_records(file)
    with session.signing() if sign_only else session.desk() as desk:
        rules = desk.ledger.rules
        if records is None:
            records = [_ask(rules)]
        signer = session.signer(key)
        here = {one.ref: None for one in records if one.kind == "incident" and one.ref}
        for one in records:
            _resolved(one, here, desk).check(rules)
        notes = _compose(desk, records, signer)
        if sign_only is not None:
            keep_signed(session, notes, sign_only)
            return
        accepted = desk.ledger.accept_all(notes, whole=True)
    done = [Done(one, accepted) for one in accepted.outcomes if not isinstance(one, Rejected)]
    print_done(session, done, receipt)


def _compose(desk: Desk, records: list[Record], signer: Signer) -> list[bytes]:
    """Sign each; refs to incidents of the same file become their streams."""
    notes: list[bytes] = []
    refs: dict[str, str] = {}
    for one in records:
        note, head = desk.compose_record(_resolved(one, refs, desk), signer)
        notes.append(note)
        if one.kind == "incident" and one.ref:
            refs[one.ref] = head.stream
    return notes


def _resolved(record: Record, refs: Mapping[str, str | None], desk: Desk) -> Record:
    """The record with its incident's stream: a ref of the same file, or one in the ledger.

    An incident that is named whole may be signed but not posted yet: the ledger judges that.
    """
    incident = record.body.get("incident")
    if not isinstance(incident, str) or incident.startswith("incident/"):
        return record
    if incident in refs:
        stream = refs[incident]
    else:
        try:
            stream = desk.resolve(incident, "incident")
        except NotFound as error:
            raise NotFound(f"{record.where}.incident: {error}") from None
    return record._replace(body=record.body | {"incident": stream})


def _ask(rules: Rules) -> Record:
    """A claim by questions; an empty answer leaves unknown."""
    table: dict[str, object] = {}
    for field, vocabulary in (
        ("kind", "claim-kind"),
        ("sex", "sex"),
        ("age_group", "age-group"),
        ("status", "status"),
        ("profession", "profession"),
        ("cause", "cause"),
        ("weapon", "weapon"),
        ("origin", "governorate"),
    ):
        terms = rules.vocabulary(vocabulary)
        answer = _answer(f"{field} ({', '.join(terms)})", "killing" if field == "kind" else "")
        if answer:
            table[field] = answer
    for field in ("happened_on", "documented_on"):
        if answer := _answer(f"{field} (EDTF, such as 2020-03-05 or 2018-07/2020-03-19)"):
            table[field] = answer
    if governorate := _answer("governorate of the place (SY01 to SY14)"):
        district = _answer(f"district of the place ({_districts(rules, governorate)})")
        name = _answer("public name of the place")
        table["place"] = (
            {"governorate": governorate}
            | ({"district": district} if district else {})
            | ({"name": name} if name else {})
        )
    if mode := _answer(f"attribution ({', '.join(rules.vocabulary('attribution-mode'))})"):
        parties = _answer(f"parties, separated by spaces ({', '.join(rules.vocabulary('party'))})")
        table["attribution"] = {"mode": mode, "parties": parties.split()}
    table["person"] = {
        field: answer
        for field in ("name", "name_latin", "date_of_birth")
        if (answer := _answer(f"{field} (sealed)"))
    }
    kind = _answer(f"source ({', '.join(rules.vocabulary('source-kind'))})", "witness")
    table["sources"] = [{"kind": kind}]
    return read_record("claim", table, "answers")


def _districts(rules: Rules, governorate: str) -> str:
    """The districts of a governorate, as a question names them."""
    return ", ".join(
        f"{code} {one.en}"
        for code, one in rules.vocabulary("district").items()
        if one.parent == governorate
    )


def _answer(question: str, default: str = "") -> str:
    return ask(question, default=default, show_default=bool(default)).strip()


def post(
    context: typer.Context,
    files: Annotated[list[str], typer.Argument(help="finished notes; - is standard input")],
    receipt: Keep = None,
) -> None:
    """Post finished event notes: the signature is the credential, no author key is needed.

    Example: sijill post claim.note
    """
    session: Session = context.obj
    notes = [note for file in files for note in _notes(file)]
    with session.desk() as desk:
        outcome = desk.ledger.accept_all(notes)
    refused = [one for one in outcome.outcomes if isinstance(one, Rejected)]
    done = [Done(one, outcome) for one in outcome.outcomes if not isinstance(one, Rejected)]
    print_done(session, done, receipt)
    for number, one in enumerate(outcome.outcomes, 1):
        if isinstance(one, Rejected) and len(notes) > 1:
            complain(f"note {number}: {one}")
    if refused:
        raise refused[0]


def _notes(file: str) -> list[bytes]:
    """One note, or several, each after a line with its length in bytes."""
    raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    return read_notes(raw) if raw[:1].isdigit() else [raw]


def finish(
    session: Session, desk: Desk, note: bytes, sign_only: Path | None, receipt: Path | None
) -> None:
    """Post a composed note, or only write it down."""
    if sign_only is not None:
        keep_signed(session, [note], sign_only)
        return
    print_done(session, [desk.post(note)], receipt)


def keep_signed(session: Session, notes: list[bytes], file: Path) -> None:
    """Write signed notes down, to be posted from anywhere."""
    file.write_bytes(notes[0] if len(notes) == 1 else write_notes(notes))
    if session.form is Format.JSON:
        print_json({"signed": len(notes), "posted": 0, "file": str(file)})
    else:
        say(f"{len(notes)} signed, none posted: {file}")


def print_done(session: Session, done: list[Done], receipt: Path | None) -> None:
    """Say where each stands in the log, and only then keep the receipt: that could fail."""
    described = [describe(one) for one in done]
    if session.form is Format.JSON:
        print_json(described[0] if len(described) == 1 else described)
    elif session.form is Format.CSV:
        print_csv(
            [
                {name: one[name] for name in ("index", "received", "stream", "version")}
                for one in described
            ]
        )
    else:
        for one in done:
            accepted = one.accepted
            again = ", which was there before" if accepted.again else ""
            say(
                f"{accepted.stream} version {accepted.version}: index {accepted.log_index}, "
                f"received {accepted.received}{again}"
            )
    if receipt is not None and done and done[0].receipt.acceptance is not None:
        receipt.write_bytes(done[0].receipt.acceptance)
