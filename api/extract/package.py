"""An extract as a Frictionless data package (datapackage.org), with the proof of its state.

A container as bundles are, so that the same files have one spelling. What is in it and how it is
verified: docs/formats/extract.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from api.extract.columns import Column
from api.extract.rows import Asked, Extract, extract
from api.extract.text import csv_lines
from api.prove import covering_checkpoint, logged_stream
from api.questions import Filters, Questions
from audit.bundle import CHECKPOINT, CONSISTENCY, MANIFEST, README, entry_files, format_manifest
from audit.container import MAX_BYTES, container_parts
from audit.extract import PACKAGE, VERSION, Stated, extract_identity
from audit.spooled import Content, Spooled
from domain import canonical
from domain.errors import Invalid, Unverified
from ledger.ledger import Ledger
from ledger.proof import ConsistencyProof, format_consistency

_PROFILE = "https://datapackage.org/profiles/2.0"
_NOT_OF_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_KEYS = {
    "claims": ("claim",),
    "incidents": ("incident",),
    "massacres": ("incident",),
    "members": ("member",),
}

_TEXT = """\
{identity}

{english}

Rows taken out of a sijill ledger at {size} entries, root {root}. The rows are in data/,
datapackage.json describes them (datapackage.org). {licence}
To verify that the ledger had this state, with the public key of the ledger (from its organisation,
never from this file):

    sijill verify FILE.zip --trust VKEY

Nobody signs the rows. Whoever has the ledger takes them out again and compares every byte:

    sijill verify FILE.zip --trust VKEY --ledger DIR

In a cell that would begin with =, +, -, @, a tab or a line break, an apostrophe stands before it.

{arabic}

صفوف مستخرجة من سجل «سِجِلّ» عند {size} قيداً، وجذره مذكور أعلاه.
الصفوف في data/ ووصفها في datapackage.json.
للتحقق من أن السجل كان على هذه الحال، بالمفتاح العلني للسجل (من المنظمة نفسها، لا من هذا الملف):

    sijill verify FILE.zip --trust VKEY

لا أحد يوقّع الصفوف. ومن لديه السجل يستخرجها ثانيةً ويقارن كل بايت:

    sijill verify FILE.zip --trust VKEY --ledger DIR
"""


def package_parts(ledger: Ledger, taken: Extract, licence: str | None) -> Iterator[bytes]:
    """The data package with its proofs, piece by piece: the rows wait on disk, not in memory.

    Raises Invalid, before the first piece, for more than a container holds.
    """
    files = package_files(taken, licence)
    size, note = covering_checkpoint(ledger, taken.state.size - 1)
    checkpoint = note + b"".join(ledger.recorder.cosignatures(size))
    files[CHECKPOINT] = checkpoint
    for one in logged_stream(ledger, "authority", size, checkpoint):
        files |= entry_files("authority", one)
    if size != taken.state.size:
        hashes = tuple(ledger.consistency_proof(taken.state.size, size))
        growth = ConsistencyProof(taken.state.size, hashes, checkpoint)
        files[CONSISTENCY] = format_consistency(growth)
    files[MANIFEST] = format_manifest(_identity(taken), files)
    return container_parts(files)


def package_files(taken: Extract, licence: str | None) -> dict[str, Content]:
    """The files that only depend on what was asked of which state: rows, schema, README."""
    kind, path = taken.asked.kind, f"data/{taken.asked.kind}.csv"
    data = Spooled(_within_bounds(csv_lines(taken)))
    resource = {
        "name": kind,
        "path": path,
        "type": "table",
        "title": taken.words,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(data),
        "hash": f"sha256:{data.sha256}",
        "dialect": {"$schema": f"{_PROFILE}/tabledialect.json", "lineTerminator": "\r\n"},
        "schema": _schema(taken),
    }
    package: dict[str, Any] = {
        "$schema": f"{_PROFILE}/datapackage.json",
        "name": f"sijill-{kind}-{taken.state.size}",
        "title": taken.words,
        "created": taken.time,
    }
    if licence is not None:
        name = _NOT_OF_A_NAME.sub("-", licence).strip("-") or "other"
        package["licenses"] = [{"name": name, "title": licence}]
    package |= {"resources": [resource], "sijill": _stated(taken)}
    canonical.dumps([package["sijill"], licence])  # as the reader will ask for
    return {
        README: _readme(taken, licence),
        PACKAGE: orjson.dumps(package, option=orjson.OPT_INDENT_2) + b"\n",
        path: data,
    }


def _within_bounds(lines: Iterable[bytes]) -> Iterator[bytes]:
    size = 0
    for line in lines:
        size += len(line)
        if size > MAX_BYTES:
            raise Invalid(
                f"a data package holds {MAX_BYTES} bytes, and these rows are more: narrow the "
                "question, or write .csv"
            )
        yield line


def take_again(ask: Questions, stated: Stated) -> dict[str, bytes]:
    """The files of the extract that a package says it is, from a ledger at hand.

    Raises Unverified when the ledger never had that state, and as `extract` does.
    """
    definition = stated.definition
    measure = definition.get("measure")
    asked = Asked(
        stated.kind,
        _filters(definition, stated.size),
        str(measure) if stated.kind == "members" else "deaths",
        stated.language,
    )
    taken = extract(ask, asked)
    said = {"origin": stated.origin, "size": stated.size, "root": stated.root}
    if taken.state.to_json() != said:
        raise Unverified(
            f"the ledger {taken.state.origin} had root {taken.state.root} at {taken.state.size} "
            f"entries, and the extract says {stated.origin}, {stated.root}"
        )
    files = package_files(taken, stated.licence)
    return {name: bytes(content) for name, content in files.items()}


def _filters(definition: dict[str, Any], size: int) -> Filters:
    where, by, period = definition.get("where"), definition.get("by"), definition.get("period")
    if type(where) is not dict or type(by) is not list:
        raise Invalid("definition: where is an object and by is a list")
    words = [*where.values(), by]
    if not all(type(one) is list and all(type(word) is str for word in one) for one in words):
        raise Invalid("definition: where and by hold words")
    if period is not None and type(period) is not str:
        raise Invalid("definition: period is text or null")
    happened = definition.get("basis") == "happened"
    declared = {name: definition.get(name) for name in ("on", "joint", "review")}
    # Of what is listed and not counted, no rule for straddling dates is asked.
    if definition.get("straddling") != "any-day":
        declared["straddling"] = definition.get("straddling")
    level = definition.get("level")
    if not all(value is None or type(value) is str for value in declared.values()):
        raise Invalid("definition: on, joint, review and straddling are words")
    return Filters(
        None if happened else period,
        period if happened else None,
        [f"{facet}={','.join(values)}" for facet, values in where.items()],
        by,
        str(size - 1),
        level=None if level is None else str(level),
        **declared,
    )


def _identity(taken: Extract) -> str:
    return extract_identity(taken.state.origin, taken.asked.kind, taken.state.size)


def _stated(taken: Extract) -> dict[str, Any]:
    asked = {"version": VERSION, "extract": taken.asked.kind, "language": taken.asked.language}
    return asked | taken.to_json()


def _schema(taken: Extract) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "$schema": f"{_PROFILE}/tableschema.json",
        "fields": [_field(column, taken.asked.language) for column in taken.columns],
        "missingValues": [""],
    }
    key = list(_KEYS.get(taken.asked.kind, ()))
    if taken.asked.measure == "massacres":
        key.append("claim")
    return schema | ({"primaryKey": key} if key else {})


def _field(column: Column, language: str) -> dict[str, Any]:
    return {
        "name": column.name,
        "type": column.type,
        "title": column.title(language),
        "hxl": column.hxl,
    }


def _readme(taken: Extract, licence: str | None) -> bytes:
    return _TEXT.format(
        identity=_identity(taken),
        english=taken.sentence["en"],
        arabic=taken.sentence["ar"],
        size=taken.state.size,
        root=taken.state.root,
        licence="No licence is stated." if licence is None else f"Licence: {licence}.",
    ).encode()
