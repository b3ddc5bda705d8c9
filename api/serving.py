"""Running the HTTP interface: one process, one writer, until it is told to stop."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from api.http.app import create_app
from api.http.limits import STANDARD, Limits
from api.http.witnessing import create_witness
from ledger.ledger import Ledger
from ledger.witness import Witness
from projections.registry import Registry


def run(
    ledger: Ledger,
    registry: Registry,
    reports: Path,
    *,
    host: str,
    port: int,
    limits: Limits = STANDARD,
) -> None:
    """Serve until interrupted. Behind a proxy, the client's address is the proxy's."""
    _serve(create_app(ledger, registry, reports, limits), host, port)


def run_witness(
    witness: Witness,
    origins: Sequence[str],
    *,
    host: str,
    port: int,
    limits: Limits = STANDARD,
) -> None:
    """Serve a witness until interrupted."""
    _serve(create_witness(witness, origins, limits), host, port)


def _serve(app: FastAPI, host: str, port: int) -> None:
    uvicorn.run(
        app,
        host=host,
        port=port,
        workers=1,
        proxy_headers=False,
        server_header=False,
        log_level="warning",
        timeout_graceful_shutdown=10,
    )
