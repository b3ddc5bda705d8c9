"""What one client may ask for: requests a second, and how large a body may be."""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from fastapi import Request
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.problems import SAFE, members, respond
from domain.errors import Invalid, Rejected

_MOST_CLIENTS = 10_000  # remembered at a time; the one not seen longest is forgotten
_HEADERS = [(name.encode(), value.encode()) for name, value in SAFE.items()]


class Limits(NamedTuple):
    """`rate` requests a second for each client address, `burst` at once; `extracts` made at a time
    for all clients; sizes in bytes.
    """

    rate: float = 50.0
    burst: int = 200
    note: int = 65_535
    stream: int = 64 << 20
    extract: int = 1 << 30
    extracts: int = 2


STANDARD = Limits()


class Bounded:
    """The outermost layer: a token bucket for each client, HEAD, and headers that every answer has.

    HEAD is GET without the content (RFC 9110 section 9.3.2); routes are declared for GET alone.
    """

    def __init__(
        self, app: ASGIApp, limits: Limits, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._app = app
        self._limits = limits
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        asked_for_head = scope["method"] == "HEAD"
        if asked_for_head:
            scope = {**scope, "method": "GET"}

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_HEADERS]
            elif asked_for_head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        wait = self._take(_client(scope["client"][0] if scope.get("client") else ""))
        if wait > 0:
            problem = members(429, "too many requests; slow down", scope["path"])
            answer = respond(problem, **{"retry-after": str(int(wait) + 1)})
            await answer(scope, receive, send_with_headers)
            return
        if not scope["query_string"].isascii():
            # RFC 3986 §2: other bytes are percent-encoded; not every server refuses them itself.
            problem = members(400, "the query holds bytes that are not ASCII", scope["path"])
            await respond(problem)(scope, receive, send_with_headers)
            return
        await self._app(scope, receive, send_with_headers)

    def _take(self, client: str) -> float:
        """Take one token; returns the seconds to wait when there is none."""
        now = self._clock()
        tokens, before = self._buckets.pop(client, (float(self._limits.burst), now))
        tokens = min(self._limits.burst, tokens + (now - before) * self._limits.rate)
        wait = 0.0 if tokens >= 1 else (1 - tokens) / self._limits.rate
        self._buckets[client] = (tokens - 1 if tokens >= 1 else tokens, now)
        if len(self._buckets) > _MOST_CLIENTS:
            self._buckets.popitem(last=False)
        return wait


def _client(address: str) -> str:
    """Whom a bucket is for: an IPv6 client has a whole /64 to choose its addresses from."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((int(parsed) >> 64 << 64, 64)))


async def read_body(request: Request, most: int) -> bytes:
    """The body, of at most so many bytes, whatever its headers claim; Rejected when larger."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > most:
                raise Rejected("oversize", f"the body has more than {most} bytes")
    except ClientDisconnect:
        # Nobody reads this answer; but it is no error of ours to be logged with a traceback.
        raise Invalid("the body ended before its time; nothing was stored") from None
    return bytes(body)
