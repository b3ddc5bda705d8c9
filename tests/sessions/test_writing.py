"""Recording, revising and reviewing at the command line, and everything that is refused there."""

import json
import os
import subprocess

import pytest

CLAIM = """
[[incident]]
ref = "raid"
kind = "attack"
happened_on = 2020-03-05
place = { governorate = "SY07", name = "معرة مصرين" }
attribution = { mode = "sole", parties = ["russian-forces"] }

[[claim]]
kind = "killing"
status = "civilian"
sex = "female"
age_group = "adult"
documented_on = "2020-03-06"
happened_on = "2020-03-05"
incident = "raid"

[claim.attribution]
mode = "sole"
parties = ["russian-forces"]

[claim.person]
name = "Sealedname Inventedfamily"

[[claim.sources]]
kind = "witness"
detail = "a neighbour, invented"
"""


@pytest.fixture
def recorded(founded):
    """A founded ledger with one claim; the claim's name is in `claim`."""
    (founded.folder / "claim.toml").write_text(CLAIM, encoding="utf-8")
    done = founded.json("record", "claim.toml", "--key", "documenter-1")
    founded.claim = done[1]["stream"].partition("/")[2]
    return founded


def toll(shell):
    return shell.json("toll")["total"]


def test_a_record_is_acknowledged_with_its_place_and_the_log_s_promise(recorded):
    assert toll(recorded) == 1
    shown = recorded.json("claim", recorded.claim)
    assert shown["state"]["incident"].startswith("incident/")
    assert shown["state"]["sources"][0]["detail"] == {
        "sealed": shown["state"]["sources"][0]["detail"]["sealed"]
    }


def test_no_command_prints_a_sealed_name_unless_asked_with_the_key(recorded):
    for command in (["claims"], ["claim", recorded.claim], ["history", recorded.claim], ["trace"]):
        assert "Sealedname" not in recorded.run(*command)
    raw = b"".join(path.read_bytes() for path in (recorded.folder / "records").glob("*.db*"))
    assert b"Sealedname" not in raw
    assert "Sealedname" in recorded.run("claim", recorded.claim, "--reveal")
    wrong = recorded.run("claim", recorded.claim, "--reveal", code=1, SIJILL_PASSPHRASE="wrong")
    assert "Sealedname" not in wrong
    incident = recorded.json("claim", recorded.claim)["state"]["incident"]
    assert "no sealed fields" in recorded.run("claim", incident, "--reveal", code=2)


def test_every_kind_of_revision_and_review_can_be_made(recorded):
    claim, by = recorded.claim, ("--reason", "a second document", "--key")
    reviewer, documenter = (*by, "reviewer-1"), (*by, "documenter-1")
    run = recorded.run
    run("revise", claim, "date", "happened", "2018-07/2020-03-05", *documenter)
    run("revise", claim, "attribution", "--mode", "unidentified", *documenter)
    run("revise", claim, "place", "death", "SY02", "--name", "Anadan", *documenter)
    run("revise", claim, "place", "death", "SY02", "--district", "SY0204", *documenter)
    run("revise", claim, "place", "origin", "SY12", *documenter)
    run("revise", claim, "classification", "profession", "medical", *reviewer)
    run("revise", claim, "classification", "age-group", "unknown", *reviewer)
    custody = ("revise", claim, "custody", "--status", "died", "--detained-on", "2018-07")
    assert "a claim of killing has no custody" in run(*custody, *documenter, code=2)
    run("revise", claim, "incident", "none", *documenter)
    run("link-source", claim, "s2", "document", "--key", "documenter-1")
    run("corroborate", claim, "--source", "s1", "--source", "s2", *reviewer)
    run("verify-claim", claim, "--source", "s1", *reviewer)
    run("challenge", claim, "--by", "the family", "--text", "the day", "--key", "documenter-1")
    run("answer", claim, "--by", "the desk", "--text", "checked", "--key", "reviewer-1")
    run("retract", claim, "--reason-code", "precautionary", *reviewer)
    assert toll(recorded) == 0
    run("reinstate", claim, *reviewer)
    assert toll(recorded) == 1
    events = recorded.json("history", claim)["events"]
    assert len(events) == 16
    assert all(event["signature_holds"] for event in events)
    assert "Anadan" in recorded.run("history", claim)


def test_tolls_by_place_of_death_and_of_origin_are_answered_as_of_any_index(recorded):
    before = recorded.json("toll")["ledger"]["size"] - 1
    by = ("--reason", "the family said so", "--key", "documenter-1")
    place = ("revise", recorded.claim, "place")
    recorded.run(*place, "death", "SY07", "--district", "SY0703", *by)
    recorded.run(*place, "origin", "SY12", *by)
    for facet, now in (("governorate", "SY07"), ("district", "SY0703"), ("origin", "SY12")):
        (row,) = recorded.json("toll", "--by", facet)["rows"]
        assert (row[facet], row["deaths"]) == (now, 1)
        (row,) = recorded.json("toll", "--by", facet, "--at", str(before))["rows"]
        assert (row[facet], row["deaths"]) == ("unknown", 1)
    assert recorded.json("toll", "--where", "district=SY0703")["total"] == 1
    assert "Harim" in recorded.run("toll", "--by", "district")
    assert "did you mean SY0703" in recorded.run("toll", "--where", "district=SY703", code=2)


def test_a_duplicate_is_merged_and_unmerged(recorded):
    recorded.run("record", "claim.toml", "--key", "documenter-1")
    claims = recorded.json("claims")["claims"]
    other = next(c["id"] for c in claims if recorded.claim not in c["id"])
    by = ("--reason", "one source twice", "--key", "reviewer-1")
    recorded.run("merge", recorded.claim, other, *by)
    assert toll(recorded) == 1
    assert "claim-merged" in recorded.run(
        "retract", recorded.claim, "--reason-code", "alive", *by, code=2
    )
    recorded.run("unmerge", recorded.claim, *by)
    assert toll(recorded) == 2


def test_who_revises_a_version_second_is_told_who_was_first(recorded):
    revise = ("revise", recorded.claim, "classification", "status")
    by = ("--reason", "seen", "--key", "documenter-1")
    recorded.run(*revise, "combatant", *by, "--sign-only", "late.note")
    recorded.run(*revise, "prisoner", "--reason", "seen", "--key", "reviewer-1")
    said = recorded.run("post", "late.note", code=1)
    assert "version-taken" in said
    assert "version 2, signed by reviewer-1+" in said


def test_a_note_signed_elsewhere_is_posted_once_and_stays_one(recorded):
    revise = ("revise", recorded.claim, "classification", "sex", "unknown")
    recorded.run(*revise, "--reason", "x", "--key", "reviewer-1", "--sign-only", "a.note")
    first = recorded.json("post", "a.note", "--receipt", "promise.note")
    again = recorded.json("post", "-", stdin=(recorded.folder / "a.note").read_bytes())
    assert (first["again"], again["again"]) == (False, True)
    assert again["index"] == first["index"]
    promise = (recorded.folder / "promise.note").read_text()
    assert promise.startswith("sijill/acceptance/v1\nregister.example/x\n")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace('"killing"', '"murder"'), "unknown-term"),
        (lambda text: text.replace("2020-03-06", "2020-02-30"), "impossible-date"),
        (lambda text: text.replace("2020-03-06", "2020-03-01"), "documented-before-happened"),
        (lambda text: text.replace("sex =", "gender ="), "unknown-field"),
        (lambda text: text.replace('name = "Sealed', 'nom = "Sealed'), "unknown"),
        (lambda text: text.replace("[[claim.sources]]", "[[claim.sauces]]"), "sources"),
        (lambda text: text.replace('"raid"\nkind', '"raid\nkind'), "not TOML"),
        (lambda text: text.replace("[[claim]]", "[[claim]]\n[[calim]]"), "calim"),
        (lambda text: text.replace('incident = "raid"', 'incident = "rain"'), "not in this ledger"),
        (lambda text: text.replace("معرة", "مع\u202eرة"), "202E"),
        (lambda text: "", "holds no"),
    ],
)
def test_a_bad_file_is_refused_whole_and_stores_nothing(founded, change, message):
    (founded.folder / "claim.toml").write_text(change(CLAIM), encoding="utf-8")
    before = founded.run("checkpoint")
    said = founded.run("record", "claim.toml", "--key", "documenter-1", code=2)
    assert message in said
    assert "Sealedname" not in said
    assert founded.run("checkpoint") == before


def test_an_incident_that_is_nowhere_is_never_left_out_in_silence(founded):
    lines = CLAIM[CLAIM.index("[[claim]]") :]
    (founded.folder / "claim.toml").write_text(lines, encoding="utf-8")
    before = founded.run("checkpoint")
    said = founded.run("record", "claim.toml", "--key", "documenter-1", code=2)
    assert "claim.toml: claim 1.incident: 'raid' is not in this ledger" in said
    assert founded.run("checkpoint") == before


def test_an_incident_of_the_ledger_is_named_by_its_beginning(recorded):
    incident = recorded.json("claim", recorded.claim)["state"]["incident"]
    lines = CLAIM[CLAIM.index("[[claim]]") :].replace('"raid"', f'"{incident[9:17]}"')
    (recorded.folder / "more.toml").write_text(lines, encoding="utf-8")
    done = recorded.json("record", "more.toml", "--key", "documenter-1")
    assert recorded.json("claim", done["stream"])["state"]["incident"] == incident


def test_a_receipt_that_cannot_be_kept_does_not_hide_what_was_revised(recorded):
    revise = ("revise", recorded.claim, "classification", "status", "prisoner", "--reason", "x")
    promise = ("--key", "documenter-1", "--receipt", "nowhere/receipt.note")
    said = recorded.run(*revise, *promise, code=2)
    assert "version 2: index" in said
    assert "nowhere/receipt.note: No such file" in said


def test_arabic_is_printed_as_utf_8_whatever_the_environment_says(recorded):
    incident = recorded.json("claim", recorded.claim)["state"]["incident"]
    assert "معرة مصرين" in recorded.run("claim", incident, PYTHONIOENCODING="ascii")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["classification", "sex", "male", "--party", "isis"], "takes no --party"),
        (["date", "happened", "2020", "--mode", "sole"], "takes no --mode"),
        (["place", "origin", "SY12", "--name", "Anadan"], "place of death has a --name"),
        (["place", "origin", "SY12", "--district", "SY1200"], "or --district"),
        (["place", "death", "unknown", "--district", "SY1200"], "or --district"),
        (["place", "death", "SY12", "--district", "SY0703"], "SY0703 (Harim) lies in SY07"),
        (["place", "death", "SY07", "--district", "Harim"], "use one of: SY0703"),
        (["custody", "--party", "isis", "--party", "russian-forces"], "one --party"),
        (["custody"], "give --status"),
        (["custody", "died"], "options only"),
        (["attribution", "--party", "isis"], "give --mode"),
        (["narrative"], "give --en, --ar or both"),
        (["name", "Sealedname"], "unknown; one of date"),
    ],
)
def test_a_revision_never_signs_less_than_was_asked(recorded, arguments, message):
    before = recorded.run("checkpoint")
    by = ("--reason", "x", "--key", "documenter-1")
    assert message in recorded.run("revise", recorded.claim, *arguments, *by, code=2)
    assert recorded.run("checkpoint") == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["record", "nowhere.toml", "--key", "documenter-1"], "cannot be read"),
        (["record", "--key", "documenter-1"], "name a TOML file"),
        (["record", "claim.toml", "--key", "nobody"], "no key 'nobody'"),
        (["record", "claim.toml", "--key", "../../etc/passwd"], "cannot name a key"),
        (["record", "claim.toml", "--key", "reviewer-1"], "role-missing"),
        (["revise", "12345678", "date", "happened", "2020", "--reason", "x", "--key", "documenter-1"], "none begins so"),
        (["revise", "1", "date", "happened", "2020", "--reason", "x", "--key", "documenter-1"], "8 characters"),
        (["history", "claim/../x"], "not in this ledger"),
        (["toll", "--documented", "2020-03", "--happened", "2020-03"], "one period"),
        (["toll", "--nonsense"], "nonsense"),
        (["nonsense"], "nonsense"),
        (["post", "nowhere.note"], "nowhere.note"),
        (["key", "enroll", "nobody", "--role", "documenter"], "nobody"),
        (["key", "enroll", "documenter-1", "--role", "king"], "must be one of"),
        (["key", "new", "documenter-1"], "exists"),
        (["init", "records", "--origin", "x"], "holds a ledger already"),
        (["init", "other", "--origin", "with space"], "name"),
        (["init", "other", "--origin", "x", "--threshold", "9"], "threshold"),
        (["freeze", "nowhere.toml", "--key", "publisher-1", "--out", "x"], "nowhere.toml"),
        (["audit", "keys"], "holds no ledger"),
    ],
)  # fmt: skip
def test_bad_input_is_named_and_exits_with_2(founded, arguments, message):
    (founded.folder / "claim.toml").write_text(CLAIM, encoding="utf-8")
    before = founded.run("checkpoint")
    assert message in founded.run(*arguments, code=2)
    assert founded.run("checkpoint") == before


def test_a_wrong_or_missing_passphrase_signs_nothing(founded):
    (founded.folder / "claim.toml").write_text(CLAIM, encoding="utf-8")
    record = ("record", "claim.toml", "--key", "documenter-1")
    assert "passphrase" in founded.run(*record, code=1, SIJILL_PASSPHRASE="wrong")
    del founded.environment["SIJILL_PASSPHRASE"]
    assert "SIJILL_PASSPHRASE" in founded.run(*record, code=2)


def test_without_a_ledger_every_command_says_how_to_name_one(shell):
    assert "sijill init" in shell.run("toll", code=2)
    del shell.environment["SIJILL_LEDGER"]
    assert "--ledger DIR" in shell.run("toll", code=2)
    (shell.folder / "claim.toml").write_text(CLAIM, encoding="utf-8")
    assert "--ledger DIR" in shell.run("record", "claim.toml", "--key", "k", code=2)


def test_every_command_has_help_with_an_example(shell):
    listed = shell.run("--help")
    for command in (
        *("init", "record", "post", "revise", "merge", "unmerge", "retract", "reinstate"),
        *("corroborate", "verify-claim", "link-source", "challenge", "answer", "toll"),
        *("massacres", "claims", "claim", "history", "trace", "checkpoint", "freeze", "verify"),
        *("audit", "export", "prove", "cosign", "witness", "serve", "demo", "key"),
        *("duplicates", "review", "import"),
        *("projections", "backup", "check", "repair"),
    ):
        assert command in listed
        assert "Example" in shell.run(command, "--help"), command


def test_a_revoked_key_signs_no_more(recorded):
    recorded.run(
        "key", "revoke", "documenter-1", "--reason", "laptop stolen", "--reason-code", "lost"
    )
    said = recorded.run("record", "claim.toml", "--key", "documenter-1", code=2)
    assert "key-revoked" in said
    assert "lost" in recorded.run("key", "list")


def test_key_files_are_readable_by_their_owner_alone(founded):
    for path in (founded.folder / "records").rglob("*.key"):
        assert path.stat().st_mode & 0o777 == 0o600
        assert "correct horse" not in path.read_text()


def test_a_key_in_a_running_ssh_agent_signs(founded):
    agent = subprocess.run(["ssh-agent", "-s"], capture_output=True, text=True, check=True).stdout
    settings = dict(part.split(";")[0].split("=", 1) for part in agent.splitlines() if "=" in part)
    founded.environment |= settings
    try:
        subprocess.run(
            [
                "ssh-keygen",
                "-q",
                "-t",
                "ed25519",
                "-N",
                "",
                "-f",
                founded.folder / "id",
                "-C",
                "me",
            ],
            check=True,
        )
        subprocess.run(
            ["ssh-add", "-q", founded.folder / "id"],
            check=True,
            env=os.environ | settings,
            stderr=subprocess.DEVNULL,
        )
        founded.run("key", "new", "fielddesk", "--agent", "--comment", "me")
        founded.run("key", "enroll", "fielddesk", "--role", "documenter")
        (founded.folder / "claim.toml").write_text(CLAIM, encoding="utf-8")
        founded.run("record", "claim.toml", "--key", "fielddesk")
        event = founded.json(
            "history", json.loads(founded.run("claims", "--format", "json"))["claims"][0]["id"]
        )
        assert event["events"][0]["holder"] == "fielddesk"
    finally:
        subprocess.run(["kill", settings["SSH_AGENT_PID"]], check=False)


def test_projections_are_rebuilt_to_the_same_tables(recorded):
    before = recorded.json("projections", "status")
    assert "is what it was" in recorded.run("projections", "rebuild")
    for path in (recorded.folder / "records").glob("projections.db*"):
        path.unlink()
    assert recorded.json("projections", "status") == before


def test_the_example_file_is_one_that_is_taken(founded):
    example = f"{founded.environment['PYTHONPATH']}/examples/claim.toml"
    done = founded.json("record", example, "--key", "documenter-1")
    kinds = [one["stream"].partition("/")[0] for one in done]
    assert kinds == ["incident", "claim", "estimate"]
    row = founded.json("toll", "--by", "party")["rows"][0]
    assert (row["party"], row["deaths"], row["women"]) == ("unresolved-between", 1, 1)
