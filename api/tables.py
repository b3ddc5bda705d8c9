"""Answers as tables for people: identifiers become words, and nothing is computed here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from domain.claim import Claim
from domain.facets import FACETS, UNKNOWN
from domain.fields import Place, Source
from domain.outcome import NO_OUTCOME
from domain.rules import Rules

Answer = Mapping[str, Any]
Value = str | int

_SHORT = 8  # characters of a stream's uuid that people type


class Table(NamedTuple):
    """`numeric` names the columns that are set to the right; `note` is one line below."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    numeric: frozenset[str] = frozenset()
    note: str = ""


_MOST_RANGES = 6  # of log indexes in a cell


def massacres_table(answer: Answer, rules: Rules) -> Table:
    numbers = ("deaths", "children", "women", "boys", "girls")
    rows = tuple(
        (
            short(one["incident"]),
            one["happened"] or UNKNOWN,
            _place(rules, one["governorate"], one["place"]),
            rules.label("party", one["party"]),
            rules.label("cause", one["cause"]),
            *(one[number] for number in numbers),
        )
        for one in answer["massacres"]
    )
    return Table(
        answer["sentence"]["en"],
        ("incident", "happened", "place", "party", "cause", *numbers),
        rows,
        frozenset(numbers),
        f"{answer['total']} incidents in which at least {answer['threshold']} were killed, "
        f"{answer['deaths']} deaths; {state_words(answer)}",
    )


def claims_table(answer: Answer, rules: Rules) -> Table:
    rows = tuple(
        (
            one["id"].partition("/")[2],
            rules.label("claim-kind", one["kind"]),
            f"{one['age-group']} {one['sex']}",
            one["status"],
            facet_words(rules, "party", one["party"]),
            facet_words(rules, "governorate", one["governorate"]),
            one["documented"] or UNKNOWN,
            one["happened"] or UNKNOWN,
            one["review"],
            one["standing"] + ("" if one["outcome"] == NO_OUTCOME else f", {one['outcome']}"),
        )
        for one in answer["claims"]
    )
    more = f"; more: --after {answer['next']}" if answer["next"] else ""
    return Table(
        "Claims",
        (
            "claim",
            "kind",
            "who",
            "status",
            "party",
            "governorate",
            "documented",
            "happened",
            "review",
            "standing",
        ),
        rows,
        note=state_words(answer) + more,
    )


def thing_table(answer: Answer) -> Table:
    rows = tuple((name.replace("_", " "), _words(value)) for name, value in _flat(answer["state"]))
    return Table(
        answer["id"],
        ("field", "value"),
        (
            *rows,
            ("version", answer["version"]),
            ("last event", f"index {answer['index']}, signed by {answer['author']}"),
        ),
        note=state_words(answer),
    )


def history_table(answer: Answer) -> Table:
    rows = tuple(
        (
            event["index"],
            event["received"][:19] + _existed(event),
            event["author"],
            event["type"],
            event["change"],
            ": ".join(filter(None, (event["reason_code"], event["reason"]))),
            ("holds" if event["signature_holds"] else "DOES NOT HOLD")
            + (", key suspect" if event["suspect"] else ""),
        )
        for event in answer["events"]
    )
    return Table(
        f"History of {answer['id']}",
        ("index", "received", "author", "event", "change", "why", "signature"),
        rows,
        frozenset({"index"}),
        state_words(answer),
    )


def trace_table(answer: Answer, rules: Rules) -> Table:
    """One row for each step; a run of events that each add one member by one author is one row."""
    by = answer["definition"]["by"]
    rows: list[tuple[Value, ...]] = []
    for _, group in groupby(answer["steps"], key=_run):
        steps = list(group)
        first, last = steps[0], steps[-1]
        alone = len(steps) == 1
        index = str(first["index"]) if alone else f"{first['index']}–{last['index']}"
        what = _happened(rules, by, first) if alone else f"{len(steps)} × {first['type']}"
        rows.append(
            (
                index,
                last["received"][:19],
                ", ".join(sorted({step["holder"] for step in steps})),
                short(first["member"]) if alone else f"{len(steps)} claims",
                what,
                f"{sum(step['change'] for step in steps):+d}",
                last["value"],
            )
        )
    sound = all(step["signature_holds"] for step in answer["steps"])
    return Table(
        f"{answer['sentence']['en']}: {answer['value']}",
        ("index", "received", "author", "claim", "event", "change", "value"),
        tuple(rows),
        frozenset({"change", "value"}),
        f"{'every signature holds' if sound else 'A SIGNATURE DOES NOT HOLD'}; "
        + state_words(answer),
    )


def release_table(answer: Answer) -> Table:
    """One row for each kind of change between two releases of a list."""
    rows = tuple(
        (
            step["change"],
            step["field"] or ("in any field" if step["change"] == "changed" else ""),
            step["claims"],
            step["events"],
            _ranges(step["indexes"]),
        )
        for step in answer["steps"]
    )
    start = "the release before" if answer["from"] is None else answer["from"]
    known = "; ".join(
        f"{one['release']} up to index {one['last_index']}" for one in answer["releases"]
    )
    return Table(
        f"List {answer['list']}: from {start} to {answer['to']}",
        ("change", "field", "claims", "events", "log indexes"),
        rows,
        frozenset({"claims", "events"}),
        f"releases in the log: {known}; {state_words(answer)}",
    )


def _ranges(indexes: list[list[int]]) -> str:
    """The first ranges; CSV and JSON have every one."""
    shown = [f"{a}" if a == b else f"{a}–{b}" for a, b in indexes[:_MOST_RANGES]]
    more = len(indexes) - _MOST_RANGES
    return ", ".join(shown) + (f" and {more:,} more ranges" if more > 0 else "")


def reconciliation_tables(answer: Answer, rules: Rules) -> list[Table]:
    """The figures beside the claims, every two of a subject, and what one publication breaks."""
    figures = {one["id"]: one for one in answer["figures"]}
    columns = (
        *("ref", "publisher", "what", "of whom", "period and basis", "grade"),
        *("low", "best", "high", "claims", "beside the claims"),
    )
    stated = Table(
        "Stated figures beside what the claims add up to",
        columns,
        tuple(_stated_row(one, rules) for one in figures.values()),
        frozenset({"low", "best", "high", "claims"}),
        f"period and the basis it is counted by; low and high as stated, an open end is –; "
        f"{state_words(answer)}",
    )
    pairs = tuple(
        (
            _subject_words(one, rules),
            *(_named(figures[pair[side]], rules) for side in ("left", "right")),
            f"{pair['difference']:+d}",
            verdict_words(pair),
        )
        for one in answer["subjects"]
        for pair in one["pairs"]
    )
    beside = Table(
        "Figures of different publications beside one another",
        ("what", "one", "other", "difference", "verdict"),
        pairs,
        frozenset({"difference"}),
    )
    told = [one for one in answer["findings"] if not one["holds"] or one["residual"]]
    findings = Table(
        "Within a publication: what cannot both be true, and what is in no row",
        ("finding", "rule", "verdict"),
        tuple(
            (one["sentence"], one["rule"], "contradiction" if not one["holds"] else "residual")
            for one in told
        ),
        note=f"{sum(one['holds'] for one in answer['findings'])} of {len(answer['findings'])} "
        "checks hold",
    )
    return [table for table in (stated, beside, findings) if table.rows or table is stated]


def _stated_row(one: Answer, rules: Rules) -> tuple[Value, ...]:
    claims = one["claims"]
    return (
        one["ref"],
        one["publisher"],
        one["label"],
        rules.label("population", one["population"]).lower(),
        f"{one['period'] or UNKNOWN}, {one['basis'] or UNKNOWN}",
        rules.label("estimate-basis", one["grade"]).lower(),
        one["least"] or ("–" if one["best"] else 0),
        _qualified(one, rules),
        "–" if one["most"] is None else one["most"],
        "" if claims["counted"] is None else claims["counted"],
        claims["why_not"] if claims["counted"] is None else verdict_words(claims),
    )


def _qualified(one: Answer, rules: Rules) -> str:
    words = str(one["best"])
    if one["qualifier"] == "exact":
        return words
    return f"{rules.label('qualifier', one['qualifier']).lower()} {words}"


def _subject_words(one: Answer, rules: Rules) -> str:
    words = [rules.label("measure", one["measure"])]
    if one["category"] != "total":
        words.append(rules.label("category", one["category"]).lower())
    if one["party"] is not None:
        words.append(rules.label("party", one["party"]))
    return ", ".join(words)


def _named(one: Answer, rules: Rules) -> str:
    return (
        f"{one['ref']} {one['publisher']}: {_qualified(one, rules)} in {one['period'] or UNKNOWN}"
    )


def verdict_words(compared: Answer) -> str:
    """The verdict of a comparison in words, with what keeps it from being one."""
    words: str = compared["verdict"].replace("-", " ")
    if compared["verdict"] == "differ":
        words += f" by {abs(compared['difference'])}"
        if compared["differs"]:
            return f"{words}: a part exceeds its whole"
    return f"{words}: {', '.join(compared['differs'])}" if compared["differs"] else words


def duplicates_table(answer: Answer, names: Mapping[str, str] | None = None) -> Table:
    """`names` are shown where they are given: by claim, in clear."""
    rows = []
    for one in answer["pairs"]:
        row: tuple[Value, ...] = (probability(one["probability"]), *map(short, one["claims"]))
        row += tuple(names[claim] for claim in one["claims"]) if names is not None else ()
        rows.append((*row, "; ".join(reason["words"] for reason in one["reasons"])))
    shown = () if names is None else ("name", "other name")
    notes = [f"{answer['compared']} claims compared"]
    if answer["more"]:
        notes.append(f"{answer['more']} more pairs: raise --limit")
    if answer["apart"]:
        notes.append(f"{answer['apart']} pairs left out that a reviewer found to be two persons")
    return Table(
        "Claims that may be of one person",
        ("probability", "claim", "other claim", *shown, "because"),
        tuple(rows),
        frozenset({"probability"}),
        "; ".join((*notes, state_words(answer))),
    )


def pair_table(
    title: str, heads: Sequence[str], claims: Sequence[Claim], rules: Rules, names: Sequence[str]
) -> Table:
    """Claims side by side, as a reviewer has to see them; `names` only where they may be shown."""
    rows: list[tuple[Value, ...]] = [("name", *names)] if names else []
    rows += [
        ("kind", *(rules.label("claim-kind", claim.kind) for claim in claims)),
        ("who", *(f"{claim.age_group} {claim.sex}, {claim.status}" for claim in claims)),
        ("happened", *(claim.happened_on or UNKNOWN for claim in claims)),
        ("documented", *(claim.documented_on or UNKNOWN for claim in claims)),
        ("place", *(_where(rules, claim.place) for claim in claims)),
        ("origin", *(facet_words(rules, "origin", claim.origin or UNKNOWN) for claim in claims)),
        ("cause", *(rules.label("cause", claim.cause) for claim in claims)),
        ("attribution", *(_words(claim.attribution.to_json()) for claim in claims)),
        ("sources", *("; ".join(map(_source, claim.sources)) for claim in claims)),
        ("review", *(claim.review for claim in claims)),
    ]
    return Table(title, ("", *heads), tuple(rows))


def _where(rules: Rules, place: Place | None) -> str:
    return UNKNOWN if place is None else _place(rules, place.governorate, place.name)


def _source(source: Source) -> str:
    return source.kind if source.published is None else f"{source.kind}: {source.published}"


def facet_words(rules: Rules, facet: str, value: str) -> str:
    vocabulary = FACETS[facet]
    return value if vocabulary is None else rules.label(vocabulary, value)


def probability(value: float) -> str:
    """Three digits, and never 1: no proposal is certain."""
    return f"{value:.3f}" if value < 0.9995 else "> 0.999"


def short(stream: str) -> str:
    """The first characters of a stream's uuid: enough to name it at the terminal."""
    return stream.partition("/")[2][:_SHORT]


def _run(step: Answer) -> tuple[object, ...]:
    joins = step["type"] == "ClaimRecorded"
    return (step["type"],) if joins else (step["index"], step["member"])


def _happened(rules: Rules, by: Sequence[str], step: Answer) -> str:
    words = [f"{step['type']}: {step['what']}", step["reason"], _move(rules, by, step)]
    return " · ".join(filter(None, words))


def _move(rules: Rules, by: Sequence[str], step: Answer) -> str:
    def row(values: Sequence[str]) -> str:
        return ", ".join(
            facet_words(rules, facet, value) for facet, value in zip(by, values, strict=True)
        )

    left, entered = step["left"], step["entered"]
    if not by:
        return ""
    if left is not None and entered is not None:
        return f"{row(left)} → {row(entered)}"
    return f"into {row(entered)}" if left is None else f"out of {row(left)}"


def _existed(event: Answer) -> str:
    return f", existed by {event['existed_by']}" if event["existed_by"] else ""


def _place(rules: Rules, governorate: str, place: str | None) -> str:
    words = facet_words(rules, "governorate", governorate)
    return words if place is None else f"{place}, {words}"


def state_words(answer: Answer) -> str:
    ledger = answer["ledger"]
    return f"ledger {ledger['origin']} at {ledger['size']} entries, root {ledger['root'][:12]}…"


def _flat(state: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    flat: list[tuple[str, Any]] = []
    for name, value in state.items():
        if isinstance(value, Mapping) and value and set(value) != {"sealed"}:
            flat += _flat(value, f"{prefix}{name} ")
        else:
            flat.append((prefix + name, value))
    return flat


def _words(value: Any) -> str:
    if value is None or value in ([], {}):
        return UNKNOWN if value is None else "none"
    if isinstance(value, Mapping):
        if set(value) == {"sealed"}:
            return f"sealed {value['sealed'][:12]}…"
        return ", ".join(f"{name} {_words(member)}" for name, member in value.items())
    if isinstance(value, list):
        return "; ".join(_words(member) for member in value)
    return str(value)
