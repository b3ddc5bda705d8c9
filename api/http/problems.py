"""Refusals as problem details (RFC 9457): what rule, where, and what to do."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import orjson
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from domain.errors import Conflict, Invalid, NotFound, Rejected, SijillError

PROBLEM = "application/problem+json"

# Headers of every answer; those to unexpected errors do not pass the layer that adds them.
SAFE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
}

# Rules about who signed or what a server does, and about bytes that are no event; others are 422.
_FORBIDDEN = {
    "unknown-key",
    "bad-signature",
    "role-missing",
    "key-revoked",
    "threshold",
    "second-person",
    "read-only",
}
_MALFORMED = {"malformed-note", "not-an-event", "not-canonical"}
_TOO_LARGE = "oversize"

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "rule": {"type": "string"},
        "where": {"type": "string"},
        "version": {"type": "integer"},
        "signed_by": {"type": "string"},
    },
}


def documented(*codes: int) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI entries of these refusals."""
    return {
        code: {
            "description": HTTPStatus(code).phrase,
            "content": {PROBLEM: {"schema": SCHEMA}},
        }
        for code in codes
    }


def status_of(error: SijillError) -> int:
    if isinstance(error, Conflict):
        return 409
    if isinstance(error, Rejected):
        if error.rule in _FORBIDDEN:
            return 403
        if error.rule == _TOO_LARGE:
            return 413
        return 400 if error.rule in _MALFORMED else 422
    if isinstance(error, NotFound):
        return 404
    # What a client signed badly is Rejected: Unverified is about a note of the ledger's own.
    return 400 if isinstance(error, Invalid) else 503


def describe(error: SijillError, instance: str) -> dict[str, Any]:
    """A refusal as a problem's members."""
    if not isinstance(error, Rejected):
        status = status_of(error)
        # The whole message of what is wrong here names files of this machine.
        busy = "the ledger is busy, or needs its operator; nothing was stored"
        return members(status, busy if status == 503 else str(error), instance)
    found = members(status_of(error), str(error.args[0]), instance, error.rule)
    found["rule"] = error.rule
    if error.where:
        found["where"] = error.where
    if isinstance(error, Conflict):
        found |= {"version": error.version, "signed_by": error.signed_by}
    return found


def members(status: int, detail: str, instance: str, rule: str = "") -> dict[str, Any]:
    return {
        "type": f"urn:sijill:rule:{rule}" if rule else "about:blank",
        "title": rule or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": instance,
    }


def respond(problem: dict[str, Any], **headers: str) -> Response:
    return Response(
        orjson.dumps(problem), status_code=problem["status"], headers=headers, media_type=PROBLEM
    )


def refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, SijillError)
    return respond(describe(error, request.url.path))


def unreadable(request: Request, error: Exception) -> Response:
    """A parameter that is unknown, missing or malformed."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return respond(members(422, f"{place}: {first['msg']}", request.url.path))


def http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    problem = members(error.status_code, str(error.detail), request.url.path)
    return respond(problem, **dict(error.headers or {}))


def unexpected(request: Request, error: Exception) -> Response:
    """Never says what went wrong inside; the server's log does."""
    # It may have come after the commit, so it must not say that nothing was stored.
    detail = "an unexpected error; to post the same note again is safe, it is stored only once"
    return respond(members(500, detail, request.url.path), **SAFE)
