"""Small cells: no file says how many, the total stays provable, an opening shows all."""

import json

import pytest

from api.freeze import freeze
from api.plan import read_plan
from api.receipt import figure_receipt, receipt
from audit.container import read_container, write_container
from audit.figure_receipt import verify_figure_receipt
from audit.replay import audit_folder
from audit.verify import verify_bundle
from domain.errors import Invalid, NotFound
from ledger.note import VerifierKey
from tests.audit.test_bundle import AT
from tests.office import Office

PLAN = """
name = "small"
fewer_than = 4
[title]
en = "Small cells"
ar = "خلايا صغيرة"
[[figures]]
name = "civilians"
where = { status = "civilian" }
by = ["party"]
"""
PARTIES = {"isis": 2, "russian-forces": 2, "syrian-regime-forces": 6, "hayat-tahrir-al-sham": 9}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """An office with 19 deaths by four parties, of which two are small cells."""
    office = Office(tmp_path_factory.mktemp("small") / "ledger")
    for party, deaths in PARTIES.items():
        for _ in range(deaths):
            office.record(attribution={"mode": "sole", "parties": [party]})
    yield office, frozen(office)
    office.close()


def frozen(office, plan=PLAN, signer="publisher-1"):
    return freeze(office.ledger, office.registry, read_plan(plan), office.signers[signer], AT)


def trust(office):
    return [VerifierKey.parse(office.ledger.authority.log)]


def audited(office, made, *openings):
    return audit_folder(office.folder.path, bundles=[made.bundle], openings=openings)


def test_the_bundle_verifies_and_says_nothing_of_a_small_row(small):
    office, made = small
    assert verify_bundle(made.bundle, trust(office)).exit_code == 0
    files = read_container(made.bundle).files
    notes = {
        name.removeprefix("figures/civilians/"): content.split(b"\n")[1].decode()
        for name, content in files.items()
        if name.startswith("figures/civilians/")
    }
    assert notes == {
        "hayat-tahrir-al-sham.note": "9",
        "isis.note": "fewer than 4",
        "russian-forces.note": "fewer than 4",
        "syrian-regime-forces.note": "6",
    }
    lines = files["members/civilians.jsonl"].splitlines()
    assert len(lines) == 19
    hidden = [json.loads(line) for line in lines if b"hidden" in line]
    assert [list(line) for line in hidden] == [["hidden"]] * 4
    # Neither a claim of them nor their parties stands anywhere beside their notes' names.
    ids = set(office.ledger.recorder.streams_of("claim"))
    assert len([one for one in ids if one.encode() in made.bundle]) == 15


def test_frozen_again_it_has_the_same_bytes_and_the_same_opening(small):
    office, made = small
    office.record()
    again = frozen(office)
    assert (again.bundle, again.opening, again.again) == (made.bundle, made.opening, True)
    assert made.opening.count(b"\n") == 2 + 2 + 4


def test_an_audit_recounts_what_is_shown_and_with_the_opening_what_is_hidden(small):
    office, made = small
    closed = audited(office, made)
    assert closed.exit_code == 0, closed.failures
    assert closed.recounted == ("small/civilians = 19 (2 hidden rows not opened)",)
    opened = audited(office, made, made.opening)
    assert opened.exit_code == 0, opened.failures
    assert opened.recounted == ("small/civilians = 19",)


def test_an_opening_that_opens_to_something_else_is_found(small):
    office, made = small
    rows = [line for line in made.opening.split(b"\n") if b'"row"' in line]
    salts = [json.loads(line)["salt"].encode() for line in rows]
    mixed = made.opening.replace(salts[0], salts[1])
    assert audited(office, made, mixed).exit_code == 1
    for broken in (b"", b"x", made.opening[:-1], made.opening.replace(b'"salt"', b'"sugar"')):
        with pytest.raises(Invalid):
            audited(office, made, broken)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("figures/civilians/isis.note", b"fewer than 4", b"fewer than 9"),
        ("figures/civilians/isis.note", b"fewer than 4", b"withheld"),
        ("figures/civilians/isis.note", b"/isis\n", b"/unknown-party\n"),
        ("members/civilians.jsonl", b'{"hidden":', b'{"hidden": '),
    ],
)
def test_what_is_hidden_cannot_be_changed(small, file, old, new):
    office, made = small
    files = dict(read_container(made.bundle).files)
    assert old in files[file]
    files[file] = files[file].replace(old, new, 1)
    assert verify_bundle(write_container(files), trust(office)).exit_code == 1
    del files[file]
    assert verify_bundle(write_container(files), trust(office)).exit_code == 1


def test_a_second_row_is_withheld_where_one_alone_would_be_what_is_left(tmp_path):
    office = Office(tmp_path / "ledger")
    for party, deaths in {"isis": 2, "russian-forces": 8, "hayat-tahrir-al-sham": 9}.items():
        for _ in range(deaths):
            office.record(attribution={"mode": "sole", "parties": [party]})
    made = frozen(office)
    files = read_container(made.bundle).files
    assert files["figures/civilians/russian-forces.note"].split(b"\n")[1] == b"withheld"
    assert verify_bundle(made.bundle, trust(office)).exit_code == 0
    assert audited(office, made, made.opening).exit_code == 0
    office.close()


def test_what_would_give_a_hidden_row_away_is_refused_and_nothing_recorded(small):
    office, _ = small
    size = office.ledger.recorder.tree_size()
    again = '[[figures]]\nname = "of-isis"\nwhere = { status = "civilian", party = "isis" }\n'
    other = PLAN.replace('"small"', '"other"')
    with pytest.raises(Invalid, match="of-isis: its total is fewer than 4"):
        frozen(office, other + again)
    with pytest.raises(Invalid, match=r"civilians/isis is hidden.*of-isis shows the same"):
        frozen(office, other + again + "fewer_than = 0\n")
    with pytest.raises(Invalid, match="fewer_than: must be 0 or a number from 3"):
        frozen(office, other.replace("fewer_than = 4", "fewer_than = 2"))
    with pytest.raises(Invalid, match="gives them away"):
        frozen(office, other.replace("fewer_than = 4", "fewer_than = 19"))
    assert office.ledger.recorder.tree_size() == size


def test_receipts_are_of_what_is_shown(small):
    office, made = small
    raw = figure_receipt(office.ledger, "small", made.bundle, "civilians", "syrian-regime-forces")
    assert verify_figure_receipt(raw, trust(office)).exit_code == 0
    with pytest.raises(NotFound, match="fewer than 4"):
        figure_receipt(office.ledger, "small", made.bundle, "civilians", "isis")
    hidden = next(
        one for one in office.ledger.recorder.streams_of("claim") if one.encode() not in made.bundle
    )
    with pytest.raises(NotFound, match="hidden"):
        receipt(made.bundle, "civilians", hidden)


FIGURE = """
[[figures]]
name = "other"
"""


@pytest.mark.parametrize(
    "other",
    [
        # Its rows add up to the hidden one.
        'where = { status = "civilian" }\nby = ["party", "sex"]\nfewer_than = 0\n',
        # Its lines say of which party each is.
        'where = { status = "civilian", party = ["isis", "hayat-tahrir-al-sham"] }\n',
        # Its total, without two rows that are shown, is the hidden one.
        'where = { status = "civilian", party-group = ["isis", "extremist-islamist-groups", '
        '"syrian-regime-forces"] }\n',
        # Narrower, but what it shows of is hidden.
        'where = { status = "civilian", sex = "unknown" }\nby = ["party"]\nfewer_than = 0\n',
    ],
)
def test_what_other_figures_give_away_together_is_refused_and_nothing_recorded(small, other):
    office, _ = small
    plan = PLAN.replace('"small"', '"given-away"') + FIGURE + other
    before = office.ledger.checkpoint().size
    with pytest.raises(Invalid, match=r"civilians/.* is hidden .*worked out .* other"):
        frozen(office, plan)
    assert office.ledger.checkpoint().size == before


def test_a_figure_that_says_nothing_of_a_hidden_row_stands_beside_it(small):
    office, _ = small
    plan = PLAN.replace('"small"', '"beside"') + FIGURE + 'by = ["sex"]\n'
    assert [one.name for one in frozen(office, plan).figures] == ["civilians", "other"]
