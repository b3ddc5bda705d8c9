"""The log side of a bundle: whose checkpoint, which entries are in it, and who may publish.

The bundle's authority and rules entries are judged by the ledger's own admission rules, each at its
index, so that a publisher is one whom the founding keys enrolled before she signed the report.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from audit.bundle import CHECKPOINT, CONSISTENCY, Logged
from audit.verdict import Checks
from domain.authority import key_name, read_founding
from domain.errors import Invalid, Rejected, SijillError, Unverified
from domain.event import Seen
from domain.report import ReportFrozen
from domain.rules import Rules
from ledger import merkle
from ledger.admission import (
    State,
    Submission,
    judge,
    read_submission,
    signatures_to_check,
    verifier,
)
from ledger.application import Stream
from ledger.checkpoint import Checkpoint, open_checkpoint
from ledger.entry import split_entry, text_hash
from ledger.note import VerifierKey, verified
from ledger.proof import parse_consistency, parse_proof, verify_growth, verify_proof
from ledger.signatures import verify_chunk

_ENTRY = re.compile(r"(authority|rules|report)/([0-9]{10})\.entry")
_FOUNDING = "authority/0000000000.entry"


class Chain(NamedTuple):
    """What the log side says; a member is None when it could not be had.

    `publisher` is the key that signed the report's entry, `rules` those in force at the frozen
    state, `report_file` the entry's file.
    """

    report: ReportFrozen | None
    name: str
    origin: str
    publisher: VerifierKey | None
    rules: Rules | None
    report_file: str


class _Entry(NamedTuple):
    folder: str
    logged: Logged
    file: str


def check_chain(files: Mapping[str, bytes], trust: Sequence[VerifierKey], checks: Checks) -> Chain:
    """Check everything that rests on the log key; says in `checks` what holds and what fails."""
    entries = _entries(files)
    log_key = _log_key(files, trust, checks)
    checkpoint = None if log_key is None else _check_checkpoint(files, log_key, checks)
    if log_key is not None:
        _check_inclusion(files, entries, log_key, checks)
    chain = _replay(entries, checks)
    if log_key is not None and chain.report is not None:
        _check_growth(files, chain.report.ledger, log_key, checks)
    if checkpoint is not None and chain.origin and chain.origin != checkpoint.origin:
        checks.fails("one ledger", f"founded as {chain.origin}, the checkpoint is of another")
    return chain


def _entries(files: Mapping[str, bytes]) -> list[_Entry]:
    """The entries in log order."""
    found = []
    for name in files:
        matched = _ENTRY.fullmatch(name)
        if matched:
            proof = files.get(name.removesuffix(".entry") + ".tlog-proof", b"")
            found.append(_Entry(matched[1], Logged(int(matched[2]), files[name], proof), name))
    return sorted(found, key=lambda one: one.logged.log_index)


def _log_key(
    files: Mapping[str, bytes], trust: Sequence[VerifierKey], checks: Checks
) -> VerifierKey | None:
    """The log key: trusted itself, or named by a founding that trusted root keys signed."""
    what = "the log key is one you trust"
    try:
        submission = read_submission(split_entry(files[_FOUNDING])[1])
        founding = read_founding(submission.event)
        log_key = verifier(founding.log)
    except (KeyError, Invalid, Rejected) as error:
        message = "the founding entry is missing" if isinstance(error, KeyError) else error
        checks.fails("the founding entry", message, file=_FOUNDING)
        return _named_by_checkpoint(files, trust)
    if log_key in trust:
        checks.holds(what, "given by you", key=key_name(founding.log))
        return log_key
    roots = [key for key in trust if str(key) in founding.roots]
    try:
        signed = verified(submission.note, roots)
        if len(signed) < founding.threshold:
            raise Unverified(
                f"the ledger was founded by {founding.threshold} root keys together; of those you "
                f"trust only {len(signed)} signed"
            )
    except Unverified as error:
        checks.fails(what, f"neither it nor enough root keys are trusted: {error}", file=_FOUNDING)
    else:
        names = ", ".join(f"{key.name}+{key.key_id.hex()}" for key in signed)
        checks.holds(what, f"named by the founding that {names} signed", key=key_name(founding.log))
    # Untrusted or not, what rests on it is still worth checking: the verdict fails either way.
    return log_key


def _named_by_checkpoint(
    files: Mapping[str, bytes], trust: Sequence[VerifierKey]
) -> VerifierKey | None:
    origin = files.get(CHECKPOINT, b"").partition(b"\n")[0]
    return next((key for key in trust if key.name.encode() == origin), None)


def _check_checkpoint(
    files: Mapping[str, bytes], log_key: VerifierKey, checks: Checks
) -> Checkpoint | None:
    what = "the checkpoint is signed by the log"
    try:
        if CHECKPOINT not in files:
            raise Invalid("the file is missing")
        checkpoint = open_checkpoint(files[CHECKPOINT], log_key)
    except (Invalid, Unverified) as error:
        checks.fails(what, error, file=CHECKPOINT)
        return None
    checks.holds(
        what,
        file=CHECKPOINT,
        key=f"{log_key.name}+{log_key.key_id.hex()}",
        as_of=f"{checkpoint.size} entries",
    )
    return checkpoint


def _check_inclusion(
    files: Mapping[str, bytes], entries: Sequence[_Entry], log_key: VerifierKey, checks: Checks
) -> None:
    what = "every entry is in the log"
    sound = True
    for one in entries:
        try:
            proof = parse_proof(one.logged.proof)
            if proof.checkpoint != files.get(CHECKPOINT):
                raise Unverified("the proof is for another checkpoint than the bundle's")
            if proof.log_index != one.logged.log_index or proof.extra is not None:
                raise Unverified(f"the proof is for entry {proof.log_index}")
            verify_proof(proof, merkle.leaf_hash(one.logged.entry), log_key)
        except (Invalid, Unverified) as error:
            sound = False
            proof_file = one.file.removesuffix("entry") + "tlog-proof"
            checks.fails(what, error, file=proof_file if isinstance(error, Invalid) else one.file)
    if sound:
        checks.holds(what, f"{len(entries)} entries, each by its proof")


def _check_growth(
    files: Mapping[str, bytes], frozen: Seen, log_key: VerifierKey, checks: Checks
) -> None:
    what = "the frozen state is part of that log"
    try:
        proof = parse_consistency(files.get(CONSISTENCY, b""))
        if proof.checkpoint != files.get(CHECKPOINT):
            raise Unverified("the proof is for another checkpoint than the bundle's")
        if proof.old_size != frozen.size:
            raise Unverified(f"the proof is for {proof.old_size} entries, not {frozen.size}")
        verify_growth(proof, b64decode(frozen.root), log_key)
    except (Invalid, Unverified) as error:
        checks.fails(what, error, file=CONSISTENCY)
        return
    checks.holds(what, file=CONSISTENCY, as_of=f"{frozen.size} entries")


def _replay(entries: Sequence[_Entry], checks: Checks) -> Chain:
    """Judge the entries in log order, each at its own index."""
    streams: dict[str, Stream | None] = {}
    reports: list[tuple[_Entry, Submission, ReportFrozen]] = []
    rules: list[tuple[int, Rules]] = []
    received, sound = "", True
    what = "every entry was rightly accepted"
    for one in entries:
        try:
            at, raw = split_entry(one.logged.entry)
            if at < received:
                raise Invalid(f"received at {at}, before the entry in front of it")
            received = at
            submission = read_submission(raw)
            if submission.event.stream_kind != one.folder:
                raise Invalid(f"an entry of {submission.event.stream} is in {one.folder}/")
            fact = _judge(submission, one.logged.log_index, at, streams)
        except SijillError as error:
            sound = False
            checks.fails(what, error, file=one.file)
            continue
        if one.folder == "rules":
            rules.append((one.logged.log_index, fact))
        elif one.folder == "report":
            reports.append((one, submission, fact))
    if sound:
        checks.holds(what, "signatures, roles, stream places and rules at each index")
    return _chain(reports, rules, streams, checks)


def _judge(submission: Submission, index: int, at: str, streams: dict[str, Stream | None]) -> Any:
    """One entry; the states it names that this bundle cannot prove are taken as it names them."""
    event = submission.event
    named = {seen.size: seen.root for seen in (event.seen, _frozen_state(submission)) if seen}
    state = State(
        size=index, received=at, streams=streams.get, root_at=lambda size: named.get(size, "")
    )
    intact = all(verify_chunk(signatures_to_check(submission, state.authority)))
    author, fact, after = judge(submission, intact, state)
    streams[event.stream] = Stream(
        event.stream, event.version, text_hash(submission.note.text), author.key, index, after
    )
    return fact


def _frozen_state(submission: Submission) -> Seen | None:
    ledger = submission.event.body.get("ledger")
    if type(ledger) is not dict or type(ledger.get("size")) is not int:
        return None
    return Seen(ledger["size"], str(ledger.get("root")))


def _chain(
    reports: Sequence[tuple[_Entry, Submission, ReportFrozen]],
    rules: Sequence[tuple[int, Rules]],
    streams: Mapping[str, Stream | None],
    checks: Checks,
) -> Chain:
    what = "the report's entry is signed by a publisher"
    founded = streams.get("authority")
    if len(reports) != 1 or founded is None:
        checks.fails(what, f"{len(reports)} sound entries of reports; there must be one")
        return Chain(None, "", "", None, None, "")
    one, submission, report = reports[0]
    signer = submission.signers[0]
    enrolled = founded.state.keys[signer]
    checks.holds(
        what,
        f"enrolled for {enrolled.holder.label} at entry {enrolled.enrolled_at}",
        file=one.file,
        key=signer,
        as_of=f"entry {one.logged.log_index}, received {split_entry(one.logged.entry)[0]}",
    )
    if enrolled.revoked_at is not None:
        suspect = enrolled.suspect_from is not None and (
            enrolled.suspect_from <= one.logged.log_index
        )
        note = f"revoked later, at entry {enrolled.revoked_at} ({enrolled.revocation})"
        if suspect:
            checks.fails("the publisher's key is not suspect", note, file=one.file, key=signer)
        else:
            checks.holds("the publisher's key was not yet revoked", note, key=signer)
    in_force = [adopted for index, adopted in rules if index < report.ledger.size]
    counted_by = in_force[-1] if in_force else None
    if counted_by is None or counted_by.version != report.rules:
        checks.fails(
            "the rules that counted were in force",
            f"the report names version {report.rules}; the bundle does not show it in force",
            file=one.file,
        )
        counted_by = None
    name = submission.event.stream.partition("/")[2]
    return Chain(report, name, founded.state.origin, verifier(enrolled.vkey), counted_by, one.file)
