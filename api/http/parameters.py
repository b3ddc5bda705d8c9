"""Query parameters are known ones, and each is given once: none is ever passed over in silence."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from fastapi import Depends, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict

REPEATABLE = frozenset({"where", "by", "publisher"})


class Nothing(BaseModel):
    """The parameters of a route that takes none."""

    model_config = ConfigDict(extra="forbid")


def _nothing(asked: Annotated[Nothing, Query()]) -> None:
    """For routes that do not look at their parameters."""


def _once(request: Request) -> None:
    """Of a parameter given twice the framework takes the last and says nothing of the first."""
    given = Counter(name for name, _ in request.query_params.multi_items())
    for name, times in given.items():
        if times > 1 and name not in REPEATABLE:
            raise RequestValidationError(
                [{"type": "repeated", "loc": ("query", name), "msg": f"given {times} times"}]
            )


NO_PARAMETERS = Depends(_nothing)
EACH_ONCE = Depends(_once)
