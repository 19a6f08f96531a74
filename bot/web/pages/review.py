"""A session as trainers read it: what both sides said, and what trainers say about it."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.coaching.review import VERDICTS
from bot.coaching.taxonomy import NATURES, OBJECTION_TYPES, STEPS, TECHNIQUE_LABELS
from bot.services.errors import Conflict, Refused
from bot.services.inspecting import Inspection, inspect, inspect_whole, page_of
from bot.services.numeral import whole_number
from bot.services.reviewing import (
    COMMENT_LIMIT,
    REASON_LIMIT,
    TAG_LIMIT,
    change,
    may_undo,
    undo,
)
from bot.web.downloads import MEDIA_TYPES, download
from bot.web.people import person_of
from bot.web.remarks import label_words, remark, remarks_on_session, rule_name
from bot.web.review_forms import kept, read_form, undone_event
from bot.web.review_turns import appealed_points, review_turns
from bot.web.room import room_of

CHOICES: Final = {
    "objection": OBJECTION_TYPES,
    "nature": NATURES,
    "technique": TECHNIQUE_LABELS,
    "mark": STEPS,
}
LIMITS: Final = {"text": COMMENT_LIMIT, "reason": REASON_LIMIT, "tag": TAG_LIMIT}


async def show(request: Request[Any]) -> Response:
    """Show a page of a session."""
    return await _page(request, whole_number(request.query_params.get("page", "")))


async def say(request: Request[Any]) -> Response:
    """Take what a trainer says; where it cannot be taken, the page comes again with what was typed."""
    room, session = room_of(request), request.path_params["session"]
    form = await request.form()
    turn = whole_number(str(form.get("turn") or ""))
    page = page_of(turn) if turn else whole_number(str(form.get("page") or ""))
    common = {"person": person_of(request), "session": session, "now": room.desk.now()}
    try:
        event = undone_event(form)
        if event:
            seen = whole_number(str(form.get("seen") or "")) or 0
            token = str(form.get("token") or "")
            await room.ask(undo, room.context.rubric, event=event, seen=seen, token=token, **common)
        else:
            await room.ask(change, room.context.rubric, form=read_form(form), **common)
    except Conflict:
        return await _page(request, page, 409, fault="clash", again=kept(form))
    except Refused as refused:
        return await _page(request, page, 422, fault=refused.field, again=kept(form))
    query = {"page": page, "in": request.query_params.get("in", "")}
    kept_query = urlencode({key: value for key, value in query.items() if value})
    place = f"#t{turn}" if turn else "#about"
    address = f"/review/{session}" + (f"?{kept_query}" if kept_query else "") + place
    return RedirectResponse(address, status_code=303)


async def show_print(request: Request[Any]) -> Response:
    """Show a whole session to be printed."""
    return await _page(request, None, whole=True)


async def export(request: Request[Any]) -> Response:
    """Hand out a session as a file, with labels and comments."""
    room, format = room_of(request), request.path_params["format"]
    if format not in MEDIA_TYPES:
        raise HTTPException(404)
    transcript = await room.ask(
        inspect_whole,
        person=person_of(request),
        session=request.path_params["session"],
        format=format,
        now=room.desk.now(),
    )
    return await download(room, request, transcript, format)


async def _page(
    request: Request[Any],
    page: int | None,
    status: int = 200,
    *,
    fault: str = "",
    again: list[tuple[str, str]] | None = None,
    whole: bool = False,
) -> Response:
    room, person = room_of(request), person_of(request)
    t = room.pages.speech(request)
    found: Inspection = await room.ask(
        inspect,
        person=person,
        session=request.path_params["session"],
        page=page,
        whole=whole,
        now=room.desk.now(),
    )

    def draw() -> Response:
        transcript = found.transcript
        return room.pages.page(
            request,
            "review_print.html" if whole else "review.html",
            status,
            session=transcript.session,
            product=room.product(transcript.session.product),
            talks=[talk for talk in transcript.talks if talk.score is not None],
            review=transcript.review,
            turns=review_turns(room, found, t),
            remarks=remarks_on_session(transcript, t),
            undone=[
                replace(remark(said, transcript.by, t), event=undo.id, author=undo.by)
                for undo, said in transcript.review.undone[:3]
            ],
            appeals=found.appeals,
            points=appealed_points(found),
            page=found.page,
            pages=found.pages,
            formats=tuple(MEDIA_TYPES),
            choices=CHOICES,
            verdicts=VERDICTS,
            limits=LIMITS,
            token=uuid.uuid4().hex,
            fault=fault,
            again=again or [],
            inbox=request.query_params.get("in", ""),
            label_words=lambda family, value: label_words(family, value, t),
            rule_name=lambda rule: rule_name(rule, t),
            mine=lambda author: may_undo(person, author),
        )

    return await asyncio.to_thread(draw)
