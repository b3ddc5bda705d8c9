"""The command line at a terminal: what is asked, what is hidden, and how one leaves."""

import json

from tests.sessions.terminal import Terminal


def forget_passphrase(shell):
    del shell.environment["SIJILL_PASSPHRASE"]


def test_leaving_a_prompt_exits_with_130_and_stores_nothing(founded):
    before = founded.run("checkpoint")
    forget_passphrase(founded)
    for keys in ("\x03", "\x04"):  # Ctrl-C, Ctrl-D
        terminal = Terminal(founded, "record", "--key", "documenter-1")
        terminal.answer("Passphrase for register.example/x: ", keys)
        assert terminal.end() == 130, terminal.shown
        assert "Traceback" not in terminal.shown
    assert founded.run("checkpoint") == before


def test_a_new_passphrase_is_asked_for_twice_and_never_shown(founded):
    forget_passphrase(founded)
    terminal = Terminal(founded, "key", "new", "documenter-9")
    terminal.answer("Passphrase for the new key documenter-9: ", "a long secret\n")
    terminal.answer("Repeat for confirmation: ", "a long secret\n")
    assert terminal.end() == 0, terminal.shown
    assert "a long secret" not in terminal.shown
    assert (founded.folder / "records" / "keys" / "documenter-9.key").is_file()


def test_an_empty_answer_is_recorded_as_unknown_and_never_guessed(founded):
    terminal = Terminal(founded, "record", "--key", "documenter-1")
    for prompt in ("kind", "sex", "age_group", "status", "profession", "cause", "weapon"):
        terminal.answer(f"{prompt} (", "\n")
    terminal.answer("origin (", "\n")
    terminal.answer("happened_on (", "\n")
    terminal.answer("documented_on (", "2020-03-06\n")
    terminal.answer("governorate of the place", "\n")
    terminal.answer("attribution (", "\n")
    terminal.answer("name (sealed)", "Sealedname Inventedfamily\n")
    terminal.answer("name_latin (sealed)", "\n")
    terminal.answer("date_of_birth (sealed)", "\n")
    terminal.answer("source (", "\n")
    assert terminal.end() == 0, terminal.shown
    (claim,) = json.loads(founded.run("claims", "--format", "json"))["claims"]
    state = founded.json("claim", claim["id"])["state"]
    assert state["attribution"]["mode"] == "unidentified"
    assert {state[field] for field in ("sex", "age_group", "status", "cause")} == {"unknown"}
    assert list(state["person"]) == ["name"]


def test_the_districts_of_the_governorate_are_offered_and_its_answer_is_recorded(founded):
    terminal = Terminal(founded, "record", "--key", "documenter-1")
    for prompt in ("kind", "sex", "age_group", "status", "profession", "cause", "weapon"):
        terminal.answer(f"{prompt} (", "\n")
    for prompt in ("origin (", "happened_on (", "documented_on ("):
        terminal.answer(prompt, "\n")
    terminal.answer("governorate of the place", "SY07\n")
    terminal.answer("SY0703 Harim, SY0704", "SY0703\n")
    terminal.answer("public name of the place", "\n")
    for prompt in ("attribution (", "name (sealed)", "name_latin (", "date_of_birth (", "source ("):
        terminal.answer(prompt, "\n")
    assert terminal.end() == 0, terminal.shown
    (claim,) = json.loads(founded.run("claims", "--format", "json"))["claims"]
    place = {"governorate": "SY07", "name": None, "district": "SY0703"}
    assert founded.json("claim", claim["id"])["state"]["place"] == place


def test_a_detention_is_asked_for_its_custody_and_not_for_a_cause(founded):
    terminal = Terminal(founded, "record", "claim", "--key", "documenter-1")
    terminal.answer("kind (", "detention\n")
    for prompt in ("sex", "age_group", "status", "profession", "origin"):
        terminal.answer(f"{prompt} (", "\n")
    terminal.answer("happened_on (", "2018-07\n")
    terminal.answer("documented_on (", "\n")
    terminal.answer("governorate of the place", "\n")
    terminal.answer("attribution (", "\n")
    terminal.answer("custody status (", "forcibly-disappeared\n")
    terminal.answer("held by (", "isis\n")
    for prompt in ("public name of the place of custody", "last_seen (", "released_on ("):
        terminal.answer(prompt, "\n")
    for prompt in ("name (sealed)", "name_latin (", "date_of_birth (", "source ("):
        terminal.answer(prompt, "\n")
    assert terminal.end() == 0, terminal.shown
    assert "cause (" not in terminal.shown
    (claim,) = json.loads(founded.run("claims", "--format", "json"))["claims"]
    custody = founded.json("claim", claim["id"])["state"]["custody"]
    assert (custody["status"], custody["party"]) == ("forcibly-disappeared", "isis")


def test_an_incident_is_asked_for_what_it_has(founded):
    terminal = Terminal(founded, "record", "incident", "--key", "documenter-1")
    terminal.answer("kind (", "raid\n")
    for prompt in ("happened_on (", "local time", "governorate of the place", "attribution ("):
        terminal.answer(prompt, "\n")
    for prompt in ("cause (", "weapon (", "control, separated"):
        terminal.answer(prompt, "\n")
    terminal.answer("facilities, separated", "school hospital\n")
    terminal.answer("injured (", "at-least:19\n")
    terminal.answer("munitions (", "\n")
    terminal.answer("narrative, en", "A raid.\n")
    terminal.answer("narrative, ar", "\n")
    assert terminal.end() == 0, terminal.shown
    (incident,) = json.loads(founded.run("incidents", "--format", "json"))["incidents"]
    state = founded.json("claim", incident["id"])["state"]
    assert state["facilities"] == ["school", "hospital"]
    assert state["injured"] == {"value": 19, "qualifier": "at-least"}
    assert state["narrative"] == {"en": "A raid.", "ar": None}
