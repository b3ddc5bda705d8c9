"""A disclosure: [salt, field, value] as RFC 9901 (SD-JWT) section 4.2 writes it, and its digest.

The salt has 128 random bits and is never used again: without it, a digest tells nothing even of a
value of which there are only a few, such as a year of birth.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode

import orjson

from domain.errors import Invalid


def disclose(field: str, value: str) -> str:
    """A fresh disclosure in its base64url form, as it is handed to whoever may know the value."""
    salt = urlsafe_b64encode(secrets.token_bytes(16)).rstrip(b"=").decode()
    return urlsafe_b64encode(orjson.dumps([salt, field, value])).rstrip(b"=").decode()


def digest_of(disclosure: str) -> str:
    """The digest that an event holds: base64url SHA-256 of the disclosure's ASCII (RFC 9901)."""
    return urlsafe_b64encode(hashlib.sha256(disclosure.encode()).digest()).rstrip(b"=").decode()


def read_disclosure(disclosure: str) -> tuple[str, str]:
    """The field and the value of a disclosure; raises Invalid, which repeats nothing of it."""
    try:
        raw = urlsafe_b64decode(disclosure + "=" * (-len(disclosure) % 4))
        # The decoder overlooks stray letters and bits, and the parser takes UTF-16.
        if urlsafe_b64encode(raw).rstrip(b"=").decode() != disclosure:
            raise ValueError
        array = json.loads(raw.decode())
        if type(array) is not list:
            raise ValueError
        salt, field, value = array
        "".join((salt, field, value)).encode()  # nor is half a letter any text
    except (ValueError, TypeError, RecursionError):
        raise Invalid("not a disclosure: it must be base64url of [salt, field, value]") from None
    return field, value
