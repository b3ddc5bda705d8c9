"""What suspect keys signed leaves every count, comes back when reaffirmed, and is always listed."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.figure import define
from domain.rules import shipped_document
from projections import registry as registry_module
from projections.claims import claims
from projections.history import history
from projections.massacres import massacres
from projections.members import members
from projections.registry import Registry
from projections.suspects import suspects
from projections.trace import trace
from tests.projections.scene import SECOND_REVIEWER, Played, Step
from tests.scene import (
    DOCUMENTER,
    OTHER_DOCUMENTER,
    REVIEWER,
    ROOTS,
    WHY,
    Scene,
    claim_body,
    claim_name,
    incident_body,
    incident_name,
)

RETRACTION = {"reason_code": "precautionary", "reason": "to be looked at"}
MERGE = {"nature": "duplicate", "reason": "one source twice"}


class Office(Scene):
    """Two documenters, two reviewers, a registry beside the ledger; two deaths make a massacre."""

    def __init__(self, folder):
        super().__init__(folder, shipped_document() | {"massacre_threshold": 2})
        self.enroll(OTHER_DOCUMENTER, "documenter")
        self.enroll(SECOND_REVIEWER, "reviewer")
        self.registry = Registry(folder / "projections.db", self.ledger.recorder)

    def revoke(self, key, suspect_from, reason="compromised"):
        body = {
            "vkey": str(key.key),
            "reason_code": reason,
            "reason": "a laptop was taken",
            "suspect_from": suspect_from,
        }
        return self.say("authority", "KeyRevoked", body, *ROOTS[:2]).log_index

    def reaffirm(self, stream, *versions, by=SECOND_REVIEWER):
        body = {"versions": list(versions), "reason": "read again"}
        return self.say(stream, "Reaffirmed", body, by).log_index

    def died(self, number, by=DOCUMENTER, **changes):
        return self.say(claim_name(number), "ClaimRecorded", claim_body(**changes), by).log_index

    def counted(self, size=None, measure="deaths", **asked):
        """The ids counted in a state: by the projections, which have to agree with the recount."""
        self.registry.catch_up()
        size = self.size if size is None else size
        definition = define(self.rules, measure=measure, **asked)
        lines = [one.to_line()[:-1] for one in members(self.registry, definition, self.rules, size)]
        assert lines == self.recount(size).lines(definition, self.rules)
        return [one.id for one in members(self.registry, definition, self.rules, size)]

    def listed(self, size=None):
        self.registry.catch_up()
        found = suspects(self.registry, self.size if size is None else size)
        return [one.log_index for one in found]

    def settled(self):
        """The tables are what a rebuild makes of them."""
        self.registry.catch_up()
        before = self.registry.digests()
        self.registry.rebuild()
        return self.registry.digests() == before


@pytest.fixture
def office(tmp_path):
    made = Office(tmp_path)
    yield made
    made.registry.close()
    made.close()


def names(*numbers):
    return [claim_name(number) for number in numbers]


def test_from_its_suspect_index_on_a_revoked_key_s_claims_count_nowhere(office):
    before, second = office.died(1), office.died(2)
    third = office.died(3, OTHER_DOCUMENTER)
    revoked = office.revoke(DOCUMENTER, second)
    assert office.counted() == names(1, 3)
    assert office.listed() == [second]
    # What was published of an earlier state stays what it was.
    assert office.counted(size=revoked) == names(1, 2, 3)
    assert office.listed(size=revoked) == []
    found = {one.id: one.standing for one in _claims(office)}
    assert found == dict(zip(names(1, 2, 3), ("open", "suspect", "open"), strict=True))
    assert before < second < third < revoked
    assert office.settled()


def _claims(office):
    everything = define(office.rules, measure="deaths")
    return claims(office.registry, everything, office.rules, office.size, all_standings=True).claims


def test_another_key_brings_an_event_back_and_the_trace_says_by_which_entry(office):
    office.died(1)
    start = office.died(2)
    revoked = office.revoke(DOCUMENTER, start)
    back = office.reaffirm(claim_name(2), 1)
    assert office.counted() == names(1, 2)
    assert (office.listed(size=back), office.listed()) == ([start], [])
    steps = trace(
        office.registry, define(office.rules, measure="deaths"), office.rules, office.size
    )
    moved = [(one.log_index, one.change, one.value) for one in steps]
    assert moved == [(start - 1, 1, 1), (start, 1, 2), (revoked, -1, 1), (back, 1, 2)]
    assert office.settled()


def test_a_suspect_revision_is_as_if_it_had_not_been(office):
    office.died(1, sex="female", age_group="adult")
    body = {"field": "sex", "from": "female", "to": "male", **WHY}
    start = office.say(claim_name(1), "ClassificationRevised", body, OTHER_DOCUMENTER).log_index
    body = {"field": "age_group", "from": "adult", "to": "child", **WHY}
    office.say(claim_name(1), "ClassificationRevised", body, DOCUMENTER)
    assert office.counted(where={"category": ["boys"]}) == names(1)
    office.revoke(OTHER_DOCUMENTER, start)
    # The later revision, by a key that is trusted, stays.
    assert office.counted(where={"category": ["girls"]}) == names(1)
    assert office.ledger.trusted(claim_name(1)).sex == "female"
    assert [one.suspect for one in history(office.ledger, claim_name(1))] == [False, True, False]
    office.reaffirm(claim_name(1), 2)
    assert office.counted(where={"category": ["boys"]}) == names(1)
    assert office.settled()


def test_what_is_suspect_can_be_revised_and_counts_only_when_its_recording_is_reaffirmed(office):
    start = office.died(1, sex="female")
    office.revoke(DOCUMENTER, start)
    body = {"field": "sex", "from": "female", "to": "male", **WHY}
    office.say(claim_name(1), "ClassificationRevised", body, REVIEWER)
    office.say(claim_name(1), "Retracted", RETRACTION, REVIEWER)
    assert office.counted() == []
    office.say(claim_name(1), "Reinstated", WHY, REVIEWER)
    assert office.counted() == []
    office.reaffirm(claim_name(1), 1)
    assert office.counted(where={"sex": ["male"]}) == names(1)
    assert office.settled()


def test_a_reaffirmation_by_a_key_that_is_suspect_itself_brings_nothing_back(office):
    start = office.died(1)
    office.revoke(DOCUMENTER, start)
    vouched = office.reaffirm(claim_name(1), 1)
    assert office.counted() == names(1)
    office.revoke(SECOND_REVIEWER, vouched)
    assert office.counted() == []
    assert office.listed() == [start, vouched]
    again = office.reaffirm(claim_name(1), 1, by=REVIEWER)
    assert office.counted() == names(1)
    assert office.listed() == [vouched]
    # Vouching for the reaffirmation itself would have done as well.
    office.revoke(REVIEWER, again, "lost")
    assert office.counted() == []
    office.enroll(REVIEWER, "reviewer")
    office.reaffirm(claim_name(1), 2, by=REVIEWER)
    assert office.counted() == names(1)
    assert office.settled()


def test_a_second_revocation_moves_the_suspect_index_to_an_earlier_one(office):
    first, second = office.died(1), office.died(2)
    office.revoke(DOCUMENTER, second, "retired")
    assert office.counted() == names(1)
    office.revoke(DOCUMENTER, first)
    assert office.counted() == []
    assert office.listed() == [first, second]
    assert office.settled()


def test_a_key_that_was_found_again_is_trusted_from_its_new_enrolment_on(office):
    start = office.died(1)
    office.revoke(DOCUMENTER, start, "lost")
    office.enroll(DOCUMENTER, "documenter")
    office.died(2)
    assert office.counted() == names(2)
    assert office.listed() == [start]
    assert office.settled()


def test_one_signer_above_suspicion_is_enough(office):
    start = office.say(
        claim_name(1), "ClaimRecorded", claim_body(), DOCUMENTER, OTHER_DOCUMENTER
    ).log_index
    office.revoke(DOCUMENTER, start)
    assert office.counted() == names(1)
    office.revoke(OTHER_DOCUMENTER, start)
    assert office.counted() == []


def test_a_massacre_whose_recording_is_suspect_is_none_until_that_is_reaffirmed(office):
    start = office.say(incident_name(1), "IncidentRecorded", _attack(), OTHER_DOCUMENTER).log_index
    for number in (1, 2):
        office.died(number, incident=incident_name(1))
    assert office.counted(measure="massacres") == [incident_name(1)]
    office.revoke(OTHER_DOCUMENTER, start)
    assert office.counted(measure="massacres") == []
    assert office.counted() == names(1, 2)
    office.reaffirm(incident_name(1), 1)
    assert office.counted(measure="massacres") == [incident_name(1)]
    asked = define(office.rules, measure="massacres")
    changes = [one.change for one in trace(office.registry, asked, office.rules, office.size)]
    assert changes == [1, -1, 1]
    assert office.settled()


def test_nothing_else_opens_an_incident_whose_recording_is_suspect(office):
    start = office.say(incident_name(1), "IncidentRecorded", _attack(), OTHER_DOCUMENTER).log_index
    for number in (1, 2):
        office.died(number, incident=incident_name(1))
    office.revoke(OTHER_DOCUMENTER, start)
    for kind, body in (("Retracted", RETRACTION), ("Reinstated", WHY)):
        office.say(incident_name(1), kind, body, REVIEWER)
        assert office.counted(measure="massacres") == []
    assert office.settled()


def test_nobody_vouches_for_what_she_signed_herself(office):
    office.died(1, sex="female")
    body = {"field": "sex", "from": "female", "to": "male", **WHY}
    both = (OTHER_DOCUMENTER, REVIEWER)
    start = office.say(claim_name(1), "ClassificationRevised", body, *both).log_index
    office.revoke(OTHER_DOCUMENTER, start)
    office.revoke(REVIEWER, start, "lost")
    office.enroll(REVIEWER, "reviewer")
    office.reaffirm(claim_name(1), 2, by=REVIEWER)
    assert office.counted(where={"sex": ["female"]}) == names(1)
    office.reaffirm(claim_name(1), 2)
    assert office.counted(where={"sex": ["male"]}) == names(1)


def _attack():
    return incident_body()


def test_a_circle_of_merges_that_a_suspect_unmerging_leaves_counts_for_nobody(office):
    for number in (1, 2):
        office.say(incident_name(number), "IncidentRecorded", _attack(), DOCUMENTER)
        for death in (1, 2):
            office.died(10 * number + death, incident=incident_name(number))
    merged = {"into": incident_name(2), **MERGE}
    office.say(incident_name(1), "MergedInto", merged, REVIEWER)
    undone = office.say(incident_name(1), "Unmerged", WHY, SECOND_REVIEWER).log_index
    back = {"into": incident_name(1), **MERGE}
    office.say(incident_name(2), "MergedInto", back, REVIEWER)
    assert office.counted(measure="massacres") == [incident_name(1)]
    office.revoke(SECOND_REVIEWER, undone)
    assert office.counted(measure="massacres") == []
    assert (
        massacres(office.registry, define(office.rules, measure="massacres"), office.rules, 1) == []
    )
    assert office.settled()


# Histories that are mostly about trust: which keys, from where on, and who vouches for what.
trustful: st.SearchStrategy[list[Step]] = st.lists(
    st.tuples(
        st.sampled_from([0, 4, 7, 9, 10, 11, 12, 14, 15, 16, 16, 17, 17, 17]),
        st.integers(0, 5),
        st.integers(0, 11),
    ),
    min_size=8,
    max_size=30,
)


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(played=trustful, page=st.integers(1, 9), data=st.data())
def test_the_plain_recount_leaves_out_the_same(tmp_path_factory, played, page, data):
    scene = Played(tmp_path_factory.mktemp("scene"))
    scene.play([(0, 0, 0), (3, 0, 0), (3, 0, 1), (0, 0, 1), (0, 1, 4), (0, 1, 7), *played])
    registry = Registry(
        tmp_path_factory.mktemp("registry") / "projections.db", scene.ledger.recorder
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry_module, "_PAGE", page)
        registry.catch_up()
    size = data.draw(st.integers(1, scene.size))
    fold, rules = scene.recount(size), scene.rules
    for measure in ("deaths", "massacres"):
        definition = define(rules, measure=measure, by=["party"])
        lines = [one.to_line()[:-1] for one in members(registry, definition, rules, size)]
        assert lines == fold.lines(definition, rules)
    before = registry.digests()
    registry.rebuild()
    assert registry.digests() == before
    for name in (*scene.claims, *scene.incidents):
        listed = {one.version for one in suspects(registry, scene.size) if one.stream == name}
        assert listed == scene.ledger.suspects(name)
    registry.close()
    scene.close()
