"""A disclosure as a file: sealed fields in clear, for one recipient, with all that proves them.

The same file without fields proves a claim's history and discloses nothing (`disclosed` null).

The file (docs/formats/disclosure.md) is a container as a bundle is. It has the disclosures, every
event of the claim's stream with its proof, and the keys of the log: whoever trusts the log's key,
or its root keys, sees offline which signed event holds the digest that a value opens, whose it is,
that the disclosure itself was recorded, and what became of the field since.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from audit.bundle import CHECKPOINT, MANIFEST, README, Logged, entry_files
from audit.container import names_in, read_container, write_container
from audit.keychain import (
    Entry,
    check_checkpoint,
    check_inclusion,
    find_log_key,
    read_entries,
    replay,
)
from audit.policy import NO_POLICY, Policy, check_policy, exit_code
from audit.verdict import Checks, Verdict, unusable
from domain import canonical
from domain.authority import Authority
from domain.catalogue import event_type
from domain.errors import Invalid, SijillError, Unverified
from domain.fields import UUID4
from domain.life import OPEN
from domain.sealing import DISCLOSED, digests
from domain.suspicion import suspect_versions
from ledger.admission import read_submission, signatures_to_check
from ledger.application import RecordedEvent, Stream, advance, recorded, signed
from ledger.disclosure import digest_of, read_disclosure
from ledger.entry import split_entry
from ledger.note import VerifierKey
from ledger.signatures import verify_chunk

VERSION = "sijill/disclosure/v1"
DISCLOSURES = "disclosures.json"
MAX_DISCLOSURES = 1 << 20

NOT_PROVED = (
    "that a value is true: only that it was sealed then, by whom the events say, and never changed",
    "that nothing came later: a new value, a retraction, an erasure; ask the organisation, or give "
    "its ledger with --ledger DIR",
    "that nobody else was given the same",
)

_KNOWN = re.compile(
    rf"{re.escape(README)}|{CHECKPOINT}|{re.escape(DISCLOSURES)}"
    r"|(?:authority|rules|claim)/[0-9]{10}\.(?:entry|tlog-proof)"
)
_CLAIM_ENTRY = re.compile(r"claim/([0-9]{10})\.entry")
_CLAIM = re.compile(rf"claim/{UUID4}")
_MEMBERS = {"version", "claim", "disclosed", "fields"}

_TEXT = """\
{origin}: a disclosure of confidential fields of {claim}

This file is for its recipient only: disclosures.json holds what the ledger keeps sealed. To verify
it you need the public key of the ledger (from its organisation, never from this file) and one
command, which shows the values and says who sealed them and when:

    sijill verify FILE --trust VKEY

هذا الملف لمن سُلّم إليه وحده: ففي disclosures.json ما يحفظه السجل مختوماً. للتحقق منه تحتاج إلى
المفتاح العلني للسجل (من المنظمة نفسها، لا من هذا الملف)، وإلى أمر واحد يعرض القيم ويبيّن من ختمها
ومتى:

    sijill verify FILE --trust VKEY
"""


_TEXT_OF_HISTORY = """\
{origin}: every event of {claim}, with its proof

Nothing confidential is in this file. To verify it you need the public key of the ledger (from its
organisation, never from this file) and one command:

    sijill verify FILE --trust VKEY

ليس في هذا الملف شيء سري. للتحقق منه تحتاج إلى المفتاح العلني للسجل (من المنظمة نفسها، لا من هذا
الملف)، وإلى أمر واحد:

    sijill verify FILE --trust VKEY
"""


class Disclosing(NamedTuple):
    """What goes into a file. `log_index` is that of the Disclosed, None when nothing is disclosed;
    `fields` are disclosures by field; `stream` is every event of the claim, from the first.
    """

    origin: str
    claim: str
    log_index: int | None
    fields: Mapping[str, str]
    checkpoint: bytes
    authority: tuple[Logged, ...]
    rules: tuple[Logged, ...]
    stream: tuple[Logged, ...]


class Opened(NamedTuple):
    """What the file discloses: each field's value, and the digest that it opens."""

    claim: str
    values: Mapping[str, str]
    digests: Mapping[str, str]

    def __repr__(self) -> str:
        return f"Opened({self.claim}, {len(self.values)} values)"


class _Stated(NamedTuple):
    claim: str
    log_index: int | None
    fields: Mapping[str, str]


class _Claim(NamedTuple):
    """The claim's stream: its events, its state after each, and which versions are suspect."""

    events: list[RecordedEvent]
    states: list[Stream]
    suspects: frozenset[int] = frozenset()


def write_disclosure(made: Disclosing) -> bytes:
    """The file's bytes: the same for the same content."""
    text = _TEXT_OF_HISTORY if made.log_index is None else _TEXT
    files = {
        README: text.format(origin=made.origin, claim=made.claim).encode(),
        CHECKPOINT: made.checkpoint,
        DISCLOSURES: format_disclosures(made.claim, made.log_index, made.fields),
    }
    for folder, entries in (
        ("authority", made.authority),
        ("rules", made.rules),
        ("claim", made.stream),
    ):
        for one in entries:
            files |= entry_files(folder, one)
    return write_container(files)


def format_disclosures(claim: str, log_index: int | None, fields: Mapping[str, str]) -> bytes:
    """The line that holds the disclosures: fields in base64url, and which Disclosed they are of."""
    document = {"version": VERSION, "claim": claim, "disclosed": log_index, "fields": dict(fields)}
    return canonical.dumps(document) + b"\n"


def is_disclosure(raw: bytes) -> bool:
    """Whether the file is a disclosure: a container that has some, and is no bundle."""
    names = names_in(raw)
    return DISCLOSURES in names and MANIFEST not in names


def verify_disclosure(
    raw: bytes, trust: Sequence[VerifierKey], policy: Policy = NO_POLICY
) -> tuple[Verdict, Opened | None]:
    """Verify a disclosure; never raises for what is in it. Without proof, no value is given."""
    try:
        container = read_container(raw)
    except Invalid as error:
        return unusable(str(error)), None
    checks, judged, files = Checks(), Checks(), container.files
    for defect in container.defects:
        checks.fails("the container has its one form", defect.message, file=defect.file)
    for name in files:
        if not _KNOWN.fullmatch(name):
            checks.fails("the file holds a disclosure only", "no such file belongs here", file=name)
    entries = [one for one in read_entries(files) if one.folder != "report"]
    of_claim = _claim_entries(files)
    replayed = replay(entries, judged)
    log_key = find_log_key(files, replayed, trust, checks, policy.together)
    if log_key is not None:
        check_checkpoint(files, log_key, checks)
        check_inclusion(files, [*entries, *of_claim], log_key, checks)
    checks.made += judged.made
    check_policy(files.get(CHECKPOINT, b""), policy, checks)
    opened = None
    if replayed.authority is not None:
        opened = _check_disclosed(files, of_claim, replayed.authority, checks)
    code = exit_code(checks)
    verdict = Verdict("", ("", ""), tuple(checks.made), (), code)
    return verdict, opened if verdict.verified else None


def _claim_entries(files: Mapping[str, bytes]) -> list[Entry]:
    found = []
    for name in sorted(files):
        matched = _CLAIM_ENTRY.fullmatch(name)
        if matched:
            proof = files.get(name.removesuffix(".entry") + ".tlog-proof", b"")
            found.append(Entry("claim", Logged(int(matched[1]), files[name], proof), name))
    return found


def _check_disclosed(
    files: Mapping[str, bytes], entries: Sequence[Entry], authority: Authority, checks: Checks
) -> Opened | None:
    try:
        stated = _read(files)
    except SijillError as error:
        checks.fails("the disclosures can be read", error, file=DISCLOSURES)
        return None
    claim = _replay_claim(entries, stated.claim, authority, checks)
    if stated.log_index is None:
        checks.holds("nothing is disclosed", f"the file is of the history of {stated.claim} alone")
        return Opened(stated.claim, {}, {})
    place = next(
        (at for at, one in enumerate(claim.events) if one.log_index == stated.log_index), None
    )
    if place is None or claim.events[place].event.type != DISCLOSED:
        checks.fails(
            "the disclosure was recorded",
            f"entry {stated.log_index} is no Disclosed of {stated.claim} in this file",
            file=DISCLOSURES,
        )
        return None
    recorded_one = claim.events[place]
    body = recorded_one.event.body
    named = {field: one["sealed"] for field, one in body["fields"].items()}
    found = {field: digest_of(one) for field, one in stated.fields.items()}
    if named != found:
        wrong = sorted(
            field for field in named.keys() | found.keys() if named.get(field) != found.get(field)
        )
        checks.fails(
            "the file holds what was recorded as disclosed",
            f"it differs in: {', '.join(wrong)}",
            file=DISCLOSURES,
        )
        return None
    checks.holds(
        "the disclosure was recorded",
        f"to {body['to']} ({body['reason_code']}: {body['reason']})",
        key=recorded_one.signer,
        as_of=f"entry {stated.log_index}",
    )
    values = {}
    for field, disclosure in stated.fields.items():
        value = _check_field(field, disclosure, place, claim, checks)
        if value is None:
            return None
        values[field] = value
    return Opened(stated.claim, values, named)


def _check_field(
    field: str, disclosure: str, place: int, claim: _Claim, checks: Checks
) -> str | None:
    """Check one disclosure: what it is of, which event holds its digest, what became of it.

    `place` is where the Disclosed stands among the claim's events.
    """
    what, digest = f"the {field} opens a signed digest", digest_of(disclosure)
    try:
        named, value = read_disclosure(disclosure)
        if named != field:
            raise Invalid(f"the disclosure is of another field than {field}")
    except Invalid as error:
        checks.fails(what, error, file=DISCLOSURES)
        return None
    held = [digests(state.state).get(field) == digest for state in claim.states]
    # The event that set it: the last one before the disclosure after which it stood.
    since = place
    while since and held[since - 1]:
        since -= 1
    if not held[place]:
        checks.fails(what, "no event before the disclosure holds its digest", file=DISCLOSURES)
        return None
    origin = claim.events[since]
    checks.holds(
        what,
        f"{digest}, of {origin.event.type} received {split_entry(origin.state)[0]}",
        key=origin.signer,
        as_of=f"entry {origin.log_index}",
    )
    if origin.originator_version in claim.suspects:
        checks.fails(
            f"the {field} is not suspect",
            "only a key that was revoked as suspect signed it",
            key=origin.signer,
        )
    checks.holds(
        f"what became of the {field}",
        fate(claim.states[-1], field, digest),
        as_of=f"entry {claim.events[-1].log_index}, the last of the claim in this file",
    )
    return value


def fate(stream: Stream, field: str, digest: str) -> str:
    """What became of a disclosed field, in words, as a claim stands."""
    state = stream.state
    if state.erased:
        found = "it was erased since"
    elif digests(state).get(field) != digest:
        found = "another value, or none, was sealed since"
    else:
        found = "it still stands"
    return found if state.standing == OPEN else f"{found}; the claim is {state.standing}"


def _read(files: Mapping[str, bytes]) -> _Stated:
    raw = files.get(DISCLOSURES, b"")
    if len(raw) > MAX_DISCLOSURES or not raw.endswith(b"\n"):
        raise Invalid(f"must be one line of at most {MAX_DISCLOSURES} bytes")
    try:
        document = canonical.parse(raw[:-1])
    except Invalid:
        # The parser's message could repeat what is confidential.
        raise Invalid("is not canonical JSON") from None
    if document.keys() != _MEMBERS or document["version"] != VERSION:
        raise Invalid(f"must have the members {', '.join(sorted(_MEMBERS))} of {VERSION}")
    claim, index, fields = document["claim"], document["disclosed"], document["fields"]
    if type(claim) is not str or not _CLAIM.fullmatch(claim):
        raise Invalid("claim must be claim/<uuid>")
    if type(fields) is not dict or (index is None) != (not fields):
        raise Invalid("fields must be an object of disclosures, empty when disclosed is null")
    if index is not None and type(index) is not int:
        raise Invalid("disclosed must be an index, or null")
    if not all(type(one) is str and one.isascii() for one in fields.values()):
        raise Invalid("every disclosure must be base64url text")
    return _Stated(claim, index, fields)


def _replay_claim(
    entries: Sequence[Entry], name: str, authority: Authority, checks: Checks
) -> _Claim:
    """Check the claim's stream from its first event on, each under the keys of its own index."""
    what, claim = "the claim's events are whole and rightly signed", _Claim([], [])
    stream: Stream | None = None
    for one in entries:
        try:
            found = _event(one, name, stream, authority)
            stream = advance(stream, found)
        except (SijillError, KeyError, TypeError, AttributeError) as error:
            checks.fails(what, error, file=one.file)
            return _Claim([], [])
        claim.events.append(found)
        claim.states.append(stream)
    if not entries:
        checks.fails(what, f"the file has no event of {name}")
    else:
        last = entries[-1].logged.log_index
        checks.holds(what, f"{len(entries)} events of {name}", as_of=f"entry {last}")
    return claim._replace(suspects=suspect_versions(map(signed, claim.events), authority))


def _event(one: Entry, name: str, stream: Stream | None, authority: Authority) -> RecordedEvent:
    """One event of the claim; raises Unverified when it does not follow the one before it."""
    index = one.logged.log_index
    submission = read_submission(split_entry(one.logged.entry)[1])
    event, version = submission.event, 0 if stream is None else stream.version
    if (event.stream, event.version, event.ledger) != (name, version + 1, authority.origin):
        raise Unverified(f"is not version {version + 1} of {name} in {authority.origin}")
    if stream is not None and event.prev != stream.head:
        raise Unverified("does not follow the event before it")
    roles = event_type(event).roles
    for signer in submission.signers:
        _check_signer(signer, index, roles, authority)
    if not all(verify_chunk(signatures_to_check(submission, authority))):
        raise Unverified("a signature does not belong to its text")
    return recorded((index, event.stream, event.version, event.type, one.logged.entry))


def _check_signer(signer: str, index: int, roles: frozenset[str], authority: Authority) -> None:
    key: Any = authority.keys.get(signer)
    enrolments = () if key is None else key.enrolments
    for enrolled in enrolments:
        in_force = enrolled.since < index and (enrolled.until is None or index <= enrolled.until)
        if in_force and roles.intersection(enrolled.roles):
            return
    raise Unverified(f"{signer} was not enrolled at entry {index} as {' or '.join(sorted(roles))}")
