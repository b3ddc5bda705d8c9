"""The TOML that people write: completed, sealed apart, and refused by file and key."""

from datetime import time

import pytest

from api.record import read_record, read_records, read_toml
from domain.errors import Invalid, Rejected
from domain.rules import read_rules, shipped_document

NAME = "Sealedname Inventedfamily"
CLAIM = f"""
[[claim]]
kind = "killing"
documented_on = 2020-03-06

[claim.person]
name = "{NAME}"
date_of_birth = 1984-02-01

[[claim.sources]]
kind = "witness"
detail = "a neighbour, invented"
"""
ESTIMATE = """
[[estimate]]
publisher = "an organisation"
publication = "a monthly report"
ref = "002-3"
label = "deaths by one party"
measure = "deaths"
unit = "persons"
value = 20
grade = "reported"
population = "civilians"
quote = "twenty persons"
"""


@pytest.fixture
def written(tmp_path):
    """Writes a file of records and reads it back."""

    def read(text):
        path = tmp_path / "case.toml"
        path.write_text(text, encoding="utf-8")
        return read_records(path)

    return read


def test_what_is_left_out_is_unknown_and_nothing_is_guessed(written):
    (record,) = written(CLAIM)
    body = record.body
    terms = ("sex", "age_group", "status", "profession", "cause", "weapon")
    assert {body[field] for field in terms} == {"unknown"}
    assert [body[field] for field in ("happened_on", "place", "origin", "incident", "custody")] == (
        [None] * 5
    )
    assert body["control"] == []
    assert body["attribution"] == {"mode": "unidentified", "parties": [], "confidence": None}
    assert body["documented_on"] == "2020-03-06"
    assert [source["id"] for source in body["sources"]] == ["s1"]


def test_what_is_sealed_stands_apart_from_the_body_and_in_no_repr(written):
    (record,) = written(CLAIM)
    assert record.secrets == {
        "name": NAME,
        "date_of_birth": "1984-02-01",
        "source s1": "a neighbour, invented",
    }
    assert "Sealedname" not in repr(record.body) + repr(record) + str(record)
    assert "neighbour" not in repr(record.body)
    body = record.sealed({field: {"sealed": field} for field in record.secrets})
    assert body["person"] == {
        "name": {"sealed": "name"},
        "date_of_birth": {"sealed": "date_of_birth"},
    }
    assert body["sources"][0]["detail"] == {"sealed": "source s1"}


def test_a_stated_figure_keeps_its_number_in_its_publication(written, office):
    (record,) = written(ESTIMATE)
    assert record.body["ref"] == "002-3"
    assert record.body["value"] == {"best": 20, "low": None, "high": None}
    done = office.desk.record(record, office.signers["documenter-1"])
    assert office.ledger.stream(done.stream).state.stated.ref == "002-3"


def test_a_stated_range_keeps_what_is_said_of_it(written, office):
    (record,) = written(ESTIMATE.replace("value = 20", "value = { best = 20, low = 18 }"))
    record.check(office.ledger.rules)
    assert record.body["value"] == {"best": 20, "low": 18, "high": None}


def test_two_figures_may_have_one_number_in_their_publications(written):
    assert len(written(ESTIMATE + ESTIMATE)) == 2


def test_incidents_are_read_before_the_claims_that_belong_to_them(written):
    incident = '[[incident]]\nref = "raid"\nkind = "attack"\n'
    assert [one.kind for one in written(CLAIM + incident)] == ["incident", "claim"]


def test_parties_may_be_written_in_any_order(written, office):
    parties = '["syrian-regime-forces", "russian-forces"]'
    attribution = f'attribution = {{ mode = "unresolved-between", parties = {parties} }}\n'
    (record,) = written(CLAIM.replace("[claim.person]", attribution + "[claim.person]"))
    record.check(office.ledger.rules)
    assert record.body["attribution"]["parties"] == ["russian-forces", "syrian-regime-forces"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ((f'"{NAME}"', f'["{NAME}"]'), "case.toml: claim 1.person.name: must be text"),
        ((f'"{NAME}"', f'{{ given = "{NAME}" }}'), "case.toml: claim 1.person.name: must be text"),
        ((f'"{NAME}"', '" "'), "case.toml: claim 1.person.name: must be text"),
        ((f'"{NAME}"', "1.5"), "case.toml: claim 1.person.name: float"),
        ((f'"{NAME}"', f'"{NAME}'), "case.toml: not TOML"),
        (("name =", "nom ="), "case.toml: claim 1.person: 'nom' is unknown; known: contact"),
        (("[claim.person]", "[[claim.person]]"), "case.toml: claim 1.person: must be a table"),
        (("[[claim]]\n", '[[claim]]\nref = ["a"]\n'), "case.toml: claim 1.ref: must be text"),
        (("[[claim]]\n", "[[claim]]\nplace = 3\n"), "case.toml: claim 1.place: must be a table"),
        (("[[claim]]", "[[calim]]\n[[claim]]"), "case.toml: 'calim' is unknown"),
        ((CLAIM, "claim = [5]"), "case.toml: claim 1: must be a table"),
        (("sources]]", "sauces]]"), "case.toml: claim 1.sources: must be one or more tables"),
        (("[[claim]]\n", f"[[claim]]\nsex = {'9' * 5000}\n"), "case.toml: not TOML"),
        (("[[claim]]\n", f"[[claim]]\n{'a.' * 3000}a = 1\n"), "case.toml: nested deeper than 16"),
        (("[[claim]]\n", f"[[claim]]\nsex = {'[' * 3000}{']' * 3000}\n"), "case.toml: "),
        ((CLAIM, ""), "case.toml: holds no"),
        ((CLAIM, f"# {'x' * (4 << 20)}"), "case.toml: larger than"),
    ],
)
def test_what_cannot_be_read_is_named_by_file_and_key_without_what_is_sealed(
    written, change, message
):
    text = CLAIM.replace(*change)
    assert text != CLAIM
    with pytest.raises(Invalid) as refused:
        written(text)
    assert message in str(refused.value)
    assert "Sealedname" not in str(refused.value)


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ('gender = "male"', "unknown-field"),
        (f'name = "{NAME}"', "unknown-field"),
        ('sex = "man"', "unknown-term"),
        ("sex = 1", "unknown-term"),
        ('happened_on = "2020-02-30"', "impossible-date"),
        ('happened_on = "2020-03-07"', "documented-before-happened"),
        ('attribution = { mode = "sole" }', "attribution-shape"),
        ('incident = "raid"', "malformed-field"),
    ],
)
def test_what_the_ledger_would_refuse_is_refused_before_anything_is_sealed(
    written, office, line, rule
):
    (record,) = written(CLAIM.replace("[claim.person]", f"{line}\n[claim.person]"))
    size = office.ledger.checkpoint().size
    with pytest.raises(Rejected) as refused:
        office.desk.record(record, office.signers["documenter-1"])
    assert refused.value.rule == rule
    assert "Sealedname" not in str(refused.value)
    assert office.ledger.checkpoint().size == size


def test_one_ref_names_one_record_only(written):
    incident = '[[incident]]\nref = "raid"\nkind = "attack"\n'
    with pytest.raises(Invalid, match="one record only"):
        written(incident + incident)


def test_a_file_that_is_not_there_or_not_text_is_named(tmp_path):
    with pytest.raises(Invalid, match=r"nowhere\.toml: cannot be read"):
        read_toml(tmp_path / "nowhere.toml")
    (tmp_path / "case.toml").write_bytes(b'kind = "\xe9"')
    with pytest.raises(Invalid, match=r"case\.toml: not TOML"):
        read_toml(tmp_path / "case.toml")


def test_a_wrong_type_anywhere_is_refused_by_its_key():
    with pytest.raises(Invalid, match=r"here\.happened_on: time"):
        read_record("claim", {"happened_on": time(9)}, "here")


STATED = """
publisher = "an organisation"
publication = "a monthly report"

[defaults]
unit = "persons"
grade = "reported"
population = "civilians"
basis = "documented"

[[figures]]
ref = "1"
label = "deaths"
measure = "deaths"
value = 20
quote = "twenty persons"

[[figures]]
ref = "2"
label = "displaced"
measure = "displaced"
value = { low = 9, best = 10, high = 12 }
basis = "happened"
publisher = "another"
quote = "some ten"
"""


def test_the_figures_of_one_publication_share_what_they_do_not_say(written):
    first, second = (record.body for record in written(STATED))
    assert (first["publisher"], first["basis"], first["ref"]) == (
        *("an organisation", "documented", "1"),
    )
    assert (second["publisher"], second["basis"]) == ("another", "happened")
    assert second["value"] == {"low": 9, "best": 10, "high": 12}
    assert first["publication"] == second["publication"] == "a monthly report"
    for record in written(STATED):
        record.check(read_rules(shipped_document()))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[defaults]", "[default]", "unknown members: default"),
        ("[defaults]", "defaults = 5\n[[figures]]", "defaults must be a table"),
        (STATED, "figures = 5", r"must hold tables \[\[figures\]\]"),
        (STATED, "figures = [5]", r"must hold tables \[\[figures\]\]"),
    ],
)
def test_a_file_of_stated_figures_that_is_none_is_refused(written, old, new, message):
    with pytest.raises(Invalid, match=message):
        written(STATED.replace(old, new))
