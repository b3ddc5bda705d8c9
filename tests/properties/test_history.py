"""Any history the domain accepts: the ledger takes it, keeps it, and stands as the domain says."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from domain.catalogue import CATALOGUE
from ledger.application import Stream, advance, project
from ledger.ledger import Ledger
from ledger.merkle import leaf_hash, tree_root, verify_consistency, verify_inclusion
from ledger.view import Accepted
from tests.properties.histories import SIGNERS, histories, imagine, play
from tests.scene import LOG, Scene

# A ledger on disk for each example: fewer of them, and each longer.
few = settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module")
def make_scene(tmp_path_factory):
    made = []

    def make():
        made.append(Scene(tmp_path_factory.mktemp("history")))
        return made[-1]

    yield make
    for one in made:
        one.close()


def without_author(state):
    """A state as both worlds can have it: in memory, keys and indexes are others."""
    name = state.recorder.key.split("+")[0]
    return state._replace(recorder=name)


@few
@given(steps=histories())
def test_the_ledger_accepts_it_and_stands_as_the_domain_alone_says(make_scene, steps):
    scene = make_scene()
    before = scene.size
    accepted = play(scene, steps)
    assert [one.log_index for one in accepted] == list(range(before, before + len(steps)))
    world = imagine(steps)
    for stream, state in world.states.items():
        assert without_author(scene.state(stream)) == without_author(state)
    versions = Counter(step.stream for step in steps)
    assert {name: scene.ledger.stream(name).version for name in versions} == versions


@few
@given(steps=histories())
def test_replaying_a_stream_is_folding_it_step_by_step_at_every_version(make_scene, steps):
    scene = make_scene()
    play(scene, steps)
    ledger = Ledger(scene.path)
    for name in {step.stream for step in steps}:
        history = ledger.history(name)
        stood: list[Stream] = []
        for one in history:
            stood.append(advance(stood[-1] if stood else None, one))
        assert stood[-1] == project(None, history) == ledger.stream(name)
        for version, stream in enumerate(stood, 1):
            assert ledger.application.stream(name, version) == stream
    ledger.close()


@few
@given(steps=histories(), data=st.data())
def test_the_tree_verifies_between_any_two_of_its_sizes(make_scene, steps, data):
    scene = make_scene()
    play(scene, steps)
    ledger = scene.ledger
    hashes = [leaf_hash(entry[4]) for entry in ledger.recorder.select_entries(0, 10**6)]
    checkpoint = ledger.checkpoint()
    assert (checkpoint.size, checkpoint.root) == (len(hashes), tree_root(hashes))
    size = data.draw(st.integers(1, len(hashes)))
    verify_consistency(
        size1=size,
        size2=len(hashes),
        root1=tree_root(hashes[:size]),
        root2=checkpoint.root,
        proof=ledger.consistency_proof(size, len(hashes)),
    )
    index = data.draw(st.integers(0, size - 1))
    verify_inclusion(
        index=index,
        size=size,
        leaf_hash=hashes[index],
        proof=ledger.inclusion_proof(index, size),
        root=tree_root(hashes[:size]),
    )


@few
@given(steps=histories(), data=st.data())
def test_sent_in_batches_it_is_the_same_history(make_scene, steps, data):
    one_by_one, in_batches = make_scene(), make_scene()
    play(one_by_one, steps)
    notes = []
    for step in steps:
        note, in_batches.heads[step.stream] = in_batches.compose(
            step.stream, step.type, step.body, [SIGNERS[step.author]]
        )
        notes.append(note)
    cut = data.draw(st.integers(0, len(notes)))
    for batch in (notes[:cut], notes[cut:]):
        in_batches.ledger.accept_all(batch, whole=True)
    for name in {step.stream for step in steps}:
        assert in_batches.ledger.stream(name) == one_by_one.ledger.stream(name)


@few
@given(steps=histories(), data=st.data())
def test_posted_again_in_any_order_nothing_is_doubled(make_scene, steps, data):
    scene = make_scene()
    play(scene, steps)
    size, checkpoint = scene.size, scene.ledger.newest_checkpoint()
    notes = [
        entry[4].split(b"\n", 1)[1] for entry in scene.ledger.recorder.select_entries(0, 10**6)
    ]
    fresh = Ledger(scene.path, log_keys=[LOG], clock=scene.clock)
    outcomes = fresh.accept_all(data.draw(st.permutations(notes))).outcomes
    fresh.close()
    assert all(isinstance(one, Accepted) and one.again for one in outcomes)
    assert (scene.size, scene.ledger.newest_checkpoint()) == (size, checkpoint)


@pytest.mark.parametrize(
    "kind", sorted({*CATALOGUE["claim"], *CATALOGUE["incident"]} - {"ClaimRecorded"})
)
def test_every_kind_of_event_is_drawn(kind):
    """A strategy that never draws a kind would prove nothing of it."""
    seen = find(
        histories(min_size=20, max_size=40),
        lambda steps: any(step.type == kind for step in steps),
        settings=settings(max_examples=400, database=None, phases=[Phase.generate]),
    )
    assert seen
