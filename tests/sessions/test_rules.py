"""Another version of the rules changes what is frozen next, and nothing that was frozen before."""

import json

import pytest

from audit.container import read_container

CLAIM = """
[claim]
kind = "{kind}"
status = "civilian"
documented_on = "2020-03"
incident = "{incident}"
attribution = {{ mode = "sole", parties = ["{party}"] }}
[[claim.sources]]
kind = "witness"
"""
INCIDENT = """
[incident]
kind = "attack"
happened_on = "2020-03-05"
attribution = { mode = "sole", parties = ["russian-forces"] }
"""
PLAN = """
name = "{name}"
period = "2020-03"
basis = "documented"
[title]
en = "March"
ar = "آذار"
[[figures]]
name = "massacres"
measure = "massacres"
[[figures]]
name = "deaths"
by = ["party-group"]
[[figures]]
name = "violations"
measure = "violations"
by = ["kind"]
"""


def record(shell, table, text):
    (shell.folder / f"{table}.toml").write_text(text, encoding="utf-8")
    return shell.json("record", f"{table}.toml", "--key", "documenter-1")["stream"]


def freeze(shell, name, more=""):
    (shell.folder / f"{name}.toml").write_text(PLAN.format(name=name) + more, encoding="utf-8")
    shell.run("freeze", f"{name}.toml", "--key", "publisher-1", "--out", f"{name}.sijill")
    return (shell.folder / f"{name}.sijill").read_bytes()


def verified(shell, name, log):
    """The values of a bundle's figures, when it verifies."""
    verdict = shell.json("verify", f"{name}.sijill", "--trust", log)
    assert verdict["exit_code"] == 0
    return {one["name"]: one["value"] for one in verdict["figures"]}


def rows(raw, figure):
    """The rows of a figure in a bundle, by their values."""
    return sorted(
        name.removeprefix(f"figures/{figure}/").removesuffix(".note")
        for name in read_container(raw).files
        if name.startswith(f"figures/{figure}/")
    )


@pytest.fixture
def changed(founded):
    """Rules with a smaller massacre, another party, and a kind of claim with its measure."""
    document = json.loads(founded.run("rules", "show"))
    document |= {"version": 2, "massacre_threshold": 4}
    words = document["vocabularies"]
    words["party"]["river-militia"] = {"en": "River militia", "ar": "ميليشيا النهر"}
    words["claim-kind"]["forced-labour"] = {"en": "Forced labour", "ar": "عمل قسري"}
    words["measure"]["forced-labour"] = {"en": "Victims of forced labour", "ar": "ضحايا السخرة"}
    document["measures"]["forced-labour"] = ["forced-labour"]
    (founded.folder / "rules.json").write_text(json.dumps(document, ensure_ascii=False, indent=1))
    return founded


def test_new_rules_count_anew_and_leave_what_was_frozen_as_it_was(changed):
    shell = changed
    log = shell.json("key", "list")["log"]
    incident = record(shell, "incident", INCIDENT).partition("/")[2]
    for kind in ("killing", "killing", "killing", "killing", "injury"):
        text = CLAIM.format(kind=kind, incident=incident, party="russian-forces")
        record(shell, "claim", text)
    before = freeze(shell, "before")
    assert verified(shell, "before", log) == {"massacres": 0, "deaths": 4, "violations": 5}

    unknown = CLAIM.format(kind="forced-labour", incident=incident, party="river-militia")
    (shell.folder / "claim.toml").write_text(unknown)
    assert "unknown-term" in shell.run("record", "claim.toml", "--key", "documenter-1", code=2)
    said = shell.run("rules", "adopt", "rules.json")
    assert "5 → 4 deaths" in said
    assert "party +river-militia" in said
    record(shell, "claim", unknown)
    record(shell, "claim", CLAIM.format(kind="killing", incident=incident, party="river-militia"))

    more = '[[figures]]\nname = "labour"\nmeasure = "forced-labour"\n'
    after = freeze(shell, "after", more)
    found = {"massacres": 1, "deaths": 5, "violations": 7, "labour": 1}
    assert verified(shell, "after", log) == found
    assert rows(before, "deaths") == ["russian-forces"]
    assert rows(after, "deaths") == ["river-militia", "russian-forces"]
    assert rows(after, "violations") == ["forced-labour", "injury", "killing"]

    # The same plan again is the same bundle, and counts by the rules that it was frozen under.
    assert freeze(shell, "before") == before
    assert verified(shell, "before", log) == {"massacres": 0, "deaths": 4, "violations": 5}
    audit = shell.run("audit", "records", "--trust", log)
    assert "before/massacres = 0" in audit
    assert "after/massacres = 1" in audit
    assert audit.endswith("SOUND.\n")
    answer = shell.json("toll", "--measure", "forced-labour", "--documented", "2020-03")
    assert (answer["total"], answer["sentence"]["en"]) == (
        1,
        "Victims of forced labour, documented in March 2020",
    )


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ('"version": 2', '"version": 3', "next rules version is 2"),
        ('"version": 2', '"version": 2, "version": 2', "'version' is there twice"),
        ('"massacre_threshold": 4', '"massacre_threshold": 0', "massacre_threshold"),
        ('"forced-labour"\n', '"forced-labor"\n', "'forced-labor' is not in the vocabulary"),
        ('"river-militia"', '"river militia"', "letters, digits and single hyphens"),
        ("{", "[", "not JSON"),
    ],
)
def test_rules_that_cannot_be_adopted_are_refused_and_nothing_changes(changed, was, now, said):
    file = changed.folder / "rules.json"
    text = file.read_text(encoding="utf-8")
    assert was in text
    file.write_text(text.replace(was, now, 1), encoding="utf-8")
    before = changed.run("rules", "show")
    assert said in changed.run("rules", "adopt", "rules.json", code=2)
    assert changed.run("rules", "show") == before
    assert json.loads(before)["version"] == 1
