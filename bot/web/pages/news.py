"""What trainers said to the visitor, over all sessions."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from bot.services.noticing import read_news
from bot.web.people import person_of
from bot.web.remarks import remark
from bot.web.room import room_of


async def show(request: Request[Any]) -> Response:
    """Show it, the latest first; with that it is not new any more."""
    room = room_of(request)
    speech = room.pages.speech(request)
    found = await room.ask(read_news, person=person_of(request))
    return room.pages.page(
        request,
        "news.html",
        notices=[(notice, remark(notice.event, found.by, speech)) for notice in found.notices],
        products={product.id: product for product in room.context.products},
    )
