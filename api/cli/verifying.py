"""What `sijill verify` does with a bundle: the reader's questions, and what it is held against."""

from __future__ import annotations

import os
import re
import time
from base64 import b64encode
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from api.cli.output import complain
from api.publish import report_of
from audit.against import EVIDENCE, hold_against
from audit.bundle import CHECKPOINT
from audit.policy import Policy
from audit.publication import NEWEST, describe_correction
from audit.verdict import CONFLICT, POLICY, VERIFIED, Check, Checks, Verdict, unusable
from audit.verify import Asked, Opened, conclude, open_bundle
from audit.web.build import build_page
from domain.errors import Invalid, NotFound
from domain.report import SUPERSEDED
from ledger.checkpoint import parse_checkpoint
from ledger.ledger import Ledger
from ledger.note import VerifierKey, parse_note

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
# What does not verify proves nothing that could contradict another file.
_COMPARABLE = (VERIFIED, POLICY)
_DURATION = re.compile(r"([1-9][0-9]{0,8})([smhdw])")


class Beside(NamedTuple):
    """What a bundle is held against: another file, a remembered checkpoint, a ledger."""

    against: Path | None = None
    remember: Path | None = None
    ledger: Ledger | None = None


def read_duration(text: str) -> int:
    """Seconds of `90s`, `30m`, `36h`, `7d` or `2w`; raises Invalid for anything else."""
    found = _DURATION.fullmatch(text)
    if not found:
        raise Invalid(f"--max-age {text!r}: must be like 90s, 30m, 36h, 7d or 2w")
    return int(found[1]) * _SECONDS[found[2]]


def read_policy(
    witnesses: Sequence[str], quorum: int | None, together: int | None, max_age: str | None
) -> Policy:
    """The policy that the options name; raises Invalid for one that cannot be met."""
    watched = tuple(VerifierKey.parse(key) for key in witnesses)
    policy = Policy(watched, len(watched) if quorum is None else quorum, together or 1)
    if not 0 <= policy.quorum <= len(watched):
        raise Invalid(f"--quorum {policy.quorum}: {len(watched)} witnesses are named")
    if max_age is None:
        return policy
    if not watched:
        raise Invalid("--max-age: only a cosignature has a time; name a witness with --witness")
    return policy._replace(max_age=read_duration(max_age), now=int(time.time()))


def verify_report(
    raw: bytes, keys: Sequence[VerifierKey], policy: Policy, asked: Asked, beside: Beside
) -> Verdict:
    """Verify a bundle, answer what is asked of it, and hold it against what is beside it."""
    page = build_page()
    try:
        opened = open_bundle(raw, keys, policy, page)
    except Invalid as error:
        return unusable(str(error))
    verdict = conclude(opened, asked._replace(page=page))
    for path in (beside.against, beside.remember):
        if path is not None and (path is beside.against or path.exists()):
            verdict = _held_against(opened, verdict, path.read_bytes(), keys)
    if beside.ledger is not None and verdict.exit_code in _COMPARABLE:
        verdict = _beside_ledger(opened, verdict, beside.ledger)
    if beside.remember is not None and verdict.verified:
        _remember(beside.remember, opened.files[CHECKPOINT])
    return verdict


def both_notes(one: bytes, other: bytes) -> bytes:
    """The evidence file of two checkpoints: each under a name, with its length."""
    origin = parse_checkpoint(parse_note(one).text).origin
    parts = [f"{EVIDENCE}\n{origin}\n".encode()]
    for name, note in (("first", one), ("second", other)):
        parts.append(f"{name}/{CHECKPOINT} {len(note)}\n".encode() + note + b"\n")
    return b"".join(parts)


def write_evidence(verdict: Verdict, path: Path) -> None:
    """Keep both notes of a history conflict; what is there already is never replaced."""
    if verdict.evidence is None:
        return
    for number in range(2, 10_000):
        try:
            with path.open("xb") as file:
                file.write(verdict.evidence)
        except FileExistsError:
            if path.read_bytes() == verdict.evidence:
                break
            path = path.with_name(f"{path.name.removesuffix(f'.{number - 1}')}.{number}")
        else:
            break
    complain(f"both notes are in {path}: keep it, and show it to the witnesses")


def _held_against(
    opened: Opened, verdict: Verdict, other: bytes, keys: Sequence[VerifierKey]
) -> Verdict:
    if verdict.exit_code not in _COMPARABLE:
        return verdict
    return hold_against(opened, verdict, other, keys)


def _beside_ledger(opened: Opened, verdict: Verdict, ledger: Ledger) -> Verdict:
    """Whether the ledger at hand holds the bundle's history, and what came of the report in it."""
    what, checks = "the ledger at hand holds the same history", Checks()
    note = opened.files.get(CHECKPOINT, b"")
    stated = parse_checkpoint(parse_note(note).text)
    if ledger.origin != stated.origin:
        raise Invalid(f"--ledger: it is {ledger.origin}, the bundle is of {stated.origin}")
    here = ledger.checkpoint().size
    if stated.size > here:
        checks.notes(what, f"it has {here} entries only: it is older than the bundle")
    elif b64encode(ledger.recorder.root_at(stated.size)) != b64encode(stated.root):
        checks.fails(what, f"TWO HISTORIES: of {stated.size} entries it has another root")
        evidence = both_notes(note, ledger.cosigned_checkpoint())
        return _with(verdict, checks.made)._replace(exit_code=CONFLICT, evidence=evidence)
    else:
        checks.holds(what, as_of=f"{stated.size} entries of {here}")
    status = verdict.status
    with suppress(NotFound):
        report = report_of(ledger, opened.chain.name)
        newer = report.superseded_by
        status = report.standing
        if newer is not None and verdict.status != SUPERSEDED:
            told = describe_correction(newer.report, newer)
            checks.notes(NEWEST, f"SUPERSEDED: {told}")
    return _with(verdict, checks.made)._replace(status=status)


def _with(verdict: Verdict, made: Sequence[Check]) -> Verdict:
    return verdict._replace(checks=(*verdict.checks, *made))


def _remember(path: Path, checkpoint: bytes) -> None:
    """Keep the newest checkpoint that was verified, whole or not at all."""
    size = parse_checkpoint(parse_note(checkpoint).text).size
    if path.exists() and parse_checkpoint(parse_note(path.read_bytes()).text).size >= size:
        return
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(checkpoint)
    os.replace(part, path)
