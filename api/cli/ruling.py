"""`sijill rules`: the counting rules and vocabularies in force, and adopting their next version."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.asking import At
from api.cli.keys import RootKeys, print_act, root_signers
from api.cli.output import print_json
from api.cli.recording import SignOnly, keep_signed
from api.cli.session import Session
from domain import canonical
from domain.errors import Invalid
from domain.rules import Rules, read_rules

MAX_RULES = 1 << 20

rules = typer.Typer(
    help="Counting rules and vocabularies. Example: sijill rules show", no_args_is_help=True
)


def add_to(app: typer.Typer) -> None:
    app.add_typer(rules, name="rules", rich_help_panel="Ledger and keys")


@rules.command("show")
def show(context: typer.Context, at: At = None) -> None:
    """The rules that are in force, or were, as one JSON object to change and adopt.

    Example: sijill rules show > rules.json
    """
    session: Session = context.obj
    with session.questions() as ask:
        print_json(ask.rules(at)["rules"])


@rules.command("adopt")
def adopt(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="RULES.json", help="the next version, whole")],
    root: RootKeys = None,
    sign_only: SignOnly = None,
) -> None:
    """Adopt the next version of the rules, signed by a threshold of root keys.

    It counts for what is asked and frozen from there on; what is frozen stays as it was counted.
    Example: sijill rules adopt rules.json
    """
    session: Session = context.obj
    body = _read(file)
    new = read_rules(body)
    with session.signing() if sign_only else session.desk() as desk:
        changes = _changes(desk.ledger.rules, new)
        signers = root_signers(session, desk.ledger.authority, root, partly=sign_only is not None)
        note, _ = desk.compose(desk.head("rules"), "RulesAdopted", body, signers)
        if sign_only is not None:
            keep_signed(session, [note], sign_only)
        else:
            print_act(session, desk.post(note), f"Rules version {new.version}: {changes}")


def _read(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as source:
            raw = source.read(MAX_RULES + 1)
    except OSError as error:
        raise Invalid(f"{file}: cannot be read ({error.strerror})") from None
    if len(raw) > MAX_RULES:
        raise Invalid(f"{file}: rules are at most {MAX_RULES} bytes")
    try:
        found = json.loads(raw, object_pairs_hook=_each_once)
    except Invalid as error:
        raise Invalid(f"{file}: {error}") from None
    except (ValueError, RecursionError) as error:
        raise Invalid(f"{file}: not JSON ({error})") from None
    if type(found) is not dict:
        raise Invalid(f"{file}: must be one object, as `sijill rules show` writes it")
    canonical.dumps(found)  # what no event can say is refused here, with its reason
    return found


def _each_once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) != len(members):
        twice = next(name for name, _ in members if [n for n, _ in members].count(name) > 1)
        raise Invalid(f"{twice!r} is there twice")
    return found


def _changes(old: Rules, new: Rules) -> str:
    """What the new version changes, in words."""
    said = []
    if old.massacre_threshold != new.massacre_threshold:
        said.append(f"a massacre is {old.massacre_threshold} → {new.massacre_threshold} deaths")
    if old.massacre_statuses != new.massacre_statuses:
        said.append(f"massacres are of {', '.join(new.massacre_statuses) or 'nobody'}")
    for name in sorted({*old.measures, *new.measures}):
        was, now = old.measures.get(name), new.measures.get(name)
        if was != now:
            counted = "is counted no more" if now is None else f"counts {', '.join(now)}"
            said.append(f"{name} {counted}")
    for name in sorted({*old.vocabularies, *new.vocabularies}):
        before, after = old.vocabulary(name), new.vocabulary(name)
        added, gone = after.keys() - before.keys(), before.keys() - after.keys()
        relabelled = [term for term in after.keys() & before.keys() if after[term] != before[term]]
        words = [f"+{term}" for term in sorted(added)] + [f"-{term}" for term in sorted(gone)]
        words += [f"{term} changed" for term in sorted(relabelled)]
        if words:
            said.append(f"{name} {', '.join(words)}")
    return "; ".join(said) or "nothing but the version"
