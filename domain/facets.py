"""The facets of a claim or an incident: what tolls are filtered and grouped by, a word for each.

Every facet has a value for every claim, so rows of any grouping sum to the total: what is not
known stands in a row of its own. `unknown` is that row's name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from domain.claim import Claim
from domain.dates import parse_dates
from domain.rules import Rules

UNKNOWN = "unknown"

# facet -> the vocabulary that its values come from, or None where they are free (months, incidents)
FACETS: dict[str, str | None] = {
    "kind": "claim-kind",
    "party": "party",
    "party-group": "party",
    "governorate": "governorate",
    "district": "district",
    "origin": "governorate",
    "sex": "sex",
    "age-group": "age-group",
    "category": None,
    "status": "status",
    "profession": "profession",
    "cause": "cause",
    "weapon": "weapon",
    "review": "review",
    "mode": "attribution-mode",
    "confidence": "confidence",
    "source": "source-kind",
    "month": None,
    "incident": None,
    "incident-kind": "incident-kind",
    "stated-measure": "measure",
    "stated-category": "category",
    "stated-party": "party",
    "unit": "unit",
    "population": "population",
    "grade": "estimate-basis",
    "publisher": None,
    "publication": None,
}

# What an incident has of its own: massacres are grouped by these, and filtered by them as they
# stand for the incident; every other filter on massacres asks each of its deaths.
INCIDENT_FACETS = frozenset(
    {
        *("party", "party-group", "mode", "confidence", "governorate", "district", "cause"),
        *("weapon", "incident", "incident-kind"),
    }
)
# What a stated figure has of its own, beside its governorate; those in words of its publisher's own
# filter, and do not group.
_STATED = frozenset(
    {
        *("stated-measure", "stated-category", "stated-party", "unit", "population", "grade"),
        *("publisher", "publication"),
    }
)
ESTIMATE_FACETS = _STATED | {"governorate"}
FREE_TEXTS = frozenset({"publisher", "publication"})
# Every facet of a claim or of an incident.
EVENT_FACETS = FACETS.keys() - _STATED
CLAIM_FACETS = EVENT_FACETS - {"incident-kind"}
PARTY_FACETS = ("party", "party-group")

# From the least to the highest; what an event raises a claim to.
REVIEWS = ("reported", "corroborated", "verified")

# (age group, sex) -> category; women are adult females, children are under 18 at the time.
CATEGORIES = {
    ("adult", "male"): "men",
    ("adult", "female"): "women",
    ("child", "male"): "boys",
    ("child", "female"): "girls",
    ("child", "unknown"): "children-sex-unknown",
    ("adult", "unknown"): "adults-sex-unknown",
    ("unknown", "male"): "males-age-unknown",
    ("unknown", "female"): "females-age-unknown",
}
CHILDREN = frozenset({"boys", "girls", "children-sex-unknown"})


def category(age_group: str, sex: str) -> str:
    return CATEGORIES.get((age_group, sex), UNKNOWN)


def source_row(kinds: Iterable[str]) -> str:
    """The one row of a claim by the kinds of its sources: several are joined, `family+medical`."""
    return "+".join(sorted(set(kinds))) or UNKNOWN


def month_of(date: str | None) -> str:
    """`YYYY-MM` when the whole of an EDTF date lies in one month, else `unknown`."""
    if date is None:
        return UNKNOWN
    dates = parse_dates(date)
    return dates.first[:7] if dates.first[:7] == dates.last[:7] else UNKNOWN


def month_by(date: str | None, straddling: str) -> str:
    """The month of a date by the rule for those that straddle an edge (domain.figure)."""
    if date is None or straddling not in ("earliest", "latest"):
        return month_of(date)
    dates = parse_dates(date)
    return (dates.first if straddling == "earliest" else dates.last)[:7]


_READ: dict[str, Callable[[Claim, str, Rules], str]] = {
    "kind": lambda claim, basis, rules: claim.kind,
    "party": lambda claim, basis, rules: claim.attribution.row,
    "party-group": lambda claim, basis, rules: rules.group(claim.attribution.row),
    "governorate": lambda claim, basis, rules: (
        UNKNOWN if claim.place is None else claim.place.governorate
    ),
    "district": lambda claim, basis, rules: (
        UNKNOWN if claim.place is None else claim.place.district or UNKNOWN
    ),
    "origin": lambda claim, basis, rules: claim.origin or UNKNOWN,
    "sex": lambda claim, basis, rules: claim.sex,
    "age-group": lambda claim, basis, rules: claim.age_group,
    "category": lambda claim, basis, rules: category(claim.age_group, claim.sex),
    "status": lambda claim, basis, rules: claim.status,
    "profession": lambda claim, basis, rules: claim.profession,
    "cause": lambda claim, basis, rules: claim.cause,
    "weapon": lambda claim, basis, rules: claim.weapon,
    "review": lambda claim, basis, rules: claim.review,
    "mode": lambda claim, basis, rules: claim.attribution.mode,
    "confidence": lambda claim, basis, rules: claim.attribution.confidence or UNKNOWN,
    "source": lambda claim, basis, rules: source_row(one.kind for one in claim.sources),
    "month": lambda claim, basis, rules: month_of(
        claim.documented_on if basis == "documented" else claim.happened_on
    ),
    "incident": lambda claim, basis, rules: claim.incident or UNKNOWN,
}


def facet(claim: Claim, name: str, basis: str, rules: Rules) -> str:
    """The one value of a facet of a claim; `basis` says which date the month is of."""
    return _READ[name](claim, basis, rules)
