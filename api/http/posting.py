"""`POST /events`: finished notes, one or many. What is answered as accepted is durable."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.framing import read_notes
from api.http.limits import Limits, read_body
from api.http.parameters import EACH_ONCE, NO_PARAMETERS
from api.http.problems import describe, documented, members, respond
from domain.errors import Rejected, SijillError
from ledger.ledger import Ledger
from ledger.view import Accepted, Receipt

NOTE = ("text/plain", "application/octet-stream")
NOTES = "application/vnd.sijill.notes"

_ACCEPTED: dict[str, Any] = {
    "type": "object",
    "required": ["index", "received", "stream", "version", "again", "entry"],
    "properties": {
        "index": {"type": "integer"},
        "received": {"type": "string"},
        "stream": {"type": "string"},
        "version": {"type": "integer"},
        "again": {"type": "boolean"},
        "entry": {"type": "string"},
        "acceptance": {"type": "string"},
        "checkpoint": {"type": "string"},
    },
}
_OUTCOMES: dict[str, Any] = {
    "type": "object",
    "required": ["accepted", "rejected", "outcomes", "receipts"],
}
_EXAMPLE = {
    "index": 236,
    "received": "2020-04-02T09:15:01.250Z",
    "stream": "claim/3f1c9a44-0f3e-4c55-9d06-6c1f0a3b2d10",
    "version": 1,
    "again": False,
    "entry": "sijill/entry/v1 2020-04-02T09:15:01.250Z\nsijill/event/v1\n{…}\n\n— documenter-1 …\n",
    "acceptance": "sijill/acceptance/v1\norg.example/2020\n236 …\n\n— org.example/2020 …\n",
    "checkpoint": "org.example/2020\n237\n…\n\n— org.example/2020 …\n",
}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": (
            "One finished event note; or many, each after a line with its length in bytes. Of "
            "many, each is judged on its own, in transactions of some thousands."
        ),
        "content": {media: {"schema": {"type": "string"}} for media in (*NOTE, NOTES)},
    }
}


def posting(ledger: Ledger, limits: Limits) -> APIRouter:
    router = APIRouter(tags=["recording"], dependencies=[EACH_ONCE, NO_PARAMETERS])

    @router.post(
        "/events",
        summary="Post finished event notes",
        status_code=201,
        response_class=Response,
        openapi_extra=_BODY,
        responses={
            201: {
                "description": "The event is in the log, durably",
                "content": {"application/json": {"schema": _ACCEPTED, "example": _EXAMPLE}},
            },
            200: {
                "description": "The same note was there before; or the outcomes of many notes",
                "content": {"application/json": {"schema": {"anyOf": [_ACCEPTED, _OUTCOMES]}}},
            },
            **documented(400, 403, 409, 413, 415, 422, 429, 503),
        },
    )
    async def post_events(request: Request) -> Response:
        media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media == NOTES:
            notes = read_notes(await read_body(request, limits.stream))
            return _json(200, await run_in_threadpool(_accept_many, ledger, notes))
        if media not in NOTE:
            detail = f"send one note as {NOTE[0]}, or many as {NOTES}"
            return respond(members(415, detail, request.url.path))
        note = await read_body(request, limits.note)
        accepted, receipt = await run_in_threadpool(ledger.accept, note)
        return _json(200 if accepted.again else 201, _one(accepted) | _promises(receipt))

    return router


def _accept_many(ledger: Ledger, notes: list[bytes]) -> dict[str, Any]:
    outcomes: list[dict[str, Any]] = []
    receipts = []
    accepted = 0
    try:
        for receipt in ledger.accept_in_batches(notes):
            receipts.append(_promises(receipt))
            for outcome in receipt.outcomes:
                if isinstance(outcome, Rejected):
                    outcomes.append(describe(outcome, "/events"))
                else:
                    accepted += 1
                    outcomes.append({"status": 200 if outcome.again else 201, **_one(outcome)})
    except SijillError as error:
        if not receipts:
            raise
        # What came before is durable and must be answered; of the rest nothing was stored.
        outcomes += [describe(error, "/events")] * (len(notes) - len(outcomes))
    return {
        "accepted": accepted,
        "rejected": len(outcomes) - accepted,
        "outcomes": outcomes,
        "receipts": receipts,
    }


def _one(accepted: Accepted) -> dict[str, Any]:
    return {
        "index": accepted.log_index,
        "received": accepted.received,
        "stream": accepted.stream,
        "version": accepted.version,
        "again": accepted.again,
        "entry": accepted.entry.decode(),
    }


def _promises(receipt: Receipt) -> dict[str, Any]:
    return {
        name: note.decode()
        for name, note in (
            ("acceptance", receipt.acceptance),
            ("checkpoint", receipt.checkpoint),
        )
        if note is not None
    }


def _json(status: int, value: dict[str, Any]) -> Response:
    return Response(orjson.dumps(value), status_code=status, media_type="application/json")
