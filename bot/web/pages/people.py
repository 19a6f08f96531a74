"""Teams, people, roles and invitations, for who manages them."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from bot.services.access import ADMIN, ROLES, TRAINEE
from bot.services.errors import NotFound, Refused
from bot.services.forgetting import erase, everything_about
from bot.services.joining import invite
from bot.services.managing import (
    NAME_LIMIT,
    SWITCHES,
    change_team,
    directory,
    make_team,
    password_link,
    set_member,
    set_open,
    set_role,
    withdraw,
)
from bot.web.ids import id_if_any, id_of
from bot.web.people import person_of
from bot.web.room import room_of

_OURS = "/people"


async def show(request: Request[Any]) -> Response:
    """Show who is there."""
    return await _page(request)


async def invite_somebody(request: Request[Any]) -> Response:
    """Make an invitation and show its link, this once."""
    form = await request.form()
    try:
        token = await room_of(request).ask(
            invite,
            person=person_of(request),
            role=str(form.get("role", TRAINEE)),
            team=id_if_any(form.get("team")),
            now=room_of(request).desk.now(),
        )
    except Refused as error:
        return await _page(request, fault=error.field)
    return await _page(request, link=f"{request.base_url}join/{token}", link_kind="invitation")


async def withdraw_invitation(request: Request[Any]) -> Response:
    """Make an invitation useless."""
    return await _do(request, withdraw, invitation=id_of(request.path_params["invitation"]))


async def add_team(request: Request[Any]) -> Response:
    """Make a team."""
    form = await request.form()
    return await _do(request, make_team, name=str(form.get("name", "")))


async def set_team(request: Request[Any]) -> Response:
    """Rename a team, turn its switches on and off."""
    form = await request.form()
    on = frozenset(switch for switch in SWITCHES if form.get(switch))
    return await _do(
        request,
        change_team,
        team=id_of(request.path_params["team"]),
        name=str(form.get("name", "")),
        on=on,
    )


async def set_membership(request: Request[Any]) -> Response:
    """Let an account into a team or out of it."""
    form = await request.form()
    return await _do(
        request,
        set_member,
        team=id_of(request.path_params["team"]),
        account=id_of(str(form.get("account", ""))),
        inside=form.get("inside") == "yes",
    )


async def give_role(request: Request[Any]) -> Response:
    """Give an account another role."""
    form = await request.form()
    return await _do(request, set_role, account=_account(request), role=str(form.get("role", "")))


async def shut_or_open(request: Request[Any]) -> Response:
    """Shut an account, or open it again."""
    form = await request.form()
    return await _do(request, set_open, account=_account(request), is_open=form.get("open") == "yes")


async def make_password_link(request: Request[Any]) -> Response:
    """Show a link by which somebody chooses a new password, this once."""
    room = room_of(request)
    given = await room.ask(
        password_link,
        room.context.cookie_secret,
        person=person_of(request),
        account=_account(request),
        now=room.desk.now(),
    )
    return await _page(request, link=f"{request.base_url}password/{given}", link_kind="password")


async def erase_somebody(request: Request[Any]) -> Response:
    """Erase a person, if their login was typed to confirm it."""
    room = room_of(request)
    account = _account(request)
    people = await room.ask(directory, person=person_of(request), now=room.desk.now())
    found = next((one for one in people.accounts if one.id == account), None)
    form = await request.form()
    if found is None:
        raise NotFound
    if str(form.get("confirm", "")) != found.login:
        return await _page(request, fault="confirm")
    return await _do(request, erase, secret=room.context.cookie_secret, account=account)


async def download(request: Request[Any]) -> Response:
    """Hand out everything about a person as a file."""
    room, account = room_of(request), _account(request)
    lines = await room.ask(
        everything_about,
        secret=room.context.cookie_secret,
        person=person_of(request),
        account=account,
        now=room.desk.now(),
    )
    headers = {"content-disposition": f'attachment; filename="dojo-person-{account}.jsonl"'}
    return StreamingResponse(lines, media_type="application/x-ndjson", headers=headers)


async def _do(request: Request[Any], use_case: Any, **values: Any) -> Response:
    """Do something and come back to the page, which tells what could not be done."""
    room = room_of(request)
    try:
        await room.ask(use_case, person=person_of(request), now=room.desk.now(), **values)
    except Refused as error:
        return await _page(request, fault=error.field)
    return RedirectResponse(_OURS, status_code=303)


async def _page(request: Request[Any], *, fault: str = "", link: str = "", link_kind: str = "") -> Response:
    room, person = room_of(request), person_of(request)
    people = await room.ask(directory, person=person, now=room.desk.now())
    return room.pages.page(
        request,
        "people.html",
        422 if fault else 200,
        people=people,
        admin=person.role == ADMIN,
        roles=ROLES if person.role == ADMIN else (TRAINEE,),
        switches=SWITCHES,
        name_limit=NAME_LIMIT,
        fault=fault,
        link=link,
        link_kind=link_kind,
    )


def _account(request: Request[Any]) -> int:
    return id_of(request.path_params["account"])
