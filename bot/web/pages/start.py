"""The start page: a name, a product, a language, and a new session."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.services.assigning import own_homework
from bot.services.handing_in import who_sees
from bot.services.opening import NAME_LIMIT
from bot.web.dock import BEGINNINGS
from bot.web.faults import Fault
from bot.web.people import person_of
from bot.web.room import Room, room_of
from bot.web.visitors import visit_of
from bot.web.wording import LANG_TAGS


async def show(request: Request[Any]) -> Response:
    """Show the form."""
    room = room_of(request)
    return await _form(room, request, name=person_of(request).name, chosen="", missing="")


async def open_session(request: Request[Any]) -> Response:
    """Open a session and go to its chat; without a name or a product the form comes again."""
    room = room_of(request)
    form = await request.form()
    person = person_of(request)
    name = " ".join(str(form.get("name", person.name)).split())[:NAME_LIMIT]
    product = str(form.get("product", ""))
    begin = str(form.get("begin", ""))
    if begin in BEGINNINGS and not product:
        product = room.context.products[0].id
    lang = str(form.get("lang", ""))
    if lang not in LANG_TAGS:
        lang = room.pages.lang(request)
    missing = "name" if not name else "product" if room.product(product) is None else ""
    if missing:
        return await _form(room, request, name=name, chosen=product, missing=missing)
    wait = room.pacer.wait_for(person.key, room.desk.now().timestamp())
    if wait:
        raise Fault(429, "too_fast", wait=wait)
    session = await room.desk.open(person.key, name=name, lang=lang, product=product)
    visit_of(request).remember(name=name[:80], lang=lang)
    with_it = {key: str(form[key])[:64] for key in BEGINNINGS.get(begin, ()) if form.get(key)}
    way = f"?{urlencode({'begin': begin, **with_it})}" if begin in BEGINNINGS else ""
    return RedirectResponse(f"/chat/{session.public_id}{way}", status_code=303)


async def _form(room: Room, request: Request[Any], *, name: str, chosen: str, missing: str) -> Response:
    return room.pages.page(
        request,
        "start.html",
        422 if missing else 200,
        name=name,
        name_limit=NAME_LIMIT,
        products=room.context.products,
        chosen=chosen,
        missing=missing,
        seen_by=await room.ask(who_sees, person=person_of(request)),
        homework=await room.ask(own_homework, person=person_of(request), now=room.desk.now()),
        names=room.context.names[room.pages.lang(request)],
    )
