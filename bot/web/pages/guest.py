"""What is kept of somebody without an account, as the key of their browser proves: taken along, erased."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from bot.services.errors import NotFound, Refused
from bot.services.forgetting import erase_guest, everything_about_guest, kept_of_guest
from bot.web.people import person_of
from bot.web.room import room_of
from bot.web.visitors import visit_of

_ACCOUNT = "/account"


async def show(request: Request[Any]) -> Response:
    """Show what can be done with it; who has an account finds the same there."""
    if person_of(request).account is not None:
        return RedirectResponse(_ACCOUNT, status_code=303)
    return await _page(request)


async def download(request: Request[Any]) -> Response:
    """Hand out everything that is kept about the guest."""
    lines = await room_of(request).ask(everything_about_guest, key=_key(request))
    headers = {"content-disposition": 'attachment; filename="dojo-me.jsonl"'}
    return StreamingResponse(lines, media_type="application/x-ndjson", headers=headers)


async def erase_me(request: Request[Any]) -> Response:
    """Erase the guest, if their name was typed to confirm it; the browser becomes a newcomer's."""
    room, form = room_of(request), await request.form()
    try:
        await room.ask(erase_guest, key=_key(request), proof=str(form.get("proof", "")), now=room.desk.now())
    except Refused as error:
        return await _page(request, fault=error.field)
    visit = visit_of(request)
    visit.remember(name="")
    visit.renew_key()
    return RedirectResponse("/guest", status_code=303)


def _key(request: Request[Any]) -> str:
    """Return the guest's key; raises NotFound for who has an account."""
    person = person_of(request)
    if person.account is not None:
        raise NotFound
    return person.key


async def _page(request: Request[Any], *, fault: str = "") -> Response:
    room = room_of(request)
    kept = await room.ask(kept_of_guest, key=_key(request))
    return room.pages.page(request, "guest.html", 422 if fault else 200, kept=kept, fault=fault)
