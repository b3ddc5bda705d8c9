"""A bundle held against something else of the same log: a checkpoint, a bundle, a ledger.

What both prove is compared: checkpoints and frozen states of one size, and entries of one index.
Where they differ the log's key signed two histories, and both notes are the evidence. What the
other shows to have come later is told: that the report was superseded.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from audit.bundle import CHECKPOINT, CONSISTENCY
from audit.keychain import read_entries, replay
from audit.policy import NO_POLICY
from audit.publication import NEWEST, Chain, check_publication
from audit.verdict import CONFLICT, FAILS, SOUND, Checks, Verdict
from audit.verify import Opened, open_bundle
from domain.errors import Invalid, SijillError, Unverified
from ledger.checkpoint import open_checkpoint
from ledger.note import VerifierKey

EVIDENCE = "sijill/evidence/v1"
_WHAT = "the log shows one history"


class Shown(NamedTuple):
    """What a file proves of a log: roots (base64) by size, entries by index, its checkpoint.

    `told` are the files to keep as evidence, by name; `opened` is None for a checkpoint alone.
    """

    origin: str
    roots: Mapping[int, str]
    entries: Mapping[int, bytes]
    told: Mapping[str, bytes]
    opened: Opened | None


def hold_against(
    opened: Opened, verdict: Verdict, other: bytes, trust: Sequence[VerifierKey]
) -> Verdict:
    """The verdict with what the other file adds; exit code 4 when the two cannot both be true.

    Raises Invalid for another file that does not verify itself, or is of another log.
    """
    mine = _of_bundle(opened)
    theirs = _read(other, trust, opened.chain.log_key)
    if mine.origin != theirs.origin:
        raise Invalid(f"held against something of {theirs.origin}; this is of {mine.origin}")
    checks = Checks()
    problem = _conflict(mine, theirs)
    if problem:
        checks.fails(_WHAT, f"TWO HISTORIES: {problem}; keep the evidence, it convicts the log")
        return verdict._replace(
            checks=(*verdict.checks, *checks.made),
            exit_code=CONFLICT,
            evidence=_evidence(mine, theirs),
        )
    common = mine.roots.keys() & theirs.roots.keys()
    if common:
        checks.holds(_WHAT, "both are of the same tree", as_of=f"{max(common)} entries")
    else:
        shared = len(mine.entries.keys() & theirs.entries.keys())
        checks.notes(
            _WHAT,
            f"not compared whole: no state of {_sizes(mine)} entries is in the other, which has "
            f"{_sizes(theirs)} (sijill prove log --from SIZE --to SIZE); of single entries, "
            f"{shared} are in both and are the same",
        )
    status = verdict.status
    if theirs.opened is not None:
        status = _told_later(opened.chain, theirs.opened, checks) or status
    return verdict._replace(checks=(*verdict.checks, *checks.made), status=status)


def _of_bundle(opened: Opened) -> Shown:
    chain, files = opened.chain, opened.files
    if chain.log_key is None or chain.report is None:
        raise Invalid("the bundle does not say enough of its log to be held against another")
    checkpoint = _opened(files.get(CHECKPOINT, b""), chain.log_key)
    roots = {chain.report.ledger.size: chain.report.ledger.root}
    bad = {one.file for one in opened.checks.made if one.outcome == FAILS}
    # Only what was proved is held against another.
    if CONSISTENCY in bad:
        roots = {}
    entries = {
        one.logged.log_index: one.logged.entry
        for one in read_entries(files)
        if one.file not in bad and one.file.removesuffix("entry") + "tlog-proof" not in bad
    }
    return Shown(
        checkpoint[0],
        roots | {checkpoint[1]: checkpoint[2]},
        entries,
        {name: files[name] for name in (CHECKPOINT, CONSISTENCY) if name in files},
        opened,
    )


def _read(other: bytes, trust: Sequence[VerifierKey], log_key: VerifierKey | None) -> Shown:
    if other.startswith(b"PK"):
        found = open_bundle(other, trust, NO_POLICY)
        failed = [one for one in found.checks.made if one.outcome not in SOUND]
        if failed:
            raise Invalid(
                f"--against: that bundle does not verify itself ({failed[0].what}: "
                f"{failed[0].detail}); nothing is compared with it"
            )
        return _of_bundle(found)
    if log_key is None:
        raise Invalid("--against: the key of the log is not known")
    for key in (log_key, *(one for one in trust if one.name == log_key.name)):
        try:
            origin, size, root = _opened(other, key)
        except SijillError as error:
            problem = error
            continue
        return Shown(origin, {size: root}, {}, {CHECKPOINT: other}, None)
    raise Invalid(f"held against what is neither a bundle nor a checkpoint of this log: {problem}")


def _opened(note: bytes, key: VerifierKey) -> tuple[str, int, str]:
    try:
        checkpoint = open_checkpoint(note, key)
    except Unverified as error:
        raise Invalid(f"its checkpoint does not verify: {error}") from None
    return checkpoint.origin, checkpoint.size, b64encode(checkpoint.root).decode()


def _conflict(mine: Shown, theirs: Shown) -> str:
    for size in sorted(mine.roots.keys() & theirs.roots.keys()):
        one, other = mine.roots[size], theirs.roots[size]
        if one != other:
            return f"of {size} entries it signed the roots {one} and {other}"
    for index in sorted(mine.entries.keys() & theirs.entries.keys()):
        if mine.entries[index] != theirs.entries[index]:
            return f"entry {index} is another in each, and each is proved to be in its log"
    return ""


def _told_later(chain: Chain, other: Opened, checks: Checks) -> str:
    """What the other's entries say of this report; returns its status, empty for nothing new."""
    told = Checks()
    replayed = replay(read_entries(other.files), Checks())
    later = check_publication(replayed, chain.name, told)
    if later.report is None or later.report != chain.report:
        return ""
    checks.made += [one for one in told.made if one.what == NEWEST]
    return later.status


def _sizes(shown: Shown) -> str:
    return " or ".join(map(str, sorted(shown.roots)))


def _evidence(mine: Shown, theirs: Shown) -> bytes:
    """Both notes, and the proofs that lead to them, each under its name and length."""
    parts = [f"{EVIDENCE}\n{mine.origin}\n".encode()]
    for which, shown in (("first", mine), ("second", theirs)):
        differing = {
            f"{index:010}.entry": raw
            for index, raw in shown.entries.items()
            if (mine if shown is theirs else theirs).entries.get(index, raw) != raw
        }
        for name, raw in {**shown.told, **differing}.items():
            parts.append(f"{which}/{name} {len(raw)}\n".encode() + raw + b"\n")
    return b"".join(parts)
