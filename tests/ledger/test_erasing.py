"""Erasing: the key goes before the log says so, whatever stops it, and does not come back."""

import sqlite3
from contextlib import closing

import pytest

from domain.errors import Invalid, Rejected, SijillError
from ledger.erasing import catch_up, finish
from ledger.keyfile import new_vault_key_file
from ledger.ledger import Ledger
from ledger.vault import Vault
from tests.scene import DOCUMENTER, LOG, REVIEWER, ROOTS, Scene, claim_body, claim_name

ONE, OTHER = claim_name(1), claim_name(2)
FIELDS = {"name": "اسم مخترع", "national_id": "0123456789"}
ERASURE = {"reason_code": "consent-withdrawn", "reason": "the family asked for it"}


class Register:
    """A ledger with two sealed claims, and its vault; `stop` ends an erasure before the commit."""

    def __init__(self, folder):
        self.folder = folder
        self.key = new_vault_key_file(folder / "vault.key", "vault", "p", ops=1, mem=8192)
        self.vault = Vault(folder / "vault.db", self.key.public_key)
        self.scene = Scene(folder)
        self.stop = False
        self.reopen()
        self.digests = {}
        for claim in (ONE, OTHER):
            person = self.vault.seal(claim, FIELDS)
            self.digests[claim] = {field: one["sealed"] for field, one in person.items()}
            self.scene.say(claim, "ClaimRecorded", claim_body(person=person), DOCUMENTER)

    def reopen(self):
        self.scene.ledger.close()
        self.scene.ledger = Ledger(
            self.scene.path, log_keys=[LOG], clock=self.scene.clock, erase=self.erase
        )

    def erase(self, notes):
        self.vault.erase(notes)
        if self.stop:
            raise KeyboardInterrupt

    def revealed(self, claim):
        return self.vault.reveal(claim, self.key, self.digests[claim])

    def bytes_on_disk(self):
        return b"".join(path.read_bytes() for path in sorted(self.folder.glob("vault.db*")))

    def secrets(self, claim):
        with closing(sqlite3.connect(self.folder / "vault.db")) as raw:
            return [
                bytes(one)
                for (one,) in raw.execute(
                    "SELECT wrapped FROM claim_keys WHERE claim = ?1 "
                    "UNION ALL SELECT sealed FROM disclosures WHERE claim = ?1",
                    (claim,),
                )
            ]

    def say_erased(self, signer=REVIEWER):
        return self.scene.say(ONE, "Erased", ERASURE, signer)

    @property
    def is_erased(self):
        return self.scene.state(ONE).erased


@pytest.fixture
def register(tmp_path):
    made = Register(tmp_path)
    yield made
    made.vault.close()
    made.scene.close()


def test_erasing_destroys_every_byte_of_the_keys_and_of_one_claim_only(register):
    for number in range(10, 200):  # pages are split and joined again
        register.vault.seal(claim_name(number), FIELDS)
    register.vault.seal_more({ONE: {"family": "a family"}})
    gone, kept = register.secrets(ONE), register.secrets(OTHER)
    assert len(gone) == 5
    register.say_erased()
    raw = register.bytes_on_disk()
    for secret in gone:
        assert secret not in raw
        assert secret[-40:] not in raw
    assert all(secret in raw for secret in kept)
    assert register.revealed(ONE) == {}
    assert register.revealed(OTHER) == FIELDS


def test_an_erasure_that_the_ledger_refuses_erases_nothing(register):
    with pytest.raises(Rejected, match="role-missing"):
        register.say_erased(DOCUMENTER)
    assert register.revealed(ONE) == FIELDS


def test_what_stops_before_the_commit_is_finished_by_whoever_comes_next(register):
    register.stop = True
    with pytest.raises(KeyboardInterrupt):
        register.say_erased()
    assert not register.is_erased
    assert register.revealed(ONE) == {}
    register.stop = False
    register.reopen()
    assert finish(register.vault, register.scene.ledger) == []
    assert register.is_erased
    size = register.scene.size
    assert finish(register.vault, register.scene.ledger) == []
    assert register.scene.size == size
    assert register.vault.unfinished() == {}


def test_an_event_in_between_is_told_and_the_erasure_is_signed_anew(register):
    register.stop = True
    with pytest.raises(KeyboardInterrupt):
        register.say_erased()
    register.stop = False
    linked = {"source": {"id": "s2", "kind": "witness"}}
    register.scene.say(ONE, "SourceLinked", linked, DOCUMENTER)
    assert finish(register.vault, register.scene.ledger) == [ONE]
    register.say_erased()
    assert finish(register.vault, register.scene.ledger) == []
    assert register.is_erased


def test_a_vault_in_use_by_a_reader_stops_an_erasure_and_the_log_says_nothing(register):
    with closing(sqlite3.connect(register.folder / "vault.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM disclosures").fetchone()
        register.vault._connection.execute("PRAGMA busy_timeout=100")
        with pytest.raises(SijillError, match="the vault is in use"):
            register.say_erased()
    assert not register.is_erased
    assert finish(register.vault, register.scene.ledger) == []
    assert register.is_erased


def test_a_vault_from_a_copy_does_not_bring_anybody_back(register):
    register.vault.copy_to(register.folder / "copy.db", register.folder / "copy.db", "2020")
    register.say_erased()
    with closing(Vault(register.folder / "copy.db")) as copy:
        assert copy.reveal(ONE, register.key, register.digests[ONE]) == FIELDS
        catch_up(copy, register.scene.ledger)
        assert copy.reveal(ONE, register.key, register.digests[ONE]) == {}
        assert copy.reveal(OTHER, register.key, register.digests[OTHER]) == FIELDS
        assert copy.caught_up[0] == register.scene.size
        assert copy.copies() == register.vault.copies()


def test_erasures_after_the_last_look_are_seen_at_the_next(register):
    catch_up(register.vault, register.scene.ledger)
    register.erase = lambda notes: None
    register.scene.ledger._erase = register.erase  # as a ledger that came from an export
    register.say_erased()
    assert register.revealed(ONE) == FIELDS
    catch_up(register.vault, register.scene.ledger)
    assert register.revealed(ONE) == {}
    assert register.vault.unfinished() == {}


def revoke(scene, key, suspect_from):
    body = {
        "vkey": str(key.key),
        "reason_code": "compromised",
        "reason": "the laptop was taken",
        "suspect_from": suspect_from,
    }
    scene.say("authority", "KeyRevoked", body, *ROOTS[:2])


def test_what_a_stolen_key_erased_comes_back_with_a_copy_and_goes_when_it_is_reaffirmed(register):
    scene = register.scene
    register.vault.copy_to(register.folder / "copy.db", register.folder / "copy.db", "2020")
    index = register.say_erased().log_index
    revoke(scene, REVIEWER, index)
    with closing(Vault(register.folder / "copy.db")) as copy:
        catch_up(copy, scene.ledger)
        assert copy.reveal(ONE, register.key, register.digests[ONE]) == FIELDS
        other = type(REVIEWER).from_seed("reviewer-2", b"w" * 32)
        scene.enroll(other, "reviewer")
        version = scene.heads[ONE].version
        scene.say(ONE, "Reaffirmed", {"versions": [version], "reason": "it was meant"}, other)
        catch_up(copy, scene.ledger)
        assert copy.reveal(ONE, register.key, register.digests[ONE]) == {}


def test_nothing_is_sealed_again_of_who_was_erased(register):
    register.say_erased()
    with pytest.raises(Invalid, match="erased for good"):
        register.vault.seal_more({ONE: {"name": "again"}})
    assert register.vault.seal_all({ONE: FIELDS}) == {ONE: {}}
    assert register.secrets(ONE) == []


def test_who_seals_a_later_field_has_a_key_of_its_own_and_the_public_key_only(register):
    later = register.vault.seal_more({ONE: {"name": "آخر", "family": "a family"}})[ONE]
    register.digests[ONE] |= {field: one["sealed"] for field, one in later.items()}
    expected = FIELDS | {"name": "آخر", "family": "a family"}
    assert register.revealed(ONE) == expected
    with closing(sqlite3.connect(register.folder / "vault.db")) as raw:
        rows = raw.execute(
            "SELECT part, substr(wrapped, 1, 32) FROM claim_keys WHERE claim = ?", (ONE,)
        ).fetchall()
    assert [part for part, _ in rows] == [1, 2]
    assert len({ephemeral for _, ephemeral in rows}) == 2


def test_a_refused_sealing_leaves_nothing_behind(register):
    before = register.secrets(ONE)
    later = register.vault.seal_more({ONE: {"name": "x", "family": "y"}})[ONE]
    register.vault.drop([later["name"]["sealed"]])
    assert len(register.secrets(ONE)) == len(before) + 2
    register.vault.drop([later["family"]["sealed"], "no such digest"])
    assert register.secrets(ONE) == before
