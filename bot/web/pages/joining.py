"""Joining by a link that somebody was given."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.services.errors import NotFound, Refused, Taken
from bot.services.joining import invitation
from bot.services.joining import join as join_by
from bot.services.passwords import LONGEST, SHORTEST
from bot.web.faults import Fault
from bot.web.navigation import landing
from bot.web.people import remember_sign_in
from bot.web.room import room_of
from bot.web.visitors import visit_of


async def show(request: Request[Any]) -> Response:
    """Show the form; of a link that cannot be used it is told what to do."""
    return await _form(request, name=visit_of(request).visitor.name)


async def join(request: Request[Any]) -> Response:
    """Make the account and sign in; what is not right gets the form again."""
    room = room_of(request)
    form = await request.form()
    login, name = str(form.get("login", "")), str(form.get("name", ""))
    lang = room.pages.lang(request)
    role = await _invited(request)
    try:
        token = await room.ask(
            join_by,
            room.context.cookie_secret,
            token=request.path_params["token"],
            login=login,
            name=name,
            password=str(form.get("password", "")),
            lang=lang,
            now=room.desk.now(),
        )
    except Refused as error:
        return await _form(request, login=login, name=name, fault=error.field)
    except Taken:
        return await _form(request, login=login, name=name, fault="taken")
    visit_of(request).remember(name=name[:80], lang=lang)
    response = RedirectResponse(landing(role), status_code=303)
    remember_sign_in(request, response, token)
    return response


async def _invited(request: Request[Any]) -> str:
    """Return the role that a link invites to; one that cannot be used is told what to do instead."""
    room = room_of(request)
    try:
        found = await room.ask(invitation, token=request.path_params["token"], now=room.desk.now())
    except NotFound as error:
        raise Fault(404, "link_gone") from error
    role: str = found.role
    return role


async def _form(request: Request[Any], *, login: str = "", name: str = "", fault: str = "") -> Response:
    room = room_of(request)
    role = await _invited(request)
    return room.pages.page(
        request,
        "join.html",
        422 if fault else 200,
        role=role,
        login=login,
        name=name,
        fault=fault,
        shortest=SHORTEST,
        longest=LONGEST,
    )
