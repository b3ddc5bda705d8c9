"""A figure note is a checkpoint over the lines it counts, and has one spelling."""

import hashlib
from base64 import b64encode
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.figure_note import FigureNote, figure_identity, figure_of, open_figure, read_figure
from domain.errors import Invalid, Unverified
from domain.event import Seen
from ledger import merkle
from ledger.checkpoint import parse_checkpoint
from ledger.signer import Ed25519Signer, sign_note

LEDGER = Seen(145, b64encode(b"r" * 32).decode())
IDENTITY = figure_identity("ledger.example/main", "march", "civilians")
LINES = [b'{"id":"claim/%d"}' % number for number in range(5)]
FIGURE = figure_of(IDENTITY, LINES, b"{}", LEDGER)
PUBLISHER = Ed25519Signer.from_seed("publisher-1", b"p" * 32)


def test_the_value_is_the_number_of_lines_and_the_root_is_of_their_tree():
    assert FIGURE.value == 5
    assert FIGURE.root == merkle.tree_root(map(merkle.leaf_hash, LINES))
    assert FIGURE.definition == hashlib.sha256(b"{}").digest()


def test_nobody_counted_is_zero_over_the_empty_tree():
    nobody = figure_of(IDENTITY, [], b"{}", LEDGER)
    assert (nobody.value, nobody.root) == (0, hashlib.sha256().digest())
    assert read_figure(nobody.to_text()) == nobody


def test_an_inclusion_proof_shows_that_one_line_is_counted():
    hashes = [merkle.leaf_hash(line) for line in LINES]
    stored = merkle.append_nodes(0, [], hashes)
    proof = merkle.inclusion_proof(3, 5, lambda positions: [stored[at] for at in positions])

    def check(leaf):
        merkle.verify_inclusion(
            index=3, size=FIGURE.value, leaf_hash=leaf, proof=proof, root=FIGURE.root
        )

    check(hashes[3])
    with pytest.raises(Unverified):
        check(merkle.leaf_hash(b'{"id":"claim/9"}'))


@pytest.mark.parametrize(
    ("row", "identity"),
    [
        (None, "l/figures/march/women"),
        (["isis"], "l/figures/march/women/isis"),
        (["isis", "SY07"], "l/figures/march/women/isis,SY07"),
    ],
)
def test_an_identity_names_ledger_report_figure_and_row(row, identity):
    assert figure_identity("l", "march", "women", row) == identity


def test_it_is_a_checkpoint_to_whoever_reads_checkpoints():
    checkpoint = parse_checkpoint(FIGURE.to_text())
    assert (checkpoint.origin, checkpoint.size, checkpoint.root) == (IDENTITY, 5, FIGURE.root)


def test_it_opens_under_the_publisher_s_key_and_no_other():
    note = sign_note(FIGURE.to_text(), PUBLISHER)
    assert open_figure(note, PUBLISHER.key) == FIGURE
    with pytest.raises(Unverified):
        open_figure(note, Ed25519Signer.from_seed("publisher-1", b"q" * 32).key)
    with pytest.raises(Unverified):
        open_figure(note.replace(b"\n5\n", b"\n6\n", 1), PUBLISHER.key)


DEFINITION, STATE = FIGURE.to_text().decode().split("\n")[3:5]


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("\n5\n", "\n05\n"),
        ("\n5\n", "\n+5\n"),
        ("\n5\n", "\n-5\n"),
        ("\n5\n", "\n5.0\n"),
        ("\n5\n", "\n٥\n"),
        ("\n5\n", "\n 5\n"),
        (f"{DEFINITION}\n", ""),
        (f"{DEFINITION}\n{STATE}", f"{STATE}\n{DEFINITION}"),
        (f"{STATE}\n", f"{STATE}\nmore\n"),
        ("definition ", "definition  "),
        ("definition ", "Definition "),
        (DEFINITION, DEFINITION[:-1]),
        ("ledger 145", "ledger 0"),
        ("ledger 145", "ledger 0145"),
        ("ledger 145 ", "ledger "),
        (STATE, STATE[:-2] + "t="),  # the same 32 bytes, with other bits behind them
        (STATE, STATE + " "),
        (STATE, STATE + "\r"),
        (IDENTITY, ""),
    ],
)
def test_every_other_spelling_is_refused(was, now):
    text = FIGURE.to_text().decode()
    changed = text.replace(was, now, 1)
    assert changed != text
    with pytest.raises(Invalid):
        read_figure(changed.encode())


def test_a_definition_hash_with_other_bits_behind_it_is_refused():
    text = FIGURE.to_text().decode()
    last = DEFINITION[-2]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    odd = alphabet[alphabet.index(last) + 1]
    with pytest.raises(Invalid):
        read_figure(text.replace(DEFINITION, f"{DEFINITION[:-2]}{odd}=").encode())


digests = st.binary(min_size=32, max_size=32)


@given(
    st.from_regex(r"[a-z.]{1,20}/figures/[a-z0-9-]{1,20}/[a-z0-9-]{1,20}", fullmatch=True),
    st.integers(0, 2**53 - 1),
    digests,
    digests,
    st.integers(1, 2**53 - 1),
    digests,
)
def test_what_is_written_is_read(identity, value, root, definition, size, state):
    figure = FigureNote(identity, value, root, definition, Seen(size, b64encode(state).decode()))
    assert read_figure(figure.to_text()) == figure


@given(st.data())
def test_a_changed_character_never_reads_as_the_same_figure(data):
    text = bytearray(FIGURE.to_text())
    at = data.draw(st.integers(0, len(text) - 1))
    text[at] ^= data.draw(st.integers(1, 255))
    with suppress(Invalid):
        assert read_figure(bytes(text)) != FIGURE
