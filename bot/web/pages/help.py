"""The help page."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from bot.web.room import room_of


async def show(request: Request[Any]) -> Response:
    """Show what can be done here."""
    return room_of(request).pages.page(request, "help.html")
