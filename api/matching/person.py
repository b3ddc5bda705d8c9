"""What is compared of a claim: what its events say in public, and what the vault holds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from api.matching.names import Name, read_name
from domain.claim import Claim
from domain.dates import Dates, parse_dates
from domain.errors import Invalid
from domain.facets import UNKNOWN
from domain.kinds import DEATHS, HELD


class Person(NamedTuple):
    """The person of one claim, as far as known; never printed, see `__repr__`.

    `number` is the log index of the claim's first event, `lists` are the publications it cites.
    """

    claim: str
    number: int
    kind: str
    name: Name
    national_id: str | None
    born: Dates | None
    happened: Dates | None
    governorate: str | None
    place: str | None
    sex: str | None
    age_group: str | None
    lists: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Person({self.claim})"


def read_person(stream: str, claim: Claim, sealed: Mapping[str, str]) -> Person:
    """A claim with its sealed fields in clear; what cannot be read of them counts as unknown."""
    place = claim.place
    return Person(
        claim=stream,
        number=claim.recorder.log_index,
        # A killing and a torture death of one person are one death.
        # What can be one claim is compared as one kind (domain.kinds.can_be_one).
        kind=next((group[0] for group in (DEATHS, HELD) if claim.kind in group), claim.kind),
        name=read_name(sealed.get("name", ""), sealed.get("name_latin", "")),
        national_id=re.sub(r"\W", "", sealed.get("national_id", "")).casefold() or None,
        born=_dates(sealed.get("date_of_birth")),
        happened=_dates(claim.happened_on),
        governorate=None if place is None else place.governorate,
        place=None if place is None else place.name,
        sex=_known(claim.sex),
        age_group=_known(claim.age_group),
        lists=tuple(source.published for source in claim.sources if source.published),
    )


def _known(value: str) -> str | None:
    return None if value == UNKNOWN else value


def _dates(text: str | None) -> Dates | None:
    """The date, or None: a date of birth was sealed unread and may be any words."""
    if text is None:
        return None
    try:
        return parse_dates(text.strip())
    except Invalid:
        return None
