"""The demo, and what its ledger answers: the numbers that the March 2020 report publishes."""

import shutil

import pytest

from tests.sessions.conftest import Shell

CIVILIANS = ("toll", "--documented", "2020-03", "--where", "status=civilian")


def rows(answer, facet):
    return {row[facet]: row["deaths"] for row in answer["rows"]}


def test_the_table_of_parties_comes_out(march):
    answer = march.json(*CIVILIANS, "--by", "party")
    assert answer["total"] == 145
    assert rows(answer, "party") == {
        "syrian-regime-forces": 36,
        "russian-forces": 19,
        "hayat-tahrir-al-sham": 2,
        "syrian-democratic-forces": 12,
        "landmines-unknown-origin": 13,
        "fires-unknown-source": 28,
        "turkish-border-guards": 2,
        "unidentified-bombings": 20,
        "unknown-persons": 10,
        "drowning": 3,
    }
    assert sum(row["children"] for row in answer["rows"]) == 28
    assert sum(row["women"] for row in answer["rows"]) == 16
    assert set(answer["ledger"]) == {"origin", "size", "root"}
    groups = march.json(*CIVILIANS, "--by", "party-group")
    assert sorted(rows(groups, "party-group").values()) == [2, 12, 19, 36, 76]


def test_deaths_by_torture_and_of_medics_come_out(march):
    torture = march.json(
        *("toll", "--documented", "2020-03", "--where", "kind=torture-death", "--by", "party-group")
    )
    assert rows(torture, "party-group") == {"syrian-regime-forces": 12, "other-parties": 2}
    medics = march.json(*CIVILIANS, "--where", "profession=medical", "--by", "party")
    assert rows(medics, "party") == {"hayat-tahrir-al-sham": 1, "unknown-persons": 1}


def test_four_massacres_are_derived(march):
    answer = march.json("massacres", "--documented", "2020-03")
    found = {one["party"]: one["deaths"] for one in answer["massacres"]}
    assert found == {
        "syrian-regime-forces": 5,
        "russian-forces": 15,
        "syrian-democratic-forces": 5,
        "unidentified-bombings": 12,
    }
    assert answer["deaths"] == 37


def test_tables_csv_and_the_position_of_options_agree(march):
    table = march.run(*CIVILIANS, "--by", "party")
    assert "Hay'at Tahrir al-Sham" in table
    assert "145" in table
    lines = march.run("--format", "csv", *CIVILIANS, "--by", "party").splitlines()
    assert lines[0].startswith("party,deaths,children,women,men")
    assert len(lines) == 11
    assert march.run(*CIVILIANS, "--by", "party", "--format=csv").splitlines() == lines


def test_histories_traces_claims_and_the_checkpoint_can_be_read(march):
    page = march.json("claims", "--limit", "1")
    name = page["claims"][0]["id"].partition("/")[2]
    history = march.json("history", name[:8])
    assert history["events"][0]["type"] == "ClaimRecorded"
    assert history["events"][0]["signature_holds"] is True
    shown = march.json("claim", name)
    assert set(shown["state"]["person"]["name"]) == {"sealed"}
    revealed = march.json("claim", name, "--reveal")
    assert revealed["state"]["person"]["name"].startswith("اسم مخترع")
    trace = march.json("trace", "--documented", "2020-03", "--where", "party=russian-forces")
    assert trace["value"] == 19
    assert len(trace["steps"]) == 19
    assert march.run("checkpoint").startswith("demo.sijill.example/march-2020\n235\n")


def test_as_of_is_asked_by_index_and_by_time(march):
    assert march.json("toll", "--at", "40")["total"] == 31
    assert march.json("toll", "--at", "2020-04-01")["total"] == 159
    assert "has 235 entries" in march.run("toll", "--at", "9999", code=2)
    assert "received nothing" in march.run("toll", "--at", "2019-01-01", code=2)
    assert "must be a log index" in march.run("toll", "--at", "then", code=2)


def test_the_report_is_frozen_verified_and_audited_by_hand(march, tmp_path):
    shutil.copytree(march.environment["SIJILL_LEDGER"], tmp_path / "ledger")
    shell = Shell(tmp_path, tmp_path / "ledger")
    shell.environment["SIJILL_PASSPHRASE"] = march.environment["SIJILL_PASSPHRASE"]
    report = "examples/2020-03/report.toml"
    plan = f"{shell.environment['PYTHONPATH']}/{report}"
    shell.run("freeze", plan, "--key", "publisher-1", "--out", "march.sijill")
    vkey = shell.json("key", "list")["log"]
    # A partner's machine: no ledger, no keys, no passphrase.
    partner = Shell(tmp_path)
    del partner.environment["SIJILL_PASSPHRASE"]
    said = partner.run("verify", "march.sijill", "--trust", vkey)
    assert "VERIFIED." in said
    assert "does not prove" in said
    raw = bytearray((tmp_path / "march.sijill").read_bytes())
    at = raw.index(b"\n145\n") + 1
    raw[at : at + 3] = b"146"
    (tmp_path / "changed.sijill").write_bytes(raw)
    said = partner.run("verify", "changed.sijill", "--trust", vkey, code=1)
    assert "NOT VERIFIED." in said
    assert "civilians-by-party" in said
    assert partner.run("verify", plan, "--trust", vkey, code=2)
    assert "vkey" in partner.run("verify", "march.sijill", "--trust", "garbage", code=2)
    other = shell.json("key", "list")["roots"][0]
    assert "NOT VERIFIED." in partner.run("verify", "march.sijill", "--trust", other, code=1)
    said = partner.run("audit", "ledger", "--trust", vkey)
    assert "SOUND." in said
    assert "civilians-by-party = 145" in said


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What the whole demo prints, and its ledger afterwards."""
    folder = tmp_path_factory.mktemp("demo")
    shell = Shell(folder, folder / "ledger")
    return shell.run("demo", "--dir", folder / "ledger"), shell


def test_the_whole_demo_shows_the_contradiction_the_fortnight_and_the_verdict(told):
    said, _ = told
    for words in (
        "massacre deaths by Russian forces: 20 exceed deaths by Russian forces: 19",
        "The report states 5 massacres with 42 deaths; its claims make 4 with 37.",
        "by subtraction 5 deaths by Russian forces (1 girl, 4 women)",
        "at least 146",
        "claim-merged: this claim is merged",
        "5 incidents in which at least 5 were killed",
        "36 × ClaimRecorded",
        "VERIFIED.",
        "NOT VERIFIED: figures/civilians-by-party.note",
    ):
        assert words in said


def test_after_the_fortnight_the_month_is_145_still_and_one_death_has_moved(told):
    _, shell = told
    answer = shell.json(*CIVILIANS, "--by", "party")
    assert answer["total"] == 145
    assert rows(answer, "party")["syrian-regime-forces"] == 37
    assert rows(answer, "party")["unidentified-bombings"] == 19
    before = shell.json(*CIVILIANS, "--by", "party", "--at", "234")
    assert rows(before, "party")["syrian-regime-forces"] == 36
    assert shell.json("massacres")["total"] == 5
    assert shell.json("massacres", "--at", "250")["total"] == 4
    steps = shell.json("trace", "--measure", "massacres")["steps"]
    assert [step["change"] for step in steps] == [1, 1, 1, 1, 1]
    assert steps[-1]["type"] == "ClassificationRevised"
    possible = shell.json("toll", "--happened", "2018-07/2020-03", "--where", "kind=torture-death")
    assert possible["total"] == 4


def test_a_demo_never_writes_into_a_ledger_that_is_there(march):
    assert "holds a ledger already" in march.run("demo", "--dir", "ledger", code=2)


def test_five_reports_are_set_side_by_side_and_their_contradictions_told(shell):
    """Seven that the reports hold among themselves, three residuals, and what can be compared."""
    said = shell.run("demo", "--all", COLUMNS="250")
    earlier, _, shown = said.partition("13. Five reports, side by side")
    persons = earlier.partition("11. What came before a death")[2].splitlines()
    held = [line.split("│")[1:-1] for line in persons if line.startswith("│ 20")][:3]
    # Held and perhaps held, before the five outcomes were linked and after.
    assert [[int(cell) for cell in row[1:]] for row in held] == [
        *([3, 0, 0, 3], [4, 0, 1, 3], [5, 0, 1, 0])
    ]
    cases = {line.split("│")[1].strip(): line.split("│")[2:-1] for line in persons if "│" in line}
    for words, number, verdict in (
        ("Killed", 64, "agree"),
        ("Women abducted", 2, "agree"),
        ("Girls who survived an attempted killing", 1, "agree"),
        ("Tortured or ill-treated", 10, "not comparable: unit"),
    ):
        assert [int(cell) for cell in cases[words][:2]] == [number, number]
        assert cases[words][2].strip() == verdict
    assert "200 stated figures stand in the ledger" in shown
    assert "135 of 142 checks hold" in shown
    lines = [line for line in shown.splitlines() if line.endswith("│")]
    assert sum("contradiction" in line for line in lines) == 7
    assert sum("residual" in line for line in lines) == 3
    assert "differ by 2200000" in shown
    assert "choose one" in shell.run("demo", "--all", "--stop-before-revisions", code=2)
