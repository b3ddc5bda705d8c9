"""Whoever holds the founding root keys follows every rotation to the present, offline."""

import random

import pytest

from api.freeze import freeze
from api.plan import read_plan
from api.prove import prove_keys
from audit.bundle import CHECKPOINT
from audit.container import read_container, write_container
from audit.keys import is_keys, verify_keys
from audit.policy import Policy
from audit.replay import audit_folder
from audit.verify import verify_bundle
from domain.rules import shipped_document
from ledger.author import Head, compose
from ledger.ledger import Ledger
from ledger.note import VerifierKey
from ledger.signer import Ed25519Signer
from tests.audit.test_bundle import AT, PLAN
from tests.office import ORIGIN, Office

WHY = {"reason_code": "retired", "reason": "yearly"}


class Rotated(Office):
    """An office whose log key and root keys were both rotated, with a report frozen after."""

    def __init__(self, path, why="retired"):
        super().__init__(path)
        self.founders = [signer.key for signer in self.roots]
        self.first_log = VerifierKey.parse(self.ledger.authority.log)
        self.record()
        (first_log,) = self.folder.log_keys(self.ledger.authority, lambda _: "p")
        log = self.folder.new_log_key(ORIGIN, "p")
        self.second_log = log.key
        self.close()
        self.open([first_log, log])
        rotation = {"log": str(log.key), "reason_code": why, "reason": "yearly"}
        self.desk.say("authority", "LogKeyRotated", rotation, *self.roots[:2])
        self.new_roots = [Ed25519Signer.generate(f"root-{number}") for number in (4, 5)]
        body = {"roots": [str(one.key) for one in self.new_roots], "threshold": 2} | WHY
        self.desk.say("authority", "RootRotated", body, *self.roots[:2], *self.new_roots)
        publisher = self.signers["publisher-1"]
        plan = read_plan(PLAN)
        self.bundle = freeze(self.ledger, self.registry, plan, publisher, AT).bundle


@pytest.fixture(scope="module")
def rotated(tmp_path_factory):
    made = Rotated(tmp_path_factory.mktemp("rotated") / "ledger")
    yield made
    made.close()


def told(verdict, what):
    return [check.detail for check in verdict.checks if check.what == what]


def test_the_founding_root_keys_lead_to_today_s(rotated):
    raw = prove_keys(rotated.ledger)
    assert is_keys(raw)
    verdict = verify_keys(raw, rotated.founders[:2])
    assert verdict.exit_code == 0, verdict.failures
    (log,) = told(verdict, "signs for the log")
    assert log.startswith(str(rotated.second_log))
    roots = [line.partition(",")[0] for line in told(verdict, "is a root key")]
    assert roots == [str(one.key) for one in rotated.new_roots]
    assert len(told(verdict, "may sign")) == 4


def test_any_generation_of_keys_is_a_beginning(rotated):
    raw = prove_keys(rotated.ledger)
    for trust in (
        rotated.founders,
        [one.key for one in rotated.new_roots],
        [rotated.second_log],
        [rotated.first_log],  # retired: it signed the newest checkpoint beside the new one
    ):
        assert verify_keys(raw, trust).exit_code == 0
        assert verify_bundle(rotated.bundle, trust).exit_code == 0
        assert audit_folder(rotated.folder.path, trust, bundles=[rotated.bundle]).exit_code == 0


def test_keys_that_are_not_enough_are_no_beginning(rotated):
    raw = prove_keys(rotated.ledger)
    for trust in (
        [],
        rotated.founders[:1],
        [rotated.founders[0], rotated.new_roots[0].key],
        [Ed25519Signer.generate(ORIGIN).key],
        [rotated.signers["publisher-1"].key],
    ):
        assert verify_keys(raw, trust).exit_code == 1
        assert verify_bundle(rotated.bundle, trust).exit_code == 1


def test_a_stolen_log_key_is_no_beginning_after_it_was_replaced(tmp_path):
    stolen = Rotated(tmp_path / "ledger", "compromised")
    raw = prove_keys(stolen.ledger)
    assert verify_keys(raw, stolen.founders).exit_code == 0
    assert verify_keys(raw, [stolen.first_log]).exit_code == 1
    assert verify_bundle(stolen.bundle, [stolen.first_log]).exit_code == 1
    stolen.close()


def test_a_ledger_that_only_lists_a_trusted_log_key_does_not_pass_for_its_own(tmp_path):
    """Founded with the other's public key as the log key, which never signed anything here."""
    known = Ed25519Signer.generate("register.example/known")
    mine = Ed25519Signer.generate("register.example/known")
    root = Ed25519Signer.generate("root-1")
    ledger = Ledger(tmp_path / "ledger.db", log_keys=[mine], create=True)
    head, notes = Head("authority"), []
    founding = {
        "origin": "register.example/known",
        "roots": [str(root.key)],
        "threshold": 1,
        "log": str(known.key),
        "witnesses": [],
        "quorum": 0,
    }
    rotation = {"log": str(mine.key)} | WHY
    origin, at = "register.example/known", "2020-04-02T09:00:00Z"
    for kind, body in (("LedgerFounded", founding), ("LogKeyRotated", rotation)):
        note, head = compose(head, kind, body, [root], ledger=origin, at=at)
        notes.append(note)
    notes.append(
        compose(Head("rules"), "RulesAdopted", shipped_document(), [root], ledger=origin, at=at)[0]
    )
    ledger.accept_all(notes, whole=True)
    raw = prove_keys(ledger)
    ledger.close()
    assert verify_keys(raw, [known.key]).exit_code == 1
    verdict = audit_folder(tmp_path, [known.key])
    assert [failure.rule for failure in verdict.failures] == ["trust"]


def test_a_changed_byte_an_entry_left_out_and_a_stranger_s_file_are_found(rotated):
    raw = prove_keys(rotated.ledger)
    trust = rotated.founders
    random.seed(7)
    for at in random.sample(range(len(raw)), 150):
        changed = raw[:at] + bytes([raw[at] ^ (1 << random.randrange(8))]) + raw[at + 1 :]
        assert verify_keys(changed, trust).exit_code != 0, at
    files = read_container(raw).files
    for name in files:
        left_out = write_container({one: files[one] for one in files if one != name})
        if is_keys(left_out):
            # The newest entry of the stream may be missing and nothing says so: it is told.
            entries = sorted(one for one in files if one.endswith(".entry"))
            last = {max(one for one in entries if one.startswith("authority")), entries[-1]}
            assert verify_keys(left_out, trust).exit_code == (0 if name in last else 1), name
    assert verify_keys(write_container(files | {"more": b"x"}), trust).exit_code == 1
    assert verify_keys(b"no container", trust).exit_code == 2
    assert verify_keys(b"", trust).exit_code == 2
    assert CHECKPOINT in files


def test_one_stolen_root_key_founds_no_ledger_for_who_asks_for_two(tmp_path, rotated):
    """The thief's own ledger, of the same name: he alone founds it, with a threshold of one."""
    stolen, known = rotated.roots[0], rotated.founders[:2]
    log = Ed25519Signer.generate(ORIGIN)
    ledger = Ledger(tmp_path / "ledger.db", log_keys=[log], create=True)
    founding = {
        "origin": ORIGIN,
        "roots": [str(key) for key in rotated.founders],
        "threshold": 1,
        "log": str(log.key),
        "witnesses": [],
        "quorum": 0,
    }
    at = "2020-04-02T09:00:00Z"
    note, _ = compose(Head("authority"), "LedgerFounded", founding, [stolen], ledger=ORIGIN, at=at)
    ledger.accept(note)
    raw = prove_keys(ledger)
    ledger.close()
    two = Policy(together=2)
    assert verify_keys(raw, known).exit_code == 0  # by its own word
    verdict = verify_keys(raw, known, two)
    assert verdict.exit_code == 1
    assert "you ask for 2" in str(verdict.failures)
    audited = audit_folder(tmp_path, known, together=2)
    assert [failure.rule for failure in audited.failures] == ["trust"]
    assert verify_keys(prove_keys(rotated.ledger), known, two).exit_code == 0
    assert verify_bundle(rotated.bundle, known, two).exit_code == 0
    assert verify_bundle(rotated.bundle, known, Policy(together=3)).exit_code == 1
    assert audit_folder(rotated.folder.path, known, together=2).exit_code == 0
