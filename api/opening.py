"""The opening of a report: what its hidden rows hide, for an auditor and nobody else.

    sijill/opening/v1
    <origin>/reports/<report>
    {"note":"<base64 text of the note that it would have>","row":"<its identity>","salt":"<base64>"}
    {"figure":"<name>","line":"<member line>","salt":"<base64>"}

A line for each hidden row and each hidden line, in the order of the figures. The salts come of a
secret that only the publisher's key can make, so that freezing again hides the same by the same.
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from functools import cached_property
from hashlib import sha256

from audit.hidden import OPENING
from domain import canonical
from ledger.signer import Signer


class Opening:
    """Salts for what is hidden, each kept with it until the opening is written."""

    def __init__(self, identity: str, publisher: Signer) -> None:
        self._identity, self._publisher = identity, publisher
        self._lines = [OPENING.encode(), identity.encode()]

    def row(self, identity: str, note: bytes) -> bytes:
        """The salt of a hidden row."""
        salt = self._salt(b"row\n" + note)
        # In base64: a text of several lines has none in canonical JSON.
        document = {"note": _base64(note), "row": identity, "salt": _base64(salt)}
        self._lines.append(canonical.dumps(document))
        return salt

    def line(self, figure: str, line: bytes) -> bytes:
        """The salt of a hidden line."""
        salt = self._salt(b"line\n" + figure.encode() + b"\n" + line)
        document = {"figure": figure, "line": line.decode(), "salt": _base64(salt)}
        self._lines.append(canonical.dumps(document))
        return salt

    def to_bytes(self) -> bytes:
        """The file; empty when nothing is hidden."""
        return b"\n".join([*self._lines, b""]) if len(self._lines) > 2 else b""

    def _salt(self, what: bytes) -> bytes:
        return hmac.digest(self._secret, what, "sha256")

    @cached_property
    def _secret(self) -> bytes:
        # An Ed25519 signature is always the same for the same text, and nobody else can make it.
        signed = self._publisher.sign(f"sijill/hiding/v1\n{self._identity}\n".encode())
        return sha256(b"sijill/hiding/v1\n" + signed.signature).digest()


def _base64(raw: bytes) -> str:
    return b64encode(raw).decode()
