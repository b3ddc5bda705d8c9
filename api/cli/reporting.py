"""`sijill freeze`, `verify`, `verifier` and `audit`: what is published, and how it is checked."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer

from api.cli.disclosing import (
    OpenWith,
    check_disclosure,
    disclosed,
    ledger_to_ask,
    show_values,
    unbox,
)
from api.cli.output import Format, print_csv, print_json, print_table, say
from api.cli.recording import KeyName
from api.cli.session import Session, now, progress
from api.extract.package import take_again
from api.freeze import freeze as freeze_report
from api.plan import read_plan
from api.tables import Table
from audit.container import MAX_BYTES
from audit.disclosure import NOT_PROVED as NOT_PROVED_BY_A_DISCLOSURE
from audit.disclosure import is_disclosure
from audit.extract import NOT_PROVED as NOT_PROVED_BY_AN_EXTRACT
from audit.extract import NOT_PROVED_AGAIN, Again, Stated, is_extract, verify_extract
from audit.keys import NOT_PROVED as NOT_PROVED_BY_KEYS
from audit.keys import is_keys, verify_keys
from audit.policy import Policy
from audit.receipt import NOT_PROVED as NOT_PROVED_BY_A_PROOF
from audit.receipt import (
    NOT_PROVED_OF_A_MEMBER,
    compare_checkpoints,
    is_proof,
    proves_a_member,
    verify_receipt,
)
from audit.verdict import HOLDS, NOT_PROVED, AuditVerdict, Check, Verdict
from audit.verify import verify_bundle
from audit.web.build import build_page
from domain.errors import Invalid
from ledger.note import VerifierKey

MAX_PLAN = 1 << 20

Trust = Annotated[
    list[str],
    typer.Option("--trust", help="a public key you trust: the log's, or enough of the roots'"),
]


def add_to(app: typer.Typer) -> None:
    for name, command in (
        ("freeze", freeze),
        ("verify", verify),
        ("verifier", verifier),
        ("audit", audit),
    ):
        app.command(name, rich_help_panel="Publishing and checking")(command)


def freeze(
    context: typer.Context,
    plan: Annotated[Path, typer.Argument(metavar="REPORT.toml", help="which figures to freeze")],
    key: KeyName,
    out: Annotated[Path, typer.Option(help="where to write the bundle")],
) -> None:
    """Freeze a report at the ledger's present state, and write the bundle that proves it.

    Example: sijill freeze report.toml --key publisher-1 --out march.sijill
    """
    session: Session = context.obj
    if plan.stat().st_size > MAX_PLAN:
        raise Invalid(f"{plan}: larger than {MAX_PLAN} bytes")
    try:
        planned = read_plan(plan.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise Invalid(f"{plan}: not UTF-8 text") from None
    with session.desk() as desk:
        registry = session.folder.open_registry(desk.ledger)
        try:
            frozen = freeze_report(desk.ledger, registry, planned, session.signer(key), now())
        finally:
            registry.close()
        # The bundle stays at the checkpoint it was made for, whoever signs for the log by now.
        log_key = desk.ledger.authority.log_at(frozen.log_index + 1)
    session.folder.keep_bundle(planned.name, frozen.bundle)
    out.write_bytes(frozen.bundle)
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
    say(f"{'Frozen before; made again' if frozen.again else 'Recorded'}: index {frozen.log_index}.")
    say(f"{out}: {len(frozen.bundle)} bytes. Anybody verifies it offline with:")
    say(f"  sijill verify {out} --trust {log_key}")


Together = Annotated[
    int | None,
    typer.Option(
        "--together",
        min=1,
        help="of the root keys given, at least so many have signed together, whatever the ledger "
        "says of itself",
    ),
]


def verify(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="a bundle, a proof, keys, or an extract")
    ],
    trust: Trust,
    together: Together = None,
    entry: Annotated[
        Path | None, typer.Option(help="the entry that a proof is of, when it does not hold it")
    ] = None,
    old_checkpoint: Annotated[
        Path | None, typer.Option(help="the checkpoint that a consistency proof begins at")
    ] = None,
    witness: Annotated[
        list[str] | None, typer.Option(help="the public key of a witness you trust; repeatable")
    ] = None,
    quorum: Annotated[
        int | None, typer.Option(help="how many of them must have cosigned; all if not given")
    ] = None,
    against: Annotated[
        Path | None, typer.Option(help="FILE is a checkpoint: compare it with this other one")
    ] = None,
    open_with: OpenWith = None,
) -> None:
    """Verify a bundle, a proof, keys, an extract or a disclosure offline, by keys you trust.

    Exit code 0 verified, 1 not verified, 2 neither, 3 too few witnesses, 4 two histories of one
    log. With --ledger DIR the rows of an extract are taken from that ledger again and compared, and
    a disclosure is told what became of it. A verified disclosure's values are shown.
    Example: sijill verify march.sijill --trust "$LOG_KEY"
    """
    session: Session = context.obj
    with file.open("rb") as opened:
        raw = opened.read(MAX_BYTES + 1)  # one byte more is enough to be refused
    keys = [VerifierKey.parse(key) for key in trust]
    watched = tuple(VerifierKey.parse(key) for key in witness or ())
    policy = Policy(watched, len(watched) if quorum is None else quorum, together or 1)
    if not 0 <= policy.quorum <= len(watched):
        raise Invalid(f"--quorum {policy.quorum}: {len(watched)} witnesses are named")
    if policy.together > len(set(keys)):
        raise Invalid(f"--together {together}: {len(set(keys))} keys are trusted")
    raw = unbox(raw, open_with)
    if against is not None:
        verdict = compare_checkpoints(raw, against.read_bytes(), keys)
        print_verdict(session.form, verdict, NOT_PROVED_BY_A_PROOF)
    elif is_proof(raw):
        verdict = verify_receipt(
            raw,
            keys,
            entry=None if entry is None else entry.read_bytes(),
            old_checkpoint=None if old_checkpoint is None else old_checkpoint.read_bytes(),
            policy=policy,
        )
        member = proves_a_member(raw)
        told = NOT_PROVED_OF_A_MEMBER if member else NOT_PROVED_BY_A_PROOF
        print_verdict(session.form, verdict, told)
    elif is_extract(raw):
        again = _taking_again(context)
        verdict = verify_extract(raw, keys, policy, again)
        if again is None:
            words = "VERIFIED: the state of the ledger, and not the rows."
            print_verdict(session.form, verdict, NOT_PROVED_BY_AN_EXTRACT, words)
        else:
            print_verdict(session.form, verdict, NOT_PROVED_AGAIN)
    elif is_disclosure(raw):
        verdict = _verify_disclosure(context, raw, keys, policy)
    elif is_keys(raw):
        verdict = verify_keys(raw, keys, policy)
        print_verdict(session.form, verdict, NOT_PROVED_BY_KEYS)
    else:
        verdict = verify_bundle(raw, keys, policy)
        print_verdict(session.form, verdict)
    raise typer.Exit(verdict.exit_code)


def _verify_disclosure(
    context: typer.Context, raw: bytes, keys: Sequence[VerifierKey], policy: Policy
) -> Verdict:
    session: Session = context.obj
    ledger = ledger_to_ask(context)
    try:
        verdict, opened = check_disclosure(raw, keys, policy, ledger)
    finally:
        if ledger is not None:
            ledger.close()
    if session.form is Format.JSON:
        print_json(
            verdict.to_json() | disclosed(opened) | {"not_proved": list(NOT_PROVED_BY_A_DISCLOSURE)}
        )
        return verdict
    print_verdict(session.form, verdict, NOT_PROVED_BY_A_DISCLOSURE)
    if opened is not None:
        show_values(session.form, opened)
    return verdict


def verifier(
    out: Annotated[Path, typer.Option(help="where to write the page")],
) -> None:
    """Write the page that verifies in a browser, offline, for partners without this command.

    Example: sijill verifier --out verify.html
    """
    page = build_page()
    out.write_bytes(page)
    say(f"{out}: {len(page)} bytes, SHA-256 {sha256(page).hexdigest()}")


def _taking_again(context: typer.Context) -> Again | None:
    """How to take an extract again, when the command line names a ledger to take it from.

    The environment's does not count: it is set for other commands.
    """
    source = context.find_root().get_parameter_source("ledger")
    if source is None or source.name != "COMMANDLINE":
        return None
    session: Session = context.obj

    def again(stated: Stated) -> dict[str, bytes]:
        with session.questions() as ask:
            return take_again(ask, stated)

    return again


def print_verdict(
    form: Format,
    verdict: Verdict,
    not_proved: Sequence[str] = NOT_PROVED,
    verified: str = "VERIFIED.",
) -> None:
    if form is Format.JSON:
        print_json(verdict.to_json() | {"not_proved": list(not_proved)})
        return
    if form is Format.CSV:
        print_csv([check._asdict() for check in verdict.checks])
        return
    if verdict.title[0]:
        say(f"{verdict.title[0]}\n{verdict.report}")
    print_table(
        Table(
            "What was checked",
            ("figure", "check", "outcome", "detail"),
            tuple((one.figure, one.what, one.outcome, _detail(one)) for one in verdict.checks),
        )
    )
    if verdict.figures:
        print_table(
            Table(
                "Figures",
                ("figure", "value", "what it counts", "holds"),
                tuple(
                    (one.name, one.value, one.sentence[0], "yes" if one.holds else "NO")
                    for one in verdict.figures
                ),
                frozenset({"value"}),
            )
        )
    say(verified if verdict.verified else "NOT VERIFIED.")
    if verdict.verified:
        say("This does not prove:")
        for line in not_proved:
            say(f"  – {line}")


def _detail(check: Check) -> str:
    """What was found, by whose key, as of when; and where, when something is wrong."""
    parts = [check.detail]
    if check.key:
        parts.append(f"key {check.key}")
    if check.as_of:
        parts.append(f"as of {check.as_of}")
    if check.file and check.outcome != HOLDS:
        parts.insert(0, f"{check.file}:")
    return " · ".join(filter(None, parts))


def audit(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="a ledger's folder")],
    trust: Annotated[
        list[str] | None,
        typer.Option(
            "--trust", help="a public key you trust; the ledger's own word if none is given"
        ),
    ] = None,
    together: Together = None,
    bundle: Annotated[
        list[Path] | None,
        typer.Option(help="a bundle to recount; those in DIR/reports if none is given"),
    ] = None,
) -> None:
    """Replay a whole ledger, trusting nothing in it, and recount its reports.

    Exit code 0 sound, 1 something fails, 2 not a ledger. Example: sijill audit records --trust VKEY
    """
    from audit.replay import audit_folder  # noqa: PLC0415 - worker processes start with it

    session: Session = context.obj
    reports = session.folder_at(folder).reports
    keys = [VerifierKey.parse(key) for key in trust or ()]
    if together is not None and together > len(set(keys)):
        raise Invalid(f"--together {together}: {len(set(keys))} keys are trusted")
    with progress("replaying entries") as moved:
        verdict = audit_folder(
            folder,
            keys,
            together=together or 1,
            bundles=[path.read_bytes() for path in bundle or sorted(reports.glob("*.sijill"))],
            progress=moved,
        )
    if session.form is Format.JSON:
        print_json(verdict.to_json())
    elif session.form is Format.CSV:
        print_csv([failure._asdict() for failure in verdict.failures])
    else:
        for line in verdict.lines:
            say(line)
        print_failures(verdict)
        say("SOUND." if verdict.exit_code == 0 else "NOT SOUND.")
    raise typer.Exit(verdict.exit_code)


def print_failures(verdict: AuditVerdict) -> None:
    """What an audit or a check found wrong, first to last."""
    if not verdict.failures:
        return
    columns = ("index", "stream", "version", "rule", "message")
    rows = tuple(
        (
            "" if one.log_index is None else one.log_index,
            one.stream,
            one.version or "",
            one.rule,
            one.message,
        )
        for one in verdict.failures
    )
    print_table(Table("What fails, first to last", columns, rows))
