"""`sijill export` and `sijill prove`: the log as files, and proofs that stand by themselves."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.output import Format, print_json, say
from api.cli.session import Session
from api.prove import prove_consistency, prove_entry
from api.questions import resolve
from domain.errors import Invalid, Unverified
from ledger.export import export as export_log
from ledger.export import open_target
from ledger.ledger import Ledger

if TYPE_CHECKING:
    from api.cosign import Policy


def add_to(app: typer.Typer) -> None:
    app.command("export", rich_help_panel="Publishing and checking")(export)
    app.command("prove", rich_help_panel="Publishing and checking")(prove)


def export(
    context: typer.Context,
    target: Annotated[str, typer.Argument(metavar="DIR", help="a folder, or a URL such as s3://…")],
    unwatched: Annotated[
        bool,
        typer.Option(help="publish although fewer witnesses cosigned than witnesses.toml asks"),
    ] = False,
) -> None:
    """Publish the log as static files (c2sp.org/tlog-tiles), only ever adding.

    The witnesses of witnesses.toml are asked first; without their quorum nothing is published.
    Example: sijill export /var/www/log
    """
    session: Session = context.obj
    policy = session.policy()
    with session.reading() as ledger:
        size = _watched_size(ledger, policy) if policy.witnesses and not unwatched else None
        done = export_log(ledger, open_target(target), size)
    if session.form is Format.JSON:
        print_json(done._asdict())
    else:
        say(
            f"{target}: from {done.old_size} to {done.size} entries, {done.files} files with "
            f"{done.bytes:,} bytes written"
        )


def _watched_size(ledger: Ledger, policy: Policy) -> int:
    """Have the newest checkpoint cosigned; raises Unverified without the quorum."""
    from api.cosign import ask_witnesses  # noqa: PLC0415 - the client is slow to load

    answers = ask_witnesses(ledger, policy)
    if answers.given < policy.quorum:
        problems = [f"{word.witness}: {word.problem}" for word in answers.words if word.problem]
        raise Unverified(
            f"{answers.given} of {len(answers.words)} witnesses cosigned, {policy.quorum} are "
            f"required ({'; '.join(problems)}): nothing was published; --unwatched publishes all "
            "the same"
        )
    return answers.size


def prove(
    context: typer.Context,
    what: Annotated[
        str, typer.Argument(metavar="ENTRY|CLAIM", help="a log index, or a claim: its newest event")
    ],
    to: Annotated[
        int | None, typer.Option(help="the size of a signed checkpoint; the newest if not given")
    ] = None,
    since: Annotated[
        int | None,
        typer.Option("--from", help="prove instead that the log of this size grew into --to"),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="a file; printed if not given")] = None,
) -> None:
    """Prove that an entry is in the log (c2sp.org/tlog-proof), or that the log only grew.

    Examples: sijill prove 136 --out entry.tlog-proof | sijill prove log --from 100 --to 200
    """
    session: Session = context.obj
    with session.reading() as ledger:
        if since is not None:
            if what != "log":
                raise Invalid("with --from, say: sijill prove log --from SIZE --to SIZE")
            raw = prove_consistency(ledger, since, to)
        elif what.isascii() and what.isdigit():
            raw = prove_entry(ledger, int(what), to)
        else:
            events = ledger.history(resolve(ledger, what, "claim"))
            raw = prove_entry(ledger, events[-1].log_index, to)
    if out is None:
        sys.stdout.write(raw.decode())
    else:
        out.write_bytes(raw)
        say(f"{out}: verify it with sijill verify {out} --trust LOG_KEY")
