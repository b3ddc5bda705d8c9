"""Recording by questions at the terminal: one for each field; an empty answer leaves it unknown."""

from __future__ import annotations

from typing import Any

from api.cli.session import ask
from api.document import Document, quantity, stated_value
from api.record import read_record
from domain.kinds import HELD, of_kind
from domain.rules import Rules

_OF_CLAIM = (
    ("sex", "sex"),
    ("age_group", "age-group"),
    ("status", "status"),
    ("profession", "profession"),
    ("cause", "cause"),
    ("weapon", "weapon"),
    ("origin", "governorate"),
)
_OF_INCIDENT = (("cause", "cause"), ("weapon", "weapon"))
_OF_ESTIMATE = (
    ("measure", "measure"),
    ("category", "category"),
    ("population", "population"),
    ("unit", "unit"),
    ("qualifier", "qualifier"),
    ("grade", "estimate-basis"),
    ("party", "party"),
)
_EDTF = "EDTF, such as 2020-03-05 or 2018-07/2020-03-19"


def interview(kind: str, rules: Rules) -> Document:
    """A claim, an incident or a stated figure by questions."""
    table = {"claim": _claim, "incident": _incident, "estimate": _estimate}[kind](rules)
    return Document([read_record(kind, table, "answers")])


def _claim(rules: Rules) -> dict[str, Any]:
    kind = _term("kind", "claim-kind", rules, "killing")
    table: dict[str, Any] = {"kind": kind}
    carried = of_kind(kind).fields
    for field, vocabulary in _OF_CLAIM:
        if field not in ("cause", "weapon") or field in carried:
            _put(table, field, _term(field, vocabulary, rules))
    for field in ("happened_on", "documented_on"):
        _put(table, field, _answer(f"{field} ({_EDTF})"))
    _put(table, "place", _place(rules))
    _put(table, "attribution", _attribution(rules))
    # Most deaths have no custody that is known of: it is asked where it is what happened.
    if kind in HELD:
        _put(table, "custody", _custody(rules))
    table["person"] = {
        field: answer
        for field in ("name", "name_latin", "date_of_birth")
        if (answer := _answer(f"{field} (sealed)"))
    }
    table["sources"] = [{"kind": _term("source", "source-kind", rules, "witness")}]
    return table


def _custody(rules: Rules) -> dict[str, str]:
    found: dict[str, str] = {}
    _put(found, "status", _term("custody status", "custody-status", rules))
    _put(found, "party", _term("held by", "party", rules))
    _put(found, "place", _answer("public name of the place of custody"))
    for field in ("last_seen", "released_on"):
        _put(found, field, _answer(f"{field} ({_EDTF})"))
    return found


def _incident(rules: Rules) -> dict[str, Any]:
    table: dict[str, Any] = {"kind": _term("kind", "incident-kind", rules, "attack")}
    _put(table, "happened_on", _answer(f"happened_on ({_EDTF})"))
    _put(table, "time", _answer("local time, in words"))
    _put(table, "place", _place(rules))
    _put(table, "attribution", _attribution(rules))
    for field, vocabulary in _OF_INCIDENT:
        _put(table, field, _term(field, vocabulary, rules))
    for field, vocabulary in (("control", "party"), ("facilities", "facility")):
        terms = ", ".join(rules.vocabulary(vocabulary))
        if words := _answer(f"{field}, separated by spaces ({terms})"):
            table[field] = words.split()
    for field in ("injured", "munitions"):
        if words := _answer(f"{field} (a number, or at-least:19)"):
            table[field] = quantity(words, field)
    narrative = {
        language: words
        for language in ("en", "ar")
        if (words := _answer(f"narrative, {language} (public words, no names of persons)"))
    }
    _put(table, "narrative", narrative)
    return table


def _estimate(rules: Rules) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for field, question in (
        ("publisher", "publisher"),
        ("publication", "publication"),
        ("ref", "number of the figure in it"),
        ("label", "what is counted, in words"),
    ):
        _put(table, field, _answer(question))
    for field, vocabulary in _OF_ESTIMATE:
        _put(table, field, _term(field, vocabulary, rules))
    table["value"] = stated_value(_answer("value (a number, or LOW/BEST/HIGH)"))
    _put(table, "period", _answer(f"period ({_EDTF})"))
    _put(table, "basis", _answer("basis (documented, happened)"))
    _put(table, "place", _place(rules))
    _put(table, "quote", _answer("the sentence it stands in"))
    return table


def _place(rules: Rules) -> dict[str, str]:
    governorate = _answer("governorate of the place (SY01 to SY14)")
    if not governorate:
        return {}
    place = {"governorate": governorate}
    _put(place, "district", _answer(f"district of the place ({_districts(rules, governorate)})"))
    _put(place, "name", _answer("public name of the place"))
    return place


def _attribution(rules: Rules) -> dict[str, Any]:
    mode = _term("attribution", "attribution-mode", rules)
    if not mode:
        return {}
    parties = _answer(f"parties, separated by spaces ({', '.join(rules.vocabulary('party'))})")
    return {"mode": mode, "parties": parties.split()}


def _put(table: dict[str, Any], field: str, answer: Any) -> None:
    if answer:
        table[field] = answer


def _term(field: str, vocabulary: str, rules: Rules, default: str = "") -> str:
    return _answer(f"{field} ({', '.join(rules.vocabulary(vocabulary))})", default)


def _districts(rules: Rules, governorate: str) -> str:
    """The districts of a governorate, as a question names them."""
    return ", ".join(
        f"{code} {one.en}"
        for code, one in rules.vocabulary("district").items()
        if one.parent == governorate
    )


def _answer(question: str, default: str = "") -> str:
    return ask(question, default=default, show_default=bool(default)).strip()
