"""Tying somebody known in Slack to the account that is signed in."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.services.errors import Refused
from bot.services.linking import use_code
from bot.web.people import person_of
from bot.web.room import room_of


async def show(request: Request[Any]) -> Response:
    """Ask for the code."""
    return room_of(request).pages.page(request, "link.html", fault="")


async def link(request: Request[Any]) -> Response:
    """Use the code; what is practised there and here is one record from now on."""
    room = room_of(request)
    code = str((await request.form()).get("code", ""))[:80]
    try:
        await room.ask(
            use_code, room.context.cookie_secret, code=code, person=person_of(request), now=room.desk.now()
        )
    except Refused:
        return room.pages.page(request, "link.html", 422, fault="code")
    return RedirectResponse("/sessions", status_code=303)
