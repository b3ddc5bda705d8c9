"""Verifying an extract: a data package of rows, with the proof of the state they name, offline.

The file (docs/formats/extract.md) proves that the ledger had the root it names at the size it
names, and shows damage to any byte of it. Nobody signs the rows: that they are the ledger's is
checked by taking them out of the ledger again, which `again` does.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from audit.bundle import CHECKPOINT, CONSISTENCY, MANIFEST, README, read_manifest
from audit.container import names_in, read_container
from audit.keychain import check_checkpoint, check_inclusion, find_log_key, read_entries, replay
from audit.policy import NO_POLICY, Policy, check_policy, exit_code
from audit.verdict import Checks, Verdict, unusable
from audit.verify import check_listed
from domain import canonical
from domain.errors import Invalid, SijillError, Unverified
from ledger.checkpoint import Checkpoint
from ledger.note import VerifierKey
from ledger.proof import parse_consistency, verify_growth

PACKAGE = "datapackage.json"
VERSION = "sijill/extract/v1"
NOT_PROVED = (
    "that the rows are those of the ledger: nobody signs them; --ledger DIR takes them out of a "
    "ledger again and compares every byte",
    "that what the rows say is true: only that it was recorded",
    "that nothing came later: a correction, a retraction, a revocation of a key",
)
NOT_PROVED_AGAIN = (
    "that the ledger in that folder is sound: sijill audit replays the whole of it",
    *NOT_PROVED[1:],
)
MAX_PACKAGE = 1 << 20

_DATA = re.compile(r"data/[a-z]+\.csv")
_KNOWN = re.compile(
    rf"{re.escape(README)}|{MANIFEST}|{CHECKPOINT}|{CONSISTENCY}|{re.escape(PACKAGE)}"
    rf"|{_DATA.pattern}|authority/[0-9]{{10}}\.(?:entry|tlog-proof)"
)
_MEMBERS = {
    "version": str,
    "extract": str,
    "language": str,
    "ledger": dict,
    "definition": dict,
    "definition_sha256": str,
    "sentence": dict,
}
_ROOT_TEXT = re.compile(r"[A-Za-z0-9+/]{43}=")


class Stated(NamedTuple):
    """What a data package says of itself; `size` entries with the base64 root `root`."""

    kind: str
    language: str
    origin: str
    size: int
    root: str
    definition: dict[str, Any]
    digest: str
    sentence: tuple[str, str]
    licence: str | None
    resources: tuple[tuple[str, int, str], ...]  # path, bytes, sha256:hex

    @property
    def identity(self) -> str:
        return extract_identity(self.origin, self.kind, self.size)


# The files of the same extract, taken again; raises SijillError when that cannot be done.
Again = Callable[[Stated], Mapping[str, bytes]]


def extract_identity(origin: str, kind: str, size: int) -> str:
    return f"{origin}/extracts/{kind}-{size}"


def is_extract(raw: bytes) -> bool:
    """Whether the file is an extract: a container with a data package."""
    if names := names_in(raw):
        return PACKAGE in names
    try:
        return PACKAGE in read_container(raw).files
    except Invalid:
        return False


def verify_extract(
    raw: bytes,
    trust: Sequence[VerifierKey],
    policy: Policy = NO_POLICY,
    again: Again | None = None,
) -> Verdict:
    """Verify an extract; never raises for what is in it."""
    try:
        container = read_container(raw)
    except Invalid as error:
        return unusable(str(error))
    checks, files = Checks(), container.files
    for defect in container.defects:
        checks.fails("the container has its one form", defect.message, file=defect.file)
    if not container.defects:
        checks.holds("the container has its one form", f"{len(files)} files")
    stated = _stated(files, checks)
    _check_manifest(files, stated, checks)
    checkpoint, log_key = _check_log(files, trust, checks)
    if stated is not None and checkpoint is not None and log_key is not None:
        _check_state(files, stated, checkpoint, log_key, checks)
    check_policy(files.get(CHECKPOINT, b""), policy, checks)
    if again is not None and stated is not None:
        _check_again(files, stated, again, checks)
    return Verdict(
        "" if stated is None else stated.identity,
        ("", "") if stated is None else stated.sentence,
        tuple(checks.made),
        (),
        exit_code(checks),
    )


def read_package(raw: bytes) -> Stated:
    """Read a datapackage.json of ours; raises Invalid naming what is wrong with it."""
    if len(raw) > MAX_PACKAGE:
        raise Invalid(f"larger than {MAX_PACKAGE} bytes")
    try:
        document = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Invalid(f"not JSON: {error}") from None
    told = document.get("sijill") if type(document) is dict else None
    if type(told) is not dict or set(told) != set(_MEMBERS):
        raise Invalid(f"no member sijill with {', '.join(_MEMBERS)}")
    for name, kind in _MEMBERS.items():
        if type(told[name]) is not kind:
            raise Invalid(f"sijill.{name}: not of its type")
    if told["version"] != VERSION:
        raise Invalid(f"sijill.version: {told['version'][:40]!a} is not {VERSION}")
    digest = hashlib.sha256(canonical.dumps(told["definition"])).hexdigest()
    if told["definition_sha256"] != digest:
        raise Invalid("sijill.definition_sha256: is not that of the definition")
    canonical.dumps(told)  # nothing in it that a terminal would obey
    origin, size, root = _read_ledger(told["ledger"])
    words = told["sentence"]
    if set(words) != {"ar", "en"} or not all(type(one) is str for one in words.values()):
        raise Invalid("sijill.sentence: must be in English and Arabic")
    return Stated(
        *(told["extract"], told["language"], origin, size, root, told["definition"], digest),
        sentence=(words["en"], words["ar"]),
        licence=_read_licence(document.get("licenses")),
        resources=_read_resources(document.get("resources")),
    )


def _read_ledger(ledger: dict[str, Any]) -> tuple[str, int, str]:
    if set(ledger) != {"origin", "size", "root"}:
        raise Invalid("sijill.ledger: must have origin, size and root")
    origin, size, root = ledger["origin"], ledger["size"], ledger["root"]
    if type(origin) is not str or type(size) is not int or size < 1:
        raise Invalid("sijill.ledger: origin is text, and size an integer from 1")
    if type(root) is not str or not _ROOT_TEXT.fullmatch(root):
        raise Invalid("sijill.ledger.root: is not 32 bytes of base64")
    return origin, size, root


def _read_licence(licences: Any) -> str | None:
    if licences is None:
        return None
    one = licences[0] if type(licences) is list and len(licences) == 1 else None
    if type(one) is not dict or type(one.get("title")) is not str:
        raise Invalid("licenses: must be one, with a title")
    title: str = one["title"]
    return title


def _read_resources(resources: Any) -> tuple[tuple[str, int, str], ...]:
    if type(resources) is not list or not resources:
        raise Invalid("resources: must be a list, not empty")
    found = []
    for one in resources:
        if type(one) is not dict:
            raise Invalid("resources: each must be an object")
        path, length, digest = one.get("path"), one.get("bytes"), one.get("hash")
        if type(path) is not str or not _DATA.fullmatch(path):
            raise Invalid("resources: path must be like data/claims.csv")
        if type(length) is not int or type(digest) is not str:
            raise Invalid(f"resources: {path} must have bytes and hash")
        found.append((path, length, digest))
    return tuple(found)


def _stated(files: Mapping[str, bytes], checks: Checks) -> Stated | None:
    what = "the data package describes its files"
    try:
        if PACKAGE not in files:
            raise Invalid("the file is missing")
        stated = read_package(files[PACKAGE])
        described = {path for path, _, _ in stated.resources}
        for path, length, digest in stated.resources:
            content = files.get(path)
            if content is None:
                raise Invalid(f"{path} is missing")
            if (length, digest) != (len(content), f"sha256:{hashlib.sha256(content).hexdigest()}"):
                raise Invalid(f"{path} has not the length or the SHA-256 that is stated")
        undescribed = {name for name in files if _DATA.fullmatch(name)} - described
        if undescribed:
            raise Invalid(f"{', '.join(sorted(undescribed))} is not described")
    except SijillError as error:
        checks.fails(what, error, file=PACKAGE)
        return None
    checks.holds(what, f"definition SHA-256 {stated.digest[:16]}…", file=PACKAGE)
    return stated


def _check_manifest(files: Mapping[str, bytes], stated: Stated | None, checks: Checks) -> None:
    what = "the manifest lists every file"
    try:
        if MANIFEST not in files:
            raise Invalid("the file is missing")
        identity, listed = read_manifest(files[MANIFEST])
        if stated is not None and identity != stated.identity:
            raise Invalid("it is the manifest of another extract")
    except SijillError as error:
        checks.fails(what, error, file=MANIFEST)
        return
    check_listed(files, listed, lambda name: bool(_KNOWN.fullmatch(name)), checks)


def _check_log(
    files: Mapping[str, bytes], trust: Sequence[VerifierKey], checks: Checks
) -> tuple[Checkpoint | None, VerifierKey | None]:
    """The checkpoint with the log's key, as a file of keys has them (docs/formats/keys.md)."""
    entries, judged = read_entries(files), Checks()
    replayed = replay(entries, judged)
    log_key = find_log_key(files, replayed, trust, checks)
    checkpoint = None
    if log_key is not None:
        checkpoint = check_checkpoint(files, log_key, checks)
        check_inclusion(files, entries, log_key, checks)
    checks.made += judged.made
    return checkpoint, log_key


def _check_state(
    files: Mapping[str, bytes],
    stated: Stated,
    checkpoint: Checkpoint,
    log_key: VerifierKey,
    checks: Checks,
) -> None:
    what = "the rows name a state of that log"
    try:
        if stated.origin != checkpoint.origin:
            raise Unverified("the checkpoint is of another ledger than the data package names")
        if stated.size == checkpoint.size:
            if CONSISTENCY in files:
                raise Invalid("a consistency proof is for a state before the checkpoint")
            if b64decode(stated.root) != checkpoint.root:
                raise Unverified(f"the checkpoint has another root at {stated.size} entries")
        else:
            proof = parse_consistency(files.get(CONSISTENCY, b""))
            if proof.checkpoint != files[CHECKPOINT] or proof.old_size != stated.size:
                raise Unverified("the consistency proof is for another state or checkpoint")
            verify_growth(proof, b64decode(stated.root), log_key)
    except SijillError as error:
        checks.fails(what, error, file=PACKAGE)
        return
    checks.holds(what, file=PACKAGE, as_of=f"{stated.size} entries")


def _check_again(files: Mapping[str, bytes], stated: Stated, again: Again, checks: Checks) -> None:
    what = "the rows are those of the ledger"
    try:
        made = again(stated)
    except SijillError as error:
        checks.fails(what, error)
        return
    different = sorted(name for name, content in made.items() if files.get(name) != content)
    data = {name for name in files if _DATA.fullmatch(name)}
    for name in [*different, *sorted(data - made.keys())]:
        checks.fails(what, "the ledger gives other bytes", file=name)
    if not different and data <= made.keys():
        checks.holds(
            what, f"taken again: {', '.join(sorted(made))}", as_of=f"{stated.size} entries"
        )
