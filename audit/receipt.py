"""Verifying a proof file by itself: an entry in the log, or a log that only grew.

c2sp.org/tlog-proof@v1     with the entry in `extra`, or its bytes given beside
                           or with a member's line in `extra`, its checkpoint a figure's note
old <size> …               a consistency proof, with the old checkpoint given beside
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence

from audit.figure_note import read_figure
from audit.lines import read_members
from audit.policy import NO_POLICY, Policy, check_policy, exit_code
from audit.verdict import (
    CONFLICT,
    NOT_VERIFIED,
    UNUSABLE,
    VERIFIED,
    Checks,
    Verdict,
    unusable,
)
from domain.errors import Invalid, SijillError, Unverified
from ledger.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from ledger.entry import parse_entry
from ledger.merkle import leaf_hash, verify_inclusion
from ledger.note import VerifierKey, parse_note, verified
from ledger.proof import (
    TLOG_PROOF,
    TlogProof,
    parse_consistency,
    parse_proof,
    verify_growth,
    verify_proof,
)

NOT_PROVED = (
    "that what the entry says is true, or that its author was entitled to say it: an audit of the "
    "whole ledger checks who could sign what",
    "that the log shows everybody the same history: that takes witnesses",
)


NOT_PROVED_OF_A_MEMBER = (
    "that the figure is true, or that the others whom it counts are: only that this one is among "
    "them, and that the publisher stated the number over all of them",
    "that the publisher was entitled to publish, and what exactly the figure counts: the report's "
    "bundle has both",
    "that the report was not corrected since: ask the organisation",
)


NOT_PROVED_OF_AN_ADDEND = (
    "that the number is the sum of its addends: only that this is one of them, and what it adds; "
    "the report's bundle has all of them",
    *NOT_PROVED_OF_A_MEMBER[1:],
)


def is_proof(raw: bytes) -> bool:
    return raw.startswith((TLOG_PROOF.encode(), b"old "))


def verify_receipt(
    raw: bytes,
    trust: Sequence[VerifierKey],
    *,
    entry: bytes | None = None,
    old_checkpoint: bytes | None = None,
    policy: Policy = NO_POLICY,
) -> Verdict:
    """Verify one proof file; never raises for what is in it."""
    checks = Checks()
    try:
        if raw.startswith(b"old "):
            checkpoint = _growth(raw, trust, old_checkpoint, checks)
        else:
            checkpoint = _inclusion(raw, trust, entry, checks)
        check_policy(checkpoint, policy, checks)
    except Unverified as error:
        checks.fails("the proof leads to the signed root", error)
    except SijillError as error:
        return unusable(str(error))._replace(exit_code=UNUSABLE)
    return Verdict("", ("", ""), tuple(checks.made), (), exit_code(checks))


def compare_checkpoints(one: bytes, other: bytes, trust: Sequence[VerifierKey]) -> Verdict:
    """Whether two checkpoints of one log contradict each other; exit code 4 when they do."""
    checks = Checks()
    code = VERIFIED
    try:
        first, second = (open_checkpoint(raw, _log_key(raw, trust)) for raw in (one, other))
        what = "the log shows one history"
        if first.origin != second.origin:
            raise Unverified(f"they are of two logs, {first.origin} and {second.origin}")
        if first.size != second.size:
            raise Unverified(
                f"they are of {first.size} and {second.size} entries: a proof of growth says "
                "whether they agree (sijill prove log --from SIZE --to SIZE)"
            )
        if first.root == second.root:
            checks.holds(what, "both checkpoints are of the same tree")
        else:
            code = CONFLICT
            checks.fails(
                what,
                f"SPLIT VIEW: its key signed two trees of {first.size} entries, with roots "
                f"{b64encode(first.root).decode()} and {b64encode(second.root).decode()}; keep "
                "both files, they convict the log",
            )
    except Unverified as error:
        code = NOT_VERIFIED
        checks.fails("both checkpoints are the log's and can be compared", error)
    except SijillError as error:
        return unusable(str(error))
    return Verdict("", ("", ""), tuple(checks.made), (), code)


def _inclusion(
    raw: bytes, trust: Sequence[VerifierKey], entry: bytes | None, checks: Checks
) -> bytes:
    """Check an inclusion proof; returns its checkpoint's note."""
    proof = parse_proof(raw)
    if _is_figure(proof.checkpoint):
        return _member(proof, trust, checks)
    leaf = entry if entry is not None else proof.extra
    if leaf is None:
        raise Invalid("the proof does not hold its entry: give the entry with --entry FILE")
    log_key = _log_key(proof.checkpoint, trust)
    checkpoint = verify_proof(proof, leaf_hash(leaf), log_key)
    checks.holds(
        "the checkpoint is signed by the log",
        key=f"{log_key.name}+{log_key.key_id.hex()}",
        as_of=f"{checkpoint.size} entries",
    )
    read = parse_entry(leaf)
    if read.event.ledger != checkpoint.origin:
        raise Unverified(f"the event is for {read.event.ledger}, the log is {checkpoint.origin}")
    checks.holds(
        "the entry is in the log",
        f"index {proof.log_index}: {read.event.type} of {read.event.stream} version "
        f"{read.event.version}",
        key=read.signer,
        as_of=f"received {read.received}",
    )
    return proof.checkpoint


def proves_an_addend(raw: bytes) -> bool:
    """Whether it is of a member in a figure that is a sum."""
    try:
        return read_figure(parse_note(parse_proof(raw).checkpoint).text).sum is not None
    except SijillError:
        return False


def proves_a_member(raw: bytes) -> bool:
    """Whether a proof file is of a member in a figure, not of an entry in the log."""
    try:
        return _is_figure(parse_proof(raw).checkpoint)
    except SijillError:
        return False


def _is_figure(note: bytes) -> bool:
    try:
        read_figure(parse_note(note).text)
    except SijillError:
        return False
    return True


def _member(proof: TlogProof, trust: Sequence[VerifierKey], checks: Checks) -> bytes:
    """Check that one line is among those that a figure counts; returns the figure's note."""
    if proof.extra is None:
        raise Invalid("the proof does not hold the line of the member that it is of")
    note = parse_note(proof.checkpoint)
    signed = verified(note, trust)[0]
    figure = read_figure(note.text)
    checks.holds(
        "the figure is signed by a publisher you trust",
        f"{figure.identity}: {figure.value}",
        key=f"{signed.name}+{signed.key_id.hex()}",
        as_of=f"{figure.ledger.size} entries",
    )
    verify_inclusion(
        index=proof.log_index,
        size=figure.size,
        leaf_hash=leaf_hash(proof.extra),
        proof=proof.hashes,
        root=figure.root,
    )
    members = list(read_members(proof.extra + b"\n"))
    if len(members) != 1:
        raise Invalid("the proof holds a hidden line, or more than one")
    (member,) = members
    facets = ", ".join(f"{facet} {value}" for facet, value in member.facets.items())
    counted = f"one of {figure.size}"
    if figure.sum is not None:
        counted = f"{member.addend} ({member.qualifier}), {counted} addends of {figure.value}"
    checks.holds(
        "the member is counted in it",
        f"{member.id}, {counted}" + (f" ({facets})" if facets else ""),
        as_of=f"entry {member.log_index}",
    )
    return proof.checkpoint


def _growth(
    raw: bytes, trust: Sequence[VerifierKey], old_checkpoint: bytes | None, checks: Checks
) -> bytes:
    """Check a consistency proof; returns its checkpoint's note."""
    proof = parse_consistency(raw)
    if old_checkpoint is None:
        raise Invalid("give the checkpoint that it grew from with --old-checkpoint FILE")
    log_key = _log_key(proof.checkpoint, trust)
    old: Checkpoint = open_checkpoint(old_checkpoint, _log_key(old_checkpoint, trust))
    if old.size != proof.old_size:
        raise Unverified(f"the proof begins at {proof.old_size} entries, not at {old.size}")
    new = verify_growth(proof, old.root, log_key)
    checks.holds(
        "the log only grew",
        f"the first {old.size} of {new.size} entries are those of the old checkpoint",
        key=f"{log_key.name}+{log_key.key_id.hex()}",
        as_of=f"{new.size} entries",
    )
    return proof.checkpoint


def _log_key(checkpoint: bytes, trust: Sequence[VerifierKey]) -> VerifierKey:
    note = parse_note(checkpoint)
    origin = parse_checkpoint(note.text).origin
    known = [key for key in trust if key.name == origin]
    if not known:
        raise Unverified(f"the checkpoint is of {origin}, whose key is not among those you trust")
    # A log key that was rotated bears the same name: take the one that signed.
    signed = {(line.name, line.key_id) for line in note.signatures}
    return next((key for key in known if (key.name, key.key_id) in signed), known[0])
