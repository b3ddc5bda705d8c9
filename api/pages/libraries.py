"""The libraries that pages need, which may be missing: said once, with what to install."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from domain.errors import Invalid

_LIBRARIES = ("fontTools", "segno", "typst", "vl_convert")


@contextmanager
def libraries() -> Iterator[None]:
    """Around what imports or uses them; raises Invalid, naming the extra, when one is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _LIBRARIES:
            raise
        raise Invalid(
            "making pages needs libraries that are not installed: pip install 'sijill[pages]'"
        ) from None
