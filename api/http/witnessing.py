"""A witness over HTTP (c2sp.org/tlog-witness): a thin shell around `ledger/witness.py`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response

from api.http.limits import STANDARD, Bounded, Limits, read_body
from api.http.problems import refused
from domain.errors import SijillError
from ledger.witness import MAX_REQUEST, Witness


def create_witness(witness: Witness, origins: Iterable[str], limits: Limits = STANDARD) -> FastAPI:
    """The application: add-checkpoint, and for monitors each log's last checkpoint."""
    app = FastAPI(title="sijill witness", version="1", docs_url=None, redoc_url=None)
    app.add_middleware(Bounded, limits=limits)
    app.add_exception_handler(SijillError, refused)
    by_hash = {hashlib.sha256(origin.encode()).hexdigest(): origin for origin in origins}
    text: dict[int | str, dict[str, Any]] = {200: {"content": {"text/plain": {}}}}

    @app.post("/add-checkpoint", responses=text, response_class=Response)
    async def add_checkpoint(request: Request) -> Response:
        """Cosign a checkpoint that extends the last one."""
        body = await read_body(request, MAX_REQUEST)
        answer = await run_in_threadpool(witness.add_checkpoint, body)
        return Response(
            answer.body, status_code=answer.status, headers={"content-type": answer.media}
        )

    @app.get("/{origin_hash}/checkpoint", responses=text, response_class=Response)
    def get_checkpoint(origin_hash: str) -> Response:
        """The last checkpoint cosigned of a log, by the hex SHA-256 of its origin."""
        origin = by_hash.get(origin_hash)
        found = None if origin is None else witness.checkpoint(origin)
        if found is None:
            return PlainTextResponse("no checkpoint of such a log was cosigned\n", 404)
        return PlainTextResponse(found.decode())

    return app
