"""Who is looking: a signed cookie with the trainee's key, and the CSRF token that is bound to it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass, replace
from typing import Any, Final

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web.wording import LANG_TAGS

COOKIE: Final = "dojo_visitor"
MAX_AGE: Final = 400 * 24 * 3600  # the longest that browsers keep a cookie
_RENEW_AFTER: Final = 24 * 3600
_KEY_BYTES: Final = 32


@dataclass(frozen=True)
class Visitor:
    """A person at a browser: the secret key that their sessions belong to, and what they chose last."""

    key: str
    lang: str = ""
    name: str = ""


class Visit:
    """The visitor of one request; the answer sets the cookie when it is new, changed or a day old."""

    def __init__(self, cookies: Cookies, received: str | None) -> None:
        """Take the cookie that came, if one did."""
        self._cookies = cookies
        self._visitor, self._fresh = cookies.read(received)
        self.touched = False

    @property
    def visitor(self) -> Visitor:
        """The visitor; a newcomer gets a key of their own."""
        if self._visitor is None:
            self._visitor, self._fresh = Visitor(secrets.token_urlsafe(_KEY_BYTES)), False
        self.touched = self.touched or not self._fresh
        return self._visitor

    def remember(self, **choices: str) -> None:
        """Keep the visitor's language or name for next time."""
        changed = replace(self.visitor, **choices)
        if changed != self._visitor:
            self._visitor, self.touched = changed, True

    def renew_key(self) -> None:
        """Give the browser a new key: the old one belongs to somebody with an account from now on."""
        self._visitor, self.touched = replace(self.visitor, key=secrets.token_urlsafe(_KEY_BYTES)), True

    def cookie(self) -> str:
        """Return the value to be set."""
        return self._cookies.write(self.visitor)

    @property
    def csrf(self) -> str:
        """The token that this visitor's forms carry."""
        return self._cookies.csrf(self.visitor)

    def accepts(self, token: str) -> bool:
        """Whether a token is this visitor's, compared in constant time."""
        return hmac.compare_digest(self.csrf.encode(), token.encode("utf-8", "surrogatepass"))


class Cookies:
    """Writes and reads the signed cookie."""

    def __init__(self, secret: bytes) -> None:
        """Sign with `secret`."""
        self._serializer = URLSafeTimedSerializer(secret, salt="dojo.visitor")
        self._csrf_key = hmac.new(secret, b"dojo.csrf", hashlib.sha256).digest()

    def write(self, visitor: Visitor) -> str:
        """Return the cookie of a visitor."""
        return str(self._serializer.dumps([visitor.key, visitor.lang, visitor.name]))

    def read(self, received: str | None) -> tuple[Visitor | None, bool]:
        """Return the visitor of a cookie, and whether it need not be renewed; forged is like none."""
        if not received:
            return None, False
        try:
            fields, signed_at = self._serializer.loads(received, max_age=MAX_AGE, return_timestamp=True)
            visitor = Visitor(*(str(field) for field in fields))
        except (BadSignature, TypeError, ValueError):
            return None, False
        lang = visitor.lang if visitor.lang in LANG_TAGS else ""
        age = time.time() - signed_at.timestamp()
        return replace(visitor, lang=lang), age < _RENEW_AFTER

    def csrf(self, visitor: Visitor) -> str:
        """Return the CSRF token that is bound to a visitor's cookie."""
        digest = hmac.new(
            self._csrf_key, visitor.key.encode("utf-8", "surrogatepass"), hashlib.sha256
        ).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


class VisitorMiddleware:
    """Gives each request its visit, and each answer the cookie where one is due."""

    def __init__(self, app: ASGIApp, cookies: Cookies) -> None:
        """Wrap an app."""
        self._app = app
        self._cookies = cookies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        visit = Visit(self._cookies, Request(scope).cookies.get(COOKIE))
        scope.setdefault("state", {})["visit"] = visit

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and visit.touched:
                carrier = Response()
                carrier.set_cookie(
                    COOKIE,
                    visit.cookie(),
                    max_age=MAX_AGE,
                    httponly=True,
                    samesite="lax",
                    secure=scope.get("scheme") == "https",
                )
                MutableHeaders(scope=message).append("set-cookie", carrier.headers["set-cookie"])
            await send(message)

        await self._app(scope, receive, send_with_cookie)


def visit_of(request: Request[Any]) -> Visit:
    """Return the visit that a request belongs to."""
    visit: Visit = request.state.visit
    return visit
