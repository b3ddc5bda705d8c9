"""Extracts over HTTP: the files of `sijill extract`, made on disk before the first byte is sent.

A slow reader so holds a file, and neither the ledger nor memory.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from threading import BoundedSemaphore
from typing import Annotated, Any, BinaryIO, Literal, cast

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse

from api.extract.files import FORMATS, Options, check_options, write_file
from api.extract.rows import KINDS, Asked, extract
from api.http.asking import IMMUTABLE, REVALIDATE, Grouped, etag_of
from api.http.limits import Limits
from api.http.parameters import EACH_ONCE
from api.http.problems import documented
from api.questions import Questions
from domain.errors import Rejected

_PIECE = 1 << 18
_NAMES = "|".join(KINDS)
_ENDINGS = "|".join(suffix[1:] for suffix in FORMATS)
_File = Annotated[
    str,
    Path(pattern=rf"^(?:{_NAMES})\.(?:{_ENDINGS})$", max_length=40, examples=["claims.csv"]),
]


class _Extracted(Grouped):
    measure: Literal["deaths", "massacres"] = Field("deaths", description="of members")
    language: Literal["en", "ar"] = Field("en", description="of names")
    hxl: bool = Field(False, description="csv, xlsx: HXL hashtags in the second row")
    licence: Annotated[str, Field(max_length=200)] | None = Field(
        None, description="of the rows of a data package (zip)"
    )


def extracting(questions: Questions, limits: Limits) -> APIRouter:
    """The route; so many extracts at a time are made, and none is larger than the limit."""
    router = APIRouter(tags=["asking"], dependencies=[EACH_ONCE])
    free = BoundedSemaphore(limits.extracts)

    @router.get(
        "/extracts/{name}",
        response_class=Response,
        responses={
            200: {
                "description": "The file, of the state of the ledger that its rows name",
                "content": {
                    media.partition(";")[0]: {
                        "schema": {"type": "object"}
                        if media.partition(";")[0].endswith("json")
                        else {"type": "string", "format": "binary"}
                    }
                    for media in FORMATS.values()
                },
            },
            304: {"description": "The file is still the one that the ETag names"},
            **documented(400, 404, 413, 422, 429, 503),
        },
    )
    def get_extract(
        request: Request, name: _File, asked: Annotated[_Extracted, Query()]
    ) -> Response:
        """Claims, incidents, massacres, a toll or members as a file for other tools."""
        kind, _, ending = name.partition(".")
        suffix, options = f".{ending}", Options(asked.hxl, None, asked.licence)
        check_options(kind, suffix, options)
        taken = extract(questions, Asked(kind, asked.filters(), asked.measure, asked.language))
        etag = etag_of(request, taken.state, questions.registry.size)
        fixed = asked.at is not None and asked.at.isdigit()
        headers = {"etag": etag, "cache-control": IMMUTABLE if fixed else REVALIDATE}
        if etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if not free.acquire(blocking=False):
            raise HTTPException(503, "other extracts are being made", {"retry-after": "5"})
        try:
            file = cast(BinaryIO, _Bounded(limits.extract))
            try:
                write_file(questions, taken, suffix, file, options)
            except BaseException:
                file.close()
                raise
        finally:
            free.release()
        headers |= {
            "content-length": str(file.seek(0, 2)),
            "content-disposition": f'attachment; filename="{name}"',
        }
        file.seek(0)
        return StreamingResponse(
            _pieces(file),
            media_type=FORMATS[suffix],
            headers=headers,
            background=BackgroundTask(file.close),
        )

    return router


class _Bounded:
    """A temporary file that refuses more than so many bytes: of a disk, not of memory."""

    def __init__(self, most: int) -> None:
        self._file: Any = tempfile.TemporaryFile()  # noqa: SIM115 - closed when it was sent
        self._most = most
        self._refused = False

    def write(self, data: bytes) -> int:
        if self._refused:
            # Writers write once more as they are closed.
            return len(data)
        if self._file.tell() + len(data) > self._most:
            self._refused = True
            self._file.close()
            self._file = io.BytesIO()
            raise Rejected(
                "oversize",
                f"an extract has at most {self._most} bytes here, and these rows are more: narrow "
                "the question, or ask its publisher for the file",
            )
        return int(self._file.write(data))

    def close(self) -> None:
        if not self._refused:
            self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(_PIECE):
        yield piece
