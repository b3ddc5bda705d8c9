"""Freezing a report: what is counted, what is recorded, and that it stays."""

import json
from base64 import b64encode

import pytest

from api.freeze import freeze
from api.plan import read_plan
from audit.container import read_container
from audit.figure_note import open_figure
from audit.replay import audit_folder
from audit.verify import verify_bundle
from domain.errors import Conflict, Invalid, Rejected
from ledger import merkle
from ledger.note import VerifierKey
from tests.office import Office

AT = "2020-04-02T10:00:00Z"
PLAN = """
name = "march"
period = "2020-03"
[title]
en = "March"
ar = "آذار"
[[figures]]
name = "civilians"
where = { status = "civilian" }
by = ["party", "sex"]
[[figures]]
name = "children"
where = { age-group = "child" }
"""


@pytest.fixture
def full(office):
    """Five civilians of March, a combatant of March, a civilian of February."""
    office.record(sex="female")
    office.record(sex="female", age_group="child")
    office.record(sex="male")
    office.record(sex="male", attribution={"mode": "sole", "parties": ["isis"]})
    office.record()
    office.record(status="combatant")
    office.record(documented_on="2020-02")
    return office


def frozen(office, plan=PLAN, publisher="publisher-1", at=AT):
    return freeze(office.ledger, office.registry, read_plan(plan), office.signers[publisher], at)


def files(made):
    return read_container(made.bundle).files


def lines(made, figure):
    return [json.loads(line) for line in files(made)[f"members/{figure}.jsonl"].splitlines()]


def trust(office):
    return [VerifierKey.parse(office.ledger.authority.log)]


def test_each_figure_counts_what_its_definition_says(full):
    made = frozen(full)
    assert {figure.name: figure.value for figure in made.figures} == {
        "civilians": 5,
        "children": 1,
    }
    assert [len(lines(made, name)) for name in ("civilians", "children")] == [5, 1]
    assert {line["date"] for line in lines(made, "civilians")} == {"2020-03"}


def test_the_rows_of_a_figure_are_a_note_each_and_sum_to_it(full):
    made = frozen(full)
    publisher = full.signers["publisher-1"].key
    rows = {
        name.removeprefix("figures/civilians/"): open_figure(content, publisher).value
        for name, content in files(made).items()
        if name.startswith("figures/civilians/")
    }
    assert rows == {
        "isis,male.note": 1,
        "russian-forces,female.note": 2,
        "russian-forces,male.note": 1,
        "russian-forces,unknown.note": 1,
    }
    assert sum(rows.values()) == 5


def test_a_figure_that_nobody_is_counted_in_is_zero_and_verifies(full):
    plan = PLAN.replace('where = { age-group = "child" }', 'where = { profession = "medical" }')
    made = frozen(full, plan)
    assert made.figures[1].value == 0
    assert files(made)["members/children.jsonl"] == b""
    assert verify_bundle(made.bundle, trust(full)).verified


def test_the_state_it_names_is_the_one_before_its_own_entry(full):
    size = full.ledger.recorder.tree_size()
    root = b64encode(full.ledger.checkpoint().root).decode()
    made = frozen(full)
    assert (made.ledger.size, made.ledger.root, made.log_index) == (size, root, size)
    recorded = full.ledger.history("report/march")
    assert [one.event.type for one in recorded] == ["ReportFrozen"]
    assert recorded[0].event.body["ledger"] == {"root": root, "size": size}
    assert recorded[0].event.seen == made.ledger


def test_a_member_line_gives_a_proof_that_a_relative_is_counted(full):
    made = frozen(full)
    note = open_figure(files(made)["figures/civilians.note"], full.signers["publisher-1"].key)
    hashes = [
        merkle.leaf_hash(line) for line in files(made)["members/civilians.jsonl"].splitlines()
    ]
    stored = merkle.append_nodes(0, [], hashes)
    for index, leaf in enumerate(hashes):
        proof = merkle.inclusion_proof(index, 5, lambda positions: [stored[at] for at in positions])
        merkle.verify_inclusion(
            index=index, size=note.value, leaf_hash=leaf, proof=proof, root=note.root
        )


def test_freezing_again_records_nothing_and_gives_the_same_bytes(full):
    made = frozen(full)
    full.record()
    size = full.ledger.recorder.tree_size()
    again = frozen(full, at="2021-01-01T00:00:00Z")
    assert full.ledger.recorder.tree_size() == size
    assert again == made._replace(again=True)


def test_it_is_counted_again_as_of_its_state_after_claims_were_revised(full):
    made = frozen(full)
    claim = lines(made, "children")[0]["id"]
    full.desk.revise(
        claim,
        "age_group",
        "adult",
        full.signers["reviewer-1"],
        reason_code="new-evidence",
        reason="a birth certificate",
    )
    assert frozen(full).bundle == made.bundle
    later = frozen(full, PLAN.replace('"march"', '"march-again"'))
    assert [figure.value for figure in later.figures] == [5, 0]


def test_another_folder_open_on_the_ledger_makes_the_same_bundle(full):
    made = frozen(full)
    registry = full.folder.open_registry(full.ledger)
    registry.rebuild()
    plan = read_plan(PLAN)
    again = freeze(full.ledger, registry, plan, full.signers["publisher-1"], AT)
    registry.close()
    assert again.bundle == made.bundle


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ('en = "March"', 'en = "The month of March"'),
        ('period = "2020-03"', 'period = "2020-02"'),
        ('period = "2020-03"', 'period = "2020-03"\nbasis = "happened"'),
        ('by = ["party", "sex"]', 'by = ["sex", "party"]'),
        ('name = "children"', 'name = "under-18"'),
        ('{ age-group = "child" }', '{ age-group = "child", sex = "female" }'),
    ],
)
def test_another_plan_under_a_frozen_name_is_refused_and_nothing_is_recorded(full, was, now):
    made = frozen(full)
    assert was in PLAN
    with pytest.raises(Conflict, match="frozen already"):
        frozen(full, PLAN.replace(was, now, 1))
    assert full.ledger.recorder.tree_size() == made.log_index + 1
    assert frozen(full).bundle == made.bundle


def test_another_publisher_cannot_make_the_bundle_of_a_report_again(full):
    made = frozen(full)
    other = full.signers["publisher-2"] = full.folder.new_key("publisher-2", "p")
    full.desk.enroll(str(other.key), ["publisher"], "publisher-2", full.roots[:2])
    with pytest.raises(Conflict, match="publisher-1"):
        frozen(full, publisher="publisher-2")
    theirs = frozen(full, PLAN.replace('"march"', '"march-by-2"'), "publisher-2")
    assert [one.root for one in theirs.figures] == [one.root for one in made.figures]
    assert verify_bundle(theirs.bundle, trust(full)).verified


@pytest.mark.parametrize("who", ["documenter-1", "reviewer-1"])
def test_only_a_publisher_freezes(full, who):
    size = full.ledger.recorder.tree_size()
    with pytest.raises(Rejected, match="role-missing"):
        frozen(full, publisher=who)
    assert full.ledger.recorder.tree_size() == size


def test_a_plan_that_cannot_be_counted_records_nothing(full):
    size = full.ledger.recorder.tree_size()
    with pytest.raises(Invalid, match="figure civilians"):
        frozen(full, PLAN.replace('"civilian"', '"civilan"'))
    assert full.ledger.recorder.tree_size() == size


def test_a_report_of_one_ledger_does_not_verify_as_another_s(full, tmp_path):
    other = Office(tmp_path / "other")
    try:
        assert verify_bundle(frozen(full).bundle, trust(other)).exit_code == 1
    finally:
        other.close()


def test_the_audit_recounts_it_from_the_entries(full):
    made = frozen(full)
    full.record()
    verdict = audit_folder(full.folder.path, trust(full), bundles=[made.bundle])
    assert verdict.failures == ()
    assert verdict.recounted == ("march/civilians = 5", "march/children = 1")


def test_no_name_and_nothing_sealed_is_in_a_bundle(full):
    made = frozen(full)
    assert "اسم مخترع".encode() not in made.bundle
    # The page for browsers, the same in every bundle, may speak of what is sealed.
    own = {name: raw for name, raw in files(made).items() if name != "verify.html"}
    assert not any(b"sealed" in raw for raw in own.values())
