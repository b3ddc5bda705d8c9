"""`sijill revise`: a new value for one field, and why; the old value is read from the log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from api.cli.recording import Keep, KeyName, SignOnly, finish
from api.cli.session import Session
from api.desk import REVISABLE, Desk
from api.document import quantity, stated_value
from api.record import read_parties
from domain.claim_events import CLASSIFICATION
from domain.errors import Invalid
from domain.fields import Place

Reason = Annotated[str, typer.Option("--reason", help="why, in words")]
ReasonCode = Annotated[str, typer.Option("--reason-code", help="why, as a term of the rules")]

_UNKNOWN = ("unknown", "none", "null")
_FIELDS = {
    "date": ("happened", "documented"),
    "place": ("death", "origin"),
    "classification": (*CLASSIFICATION, "age-group", "control", "facilities"),
    "quantity": ("injured", "munitions"),
}
_OPTIONS = {
    "attribution": ("mode", "party", "confidence"),
    "place": ("name", "district"),
    "custody": ("status", "party", "name", "detained-on", "last-seen", "released-on"),
    "narrative": ("en", "ar"),
}


def add_to(app: typer.Typer) -> None:
    app.command("revise", rich_help_panel="Documenting")(revise)


def revise(
    context: typer.Context,
    thing: Annotated[
        str,
        typer.Argument(
            metavar="CLAIM",
            help="a claim, or incident/ID, or estimate/ID; its first 8 characters do",
        ),
    ],
    what: Annotated[
        str,
        typer.Argument(
            help="date, attribution, place, classification, incident, custody; of an incident "
            "quantity, narrative; of an estimate value"
        ),
    ],
    key: KeyName,
    reason: Reason,
    values: Annotated[
        list[str] | None,
        typer.Argument(
            help="date: happened|documented DATE; place: death|origin GOVERNORATE; "
            "classification: FIELD VALUE; incident: INCIDENT; quantity: injured|munitions NUMBER "
            "or at-least:NUMBER; value: NUMBER or LOW/BEST/HIGH; unknown clears"
        ),
    ] = None,
    reason_code: ReasonCode = "new-evidence",
    mode: Annotated[str | None, typer.Option(help="attribution: its mode")] = None,
    party: Annotated[list[str] | None, typer.Option(help="attribution or custody: a party")] = None,
    confidence: Annotated[str | None, typer.Option(help="attribution: how firm")] = None,
    name: Annotated[
        str | None, typer.Option(help="place or custody: the public name of the place")
    ] = None,
    district: Annotated[
        str | None, typer.Option(help="place: its district, such as SY0703")
    ] = None,
    status: Annotated[str | None, typer.Option(help="custody: its status")] = None,
    detained_on: Annotated[str | None, typer.Option(help="custody: a date")] = None,
    last_seen: Annotated[str | None, typer.Option(help="custody: a date")] = None,
    released_on: Annotated[str | None, typer.Option(help="custody: a date")] = None,
    en: Annotated[str | None, typer.Option(help="narrative, in English")] = None,
    ar: Annotated[str | None, typer.Option(help="narrative, in Arabic")] = None,
    sign_only: SignOnly = None,
    receipt: Keep = None,
) -> None:
    """Revise one field of a claim, an incident or a stated figure.

    Examples: sijill revise 1f0c9a44 date happened 2018-07/2020-03-19 --reason "..." --key NAME
    | sijill revise 1f0c9a44 attribution --mode sole --party isis --reason "..." --key NAME
    | sijill revise 1f0c9a44 classification status civilian --reason "..." --key NAME
    """
    session: Session = context.obj
    given = values or []
    options = {
        "mode": mode,
        "party": party,
        "confidence": confidence,
        "name": name,
        "district": district,
        "status": status,
        "detained-on": detained_on,
        "last-seen": last_seen,
        "released-on": released_on,
        "en": en,
        "ar": ar,
    }
    _check_options(what, [option for option, value in options.items() if value is not None])
    with session.signing() if sign_only else session.desk() as desk:
        stream = desk.resolve(thing)
        field, to = _asked(desk, what, given, options)
        assert field in REVISABLE
        note, _ = desk.compose_revision(
            stream, field, to, session.signer(key), reason_code=reason_code, reason=reason
        )
        finish(session, desk, note, sign_only, receipt)


def _asked(desk: Desk, what: str, given: list[str], options: Mapping[str, Any]) -> tuple[str, Any]:
    """The field that is revised, as the desk names it, and its new value."""
    if what in ("date", "place", "classification", "quantity"):
        return _named(what, given, options)
    if what == "incident":
        value = _only(given, what, "an incident")
        return what, None if value in _UNKNOWN else desk.resolve(value, "incident")
    if what == "value":
        return what, stated_value(_only(given, what, "a number"))
    if what not in _OPTIONS:
        raise Invalid(
            f"revise {what!r}: unknown; one of date, attribution, place, "
            "classification, incident, custody, quantity, narrative, value"
        )
    _only(given, what, "")
    party = options["party"]
    if what == "attribution":
        if options["mode"] is None:
            raise Invalid("revise attribution: give --mode, and a --party for each party")
        written = {"mode": options["mode"], "parties": party or []}
        return what, read_parties(written | {"confidence": options["confidence"]}, what)
    if what == "custody":
        if party is not None and len(party) > 1:
            raise Invalid("revise custody: one --party holds a person")
        names = ("status", "detained-on", "last-seen", "released-on")
        members = {name.replace("-", "_"): options[name] for name in names}
        members["party"] = party[0] if party else None
        members["place"] = options["name"]
        to = {member: value for member, value in members.items() if value is not None}
        if not to:
            raise Invalid("revise custody: give --status or another of its options")
        return what, to
    if options["en"] is None and options["ar"] is None:
        raise Invalid("revise narrative: give --en, --ar or both; what is left out is cleared")
    return what, {"en": options["en"], "ar": options["ar"]}


def _named(what: str, given: list[str], options: Mapping[str, Any]) -> tuple[str, Any]:
    """The same where an argument says which of several fields is revised."""
    field, value = _pair(given, what, _FIELDS[what])
    if what == "date":
        return field, _known(value)
    if what == "quantity":
        return field, None if value in _UNKNOWN else quantity(value, field)
    if what == "classification":
        field = field.replace("-", "_")
        return field, _listed(value) if field in ("control", "facilities") else value
    place, name, district = _known(value), options["name"], options["district"]
    if field == "death" and place is not None:
        return field, Place(place, name, district).to_json()
    if name is not None or district is not None:
        raise Invalid("revise place: only a known place of death has a --name or --district")
    return field, place


def _check_options(what: str, given: list[str]) -> None:
    """What would be ignored is refused: the signature would stand under less than was asked."""
    for option in given:
        if option not in _OPTIONS.get(what, ()):
            raise Invalid(f"revise {what}: takes no --{option}")


def _listed(value: str) -> list[str]:
    return [] if value in _UNKNOWN else value.split(",")


def _known(value: str) -> str | None:
    return None if value in _UNKNOWN else value


def _pair(given: list[str], what: str, fields: tuple[str, ...]) -> tuple[str, str]:
    if len(given) != 2 or given[0] not in fields:
        raise Invalid(f"revise {what}: give {'|'.join(fields)} and the new value")
    return given[0], given[1]


def _only(given: list[str], what: str, wanted: str) -> str:
    if len(given) != (1 if wanted else 0):
        raise Invalid(
            f"revise {what}: takes {wanted or 'options only, such as --mode and --party'}"
        )
    return given[0] if given else ""
