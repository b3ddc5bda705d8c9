"""`sijill witness`: run one; `sijill cosign`: ask those that watch this ledger."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from api.cli.output import Format, print_csv, print_json, print_table, say
from api.cli.session import Session, new_passphrase, passphrase
from api.folder import Folder
from api.tables import Table
from domain.errors import Invalid
from ledger.note import VerifierKey
from ledger.signer import Ed25519Signer
from ledger.witness import Witness

witness = typer.Typer(
    help="Witness logs: cosign only what extends what was seen. Example: sijill witness serve DIR",
    no_args_is_help=True,
)
State = Annotated[Path, typer.Argument(metavar="DIR", help="the witness's own folder")]


def add_to(app: typer.Typer) -> None:
    app.add_typer(witness, name="witness", rich_help_panel="Publishing and checking")
    app.command("cosign", rich_help_panel="Publishing and checking")(cosign)


@witness.command("new")
def new(
    folder: State,
    name: Annotated[str, typer.Argument(help="the witness's name, such as archive.example/w1")],
) -> None:
    """Make a witness: a folder with a key of its own.

    Example: sijill witness new w1 archive.example-w1
    """
    signer = Folder(folder, folder).new_key(name, new_passphrase("the witness's key"))
    key = VerifierKey.cosigner(signer.key.name, signer.key.public_key)
    say("Whoever trusts this witness needs its public key:")
    say(f"  {key}")


@witness.command("serve")
def serve(
    folder: State,
    log: Annotated[
        list[str],
        typer.Option(help="the public key of a log to watch, or a further key of it; repeatable"),
    ],
    host: Annotated[str, typer.Option(help="the address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="the port to listen on", min=0, max=65535)] = 8100,
) -> None:
    """Serve a witness (c2sp.org/tlog-witness) for the logs named.

    Example: sijill witness serve w1 --log "$LOG_KEY" --port 8100
    """
    from api.serving import run_witness  # noqa: PLC0415 - the web framework is slow to load

    keys = [VerifierKey.parse(vkey) for vkey in log]
    run_witness(
        _open(folder, keys), list(dict.fromkeys(key.name for key in keys)), host=host, port=port
    )


@witness.command("evidence")
def evidence(
    folder: State,
    out: Annotated[Path, typer.Option(help="a folder for the files")],
) -> None:
    """Write down every pair of a cosigned checkpoint and a request that contradicts it.

    Example: sijill witness evidence w1 --out evidence
    """
    found = _open(folder, []).evidence()
    out.mkdir(parents=True, exist_ok=True)
    for number, (_, ours, request) in enumerate(found, 1):
        (out / f"{number:03}-cosigned.checkpoint").write_bytes(ours)
        (out / f"{number:03}-submitted.checkpoint").write_bytes(request.partition(b"\n\n")[2])
    say(f"{len(found)} contradictions written to {out}")


def _open(folder: Path, keys: list[VerifierKey]) -> Witness:
    files = sorted(folder.glob("*.key"))
    if len(files) != 1:
        raise Invalid(f"{folder} holds {len(files)} keys; make a witness with: sijill witness new")
    signer = Folder(folder, folder).signer(files[0].stem, passphrase)
    if not isinstance(signer, Ed25519Signer):
        raise Invalid("a witness's key is a file of its own, not one that an ssh-agent holds")
    return Witness(folder / "witness.db", signer, keys, lambda: int(time.time()))


def cosign(context: typer.Context) -> None:
    """Ask the witnesses of witnesses.toml to cosign the newest checkpoint, and keep their words.

    Exit code 1 when fewer than the quorum did. Example: sijill cosign
    """
    from api.cosign import ask_witnesses, read_policy  # noqa: PLC0415 - the client is slow to load

    session: Session = context.obj
    policy = read_policy(session.folder.path / "witnesses.toml")
    with session.reading() as ledger:
        answers = ask_witnesses(ledger, policy)
    size, words, given = answers.size, answers.words, answers.given
    rows = [word._asdict() for word in words]
    if session.form is Format.JSON:
        print_json({"size": size, "quorum": policy.quorum, "given": given, "witnesses": rows})
    elif session.form is Format.CSV:
        print_csv(rows)
    else:
        cells = tuple((word.witness, word.time or "", word.problem or "") for word in words)
        note = f"{given} of {len(words)} cosigned; {policy.quorum} are required"
        title = f"Checkpoint of {size} entries"
        print_table(Table(title, ("witness", "cosigned at", "problem"), cells, note=note))
    raise typer.Exit(0 if given >= policy.quorum else 1)
