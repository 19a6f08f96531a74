"""The chat page: the session so far, and the composer."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import replace
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from bot.web.room import room_of
from bot.web.transcripts import shown_turns
from bot.web.visitors import visit_of

RECENT: Final = 40
"""The most turns that the chat shows; the record shows them all."""


async def show(request: Request[Any]) -> Response:
    """Show a session of the visitor's and let it go on."""
    room = room_of(request)
    speech = room.pages.speech(request)
    transcript = await room.desk.transcript(visit_of(request).visitor.key, request.path_params["session"])
    recent = replace(transcript, turns=transcript.turns[-RECENT:])
    return room.pages.page(
        request,
        "chat.html",
        session=transcript.session,
        product=room.product(transcript.session.product),
        turns=await asyncio.to_thread(shown_turns, room, recent, speech),
        more=len(transcript.turns) > RECENT,
        message_id=str(uuid.uuid4()),
    )
