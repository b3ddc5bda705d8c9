"""`sijill case` as it is typed: without sealed fields, with one, and refused."""

import pytest

RECORD = """
[claim]
kind = "killing"
happened_on = "2020-03-05"
documented_on = "2020-03"
attribution = { mode = "sole", parties = ["isis"] }
person = { name = "اسم مخترع جداً", national_id = "invented-998877" }
[[claim.sources]]
kind = "witness"
"""
SECRETS = ("اسم مخترع جداً", "invented-998877")
GIVING = ("--to", "A UN mandate", "--reason", "the family asked", "--key", "reviewer-1")


@pytest.fixture
def recorded(founded):
    (founded.folder / "claim.toml").write_text(RECORD)
    founded.claim = founded.json("record", "claim.toml", "--key", "documenter-1")["stream"]
    return founded


def entries(shell):
    return shell.json("claims")["ledger"]["size"]


def written(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_without_being_asked_it_holds_nothing_sealed_and_its_proof_verifies(recorded):
    told = recorded.run("case", recorded.claim[6:14], "--out", "case")
    files = written(recorded.folder / "case")
    names = {path.name for path in files}
    assert {"case-en.html", "case-en.pdf", "case-ar.html", "case-ar.pdf"} < names
    for raw in files.values():
        assert not any(secret.encode() in raw for secret in SECRETS)
    log = recorded.json("key", "list")["log"]
    assert log in told
    (proof,) = (recorded.folder / "case" / "proofs").iterdir()
    assert "VERIFIED." in recorded.run("verify", proof, "--trust", log)
    assert entries(recorded) == recorded.json("claim", recorded.claim)["ledger"]["size"]


def test_a_sealed_field_goes_out_recorded_and_for_its_owner_s_eyes_alone(recorded):
    size = entries(recorded)
    recorded.run(
        *("case", recorded.claim, "--out", "case", "--as", "html", "--with-sealed", "name", *GIVING)
    )
    assert entries(recorded) == size + 1
    folder = recorded.folder / "case"
    assert folder.stat().st_mode & 0o777 == 0o700
    page = (folder / "case-en.html").read_text()
    assert SECRETS[0] in page
    assert SECRETS[1] not in page
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in written(folder))
    (proof,) = (folder / "proofs").iterdir()
    log = recorded.json("key", "list")["log"]
    assert SECRETS[0] in recorded.run("verify", proof, "--trust", log)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--with-sealed", "name"), "needs --to"),
        (("--to", "A court"), "needs it"),
        (("--with-sealed", "name", "--to", "A court"), "give --key and --reason"),
        (("--with-sealed", "contact", *GIVING), "not sealed"),
        (("--language", "fr"), "use en, ar or both"),
        (("--as", "docx"), "use html, pdf or both"),
    ],
)
def test_what_cannot_be_made_is_refused_and_changes_nothing(recorded, more, message):
    size = entries(recorded)
    assert message in recorded.run("case", recorded.claim, "--out", "case", *more, code=2)
    assert not (recorded.folder / "case").exists()
    assert entries(recorded) == size


def test_another_passphrase_records_and_writes_nothing(recorded):
    size = entries(recorded)
    words = ("case", recorded.claim, "--out", "case", "--with-sealed", "name", *GIVING)
    recorded.environment["SIJILL_LOG_PASSPHRASE"] = recorded.environment["SIJILL_PASSPHRASE"]
    recorded.environment["SIJILL_PASSPHRASE"] = "another"
    told = recorded.run(*words, code=1)
    assert not any(secret in told for secret in SECRETS)
    assert not (recorded.folder / "case").exists()
    assert entries(recorded) == size


def test_a_folder_that_is_there_is_not_written_into(recorded):
    (recorded.folder / "case").mkdir()
    assert "exists" in recorded.run("case", recorded.claim, "--out", "case", code=2)
    assert not list((recorded.folder / "case").iterdir())
