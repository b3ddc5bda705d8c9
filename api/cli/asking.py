"""Questions that list: claims, histories, the checkpoint, the projections."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from api import tables
from api.cli.output import Format, harmless_text, print_csv, print_json, print_table, say, show
from api.cli.session import Session, passphrase, progress
from api.questions import Filters
from api.tables import Table
from domain.errors import Invalid
from domain.sealing import source_field

Documented = Annotated[
    str | None,
    typer.Option("--documented", help="a period by the date documented, such as 2020-03"),
]
Happened = Annotated[
    str | None, typer.Option("--happened", help="a period by the date it happened (EDTF)")
]
Where = Annotated[
    list[str] | None,
    typer.Option("--where", "-w", help="FACET=VALUE, or several values with commas; repeatable"),
]
By = Annotated[list[str] | None, typer.Option("--by", "-b", help="a facet to group by; repeatable")]
At = Annotated[
    str | None,
    typer.Option("--at", help="as it stood: just after a log index, or at a day or UTC time"),
]

projections = typer.Typer(
    help="The tables that questions are answered from. Example: sijill projections status",
    no_args_is_help=True,
)


def add_to(app: typer.Typer) -> None:
    for name, command in (
        ("claims", claims),
        ("claim", claim),
        ("history", history),
    ):
        app.command(name, rich_help_panel="Asking")(command)
    app.command("checkpoint", rich_help_panel="Ledger and keys")(checkpoint)
    app.add_typer(projections, name="projections", rich_help_panel="Ledger and keys")


def claims(
    context: typer.Context,
    documented: Documented = None,
    happened: Happened = None,
    where: Where = None,
    at: At = None,
    limit: Annotated[int, typer.Option(help="how many at most")] = 100,
    after: Annotated[str, typer.Option(help="begin after this claim")] = "",
) -> None:
    """List claims as they stand, or stood.

    Example: sijill claims --where party=russian-forces --limit 20
    """
    session: Session = context.obj
    with session.questions() as ask:
        asked = Filters(documented, happened, where or (), (), at)
        answer = ask.claims(asked, after=after, limit=limit)
        table = tables.claims_table(answer, ask.as_of(at).rules)
        show(session.form, answer, "claims", table)


def claim(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="ID", help="a claim, or incident/ID, estimate/ID, report/NAME")
    ],
    at: At = None,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="show sealed fields, with the vault's key")
    ] = False,
) -> None:
    """Show one claim as it stands, or stood.

    Example: sijill claim 1f0c9a44
    """
    session: Session = context.obj
    with session.questions() as ask:
        answer = ask.thing(ask.resolve(name), at)
    if reveal:
        if "person" not in answer["state"]:
            raise Invalid(f"{name} has no sealed fields: only claims have")
        _reveal(session, answer)
    show(
        Format.JSON if session.form is Format.CSV else session.form,
        answer,
        "",
        tables.thing_table(answer),
    )


def _reveal(session: Session, answer: dict[str, Any]) -> None:
    """Put the values of a claim's sealed fields, and of its sources' details, for their digests."""
    state = answer["state"]
    details = {
        source_field(one["id"]): one["detail"] for one in state["sources"] if "detail" in one
    }
    stated = {field: one["sealed"] for field, one in (state["person"] | details).items()}
    opened = session.folder.reveal(answer["id"], stated, passphrase)
    if session.form is Format.TABLE:
        opened = {field: harmless_text(value) for field, value in opened.items()}
    state["person"] |= {field: opened[field] for field in state["person"] if field in opened}
    for one in state["sources"]:
        if source_field(one["id"]) in opened:
            one["detail"] = opened[source_field(one["id"])]


def history(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="ID", help="a claim, or incident/ID, authority, rules, …")
    ],
    at: At = None,
) -> None:
    """Every event: index, time received, author, what changed, why, and that its signature holds.

    Example: sijill history 1f0c9a44
    """
    session: Session = context.obj
    with session.questions() as ask:
        answer = ask.history(ask.resolve(name), at)
    show(session.form, answer, "events", tables.history_table(answer))


def checkpoint(context: typer.Context) -> None:
    """The newest signed checkpoint: what the log commits to.

    Example: sijill checkpoint
    """
    session: Session = context.obj
    with session.reading() as ledger:
        ledger.checkpoint()  # verified before it is given out
        raw = ledger.cosigned_checkpoint()
    if session.form is Format.JSON:
        print_json({"checkpoint": raw.decode()})
    else:
        sys.stdout.write(raw.decode())


@projections.command("status")
def status(context: typer.Context) -> None:
    """How far the tables reflect the ledger, and a digest of each.

    Example: sijill projections status
    """
    session: Session = context.obj
    with session.questions() as ask:
        _print_digests(session, ask.registry.size, ask.registry.digests())


@projections.command("rebuild")
def rebuild(context: typer.Context) -> None:
    """Make every table anew from the ledger, and say whether it is what it was.

    Example: sijill projections rebuild
    """
    session: Session = context.obj
    with session.questions() as ask:
        before = ask.registry.digests()
        with progress("rebuilding") as moved:
            size = ask.registry.rebuild(moved)
        after = ask.registry.digests()
    _print_digests(session, size, after)
    if session.form is Format.TABLE:
        same = before == after
        say("Every table is what it was." if same else "THE TABLES DIFFER from what they were.")


def _print_digests(session: Session, size: int, digests: dict[str, tuple[int, str]]) -> None:
    rows = [
        {"table": name, "rows": count, "sha256": digest}
        for name, (count, digest) in digests.items()
    ]
    if session.form is Format.JSON:
        print_json({"size": size, "tables": rows})
    elif session.form is Format.CSV:
        print_csv(rows)
    else:
        cells = tuple((name, count, digest) for name, (count, digest) in digests.items())
        title = f"Projections of {size} entries"
        print_table(Table(title, ("table", "rows", "sha256"), cells, frozenset({"rows"})))
