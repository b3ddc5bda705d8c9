"""Signing many drafts on other cores: what comes back is what the ledger would have found."""

import os
import signal

import pytest

from domain.errors import Rejected
from ledger.author import Head, draft
from ledger.signer import Ed25519Signer
from ledger.signing import CHUNK, FEW, Draft, DraftSigner, Presigned
from ledger.view import Accepted
from tests.scene import AT, DOCUMENTER, ORIGIN, REVIEWER, STRANGER, Scene, claim_body, claim_name

MANY = FEW + 2 * CHUNK + 7


@pytest.fixture
def scene(tmp_path):
    made = Scene(tmp_path)
    yield made
    made.close()


@pytest.fixture
def pool():
    made = DraftSigner(2)
    yield made
    made.close()


def drafts(count, signer=DOCUMENTER, first=0, **changes):
    made = []
    for number in range(first, first + count):
        body = claim_body(**changes)
        event, text, _ = draft(
            Head(claim_name(number)), "ClaimRecorded", body, ledger=ORIGIN, at=AT
        )
        made.append(Draft(event, text, signer))
    return made


def accepted(scene, notes):
    return [isinstance(one, Accepted) for one in scene.ledger.accept_all(notes).outcomes]


def test_batches_are_signed_in_their_order_and_stored_as_if_from_outside(scene, pool):
    first, second = drafts(MANY), drafts(MANY, first=MANY)
    started = [pool.start(first), pool.start(second)]
    for batch, chunks in zip((first, second), started, strict=True):
        notes = pool.finish(chunks)
        assert all(isinstance(one, Presigned) for one in notes)
        assert [one.submission.event for one in notes] == [one.event for one in batch]
        assert accepted(scene, notes) == [True] * MANY
    again = scene.ledger.accept_all([one.submission.raw for one in notes])
    assert all(one.again for one in again.outcomes)


def test_few_drafts_and_two_signers_in_turn(scene, pool):
    batch = [*drafts(3), *drafts(2, STRANGER, first=3), *drafts(3, first=5)]
    notes = pool.finish(pool.start(batch))
    assert accepted(scene, notes) == [True] * 3 + [False] * 2 + [True] * 3


def test_a_signer_whose_key_is_elsewhere_signs_here_and_is_checked_by_the_ledger(scene, pool):
    class Elsewhere:
        key = DOCUMENTER.key

        def sign(self, text):
            return DOCUMENTER.sign(text)

    notes = pool.finish(pool.start(drafts(MANY, Elsewhere())))
    assert all(isinstance(one, bytes) for one in notes)
    assert accepted(scene, notes) == [True] * MANY


def test_a_draft_that_is_no_note_is_refused_with_the_ledger_s_own_words(scene, pool):
    huge = {"id": "s1", "kind": "witness", "published": "x" * 70_000}
    batch = drafts(MANY)
    batch[5] = drafts(1, first=5, sources=[huge])[0]
    outcomes = scene.ledger.accept_all(pool.finish(pool.start(batch))).outcomes
    refused = [one for one in outcomes if isinstance(one, Rejected)]
    assert [one.rule for one in refused] == ["oversize"]
    assert outcomes.index(refused[0]) == 5


def test_a_check_with_another_key_than_the_ledger_s_counts_for_nothing(scene, pool):
    impostor = Ed25519Signer.from_seed(DOCUMENTER.key.name, bytes(range(32)))
    (note,) = pool.finish(pool.start(drafts(1, impostor)))
    real = note.submission._replace(
        signers=(f"{DOCUMENTER.key.name}+{DOCUMENTER.key.key_id.hex()}",)
    )
    (outcome,) = scene.ledger.accept_all([note._replace(submission=real)]).outcomes
    assert isinstance(outcome, Rejected)
    assert outcome.rule == "bad-signature"


def test_a_signature_that_was_changed_after_its_check_is_found(scene, pool):
    (note,) = pool.finish(pool.start(drafts(1)))
    (line,) = note.submission.note.signatures
    other = line._replace(signature=bytes(64))
    parsed = note.submission.note._replace(signatures=(other,))
    changed = note._replace(submission=note.submission._replace(note=parsed))
    (outcome,) = scene.ledger.accept_all([changed]).outcomes
    assert isinstance(outcome, Rejected)
    assert outcome.rule == "bad-signature"


def test_a_role_is_asked_for_whoever_checked_the_signature(scene, pool):
    notes = pool.finish(pool.start(drafts(MANY, REVIEWER)))
    assert {one.rule for one in scene.ledger.accept_all(notes).outcomes} == {"role-missing"}


def test_workers_that_are_killed_leave_their_work_to_this_process(scene, pool):
    chunks = pool.start(drafts(MANY))
    for worker in pool._workers:
        os.kill(worker._process.pid, signal.SIGKILL)
    assert accepted(scene, pool.finish(chunks)) == [True] * MANY
    assert accepted(scene, pool.finish(pool.start(drafts(MANY, first=MANY)))) == [True] * MANY


def test_a_batch_that_nobody_finishes_does_not_mix_with_the_next(scene, pool):
    pool.start(drafts(MANY))
    later = drafts(MANY, first=MANY)
    assert accepted(scene, pool.finish(pool.start(later))) == [True] * MANY


def test_without_workers_this_process_does_it_all(scene):
    alone = DraftSigner(0)
    assert accepted(scene, alone.finish(alone.start(drafts(MANY)))) == [True] * MANY
    alone.close()


def test_closing_in_the_middle_ends_the_workers(pool):
    pool.start(drafts(20 * CHUNK))
    processes = [worker._process for worker in pool._workers]
    pool.close()
    assert not any(one.is_alive() for one in processes)
