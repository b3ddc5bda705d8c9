"""What is fuzzed: every parser that bytes from outside reach, with inputs that it accepts.

A target's `run` lets through only the errors of domain/errors.py: whatever else escapes it is a
bug. Where there is a writer, what was read is also written again and must be the same bytes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from api.cosign import read_policy
from api.extract.package import package_parts
from api.extract.rows import Asked, extract
from api.framing import read_notes, write_notes
from api.freeze import freeze
from api.plan import read_plan
from api.questions import Filters, Questions
from api.record import read_records
from audit.bundle import read_manifest
from audit.container import read_container, write_container
from audit.extract import read_package, verify_extract
from audit.figure_note import figure_of, open_figure, read_figure
from audit.lines import read_members
from audit.policy import Policy
from audit.receipt import compare_checkpoints, verify_receipt
from audit.verify import verify_bundle
from domain import canonical
from domain.catalogue import event_type
from domain.errors import SijillError, Unverified
from domain.event import Seen, parse_event
from domain.figure import read_definition
from domain.rules import read_rules, shipped_document
from ledger.acceptance import open_acceptance, sign_acceptance
from ledger.admission import read_submission
from ledger.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from ledger.cosignature import cosign, cosigned_at, describe_time, signed_bytes
from ledger.entry import parse_entry, split_entry
from ledger.keyfile import (
    new_agent_key_file,
    new_key_file,
    new_vault_key_file,
    open_key_file,
    open_vault_key_file,
    read_public,
    read_vault_public,
)
from ledger.merkle import append_nodes, consistency_proof, leaf_hash, tree_root
from ledger.note import (
    Signature,
    VerifierKey,
    check_text,
    format_note,
    format_signature,
    parse_note,
    verified,
)
from ledger.proof import (
    ConsistencyProof,
    format_consistency,
    format_proof,
    parse_consistency,
    parse_proof,
    verify_growth,
    verify_proof,
)
from ledger.signer import Ed25519Signer, sign_note
from ledger.tiles import parse_path, read_entries, read_hashes, write_entries, write_hashes
from ledger.witness import Witness, with_cosignatures
from tests.fuzz.disclosures import (
    boxes,
    disclosed,
    disclosures,
    run_box,
    run_disclosure,
    run_file,
)
from tests.office import Office

WITNESS = Ed25519Signer.from_seed("witness.example/w", b"w" * 32)
COSIGNER = VerifierKey.cosigner(WITNESS.key.name, WITNESS.key.public_key)
PUBLISHER = Ed25519Signer.from_seed("publisher-1", b"p" * 32)
LOG = Ed25519Signer.from_seed("log.example/fuzz", b"l" * 32)
RULES = read_rules(shipped_document())
TEXT = Checkpoint(LOG.key.name, 1, bytes(32)).to_text()
PLAN = """\
name = "march"
period = "2020-03"
title = { en = "March", ar = "آذار" }
[[figures]]
name = "civilians"
where = { status = "civilian", sex = ["female", "male", "unknown"] }
by = ["party"]
[[figures]]
name = "massacres"
measure = "massacres"
"""
TOML = """\
[[incident]]
ref = "one"
kind = "attack"
happened_on = "2020-03-05"
place = { governorate = "SY07", name = "معرة مصرين" }
attribution = { mode = "sole", parties = ["russian-forces"] }
[[claim]]
kind = "killing"
status = "civilian"
documented_on = "2020-03"
attribution = { mode = "sole", parties = ["russian-forces"] }
sources = [{ kind = "witness" }]
person = { name = "اسم مخترع" }
"""

WITNESSES = f'quorum = 1\n[[witness]]\nvkey = "{COSIGNER}"\nurl = "https://witness.example"\n'


class Target(NamedTuple):
    """`run` reads bytes; `seeds` gives some that it accepts; `largest` is a length in bytes."""

    run: Callable[[bytes], object]
    seeds: Callable[[], Sequence[bytes]]
    largest: int = 1 << 16


class Published(NamedTuple):
    """A ledger with a frozen report and an extract, as what it gives out."""

    bundle: bytes
    extract: bytes
    files: Mapping[str, bytes]
    log: VerifierKey
    acceptance: bytes


@cache
def published() -> Published:
    with tempfile.TemporaryDirectory() as folder:
        office = Office(Path(folder) / "ledger")
        incident = office.incident()
        for number in range(6):
            office.record(incident=incident, sex="female", age_group="adult" if number else "child")
        signer = office.signers["publisher-1"]
        frozen = freeze(
            office.ledger, office.registry, read_plan(PLAN), signer, "2020-04-02T10:00:00Z"
        )
        log = VerifierKey.parse(office.ledger.authority.log)
        taken = extract(Questions(office.ledger, office.registry), Asked("toll", Filters()))
        package = b"".join(package_parts(office.ledger, taken, None))
        office.close()
    leaves = [(number, leaf_hash(b"%d" % number)) for number in (3, 9)]
    files = read_container(frozen.bundle).files
    return Published(frozen.bundle, package, files, log, sign_acceptance(LOG.key.name, leaves, LOG))


@cache
def _folder() -> Path:
    # Kept by the cache until the process ends.
    made = tempfile.TemporaryDirectory()
    _FOLDERS.append(made)
    return Path(made.name)


_FOLDERS: list[tempfile.TemporaryDirectory[str]] = []


def _file(raw: bytes) -> Path:
    path = _folder() / "file"
    path.write_bytes(raw)
    path.chmod(0o600)
    return path


def refused(run: Callable[[bytes], object]) -> Callable[[bytes], bool]:
    """`run`, with a refusal as an answer: whether the bytes were accepted."""

    def running(raw: bytes) -> bool:
        try:
            run(raw)
        except SijillError:
            return False
        return True

    return running


def _files(suffix: str) -> Callable[[], list[bytes]]:
    return lambda: [one for name, one in published().files.items() if name.endswith(suffix)]


def _note(raw: bytes) -> None:
    note = parse_note(raw)
    assert format_note(*note) == raw


def _vkey(raw: bytes) -> None:
    text = _text(raw)
    key = VerifierKey.parse(text)
    assert str(key) == text
    assert not key.verifies(b"text\n", bytes(64))


def _text(raw: bytes) -> str:
    # Text comes to us from argv, JSON or TOML: lone surrogates among the rest.
    return raw.decode(errors="surrogateescape")


def _checkpoint(raw: bytes) -> None:
    assert parse_checkpoint(raw).to_text() == raw


def _signed_checkpoint(raw: bytes) -> None:
    """A text that the log's own key signed."""
    check_text(raw)
    open_checkpoint(sign_note(raw, LOG), LOG.key)


def _acceptance(raw: bytes) -> None:
    check_text(raw)
    acceptance = open_acceptance(sign_note(raw, LOG), LOG.key)
    assert sign_acceptance(acceptance.origin, acceptance.leaves, LOG) == sign_note(raw, LOG)


def _figure(raw: bytes) -> None:
    check_text(raw)
    note = open_figure(sign_note(raw, PUBLISHER), PUBLISHER.key)
    assert note == read_figure(raw)
    assert note.to_text() == raw


def _cosignature(raw: bytes) -> None:
    """A witness's signature line over any time, in a note that holds any further line."""
    signature = raw[:8] + WITNESS.sign(signed_bytes(int.from_bytes(raw[:8]), TEXT)).signature
    line = Signature(COSIGNER.name, COSIGNER.key_id, signature)
    for time in cosigned_at(parse_note(format_note(TEXT, [line])), [COSIGNER]).values():
        assert describe_time(time).endswith("Z")
    note = parse_note(with_cosignatures(format_note(TEXT, [LOG.sign(TEXT)]), raw[8:]))
    assert note.text == TEXT
    assert verified(note, [LOG.key]) == (LOG.key,)


def _cosignatures() -> list[bytes]:
    line = format_signature(cosign(TEXT, WITNESS, 1_600_000_000))
    return [time.to_bytes(8) + line for time in (1, 1_600_000_000, 2**37)]


def _proof(raw: bytes) -> None:
    proof = parse_proof(raw)
    assert format_proof(proof) == raw
    leaf = leaf_hash(proof.extra or b"")
    refused(lambda _: verify_proof(proof, leaf, published().log))(raw)


def _growth(raw: bytes) -> None:
    proof = parse_consistency(raw)
    assert format_consistency(proof) == raw
    refused(lambda _: verify_growth(proof, bytes(32), published().log))(raw)


def _receipt(raw: bytes) -> None:
    """Never raises, whatever the file holds."""
    trust = [published().log]
    policy = Policy((COSIGNER,), 1)
    verify_receipt(raw, trust, policy=policy)
    verify_receipt(raw, trust, entry=raw, old_checkpoint=published().files["checkpoint"])
    verify_receipt(published().files["consistency"], trust, old_checkpoint=raw)
    compare_checkpoints(raw, published().files["checkpoint"], trust)


def _receipts() -> list[bytes]:
    files = published().files
    proofs = [one for name, one in files.items() if name.endswith(".tlog-proof")]
    return [files["consistency"], files["checkpoint"], *proofs]


@cache
def _witness() -> Witness:
    return Witness(_folder() / "witness.db", WITNESS, [LOG.key], lambda: 1_600_000_000)


def _request(raw: bytes) -> None:
    """Never raises: a witness answers."""
    answer = _witness().add_checkpoint(raw)
    assert answer.status in (200, 400, 403, 404, 409, 422)


def _requests() -> list[bytes]:
    leaves = [leaf_hash(b"%d" % number) for number in range(8)]
    nodes = append_nodes(0, [], leaves)
    requests = []
    for old, size in ((0, 1), (1, 3), (3, 8)):
        root = tree_root(leaves[:size])
        checkpoint = sign_note(Checkpoint(LOG.key.name, size, root).to_text(), LOG)
        hashes = consistency_proof(old, size, lambda at: [nodes[one] for one in at]) if old else []
        requests.append(format_consistency(ConsistencyProof(old, tuple(hashes), checkpoint)))
    return requests


def _entry(raw: bytes) -> None:
    entry = parse_entry(raw)
    assert entry.event.to_text() == entry.note.text
    assert entry.signer


def _submission(raw: bytes) -> None:
    submission = read_submission(raw)
    row = event_type(submission.event)
    row.shape.read(submission.event.body, "body", RULES)


def _notes() -> list[bytes]:
    return [split_entry(entry)[1] for entry in _files(".entry")()]


def _event(raw: bytes) -> None:
    assert parse_event(raw).to_text() == raw


def _events() -> list[bytes]:
    return [parse_note(note).text for note in _notes()]


def _canonical(raw: bytes) -> None:
    assert canonical.dumps(canonical.parse(raw)) == raw


def _lines() -> list[bytes]:
    return [text.split(b"\n")[1] for text in _events()]


def _definition(raw: bytes) -> None:
    definition = read_definition(canonical.parse(raw), RULES)
    assert definition.to_bytes() == raw


def _members(raw: bytes) -> None:
    lines = [member.line for member in read_members(raw)]
    assert b"".join(line + b"\n" for line in lines) == raw
    figure_of("a", lines, b"", Seen(1, ""))


def _tile(raw: bytes) -> None:
    path = _text(raw)
    assert parse_path(path).path == path


def _hashes(raw: bytes) -> None:
    assert write_hashes(read_hashes(raw[1:], raw[0] + 1 if raw else 1)) == raw[1:]


def _entries(raw: bytes) -> None:
    assert write_entries(read_entries(raw[1:], raw[0] + 1 if raw else 1)) == raw[1:]


def _hash_tiles() -> list[bytes]:
    return [b"\3" + write_hashes([leaf_hash(entry) for entry in _files(".entry")()[:4]])]


def _bundles() -> list[bytes]:
    return [b"\3" + write_entries(_files(".entry")()[:4])]


def _manifest(raw: bytes) -> None:
    read_manifest(raw)


def _never(name: str) -> str:
    raise Unverified(f"no passphrase for {name}")


def _key_file(raw: bytes) -> None:
    path = _file(raw)
    vault = b'"vault"' in raw
    opening = open_vault_key_file if vault else open_key_file
    refused(lambda _: opening(path, _never))(raw)
    if vault:
        read_vault_public(path)
    else:
        read_public(path)


def _key_files() -> list[bytes]:
    seeds = []
    for number in range(3):
        path = _folder() / f"key-{number}"
        path.unlink(missing_ok=True)
        if number == 0:
            new_key_file(path, "a", "p", seed=bytes(32), ops=1, mem=8192)
        elif number == 1:
            new_agent_key_file(path, VerifierKey.ed25519("a", PUBLISHER.key.public_key))
        else:
            new_vault_key_file(path, "v", "p", ops=1, mem=8192)
        seeds.append(path.read_bytes())
    return seeds


def _container(raw: bytes) -> None:
    found = read_container(raw)
    if not found.defects:
        assert write_container(found.files) == raw


def _bundle(raw: bytes) -> None:
    """Never raises, whatever the file holds."""
    verdict = verify_bundle(raw, [published().log], Policy((COSIGNER,), 1))
    assert verdict.exit_code in (0, 1, 2, 3)
    assert verdict.exit_code != 0 or raw == published().bundle


def _extract(raw: bytes) -> None:
    """Never raises, whatever the file holds; without its ledger it rests on its hashes alone."""
    verdict = verify_extract(raw, [published().log], Policy((COSIGNER,), 1))
    assert verdict.exit_code in (1, 2, 3)


def _package(raw: bytes) -> None:
    stated = read_package(raw)
    assert stated.size > 0
    assert all(path.startswith("data/") for path, _, _ in stated.resources)


def _record(raw: bytes) -> None:
    path = _folder() / "record.toml"
    path.write_bytes(raw)
    for record in read_records(path):
        record.check(RULES)


def _plan(raw: bytes) -> None:
    plan = read_plan(_text(raw))
    for figure in plan.figures:
        plan.definition(figure, RULES)


def _framing(raw: bytes) -> None:
    assert write_notes(read_notes(raw)) == raw


def _witnesses(raw: bytes) -> None:
    path = _folder() / "witnesses.toml"
    path.write_bytes(raw)
    policy = read_policy(path)
    assert 0 <= policy.quorum <= len(policy.witnesses)


TARGETS: dict[str, Target] = {
    "acceptance": Target(_acceptance, lambda: [parse_note(published().acceptance).text]),
    "bundle": Target(_bundle, lambda: [published().bundle], 1 << 20),
    "canonical": Target(_canonical, _lines),
    "checkpoint": Target(_checkpoint, lambda: [parse_note(published().files["checkpoint"]).text]),
    "consistency": Target(_growth, lambda: [published().files["consistency"]]),
    "container": Target(_container, lambda: [write_container({"a": b"b", "c/d.note": b"e"})]),
    "cosignature": Target(_cosignature, _cosignatures),
    "data-package": Target(
        _package, lambda: [read_container(published().extract).files["datapackage.json"]]
    ),
    "definition": Target(_definition, _files(".json")),
    "disclosure": Target(run_disclosure, disclosures),
    "disclosure-box": Target(run_box, boxes),
    "disclosure-file": Target(run_file, lambda: [disclosed().raw], 1 << 20),
    "entry": Target(_entry, _files(".entry")),
    "event": Target(_event, _events),
    "extract": Target(_extract, lambda: [published().extract], 1 << 20),
    "figure": Target(_figure, lambda: [parse_note(one).text for one in _files(".note")()]),
    "framing": Target(_framing, lambda: [write_notes(_notes()[:2])]),
    "key-file": Target(_key_file, _key_files, 1 << 15),
    "manifest": Target(_manifest, lambda: [parse_note(published().files["manifest"]).text]),
    "members": Target(_members, _files(".jsonl")),
    "note": Target(_note, lambda: [*_notes(), published().files["checkpoint"]]),
    "plan": Target(_plan, lambda: [PLAN.encode()]),
    "receipt": Target(_receipt, _receipts),
    "record": Target(_record, lambda: [TOML.encode()]),
    "request": Target(_request, _requests),
    "signed-checkpoint": Target(_signed_checkpoint, lambda: [TEXT]),
    "submission": Target(_submission, _notes),
    "tile-of-entries": Target(_entries, _bundles),
    "tile-of-hashes": Target(_hashes, _hash_tiles),
    "tile-path": Target(_tile, lambda: [b"tile/0/x001/234.p/7", b"tile/entries/000"]),
    "tlog-proof": Target(_proof, _files(".tlog-proof")),
    "vkey": Target(_vkey, lambda: [str(one.key).encode() for one in (LOG, PUBLISHER)]),
    "witnesses": Target(_witnesses, lambda: [WITNESSES.encode()]),
}
