"""The story of a claim, for the command line and HTTP: as JSON, and as tables for people."""

from __future__ import annotations

from typing import Any

from api.questions import Questions
from api.tables import Answer, Table, short
from domain.dates import parse_dates
from domain.errors import Invalid
from domain.facets import UNKNOWN
from domain.outcome import NO_OUTCOME
from domain.rules import Rules
from projections.story import Chapter, Moment, possible_days
from projections.story import story as tell

_WHAT = {
    "arrested": "arrested",
    "died": "died",
    "detained": "detained",
    "last-seen": "last seen",
    "released": "released",
    "documented": "documented",
}


def story(questions: Questions, name: str, at: str | None = None) -> dict[str, Any]:
    """Every claim of one person that is linked to this one, in order; sealed fields are left out.

    `moments` are what is dated, by the earliest day that it can have been; `events` are who signed
    what, in the order of the log; `contradictions` what cannot be right as it stands.
    """
    if not name.startswith("claim/"):
        raise Invalid(f"{name}: only claims have a story; name one of its claims")
    state = questions.as_of(at)
    told = tell(questions.registry, questions.ledger, name, state.size)
    return {
        "ledger": state.to_json(),
        "id": name,
        "claims": [_chapter(one) for one in told.chapters],
        "moments": [_moment(one) for one in told.moments],
        "contradictions": [one._asdict() for one in told.contradictions],
        "events": [{"claim": claim} | one.to_json() for claim, one in told.events],
        "more": told.more,
    }


def _chapter(chapter: Chapter) -> dict[str, Any]:
    claim = chapter.claim
    return {
        "id": chapter.id,
        "kind": claim.kind,
        "happened": claim.began_on,
        "documented": claim.documented_on,
        "sex": claim.sex,
        "age_group": claim.age_group,
        "status": claim.status,
        "profession": claim.profession,
        "cause": claim.cause,
        "place": None if claim.place is None else claim.place.to_json(),
        "origin": claim.origin,
        "attribution": claim.attribution.to_json(),
        "custody": None if claim.custody is None else claim.custody.to_json(),
        "incident": claim.incident,
        "review": claim.review,
        "standing": claim.standing,
        "merged_into": claim.merged_into,
        "challenges": claim.challenges,
        "outcome": None if claim.outcome is None else claim.outcome.to_json(),
        "ended": {"relation": chapter.ended.relation, "on": chapter.ended.on},
    }


def _moment(moment: Moment) -> dict[str, Any]:
    earliest, latest = possible_days(moment)
    return {
        "on": moment.on,
        "earliest": earliest,
        "latest": latest,
        "what": moment.what,
        "claim": moment.claim,
    }


def story_tables(answer: Answer, rules: Rules) -> list[Table]:
    """What happened in order, the claims that tell it, who signed what, and what cannot be."""
    kinds = {one["id"]: rules.label("claim-kind", one["kind"]) for one in answer["claims"]}
    ledger = answer["ledger"]
    state = f"ledger {ledger['origin']} at {ledger['size']} entries, root {ledger['root'][:12]}…"
    happened = Table(
        f"The story of {answer['id']}",
        ("when", "what", "told by"),
        tuple(
            (
                date_words(one["on"]),
                _WHAT.get(one["what"], kinds[one["claim"]].lower()),
                f"{kinds[one['claim']]} {short(one['claim'])}",
            )
            for one in answer["moments"]
        ),
    )
    claims = Table(
        "The claims that tell it",
        ("claim", "kind", "when", "where", "by whom", "custody", "what became of it", "standing"),
        tuple(_claim_row(one, kinds, rules) for one in answer["claims"]),
    )
    signed = Table(
        "Who signed what",
        ("index", "received", "author", "claim", "event", "change", "why", "signature"),
        tuple(_event_row(one) for one in answer["events"]),
        frozenset({"index"}),
        state + ("; more claims are linked than are shown" if answer["more"] else ""),
    )
    tables = [happened, claims, signed]
    if answer["contradictions"]:
        rows = tuple(
            (short(one["claim"]), short(one["later"]), one["words"])
            for one in answer["contradictions"]
        )
        tables.insert(2, Table("What cannot be as it stands", ("claim", "outcome", "why"), rows))
    return tables


def _claim_row(one: Answer, kinds: dict[str, str], rules: Rules) -> tuple[str, ...]:
    place = one["place"]
    where = UNKNOWN
    if place is not None:
        governorate = rules.label("governorate", place["governorate"])
        where = governorate if place["name"] is None else f"{place['name']}, {governorate}"
    by_whom = rules.label("attribution-mode", one["attribution"]["mode"])
    if one["attribution"]["parties"]:
        parties = " + ".join(rules.label("party", who) for who in one["attribution"]["parties"])
        by_whom = f"{parties} ({by_whom.lower()})"
    standing = one["review"] if one["standing"] == "open" else one["standing"]
    if one["challenges"]:
        standing += ", challenged"
    return (
        short(one["id"]),
        kinds[one["id"]],
        UNKNOWN if one["happened"] is None else date_words(one["happened"]),
        where,
        by_whom,
        _custody(one["custody"], rules),
        _became(one, kinds, rules),
        standing,
    )


def _custody(custody: Answer | None, rules: Rules) -> str:
    if custody is None:
        return ""
    words = []
    if "status" in custody:
        words.append(rules.label("custody-status", custody["status"]).lower())
    if "party" in custody:
        words.append(f"by {rules.label('party', custody['party'])}")
    if "place" in custody:
        words.append(f"in {custody['place']}")
    words += [
        f"{said} {date_words(custody[name])}"
        for name, said in (
            ("detained_on", "since"),
            ("last_seen", "last seen"),
            ("released_on", "released"),
        )
        if name in custody
    ]
    return ", ".join(words)


def _became(one: Answer, kinds: dict[str, str], rules: Rules) -> str:
    if one["standing"] == "merged":
        return f"the same as {short(one['merged_into'])}"
    relation, on = one["ended"]["relation"], one["ended"]["on"]
    if relation == NO_OUTCOME:
        return ""
    words = rules.label("outcome", relation).lower()
    if on is not None:
        words += f", {date_words(on)}"
    if one["outcome"] is not None:
        later = one["outcome"]["claim"]
        words += f": {kinds.get(later, 'claim').lower()} {short(later)}"
    return words


def _event_row(one: Answer) -> tuple[str | int, ...]:
    return (
        one["index"],
        one["received"][:19],
        one["holder"],
        short(one["claim"]),
        one["type"],
        one["change"],
        ": ".join(filter(None, (one["reason_code"], one["reason"]))),
        ("holds" if one["signature_holds"] else "DOES NOT HOLD")
        + (", key suspect" if one["suspect"] else ""),
    )


def date_words(text: str) -> str:
    """An EDTF date in words that say how sure it is: `between 2018-07 and 2020-03-19`."""
    start, slash, end = text.partition("/")
    if slash:
        if start in ("", ".."):
            return f"by {_point(end)}"
        if end in ("", ".."):
            return f"from {_point(start)} on"
        return f"between {_point(start)} and {_point(end)}"
    return _point(text)


_DOUBT = {"?": ", uncertain", "~": ", approximately", "%": ", uncertain and approximately"}
_SEASONS = {"21": "spring", "22": "summer", "23": "autumn", "24": "winter"}


def _point(text: str) -> str:
    doubt = _DOUBT.get(text[-1], "")
    point = text[:-1] if doubt else text
    if point[5:7] in _SEASONS:
        return f"{_SEASONS[point[5:7]]} {point[:4]}{doubt}"
    if "X" in point:
        dates = parse_dates(point)
        return f"some day from {dates.first} to {dates.last}{doubt}"
    return f"{point}{doubt}"
