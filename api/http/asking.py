"""The questions over HTTP: the same parameters and the same JSON as the command line's."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path as FilePath
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.drift import Followed
from api.feed import MEDIA_TYPE
from api.http.parameters import EACH_ONCE, NO_PARAMETERS, Nothing
from api.http.problems import documented
from api.listing import incidents
from api.questions import MOST, AsOf, Filters, Questions
from api.reconcile import Chosen, reconcile
from api.story import story
from domain.errors import NotFound
from domain.fields import SLUG, UUID4
from ledger.export import tile_content
from ledger.tiles import exists, parse_path

IMMUTABLE = "public, max-age=31536000, immutable"
REVALIDATE = "no-cache"
_LONG = 200  # characters of a parameter

_Text = Annotated[str, Field(max_length=_LONG)]


class _At(BaseModel):
    """Parameters that are not known are refused: a misspelled filter must not be passed over."""

    model_config = ConfigDict(extra="forbid")

    at: _Text | None = Field(None, description="a log index, a day or a UTC time", examples=["236"])


class _Filtered(_At):
    documented: _Text | None = Field(
        None, description="a period by the date documented", examples=["2020-03"]
    )
    happened: _Text | None = Field(None, description="a period by the date it happened")
    where: list[_Text] = Field(
        [], max_length=30, description="FACET=VALUE; repeatable", examples=[["status=civilian"]]
    )


class Grouped(_Filtered):
    """A question by facets, over a period, as of a state."""

    by: list[_Text] = Field(
        [], max_length=16, description="a facet to group by; repeatable", examples=[["party"]]
    )

    straddling: _Text | None = Field(
        None, description="dates across an edge: whole-interval, earliest, latest or possible"
    )
    joint: _Text | None = Field(
        None, description="joint attacks: own-row, each-party or shared", examples=["own-row"]
    )
    level: _Text | None = Field(
        None, description="of the party tree: party, top, or a number", examples=["top"]
    )
    review: _Text | None = Field(
        None, description="at least reported, corroborated or verified", examples=["verified"]
    )

    def filters(self, measure: str | None = None, on: str | None = None) -> Filters:
        return Filters(
            *(self.documented, self.happened, self.where, self.by, self.at, measure, on),
            *(self.straddling, self.joint, self.level, self.review),
        )


class _Measured(Grouped):
    measure: _Text | None = Field(
        None, description="what is counted; deaths if nothing is said", examples=["deaths"]
    )
    on: _Text | None = Field(
        None, description="of a stock, such as still-detained: the day at whose end it is counted"
    )

    def filters(self, measure: str | None = None, on: str | None = None) -> Filters:
        return super().filters(measure or self.measure, on or self.on)


class _Toll(_Measured):
    levels: bool = Field(
        False, description="at least verified, corroborated and reported, side by side"
    )


class _Members(_Measured):
    certainty: _Text | None = Field(None, description="definite or possible; both if left out")
    limit: int = Field(100, ge=1, le=MOST)
    after: _Text = Field("", description="the `next` of the page before")


class _Listed(_Filtered):
    limit: int = Field(100, ge=1, le=MOST)
    after: _Text = Field("", description="the `next` of the page before")


class _Incidents(_At):
    happened: _Text | None = Field(None, description="a period by the date it happened")
    where: list[_Text] = Field([], max_length=30, description="FACET=VALUE; repeatable")
    limit: int = Field(100, ge=1, le=MOST)
    after: _Text = Field("", description="the `next` of the page before")


class _Traced(_Measured):
    limit: int = Field(100, ge=1, le=MOST)
    after: int = Field(-1, ge=-1, le=2**53 - 1, description="the `next` of the page before")


class _Chosen(_At):
    publisher: list[_Text] = Field(
        [], max_length=16, description="any part of the publisher's name; repeatable"
    )
    period: _Text | None = Field(
        None, description="figures whose period touches this one", examples=["2020-03"]
    )
    measure: _Text | None = Field(
        None, description="one measure and its kin", examples=["massacre-deaths"]
    )
    party: _Text | None = Field(None, description="figures of one party")
    category: _Text | None = Field(None, description="one category, such as women")

    def chosen(self) -> Chosen:
        return Chosen(self.publisher, self.period, self.measure, self.party, self.category, self.at)


_Uuid = Annotated[
    str, Path(pattern=f"^{UUID4}$", examples=["3f1c9a44-0f3e-4c55-9d06-6c1f0a3b2d10"])
]
_TilePath = Annotated[str, Path(max_length=60, examples=["0/000.p/12"])]
_Name = Annotated[str, Path(pattern=f"^{SLUG}$", examples=["monthly-toll-2020-03"])]

_LEDGER: dict[str, Any] = {
    "type": "object",
    "required": ["origin", "size", "root"],
    "properties": {
        "origin": {"type": "string"},
        "size": {"type": "integer"},
        "root": {"type": "string"},
    },
}
_STATE = {"origin": "org.example/2020", "size": 253, "root": "RsgKk2Et…"}
_EXAMPLES: dict[str, dict[str, Any]] = {
    "toll": {
        "ledger": _STATE,
        "definition": {"basis": "documented", "by": ["party"], "measure": "deaths"},
        "total": 145,
        "rows": [{"party": "russian-forces", "deaths": 19, "children": 2, "women": 7}],
    },
    "members": {"ledger": _STATE, "definite": 19, "possible": 1, "members": [], "next": None},
    "massacres": {"ledger": _STATE, "threshold": 5, "total": 4, "deaths": 37, "massacres": []},
    "claims": {"ledger": _STATE, "claims": [], "next": None},
    "incidents": {"ledger": _STATE, "incidents": [], "next": None},
    "thing": {"ledger": _STATE, "id": "claim/3f1c9a44-…", "version": 2, "state": {}},
    "report": {"ledger": _STATE, "id": "report/march", "status": "published", "state": {}},
    "history": {"ledger": _STATE, "id": "claim/3f1c9a44-…", "events": []},
    "story": {
        **{"ledger": _STATE, "id": "claim/3f1c9a44-…", "claims": [], "moments": []},
        **{"contradictions": [], "events": [], "more": False},
    },
    "trace": {"ledger": _STATE, "value": 37, "steps": [], "next": None},
    "reconciliation": {"ledger": _STATE, "figures": [], "subjects": [], "findings": []},
    "reports": {"ledger": _STATE, "reports": []},
    "keys": {"ledger": _STATE, "threshold": 2, "log": "org.example/2020+…", "keys": []},
    "suspects": {"ledger": _STATE, "events": []},
    "rules": {"ledger": _STATE, "rules": {"version": 1}},
}


def _answers(example: str, *codes: int) -> dict[int | str, dict[str, Any]]:
    shown = _EXAMPLES[example]
    schema = {
        "type": "object",
        "required": list(shown),
        "properties": {"ledger": _LEDGER},
    }
    return {
        200: {
            "description": "The answer, of the state of the ledger that it begins with",
            "content": {"application/json": {"schema": schema, "example": shown}},
        },
        304: {"description": "The answer is still the one that the ETag names"},
        **documented(400, 422, 429, 503, *codes),
    }


class Asker:
    """Answers with ETags: the same state, path and parameters have the same bytes."""

    def __init__(self, questions: Questions) -> None:
        self._questions = questions

    def answer(
        self,
        request: Request,
        at: str | None,
        ask: Callable[[], dict[str, Any]],
        *,
        settled: bool = True,
    ) -> Response:
        """`settled` says that a later event cannot change the answer about an earlier state."""
        state = self._questions.as_of(at)
        etag = etag_of(request, state, self._questions.registry.size)
        fixed = settled and at is not None and at.isdigit()
        headers = {"etag": etag, "cache-control": IMMUTABLE if fixed else REVALIDATE}
        if etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        found = ask()
        if found.get("next") is not None:
            url = request.url.include_query_params(after=found["next"])
            headers["link"] = f'<{url.path}?{url.query}>; rel="next"'
        return Response(orjson.dumps(found), headers=headers, media_type="application/json")

    def by_its_bytes(self, request: Request, ask: Callable[[], dict[str, Any]]) -> Response:
        """For answers that change without a new entry, as when a witness cosigns."""
        return _named_by_its_bytes(request, orjson.dumps(ask()), "application/json")


def _named_by_its_bytes(request: Request, raw: bytes, media: str, **headers: str) -> Response:
    etag = f'"{hashlib.sha256(raw).hexdigest()[:32]}"'
    headers |= {"etag": etag, "cache-control": REVALIDATE}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(raw, headers=headers, media_type=media)


def etag_of(request: Request, state: AsOf, size: int) -> str:
    """The name of an answer's bytes: the same state, path and parameters have the same."""
    named = f"{state.origin}\n{size}\n{state.root}\n{request.url.path}?{request.url.query}"
    return f'"{hashlib.sha256(named.encode()).hexdigest()[:32]}"'


def asking(questions: Questions, reports: FilePath) -> APIRouter:
    """The routes; each parses, asks, and answers."""
    router = APIRouter(tags=["asking"], dependencies=[EACH_ONCE])
    asker = Asker(questions)

    @router.get("/tolls", responses=_answers("toll", 404), response_class=Response)
    def get_toll(request: Request, asked: Annotated[_Toll, Query()]) -> Response:
        """Count deaths, or another measure, by any facets, as of any state."""
        ask = questions.levels if asked.levels else questions.toll
        return asker.answer(request, asked.at, lambda: ask(asked.filters()))

    @router.get("/members", responses=_answers("members", 404), response_class=Response)
    def get_members(request: Request, asked: Annotated[_Members, Query()]) -> Response:
        """Who makes up a number: definite members, and those who may be, page by page."""
        return asker.answer(
            request,
            asked.at,
            lambda: questions.members(
                asked.filters(), certainty=asked.certainty, after=asked.after, limit=asked.limit
            ),
        )

    @router.get("/massacres", responses=_answers("massacres", 404), response_class=Response)
    def get_massacres(request: Request, asked: Annotated[Grouped, Query()]) -> Response:
        """Incidents in which enough were killed: derived, never entered."""
        return asker.answer(request, asked.at, lambda: questions.massacres(asked.filters()))

    @router.get("/traces", responses=_answers("trace", 404), response_class=Response)
    def get_trace(request: Request, asked: Annotated[_Traced, Query()]) -> Response:
        """The value over the log's history, and each event that moved it."""
        return asker.answer(
            request,
            asked.at,
            lambda: questions.trace(asked.filters(), after=asked.after, limit=asked.limit),
            settled=False,
        )

    @router.get("/claims", responses=_answers("claims", 404), response_class=Response)
    def get_claims(request: Request, asked: Annotated[_Listed, Query()]) -> Response:
        """Claims as they stand, or stood, page by page."""
        filters = Filters(asked.documented, asked.happened, asked.where, (), asked.at)
        return asker.answer(
            request,
            asked.at,
            lambda: questions.claims(filters, after=asked.after, limit=asked.limit),
        )

    @router.get("/incidents", responses=_answers("incidents", 404), response_class=Response)
    def get_incidents(request: Request, asked: Annotated[_Incidents, Query()]) -> Response:
        """Incidents as they stand, or stood, page by page."""
        filters = Filters(happened=asked.happened, where=asked.where, at=asked.at)
        return asker.answer(
            request,
            asked.at,
            lambda: incidents(questions, filters, after=asked.after, limit=asked.limit),
        )

    @router.get(
        "/reconciliation", responses=_answers("reconciliation", 404), response_class=Response
    )
    def get_reconciliation(request: Request, asked: Annotated[_Chosen, Query()]) -> Response:
        """Stated figures beside one another and beside what the claims add up to."""
        return asker.answer(request, asked.at, lambda: reconcile(questions, asked.chosen()))

    @router.get("/claims/{uuid}/story", responses=_answers("story", 404), response_class=Response)
    def get_story(request: Request, uuid: _Uuid, asked: Annotated[_At, Query()]) -> Response:
        """What happened to the person of a claim: all linked claims, and who signed what."""
        return asker.answer(
            request, asked.at, lambda: story(questions, f"claim/{uuid}", asked.at), settled=False
        )

    for kind in ("claim", "incident", "estimate"):
        _add_stream(router, asker, questions, kind)

    @router.get("/reports", responses=_answers("reports"), response_class=Response)
    def get_reports(request: Request, asked: Annotated[Nothing, Query()]) -> Response:
        """Every report: frozen, published or superseded."""
        return asker.answer(request, None, questions.reports)

    @router.get("/reports/{name}", responses=_answers("report", 404), response_class=Response)
    def get_report(request: Request, name: _Name, asked: Annotated[_At, Query()]) -> Response:
        """One report: figures, status, who froze, published and attested, what it corrects."""
        return asker.answer(request, asked.at, lambda: questions.report(name, asked.at))

    @router.get(
        "/reports/{name}/history", responses=_answers("history", 404), response_class=Response
    )
    def get_report_history(
        request: Request, name: _Name, asked: Annotated[_At, Query()]
    ) -> Response:
        """Every event of one report: frozen, published, corrected, attested to."""
        return asker.by_its_bytes(request, lambda: questions.history(f"report/{name}", asked.at))

    @router.get(
        "/reports/{name}/bundle",
        dependencies=[NO_PARAMETERS],
        response_class=Response,
        responses={
            200: {
                "description": "The bundle: verify it offline with sijill verify",
                "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
            },
            304: {"description": "The bundle is still the one that the ETag names"},
            **documented(404, 422, 429),
        },
    )
    def get_bundle(request: Request, name: _Name) -> Response:
        """The bundle of a frozen report, as published."""
        path = reports / f"{name}.sijill"
        if not path.is_file():
            raise NotFound(f"no bundle of a report {name} is here")
        # The file can be replaced on disk: it is named by its bytes.
        named = {"content-disposition": f'attachment; filename="{name}.sijill"'}
        return _named_by_its_bytes(request, path.read_bytes(), "application/zip", **named)

    _add_feed(router, questions, reports)

    @router.get("/keys", responses=_answers("keys", 404), response_class=Response)
    def get_keys(request: Request, asked: Annotated[_At, Query()]) -> Response:
        """Who could sign what, between which indexes of the log."""
        return asker.answer(request, asked.at, lambda: questions.keys(asked.at))

    @router.get("/suspects", responses=_answers("suspects", 404), response_class=Response)
    def get_suspects(request: Request, asked: Annotated[_At, Query()]) -> Response:
        """The events that count for nothing, because only suspect keys signed them."""
        return asker.answer(request, asked.at, lambda: questions.suspects(asked.at))

    @router.get("/rules", responses=_answers("rules", 404), response_class=Response)
    def get_rules(request: Request, asked: Annotated[_At, Query()]) -> Response:
        """The counting rules and vocabularies in force, in English and Arabic."""
        return asker.answer(request, asked.at, lambda: questions.rules(asked.at))

    @router.get(
        "/checkpoint",
        dependencies=[NO_PARAMETERS],
        response_class=Response,
        responses={
            200: {
                "description": "A signed note: origin, size, root (c2sp.org/tlog-checkpoint)",
                "content": {"text/plain": {"schema": {"type": "string"}}},
            },
            **documented(422, 429, 503),
        },
    )
    def get_checkpoint() -> Response:
        """The newest signed checkpoint: what the log commits to."""
        return Response(
            questions.ledger.cosigned_checkpoint(),
            media_type="text/plain",
            headers={"cache-control": "max-age=5"},
        )

    @router.get(
        "/tile/{path:path}",
        dependencies=[NO_PARAMETERS],
        response_class=Response,
        responses={
            200: {
                "description": "Hashes or entries (c2sp.org/tlog-tiles); it never changes",
                "content": {
                    "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
                },
            },
            **documented(400, 404, 422, 429, 503),
        },
    )
    def get_tile(path: _TilePath) -> Response:
        """One tile of the log, as `sijill export` writes it."""
        tile = parse_path(f"tile/{path}")
        if not exists(tile, questions.ledger.recorder.tree_size()):
            raise NotFound(f"tile/{path}: the log is not that large yet")
        return Response(
            tile_content(questions.ledger, tile),
            media_type="application/octet-stream",
            headers={"cache-control": IMMUTABLE},
        )

    return router


def _add_feed(router: APIRouter, questions: Questions, reports: FilePath) -> None:
    @router.get(
        "/reports/{name}/corrections.atom",
        dependencies=[NO_PARAMETERS],
        response_class=Response,
        responses={
            200: {
                "description": "Each event that moved a figure since, newest first (RFC 4287)",
                "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
            },
            304: {"description": "The feed is still the one that the ETag names"},
            **documented(404, 422, 429),
        },
    )
    def get_corrections(request: Request, name: _Name) -> Response:
        """What became of a frozen report: every event since that moved one of its figures."""
        path = reports / f"{name}.sijill"
        if not path.is_file():
            raise NotFound(f"no bundle of a report {name} is here")
        feed = Followed(questions, name, path.read_bytes()).feed(str(request.url))
        return _named_by_its_bytes(request, feed, MEDIA_TYPE)


def _add_stream(router: APIRouter, asker: Asker, questions: Questions, kind: str) -> None:
    @router.get(
        f"/{kind}s/{{uuid}}",
        responses=_answers("thing", 404),
        response_class=Response,
        operation_id=f"get_{kind}",
        summary=f"One {kind} as it stands, or stood",
    )
    def get_thing(request: Request, uuid: _Uuid, asked: Annotated[_At, Query()]) -> Response:
        return asker.answer(request, asked.at, lambda: questions.thing(f"{kind}/{uuid}", asked.at))

    @router.get(
        f"/{kind}s/{{uuid}}/history",
        responses=_answers("history", 404),
        response_class=Response,
        operation_id=f"get_{kind}_history",
        summary=f"Every event of one {kind}",
    )
    def get_history(request: Request, uuid: _Uuid, asked: Annotated[_At, Query()]) -> Response:
        return asker.by_its_bytes(request, lambda: questions.history(f"{kind}/{uuid}", asked.at))
