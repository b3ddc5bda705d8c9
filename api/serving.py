"""Running the HTTP interface: one process, one writer, until it is told to stop."""

from __future__ import annotations

from pathlib import Path

import uvicorn

from api.http.app import create_app
from api.http.limits import STANDARD, Limits
from ledger.ledger import Ledger
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
    uvicorn.run(
        create_app(ledger, registry, reports, limits),
        host=host,
        port=port,
        workers=1,
        proxy_headers=False,
        server_header=False,
        log_level="warning",
        timeout_graceful_shutdown=10,
    )
