"""`sijill freeze`, `publish`, `correct` and `bundle`: the life of a report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.asking import At
from api.cli.output import Format, print_json, print_table, say
from api.cli.recording import KeyName
from api.cli.session import Session, now
from api.desk import Desk
from api.freeze import Frozen, Pinned
from api.freeze import freeze as freeze_report
from api.plan import ReportPlan, read_plan
from api.publish import Cause, bundle_again, is_unpublished, report_of
from api.publish import correct as correct_report
from api.publish import publish as publish_report
from api.questions import Questions
from api.tables import Table
from domain.errors import Invalid, NotFound
from domain.report import CORRECTION_REASONS, describe_change
from projections.registry import Registry

MAX_PLAN = 1 << 20

Report = Annotated[str, typer.Argument(metavar="REPORT", help="the name of a report")]
Out = Annotated[Path, typer.Option(help="where to write the bundle")]
Kept = Annotated[
    Path | None, typer.Option(help="the report's bundle; the one kept with the ledger if not given")
]
Waive = Annotated[
    list[str] | None,
    typer.Option("--waive", help="publish although this cross-footing rule breaks; repeatable"),
]
Why = Annotated[
    list[str] | None,
    typer.Option("--reason", help="why; with several waivers, one reason for each, in order"),
]


def add_to(app: typer.Typer) -> None:
    for command in (freeze, publish, correct, bundle):
        app.command(command.__name__, rich_help_panel="Publishing and checking")(command)


def freeze(
    context: typer.Context,
    plan: Annotated[Path, typer.Argument(metavar="REPORT.toml", help="which figures to freeze")],
    key: KeyName,
    out: Out,
    at: At = None,
    waive: Waive = None,
    reason: Why = None,
) -> None:
    """Freeze a report, and write the bundle that proves it.

    At the ledger's present state, or --at an earlier one. A break of the report's cross-footing
    rules refuses it, unless it is waived with a reason, which is signed and printed.
    Example: sijill freeze report.toml --key publisher-1 --out march.sijill
    """
    session: Session = context.obj
    planned = _plan(plan)
    waivers = _waivers(waive or [], reason or [])
    with session.desk() as desk:
        registry = session.folder.open_registry(desk.ledger)
        try:
            pinned = Pinned(_size(desk, registry, at), waivers)
            signer = session.signer(key)
            frozen = freeze_report(desk.ledger, registry, planned, signer, now(), pinned=pinned)
        finally:
            registry.close()
        _tell_frozen(session, desk, planned, frozen, out)


def publish(
    context: typer.Context,
    report: Report,
    key: KeyName,
    out: Annotated[Path | None, typer.Option(help="write the published bundle here too")] = None,
    bundle: Kept = None,
) -> None:
    """Publish a frozen report with a second person's key, after recounting it.

    The bundle is verified and every figure counted again from the entries before she signs. A
    correction supersedes the report that it corrects. Example: sijill publish march-2020 --key
    publisher-2
    """
    session: Session = context.obj
    raw = _bundle(session, report, bundle)
    with session.desk() as desk:
        opening = session.folder.opening_file(report)
        openings = [opening.read_bytes()] if opening.is_file() else []
        done = publish_report(
            desk.ledger, report, raw, session.signer(key), now(), openings=openings
        )
        log_key = desk.ledger.authority.log
    session.folder.keep_bundle(report, done.bundle)
    if out is not None:
        out.write_bytes(done.bundle)
    path = session.folder.bundle(report) if out is None else out
    if session.form is Format.JSON:
        print_json(
            {
                "report": report,
                "index": done.log_index,
                "supersedes": done.supersedes,
                "again": done.again,
                "remarks": list(done.remarks),
                "file": str(path),
                "bytes": len(done.bundle),
            }
        )
        return
    say("Its bundle verifies, and every figure is what the entries make.")
    for remark in done.remarks:
        say(f"  but {remark}")
    say(f"{'Published before' if done.again else 'Published'}: {report}, index {done.log_index}.")
    if done.supersedes is not None:
        say(f"It supersedes {done.supersedes}, which stays as it was and verifies as before.")
    say(f"{path}: {len(done.bundle)} bytes. Anybody verifies it offline with:")
    say(f"  sijill verify {path} --trust {log_key}")


def correct(
    context: typer.Context,
    report: Report,
    file: Annotated[Path, typer.Option("--file", help="the plan of the new version, a TOML")],
    key: KeyName,
    out: Out,
    reason: Annotated[str, typer.Option(help="why the figures changed, in words")],
    reason_code: Annotated[
        str, typer.Option(help=f"one of: {', '.join(CORRECTION_REASONS)}")
    ] = "revision",
    event: Annotated[
        list[int] | None,
        typer.Option(help="the index of an entry that changed them; found if none is given"),
    ] = None,
    at: At = None,
    waive: Waive = None,
    waiver_reason: Annotated[
        list[str] | None, typer.Option("--waiver-reason", help="one for each --waive, in order")
    ] = None,
) -> None:
    """Freeze a new version of a published report: what changed, from what to what, why, by what.

    It is a report of its own, under the name in its plan; when a second person publishes it, the
    old one says that it was superseded. Example: sijill correct march-2020 --file march-2.toml
    --key publisher-1 --reason "two families came forward" --out march-2.sijill
    """
    session: Session = context.obj
    if reason_code not in CORRECTION_REASONS:
        raise Invalid(f"--reason-code {reason_code}: use {', '.join(CORRECTION_REASONS)}")
    planned = _plan(file)
    waivers = _waivers(waive or [], waiver_reason or [])
    with session.desk() as desk:
        registry = session.folder.open_registry(desk.ledger)
        try:
            frozen = correct_report(
                desk.ledger,
                registry,
                report,
                planned,
                session.signer(key),
                at=now(),
                cause=Cause(reason_code, reason, event or []),
                pinned=Pinned(_size(desk, registry, at), waivers),
            )
        finally:
            registry.close()
        _tell_frozen(session, desk, planned, frozen, out)


def bundle(
    context: typer.Context,
    report: Report,
    key: KeyName,
    out: Out,
    size: Annotated[
        int | None, typer.Option(min=1, help="as of the checkpoint of so many entries")
    ] = None,
    bundle: Kept = None,
) -> None:
    """Write a report's bundle anew: with what has happened to it, and witnesses' cosignatures.

    As of the newest cosigned checkpoint, or one that is named: for one checkpoint and key the same
    bytes each time. Signed by who froze or published it.
    Example: sijill bundle march-2020 --key publisher-2 --out march.sijill
    """
    session: Session = context.obj
    kept = _bundle(session, report, bundle)
    with session.reading() as ledger:
        raw = bundle_again(ledger, report, kept, session.signer(key), size)
        standing = report_of(ledger, report).standing
    session.folder.keep_bundle(report, raw)
    out.write_bytes(raw)
    if session.form is Format.JSON:
        print_json({"report": report, "status": standing, "file": str(out), "bytes": len(raw)})
        return
    say(f"{out}: {len(raw)} bytes. {report} is {standing}.")


def _plan(path: Path) -> ReportPlan:
    if path.stat().st_size > MAX_PLAN:
        raise Invalid(f"{path}: larger than {MAX_PLAN} bytes")
    try:
        return read_plan(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise Invalid(f"{path}: not UTF-8 text") from None
    except Invalid as error:
        raise Invalid(f"{path}: {error}") from None


def _waivers(rules: list[str], reasons: list[str]) -> dict[str, str]:
    if len(rules) != len(reasons) or len(set(rules)) != len(rules):
        raise Invalid(
            f"{len(rules)} rules are waived with {len(reasons)} reasons: give each rule once, and "
            "a reason for each, in the same order"
        )
    for reason in reasons:
        if not reason.strip() or len(reason) > 2000:
            raise Invalid("a waiver needs a reason of 1 to 2000 characters")
    return dict(zip(rules, reasons, strict=True))


def _size(desk: Desk, registry: Registry, at: str | None) -> int | None:
    return None if at is None else Questions(desk.ledger, registry).as_of(at).size


def _bundle(session: Session, report: str, bundle: Path | None) -> bytes:
    path = session.folder.bundle(report) if bundle is None else bundle
    if not path.is_file():
        raise NotFound(f"{path}: no bundle is there; name the report's with --bundle")
    return path.read_bytes()


def _tell_frozen(
    session: Session, desk: Desk, planned: ReportPlan, frozen: Frozen, out: Path
) -> None:
    # The bundle stays at the checkpoint it was made for, whoever signs for the log by now.
    log_key = desk.ledger.authority.log_at(frozen.log_index + 1)
    kept = session.folder.bundle(planned.name)
    if not kept.is_file() or is_unpublished(desk.ledger, planned.name):
        session.folder.keep_bundle(planned.name, frozen.bundle)
    out.write_bytes(frozen.bundle)
    if frozen.opening:
        sealed = session.folder.keep_opening(planned.name, frozen.opening)
        if session.form is not Format.JSON:
            say(f"{sealed}: what hidden rows hide, for your auditors alone; publish it nowhere.")
    report = report_of(desk.ledger, planned.name).frozen
    if session.form is Format.JSON:
        print_json(
            {
                "report": planned.name,
                "index": frozen.log_index,
                "ledger": frozen.ledger.to_json(),
                "again": frozen.again,
                "file": str(out),
                "bytes": len(frozen.bundle),
                "figures": [figure.to_json() for figure in frozen.figures],
                "crossfoot": [one.to_json() for one in report.crossfoot or ()],
                "corrects": None if report.corrects is None else report.corrects.to_json(),
            }
        )
        return
    print_table(
        Table(
            f"{planned.name}, frozen at {frozen.ledger.size} entries",
            ("figure", "value"),
            tuple((figure.name, figure.value) for figure in frozen.figures),
            frozenset({"value"}),
        )
    )
    footed = report.crossfoot or ()
    held = [one for one in footed if not one.breaks]
    compared = sum(one.compared for one in held)
    say(f"Cross-footing: {len(held)} of {len(footed)} rules hold, over {compared} comparisons.")
    for one in footed:
        for found in one.breaks:
            say(f"  ✗ {one.rule}: {found.sentence} · WAIVED: {one.waiver}")
    if report.corrects is not None:
        corrects = report.corrects
        say(f"Corrects {corrects.report}: {', '.join(map(describe_change, corrects.changes))}")
        say(f"  by entries {', '.join(map(str, corrects.events)) or 'none'}: {corrects.reason}")
    say(f"{'Frozen before; made again' if frozen.again else 'Recorded'}: index {frozen.log_index}.")
    say(f"{out}: {len(frozen.bundle)} bytes. Anybody verifies it offline with:")
    say(f"  sijill verify {out} --trust {log_key}")
    if is_unpublished(desk.ledger, planned.name):
        say(f"A second person publishes it: sijill publish {planned.name} --key THEIR_KEY")
