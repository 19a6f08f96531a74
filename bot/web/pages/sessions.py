"""The visitor's own sessions: the list, one in full, and its downloads."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.services.handing_in import hand_in, practises_in_private
from bot.web.downloads import MEDIA_TYPES, download
from bot.web.people import person_of
from bot.web.remarks import remarks_on_session
from bot.web.room import room_of
from bot.web.transcripts import shown_turns

PER_PAGE: Final = 20


async def show_list(request: Request[Any]) -> Response:
    """List the visitor's sessions, the latest active first."""
    room = room_of(request)
    number = request.query_params.get("page", "1")[:6]
    page = max(1, int(number)) if number.isdecimal() else 1
    found = await room.desk.sessions(person_of(request).key, limit=PER_PAGE + 1, offset=(page - 1) * PER_PAGE)
    return room.pages.page(
        request,
        "sessions.html",
        sessions=found[:PER_PAGE],
        products={product.id: product for product in room.context.products},
        page=page,
        more=len(found) > PER_PAGE,
    )


async def show_transcript(request: Request[Any]) -> Response:
    """Show one of the visitor's sessions to read."""
    room, person = room_of(request), person_of(request)
    speech = room.pages.speech(request)
    transcript = await room.desk.transcript(person.key, request.path_params["session"])
    return room.pages.page(
        request,
        "transcript.html",
        session=transcript.session,
        product=room.product(transcript.session.product),
        turns=await asyncio.to_thread(shown_turns, room, transcript, speech),
        remarks=remarks_on_session(transcript, speech),
        private=await room.ask(practises_in_private, person=person),
        reviewed=transcript.review.reviewed is not None,
        formats=tuple(MEDIA_TYPES),
    )


async def download_own(request: Request[Any]) -> Response:
    """Hand out one of the visitor's sessions as a file."""
    room, format = room_of(request), request.path_params["format"]
    if format not in MEDIA_TYPES:
        raise HTTPException(404)
    transcript = await room.desk.transcript(person_of(request).key, request.path_params["session"])
    return await download(room, request, transcript, format)


async def hand_in_own(request: Request[Any]) -> Response:
    """Show one of the visitor's sessions to their trainers, or take it back."""
    room, session = room_of(request), request.path_params["session"]
    shown = bool((await request.form()).get("shown"))
    person, now = person_of(request), room.desk.now()
    await room.ask(hand_in, person=person, session=session, shown=shown, now=now)
    return RedirectResponse(f"/sessions/{session}", status_code=303)
