"""A claim: one documented violation against one person, as it stands after the events so far.

Every field may be unknown, and unknown is said, never guessed. What the organisation judged of the
claim (grade, merge, retraction) is kept beside what was recorded. `claim_events.py` has its life.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NamedTuple

from domain.attribution import Attribution, read_attribution
from domain.dates import parse_dates
from domain.errors import Rejected
from domain.fields import (
    UUID4,
    Place,
    Sealed,
    Shape,
    Source,
    edtf,
    list_of,
    malformed,
    matching,
    nullable,
    person,
    place,
    source,
    term,
    text,
)
from domain.kinds import HELD
from domain.life import Author
from domain.outcome import Outcome, began_on
from domain.rules import Rules

# The calendar of Python ends there; an entry may say that it came on the last day of all.
_LAST_BUT_ONE = date.max - timedelta(days=1)

INCIDENT_STREAM = nullable(matching(rf"incident/{UUID4}", "incident/<uuid>, or null"))


class Custody(NamedTuple):
    """Arrest and what became of it: EDTF texts, a custody-status, the party that holds or held."""

    status: str | None = None
    party: str | None = None
    place: str | None = None
    detained_on: str | None = None
    last_seen: str | None = None
    released_on: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {name: value for name, value in self._asdict().items() if value is not None}


class Claim(NamedTuple):
    """The claim as it stands. Dates are EDTF texts, None is unknown.

    `erased`: its digests open nothing any more, what was sealed is gone for good.
    `outcome` is the claim that tells what became of the person (domain/outcome.py).
    """

    kind: str
    sex: str
    age_group: str
    status: str
    profession: str
    cause: str
    weapon: str
    control: tuple[str, ...]
    happened_on: str | None
    documented_on: str | None
    place: Place | None
    origin: str | None
    attribution: Attribution
    incident: str | None
    custody: Custody | None
    sources: tuple[Source, ...]
    person: tuple[Sealed, ...]
    review: str
    standing: str
    merged_into: str | None
    recorder: Author
    challenges: int
    erased: bool
    outcome: Outcome | None = None

    @property
    def began_on(self) -> str | None:
        """When the violation began; of a person held, the arrest."""
        detained_on = None if self.custody is None else self.custody.detained_on
        return began_on(self.kind, self.happened_on, detained_on)


class ClaimRecorded(NamedTuple):
    kind: str
    sex: str
    age_group: str
    status: str
    profession: str
    cause: str
    weapon: str
    control: tuple[str, ...]
    happened_on: str | None
    documented_on: str | None
    place: Place | None
    origin: str | None
    attribution: Attribution
    incident: str | None
    custody: Custody | None
    sources: tuple[Source, ...]
    person: tuple[Sealed, ...]


_custody: Shape[Custody] = Shape(
    Custody,
    {
        "status": term("custody-status"),
        "party": term("party"),
        "place": text(200),
        "detained_on": edtf,
        "last_seen": edtf,
        "released_on": edtf,
    },
    frozenset({"status", "party", "place", "detained_on", "last_seen", "released_on"}),
)


def read_custody(value: Any, where: str, rules: Rules) -> Custody:
    if type(value) is not dict:
        raise malformed(where, "must be an object")
    return _custody.read(value, where, rules)


CLAIM_RECORDED: Shape[ClaimRecorded] = Shape(
    ClaimRecorded,
    {
        "kind": term("claim-kind"),
        "sex": term("sex"),
        "age_group": term("age-group"),
        "status": term("status"),
        "profession": term("profession"),
        "cause": term("cause"),
        "weapon": term("weapon"),
        "control": list_of(term("party")),
        "happened_on": nullable(edtf),
        "documented_on": nullable(edtf),
        "place": nullable(place),
        "origin": nullable(term("governorate")),
        "attribution": read_attribution,
        "incident": INCIDENT_STREAM,
        "custody": nullable(read_custody),
        "sources": list_of(source, least=1),
        "person": person,
    },
    frozenset(),
)


def check_dates(
    happened: str | None, documented: str | None, custody: Custody | None, received: str
) -> None:
    """No date after the ledger received it, none documented before it can have happened."""
    # A day of grace: it is already tomorrow in Damascus when it is still today in UTC.
    latest = (min(date.fromisoformat(received[:10]), _LAST_BUT_ONE) + timedelta(days=1)).isoformat()
    held = custody or Custody()
    for name, edtf_text in (
        ("happened_on", happened),
        ("documented_on", documented),
        ("custody.detained_on", held.detained_on),
        ("custody.last_seen", held.last_seen),
        ("custody.released_on", held.released_on),
    ):
        if edtf_text is not None and parse_dates(edtf_text).first > latest:
            raise Rejected(
                "impossible-date",
                f"{edtf_text} lies after {received[:10]}, when it came",
                where=name,
            )
    if happened and documented and parse_dates(documented).last < parse_dates(happened).first:
        raise Rejected(
            "documented-before-happened",
            f"documented {documented}, but it cannot have happened before {happened}",
            where="documented_on",
        )
    if not held.detained_on or not held.released_on:
        return
    if parse_dates(held.released_on).last < parse_dates(held.detained_on).first:
        raise Rejected(
            "released-before-detained",
            f"released {held.released_on}, but detained {held.detained_on}",
            where="custody.released_on",
        )


def check_custody(kind: str, happened: str | None, custody: Custody | None) -> None:
    """Of a person held, `happened_on` is the arrest; whatever else happened did so after it."""
    if custody is None or happened is None:
        return
    when = parse_dates(happened)
    detained = None if custody.detained_on is None else parse_dates(custody.detained_on)
    if kind not in HELD:
        if detained is not None and when.last < detained.first:
            raise Rejected(
                "before-custody",
                f"happened {happened} in custody, but detained {custody.detained_on}",
                where="custody.detained_on",
            )
        return
    if detained is not None and not detained.touches(when):
        raise Rejected(
            "two-arrests",
            f"arrested {happened} and detained {custody.detained_on}: a second arrest of the "
            "person is a claim of its own",
            where="custody.detained_on",
        )
    if custody.released_on is not None and parse_dates(custody.released_on).last < when.first:
        raise Rejected(
            "released-before-detained",
            f"released {custody.released_on}, but arrested {happened}",
            where="custody.released_on",
        )
