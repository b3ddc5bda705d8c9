"""Who could sign what, what is suspect of it, and bringing that back with another key."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.output import Format, print_csv, print_json, print_table, say
from api.cli.recording import Keep, KeyName, print_done
from api.cli.revising import Reason
from api.cli.session import Session
from api.desk import Done
from api.prove import prove_keys
from api.questions import Questions
from api.tables import Table
from domain.authority import key_name
from domain.errors import Invalid, Rejected

_SUSPECT_COLUMNS = ("index", "stream", "version", "type", "signer", "since")

At = Annotated[
    str | None,
    typer.Option("--at", help="as it stood: just after a log index, or at a day or UTC time"),
]


def add_to(app: typer.Typer) -> None:
    for name, command in (("keys", keys), ("suspects", suspects)):
        app.command(name, rich_help_panel="Ledger and keys")(command)
    app.command("reaffirm", rich_help_panel="Reviewing")(reaffirm)


def keys(
    context: typer.Context,
    at: At = None,
    out: Annotated[
        Path | None,
        typer.Option(help="write the proof of all of it, for whoever holds the founding root keys"),
    ] = None,
) -> None:
    """Who could sign what, and when: root keys, log keys, and everybody who was ever enrolled.

    The file that --out writes is checked with sijill verify. Example: sijill keys --at 120
    """
    session: Session = context.obj
    if out is not None:
        if at is not None:
            raise Invalid("--out proves the newest state; leave --at out")
        with session.reading() as ledger:
            raw = prove_keys(ledger)
        out.write_bytes(raw)
        say(f"{out}: {len(raw)} bytes. Whoever holds the founding root keys follows them with:")
        say(f"  sijill verify {out} --trust ROOT_KEY --trust ROOT_KEY")
        return
    with session.questions() as ask:
        found = ask.keys(at)
    rows = list(_rows(found))
    if session.form is Format.JSON:
        print_json(found)
    elif session.form is Format.CSV:
        print_csv(rows)
    else:
        columns = tuple(rows[0])
        ledger_size = found["ledger"]["size"]
        cells = tuple(tuple(str(row[column]) for column in columns) for row in rows)
        title = f"Keys of {found['ledger']['origin']} in {ledger_size} entries"
        print_table(Table(title, columns, cells, note="indexes of the log; it is never the time"))


def _rows(found: dict[str, Any]) -> Any:
    """One row for each key and each stretch of the log in which it held."""
    for roots in found["root_sets"]:
        for vkey in roots["keys"]:
            signs = f"root, {roots['threshold']} of {len(roots['keys'])} together"
            yield _row(key_name(vkey), "", signs, "", roots["since"], roots["until"], "", "")
    for log in found["log_keys"]:
        name = key_name(log["vkey"])
        yield _row(name, "", "log", "", log["since"], log["until"], log["ended"], "")
    for key in found["keys"]:
        suspect = ", ".join(f"{first} to {end - 1}" for first, end in key["suspects"])
        if key["suspect_events"]:
            suspect += f" ({key['suspect_events']} events)"
        for one in key["enrolments"]:
            scope = one["scope"] or {}
            limits = [*(scope.get("governorates") or ()), *(scope.get("streams") or ())]
            yield _row(
                key["key"],
                one["holder"]["label"],
                ", ".join(one["roles"]),
                ", ".join(limits),
                one["since"],
                one["until"],
                one["revocation"],
                suspect if one is key["enrolments"][-1] else "",
            )


def _row(
    key: str,
    holder: str,
    signs: str,
    scope: str,
    since: int,
    until: int | None,
    ended: str | None,
    suspect: str,
) -> dict[str, object]:
    return {
        "key": key,
        "holder": holder,
        "may sign": signs,
        "only for": scope,
        "after": since,
        "until": "" if until is None else until,
        "ended": ended or "",
        "suspect": suspect,
    }


def suspects(context: typer.Context, at: At = None) -> None:
    """The events that count for nothing, because only keys revoked as suspect signed them.

    Example: sijill suspects
    """
    session: Session = context.obj
    with session.questions() as ask:
        found = ask.suspects(at)
    rows = found["events"]
    if session.form is Format.JSON:
        print_json(found)
    elif session.form is Format.CSV:
        print_csv(rows, _SUSPECT_COLUMNS)
    else:
        columns = _SUSPECT_COLUMNS
        cells = tuple(tuple(str(row[column]) for column in columns) for row in rows)
        note = f"{len(rows)} events; sijill reaffirm brings one back"
        print_table(Table("Suspect events", columns, cells, note=note))


def reaffirm(
    context: typer.Context,
    key: KeyName,
    reason: Reason,
    thing: Annotated[
        str | None, typer.Argument(metavar="THING", help="a claim, incident/ID or estimate/ID")
    ] = None,
    version: Annotated[
        list[int] | None, typer.Option(help="a version; every suspect one if none is named")
    ] = None,
    signed_by: Annotated[
        str | None, typer.Option(help="instead of one thing: all that this key signed, name+id")
    ] = None,
    receipt: Keep = None,
) -> None:
    """Vouch with another key for events that are suspect: they count again.

    Example: sijill reaffirm 1f0c9a44 --key reviewer-1 --reason "read again with the witness"
    """
    session: Session = context.obj
    if (thing is None) == (signed_by is None) or (version and thing is None):
        raise Invalid("name one thing, or --signed-by a key; --version goes with a thing")
    with session.questions() as ask:
        versions = _versions(ask, thing, version, signed_by)
    with session.desk() as desk:
        signer = session.signer(key)
        notes = [
            desk.compose(
                desk.head(stream), "Reaffirmed", {"versions": named, "reason": reason}, [signer]
            )[0]
            for stream, named in versions.items()
        ]
        accepted = desk.ledger.accept_all(notes, whole=True)
    done = [Done(one, accepted) for one in accepted.outcomes if not isinstance(one, Rejected)]
    print_done(session, done, receipt)


def _versions(
    ask: Questions, thing: str | None, version: list[int] | None, signed_by: str | None
) -> dict[str, list[int]]:
    """What is to be reaffirmed, by stream."""
    if thing is not None and version:
        return {ask.resolve(thing): sorted(set(version))}
    stream = None if thing is None else ask.resolve(thing)
    found: dict[str, list[int]] = {}
    for one in ask.suspects()["events"]:
        if one["stream"] == stream or one["signer"] == signed_by:
            found.setdefault(one["stream"], []).append(one["version"])
    # A report is not reaffirmed: it is frozen anew, by a key that is trusted.
    found = {name: named for name, named in found.items() if not name.startswith("report/")}
    if not found:
        raise Invalid(f"nothing of {thing or signed_by} is suspect: see sijill suspects")
    return found
