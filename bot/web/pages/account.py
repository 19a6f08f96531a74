"""One's own account, and choosing a new password by a link."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from bot.services.account_changing import (
    change_password,
    change_profile,
    own_account,
    practised_as_guest,
    sign_out_everywhere,
    take_over,
)
from bot.services.errors import NotFound, Refused
from bot.services.forgetting import erase_own, everything_about
from bot.services.issuing import LONGEST_DAYS, NAME_LIMIT, SCOPES, issue, own_tokens, revoke, revoke_all
from bot.services.managing import password_link_of, renew_password
from bot.services.numeral import whole_number
from bot.services.passwords import LONGEST, SHORTEST
from bot.web.faults import Fault
from bot.web.ids import id_of
from bot.web.people import forget_sign_in, person_of
from bot.web.room import room_of
from bot.web.visitors import visit_of

_OURS = "/account"


async def show(request: Request[Any]) -> Response:
    """Show the account."""
    return await _page(request)


async def set_profile(request: Request[Any]) -> Response:
    """Change name and language."""
    form = await request.form()
    lang = str(form.get("lang", ""))
    try:
        await room_of(request).ask(
            change_profile, person=person_of(request), name=str(form.get("name", "")), lang=lang
        )
    except Refused as error:
        return await _page(request, fault=error.field)
    visit_of(request).remember(lang=lang)
    return RedirectResponse(_OURS, status_code=303)


async def set_password(request: Request[Any]) -> Response:
    """Change the password; everybody signs in anew."""
    form = await request.form()
    try:
        await room_of(request).ask(
            change_password,
            person=person_of(request),
            old=str(form.get("old", "")),
            new=str(form.get("new", "")),
            end_tokens=bool(form.get("end_tokens")),
            now=room_of(request).desk.now(),
        )
    except Refused as error:
        return await _page(request, fault=error.field)
    return _out()


async def leave_everywhere(request: Request[Any]) -> Response:
    """Sign out in every browser."""
    await room_of(request).ask(sign_out_everywhere, person=person_of(request))
    return _out()


async def make_token(request: Request[Any]) -> Response:
    """Make a token for a program and show it, this once."""
    room, form = room_of(request), await request.form()
    try:
        token = await room.ask(
            issue,
            person=person_of(request),
            name=str(form.get("name", "")),
            scopes=[str(scope) for scope in form.getlist("scopes")],
            days=whole_number(str(form.get("days", ""))) or 0,
            now=room.desk.now(),
        )
    except Refused as error:
        return await _page(request, fault=f"token_{error.field}")
    return await _page(request, token=token)


async def revoke_token(request: Request[Any]) -> Response:
    """Make a token useless."""
    room = room_of(request)
    token = id_of(request.path_params["token"])
    await room.ask(revoke, person=person_of(request), token=token, now=room.desk.now())
    return RedirectResponse(_OURS, status_code=303)


async def revoke_tokens(request: Request[Any]) -> Response:
    """Make all tokens useless."""
    room = room_of(request)
    await room.ask(revoke_all, person=person_of(request), now=room.desk.now())
    return RedirectResponse(_OURS, status_code=303)


async def keep_guest_practice(request: Request[Any]) -> Response:
    """Make what was practised in this browser as a guest one's own; the browser gets a new key."""
    visit = visit_of(request)
    await room_of(request).ask(
        take_over,
        person=person_of(request),
        guest_key=visit.visitor.key,
        now=room_of(request).desk.now(),
    )
    visit.renew_key()
    return RedirectResponse("/sessions", status_code=303)


async def download(request: Request[Any]) -> Response:
    """Hand out everything that is kept about the person."""
    room, person = room_of(request), person_of(request)
    lines = await room.ask(
        everything_about,
        secret=room.context.cookie_secret,
        person=person,
        account=person.account or 0,
        now=room.desk.now(),
    )
    headers = {"content-disposition": 'attachment; filename="dojo-me.jsonl"'}
    return StreamingResponse(lines, media_type="application/x-ndjson", headers=headers)


async def erase_me(request: Request[Any]) -> Response:
    """Erase the person, if the password confirms it."""
    room, person = room_of(request), person_of(request)
    form = await request.form()
    try:
        await room.ask(
            erase_own,
            room.context.cookie_secret,
            person=person,
            proof=str(form.get("proof", "")),
            now=room.desk.now(),
        )
    except Refused as error:
        return await _page(request, fault=error.field)
    return _out()


async def choose_password(request: Request[Any]) -> Response:
    """Show the form to which a link leads; of one that cannot be used it is told what to do."""
    room = room_of(request)
    try:
        account = await room.ask(
            password_link_of,
            room.context.cookie_secret,
            given=request.path_params["given"],
            now=room.desk.now(),
        )
    except NotFound as error:
        raise Fault(404, "link_gone") from error
    return room.pages.page(
        request, "password.html", login=account.login, fault="", shortest=SHORTEST, longest=LONGEST
    )


async def use_password_link(request: Request[Any]) -> Response:
    """Set the new password and go to the sign-in."""
    room = room_of(request)
    form = await request.form()
    given = request.path_params["given"]
    try:
        await room.ask(
            renew_password,
            room.context.cookie_secret,
            given=given,
            password=str(form.get("password", "")),
            now=room.desk.now(),
        )
    except Refused as error:
        account = await room.ask(
            password_link_of, room.context.cookie_secret, given=given, now=room.desk.now()
        )
        return room.pages.page(
            request,
            "password.html",
            422,
            login=account.login,
            fault=error.field,
            shortest=SHORTEST,
            longest=LONGEST,
        )
    return RedirectResponse("/sign-in", status_code=303)


def _out() -> Response:
    response = RedirectResponse("/sign-in", status_code=303)
    forget_sign_in(response)
    return response


async def _page(request: Request[Any], *, fault: str = "", token: str = "") -> Response:
    room = room_of(request)
    account, teams = await room.ask(own_account, person=person_of(request))
    return room.pages.page(
        request,
        "account.html",
        422 if fault else 200,
        account=account,
        teams=teams,
        fault=fault,
        tokens=await room.ask(own_tokens, person=person_of(request)),
        token=token,
        scopes=SCOPES,
        token_name_limit=NAME_LIMIT,
        longest_days=LONGEST_DAYS,
        guest_sessions=await room.ask(practised_as_guest, guest_key=visit_of(request).visitor.key),
        shortest=SHORTEST,
        longest=LONGEST,
    )
