"""Keys over time at the command line: rotated, limited, revoked as suspect, and what it does."""

import pytest

from tests.sessions.conftest import Shell

CLAIM = """
[[claim]]
kind = "killing"
status = "civilian"
documented_on = "2020-03"
place = { governorate = "%s" }
[[claim.sources]]
kind = "witness"
"""
TOLL = ("toll", "--documented", "2020-03")


@pytest.fixture
def office(founded):
    """A founded ledger, and a claim to record in each of two governorates."""
    for governorate in ("SY07", "SY02"):
        (founded.folder / f"{governorate}.toml").write_text(CLAIM % governorate)
    return founded


def record(shell, governorate, key="documenter-1", **options):
    return shell.run("record", f"{governorate}.toml", "--key", key, **options)


def deaths(shell, *more):
    return shell.json(*TOLL, *more)["total"]


def test_what_a_stolen_key_signed_leaves_the_toll_and_comes_back_reaffirmed(office):
    for _ in range(3):
        record(office, "SY07")
    assert deaths(office) == 3
    office.run(
        *("key", "revoke", "documenter-1", "--reason", "laptop stolen"),
        *("--reason-code", "compromised", "--suspect-from", 6),
    )
    assert (deaths(office), deaths(office, "--at", 7)) == (1, 3)
    events = office.json("suspects")["events"]
    assert [one["index"] for one in events] == [6, 7]
    claim = events[0]["stream"].partition("/")[2]
    assert office.json("claim", claim)["state"]["standing"] == "suspect"
    refused = record(office, "SY07", code=2)
    assert "key-revoked" in refused
    office.run("reaffirm", claim[:8], "--key", "reviewer-1", "--reason", "read again")
    assert deaths(office) == 2
    signer = events[0]["signer"]
    office.run("reaffirm", "--signed-by", signer, "--key", "reviewer-1", "--reason", "read again")
    assert deaths(office) == 3
    assert office.json("suspects")["events"] == []
    header = "index,stream,version,type,signer,since"
    assert office.run("suspects", "--format", "csv").splitlines() == [header]
    assert "nothing" in office.run(
        *("reaffirm", claim[:8], "--key", "reviewer-1", "--reason", "read again"), code=2
    )
    assert office.json("audit", "records")["sound"]
    office.run("projections", "rebuild")


def test_a_limited_key_and_a_key_with_new_roles(office):
    office.run(*("key", "enroll", "documenter-1", "--role", "documenter", "--governorate", "SY07"))
    record(office, "SY07")
    assert "out-of-scope" in record(office, "SY02", code=2)
    office.run("key", "enroll", "documenter-1", "--role", "auditor")
    assert "role-missing" in record(office, "SY07", code=2)
    rows = office.run("keys", "--format", "csv").splitlines()
    held = [row.split(",")[2:6] for row in rows if row.startswith("documenter-1")]
    assert held == [
        ["documenter", "", "2", "5"],
        ["documenter", "SY07", "5", "7"],
        ["auditor", "", "7", ""],
    ]
    then = office.run("keys", "--at", 3, "--format", "csv").splitlines()
    assert [row.split(",")[5] for row in then if row.startswith("documenter-1")] == [""]
    for scope in ("SY99", "Idlib"):
        words = ("key", "enroll", "reviewer-1", "--role", "reviewer", "--governorate", scope)
        assert "unknown-term" in office.run(*words, code=2)


def test_after_rotating_everything_the_founding_keys_still_verify_it_offline(office):
    roots = [word for key in office.json("keys")["roots"] for word in ("--trust", key)]
    first = office.json("keys")["log"]
    record(office, "SY07")
    office.run("key", "enroll", "reviewer-1", "--role", "reviewer", "--governorate", "SY07")
    office.run("key", "rotate-log", "--reason", "yearly change")
    office.run("key", "new", "root-3")
    words = ("root-2", "root-3", "--threshold", 2, "--reason", "a laptop is gone")
    office.run("key", "rotate-roots", *words, "--reason-code", "lost")
    record(office, "SY07")
    office.run("keys", "--out", "ledger.keys")
    now = office.json("keys")
    assert now["log"] != first
    assert [one["until"] for one in now["log_keys"]] == [7, None]
    verdict = office.json("verify", "ledger.keys", *roots, "--together", 2)
    assert verdict["verified"]
    told = {one["what"]: one.get("detail", "") for one in verdict["checks"]}
    assert told["signs for the log"].startswith(now["log"])
    assert "NOT VERIFIED" in office.run("verify", "ledger.keys", *roots[:2], code=1)
    assert office.json("audit", "records", *roots)["sound"]
    assert office.json("audit", "records", "--trust", first)["sound"]
    office.run("audit", "records", *roots, "--together", 3, code=2)
    # The old root key governs no more; the new ones do.
    revoke = ("key", "revoke", "documenter-1", "--reason", "she left")
    assert "root-1" in office.run(*revoke, "--root", "root-1", "--root", "root-2", code=2)
    office.run(*revoke)
    # A refused rotation leaves no key behind.
    files = sorted(path.name for path in (office.folder / "records").glob("log*.key"))
    assert files == ["log-2.key", "log.key"]
    office.run("key", "rotate-log", "--reason", "again", "--root", "root-3", code=2)
    assert sorted(path.name for path in (office.folder / "records").glob("log*.key")) == files
    # Without the file of the key in force nothing is stored, and the command says which is missing.
    (office.folder / "records/log-2.key").rename(office.folder / "elsewhere.key")
    missing = office.run("challenge", "0" * 8, "--by", "x", "--text", "y", "--key", "x", code=2)
    assert "log key" in missing
    office.run("key", "rotate-log", "--reason", "its disk died", "--reason-code", "lost")
    assert office.json("audit", "records", *roots)["sound"]


def test_root_keys_that_are_kept_apart_sign_one_note_each_where_it_is(office):
    """root-2 lies on a stick that is never where root-1 and the ledger are."""
    stick = office.folder / "stick"
    stick.mkdir(mode=0o700)
    (office.folder / "records/keys/root-2.key").rename(stick / "root-2.key")
    revoke = ("key", "revoke", "documenter-1", "--reason", "she left")
    assert "sijill sign" in office.run(*revoke, code=2)
    office.run(*revoke, "--sign-only", "revoke.note")
    assert "threshold" in office.run("post", "revoke.note", code=2)
    alone = Shell(office.folder)
    said = alone.run("sign", "revoke.note", "--key", "root-2", "--keys", stick)
    assert "KeyRevoked of authority version 5, in register.example/x" in said
    assert "documenter-1" in said
    assert "she left" in said
    assert "already" in alone.run("sign", "revoke.note", "--key", "root-2", "--keys", stick, code=2)
    assert "no key" in alone.run("sign", "revoke.note", "--key", "root-9", "--keys", stick, code=2)
    office.run("post", "revoke.note")
    assert "key-revoked" in record(office, "SY07", code=2)
    # The log key is changed by such a note too: its new file waits here for the signatures.
    before = office.json("keys")["log"]
    office.run("key", "rotate-log", "--reason", "yearly", "--sign-only", "rotate.note")
    assert office.json("keys")["log"] == before
    alone.run("sign", "rotate.note", "--key", "root-2", "--keys", stick)
    office.run("post", "rotate.note")
    assert office.json("keys")["log"] != before
    assert office.run("checkpoint").count("\n— ") == 2
    # And a new root key takes the place of one that stays away.
    alone.run("key", "new", "root-3", "--ledger", "elsewhere", "--keys", stick)
    vkeys = [one for one in office.json("keys")["roots"] if one.startswith("root-1")]
    third = alone.json("key", "new", "root-4", "--ledger", "elsewhere", "--keys", stick)["vkey"]
    words = ("key", "rotate-roots", *vkeys, third, "--threshold", 2, "--reason", "handed over")
    office.run(*words, "--sign-only", "roots.note")
    for name in ("root-2", "root-4"):
        alone.run("sign", "roots.note", "--key", name, "--keys", stick)
    office.run("post", "roots.note")
    assert office.json("keys")["roots"] == [*vkeys, third]


def test_rotating_goes_on_where_a_former_key_was_taken_away_and_one_was_cut_short(founded):
    folder = founded.folder / "records"
    founded.run("key", "rotate-log", "--reason", "yearly change")
    (folder / "log.key").rename(founded.folder / "kept-apart.key")
    (folder / "log-3.key").write_bytes(b"")  # killed before a byte of it was written
    founded.run("key", "rotate-log", "--reason", "yearly change")
    assert (folder / "log-4.key").is_file()
    founded.run("key", "rotate-log", "--reason", "no", "--root", "documenter-1", code=2)
    assert not (folder / "log-5.key").exists()
    assert [one["ended"] for one in founded.json("keys")["log_keys"]] == ["retired"] * 2 + [None]
    assert founded.json("audit", "records")["sound"]
