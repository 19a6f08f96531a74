"""The chat page: the session so far, and the composer."""

from __future__ import annotations

import uuid
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from bot.services.transcripts import Transcript
from bot.web.room import room_of
from bot.web.transcripts import shown_turns
from bot.web.visitors import visit_of


async def show(request: Request[Any]) -> Response:
    """Show a session of the visitor's and let it go on."""
    room = room_of(request)
    speech = room.pages.speech(request)
    transcript = await room.desk.transcript(visit_of(request).visitor.key, request.path_params["session"])
    return room.pages.page(
        request,
        "chat.html",
        session=transcript.session,
        product=room.product(transcript.session.product),
        turns=shown_turns(room, transcript, speech),
        message_id=str(uuid.uuid4()),
    )
