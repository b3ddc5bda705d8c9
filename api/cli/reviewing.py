"""A second pair of eyes: merge, retract, reinstate, corroborate, verify, challenge."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.recording import Keep, KeyName, SignOnly, finish
from api.cli.revising import Reason, ReasonCode
from api.cli.session import Session

Claim = Annotated[
    str, typer.Argument(metavar="CLAIM", help="a claim, or incident/ID; its first 8 characters do")
]
Sources = Annotated[list[str] | None, typer.Option("--source", help="a source's id")]


def add_to(app: typer.Typer) -> None:
    for name, command in (
        ("merge", merge),
        ("unmerge", unmerge),
        ("retract", retract),
        ("reinstate", reinstate),
        ("corroborate", corroborate),
        ("verify-claim", verify_claim),
        ("link-source", link_source),
        ("unlink-source", unlink_source),
        ("hit", hit),
        ("withdraw", withdraw),
        ("challenge", challenge),
        ("answer", answer),
    ):
        app.command(name, rich_help_panel="Reviewing")(command)


def _act(
    context: typer.Context,
    thing: str,
    event_type: str,
    body: dict[str, Any],
    *,
    key: str,
    sign_only: Path | None,
    receipt: Path | None,
) -> None:
    session: Session = context.obj
    with session.signing() if sign_only else session.desk() as desk:
        stream = desk.resolve(thing)
        if "into" in body:
            body["into"] = desk.resolve(body["into"], stream.partition("/")[0])
        note, _ = desk.compose(desk.head(stream), event_type, body, [session.signer(key)])
        finish(session, desk, note, sign_only, receipt)


def merge(
    context: typer.Context,
    claim: Claim,
    into: Annotated[str, typer.Argument(help="the claim that stays")],
    key: KeyName,
    reason: Reason,
    nature: Annotated[
        str, typer.Option(help="duplicate: one source twice; corroboration: independent sources")
    ] = "duplicate",
    sign_only: SignOnly = None,
    receipt: Keep = None,
) -> None:
    """Merge a claim into another: it counts nowhere until it is unmerged.

    Example: sijill merge 1f0c9a44 77a0e3b2 --reason "one photograph twice" --key reviewer-1
    """
    body = {"into": into, "nature": nature, "reason": reason}
    _act(context, claim, "MergedInto", body, key=key, sign_only=sign_only, receipt=receipt)


def unmerge(
    context: typer.Context,
    claim: Claim,
    key: KeyName,
    reason: Reason,
    reason_code: ReasonCode = "correction",
    sign_only: SignOnly = None,
    receipt: Keep = None,
) -> None:
    """Undo a merge.

    Example: sijill unmerge 1f0c9a44 --reason "two persons after all" --key reviewer-1
    """
    body = {"reason_code": reason_code, "reason": reason}
    _act(context, claim, "Unmerged", body, key=key, sign_only=sign_only, receipt=receipt)


def retract(
    context: typer.Context,
    claim: Claim,
    key: KeyName,
    reason: Reason,
    reason_code: Annotated[
        str, typer.Option(help="duplicate, alive, not-conflict-related, precautionary, …")
    ],
    sign_only: SignOnly = None,
    receipt: Keep = None,
) -> None:
    """Take a claim out of every count; nothing is deleted.

    Example: sijill retract 1f0c9a44 --reason-code alive --reason "seen by family" --key reviewer-1
    """
    body = {"reason_code": reason_code, "reason": reason}
    _act(context, claim, "Retracted", body, key=key, sign_only=sign_only, receipt=receipt)


def reinstate(
    context: typer.Context,
    claim: Claim,
    key: KeyName,
    reason: Reason,
    reason_code: ReasonCode = "new-evidence",
    sign_only: SignOnly = None,
    receipt: Keep = None,
) -> None:
    """Undo a retraction.

    Example: sijill reinstate 1f0c9a44 --reason "it was a namesake" --key reviewer-1
    """
    body = {"reason_code": reason_code, "reason": reason}
    _act(context, claim, "Reinstated", body, key=key, sign_only=sign_only, receipt=receipt)


def corroborate(
    context: typer.Context,
    claim: Claim,
    key: KeyName,
    reason: Reason,
    source: Sources = None,
    sign_only: SignOnly = None,
    receipt: Keep = None,
) -> None:
    """Grade a claim as corroborated by two independent sources.

    Example: sijill corroborate 1f0c9a44 --source s1 --source s2 --reason "..." --key reviewer-1
    """
    body = {"sources": source or [], "reason": reason}
    _act(context, claim, "Corroborated", body, key=key, sign_only=sign_only, receipt=receipt)


def verify_claim(
    context: typer.Context,
    claim: Claim,
    key: KeyName,
    reason: Reason,
    source: Sources = None,
    sign_only: SignOnly = None,
    receipt: Keep = None,
) -> None:
    """Sign that a claim holds, as a second person.

    Example: sijill verify-claim 1f0c9a44 --source s1 --reason "record read" --key reviewer-1
    """
    body = {"sources": source or [], "reason": reason}
    _act(context, claim, "Verified", body, key=key, sign_only=sign_only, receipt=receipt)


def link_source(
    context: typer.Context,
    claim: Claim,
    source_id: Annotated[str, typer.Argument(help="a new id within the claim, such as s2")],
    kind: Annotated[str, typer.Argument(help="its kind, such as witness or document")],
    key: KeyName,
    published: Annotated[str | None, typer.Option(help="a citation, when it is public")] = None,
    sign_only: SignOnly = None,
    receipt: Keep = None,
) -> None:
    """Link one more source to a claim.

    Example: sijill link-source 1f0c9a44 s2 document --key documenter-1
    """
    source = {"id": source_id, "kind": kind}
    body = {"source": source if published is None else source | {"published": published}}
    _act(context, claim, "SourceLinked", body, key=key, sign_only=sign_only, receipt=receipt)


def unlink_source(
    context: typer.Context,
    claim: Claim,
    source_id: Annotated[str, typer.Argument(help="the id of a source of the claim, such as s2")],
    key: KeyName,
    reason: Reason,
    reason_code: ReasonCode = "correction",
    sign_only: SignOnly = None,
    receipt: Keep = None,
) -> None:
    """Take a source away from a claim; its event stays in the history.

    Example: sijill unlink-source 1f0c9a44 s2 --reason "of a namesake" --key documenter-1
    """
    body = {"source": source_id, "reason_code": reason_code, "reason": reason}
    _act(context, claim, "SourceUnlinked", body, key=key, sign_only=sign_only, receipt=receipt)


def hit(
    context: typer.Context,
    incident: Annotated[str, typer.Argument(help="incident/ID; its first 8 characters do")],
    facility: Annotated[str, typer.Argument(help="what was hit, such as school")],
    key: KeyName,
    reason: Reason,
    sign_only: SignOnly = None,
    receipt: Keep = None,
) -> None:
    """Note one more attack on a facility in an incident; each is counted, the same one too.

    Example: sijill hit incident/5e485449 hospital --reason "its director" --key documenter-1
    """
    body = {"facility": facility, "reason": reason}
    _act(context, incident, "FacilityHit", body, key=key, sign_only=sign_only, receipt=receipt)


def withdraw(
    context: typer.Context,
    estimate: Annotated[str, typer.Argument(help="estimate/ID; its first 8 characters do")],
    key: KeyName,
    reason: Reason,
    reason_code: ReasonCode = "correction",
    sign_only: SignOnly = None,
    receipt: Keep = None,
) -> None:
    """Withdraw a stated figure: it is compared with nothing any more, and stays on record.

    Example: sijill withdraw estimate/77a0e3b2 --reason "misread" --key documenter-1
    """
    body = {"reason_code": reason_code, "reason": reason}
    _act(
        context, estimate, "EstimateWithdrawn", body, key=key, sign_only=sign_only, receipt=receipt
    )


def challenge(
    context: typer.Context,
    claim: Claim,
    by: Annotated[str, typer.Option(help="who disputes, as a relation: never a name")],
    text: Annotated[str, typer.Option(help="what is disputed")],
    key: KeyName,
    sign_only: SignOnly = None,
    receipt: Keep = None,
) -> None:
    """Note that somebody disputes a claim; it changes nothing by itself.

    Example: sijill challenge 1f0c9a44 --by "the family" --text "the date" --key documenter-1
    """
    body = {"by": by, "text": text}
    _act(context, claim, "ChallengeRaised", body, key=key, sign_only=sign_only, receipt=receipt)


def answer(
    context: typer.Context,
    claim: Claim,
    by: Annotated[str, typer.Option(help="who answers, as a role")],
    text: Annotated[str, typer.Option(help="the answer")],
    key: KeyName,
    sign_only: SignOnly = None,
    receipt: Keep = None,
) -> None:
    """Answer a challenge.

    Example: sijill answer 1f0c9a44 --by "the review desk" --text "..." --key reviewer-1
    """
    body = {"by": by, "text": text}
    _act(context, claim, "ChallengeAnswered", body, key=key, sign_only=sign_only, receipt=receipt)
