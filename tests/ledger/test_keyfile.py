"""Key files: opened by their passphrase alone, guarded against eyes and overwriting."""

import base64
import json
import os
import traceback
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nacl.public import PrivateKey
from nacl.pwhash import argon2id

from domain.errors import Invalid, NotFound, SijillError, Unverified
from ledger.keyfile import (
    MAX_MEM,
    MAX_OPS,
    new_agent_key_file,
    new_key_file,
    new_vault_key_file,
    open_key_file,
    open_vault_key_file,
    read_public,
    read_vault_public,
)
from ledger.note import parse_note, verified
from ledger.signer import Ed25519Signer, sign_note
from ledger.sshagent import AgentSigner

PASSPHRASE = "خمسة أقمار فوق النهر"
SEED = bytes(range(100, 132))
# The least that Argon2id knows: these tests are about files, not about guessing.
FAST: dict[str, Any] = {"ops": argon2id.OPSLIMIT_MIN, "mem": argon2id.MEMLIMIT_MIN}


def answer(name: str) -> str:
    return PASSPHRASE


def answering(passphrase: str) -> Callable[[str], str]:
    return lambda name: passphrase


def never(name: str) -> str:
    raise AssertionError(f"asked for the passphrase of {name}")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "amal.key"


@pytest.fixture
def written(path):
    new_key_file(path, "documenter/amal", PASSPHRASE, seed=SEED, **FAST)
    return path


@pytest.fixture
def vault(tmp_path):
    path = tmp_path / "vault.key"
    new_vault_key_file(path, "vault", PASSPHRASE, **FAST)
    return path


def edit(path, **members):
    content = json.loads(path.read_bytes())
    for name, value in members.items():
        if value is None:
            del content[name]
        else:
            content[name] = value
    path.write_text(json.dumps(content))


def test_a_key_comes_back_with_its_passphrase(path):
    made = new_key_file(path, "documenter/amal", PASSPHRASE, **FAST)
    asked = []

    def ask(name: str) -> str:
        asked.append(name)
        return PASSPHRASE

    opened = open_key_file(path, ask)
    assert asked == ["documenter/amal"]
    assert opened.key == made.key == read_public(path)
    assert opened.sign(b"text\n") == made.sign(b"text\n")


def test_the_default_cost_is_moderate_and_written_down(path):
    new_key_file(path, "a", PASSPHRASE)
    limits = json.loads(path.read_bytes())["argon2id"]
    assert (limits["ops"], limits["mem"]) == (3, 256 << 20)
    assert open_key_file(path, answer).key.name == "a"


def test_a_key_file_is_private_from_its_first_moment(path):
    before = os.umask(0)
    try:
        new_key_file(path, "a", PASSPHRASE, **FAST)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_wrong_passphrase_is_unverified_and_names_the_key(written):
    with pytest.raises(Unverified, match="does not open key documenter/amal"):
        open_key_file(written, lambda name: "another")


@pytest.mark.parametrize("make", [new_key_file, new_vault_key_file])
def test_an_empty_passphrase_is_refused_and_leaves_no_file(path, make):
    with pytest.raises(Invalid, match="empty"):
        make(path, "a", "", **FAST)
    assert not path.exists()


def test_an_empty_answer_is_refused(written):
    with pytest.raises(Invalid, match="empty"):
        open_key_file(written, lambda name: "")


def test_one_visible_passphrase_typed_in_two_ways_is_the_same(path):
    new_key_file(path, "a", "caf\u00e9", **FAST)
    assert open_key_file(path, lambda name: "cafe\u0301").key.name == "a"


def test_a_passphrase_that_is_not_unicode_is_refused(path):
    with pytest.raises(Invalid, match="not valid Unicode"):
        new_key_file(path, "a", "\udcff", **FAST)


@pytest.mark.parametrize("make", [new_key_file, new_vault_key_file])
def test_a_key_file_is_never_overwritten(path, make):
    path.write_text("precious")
    with pytest.raises(Invalid, match="exists already"):
        make(path, "a", PASSPHRASE, **FAST)
    assert path.read_text() == "precious"


def test_a_dangling_link_is_not_written_through(path, tmp_path):
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Invalid, match="exists already"):
        new_key_file(path, "a", PASSPHRASE, **FAST)
    assert not (tmp_path / "elsewhere").exists()


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(Invalid, match=r"keys/a\.key: cannot be created"):
        new_key_file(tmp_path / "keys" / "a.key", "a", PASSPHRASE, **FAST)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601, 0o644])
def test_a_key_that_others_can_reach_is_not_opened(written, vault, mode):
    for path, open_it in [(written, open_key_file), (vault, open_vault_key_file)]:
        path.chmod(mode)
        with pytest.raises(Invalid, match=f"chmod 600 {path}"):
            open_it(path, never)


def test_the_public_half_needs_neither_passphrase_nor_privacy(written, vault):
    written.chmod(0o644)
    vault.chmod(0o644)
    assert read_public(written) == Ed25519Signer.from_seed("documenter/amal", SEED).key
    vault_public = read_vault_public(vault)
    vault.chmod(0o600)
    assert vault_public == open_vault_key_file(vault, answer).public_key


def test_a_missing_file_is_not_found(path):
    for read in (read_public, read_vault_public):
        with pytest.raises(NotFound, match=r"amal\.key"):
            read(path)


def test_what_is_not_a_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(Invalid, match=str(path)):
            read_public(path)


def test_an_endless_file_is_refused(path):
    path.write_bytes(b" " * (1 << 20))
    with pytest.raises(Invalid, match="too large"):
        read_public(path)


@pytest.mark.parametrize(
    ("ops", "mem"),
    [
        (MAX_OPS + 1, 8192),
        (0, 8192),
        (-1, 8192),
        (True, 8192),
        (1.0, 8192),
        ("1", 8192),
        (2**80, 8192),
        (1, MAX_MEM + 1),
        (1, 8191),
        (1, -8192),
        (1, 2**62),
        (1, True),
        (1, []),
    ],
)
def test_absurd_costs_are_refused_before_the_passphrase_is_asked(written, ops, mem):
    content = json.loads(written.read_bytes())
    edit(written, argon2id={**content["argon2id"], "ops": ops, "mem": mem})
    with pytest.raises(Invalid):
        open_key_file(written, never)


def test_absurd_costs_are_not_written(path):
    with pytest.raises(Invalid, match="ops"):
        new_key_file(path, "a", PASSPHRASE, ops=17, mem=8192)
    with pytest.raises(Invalid, match="mem"):
        new_key_file(path, "a", PASSPHRASE, ops=1, mem=MAX_MEM + 1)


@pytest.mark.parametrize(
    "members",
    [
        {"format": "sijill/key/v2"},
        {"format": None},
        {"purpose": "vault"},
        {"purpose": None},
        {"vkey": None},
        {"vkey": 7},
        {"vkey": "documenter/amal"},
        {"argon2id": None},
        {"argon2id": {"ops": 1, "mem": 8192}},
        {"argon2id": {"ops": 1, "mem": 8192, "salt": "AAAA"}},
        {"argon2id": {"ops": 1, "mem": 8192, "salt": "*"}},
        {"argon2id": {"ops": 1, "mem": 8192, "salt": "é"}},
        {"argon2id": [1, 8192, ""]},
        {"box": None},
        {"box": "AAAA"},
        {"box": {}},
        {"agent": True},
        {"agent": False},
        {"note": "unknown"},
    ],
)
def test_a_file_with_wrong_members_is_invalid(written, members):
    edit(written, **members)
    with pytest.raises(Invalid):
        open_key_file(written, never)


def test_a_public_half_exchanged_for_another_is_noticed(written, vault):
    edit(written, vkey=str(Ed25519Signer.generate("documenter/amal").key))
    with pytest.raises(Invalid, match="altered"):
        open_key_file(written, answer)
    other = base64.b64encode(bytes(PrivateKey.generate().public_key)).decode()
    edit(vault, public_key=other)
    with pytest.raises(Invalid, match="altered"):
        open_vault_key_file(vault, answer)


def test_a_seed_sealed_for_one_purpose_does_not_serve_the_other(written, vault):
    with pytest.raises(Invalid, match="not a vault key"):
        open_vault_key_file(written, never)
    with pytest.raises(Invalid, match="not a signing key"):
        open_key_file(vault, never)


def test_a_key_in_an_agent_needs_no_passphrase(path):
    key = Ed25519Signer.from_seed("documenter/amal", SEED).key
    new_agent_key_file(path, key)
    assert read_public(path) == key
    opened = open_key_file(path, never)
    assert isinstance(opened, AgentSigner)
    assert opened.key == key


def test_only_note_keys_are_held_by_an_agent(path):
    key = Ed25519Signer.from_seed("a", SEED).key
    with pytest.raises(Invalid, match="only Ed25519"):
        new_agent_key_file(path, key._replace(kind=0x04))


def test_a_vault_key_comes_back_with_its_passphrase(path):
    made = new_vault_key_file(path, "vault", PASSPHRASE, **FAST)
    opened = open_vault_key_file(path, answer)
    assert bytes(opened) == bytes(made)
    assert read_vault_public(path) == made.public_key
    with pytest.raises(Unverified, match="does not open key vault"):
        open_vault_key_file(path, lambda name: "another")


def test_a_vault_key_is_not_held_by_an_agent(vault):
    edit(vault, agent=True, argon2id=None, box=None)
    with pytest.raises(Invalid, match="ssh-agent"):
        open_vault_key_file(vault, never)


def spellings(secret):
    return [secret.hex(), base64.b64encode(secret).decode(), repr(secret)[2:-1], str(list(secret))]


def test_the_seed_shows_neither_in_the_file_nor_in_repr_nor_in_errors(written):
    signer = open_key_file(written, answer)
    shown = [written.read_text(), repr(signer), str(signer)]
    edit(written, vkey=str(Ed25519Signer.generate("documenter/amal").key))
    for passphrase in (PASSPHRASE, "another"):
        with pytest.raises(SijillError) as caught:
            open_key_file(written, answering(passphrase))
        shown.append("".join(traceback.format_exception(caught.value)))
    for text in shown:
        assert not [spelling for spelling in spellings(SEED) if spelling in text]


@given(raw=st.binary() | st.text().map(str.encode))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_hostile_files_are_invalid(path, raw):
    path.write_bytes(raw)
    path.chmod(0o600)
    with pytest.raises(Invalid):
        read_public(path)
    with pytest.raises(Invalid):
        read_vault_public(path)
    with pytest.raises(Invalid):
        open_key_file(path, never)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30
)
def test_deeply_wrong_values_are_invalid(path, value):
    for member in ("vkey", "argon2id", "box"):
        path.unlink(missing_ok=True)
        new_key_file(path, "a", PASSPHRASE, seed=SEED, **FAST)
        content = {**json.loads(path.read_bytes()), member: value}
        path.write_text(json.dumps(content))
        with pytest.raises(Invalid):
            open_key_file(path, never)


def test_a_signature_from_an_opened_key_verifies(written):
    raw = sign_note(b"text\n", open_key_file(written, answer))
    assert verified(parse_note(raw), [read_public(written)])
