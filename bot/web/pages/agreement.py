"""How far the bot and people agree, and people with each other; the floors below which nothing is trusted."""

from __future__ import annotations

import math
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.coaching.families import FAMILIES, GROUPS
from bot.coaching.taxonomy import LANGS
from bot.services.access import ADMIN
from bot.services.errors import Refused
from bot.services.measuring import set_floor, trusts
from bot.web.people import person_of
from bot.web.room import room_of


async def show(request: Request[Any]) -> Response:
    """Show how far judges agree, by family and language."""
    room = room_of(request)
    return room.pages.page(
        request,
        "agreement.html",
        found=await room.ask(trusts),
        groups=GROUPS,
        families=FAMILIES,
        langs=LANGS,
        may_set=person_of(request).role == ADMIN,
    )


async def set_floors(request: Request[Any]) -> Response:
    """Set the kappa below which the judgement of a family is for practice only."""
    room = room_of(request)
    form = await request.form()
    try:
        kappa = float(str(form.get("kappa", "")))
    except ValueError as error:
        raise Refused("kappa") from error
    if not math.isfinite(kappa):
        raise Refused("kappa")
    await room.ask(
        set_floor,
        person=person_of(request),
        family=str(form.get("family", "")),
        kappa=kappa,
        now=room.desk.now(),
    )
    await room.ask(lambda _units: room.board.look())
    return RedirectResponse("/agreement", status_code=303)
