"""A file encrypted for one recipient: a NaCl sealed box, which only her private key opens.

sijill/disclosure-box/v1 <base64 X25519 public key of the recipient>
<the box: X25519, XSalsa20-Poly1305 under an ephemeral key that nobody keeps>
"""

from __future__ import annotations

from base64 import b64encode
from binascii import a2b_base64

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from domain.errors import Invalid, Unverified

BOX_KIND = b"sijill/disclosure-box/v1"


def read_recipient(text: str) -> PublicKey:
    """A recipient's public key, 32 bytes in base64; raises Invalid."""
    try:
        raw = a2b_base64(text.encode("ascii"), strict_mode=True)
    except ValueError:
        raw = b""
    if len(raw) != PublicKey.SIZE or b64encode(raw).decode() != text:
        raise Invalid(
            "a recipient's key is 32 bytes in base64, as `sijill recipient` prints it (44 "
            "characters)"
        )
    return PublicKey(raw)


def box(raw: bytes, recipient: PublicKey) -> bytes:
    """Encrypt a file for its recipient; raises Invalid for a key that hides nothing."""
    try:
        sealed = SealedBox(recipient).encrypt(raw)
    except CryptoError:
        raise Invalid("this key is not one that a recipient can have") from None
    return b"%b %b\n%b" % (BOX_KIND, b64encode(bytes(recipient)), sealed)


def is_box(raw: bytes) -> bool:
    return raw.startswith(BOX_KIND + b" ")


def open_box(raw: bytes, private: PrivateKey) -> bytes:
    """The file in a box; raises Unverified when it is for another key, or was changed."""
    head, _, sealed = raw.partition(b"\n")
    named = head.removeprefix(BOX_KIND + b" ")
    ours = b64encode(bytes(private.public_key))
    if named != ours:
        raise Unverified(
            f"the file is encrypted for the key {named[:60].decode('ascii', 'replace')}, not for "
            f"{ours.decode()}"
        )
    try:
        return SealedBox(private).decrypt(sealed)
    except (CryptoError, ValueError, TypeError):
        raise Unverified("the file was changed, or is cut short: ask for it again") from None
