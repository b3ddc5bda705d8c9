"""The log as files and proofs that stand by themselves, from the command line."""

import pytest


@pytest.fixture
def key(march):
    return march.json("key", "list")["log"]


def test_an_entry_is_proved_and_the_proof_verified_with_a_public_key(march, key, tmp_path):
    proof = tmp_path / "entry.tlog-proof"
    march.run("prove", "136", "--out", proof)
    assert proof.read_text().startswith("c2sp.org/tlog-proof@v1\nextra ")
    said = march.run("verify", proof, "--trust", key)
    assert "index 136: ClaimRecorded" in said
    assert "VERIFIED." in said
    at = proof.read_text().index("index 136")
    changed = proof.read_text()[:at] + "index 137" + proof.read_text()[at + 9 :]
    (tmp_path / "changed").write_text(changed)
    assert "NOT VERIFIED." in march.run("verify", tmp_path / "changed", "--trust", key, code=1)
    other = march.json("key", "list")["roots"][0]
    assert "NOT VERIFIED." in march.run("verify", proof, "--trust", other, code=1)


def test_a_claim_s_newest_event_is_proved_by_the_claim_s_name(march, key, tmp_path):
    claim = march.json("claims", "--limit", "1")["claims"][0]["id"]
    march.run("prove", claim, "--out", tmp_path / "claim.tlog-proof")
    assert claim in march.run("verify", tmp_path / "claim.tlog-proof", "--trust", key)


def test_a_log_is_proved_to_have_only_grown(march, key, tmp_path):
    sizes = [2, 6]
    old = tmp_path / "old"
    march.run("prove", "0", "--to", sizes[0], "--out", tmp_path / "first")
    old.write_text((tmp_path / "first").read_text().partition("\n\n")[2])
    march.run("prove", "log", "--from", sizes[0], "--out", tmp_path / "growth")
    said = march.run("verify", tmp_path / "growth", "--trust", key, "--old-checkpoint", old)
    assert "the first 2 of 235 entries" in said
    assert march.run("verify", tmp_path / "growth", "--trust", key, code=2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["prove", "9999"], "no entry 9999"),
        (["prove", "5", "--to", "100"], "no checkpoint of 100 entries"),
        (["prove", "log", "--from", "0"], "no consistency proof"),
        (["prove", "nobody-at-all"], "not in this ledger"),
        (["prove", "5²"], "5²"),
        (["prove", "5", "--from", "2"], "prove log"),
    ],
)
def test_what_cannot_be_proved_is_named(march, arguments, message):
    assert message in march.run(*arguments, code=2)


def test_the_log_is_exported_once_and_then_only_what_is_new(march, tmp_path):
    first = march.json("export", tmp_path / "site")
    assert (first["old_size"], first["size"]) == (0, 235)
    assert march.json("export", tmp_path / "site")["files"] == 0
    served = (tmp_path / "site" / "checkpoint").read_text()
    assert served == march.run("checkpoint")
