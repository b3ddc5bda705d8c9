"""Every event type: on which kind of stream, signed by whom, at which place."""

import pytest

from domain.catalogue import CATALOGUE, check_place, event_type
from domain.errors import Rejected
from domain.event import STREAM_KINDS, Event
from domain.life import ANYWHERE, FIRST, LATER, ROLES, ROOT

WRITERS = "documenter reviewer"
# kind of stream, event type, who may sign it, where in its stream it stands
TABLE = [
    ("authority", "LedgerFounded", ROOT, FIRST),
    ("authority", "KeyEnrolled", ROOT, LATER),
    ("authority", "KeyRevoked", ROOT, LATER),
    ("authority", "RootRotated", ROOT, LATER),
    ("authority", "LogKeyRotated", ROOT, LATER),
    ("authority", "EntriesLost", ROOT, LATER),
    ("rules", "RulesAdopted", ROOT, ANYWHERE),
    ("claim", "ClaimRecorded", "documenter", FIRST),
    ("claim", "AttributionChanged", WRITERS, LATER),
    ("claim", "DateRevised", WRITERS, LATER),
    ("claim", "PlaceRevised", WRITERS, LATER),
    ("claim", "ClassificationRevised", WRITERS, LATER),
    ("claim", "IncidentAssigned", WRITERS, LATER),
    ("claim", "CustodyStatusChanged", WRITERS, LATER),
    ("claim", "SourceLinked", WRITERS, LATER),
    ("claim", "SourceUnlinked", WRITERS, LATER),
    ("claim", "Corroborated", "reviewer", LATER),
    ("claim", "Verified", "reviewer", LATER),
    ("claim", "MergedInto", "reviewer", LATER),
    ("claim", "Unmerged", "reviewer", LATER),
    ("claim", "Retracted", "reviewer", LATER),
    ("claim", "Reinstated", "reviewer", LATER),
    ("claim", "FieldSealed", WRITERS, LATER),
    ("claim", "Disclosed", "publisher reviewer", LATER),
    ("claim", "Erased", "reviewer", LATER),
    ("claim", "OutcomeLinked", WRITERS, LATER),
    ("claim", "OutcomeUnlinked", WRITERS, LATER),
    ("claim", "ChallengeRaised", WRITERS, LATER),
    ("claim", "ChallengeAnswered", "reviewer", LATER),
    ("claim", "Reaffirmed", "reviewer", LATER),
    ("incident", "IncidentRecorded", "documenter", FIRST),
    ("incident", "AttributionChanged", WRITERS, LATER),
    ("incident", "DateRevised", WRITERS, LATER),
    ("incident", "PlaceRevised", WRITERS, LATER),
    ("incident", "ClassificationRevised", WRITERS, LATER),
    ("incident", "QuantityRevised", WRITERS, LATER),
    ("incident", "NarrativeRevised", WRITERS, LATER),
    ("incident", "FacilityHit", WRITERS, LATER),
    ("incident", "MergedInto", "reviewer", LATER),
    ("incident", "Unmerged", "reviewer", LATER),
    ("incident", "Retracted", "reviewer", LATER),
    ("incident", "Reinstated", "reviewer", LATER),
    ("incident", "Reaffirmed", "reviewer", LATER),
    ("estimate", "EstimateStated", WRITERS, FIRST),
    ("estimate", "EstimateRevised", WRITERS, LATER),
    ("estimate", "EstimateWithdrawn", WRITERS, LATER),
    ("estimate", "Reaffirmed", "reviewer", LATER),
    ("report", "ReportFrozen", "publisher", FIRST),
    ("report", "ReportPublished", "publisher", LATER),
    ("report", "ReportCorrected", "publisher", LATER),
    ("report", "AuditAttested", "auditor", LATER),
]
NAMES = sorted({name for types in CATALOGUE.values() for name in types})


def event(kind, name):
    slug = "00000000-0000-4000-8000-000000000001"
    stream = kind if kind in ("authority", "rules") else f"{kind}/{slug}"
    return Event(name, stream, 1, None, "", "", None, {})


def test_there_are_no_other_event_types():
    assert sorted((kind, name) for kind, name, _, _ in TABLE) == sorted(
        (kind, name) for kind, types in CATALOGUE.items() for name in types
    )
    assert set(CATALOGUE) == set(STREAM_KINDS)


@pytest.mark.parametrize(("kind", "name", "roles", "place"), TABLE)
def test_each_event_type_has_its_signers_and_its_place(kind, name, roles, place):
    row = event_type(event(kind, name))
    assert (row.name, row.place) == (name, place)
    assert row.roles == set(roles.split())
    assert row.roles <= {*ROLES, ROOT}


@pytest.mark.parametrize("kind", STREAM_KINDS)
def test_an_event_of_another_kind_of_stream_is_told_where_it_belongs(kind):
    for name in NAMES:
        homes = [home for home, types in CATALOGUE.items() if name in types]
        if kind in homes:
            continue
        with pytest.raises(Rejected, match=homes[0]) as caught:
            event_type(event(kind, name))
        assert (caught.value.rule, caught.value.where) == ("wrong-stream", "stream")


@pytest.mark.parametrize("name", ["", "claimrecorded", "ClaimDeleted", "x" * 5000])
def test_an_unknown_event_type_is_told_the_known_ones(name):
    with pytest.raises(Rejected, match="ClaimRecorded") as caught:
        event_type(event("claim", name))
    assert caught.value.rule == "unknown-event-type"


@pytest.mark.parametrize(("kind", "name", "roles", "place"), TABLE)
def test_what_opens_a_stream_does_so_once(kind, name, roles, place):
    one = event(kind, name)
    row = event_type(one)
    for exists, refused_at, rule in (
        (True, FIRST, "already-recorded"),
        (False, LATER, "unknown-stream"),
    ):
        if place != refused_at:
            check_place(one, row, exists)
            continue
        with pytest.raises(Rejected) as caught:
            check_place(one, row, exists)
        assert caught.value.rule == rule
