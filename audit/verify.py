"""Verifying a bundle: pure over its bytes and the public keys that the reader trusts.

Every check says what holds, by whose key and as of when; a failing one names the file and the
figure it affects, and the next check is made all the same.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from audit.bundle import (
    CHECKPOINT,
    CONSISTENCY,
    MANIFEST,
    PAGE,
    README,
    figure_of_file,
    read_manifest,
)
from audit.claim_counted import find_claim
from audit.container import Container, read_container
from audit.figures import check_figures
from audit.keychain import check_chain
from audit.policy import NO_POLICY, Policy, check_policy, exit_code
from audit.publication import Chain
from audit.verdict import SOUND, Checks, ShownFigure, Verdict, unusable
from domain.errors import Invalid, SijillError
from ledger.note import VerifierKey, parse_note, verified

_KNOWN = re.compile(
    rf"{re.escape(README)}|{MANIFEST}|{CHECKPOINT}|{CONSISTENCY}|{re.escape(PAGE)}"
    r"|(?:authority|rules|report)/[0-9]{10}\.(?:entry|tlog-proof)"
)


class Asked(NamedTuple):
    """What a reader asks beyond the bundle itself.

    `figure` restricts the verdict to one figure; `claim` asks where a claim is counted (whole, its
    uuid, or its first 8 characters). `page` is the verifier's page that the reader knows.
    """

    figure: str = ""
    claim: str = ""
    page: bytes | None = None


NOTHING = Asked()


class Opened(NamedTuple):
    """A bundle's files with what they showed; `checks` has every check that was made."""

    files: Mapping[str, bytes]
    chain: Chain
    checks: Checks
    figures: tuple[ShownFigure, ...]


def verify_bundle(
    raw: bytes,
    trust: Sequence[VerifierKey],
    policy: Policy = NO_POLICY,
    asked: Asked = NOTHING,
) -> Verdict:
    """Verify a `.sijill` file with the log's public key, or with the root keys that founded it.

    Never raises for what is in `raw`; raises Invalid for a figure that is not in it, and for a
    claim's name that could be several. Exit code 0 verified, 1 not verified, 2 no bundle at all, 3
    when all holds but the policy is not met.
    """
    try:
        opened = open_bundle(raw, trust, policy, asked.page)
    except Invalid as error:
        return unusable(str(error))
    return conclude(opened, asked)


def open_bundle(
    raw: bytes, trust: Sequence[VerifierKey], policy: Policy, page: bytes | None = None
) -> Opened:
    """Make every check; raises Invalid only for what is no bundle at all."""
    if not raw:
        raise Invalid("the file is empty")
    container = read_container(raw)
    checks = Checks()
    _check_container(container, checks)
    files = container.files
    name = _check_manifest(files, checks)
    _check_page(files, page, checks)
    chain = check_chain(files, trust, checks, policy.together, report=name)
    _check_publisher(files, chain, checks)
    check_policy(files.get(CHECKPOINT, b""), policy, checks)
    shown = check_figures(files, chain, checks)
    doubted = {check.figure for check in checks.made if check.outcome not in SOUND}
    figures = tuple(one._replace(holds=one.name not in doubted) for one in shown)
    return Opened(files, chain, checks, figures)


def conclude(opened: Opened, asked: Asked = NOTHING) -> Verdict:
    """The verdict on what was checked; raises as `verify_bundle`."""
    chain, checks = opened.chain, opened.checks
    known = [one.name for one in opened.figures]
    if asked.figure and asked.figure not in known:
        raise Invalid(f"--figure {asked.figure}: the report has {', '.join(known) or 'none'}")
    counted = find_claim(opened.files, asked.claim, opened.figures) if asked.claim else None
    return Verdict(
        f"{chain.origin}/reports/{chain.name}" if chain.report is not None else "",
        ("", "") if chain.report is None else (chain.report.title.en, chain.report.title.ar),
        tuple(checks.made),
        opened.figures,
        exit_code(checks, asked.figure),
        chain.status,
        counted,
    )


def _check_container(container: Container, checks: Checks) -> None:
    what = "the container has its one form"
    for defect in container.defects:
        figure = figure_of_file(defect.file) or ""
        checks.fails(what, defect.message, file=defect.file, figure=figure)
    if not container.defects:
        checks.holds(what, f"{len(container.files)} files")


def _check_manifest(files: Mapping[str, bytes], checks: Checks) -> str:
    """That the manifest lists exactly these files with these hashes; whose it is comes later.

    Returns the name of the report that it is of, empty when it cannot be read.
    """
    what = "the manifest lists every file"
    try:
        if MANIFEST not in files:
            raise Invalid("the file is missing")
        identity, listed = read_manifest(parse_note(files[MANIFEST]).text)
    except SijillError as error:
        checks.fails(what, error, file=MANIFEST)
        return ""
    check_listed(files, listed, _belongs, checks)
    return identity.rpartition("/reports/")[2]


def _check_page(files: Mapping[str, bytes], page: bytes | None, checks: Checks) -> None:
    """Whether the page in the bundle is the one that the reader knows; it is never believed."""
    what = "the page in the bundle is one that is known"
    if PAGE not in files:
        checks.notes(what, "there is none in it", file=PAGE)
        return
    sha256 = hashlib.sha256(files[PAGE]).hexdigest()
    warning = "whoever made the bundle made it: take the page from somebody you trust"
    if page is None:
        checks.notes(what, f"not compared here, SHA-256 {sha256}; {warning}", file=PAGE)
    elif page == files[PAGE]:
        checks.holds(what, f"byte for byte what this version writes, SHA-256 {sha256}", file=PAGE)
    else:
        checks.notes(
            what, f"OTHER VERSION, SHA-256 {sha256}, not looked into; {warning}", file=PAGE
        )


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
    if not chain.signers:
        checks.skips(what, "the report's entry does not say who that is", file=MANIFEST)
        return
    try:
        note = parse_note(files.get(MANIFEST, b""))
        signer = verified(note, chain.signers)[0]
        identity, _ = read_manifest(note.text)
        if identity != f"{chain.origin}/reports/{chain.name}":
            raise Invalid(f"it is the manifest of {identity}")
    except SijillError as error:
        checks.fails(what, error, file=MANIFEST)
        return
    key = f"{signer.name}+{signer.key_id.hex()}"
    checks.holds(what, file=MANIFEST, key=key)
