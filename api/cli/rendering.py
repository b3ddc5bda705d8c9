"""`sijill render`: a bundle as pages to read and to print."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from api.cli.output import Format, print_json, say
from api.cli.reporting import Trust, print_verdict
from api.cli.session import Session
from api.cli.verifying import read_policy
from api.pages.libraries import libraries
from audit.container import MAX_BYTES
from audit.verdict import VERIFIED
from audit.verify import conclude, open_bundle
from audit.web.build import build_page
from domain.errors import Invalid
from ledger.note import VerifierKey

_BOTH = "both"


def add_to(app: typer.Typer) -> None:
    app.command("render", rich_help_panel="Publishing and checking")(render)


def render(
    context: typer.Context,
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="a .sijill file")],
    trust: Trust,
    out: Annotated[Path, typer.Option(help="the folder to write the pages into")],
    witness: Annotated[
        list[str] | None, typer.Option(help="the public key of a witness you trust; repeatable")
    ] = None,
    quorum: Annotated[
        int | None, typer.Option(help="how many of them must have cosigned; all if not given")
    ] = None,
    language: Annotated[str, typer.Option(help="en, ar or both")] = _BOTH,
    kind: Annotated[str, typer.Option("--as", help="html, pdf or both")] = _BOTH,
    boundaries: Annotated[
        Path | None,
        typer.Option(help="a GeoJSON file with the governorates' boundaries, by p-code"),
    ] = None,
    licence: Annotated[
        str | None, typer.Option(help="of those boundaries, and whose they are: printed below maps")
    ] = None,
    unverified: Annotated[
        bool,
        typer.Option("--unverified", help="make pages of what does not verify, each stamped so"),
    ] = False,
) -> None:
    """Make pages of a report from its bundle: HTML and PDF, in English and Arabic, with charts.

    The bundle is verified first; one that does not verify is refused, with verify's exit code.
    Example: sijill render march.sijill --trust "$LOG_KEY" --out pages
    """
    session: Session = context.obj
    languages = _choice("--language", language, ("en", "ar"))
    kinds = _choice("--as", kind, ("html", "pdf"))
    if (boundaries is None) != (licence is None):
        raise Invalid(
            "--boundaries and --licence: give both, the file and under what licence it is"
        )
    keys = [VerifierKey.parse(key) for key in trust]
    policy = read_policy(witness or (), quorum, None, None)
    with bundle.open("rb") as file:
        raw = file.read(MAX_BYTES + 1)
    opened = open_bundle(raw, keys, policy, build_page())
    verdict = conclude(opened)
    if not verdict.verified and not unverified:
        print_verdict(session.form, verdict)
        say("Nothing was written. --unverified makes pages all the same, each with a stamp.")
        raise typer.Exit(verdict.exit_code)
    with libraries():
        from api.pages.content import Reader  # noqa: PLC0415 - an optional extra
        from api.pages.render import Asked  # noqa: PLC0415
        from api.pages.render import render as render_report  # noqa: PLC0415

        asked = Asked(languages, kinds, boundaries, licence)
        files = render_report(opened, verdict, Reader(keys, policy), asked)
    _write(out, files)
    if session.form is Format.JSON:
        print_json({"verified": verdict.verified, "files": {n: len(f) for n, f in files.items()}})
        return
    say("VERIFIED." if verdict.exit_code == VERIFIED else "NOT VERIFIED: every page says so.")
    for name, content in files.items():
        say(f"{out / name}: {len(content)} bytes")


def _choice(option: str, chosen: str, known: tuple[str, ...]) -> tuple[str, ...]:
    if chosen == _BOTH:
        return known
    if chosen not in known:
        raise Invalid(f"{option} {chosen}: use {', '.join(known)} or {_BOTH}")
    return (chosen,)


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write every file, each whole or not at all."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.part")
        part.write_bytes(content)
        part.replace(path)
