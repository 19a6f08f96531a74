"""Puts the pages, the guards around them and their parts together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from bot.services.errors import Conflict, NotFound, Refused, TooMany, Unavailable
from bot.web.api.routes import api_routes
from bot.web.chores import Chore, doing
from bot.web.context import AUTHORING, MAX_BODY_BYTES, MAX_DOCUMENT_BYTES, WebContext
from bot.web.desk import Desk
from bot.web.faults import Fault, Faults
from bot.web.guards import BodyGuard, HeaderGuard, HostGuard, LastGuard
from bot.web.oidc import PATH, SESSION_COOKIE, SESSION_SECONDS, Oidc
from bot.web.pace import Pacer
from bot.web.rasa_link import RasaLink
from bot.web.rendering import STATIC, Pages
from bot.web.room import Room
from bot.web.routes import routes
from bot.web.trust import EVERY, TrustBoard
from bot.web.visitors import Cookies, VisitorMiddleware
from bot.web.wording import speeches

_HANDLED: Final = (Fault, HTTPException, Conflict, NotFound, Refused, TooMany, Unavailable)


class KeptFiles(StaticFiles):
    """Static files that browsers keep: their addresses change with their content."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """Answer with a file."""
        response = super().file_response(*args, **kwargs)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


def create_app(context: WebContext) -> Starlette:
    """Return the web application."""
    board = TrustBoard(context)
    pages = Pages(speeches(context.phrases, context.names), context.lang, board.told)
    faults = Faults(pages)
    room = Room(
        context=context,
        desk=Desk(context),
        pages=pages,
        link=RasaLink(context.rasa_url, context.rasa_secret, context.clock),
        pacer=Pacer(context.pace),
        board=board,
        oidc=Oidc(context.provider) if context.provider else None,
    )

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with doing((*context.chores, Chore("measuring agreement", EVERY, board.work))):
            yield
        await room.link.close()

    app = Starlette(
        routes=[*routes(), *api_routes(), Mount("/static", KeptFiles(directory=STATIC), name="static")],
        middleware=[
            Middleware(HeaderGuard),
            Middleware(VisitorMiddleware, cookies=Cookies(context.cookie_secret)),
            Middleware(LastGuard, page=faults.page),
            Middleware(HostGuard, allowed=context.allowed_hosts, page=faults.page),
            Middleware(
                BodyGuard, limit=MAX_BODY_BYTES, page=faults.page, below={AUTHORING: MAX_DOCUMENT_BYTES}
            ),
            # Holds state and nonce while somebody is at the identity provider; set nowhere else.
            Middleware(
                SessionMiddleware,
                secret_key=context.cookie_secret.hex(),
                session_cookie=SESSION_COOKIE,
                max_age=SESSION_SECONDS,
                path=PATH,
                same_site="lax",
            ),
        ],
        exception_handlers=dict.fromkeys(_HANDLED, faults.handle),
        lifespan=lifespan,
    )
    app.state.room = room
    return app
