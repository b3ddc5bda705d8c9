"""What belongs together: outcomes and the story that they tell, and the list of incidents."""

from __future__ import annotations

from typing import Annotated

import typer

from api import story as storytelling
from api.cli.asking import At, Happened, Where
from api.cli.output import Format, print_csv, print_json, print_table, show
from api.cli.recording import Keep, KeyName, SignOnly, finish
from api.cli.revising import Reason, ReasonCode
from api.cli.session import Session
from api.listing import incidents as list_incidents
from api.listing import incidents_table
from api.questions import Filters

Earlier = Annotated[
    str, typer.Argument(metavar="CLAIM", help="the earlier claim; its first 8 characters do")
]


def add_to(app: typer.Typer) -> None:
    app.command("outcome", rich_help_panel="Documenting")(outcome)
    app.command("unlink-outcome", rich_help_panel="Documenting")(unlink_outcome)
    app.command("story", rich_help_panel="Asking")(story)
    app.command("incidents", rich_help_panel="Asking")(incidents)


def outcome(
    context: typer.Context,
    claim: Earlier,
    relation: Annotated[
        str,
        typer.Argument(help="died, released, fate-revealed, continued, or same-death"),
    ],
    later: Annotated[str, typer.Argument(help="the later claim, which tells it")],
    key: KeyName,
    reason: Reason,
    sign_only: SignOnly = None,
    receipt: Keep = None,
) -> None:
    """Link a claim to the later one of the same person that tells what became of it.

    Examples: sijill outcome 1f0c9a44 died 77a0e3b2 --reason "the registry" --key documenter-1
    | sijill outcome 1f0c9a44 released 5b20d1ce --reason "the family" --key documenter-1
    """
    session: Session = context.obj
    with session.signing() if sign_only else session.desk() as desk:
        stream = desk.resolve(claim)
        body = {"relation": relation, "claim": desk.resolve(later), "reason": reason}
        signer = session.signer(key)
        note, _ = desk.compose(desk.head(stream), "OutcomeLinked", body, [signer])
        finish(session, desk, note, sign_only, receipt)


def unlink_outcome(
    context: typer.Context,
    claim: Earlier,
    key: KeyName,
    reason: Reason,
    reason_code: ReasonCode = "correction",
    sign_only: SignOnly = None,
    receipt: Keep = None,
) -> None:
    """Take back what a claim was linked to as its outcome.

    Example: sijill unlink-outcome 1f0c9a44 --reason "a namesake" --key reviewer-1
    """
    session: Session = context.obj
    with session.signing() if sign_only else session.desk() as desk:
        stream = desk.resolve(claim)
        note = desk.compose_unlinking(
            stream, session.signer(key), reason_code=reason_code, reason=reason
        )
        finish(session, desk, note, sign_only, receipt)


def story(
    context: typer.Context,
    claim: Annotated[
        str, typer.Argument(metavar="CLAIM", help="any claim of the person; 8 characters do")
    ],
    at: At = None,
) -> None:
    """Tell what happened to a person: all linked claims in order, and who signed what.

    Example: sijill story 1f0c9a44
    """
    session: Session = context.obj
    with session.questions() as ask:
        answer = storytelling.story(ask, ask.resolve(claim), at)
        rules = ask.as_of(at).rules
    if session.form is Format.JSON:
        print_json(answer)
    elif session.form is Format.CSV:
        print_csv(answer["moments"])
    else:
        for table in storytelling.story_tables(answer, rules):
            print_table(table)


def incidents(
    context: typer.Context,
    happened: Happened = None,
    where: Where = None,
    at: At = None,
    limit: Annotated[int, typer.Option(help="how many at most")] = 100,
    after: Annotated[str, typer.Option(help="begin after this incident")] = "",
) -> None:
    """List incidents as they stand, or stood; a massacre is among them if enough were killed.

    Example: sijill incidents --happened 2020-03 --where governorate=SY07
    """
    session: Session = context.obj
    with session.questions() as ask:
        asked = Filters(happened=happened, where=where or (), at=at)
        answer = list_incidents(ask, asked, after=after, limit=limit)
        show(session.form, answer, "incidents", incidents_table(answer, ask.as_of(at).rules))
