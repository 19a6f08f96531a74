"""The chat page: the session so far, and the composer."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import replace
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from bot.services.assigning import own_homework
from bot.services.handing_in import practises_in_private
from bot.storage.edition_records import PREVIEW
from bot.web.dock import BEGINNINGS
from bot.web.people import person_of
from bot.web.remarks import remarks_on_session
from bot.web.room import room_of
from bot.web.transcripts import docked, shown_turns

RECENT: Final = 40
"""The most turns that the chat shows; the record shows them all."""


async def show(request: Request[Any]) -> Response:
    """Show a session of the visitor's and let it go on."""
    room = room_of(request)
    speech = room.pages.speech(request)
    person, session = person_of(request), request.path_params["session"]
    key = person.key
    transcript = await room.desk.transcript(key, session)
    practice = (await room.desk.session(key, session)).practice
    above = docked(practice, transcript, speech.lang)
    begin = request.query_params.get("begin", "")
    recent = replace(transcript, turns=transcript.turns[-RECENT:])
    return room.pages.page(
        request,
        "chat.html",
        session=transcript.session,
        product=room.product(transcript.session.product),
        turns=await asyncio.to_thread(shown_turns, room, recent, speech),
        more=len(transcript.turns) > RECENT,
        remarks=remarks_on_session(transcript, speech),
        private=await room.ask(practises_in_private, person=person),
        reviewed=transcript.review.reviewed is not None,
        message_id=str(uuid.uuid4()),
        practice=practice,
        dock=room.pages.dock(above, speech.lang),
        begin_said=_said(request, begin),
        begin=begin if begin in BEGINNINGS and not transcript.turns else "",
        begin_with={
            key: request.query_params[key][:64]
            for key in BEGINNINGS.get(begin, ())
            if request.query_params.get(key)
        },
        homework=await room.ask(own_homework, person=person_of(request), now=room.desk.now()),
        preview=transcript.session.channel == PREVIEW,
    )


def _said(request: Request[Any], begin: str) -> str:
    """Return what a session that begins by itself shows as said: the title of a scenario that was set."""
    room = room_of(request)
    titles = room.context.names[room.pages.lang(request)]
    title = titles.get(f"scenario.{request.query_params.get('scenario', '')}")
    return title or (room.pages.speech(request)(f"click.{begin}") if begin in BEGINNINGS else "")
