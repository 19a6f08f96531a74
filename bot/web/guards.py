"""What every request passes first: the host it asks for, the size of its body, the headers it gets back."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger(__name__)

FaultPage = Callable[[Request, int], Awaitable[Response]]

CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS: Final = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_DRAINED_AT_MOST: Final = 1024 * 1024


class HeaderGuard:
    """Adds the security headers; what is not a static file is never kept by a cache."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an app."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
                if scope.get("scheme") == "https":
                    message["headers"] = [_only_by_https(*header) for header in message["headers"]]
            await send(message)

        await self._app(scope, receive, send_with_headers)


class LastGuard:
    """Answers with a page where something unforeseen went wrong; the log has the cause."""

    def __init__(self, app: ASGIApp, page: FaultPage) -> None:
        """Wrap an app."""
        self._app = app
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        begun = False

        async def send_and_tell(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, send_and_tell)
        except Exception:
            if begun or scope["type"] != "http":
                raise
            logger.exception("a page could not be made: %s", scope["path"])
            response = await self._page(Request(scope), 500)
            await response(scope, receive, send)


class HostGuard:
    """Refuses requests for other hosts: a foreign name that points here must not reach the pages."""

    def __init__(self, app: ASGIApp, allowed: Iterable[str], page: FaultPage) -> None:
        """Wrap an app; no allowed host at all accepts every one."""
        self._app = app
        self._allowed = frozenset(host.lower().strip("[]") for host in allowed)
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and self._allowed:
            host = host_name(Headers(scope=scope).get("host", ""))
            if host not in self._allowed:
                response = await self._page(Request(scope), 400)
                await response(scope, receive, send)
                return
        await self._app(scope, receive, send)


class BodyGuard:
    """Refuses bodies over a limit, whether their length is announced or not."""

    def __init__(
        self, app: ASGIApp, limit: int, page: FaultPage, below: Mapping[str, int] | None = None
    ) -> None:
        """Wrap an app; `below` gives the limits of addresses that begin so and take more."""
        self._app = app
        self._limit = limit
        self._below = dict(below or {})
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = max(
            [self._limit, *(most for start, most in self._below.items() if scope["path"].startswith(start))]
        )
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isdecimal() or int(announced) > limit:
            await _drain(receive)
            response = await self._page(Request(scope), 413)
            await response(scope, receive, send)
            return
        seen = 0

        async def receive_limited() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise HTTPException(413)
            return message

        await self._app(scope, receive_limited, send)


def host_name(header: str) -> str:
    """Return the host of a Host header, without its port, in lower case."""
    header = header.strip().lower()
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0]


def _only_by_https(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    """Return a header; a cookie that was given by https comes back only so."""
    is_open = name.lower() == b"set-cookie" and b"; secure" not in value.lower()
    return name, value + b"; Secure" if is_open else value


async def _drain(receive: Receive) -> None:
    # A browser that is cut off while it sends shows its own error instead of our page.
    seen = 0
    while seen <= _DRAINED_AT_MOST:
        message = await receive()
        seen += len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body", False):
            return
