"""`sijill serve`: the same questions, and the same way in, over HTTP."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.output import say
from api.cli.session import Session


def add_to(app: typer.Typer) -> None:
    app.command("serve", rich_help_panel="Ledger and keys")(serve)


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="the address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="the port to listen on", min=0, max=65535)] = 8000,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="accept nothing; needs no log key")
    ] = False,
) -> None:
    """Serve the ledger over HTTP; /docs lists what can be asked.

    The witnesses of witnesses.toml are asked to cosign every new checkpoint.

    Example: sijill serve --port 8000
    """
    from api.serving import run  # noqa: PLC0415 - the web framework is slow to load
    from api.watching import Watching  # noqa: PLC0415

    session: Session = context.obj
    folder = session.folder
    ledger = folder.open_ledger() if read_only else session.accepting()
    registry = folder.open_registry(ledger)
    say(f"Serving {ledger.origin} on http://{host}:{port}")
    try:
        with Watching(ledger, session.policy()):
            run(ledger, registry, folder.reports, host=host, port=port)
    finally:
        registry.close()
        ledger.close()
