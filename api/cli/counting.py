"""Questions that count: tolls, their members, massacres, and the trace of a number."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api import counts, geojson, tables
from api.cli.asking import At, By, Documented, Happened, Where
from api.cli.output import Format, print_json, show
from api.cli.session import Session
from api.cli.tracing import trace_figure
from api.questions import Filters
from domain.errors import Invalid

Measure = Annotated[
    str | None,
    typer.Option(help="deaths, detentions, still-detained, injuries, incidents, massacres, …"),
]
On = Annotated[
    str | None, typer.Option("--on", help="still-detained: the day at whose end, 2020-03-31")
]
Straddling = Annotated[
    str | None,
    typer.Option(help="dates across an edge: whole-interval, earliest, latest or possible"),
]
Joint = Annotated[str | None, typer.Option(help="joint attacks: own-row, each-party or shared")]
Level = Annotated[
    str | None, typer.Option(help="of the party tree: party (as attributed), top, or 2, 3, …")
]
Review = Annotated[str | None, typer.Option(help="at least reported, corroborated or verified")]


def add_to(app: typer.Typer) -> None:
    for name, command in (
        ("toll", toll),
        ("members", members),
        ("massacres", massacres),
        ("trace", trace),
    ):
        app.command(name, rich_help_panel="Asking")(command)


def toll(
    context: typer.Context,
    documented: Documented = None,
    happened: Happened = None,
    where: Where = None,
    by: By = None,
    at: At = None,
    measure: Measure = None,
    on: On = None,
    straddling: Straddling = None,
    joint: Joint = None,
    level: Level = None,
    review: Review = None,
    levels: Annotated[
        bool, typer.Option("--levels", help="at least verified, corroborated, reported, in a row")
    ] = False,
    boundaries: Annotated[
        Path | None,
        typer.Option(help="geojson: a GeoJSON file with the boundaries, each with its p-code"),
    ] = None,
    licence: Annotated[
        str | None, typer.Option(help="geojson: whose the boundaries are, under which licence")
    ] = None,
) -> None:
    """Count deaths, or another measure: by any facets, over any period, as of any index.

    Examples: sijill toll --documented 2020-03 --where status=civilian --by party
    | sijill toll --happened 2020-03 --straddling earliest --by party --level top --joint shared
    | sijill toll --documented 2025-03 --levels
    | sijill toll --measure still-detained --on 2020-03-31 --by party --at 234
    | sijill toll --by governorate --format geojson --boundaries FILE --licence "…"
    """
    session: Session = context.obj
    on_map = session.form is Format.GEOJSON
    if (boundaries is not None or licence is not None) and not on_map:
        raise Invalid("toll: --boundaries and --licence are for --format geojson")
    if (boundaries is None) != (not licence):
        raise Invalid("toll: --boundaries needs --licence, which names their source, and it them")
    if levels and on_map:
        raise Invalid("toll: --levels is a table of several numbers, and a map has one for a place")
    asked = Filters(
        *(documented, happened, where or (), by or (), at),
        *(measure, on, straddling, joint, level, review),
    )
    with session.questions() as ask:
        answer = ask.levels(asked) if levels else ask.toll(asked)
        rules = ask.as_of(at).rules
    if levels:
        show(session.form, answer, "rows", counts.levels_table(answer, rules))
        return
    if not on_map:
        show(session.form, answer, "rows", counts.toll_table(answer, rules))
        return
    vocabulary = geojson.vocabulary_of(answer)
    drawn, terms = geojson.boundaries_for(vocabulary, rules, boundaries, licence)
    print_json(geojson.feature_collection(answer, rules, drawn, terms))


def massacres(
    context: typer.Context,
    documented: Documented = None,
    happened: Happened = None,
    where: Where = None,
    by: By = None,
    at: At = None,
    straddling: Straddling = None,
    joint: Joint = None,
    level: Level = None,
    review: Review = None,
) -> None:
    """List the incidents in which enough were killed: derived, never entered.

    Example: sijill massacres --documented 2020-03
    """
    session: Session = context.obj
    with session.questions() as ask:
        answer = ask.massacres(
            Filters(
                *(documented, happened, where or (), by or (), at),
                *("massacres", None, straddling, joint, level, review),
            )
        )
        table = tables.massacres_table(answer, ask.as_of(at).rules)
        show(session.form, answer, "massacres", table)


def members(
    context: typer.Context,
    documented: Documented = None,
    happened: Happened = None,
    where: Where = None,
    by: By = None,
    at: At = None,
    measure: Measure = None,
    on: On = None,
    straddling: Straddling = None,
    joint: Joint = None,
    level: Level = None,
    review: Review = None,
    certainty: Annotated[
        str | None, typer.Option(help="definite: surely in the period; possible: only may be")
    ] = None,
    limit: Annotated[int, typer.Option(help="how many at most")] = 100,
    after: Annotated[str, typer.Option(help="begin after this member")] = "",
) -> None:
    """Who makes up a number: definite members, and those who may be, apart.

    Example: sijill members --happened 2020-03 --straddling earliest --certainty possible
    """
    session: Session = context.obj
    asked = Filters(
        *(documented, happened, where or (), by or (), at),
        *(measure, on, straddling, joint, level, review),
    )
    with session.questions() as ask:
        answer = ask.members(asked, certainty=certainty, after=after, limit=limit)
        table = counts.members_table(answer, ask.as_of(at).rules)
        show(session.form, answer, "members", table)


def trace(
    context: typer.Context,
    figure: Annotated[
        str, typer.Argument(metavar="[REPORT/FIGURE]", help="a figure of a frozen report")
    ] = "",
    documented: Documented = None,
    happened: Happened = None,
    where: Where = None,
    by: By = None,
    at: At = None,
    measure: Measure = None,
    on: On = None,
    straddling: Straddling = None,
    joint: Joint = None,
    level: Level = None,
    review: Review = None,
    after: Annotated[str, typer.Option(help="of a figure: begin after this member")] = "",
    limit: Annotated[
        int | None, typer.Option(help="of a figure: how many members at most; all if not given")
    ] = None,
    bundle: Annotated[
        Path | None, typer.Option(help="of a figure: the report's bundle, if it is not kept here")
    ] = None,
    imported: Annotated[
        str | None, typer.Option("--list", help="instead: what releases of this list changed")
    ] = None,
    start: Annotated[
        str | None, typer.Option("--from", help="with --list: after this release")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", help="with --list: up to this release")] = None,
) -> None:
    """The value over the log's history, and each event that moved it; or a list's releases.

    Of a figure of a report: its members as it was frozen, each with its events and why it counts,
    and its value in every state since.
    Examples: sijill trace --documented 2020-03 --where party=syrian-regime-forces
    | sijill trace march-2020/civilians --limit 20
    | sijill trace --list "A list" --from 2024-03 --to 2024-06
    """
    session: Session = context.obj
    declared = (measure, on, straddling, joint, level, review)
    filtered = any((documented, happened, where, by, *declared))
    if figure:
        if filtered or any((at, imported, start, end)):
            raise Invalid(f"{figure}: a figure is traced by its own definition; leave the rest out")
        trace_figure(session, figure, bundle, after, limit)
        return
    if after or limit is not None or bundle is not None:
        raise Invalid("--after, --limit and --bundle are for a figure: name one, REPORT/FIGURE")
    if imported is not None:
        if filtered:
            raise Invalid("trace: --list takes --from, --to and --at only")
        with session.questions() as ask:
            steps = ask.release_steps(imported, start, end, at)
        show(session.form, steps, "steps", tables.release_table(steps))
        return
    if start is not None or end is not None:
        raise Invalid("trace: --from and --to name releases of a --list")
    asked = Filters(
        *(documented, happened, where or (), by or (), at),
        *(measure, on, straddling, joint, level, review),
    )
    with session.questions() as ask:
        answer = ask.trace(asked)
        show(session.form, answer, "steps", tables.trace_table(answer, ask.as_of(at).rules))
