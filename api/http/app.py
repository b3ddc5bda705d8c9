"""The application: routes, refusals, limits, and a page that describes them without any script."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import orjson
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from api.http.asking import asking
from api.http.extracting import extracting
from api.http.limits import STANDARD, Bounded, Limits
from api.http.parameters import EACH_ONCE, NO_PARAMETERS
from api.http.posting import posting
from api.http.problems import documented, http_error, refused, unexpected, unreadable
from api.questions import Questions
from domain.errors import SijillError
from ledger.ledger import Ledger
from projections.registry import Registry

DESCRIPTION = (
    "A register of record. Events come in as finished signed notes: the signature is the "
    "credential. Every answer names the state of the ledger that it is of; nothing sealed is "
    "ever served."
)


def create_app(
    ledger: Ledger, registry: Registry, reports: Path, limits: Limits = STANDARD
) -> FastAPI:
    """The application over an open ledger; `reports` is the folder of published bundles."""
    app = FastAPI(
        title="sijill",
        version="1",
        description=DESCRIPTION,
        docs_url=None,  # the stock page loads its scripts from elsewhere
        redoc_url=None,
    )
    app.add_middleware(Bounded, limits=limits)
    app.add_exception_handler(SijillError, refused)
    app.add_exception_handler(RequestValidationError, unreadable)
    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(Exception, unexpected)
    app.include_router(posting(ledger, limits))
    questions = Questions(ledger, registry)
    app.include_router(asking(questions, reports))
    app.include_router(extracting(questions, limits))

    @app.get(
        "/health",
        tags=["operating"],
        summary="Whether the ledger answers",
        dependencies=[EACH_ONCE, NO_PARAMETERS],
        responses=documented(422, 429),
    )
    def get_health() -> dict[str, int | str]:
        return {"status": "ok", "size": ledger.recorder.tree_size(), "projected": registry.size}

    @app.get("/docs", include_in_schema=False)
    def get_docs() -> Response:
        return HTMLResponse(page(app.openapi()))

    return app


def page(schema: dict[str, Any]) -> str:
    """The interface as one plain page: every route, its parameters, answers and an example."""
    routes = "".join(
        _route(method, path, operation)
        for path, operations in schema["paths"].items()
        for method, operation in operations.items()
    )
    title = escape(schema["info"]["title"])
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        "<style>body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;"
        "padding:0 1rem}code,pre{background:#f4f4f4}pre{padding:.5rem;overflow:auto}</style>"
        f"<h1>{title}</h1><p>{escape(schema['info']['description'])}</p>"
        f'<p>For programs: <a href="/openapi.json">/openapi.json</a></p>{routes}</html>'
    )


def _route(method: str, path: str, operation: dict[str, Any]) -> str:
    parameters = "".join(
        f"<li><code>{escape(one['name'])}</code> ({one['in']})"
        f" {escape(str(one.get('description', one['schema'].get('description', ''))))}</li>"
        for one in operation.get("parameters", [])
    )
    answers = "".join(
        f"<li>{code}: {escape(answer['description'])}</li>"
        for code, answer in operation["responses"].items()
    )
    examples = "".join(
        f"<pre>{escape(_json(content['example']))}</pre>"
        for answer in operation["responses"].values()
        for content in answer.get("content", {}).values()
        if "example" in content
    )
    words = operation.get("description", operation.get("summary", ""))
    return (
        f"<h2><code>{method.upper()} {escape(path)}</code></h2><p>{escape(words)}</p>"
        f"<ul>{parameters}</ul><details><summary>Answers</summary><ul>{answers}</ul></details>"
        f"{examples}"
    )


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
