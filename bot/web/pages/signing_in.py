"""Signing in and out."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.services.errors import NotFound, TooMany
from bot.services.signing_in import sign_in, sign_out
from bot.web.navigation import landing
from bot.web.own_path import own_path
from bot.web.people import COOKIE, forget_sign_in, person_of, remember_sign_in
from bot.web.room import room_of
from bot.web.visitors import visit_of


async def show(request: Request[Any]) -> Response:
    """Show the form; who is signed in already goes on."""
    if person_of(request).account is not None:
        return RedirectResponse(own_path(request.query_params.get("back", "/")), status_code=303)
    return _form(request, back=request.query_params.get("back", "/"))


async def enter(request: Request[Any]) -> Response:
    """Sign in and go on to where the visitor wanted; a wrong password gets the form again."""
    room = room_of(request)
    form = await request.form()
    login, back = str(form.get("login", "")), str(form.get("back", "/"))
    try:
        token, account = await room.ask(
            sign_in,
            login=login,
            password=str(form.get("password", "")),
            address=request.client.host if request.client else "",
            now=room.desk.now(),
        )
    except NotFound:
        return _form(request, back=back, login=login, fault="wrong", status=422)
    except TooMany as error:
        minutes = max(1, round(error.wait / 60))
        return _form(request, back=back, login=login, fault="too_many", minutes=minutes, status=429)
    visit_of(request).remember(lang=account.lang)
    goal = own_path(back)
    response = RedirectResponse(landing(account.role) if goal == "/" else goal, status_code=303)
    remember_sign_in(request, response, token)
    return response


async def leave(request: Request[Any]) -> Response:
    """Sign out."""
    token = request.cookies.get(COOKIE, "")
    if token:
        await room_of(request).ask(sign_out, token=token)
    response = RedirectResponse("/sign-in", status_code=303)
    forget_sign_in(response)
    return response


def _form(
    request: Request[Any], *, back: str, login: str = "", fault: str = "", minutes: int = 0, status: int = 200
) -> Response:
    room = room_of(request)
    return room.pages.page(
        request,
        "sign_in.html",
        status,
        back=own_path(back),
        login=login,
        fault=fault,
        minutes=minutes,
        provider=room.oidc.provider.name if room.oidc else "",
    )
