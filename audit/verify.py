"""Verifying a bundle: pure over its bytes and the public keys that the reader trusts.

Every check says what holds, by whose key and as of when; a failing one names the file and the
figure it affects, and the next check is made all the same.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence

from audit.bundle import CHECKPOINT, CONSISTENCY, MANIFEST, README, figure_of_file, read_manifest
from audit.container import Container, read_container
from audit.figures import check_figures
from audit.keychain import Chain, check_chain
from audit.policy import NO_POLICY, Policy, check_policy, exit_code
from audit.verdict import (
    HOLDS,
    Checks,
    Verdict,
    unusable,
)
from domain.errors import Invalid, SijillError
from ledger.note import VerifierKey, parse_note, verified

_KNOWN = re.compile(
    rf"{re.escape(README)}|{MANIFEST}|{CHECKPOINT}|{CONSISTENCY}"
    r"|(?:authority|rules|report)/[0-9]{10}\.(?:entry|tlog-proof)"
)


def verify_bundle(raw: bytes, trust: Sequence[VerifierKey], policy: Policy = NO_POLICY) -> Verdict:
    """Verify a `.sijill` file with the log's public key, or with the root keys that founded it.

    Never raises for what is in `raw`. Exit code 0 verified, 1 not verified, 2 no bundle
    at all, 3 when all holds but fewer witnesses cosigned than the policy asks for.
    """
    if not raw:
        return unusable("the file is empty")
    try:
        container = read_container(raw)
    except Invalid as error:
        return unusable(str(error))
    checks = Checks()
    _check_container(container, checks)
    files = container.files
    _check_manifest(files, checks)
    chain = check_chain(files, trust, checks, policy.together)
    _check_publisher(files, chain, checks)
    check_policy(files.get(CHECKPOINT, b""), policy, checks)
    shown = check_figures(files, chain, checks)
    doubted = {check.figure for check in checks.made if check.outcome != HOLDS}
    figures = tuple(one._replace(holds=one.name not in doubted) for one in shown)
    return Verdict(
        f"{chain.origin}/reports/{chain.name}" if chain.report is not None else "",
        ("", "") if chain.report is None else (chain.report.title.en, chain.report.title.ar),
        tuple(checks.made),
        figures,
        exit_code(checks),
    )


def _check_container(container: Container, checks: Checks) -> None:
    what = "the container has its one form"
    for defect in container.defects:
        figure = figure_of_file(defect.file) or ""
        checks.fails(what, defect.message, file=defect.file, figure=figure)
    if not container.defects:
        checks.holds(what, f"{len(container.files)} files")


def _check_manifest(files: Mapping[str, bytes], checks: Checks) -> None:
    """That the manifest lists exactly these files with these hashes; whose it is comes later."""
    what = "the manifest lists every file"
    try:
        if MANIFEST not in files:
            raise Invalid("the file is missing")
        _, listed = read_manifest(parse_note(files[MANIFEST]).text)
    except SijillError as error:
        checks.fails(what, error, file=MANIFEST)
        return
    check_listed(files, listed, _belongs, checks)


def _belongs(name: str) -> bool:
    return bool(_KNOWN.fullmatch(name) or figure_of_file(name))


def check_listed(
    files: Mapping[str, bytes],
    listed: Mapping[str, str],
    belongs: Callable[[str], bool],
    checks: Checks,
) -> None:
    """That a manifest lists exactly these files with these hashes, and that each belongs there."""
    what = "the manifest lists every file"
    wrong: dict[str, str] = {}
    for name, content in files.items():
        if not belongs(name):
            wrong[name] = "no such file belongs here"
        elif name != MANIFEST and name not in listed:
            wrong[name] = "is not listed"
        elif name != MANIFEST and hashlib.sha256(content).hexdigest() != listed[name]:
            wrong[name] = "its SHA-256 is not the one listed: it was changed"
    wrong.update((name, "is listed but missing") for name in listed if name not in files)
    for name, message in wrong.items():
        checks.fails(what, message, file=name, figure=figure_of_file(name) or "")
    if not wrong:
        checks.holds(what, f"{len(listed)} files, each with its SHA-256", file=MANIFEST)


def _check_publisher(files: Mapping[str, bytes], chain: Chain, checks: Checks) -> None:
    what = "the manifest is signed by the report's publisher"
    if chain.publisher is None:
        checks.skips(what, "the report's entry does not say who that is", file=MANIFEST)
        return
    try:
        note = parse_note(files.get(MANIFEST, b""))
        verified(note, [chain.publisher])
        identity, _ = read_manifest(note.text)
        if identity != f"{chain.origin}/reports/{chain.name}":
            raise Invalid(f"it is the manifest of {identity}")
    except SijillError as error:
        checks.fails(what, error, file=MANIFEST)
        return
    key = f"{chain.publisher.name}+{chain.publisher.key_id.hex()}"
    checks.holds(what, file=MANIFEST, key=key)
