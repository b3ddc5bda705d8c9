"""The log side of a bundle: whose checkpoint, which entries are in it, and who may publish.

The bundle's authority and rules entries are judged by the ledger's own admission rules, each at its
index, so that a publisher is one whom the founding keys enrolled before she signed the report.
"""

from __future__ import annotations

import re
import sys
from base64 import b64decode
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from audit.bundle import CHECKPOINT, CONSISTENCY, Logged
from audit.publication import Chain, check_publication
from audit.verdict import Checks
from domain.authority import Authority, key_name
from domain.errors import Invalid, SijillError, Unverified
from domain.event import Event, Seen
from domain.rules import Rules
from ledger import merkle
from ledger.admission import (
    State,
    Submission,
    judge,
    read_submission,
    signatures_to_check,
)
from ledger.application import Stream, follow
from ledger.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from ledger.entry import split_entry
from ledger.note import Note, VerifierKey, parse_note, verified, verifier
from ledger.proof import parse_consistency, parse_proof, verify_growth, verify_proof
from ledger.signatures import verify_chunk

_ENTRY = re.compile(r"(authority|rules|report)/([0-9]{10})\.entry")
_FOUNDING = "authority/0000000000.entry"


class Entry(NamedTuple):
    folder: str
    logged: Logged
    file: str


class ReportEntry(NamedTuple):
    """A sound entry of a report's stream: `report` is its name, `fact` what the event states."""

    report: str
    type: str
    fact: Any
    signer: str
    log_index: int
    entry: bytes
    file: str


class Replayed(NamedTuple):
    """What the entries make. `ruling` are the notes that set root keys, one for each root set;
    `rules` come with their index.
    """

    authority: Authority | None
    ruling: tuple[Note, ...]
    rules: tuple[tuple[int, Rules], ...]
    reports: tuple[ReportEntry, ...]


def check_chain(
    files: Mapping[str, bytes],
    trust: Sequence[VerifierKey],
    checks: Checks,
    together: int = 1,
    *,
    report: str = "",
    cut: bool = False,
) -> Chain:
    """Check everything that rests on the log key; says in `checks` what holds and what fails.

    `report` is the name of the report that the file is about; without it, it has one alone.

    `together`: how many trusted root keys must have signed at least. `cut`: of the entries about
    keys only those are there that lead to the publisher, and the rules are not.
    """
    entries = read_entries(files)
    # Who the log key is, is in the entries; that they are rightly there is told after it.
    judged = Checks()
    replayed = replay(entries, judged, cut=cut)
    log_key = find_log_key(files, replayed, trust, checks, together)
    checkpoint = None if log_key is None else check_checkpoint(files, log_key, checks)
    if log_key is not None:
        check_inclusion(files, entries, log_key, checks)
    checks.made += judged.made
    chain = check_publication(replayed, report, checks, cut=cut)._replace(log_key=log_key)
    if log_key is not None and chain.report is not None:
        _check_growth(files, chain.report.ledger, log_key, checks)
    if checkpoint is not None and chain.origin and chain.origin != checkpoint.origin:
        checks.fails("one ledger", f"founded as {chain.origin}, the checkpoint is of another")
    return chain


def read_entries(files: Mapping[str, bytes]) -> list[Entry]:
    """The entries in log order."""
    found = []
    for name in files:
        matched = _ENTRY.fullmatch(name)
        if matched:
            proof = files.get(name.removesuffix(".entry") + ".tlog-proof", b"")
            found.append(Entry(matched[1], Logged(int(matched[2]), files[name], proof), name))
    return sorted(found, key=lambda one: one.logged.log_index)


def find_log_key(
    files: Mapping[str, bytes],
    replayed: Replayed,
    trust: Sequence[VerifierKey],
    checks: Checks,
    together: int = 1,
) -> VerifierKey | None:
    """The log key in force at the checkpoint, and why it can be trusted.

    It is trusted itself, or named by root keys of which enough are trusted, whichever rotations
    came since, or it follows a trusted one that was retired and signed this checkpoint beside it.
    """
    what = "the log key is one you trust"
    authority = replayed.authority
    if authority is None:
        message = "is missing" if _FOUNDING not in files else "does not verify"
        checks.fails("the founding entry", message, file=_FOUNDING)
        return _named_by_checkpoint(files, trust)
    vkey = authority.log_at(_size(files))
    log_key, name = verifier(vkey), key_name(vkey)
    if log_key in trust:
        checks.holds(what, "given by you", key=name)
        return log_key
    since = next(one.since for one in authority.log_keys if one.vkey == vkey)
    rotated = f"; it is the log key since entry {since}" if since else ""
    signed = trusted_roots(authority, replayed.ruling, trust, together)
    if isinstance(signed, str):
        follows = _former_key(files, authority, trust)
        if follows is None:
            message = f"neither it nor enough root keys are trusted: {signed}"
            checks.fails(what, message, file=_FOUNDING)
        else:
            checks.holds(what, f"it follows {follows}, which signed the checkpoint too", key=name)
    else:
        names = ", ".join(f"{key.name}+{key.key_id.hex()}" for key in signed)
        checks.holds(what, f"named by the founding that {names} signed{rotated}", key=name)
    # Untrusted or not, what rests on it is still worth checking: the verdict fails either way.
    return log_key


def trusted_roots(
    authority: Authority,
    ruling: Sequence[Note],
    trust: Sequence[VerifierKey],
    together: int = 1,
) -> tuple[VerifierKey, ...] | str:
    """The trusted root keys that signed for themselves; or in words why they are not enough.

    `ruling` are the notes that set root keys, one for each set: in it the set speaks, and by its
    hashes of what came before for all of that too. At least `together` of them must have signed.
    """
    problem = ""
    for roots, note in zip(authority.root_sets, ruling, strict=True):
        known = [key for key in trust if str(key) in roots.keys]
        try:
            signed = verified(note, known)
        except Unverified as error:
            problem = problem or str(error)
            continue
        if len(signed) >= max(roots.threshold, together):
            return signed
        asked = f", you ask for {together}" if together > roots.threshold else ""
        problem = (
            f"the ledger was founded by {roots.threshold} root keys together{asked}; of those you "
            f"trust only {len(signed)} signed"
        )
    return problem


def _former_key(
    files: Mapping[str, bytes], authority: Authority, trust: Sequence[VerifierKey]
) -> str | None:
    for vkey in authority.retired_log_keys():
        if verifier(vkey) in trust:
            try:
                open_checkpoint(files.get(CHECKPOINT, b""), verifier(vkey))
            except (Invalid, Unverified):
                continue
            return key_name(vkey)
    return None


def _size(files: Mapping[str, bytes]) -> int:
    """The size that the checkpoint states, not yet verified; the log's last key if it has none."""
    try:
        return parse_checkpoint(parse_note(files.get(CHECKPOINT, b"")).text).size
    except Invalid:
        return sys.maxsize


def _named_by_checkpoint(
    files: Mapping[str, bytes], trust: Sequence[VerifierKey]
) -> VerifierKey | None:
    origin = files.get(CHECKPOINT, b"").partition(b"\n")[0]
    return next((key for key in trust if key.name.encode() == origin), None)


def check_checkpoint(
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


def check_inclusion(
    files: Mapping[str, bytes],
    entries: Sequence[Entry],
    log_key: VerifierKey,
    checks: Checks,
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


def replay(entries: Sequence[Entry], checks: Checks, *, cut: bool = False) -> Replayed:
    """Judge the entries in log order, each at its own index; `cut` as in `check_chain`."""
    streams: dict[str, Stream | None] = {}
    reports: list[ReportEntry] = []
    rules: list[tuple[int, Rules]] = []
    ruling: list[Note] = []
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
            if cut:
                _pass_over(submission.event, streams)
            fact = _judge(submission, one.logged.log_index, at, streams)
        except SijillError as error:
            sound = False
            checks.fails(what, error, file=one.file)
            continue
        if one.folder == "rules":
            rules.append((one.logged.log_index, fact))
        elif one.folder == "report":
            event, index = submission.event, one.logged.log_index
            name = event.stream.partition("/")[2]
            reports.append(
                ReportEntry(
                    name, event.type, fact, submission.signers[0], index, one.logged.entry, one.file
                )
            )
        elif submission.event.type in ("LedgerFounded", "RootRotated"):
            ruling.append(submission.note)
    if sound:
        checks.holds(what, "signatures, roles, stream places and rules at each index")
    founded = streams.get("authority")
    authority = None if founded is None else founded.state
    return Replayed(authority, tuple(ruling), tuple(rules), tuple(reports))


def _pass_over(event: Event, streams: dict[str, Stream | None]) -> None:
    """Take the versions that were left out of the stream of keys as they are named."""
    stream = streams.get(event.stream)
    if event.stream == "authority" and stream is not None and event.version > stream.version + 1:
        streams[event.stream] = stream._replace(version=event.version - 1, head=str(event.prev))


def _judge(submission: Submission, index: int, at: str, streams: dict[str, Stream | None]) -> Any:
    """One entry; the states it names that this bundle cannot prove are taken as it names them."""
    event = submission.event
    named = {seen.size: seen.root for seen in (event.seen, _frozen_state(submission)) if seen}
    state = State(
        size=index, received=at, streams=streams.get, root_at=lambda size: named.get(size, "")
    )
    intact = all(verify_chunk(signatures_to_check(submission, state.authority)))
    author, fact, after = judge(submission, intact, state)
    streams[event.stream] = follow(
        streams.get(event.stream), event, submission.note.text, author, after
    )
    return fact


def _frozen_state(submission: Submission) -> Seen | None:
    ledger = submission.event.body.get("ledger")
    if type(ledger) is not dict or type(ledger.get("size")) is not int:
        return None
    return Seen(ledger["size"], str(ledger.get("root")))
