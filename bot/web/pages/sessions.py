"""The visitor's own sessions: the list, one in full, and its downloads."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.web.people import person_of
from bot.web.room import room_of
from bot.web.transcripts import shown_turns

PER_PAGE: Final = 20
MEDIA_TYPES: Final = {
    "jsonl": "application/x-ndjson",
    "csv": "text/csv",
    "md": "text/markdown",
}


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
    room = room_of(request)
    speech = room.pages.speech(request)
    transcript = await room.desk.transcript(person_of(request).key, request.path_params["session"])
    return room.pages.page(
        request,
        "transcript.html",
        session=transcript.session,
        product=room.product(transcript.session.product),
        turns=await asyncio.to_thread(shown_turns, room, transcript, speech),
        formats=tuple(MEDIA_TYPES),
    )


async def download(request: Request[Any]) -> Response:
    """Hand out one of the visitor's sessions as a file."""
    room = room_of(request)
    format = request.path_params["format"]
    if format not in MEDIA_TYPES:
        raise HTTPException(404)
    session = request.path_params["session"]
    transcript = await room.desk.transcript(person_of(request).key, session)
    text = await asyncio.to_thread(room.context.export, transcript, format, room.pages.lang(request))
    name = f"dojo-{transcript.session.opened_at:%Y-%m-%d}-{session[:8]}.{format}"
    # A byte order mark, without which spreadsheets take UTF-8 for something else.
    body = text.encode("utf-8-sig" if format == "csv" else "utf-8", "replace")
    return Response(
        body,
        media_type=MEDIA_TYPES[format],
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )
