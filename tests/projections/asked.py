"""Definitions drawn from all that can be asked: measures, filters, groupings, periods and rules."""

from hypothesis import strategies as st

from domain.errors import Invalid
from domain.facets import FACETS
from domain.figure import EQUAL, STRADDLINGS, define
from domain.measures import ESTIMATES, measure_of, measures
from domain.parties import JOINTS
from domain.rules import read_rules, shipped_document

MEASURES = sorted(measures(read_rules(shipped_document())))

asked = st.fixed_dictionaries(
    {
        "where": st.fixed_dictionaries(
            {},
            optional={
                "status": st.just(["civilian"]),
                "sex": st.just(["female", "unknown"]),
                "party": st.sampled_from([["russian-forces"], ["hayat-tahrir-al-sham"]]),
                "party-group": st.just(["russian-forces", "extremist-islamist-groups"]),
                "category": st.just(["women", "girls", "boys"]),
                "month": st.just(["2020-03"]),
                "stated-measure": st.sampled_from([["displaced"], ["deaths", "displaced"]]),
                "stated-category": st.just(["abroad", "inside-the-country"]),
                "stated-party": st.just(["russian-forces", "unknown"]),
                "publication": st.just(["A report, the first"]),
                "district": st.just(["SY0703", "unknown"]),
                "origin": st.just(["SY07", "SY12"]),
                "confidence": st.just(["likely"]),
                "review": st.sampled_from([["verified"], ["reported"], ["reported", "verified"]]),
            },
        ),
        "by": st.lists(st.sampled_from(sorted(FACETS)), max_size=3, unique=True),
        "basis": st.sampled_from(["documented", "happened"]),
        "period": st.sampled_from([None, "2020-03", "2020", "2020-02/2020-03-15", "../2020-03-05"]),
        "straddling": st.sampled_from((*STRADDLINGS, EQUAL)),
        "joint": st.sampled_from(JOINTS),
        "level": st.sampled_from([None, "party", "top", "2"]),
        "review": st.sampled_from(["reported", "corroborated", "verified"]),
        "on": st.sampled_from(["2020-02-28", "2020-03-05", "2020-03-31"]),
    }
)


def defined(rules, measure, wanted):
    """The definition of a measure, without what means nothing for it; None if nothing is left."""
    counted = measure_of(rules, measure)
    wanted = dict(wanted)
    if counted.stock:
        wanted["period"] = None
    else:
        del wanted["on"]
    if wanted["basis"] not in counted.bases:
        wanted["basis"] = counted.bases[0]
    if counted.of == ESTIMATES:
        wanted["where"] = wanted["where"] | {"unit": ["persons"]}
        wanted.pop("level", None)  # at the top, a filter on party would be of another name
    for _ in range(40):
        try:
            return define(rules, measure=measure, **wanted)
        except Invalid as error:
            _leave_out(wanted, str(error))
    raise AssertionError(wanted)


def _leave_out(wanted, refusal):
    """Without what is refused; whatever else is wrong with a definition is not expected."""
    word = refusal.split(" ", 1)[0].rstrip(":")
    if word == "facet":
        facet = refusal.split("'")[1]
        wanted["by"] = [one for one in wanted["by"] if one != facet]
        wanted["where"] = {one: v for one, v in wanted["where"].items() if one != facet}
    elif word in ("straddling", "joint", "level"):
        del wanted[word]
    elif word in ("party", "party-group"):
        del wanted["level"]
    elif word == "review":
        wanted["review"] = "reported"
    else:
        raise AssertionError(refusal)
