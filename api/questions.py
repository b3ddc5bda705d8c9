"""Everything that can be asked, once: the command line and HTTP parse, call this, and print.

Each answer is a JSON object that begins with the state of the ledger it was taken at, so that the
same question can be asked of the same state again.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from domain.choice import choose
from domain.errors import Invalid, NotFound
from domain.estimate import EstimateStated
from domain.event import STREAM_KINDS
from domain.facets import FREE_TEXTS
from domain.figure import Definition, define, sentence
from domain.life import OPEN
from domain.rules import Rules
from ledger.cosignature import describe_time
from ledger.ledger import Ledger
from projections.certainty import CERTAINTIES, DEFINITE, MAYBE, certain_members
from projections.claims import claims
from projections.history import happening, history
from projections.levels import by_level
from projections.massacres import massacres
from projections.registry import Registry
from projections.releases import between, releases_of
from projections.releases import steps as steps_of
from projections.suspects import suspects
from projections.toll import toll
from projections.trace import Step, trace

MOST = 1000  # claims or steps in one answer
LEAST_PREFIX = 8  # characters that name a stream by its beginning

_INDEX = re.compile(r"[0-9]{1,15}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Filters(NamedTuple):
    """A question as people write it: at most one period, filters `facet=value`, groupings.

    `at` is a log index (the state just after that entry) or a UTC time; None is now. The rest are
    members of a definition (domain/figure.py), None where its default is meant.
    """

    documented: str | None = None
    happened: str | None = None
    where: Sequence[str] = ()
    by: Sequence[str] = ()
    at: str | None = None
    measure: str | None = None
    on: str | None = None
    straddling: str | None = None
    joint: str | None = None
    level: str | None = None
    review: str | None = None


class AsOf(NamedTuple):
    """A state of the ledger, with the rules that were in force."""

    origin: str
    size: int
    root: str
    rules: Rules

    def to_json(self) -> dict[str, Any]:
        return {"origin": self.origin, "size": self.size, "root": self.root}


class Questions:
    """Questions to one ledger; every answer is of a state that the registry has caught up with."""

    def __init__(self, ledger: Ledger, registry: Registry) -> None:
        self.ledger = ledger
        self.registry = registry

    def as_of(self, at: str | None) -> AsOf:
        """The state that `at` names; raises Invalid or NotFound when there is none."""
        found = self._state(at)
        return AsOf(
            found["origin"], found["size"], found["root"], self.ledger.rules_at(found["size"])
        )

    def _state(self, at: str | None) -> dict[str, Any]:
        """The same in JSON's terms, whether or not any rules were in force."""
        self.registry.catch_up()
        size = self._size(at)
        root = b64encode(self.ledger.recorder.root_at(size)).decode()
        return {"origin": self.ledger.origin, "size": size, "root": root}

    def toll(self, asked: Filters) -> dict[str, Any]:
        """Deaths by the facets asked for: rows that sum to the total."""
        state = self.as_of(asked.at)
        definition = definition_of(asked, state.rules, asked.measure or "deaths")
        counted = toll(self.registry, definition, state.rules, state.size)
        return _answer(state, definition) | counted.to_json()

    def levels(self, asked: Filters) -> dict[str, Any]:
        """The same at least reported, at least corroborated and at least verified, side by side."""
        state = self.as_of(asked.at)
        definition = definition_of(asked, state.rules, asked.measure or "deaths")
        found = by_level(self.registry, definition, state.rules, state.size)
        return _answer(state, definition) | found.to_json()

    def members(
        self, asked: Filters, *, certainty: str | None = None, after: str = "", limit: int = 100
    ) -> dict[str, Any]:
        """Who is counted, and who may be: definite and possible members, ascending by id.

        `certainty` lists one of the two apart; `next` is what to give as `after` for the next page.
        """
        if not 1 <= limit <= MOST:
            raise Invalid(f"limit: must be from 1 to {MOST}")
        if certainty is not None:
            choose("certainty", certainty, CERTAINTIES)
        state = self.as_of(asked.at)
        definition = definition_of(asked, state.rules, asked.measure or "deaths")
        found = certain_members(self.registry, definition, state.rules, state.size)
        listed = [one for one in found if certainty in (None, one.certainty)]
        page = [one for one in listed if one.member.id > after][: limit + 1]
        return _answer(state, definition) | {
            "total": sum(one.counted for one in found),
            "definite": sum(one.certainty == DEFINITE for one in found),
            "possible": sum(one.certainty == MAYBE for one in found),
            "members": [one.to_json() for one in page[:limit]],
            "next": page[limit - 1].member.id if len(page) > limit else None,
        }

    def massacres(self, asked: Filters) -> dict[str, Any]:
        """Incidents in which enough were killed, with their numbers and their claims."""
        state = self.as_of(asked.at)
        definition = definition_of(asked, state.rules, "massacres")
        found = massacres(self.registry, definition, state.rules, state.size)
        return _answer(state, definition) | {
            "threshold": state.rules.massacre_threshold,
            "total": len(found),
            "deaths": sum(one.numbers.deaths for one in found),
            "massacres": [one.to_json() for one in found],
        }

    def claims(self, asked: Filters, *, after: str = "", limit: int = 100) -> dict[str, Any]:
        """One page of the registry; `next` is what to give as `after` for the following one."""
        if not 1 <= limit <= MOST:
            raise Invalid(f"limit: must be from 1 to {MOST}")
        state = self.as_of(asked.at)
        definition = definition_of(asked, state.rules, "violations")
        page = claims(
            self.registry,
            definition,
            state.rules,
            state.size,
            after=after,
            limit=limit,
            all_standings=True,
        )
        return {
            "ledger": state.to_json(),
            "claims": [one.to_json() for one in page.claims],
            "next": page.after,
        }

    def thing(self, name: str, at: str | None = None) -> dict[str, Any]:
        """A claim, incident, estimate or report as it stands; sealed fields as their digests.

        What only suspect keys said of it is left out.
        """
        return self._thing(name, self.as_of(at))

    def history(self, name: str, at: str | None = None) -> dict[str, Any]:
        """Every event of a stream: when it came, whose it is, what it changed, and why."""
        state = self.as_of(at)
        return {
            "ledger": state.to_json(),
            "id": name,
            "events": [
                one.to_json() | {"existed_by": self._witnessed_by(one.log_index)}
                for one in history(self.ledger, name, state.size)
            ],
        }

    def _witnessed_by(self, index: int) -> str | None:
        """The earliest time at which a witness had seen an entry: it was not made up later."""
        time = self.ledger.recorder.witnessed_by(index)
        return None if time is None else describe_time(time)

    def trace(
        self,
        asked: Filters,
        *,
        measure: str | None = None,
        after: int = -1,
        limit: int | None = None,
    ) -> dict[str, Any]:
        """The value over the log's history, and each event that moved it."""
        state = self.as_of(asked.at)
        definition = definition_of(asked, state.rules, measure or asked.measure or "deaths")
        steps = trace(self.registry, definition, state.rules, state.size)
        page = [step for step in steps if step.log_index > after]
        more = limit is not None and len(page) > limit
        page = page[:limit]
        return _answer(state, definition) | {
            "value": steps[-1].value if steps else 0,
            "steps": self.written(page),
            "next": page[-1].log_index if more else None,
        }

    def release_steps(
        self, name: str, start: str | None, end: str | None, at: str | None = None
    ) -> dict[str, Any]:
        """What the releases of a list after one of them, up to another, recorded and changed.

        Without `start`, the step to `end` from the release before it.
        """
        state = self.as_of(at)
        known = releases_of(self.ledger.recorder, name, state.size)
        chosen = between(known, start, end)
        return {
            "ledger": state.to_json(),
            "list": name,
            "from": start,
            "to": chosen[-1].name,
            "releases": [
                {
                    "release": one.name,
                    "first_index": one.first,
                    "last_index": one.last,
                    "events": len(one.events),
                }
                for one in known
            ],
            "steps": [one.to_json() for one in steps_of(chosen)],
        }

    def written(self, steps: Sequence[Step]) -> list[dict[str, Any]]:
        """Steps of a trace with the event of each: what changed, by whom, and why."""
        authority = self.ledger.authority
        written = []
        for step in steps:
            event = happening(self.ledger.event_at(step.log_index), authority)
            written.append(
                step.to_json()
                | {
                    "received": event.received,
                    "type": event.type,
                    "author": event.author,
                    "holder": event.holder,
                    "what": event.change,
                    "reason": event.reason,
                    "signature_holds": event.signature_holds,
                }
            )
        return written

    def reports(self) -> dict[str, Any]:
        """Every report with its status, oldest first."""
        state = self.as_of(None)
        names = self.ledger.recorder.streams_of("report")
        return {
            "ledger": state.to_json(),
            "reports": [self._report(name, state) for name in names],
        }

    def report(self, name: str, at: str | None = None) -> dict[str, Any]:
        """One report: frozen, published or superseded, by whom, and what it corrects."""
        return self._report(f"report/{name}", self.as_of(at))

    def _report(self, name: str, state: AsOf) -> dict[str, Any]:
        """`status` counts what is not suspect; the two others are names of reports, or None."""
        found = self._thing(name, state)
        frozen, newer = found["state"]["frozen"], found["state"]["superseded_by"]
        corrects = frozen["corrects"]
        return found | {
            "status": found["state"]["standing"],
            "corrects": None if corrects is None else corrects["report"],
            "superseded_by": None if newer is None else newer["report"],
        }

    def stated(self, state: AsOf) -> list[tuple[str, EstimateStated]]:
        """Every stated figure that stands, by its stream, in the order they were recorded."""
        found = []
        authority = self.ledger.authority_at(state.size)
        for name in self.ledger.recorder.streams_of("estimate"):
            estimate = self.ledger.trusted(name, state.size, authority)
            if estimate is not None and estimate.standing == OPEN:
                found.append((name, estimate.stated))
        return found

    def _thing(self, name: str, state: AsOf) -> dict[str, Any]:
        events = [one for one in self.ledger.history(name) if one.log_index < state.size]
        if not events:
            raise NotFound(f"{name} is not in this ledger as of {state.size} entries")
        return {
            "ledger": state.to_json(),
            "id": name,
            "version": events[-1].originator_version,
            "index": events[-1].log_index,
            "author": events[-1].signer,
            "state": _written(self.ledger.trusted(name, state.size)),
        }

    def keys(self, at: str | None = None) -> dict[str, Any]:
        """Who could sign what, between which indexes of the log; `until` is None for what holds."""
        state = self._state(at)
        authority = self.ledger.authority_at(state["size"])
        suspect = Counter(one.signer for one in suspects(self.registry, state["size"]))
        return {
            "ledger": state,
            "threshold": authority.threshold,
            "roots": list(authority.roots),
            "log": authority.log,
            "root_sets": _with_ends([_written(one) for one in authority.root_sets]),
            "log_keys": _with_ends([_written(one) for one in authority.log_keys]),
            "keys": [
                {"key": name, **_written(key), "suspect_events": suspect[name]}
                for name, key in authority.keys.items()
            ],
        }

    def suspects(self, at: str | None = None) -> dict[str, Any]:
        """The events that count for nothing because only suspect keys signed them."""
        state = self._state(at)
        found = suspects(self.registry, state["size"])
        return {"ledger": state, "events": [one.to_json() for one in found]}

    def rules(self, at: str | None = None) -> dict[str, Any]:
        """The rules in force, as they were adopted."""
        state = self.as_of(at)
        adopted = [one for one in self.ledger.history("rules") if one.log_index < state.size]
        return {"ledger": state.to_json(), "rules": adopted[-1].event.body}

    def resolve(self, name: str, kind: str = "claim") -> str:
        """The stream that a name means: whole, a uuid, or its first eight or more characters."""
        return resolve(self.ledger, name, kind)

    def _size(self, at: str | None) -> int:
        known = self.registry.size
        if at is None:
            return known
        if _INDEX.fullmatch(at):
            if int(at) >= known:
                raise NotFound(f"at {at}: the log has {known} entries, the last is {known - 1}")
            return int(at) + 1
        size = min(self.ledger.recorder.size_at(_end_of(at)), known)
        if size == 0:
            raise NotFound(f"at {at}: the ledger had received nothing yet")
        return size


def resolve(ledger: Ledger, name: str, kind: str) -> str:
    """The stream that a name means; raises NotFound when there is none, or more than one."""
    stream = name if "/" in name or name in STREAM_KINDS else f"{kind}/{name}"
    found = ledger.recorder.streams_like(stream)
    if stream in found:
        return stream
    if len(stream.partition("/")[2]) < LEAST_PREFIX:
        raise NotFound(
            f"{name!r} is not in this ledger (a beginning needs {LEAST_PREFIX} characters)"
        )
    if len(found) != 1:
        how_many = "more than one begins so" if found else "none begins so"
        raise NotFound(f"{name!r} is not in this ledger: {how_many}")
    return found[0]


def definition_of(asked: Filters, rules: Rules, measure: str) -> Definition:
    """The definition of a question; raises Invalid naming what is wrong with it."""
    if asked.documented is not None and asked.happened is not None:
        raise Invalid("give one period: by the date documented or by the date it happened")
    where: dict[str, list[str]] = {}
    for condition in asked.where:
        facet, equals, value = condition.partition("=")
        if not equals or not facet or not value:
            raise Invalid(f"where {condition!r}: must be FACET=VALUE, such as status=civilian")
        # A title can have commas of its own.
        where.setdefault(facet, []).extend([value] if facet in FREE_TEXTS else value.split(","))
    period, basis = asked.documented, "documented" if asked.documented is not None else None
    if asked.happened is not None:
        period, basis = asked.happened, "happened"
    declared = {name: getattr(asked, name) for name in ("straddling", "joint", "review")}
    return define(
        rules,
        measure=measure,
        where=where,
        by=[facet for words in asked.by for facet in words.split(",")],
        basis=basis,
        period=period,
        level=asked.level,
        on=asked.on,
        **{name: value for name, value in declared.items() if value is not None},
    )


def _with_ends(periods: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each period with the index at which the next one began."""
    ends = [*(one["since"] for one in periods[1:]), None]
    return [one | {"until": end} for one, end in zip(periods, ends, strict=True)]


def _answer(state: AsOf, definition: Definition) -> dict[str, Any]:
    return {
        "ledger": state.to_json(),
        "definition": definition.to_json(),
        "sentence": {
            "ar": sentence(definition, state.rules, "ar"),
            "en": sentence(definition, state.rules, "en"),
        },
    }


def _end_of(at: str) -> str:
    """A UTC time as entries write it; a day means its end."""
    text = f"{at}T23:59:59.999Z" if _DAY.fullmatch(at) else at
    try:
        time = datetime.fromisoformat(text)
        if time.tzinfo is None:
            time = time.replace(tzinfo=UTC)
        time = time.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid(
            f"at {at!r}: must be a log index, a day like 2020-04-02 or a UTC time like "
            "2020-04-02T09:15:00Z"
        ) from None
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _written(value: Any) -> Any:
    """A state as JSON: values that write themselves, tuples as lists, named tuples as objects."""
    if hasattr(value, "to_json"):
        return value.to_json()
    if isinstance(value, tuple):
        if hasattr(value, "_asdict"):
            return {
                name: {sealed.field: sealed.to_json() for sealed in member}
                if name == "person"
                else _written(member)
                for name, member in value._asdict().items()
            }
        return [_written(member) for member in value]
    return value
