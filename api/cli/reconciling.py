"""`sijill reconcile`: stated figures beside one another and beside the claims."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.asking import At
from api.cli.output import Format, print_table, show
from api.cli.session import Session
from api.reconcile import Chosen, reconcile
from api.tables import reconciliation_tables


def add_to(app: typer.Typer) -> None:
    app.command("reconcile", rich_help_panel="Asking")(reconcile_figures)


def reconcile_figures(
    context: typer.Context,
    publisher: Annotated[
        list[str] | None,
        typer.Option("--publisher", help="any part of the publisher's name; repeatable"),
    ] = None,
    period: Annotated[
        str | None, typer.Option("--period", help="figures whose period touches this one (EDTF)")
    ] = None,
    measure: Annotated[
        str | None, typer.Option("--measure", help="one measure and its kin, such as deaths")
    ] = None,
    party: Annotated[str | None, typer.Option("--party", help="figures of one party")] = None,
    category: Annotated[
        str | None, typer.Option("--category", help="one category, such as women")
    ] = None,
    at: At = None,
) -> None:
    """Set stated figures beside one another and beside what the claims add up to.

    Example: sijill reconcile --period 2020-03 --measure deaths
    """
    session: Session = context.obj
    with session.questions() as ask:
        answer = reconcile(ask, Chosen(publisher or (), period, measure, party, category, at))
        rules = ask.as_of(at).rules
    tables = reconciliation_tables(answer, rules)
    show(session.form, answer, "figures", tables[0])
    if session.form is Format.TABLE:
        for table in tables[1:]:
            print_table(table)
