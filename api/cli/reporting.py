"""`sijill verify`, `verifier` and `audit`: how what is published is checked."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer

from api.cli.attesting import attestation_asked
from api.cli.disclosing import (
    OpenWith,
    check_disclosure,
    disclosed,
    ledger_to_ask,
    show_values,
    unbox,
)
from api.cli.output import Format, print_csv, print_json, print_table, say
from api.cli.session import Session, progress
from api.cli.verifying import (
    Beside,
    both_notes,
    read_policy,
    verify_report,
    write_evidence,
)
from api.extract.package import take_again
from api.tables import Table
from audit.container import MAX_BYTES
from audit.disclosure import NOT_PROVED as NOT_PROVED_BY_A_DISCLOSURE
from audit.disclosure import is_disclosure
from audit.extract import NOT_PROVED as NOT_PROVED_BY_AN_EXTRACT
from audit.extract import NOT_PROVED_AGAIN, Again, Stated, is_extract, verify_extract
from audit.figure_receipt import NOT_PROVED as NOT_PROVED_BY_A_RECEIPT
from audit.figure_receipt import is_receipt, verify_figure_receipt
from audit.keys import NOT_PROVED as NOT_PROVED_BY_KEYS
from audit.keys import is_keys, verify_keys
from audit.policy import Policy
from audit.publication import NEWEST
from audit.receipt import NOT_PROVED as NOT_PROVED_BY_A_PROOF
from audit.receipt import (
    NOT_PROVED_OF_A_MEMBER,
    NOT_PROVED_OF_AN_ADDEND,
    compare_checkpoints,
    is_proof,
    proves_a_member,
    proves_an_addend,
    verify_receipt,
)
from audit.verdict import (
    CONFLICT,
    HOLDS,
    NOT_PROVED,
    NOT_VERIFIED,
    POLICY,
    UNUSABLE,
    AuditVerdict,
    Check,
    Verdict,
)
from audit.verify import Asked
from audit.web.build import build_page
from domain.errors import Invalid
from ledger.note import VerifierKey

MOST_TOLD = 240  # characters of a note that stands in full in the table

BUNDLE, PROOF, RECEIPT, EXTRACT, KEYS = "bundle", "proof", "receipt", "extract", "keys"
DISCLOSURE = "disclosure"

Trust = Annotated[
    list[str],
    typer.Option("--trust", help="a public key you trust: the log's, or enough of the roots'"),
]


def add_to(app: typer.Typer) -> None:
    for name, command in (
        ("verify", verify),
        ("verifier", verifier),
        ("audit", audit),
    ):
        app.command(name, rich_help_panel="Publishing and checking")(command)


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
        Path,
        typer.Argument(metavar="FILE", help="a bundle, a receipt, a proof, keys, or an extract"),
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
    max_age: Annotated[
        str | None,
        typer.Option("--max-age", help="how old their newest cosignature may be: 36h, 7d, 2w"),
    ] = None,
    figure: Annotated[
        str, typer.Option("--figure", help="let the verdict be of this figure of the bundle alone")
    ] = "",
    claim: Annotated[
        str, typer.Option("--claim", help="say in which figures of the bundle a claim is counted")
    ] = "",
    against: Annotated[
        Path | None,
        typer.Option(help="hold FILE, a bundle or a checkpoint, against this other one"),
    ] = None,
    remember: Annotated[
        Path | None,
        typer.Option(help="hold a bundle against the newest checkpoint seen before, kept here"),
    ] = None,
    evidence: Annotated[
        Path | None, typer.Option(help="where to write both notes of a history conflict")
    ] = None,
    open_with: OpenWith = None,
) -> None:
    """Verify a bundle, receipt, proof, keys, extract or disclosure offline, by keys you trust.

    Exit code 0 verified, 1 not verified, 2 neither, 3 too few or too old cosignatures, 4 two
    histories of one log. With --ledger DIR a bundle is held against that ledger, the rows of an
    extract are taken from it again, and a disclosure is told what became of it. A verified
    disclosure's values are shown. Example: sijill verify march.sijill --trust "$LOG_KEY"
    """
    session: Session = context.obj
    with file.open("rb") as opened:
        # One byte more is enough to be refused; what is no plain file does not say its size.
        raw = opened.read(min(file.stat().st_size or MAX_BYTES, MAX_BYTES) + 1)
    keys = [VerifierKey.parse(key) for key in trust]
    policy = read_policy(witness or (), quorum, together, max_age)
    if policy.together > len(set(keys)):
        raise Invalid(f"--together {together}: {len(set(keys))} keys are trusted")
    raw = unbox(raw, open_with)
    kind = _kind(raw)
    if against is not None and not raw.startswith(b"PK"):
        other = against.read_bytes()
        verdict = compare_checkpoints(raw, other, keys)
        if verdict.exit_code == CONFLICT:
            verdict = verdict._replace(evidence=both_notes(raw, other))
        print_verdict(session.form, verdict, NOT_PROVED_BY_A_PROOF)
    elif kind != BUNDLE and (figure or claim or against or remember):
        raise Invalid("--figure, --claim, --against and --remember are asked of a bundle")
    elif kind == PROOF:
        verdict = verify_receipt(
            raw,
            keys,
            entry=None if entry is None else entry.read_bytes(),
            old_checkpoint=None if old_checkpoint is None else old_checkpoint.read_bytes(),
            policy=policy,
        )
        member = proves_a_member(raw)
        of_a_member = NOT_PROVED_OF_AN_ADDEND if proves_an_addend(raw) else NOT_PROVED_OF_A_MEMBER
        told = of_a_member if member else NOT_PROVED_BY_A_PROOF
        print_verdict(session.form, verdict, told)
    elif kind == RECEIPT:
        verdict = verify_figure_receipt(raw, keys, policy)
        print_verdict(session.form, verdict, NOT_PROVED_BY_A_RECEIPT)
    elif kind == EXTRACT:
        again = _taking_again(context)
        verdict = verify_extract(raw, keys, policy, again)
        if again is None:
            words = "VERIFIED: the state of the ledger, and not the rows."
            print_verdict(session.form, verdict, NOT_PROVED_BY_AN_EXTRACT, words)
        else:
            print_verdict(session.form, verdict, NOT_PROVED_AGAIN)
    elif kind == DISCLOSURE:
        verdict = _verify_disclosure(context, raw, keys, policy)
    elif kind == KEYS:
        verdict = verify_keys(raw, keys, policy)
        print_verdict(session.form, verdict, NOT_PROVED_BY_KEYS)
    else:
        with ExitStack() as stack:
            ledger = stack.enter_context(session.reading()) if _names_ledger(context) else None
            asked, beside = Asked(figure, claim), Beside(against, remember, ledger)
            verdict = verify_report(raw, keys, policy, asked, beside)
        print_verdict(session.form, verdict, figure=figure)
    write_evidence(verdict, evidence or file.with_name(f"{file.name}.conflict.txt"))
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
    if opened is not None and opened.values:
        show_values(session.form, opened)
    return verdict


def _kind(raw: bytes) -> str:
    kinds = (
        *((PROOF, is_proof), (RECEIPT, is_receipt), (EXTRACT, is_extract)),
        *((DISCLOSURE, is_disclosure), (KEYS, is_keys)),
    )
    return next((kind for kind, is_one in kinds if is_one(raw)), BUNDLE)


def verifier(
    out: Annotated[Path, typer.Option(help="where to write the page")],
) -> None:
    """Write the page that verifies in a browser, offline, for partners without this command.

    Example: sijill verifier --out verify.html
    """
    page = build_page()
    out.write_bytes(page)
    say(f"{out}: {len(page)} bytes, SHA-256 {sha256(page).hexdigest()}")


def _names_ledger(context: typer.Context) -> bool:
    """Whether the command line names a ledger; the environment's is set for other commands."""
    source = context.find_root().get_parameter_source("ledger")
    return source is not None and source.name == "COMMANDLINE"


def _taking_again(context: typer.Context) -> Again | None:
    """How to take an extract again, when the command line names a ledger to take it from."""
    if not _names_ledger(context):
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
    figure: str = "",
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
    _print_claim(verdict)
    _print_conclusion(verdict, verified, figure)
    if verdict.verified:
        say("This does not prove:")
        for line in not_proved:
            say(f"  – {line}")


def _print_claim(verdict: Verdict) -> None:
    found = verdict.counted_in
    if found is None:
        return
    rows = tuple(
        (
            one.figure,
            f"line {one.line} of {one.value}",
            ", ".join(f"{facet} {value}" for facet, value in one.facets.items()),
        )
        for one in found.counted
    )
    if rows:
        columns = ("figure", "counted as", "by its line")
        print_table(Table(f"{found.claim} is counted in", columns, rows))
    else:
        say(f"{found.claim} is counted in no figure of this report.")
    if rows and found.not_counted:
        say(f"It is not counted in {', '.join(found.not_counted)}.")


_CONCLUSIONS = {
    NOT_VERIFIED: "NOT VERIFIED.",
    UNUSABLE: "NOT VERIFIED: this cannot be used.",
    POLICY: "NOT VERIFIED: all holds, but your policy of witnesses is not met.",
    CONFLICT: "NOT VERIFIED: TWO HISTORIES of one log.",
}


def _print_conclusion(verdict: Verdict, verified: str, figure: str) -> None:
    """The verdict, with what stands beside it: what was noted, what is wrong elsewhere."""
    words = verified if verdict.verified else _CONCLUSIONS[verdict.exit_code]
    if figure:
        wrong = sorted({one.figure for one in verdict.failures} - {"", figure})
        words += f" Of the figure {figure} alone"
        words += f": {', '.join(wrong)} does NOT hold." if wrong else "."
    elif verdict.status:
        words += f" The report is {verdict.status}."
    say(words)
    if verdict.noted:
        say("Take note:")
        # That there is a newer version comes before all else.
        for one in sorted(verdict.noted, key=lambda one: one.what != NEWEST):
            detail = one.detail if len(one.detail) <= MOST_TOLD else f"{one.detail[:MOST_TOLD]} …"
            say(f"  – {one.what}: {detail}")


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
    opening: Annotated[
        list[Path] | None,
        typer.Option(help="the opening of a report's hidden rows; those in DIR/reports if none"),
    ] = None,
    attest: Annotated[
        str | None,
        typer.Option(metavar="REPORT", help="sign and record that it is sound, of this report"),
    ] = None,
    key: Annotated[
        str | None, typer.Option("--key", help="the auditor's key to attest with")
    ] = None,
) -> None:
    """Replay a whole ledger, trusting nothing in it, and recount its reports.

    With --attest, an auditor signs what was found, when all is sound and every figure of the report
    was recounted; it is recorded, and goes with the report's next bundle.
    Exit code 0 sound, 1 something fails, 2 not a ledger. Example: sijill audit records --trust VKEY
    """
    from audit.replay import audit_folder  # noqa: PLC0415 - worker processes start with it

    session: Session = context.obj
    reports = session.folder_at(folder).reports
    keys = [VerifierKey.parse(key) for key in trust or ()]
    if together is not None and together > len(set(keys)):
        raise Invalid(f"--together {together}: {len(set(keys))} keys are trusted")
    attesting = attestation_asked(session, folder, attest, key, keys)
    with progress("replaying entries") as moved:
        verdict = audit_folder(
            folder,
            keys,
            together=together or 1,
            bundles=[path.read_bytes() for path in bundle or sorted(reports.glob("*.sijill"))],
            openings=[path.read_bytes() for path in opening or sorted(reports.glob("*.opening"))],
            progress=moved,
        )
    index = None if attesting is None else attesting.record(verdict)
    if session.form is Format.JSON:
        print_json(verdict.to_json() | ({} if attest is None else {"attested": index}))
    elif session.form is Format.CSV:
        print_csv([failure._asdict() for failure in verdict.failures])
    else:
        for line in verdict.lines:
            say(line)
        print_failures(verdict)
        say("SOUND." if verdict.exit_code == 0 else "NOT SOUND.")
        if attesting is not None:
            say(attesting.told(index))
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
