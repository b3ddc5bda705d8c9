"""The witness: each status code of c2sp.org/tlog-witness, a memory that is never rolled back."""

import threading
from base64 import b64encode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import Invalid, Unverified
from ledger import merkle
from ledger.checkpoint import Checkpoint, sign_checkpoint
from ledger.cosignature import cosign, cosigned_at, describe_time, signed_bytes
from ledger.note import Signature, VerifierKey, format_note, parse_note
from ledger.proof import ConsistencyProof, format_consistency
from ledger.signer import Ed25519Signer, sign_note
from ledger.witness import SIZE_TYPE, Witness, with_cosignatures

ORIGIN = "log.example/one"
LOG = Ed25519Signer.from_seed(ORIGIN, b"l" * 32)
WITNESS = Ed25519Signer.from_seed("witness.example-w1", b"w" * 32)
NOW = 1_588_000_000


class Log:
    """A small log of our own making, whose leaves may be told apart by `name`."""

    def __init__(self, name="a"):
        self._leaves = [merkle.leaf_hash(f"{name}{number}".encode()) for number in range(64)]

    def checkpoint(self, size, signer=LOG, root=None):
        found = merkle.tree_root(self._leaves[:size]) if root is None else root
        return sign_checkpoint(Checkpoint(signer.key.name, size, found), signer)

    def proof(self, old, size):
        frontier: list[bytes] = []
        nodes = merkle.append_nodes(0, frontier, self._leaves[:size])
        return merkle.consistency_proof(old, size, lambda at: [nodes[one] for one in at])

    def request(self, old, size, **changes):
        hashes = tuple(self.proof(old, size)) if 0 < old < size else ()
        return format_consistency(ConsistencyProof(old, hashes, self.checkpoint(size, **changes)))


@pytest.fixture
def witness(tmp_path):
    return Witness(tmp_path / "witness.db", WITNESS, [LOG.key], lambda: NOW)


@pytest.fixture
def log():
    return Log()


def cosigned(witness, log, old, size):
    answer = witness.add_checkpoint(log.request(old, size))
    assert answer.status == 200, answer
    note = parse_note(with_cosignatures(log.checkpoint(size), answer.body))
    assert cosigned_at(note, [witness.key]) == {witness.key: NOW}
    return answer


def test_a_log_is_followed_from_its_beginning(witness, log):
    for old, size in ((0, 3), (3, 3), (3, 17), (17, 64)):
        cosigned(witness, log, old, size)
    assert witness.checkpoint(ORIGIN) == log.checkpoint(64)


def test_a_cosignature_is_over_the_standard_s_bytes(witness, log):
    text = parse_note(log.checkpoint(3)).text
    assert signed_bytes(NOW, text) == b"cosignature/v1\ntime 1588000000\n" + text
    line = cosign(text, WITNESS, NOW)
    assert len(line.signature) == 8 + 64
    assert VerifierKey.parse(str(witness.key)) == witness.key
    assert line.key_id == witness.key.key_id != WITNESS.key.key_id


def test_an_unknown_log_is_404_and_a_signature_of_another_403(witness, log):
    other = Ed25519Signer.generate("log.example/other")
    assert witness.add_checkpoint(log.request(0, 3, signer=other)).status == 404
    impostor = Ed25519Signer.generate(ORIGIN)
    assert witness.add_checkpoint(log.request(0, 3, signer=impostor)).status == 403
    assert witness.checkpoint(ORIGIN) is None


def test_an_old_size_beyond_the_checkpoint_is_400(witness, log):
    request = format_consistency(ConsistencyProof(5, (), log.checkpoint(3)))
    assert witness.add_checkpoint(request).status == 400


def test_another_old_size_than_was_cosigned_is_409_with_the_size(witness, log):
    cosigned(witness, log, 0, 5)
    for old in (0, 3, 6):
        answer = witness.add_checkpoint(log.request(old, 9))
        assert answer == (409, SIZE_TYPE, b"5\n")


def test_a_proof_that_does_not_hold_is_422(witness, log):
    assert witness.add_checkpoint(log.request(0, 0, root=bytes(32))).status == 422
    extra = format_consistency(ConsistencyProof(0, (bytes(32),), log.checkpoint(3)))
    assert witness.add_checkpoint(extra).status == 422
    cosigned(witness, log, 0, 5)
    flipped = [bytes([log.proof(5, 9)[0][0] ^ 1]) + log.proof(5, 9)[0][1:], *log.proof(5, 9)[1:]]
    bad = format_consistency(ConsistencyProof(5, tuple(flipped), log.checkpoint(9)))
    assert witness.add_checkpoint(bad).status == 422
    assert witness.checkpoint(ORIGIN) == log.checkpoint(5)


def test_a_forked_log_is_refused_and_both_sides_are_kept(witness, log):
    fork = Log("b")
    cosigned(witness, log, 0, 5)
    answer = witness.add_checkpoint(fork.request(5, 5))
    assert answer.status == 409
    assert answer.media != SIZE_TYPE
    assert b"two histories" in answer.body
    assert witness.add_checkpoint(fork.request(5, 9)).status == 422
    kept = witness.evidence()
    assert [(origin, ours) for origin, ours, _ in kept] == [(ORIGIN, log.checkpoint(5))] * 2
    assert kept[0][2].endswith(fork.checkpoint(5))
    assert witness.checkpoint(ORIGIN) == log.checkpoint(5)


@pytest.mark.parametrize(
    "request_",
    [
        *(b"", b"old 0", b"old 0\n\n", b"old 00\n\nx\n", b"old -1\n\nx\n", b"new 0\n\nx\n"),
        b"old 1\n" + b"\n".join([b64encode(bytes(32))] * 64) + b"\n\n",
        b"old 0\nnot base64\n\n",
        b"old 0\n\n" + b"x" * 300_000,
        b"old 0\n\n" + sign_note(f"{ORIGIN}\n1\né\n".encode(), LOG),
        b"\xff" * 50,
    ],
)
def test_what_is_no_request_is_400(witness, request_):
    assert witness.add_checkpoint(request_).status == 400


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_hostile_requests_are_answered_and_change_nothing(witness, data):
    good = bytearray(Log().request(0, 3))
    at = data.draw(st.integers(0, len(good) - 1))
    good[at] ^= data.draw(st.integers(1, 255))
    answer = witness.add_checkpoint(bytes(good))
    assert answer.status in (400, 403, 404, 409, 422)
    assert witness.checkpoint(ORIGIN) is None


def test_requests_at_once_never_roll_the_log_back(witness, log):
    sizes = list(range(1, 60))
    answers = []

    def push(size):
        answer = witness.add_checkpoint(log.request(0, size))
        while answer.media == SIZE_TYPE and int(answer.body) < size:
            answer = witness.add_checkpoint(log.request(int(answer.body), size))
        answers.append(answer.status)

    threads = [threading.Thread(target=push, args=(size,)) for size in sizes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers) <= {200, 409}
    assert witness.checkpoint(ORIGIN) == log.checkpoint(59)


def test_what_was_cosigned_is_remembered_by_the_next_process(witness, log, tmp_path):
    cosigned(witness, log, 0, 5)
    again = Witness(tmp_path / "witness.db", WITNESS, [LOG.key], lambda: NOW + 9)
    assert again.add_checkpoint(log.request(0, 5)).body == b"5\n"


def test_a_changed_cosignature_condemns_the_note_and_a_strange_one_is_passed_over(witness, log):
    note = parse_note(log.checkpoint(3))
    line = cosign(note.text, WITNESS, NOW)
    later = line._replace(signature=(NOW + 1).to_bytes(8, "big") + line.signature[8:])
    for bad in (later, line._replace(signature=line.signature[:-1])):
        raw = format_note(note.text, [*note.signatures, bad])
        with pytest.raises(Unverified):
            cosigned_at(parse_note(raw), [witness.key])
        assert cosigned_at(parse_note(raw), []) == {}
    with pytest.raises(Invalid):
        cosign(note.text, WITNESS, 0)


@pytest.mark.parametrize("time", [0, 253_402_300_800, NOW * 1_000, 2**63, 2**64 - 1])
def test_a_time_that_is_none_condemns_the_note_though_its_witness_signed_it(witness, log, time):
    note = parse_note(log.checkpoint(3))
    raw = WITNESS.sign(signed_bytes(time, note.text)).signature
    line = Signature(witness.key.name, witness.key.key_id, time.to_bytes(8) + raw)
    with pytest.raises(Unverified, match="no time"):
        cosigned_at(note._replace(signatures=(line,)), [witness.key])
    with pytest.raises(Invalid):
        cosign(note.text, WITNESS, time)


def test_the_last_second_that_can_be_written_is_a_time(witness, log):
    note = parse_note(log.checkpoint(3))
    line = cosign(note.text, WITNESS, 253_402_300_799)
    (time,) = cosigned_at(note._replace(signatures=(line,)), [witness.key]).values()
    assert describe_time(time) == "9999-12-31T23:59:59Z"
