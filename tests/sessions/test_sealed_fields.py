"""Sealed fields from the command line: seal, disclose, verify, erase, and copies of the vault."""

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from tests.sessions.terminal import Terminal

CLAIM = """
[claim]
kind = "killing"
status = "civilian"
documented_on = "2020-03"
attribution = { mode = "sole", parties = ["isis"] }
[claim.person]
name = "اسم مخترع"
[[claim.sources]]
kind = "witness"
detail = "an invented witness"
"""
SEAL = ("--reason", "read again", "--key", "documenter-1")
ERASE = ("--reason", "the family asked", "--key", "reviewer-1")
DISCLOSE = ("--to", "A court", "--reason", "in writing", "--key", "reviewer-1")


@pytest.fixture
def register(founded):
    """A ledger with one sealed claim; `claim` is its id, `log` the log's public key."""
    (founded.folder / "claim.toml").write_text(CLAIM, encoding="utf-8")
    done = founded.json("record", "claim.toml", "--key", "documenter-1")
    founded.claim = done["stream"].removeprefix("claim/")
    founded.log = founded.json("key", "list")["log"]
    founded.both = lambda *arguments: both(founded, *arguments)
    return founded


def both(shell, *arguments):
    """What a command prints and complains of."""
    command = [sys.executable, "-m", "api.cli", *arguments]
    done = subprocess.run(
        command, cwd=shell.folder, env=shell.environment, capture_output=True, check=True
    )
    return (done.stdout + done.stderr).decode().replace("\n", "")


def person(shell, *options):
    return shell.json("claim", shell.claim, "--reveal", *options)["state"]["person"]


def kinds(shell):
    return [event["type"] for event in shell.json("history", shell.claim)["events"]]


def test_a_value_is_read_from_a_pipe_a_file_or_a_terminal_and_revealed_as_of_any_state(register):
    pipe = ("seal", register.claim, "--field", "name", *SEAL)
    first = register.json(*pipe, stdin="اسم آخر\n".encode())
    (register.folder / "place.txt").write_text("  a house\n", encoding="utf-8")
    register.run("seal", register.claim, "--field", "exact_place", "--from", "place.txt", *SEAL)
    terminal = Terminal(register, "seal", register.claim, "--field", "source s1", *SEAL)
    terminal.answer("source s1 (sealed): ", "another witness\n")
    assert terminal.end() == 0
    assert person(register) == {"name": "اسم آخر", "exact_place": "a house"}
    state = register.json("claim", register.claim, "--reveal")["state"]
    assert state["sources"][0]["detail"] == "another witness"
    before = person(register, "--at", first["index"] - 1)
    assert before == {"name": "اسم مخترع"}
    assert "another witness" in register.run("claim", register.claim, "--reveal")
    assert "اسم" not in register.run("history", register.claim)
    register.run("seal", register.claim, "--field", "exact_place", "--clear", *SEAL)
    assert person(register) == {"name": "اسم آخر"}
    assert kinds(register) == ["ClaimRecorded"] + 4 * ["FieldSealed"]


@pytest.mark.parametrize(
    ("options", "stdin", "code", "words"),
    [
        (("--field", "name"), b"", 2, "1 to 2000 characters"),
        (("--field", "name"), b" \n", 2, "1 to 2000 characters"),
        (("--field", "name"), b"x" * 2001, 2, "1 to 2000 characters"),
        (("--field", "name"), b"x" * 10**6, 2, "1 to 2000 characters"),
        (("--field", "name"), b"secret\xff", 2, "not text in UTF-8"),
        (("--field", "name"), b"secret\x1b[2J", 2, "control character"),
        (("--field", "sex"), b"secret", 2, "must be one of"),
        (("--field", "source s9"), b"secret", 2, "unknown-source"),
        (("--field", "name", "--reason-code", "why"), b"secret", 2, "unknown-term"),
        (("--field", "name", "--clear", "--from", "x"), b"", 2, "takes no value"),
        (("--field", "name", "--from", "none.txt"), b"", 2, "No such file"),
    ],
)
def test_what_is_not_sealed_leaves_nothing_and_is_not_repeated(
    register, options, stdin, code, words
):
    vault = register.folder / "records" / "vault.db"
    out = register.run("seal", register.claim, *options, *SEAL, stdin=stdin, code=code)
    assert words in out
    assert "secret" not in out
    with closing(sqlite3.connect(vault)) as opened:
        assert opened.execute("SELECT count(*) FROM disclosures").fetchone() == (2,)
    assert kinds(register) == ["ClaimRecorded"]


def test_a_disclosure_is_handed_over_and_verified_elsewhere(register, tmp_path):
    fields = ("--field", "name", "--field", "source s1")
    register.run("disclose", register.claim, *fields, *DISCLOSE, "--out", "court.sijill")
    shutil.copy(register.folder / "court.sijill", tmp_path / "elsewhere.sijill")
    verify = ("verify", tmp_path / "elsewhere.sijill", "--trust", register.log)
    shown = register.run(*verify, SIJILL_LEDGER="")
    assert "VERIFIED" in shown
    assert "اسم مخترع" in shown
    told = register.json(*verify, SIJILL_LEDGER="")
    assert told["disclosed"] == {"name": "اسم مخترع", "source s1": "an invented witness"}
    register.run("seal", register.claim, "--field", "name", *SEAL, stdin=b"Another")
    later = register.json(*verify, "--ledger", register.folder / "records")
    fates = [one["detail"] for one in later["checks"] if "in that ledger" in one["what"]]
    assert fates == ["another value, or none, was sealed since", "it still stands"]
    stranger = register.run(*verify[:3], "x+00000000+AAAA", code=1)
    assert "اسم" not in stranger
    wrong = register.json("key", "list")["roots"][0]
    assert "اسم" not in register.run(*verify[:3], wrong, code=1)
    exists = ("disclose", register.claim, *fields, *DISCLOSE, "--out", "court.sijill")
    assert "nothing was recorded" in register.run(*exists, code=2)


def test_an_encrypted_disclosure_is_for_its_recipient(register):
    key = register.json("recipient", "court.key")["key"]
    disclose = ("disclose", register.claim, "--field", "name", *DISCLOSE, "--out", "court.sijill")
    register.run(*disclose, "--recipient-key", key)
    raw = (register.folder / "court.sijill").read_bytes()
    assert b"disclosures" not in raw
    verify = ("verify", "court.sijill", "--trust", register.log)
    assert "--open-with" in register.run(*verify, code=2)
    assert "اسم مخترع" in register.run(*verify, "--open-with", "court.key")
    register.run("recipient", "other.key")
    assert "not for" in register.run(*verify, "--open-with", "other.key", code=1)
    history = register.json("history", register.claim)["events"]
    assert history[-1]["change"] == "name disclosed to A court, encrypted"


def test_without_the_vault_s_passphrase_nothing_is_disclosed_or_recorded(register):
    disclose = ("disclose", register.claim, "--field", "name", *DISCLOSE, "--out", "court.sijill")
    register.run(
        *disclose, SIJILL_PASSPHRASE="wrong", SIJILL_LOG_PASSPHRASE="correct horse", code=1
    )
    assert kinds(register) == ["ClaimRecorded"]
    assert not (register.folder / "court.sijill").exists()


def test_erasing_is_final_names_the_copies_and_asks_for_a_second_person(register):
    register.run("backup", "log.db", "--vault", "vault-1.db")
    out = register.run("erase", register.claim, *ERASE[:2], "--key", "documenter-1", code=2)
    assert "role-missing" in out
    done = register.run("erase", register.claim, *ERASE, "--format", "json")
    assert json.loads(done)["version"] == 2
    assert set(person(register)["name"]) == {"sealed"}
    assert register.json("claim", register.claim)["state"]["erased"] is True
    assert "erased already" in register.run("erase", register.claim, *ERASE)
    seal = ("seal", register.claim, "--field", "name", *SEAL)
    assert "erased" in register.run(*seal, stdin=b"Again", code=2)
    disclose = ("disclose", register.claim, "--field", "name", *DISCLOSE, "--out", "x.sijill")
    register.run(*disclose, code=1)
    assert kinds(register) == ["ClaimRecorded", "Erased"]


def test_a_copy_of_the_vault_does_not_bring_back_who_was_erased(register):
    other = register.json("record", "claim.toml", "--key", "documenter-1")["stream"]
    register.run("backup", "log.db", "--vault", "vault-1.db")
    assert ((register.folder / "vault-1.db").stat().st_mode & 0o777) == 0o600
    assert "exists" in register.run("backup", "log-2.db", "--vault", "vault-1.db", code=2)
    register.run("erase", register.claim, *ERASE)
    vault = register.folder / "records" / "vault.db"
    # Put back by hand, as a person in a hurry does.
    shutil.copy(register.folder / "vault-1.db", vault)
    assert set(person(register)["name"]) == {"sealed"}
    register.run("restore-vault", "vault-1.db")
    assert set(person(register)["name"]) == {"sealed"}
    again = register.json("claim", other, "--reveal")["state"]["person"]
    assert again == {"name": "اسم مخترع"}
    with closing(sqlite3.connect(vault)) as opened:
        assert opened.execute("SELECT DISTINCT claim FROM claim_keys").fetchall() == [(other,)]


def test_a_copy_that_lacks_what_the_vault_has_is_not_gone_back_to_unasked(register):
    register.run("backup", "log.db", "--vault", "vault-1.db")
    register.run("seal", register.claim, "--field", "family", *SEAL, stdin=b"A family")
    out = register.run("restore-vault", "vault-1.db", code=2)
    assert "1 sealed fields that this copy lacks" in out
    assert person(register)["family"] == "A family"
    done = register.json("restore-vault", "vault-1.db", "--lose-newer")
    assert (done["fields"], done["lost"]) == (2, 1)
    erased = register.run("erase", register.claim, *ERASE)
    assert erased
    assert (register.folder / "records" / "vault.db.replaced").exists()


@pytest.mark.parametrize("damage", ["empty", "text", "cut", "ledger", "missing"])
def test_what_is_no_vault_is_not_restored(register, damage):
    register.run("backup", "log.db", "--vault", "copy.db")
    copy = register.folder / "copy.db"
    raw = copy.read_bytes()
    made = {"empty": b"", "text": b"no vault", "cut": raw[: len(raw) // 2]}
    if damage in made:
        copy.write_bytes(made[damage])
    elif damage == "ledger":
        shutil.copy(register.folder / "log.db", copy)
    else:
        copy.unlink()
    register.run("restore-vault", "copy.db", code=2)
    assert person(register) == {"name": "اسم مخترع"}


def test_a_lost_vault_comes_back_from_a_copy(register):
    register.run("backup", "log.db", "--vault", "copy.db")
    for path in (register.folder / "records").glob("vault.db*"):
        path.unlink()
    register.run("restore-vault", "copy.db")
    assert person(register) == {"name": "اسم مخترع"}


def test_a_damaged_vault_is_told_and_comes_back_from_a_copy(register):
    register.run("backup", "log.db", "--vault", "copy.db")
    vault = register.folder / "records" / "vault.db"
    raw = vault.read_bytes()
    for damaged in (b"no vault at all" * 400, raw[:4096] + b"\xff" * (len(raw) - 4096)):
        vault.write_bytes(damaged)
        seal = ("seal", register.claim, "--field", "family", *SEAL)
        assert "damaged" in register.run(*seal, stdin=b"A family", code=1)
        assert "damaged" in register.run("claim", register.claim, "--reveal", code=1)
        register.run("restore-vault", "copy.db")
        assert person(register) == {"name": "اسم مخترع"}
        assert vault.with_name("vault.db.replaced").read_bytes()[100:] == damaged[100:]


def test_the_other_claims_of_one_person_are_named(register):
    """Merged into it, and told of by it as an outcome; one by one, until none is left."""
    merged = register.json("record", "claim.toml", "--key", "documenter-1")["stream"]
    detention = CLAIM.replace('"killing"', '"detention"')
    (register.folder / "detention.toml").write_text(detention, encoding="utf-8")
    earlier = register.json("record", "detention.toml", "--key", "documenter-1")["stream"]
    of_another = register.json("record", "claim.toml", "--key", "documenter-1")["stream"]
    why = ("--reason", "one person", "--key", "reviewer-1")
    register.run("merge", merged, register.claim, *why)
    register.run("outcome", earlier, "died", f"claim/{register.claim}", *why)
    told = register.both("erase", register.claim, *ERASE)
    assert f"{merged} is of the same person" in told
    assert f"{earlier} is of the same person" in told
    assert of_another not in told
    told = register.both("erase", earlier, *ERASE)
    assert f"{merged} is of the same person" in told
    assert f"{register.claim} is of" not in told
    assert "same person" not in register.both("erase", merged, *ERASE)
    assert register.json("claim", merged)["state"]["standing"] == "merged"


def test_signed_elsewhere_an_erasure_is_carried_out_by_the_ledger_that_accepts_it(register):
    register.run("erase", register.claim, *ERASE, "--sign-only", "erase.note")
    assert person(register) == {"name": "اسم مخترع"}
    register.run("post", "erase.note")
    assert set(person(register)["name"]) == {"sealed"}
    with closing(sqlite3.connect(register.folder / "records" / "vault.db")) as opened:
        assert opened.execute("SELECT count(*) FROM claim_keys").fetchone() == (0,)


def test_after_an_erasure_every_proof_figure_and_audit_is_what_it_was(register):
    (register.folder / "report.toml").write_text(
        'name = "march"\nperiod = "2020-03"\ntitle = { en = "March", ar = "آذار" }\n'
        '[[figures]]\nname = "deaths"\n',
        encoding="utf-8",
    )
    register.run("freeze", "report.toml", "--key", "publisher-1", "--out", "march.sijill")
    register.run("prove", register.claim, "--out", "claim.tlog-proof")
    bundle = (register.folder / "march.sijill").read_bytes()
    toll = register.json("toll", "--documented", "2020-03")["rows"]
    register.run("erase", register.claim, *ERASE)
    assert register.json("toll", "--documented", "2020-03")["rows"] == toll
    for file in ("march.sijill", "claim.tlog-proof"):
        assert "VERIFIED" in register.run("verify", file, "--trust", register.log)
    register.run("freeze", "report.toml", "--key", "publisher-1", "--out", "again.sijill")
    assert (register.folder / "again.sijill").read_bytes() == bundle
    assert "SOUND" in register.run("audit", "records", "--trust", register.log)
    assert "recounted" in register.run("audit", "records").lower()
    assert "nothing is damaged" in register.run("check")


@pytest.mark.parametrize("later", [False, True])
def test_a_ledger_that_went_back_behind_an_erasure_says_it_again_or_asks_for_it(register, later):
    register.run("backup", "log.db")
    if later:
        # Then the note names a state of the log that will be no more.
        register.run("record", "claim.toml", "--key", "documenter-1")
    register.run("erase", register.claim, *ERASE)
    register.run("restore", "log.db", "--lose-newer", "--reason", "the disk died")
    assert register.json("claim", register.claim)["state"]["erased"] is False
    assert set(person(register)["name"]) == {"sealed"}
    asked = f"sijill erase claim/{register.claim}"
    assert (asked in register.both("record", "claim.toml", "--key", "documenter-1")) == later
    register.run("erase", register.claim, *ERASE)
    assert register.json("claim", register.claim)["state"]["erased"] is True
    assert asked not in register.both("record", "claim.toml", "--key", "documenter-1")
    assert kinds(register).count("Erased") == 1
