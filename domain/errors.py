"""The one error tree: callers catch by meaning, people read the message.

Every message names the thing, the place and the remedy. None carries a sealed value.
"""

from __future__ import annotations


class SijillError(Exception):
    """Anything this project refuses or reports; `str()` is meant for a person."""


class Invalid(SijillError, ValueError):
    """Bytes or text that do not have the format they claim."""


class Unverified(SijillError, ValueError):
    """A signature or a proof that does not hold; says what and which."""


class Damaged(SijillError):
    """Stored data that contradicts itself: somebody or something changed it."""


class NotFound(SijillError):
    """A name or an index that is not in the ledger."""


class Rejected(SijillError):
    """An event that the ledger refuses; nothing was stored.

    `rule` is the stable kebab-case name of the rule, `where` the member or line it is about.
    """

    def __init__(self, rule: str, message: str, *, where: str = "") -> None:
        super().__init__(message)
        self.rule = rule
        self.where = where

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        return f"{self.rule}{place}: {super().__str__()}"


class Conflict(Rejected):
    """Another event took this place in the stream first.

    Carries what the author needs to look again and sign anew: the stream's current version,
    and the name of the key that signed it.
    """

    def __init__(self, message: str, *, version: int, signed_by: str, where: str = "") -> None:
        super().__init__("version-taken", message, where=where)
        self.version = version
        self.signed_by = signed_by
