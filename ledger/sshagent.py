"""Signing with an Ed25519 key that never leaves a running ssh-agent.

The protocol is draft-ietf-sshm-ssh-agent (formerly draft-miller-ssh-agent), the key and signature
forms RFC 8709. An agent signs the note's text itself, so its signatures are ordinary note
signatures.
"""

from __future__ import annotations

import os
import socket
from contextlib import closing

from domain.errors import Invalid, NotFound, Unverified
from ledger.note import Signature, VerifierKey, check_text, verify_ed25519

MAX_MESSAGE = 256 * 1024
LIST_TIMEOUT = 5.0
# Long enough for a person to touch a key or to answer the agent's question.
SIGN_TIMEOUT = 60.0

_FAILURE = 5
_REQUEST_IDENTITIES = 11
_IDENTITIES_ANSWER = 12
_SIGN_REQUEST = 13
_SIGN_RESPONSE = 14
_ALGORITHM = b"ssh-ed25519"


def list_ed25519_keys(
    path: str | None = None, *, timeout: float = LIST_TIMEOUT
) -> list[tuple[str, bytes]]:
    """List (comment, 32-byte public key) of the Ed25519 keys that the agent holds.

    `path` is the agent's socket, by default SSH_AUTH_SOCK; `timeout` is in seconds. Raise NotFound
    when there is no agent, Unverified when it refuses, Invalid when its answer is garbled.
    """
    kind, answer = _ask(bytes((_REQUEST_IDENTITIES,)), path, timeout)
    if kind != _IDENTITIES_ANSWER:
        raise Unverified("ssh-agent: it refuses to list its keys; is it locked? (ssh-add -X)")
    fields = _Fields(answer)
    keys = []
    for _ in range(fields.number()):
        blob, comment = _Fields(fields.string()), fields.string()
        # Keys of other algorithms have other fields: only the name can be read of them.
        if blob.string() == _ALGORITHM:
            public_key = blob.string()
            blob.end()
            if len(public_key) != 32:
                raise Invalid("ssh-agent: answered with an Ed25519 key that has not 32 bytes")
            keys.append((_printable(comment), public_key))
    fields.end()
    return keys


class AgentSigner:
    """A `Signer` whose private key an ssh-agent holds; every signature is checked on return."""

    __slots__ = ("_path", "_timeout", "key")

    def __init__(
        self, key: VerifierKey, path: str | None = None, *, timeout: float = SIGN_TIMEOUT
    ) -> None:
        self.key = key
        self._path = path
        self._timeout = timeout

    def sign(self, text: bytes) -> Signature:
        """Have the agent sign; raise NotFound, Unverified or Invalid saying what to do."""
        check_text(text)
        blob = _string(_ALGORITHM) + _string(self.key.public_key)
        request = bytes((_SIGN_REQUEST,)) + _string(blob) + _string(text) + bytes(4)
        kind, answer = _ask(request, self._path, self._timeout)
        if kind != _SIGN_RESPONSE:
            self._explain_refusal()
        fields = _Fields(answer)
        inner = _Fields(fields.string())
        fields.end()
        algorithm, signature = inner.string(), inner.string()
        inner.end()
        if algorithm != _ALGORITHM or not verify_ed25519(self.key.public_key, text, signature):
            raise Unverified(f"ssh-agent: its signature is not one of key {self.key.name}")
        return Signature(self.key.name, self.key.key_id, signature)

    def _explain_refusal(self) -> None:
        held = [public_key for _, public_key in list_ed25519_keys(self._path)]
        if self.key.public_key not in held:
            raise NotFound(
                f"ssh-agent: does not hold key {self.key.name}; add it with ssh-add, then retry"
            )
        raise Unverified(
            f"ssh-agent: refuses to sign with key {self.key.name}; confirm its question, "
            "or add the key again with ssh-add"
        )

    def __repr__(self) -> str:
        return f"AgentSigner({self.key})"


class _Fields:
    """The fields of a message, read from the front; running out of bytes raises Invalid."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def _take(self, length: int) -> bytes:
        taken = self._data[self._at : self._at + length]
        if len(taken) != length:
            raise Invalid("ssh-agent: its answer ends too early")
        self._at += length
        return taken

    def number(self) -> int:
        return int.from_bytes(self._take(4), "big")

    def string(self) -> bytes:
        return self._take(self.number())

    def end(self) -> None:
        if self._at != len(self._data):
            raise Invalid("ssh-agent: its answer is longer than it should be")


def _string(value: bytes) -> bytes:
    return len(value).to_bytes(4, "big") + value


def _ask(request: bytes, path: str | None, timeout: float) -> tuple[int, bytes]:
    """Send one message and return the answer's type and body."""
    path = path or os.environ.get("SSH_AUTH_SOCK")
    if not path:
        raise NotFound(
            "ssh-agent: none is running here (SSH_AUTH_SOCK is not set); "
            'start one with: eval "$(ssh-agent)"'
        )
    message = _string(request)
    if len(message) > MAX_MESSAGE:
        raise Invalid(f"ssh-agent: a text of this size cannot be signed ({len(message)} bytes)")
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as connection:
        connection.settimeout(timeout)
        try:
            connection.connect(path)
        except OSError as error:
            raise NotFound(
                f"ssh-agent: nothing answers at {path} ({error.strerror or error}); "
                'start one with: eval "$(ssh-agent)"'
            ) from None
        try:
            connection.sendall(message)
            length = int.from_bytes(_receive(connection, 4), "big")
            if not 1 <= length <= MAX_MESSAGE:
                raise Invalid(f"ssh-agent: announced an answer of {length} bytes; not an agent?")
            answer = _receive(connection, length)
        except TimeoutError:
            raise Unverified(f"ssh-agent: no answer within {timeout:g} seconds; retry") from None
        except OSError as error:
            raise Invalid(f"ssh-agent: the connection broke ({error.strerror or error})") from None
    return answer[0], answer[1:]


def _receive(connection: socket.socket, length: int) -> bytes:
    received = bytearray()
    while len(received) < length:
        part = connection.recv(length - len(received))
        if not part:
            raise Invalid("ssh-agent: hung up before its answer was complete; not an agent?")
        received += part
    return bytes(received)


def _printable(comment: bytes) -> str:
    # A comment is shown on terminals: no escape sequence may pass.
    text = comment.decode(errors="replace")
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
