"""Signing through a real ssh-agent, and against agents that misbehave."""

import base64
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from domain.errors import Invalid, NotFound, Unverified
from ledger.note import VerifierKey, parse_note, verified
from ledger.signer import Ed25519Signer, sign_note
from ledger.sshagent import MAX_MESSAGE, AgentSigner, list_ed25519_keys

PROGRAMS = ("ssh-agent", "ssh-add", "ssh-keygen")
TEXT = "sijill/event/v1\nشهادة\n".encode()
AMAL = Ed25519Signer.from_seed("documenter/amal", bytes([1]) * 32)


@pytest.fixture
def folder():
    # A socket's path has room for about 100 characters: pytest's own folders can be longer.
    with tempfile.TemporaryDirectory(prefix="agent") as name:
        yield Path(name)


@pytest.fixture
def agent(folder):
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing and os.environ.get("CI"):
        pytest.fail(f"OpenSSH is needed in continuous integration: {missing} not found")
    if missing:
        pytest.skip(f"OpenSSH is not installed: {missing} not found")
    path = folder / "socket"
    # No window may open on the desk of whoever runs the tests.
    asking = ("DISPLAY", "WAYLAND_DISPLAY", "SSH_ASKPASS", "SSH_AUTH_SOCK")
    process = subprocess.Popen(
        ["ssh-agent", "-D", "-a", str(path)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={name: value for name, value in os.environ.items() if name not in asking},
    )
    try:
        deadline = time.monotonic() + 10
        # The socket is there before anybody listens at it.
        while not listens(path):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        yield str(path)
    finally:
        process.terminate()
        process.wait()


def listens(path):
    with socket.socket(socket.AF_UNIX) as found:
        return found.connect_ex(str(path)) == 0


def add_key(agent, folder, kind="ed25519", comment="amal@field", options=()):
    """Make a key, give it to the agent, and return its public line's base64 part, decoded."""
    path = folder / f"id_{kind}_{len(list(folder.iterdir()))}"
    make = ["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", comment, "-f", str(path)]
    subprocess.run(make, check=True)
    environment = {**os.environ, "SSH_AUTH_SOCK": agent}
    subprocess.run(["ssh-add", "-q", *options, str(path)], check=True, env=environment)
    return base64.b64decode(path.with_suffix(".pub").read_text().split()[1])[-32:]


def test_an_agents_key_signs_notes_like_any_other(agent, folder):
    public_key = add_key(agent, folder)
    signer = AgentSigner(VerifierKey.ed25519("documenter/amal", public_key), agent)
    note = parse_note(sign_note(TEXT, signer, AMAL))
    assert verified(note, [signer.key, AMAL.key]) == (signer.key, AMAL.key)


def test_ed25519_keys_are_listed_with_their_comments_and_others_left_out(agent, folder):
    assert list_ed25519_keys(agent) == []
    first = add_key(agent, folder, comment="first")
    add_key(agent, folder, kind="ecdsa", comment="other")
    second = add_key(agent, folder, comment="مفتاح")
    assert list_ed25519_keys(agent) == [("first", first), ("مفتاح", second)]


def test_the_agent_is_found_through_the_environment(agent, folder, monkeypatch):
    public_key = add_key(agent, folder)
    monkeypatch.setenv("SSH_AUTH_SOCK", agent)
    assert list_ed25519_keys() == [("amal@field", public_key)]
    assert AgentSigner(VerifierKey.ed25519("a", public_key)).sign(TEXT)


def test_a_key_the_agent_does_not_hold_is_not_found(agent, folder):
    add_key(agent, folder)
    with pytest.raises(NotFound, match=r"does not hold key documenter/amal.*ssh-add"):
        AgentSigner(AMAL.key, agent).sign(TEXT)


def test_a_locked_agent_holds_no_key(agent, folder):
    public_key = add_key(agent, folder)
    string = struct.pack(">I", 6) + b"secret"
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(agent)
        connection.sendall(struct.pack(">IB", 1 + len(string), 22) + string)
        assert connection.recv(5)[4] == 6
    assert list_ed25519_keys(agent) == []
    with pytest.raises(NotFound, match="does not hold"):
        AgentSigner(VerifierKey.ed25519("a", public_key), agent).sign(TEXT)


def test_an_agent_whose_question_is_denied_is_unverified(agent, folder):
    # Without a program to ask the person, the agent takes it that she said no.
    public_key = add_key(agent, folder, options=["-c"])
    with pytest.raises(Unverified, match="refuses to sign"):
        AgentSigner(VerifierKey.ed25519("a", public_key), agent).sign(TEXT)


def test_without_an_agent_the_message_says_how_to_start_one(folder, monkeypatch):
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    for call in (list_ed25519_keys, lambda: AgentSigner(AMAL.key).sign(TEXT)):
        with pytest.raises(NotFound, match="SSH_AUTH_SOCK is not set"):
            call()
    with pytest.raises(NotFound, match=r"nothing answers at .*ssh-agent"):
        list_ed25519_keys(str(folder / "nothing"))
    with pytest.raises(NotFound, match="nothing answers"):
        list_ed25519_keys("/x" * 200)


def test_bytes_that_are_no_note_text_are_not_sent_to_the_agent(folder):
    with pytest.raises(Invalid, match="control character"):
        AgentSigner(AMAL.key, str(folder / "nothing")).sign(b"SSHSIG\0\n")


def test_a_text_too_large_for_an_agent_is_refused(folder):
    with pytest.raises(Invalid, match="cannot be signed"):
        AgentSigner(AMAL.key, str(folder / "nothing")).sign(b"x" * MAX_MESSAGE + b"\n")


def string(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value


def message(kind: int, body: bytes = b"") -> bytes:
    return string(bytes([kind]) + body)


def signed(algorithm: bytes, signature: bytes) -> bytes:
    return message(14, string(string(algorithm) + string(signature)))


def listing(*keys: bytes) -> bytes:
    return message(12, struct.pack(">I", len(keys)) + b"".join(keys))


def identity(public_key: bytes, comment: bytes = b"c", more: bytes = b"") -> bytes:
    return string(string(b"ssh-ed25519") + string(public_key) + more) + string(comment)


@contextmanager
def rogue(folder, *answers: bytes, silent: bool = False):
    """An agent that answers each connection in turn with the bytes given, whatever is asked."""
    path = folder / "rogue"
    done = threading.Event()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()

    def serve():
        for answer in answers:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1 << 20)
                connection.sendall(answer)
                if silent:
                    done.wait(10)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield str(path)
    finally:
        done.set()
        thread.join()
        listener.close()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"", "hung up"),
        (b"\0\0", "hung up"),
        (struct.pack(">I", 100) + b"\x0c", "hung up"),
        (struct.pack(">I", 0), "0 bytes"),
        (struct.pack(">I", MAX_MESSAGE + 1), "not an agent"),
        (b"HTTP/1.1 400 Bad Request\r\n", "not an agent"),
        (message(12), "too early"),
        (message(12, struct.pack(">I", 2**32 - 1)), "too early"),
        (message(12, struct.pack(">II", 1, 2**32 - 1)), "too early"),
        (listing(identity(bytes(31))), "32 bytes"),
        (listing(identity(bytes(32), more=b"x")), "longer"),
        (message(12, struct.pack(">I", 0) + b"x"), "longer"),
    ],
)
def test_a_garbled_listing_is_invalid(folder, answer, reason):
    with rogue(folder, answer) as path, pytest.raises(Invalid, match=reason):
        list_ed25519_keys(path)


def test_an_agent_that_will_not_list_is_unverified(folder):
    with rogue(folder, message(5)) as path, pytest.raises(Unverified, match="refuses to list"):
        list_ed25519_keys(path)


def test_a_comment_cannot_carry_terminal_commands(folder):
    with rogue(folder, listing(identity(bytes(32), b"\x1b[2Jname\xff\n"))) as path:
        assert list_ed25519_keys(path) == [("\ufffd[2Jname\ufffd\ufffd", bytes(32))]


def test_a_good_signature_from_any_agent_is_taken(folder):
    signature = AMAL.sign(TEXT)
    with rogue(folder, signed(b"ssh-ed25519", signature.signature)) as path:
        assert AgentSigner(AMAL.key, path).sign(TEXT) == signature


@pytest.mark.parametrize(
    "answer",
    [
        signed(b"ssh-ed25519", AMAL.sign(b"another text\n").signature),
        signed(b"ssh-ed25519", bytes(64)),
        signed(b"ssh-ed25519", b""),
        signed(b"ssh-rsa", AMAL.sign(TEXT).signature),
    ],
)
def test_a_signature_that_does_not_hold_is_never_handed_on(folder, answer):
    with rogue(folder, answer) as path, pytest.raises(Unverified, match="documenter/amal"):
        AgentSigner(AMAL.key, path).sign(TEXT)


@pytest.mark.parametrize("answer", [message(14), message(14, b"\0"), message(14, string(b""))])
def test_a_garbled_signature_is_invalid(folder, answer):
    with rogue(folder, answer) as path, pytest.raises(Invalid, match="too early"):
        AgentSigner(AMAL.key, path).sign(TEXT)


def test_an_agent_that_holds_the_key_but_refuses_is_told_apart(folder):
    answers = message(5), listing(identity(AMAL.key.public_key))
    with rogue(folder, *answers) as path, pytest.raises(Unverified, match="refuses to sign"):
        AgentSigner(AMAL.key, path).sign(TEXT)


def test_a_silent_agent_is_given_up(folder):
    with rogue(folder, b"", silent=True) as path, pytest.raises(Unverified, match=r"0\.05 seconds"):
        AgentSigner(AMAL.key, path, timeout=0.05).sign(TEXT)


def test_an_agent_signer_shows_its_public_half():
    assert str(AMAL.key) in repr(AgentSigner(AMAL.key))
