"""Stated figures as a ledger holds them: as they stood, beside its claims, two by two."""

import pytest

import api.reconcile
from api.reconcile import Chosen, reconcile
from domain.errors import Invalid
from ledger.author import new_stream
from tests.scene import WHY, estimate_body


@pytest.fixture
def state(office):
    """Records a stated figure; returns its name."""

    def record(**changes):
        signer = office.signers["documenter-1"]
        head = new_stream("estimate")
        note, _ = office.desk.compose(head, "EstimateStated", estimate_body(**changes), [signer])
        return office.desk.post(note).stream

    return record


def value(best):
    return {"best": best, "low": None, "high": None}


def asked(office, **chosen):
    return reconcile(office.ask, Chosen(**chosen))


def test_a_figure_is_counted_from_the_claims_by_its_own_definition(office, state):
    for _ in range(2):
        office.record()
    office.record(status="combatant")
    office.record(documented_on="2020-04")
    state(value=value(3))
    state(value=value(2), party="russian-forces", population="civilians")
    state(value=value(2), party="isis")
    state(value=value(3), population="all-persons")
    state(value=value(1), measure="torture-deaths")
    claims = [one["claims"] for one in asked(office)["figures"]]
    assert [one["counted"] for one in claims] == [2, 2, 0, 3, 0]
    assert [one["verdict"] for one in claims] == ["differ", "agree", "differ", "agree", "differ"]
    assert [one["difference"] for one in claims] == [-1, 0, -2, 0, -1]


def test_claims_that_may_lie_in_the_period_are_told(office, state):
    office.record()
    office.record(documented_on="2020-03/2020-04")
    state(value=value(2))
    (one,) = asked(office)["figures"]
    assert (one["claims"]["counted"], one["claims"]["possible"]) == (1, 1)
    assert one["claims"]["verdict"] == "can-agree"


def test_massacres_and_their_deaths_are_counted_as_the_rules_derive_them(office, state):
    incident = office.incident()
    for _ in range(4):
        office.record(incident=incident)
    state(value=value(1), measure="massacres", unit="incidents")
    state(value=value(5), measure="massacre-deaths")
    state(value=value(5), measure="massacre-deaths", party="isis")

    def counted():
        return [one["claims"]["counted"] for one in asked(office)["figures"]]

    assert counted() == [0, 0, 0]
    office.record(incident=incident)
    assert counted() == [1, 5, 0]


def test_a_figure_that_was_revised_or_withdrawn_is_shown_as_it_stood(office, state):
    signer = office.signers["documenter-1"]
    name = state()
    before = office.ledger.recorder.tree_size() - 1
    revised = {"from": value(145), "to": value(146), **WHY}
    office.desk.say(name, "EstimateRevised", revised, signer)
    between = office.ledger.recorder.tree_size() - 1
    office.desk.say(name, "EstimateWithdrawn", WHY, signer)
    assert asked(office)["figures"] == []
    for at, best in ((before, 145), (between, 146)):
        (one,) = asked(office, at=str(at))["figures"]
        assert one["best"] == best
    assert asked(office, at=str(before - 1))["figures"] == []


def test_figures_of_one_publication_are_cross_footed_and_not_paired(office, state):
    one = state(value=value(10))
    state(ref="2", value=value(11), category="children")
    again = state(ref="3", value=value(12), qualifier="at-least")
    other = state(publisher="Another", value=value(9))
    report = state(publication="Another report", value=value(10))
    answer = asked(office)
    found = {
        (pair["left"], pair["right"]): pair["verdict"]
        for subject in answer["subjects"]
        for pair in subject["pairs"]
    }
    assert again not in {name for pair in found for name in pair}
    assert found == {(one, other): "differ", (one, report): "agree", (other, report): "differ"}
    assert [finding["sentence"] for finding in answer["findings"] if not finding["holds"]] == [
        "deaths: 10 stated, and at least 12 as well",
        "deaths of children: 11 exceed deaths: 10",
    ]


def test_a_question_with_too_many_pairs_is_refused(office, state, monkeypatch):
    monkeypatch.setattr(api.reconcile, "MOST_PAIRS", 2)
    for publisher in ("one", "two", "three"):
        state(publisher=publisher)
    with pytest.raises(Invalid, match="more than 2 pairs"):
        asked(office)
    assert len(asked(office, publishers=["one", "two"])["figures"]) == 2
