"""Blind double rating: samples, one message after another, and afterwards what everybody said."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.coaching.families import FAMILIES, GROUPS, NO
from bot.coaching.taxonomy import LANGS
from bot.services.access import ADMIN
from bot.services.errors import Refused
from bot.services.numeral import whole_number
from bot.services.rating import (
    LARGEST,
    NAME_LIMIT,
    SMALLEST,
    desk,
    make_sample,
    question,
    rate,
    verdicts,
)
from bot.web.ids import id_if_any, id_of
from bot.web.people import person_of
from bot.web.room import room_of

_SIZE = 60


async def show_list(request: Request[Any]) -> Response:
    """List the samples, with a form for a new one."""
    return await _list(request)


async def make(request: Request[Any]) -> Response:
    """Draw a sample and go to its first message."""
    room, form = room_of(request), await request.form()
    try:
        made = await room.ask(
            make_sample,
            person=person_of(request),
            team=id_if_any(form.get("team")) or None,
            name=str(form.get("name", "")),
            size=whole_number(str(form.get("size", ""))) or 0,
            groups=[str(group) for group in form.getlist("groups")],
            langs=[str(lang) for lang in form.getlist("langs")],
            now=room.desk.now(),
        )
    except Refused as refused:
        return await _list(request, fault=refused.field, status=422)
    return RedirectResponse(f"/samples/{made}", status_code=303)


async def show(request: Request[Any]) -> Response:
    """Show the next message to be rated."""
    return await _question(request)


async def answer(request: Request[Any]) -> Response:
    """Keep what was said of a message, or skip it, and go on to the next."""
    room, form = room_of(request), await request.form()
    sample, item = (id_of(request.path_params[name]) for name in ("sample", "item"))
    labels = {family: str(form.get(family, NO if family in GROUPS["faults"] else "")) for family in FAMILIES}
    try:
        await room.ask(
            rate,
            person=person_of(request),
            sample=sample,
            item=item,
            labels=None if form.get("skip") else labels,
            now=room.desk.now(),
        )
    except Refused:
        return await _question(request, given=labels, status=422)
    return RedirectResponse(f"/samples/{sample}#rate", status_code=303)


async def show_verdicts(request: Request[Any]) -> Response:
    """Show what everybody said of the messages that the person has rated."""
    room = room_of(request)
    sample, progress, told = await room.ask(
        verdicts, person=person_of(request), sample=id_of(request.path_params["sample"]), now=room.desk.now()
    )
    return room.pages.page(
        request,
        "sample_verdicts.html",
        sample=sample,
        progress=progress,
        told=[one for one in told if one.disputed],
        rated=len(told),
        families=FAMILIES,
    )


async def _list(request: Request[Any], *, fault: str = "", status: int = 200) -> Response:
    room, person = room_of(request), person_of(request)
    found = await room.ask(desk, person=person)
    return room.pages.page(
        request,
        "samples.html",
        status,
        found=found,
        fault=fault,
        groups=GROUPS,
        langs=LANGS,
        everybody=person.role == ADMIN,
        size=_SIZE,
        smallest=SMALLEST,
        largest=LARGEST,
        name_limit=NAME_LIMIT,
        team_names={team.id: team.name for team in found.teams},
    )


async def _question(
    request: Request[Any], *, given: dict[str, str] | None = None, status: int = 200
) -> Response:
    room = room_of(request)
    asked = await room.ask(
        question, person=person_of(request), sample=id_of(request.path_params["sample"]), now=room.desk.now()
    )
    return room.pages.page(
        request,
        "sample.html",
        status,
        asked=asked,
        given=given or {},
        missing=given is not None,
        families=FAMILIES,
    )
