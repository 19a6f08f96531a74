"""What the pages share while the app runs, made once by `create_app`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from starlette.requests import Request

from bot.web.context import ProductCard, WebContext
from bot.web.desk import Desk
from bot.web.faults import Fault
from bot.web.oidc import Oidc
from bot.web.pace import Pacer
from bot.web.rasa_link import RasaLink
from bot.web.rendering import Pages
from bot.web.trust import TrustBoard
from bot.web.visitors import Visit, visit_of

Answer = TypeVar("Answer")

CSRF_FIELD = "csrf"
CSRF_HEADER = "x-csrf-token"


@dataclass(frozen=True)
class Room:
    """The context and the parts made of it."""

    context: WebContext
    desk: Desk
    pages: Pages
    link: RasaLink
    pacer: Pacer
    board: TrustBoard
    oidc: Oidc | None = None

    async def ask(self, use_case: Callable[..., Answer], *values: Any, **named: Any) -> Answer:
        """Run a use case with the database in a thread of its own, and return its answer."""
        return await asyncio.to_thread(use_case, self.context.units, *values, **named)

    def product(self, product_id: str) -> ProductCard | None:
        """Return a product by its id."""
        return next((product for product in self.context.products if product.id == product_id), None)

    def check_csrf(self, request: Request[Any], token: str) -> Visit:
        """Return the visit of a request that changes something; Fault 403 without the visitor's token."""
        visit = visit_of(request)
        crossed = request.headers.get("sec-fetch-site", "same-origin") == "cross-site"
        if crossed or not visit.accepts(token):
            raise Fault(403, "forbidden")
        return visit


def room_of(request: Request[Any]) -> Room:
    """Return the room that a request is served in."""
    room: Room = request.app.state.room
    return room
