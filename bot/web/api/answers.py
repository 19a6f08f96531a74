"""What each operation of the interface answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from starlette.responses import JSONResponse, Response, StreamingResponse

from bot.coaching.families import FAMILIES, NATURE, OBJECTION, SCORE, TECHNIQUE
from bot.coaching.review import Event, Review
from bot.coaching.taxonomy import LANGS
from bot.services.assigning import (
    Overview,
    Wish,
    overview,
    overviews,
    set_assignment,
    withdraw_assignment,
)
from bot.services.digesting import digest
from bot.services.errors import NotFound
from bot.services.filters import cursor_of, cursor_text, filter_of
from bot.services.inspecting import inspect_whole
from bot.services.managing import directory
from bot.services.reviewing import Form, change
from bot.services.searching import all_of, search
from bot.services.transcripts import Transcript
from bot.storage.inbox_records import InboxRow
from bot.web.api.document import moment
from bot.web.api.door import Answer, Call

_MEDIA: Final = {
    "jsonl": "application/x-ndjson",
    "csv": "text/csv",
    "md": "text/markdown",
    "xapi": "application/json",
}
_SCENARIO: Final = "scenario."


async def list_sessions(call: Call) -> Response:
    """Answer a page of sessions."""
    room = call.room
    await room.ask(digest, now=room.desk.now())
    found, _ = await room.ask(
        search,
        person=call.person,
        wanted=filter_of(_texts(call.query)),
        after=cursor_of(str(call.query.get("after", ""))),
        now=room.desk.now(),
    )
    return JSONResponse(
        {
            "sessions": [_line(row) for row in found.rows],
            "after": None if found.after is None else cursor_text(found.after),
            "count": found.count,
            "agreement": _agreement(call, (SCORE, OBJECTION, NATURE, TECHNIQUE)),
        }
    )


async def get_session(call: Call) -> Response:
    """Answer one session."""
    told = await _transcript(call)
    session = told.session
    return JSONResponse(
        {
            "id": session.public_id,
            "trainee": session.trainee_id,
            "name": session.name,
            "channel": session.channel,
            "lang": session.lang,
            "product": session.product,
            "opened_at": session.opened_at.isoformat(),
            "active_at": session.active_at.isoformat(),
            "turns": session.turns,
            "reviewed": session.reviewed,
            "agreement": _agreement(call, (SCORE,)),
            "talks": [
                {
                    "id": talk.id,
                    "scenario": talk.scenario,
                    "state": talk.state,
                    "outcome": talk.outcome,
                    "score": talk.score,
                    "final_score": talk.final_score,
                    "started_at": talk.started_at.isoformat(),
                    "ended_at": _when(talk.ended_at),
                }
                for talk in told.talks
            ],
        }
    )


async def get_transcript(call: Call) -> Response:
    """Answer everything that happened in a session."""
    lines = await _written(call, await _transcript(call), "jsonl")
    return JSONResponse({"lines": [json.loads(line) for line in lines.splitlines()]})


async def get_reviews(call: Call) -> Response:
    """Answer what trainers said about a session."""
    told = _reviews(await _transcript(call))
    return JSONResponse({**told, "agreement": _agreement(call, FAMILIES)})


async def add_review(call: Call) -> Response:
    """Take what a trainer says, and answer what holds then."""
    body = call.body
    form = Form(
        kind=body["kind"],
        seen=body["seen"],
        token=body["token"],
        turn=body.get("turn"),
        data=body["data"],
    )
    await call.room.ask(
        change,
        call.room.context.rubric,
        person=call.person,
        session=call.path["session"],
        form=form,
        now=call.room.desk.now(),
    )
    return await get_reviews(call)


async def export_sessions(call: Call) -> Response:
    """Answer all sessions of a filter in one file, written while it is read."""
    format = call.query["format"]
    wanted = filter_of(_texts({k: v for k, v in call.query.items() if k != "format"}))
    sessions = await call.room.ask(all_of, person=call.person, wanted=wanted)
    name = f'attachment; filename="dojo-sessions.{"json" if format == "xapi" else format}"'
    return StreamingResponse(
        _file(call, sessions, format),
        media_type=_MEDIA[format],
        headers={"content-disposition": name},
    )


async def list_assignments(call: Call) -> Response:
    """Answer what is set for the caller's teams."""
    found = await call.room.ask(overviews, person=call.person, now=call.room.desk.now())
    return JSONResponse({"assignments": [_assignment(call, one) for one in found]})


async def add_assignment(call: Call) -> Response:
    """Set an assignment."""
    room, body = call.room, call.body
    due = body.get("due_at")
    wish = Wish(
        team=body["team"],
        kind=body["kind"],
        title=body["title"],
        scenarios=tuple(body.get("scenarios", ())),
        types=tuple(body.get("types", ())),
        methods=tuple(body.get("methods", ())),
        answers=body.get("answers", Wish.answers),
        people=tuple(body.get("people", ())),
        due_at=None if due is None else moment(due),
        pass_mark=body.get("pass_mark", Wish.pass_mark),
        attempts=body.get("attempts", Wish.attempts),
    )
    known = next(iter(room.context.names.values()))
    made = await room.ask(
        set_assignment,
        person=call.person,
        wish=wish,
        scenarios=[key[len(_SCENARIO) :] for key in known if key.startswith(_SCENARIO)],
        now=room.desk.now(),
    )
    found = await room.ask(overview, person=call.person, assignment=made, now=room.desk.now())
    return JSONResponse(_assignment(call, found), status_code=201)


async def get_assignment(call: Call) -> Response:
    """Answer one assignment."""
    found = await call.room.ask(
        overview, person=call.person, assignment=call.path["assignment"], now=call.room.desk.now()
    )
    return JSONResponse(_assignment(call, found))


async def withdraw_one(call: Call) -> Response:
    """Take an assignment back."""
    await call.room.ask(
        withdraw_assignment,
        person=call.person,
        assignment=call.path["assignment"],
        now=call.room.desk.now(),
    )
    return Response(status_code=204)


async def list_people(call: Call) -> Response:
    """Answer who is there, as far as the caller manages them."""
    found = await call.room.ask(directory, person=call.person, now=call.room.desk.now())
    return JSONResponse(
        {
            "people": [
                {
                    "account": one.id,
                    "name": one.name,
                    "role": one.role,
                    "teams": sorted(team for team, inside in found.members.items() if one.id in inside),
                    "open": one.disabled_at is None,
                }
                for one in found.accounts
            ],
            "teams": [
                {"id": team.id, "name": team.name, "private": team.private, "pseudonyms": team.pseudonyms}
                for team in found.teams
            ],
        }
    )


ANSWERS: Final[Mapping[str, Answer]] = {
    "listSessions": list_sessions,
    "getSession": get_session,
    "getTranscript": get_transcript,
    "getReviews": get_reviews,
    "addReview": add_review,
    "exportSessions": export_sessions,
    "listAssignments": list_assignments,
    "addAssignment": add_assignment,
    "getAssignment": get_assignment,
    "withdrawAssignment": withdraw_one,
    "listPeople": list_people,
}
"""The answers by the id of the operation."""


async def _transcript(call: Call) -> Transcript:
    room = call.room
    return await room.ask(
        inspect_whole,
        person=call.person,
        session=call.path["session"],
        format="api",
        now=room.desk.now(),
    )


async def _written(call: Call, transcript: Transcript, format: str) -> str:
    lang = call.room.pages.lang(call.request)
    trusts = call.room.board.told()
    return await asyncio.to_thread(call.room.context.export, transcript, format, lang, trusts)


async def _file(call: Call, sessions: Any, format: str) -> AsyncIterator[str]:
    """Yield the sessions of an export one by one; only the first table of a CSV file has its headings."""
    room, first = call.room, True
    if format == "xapi":
        yield "["
    while (session := await asyncio.to_thread(next, sessions, None)) is not None:
        try:
            told = await room.ask(
                inspect_whole, person=call.person, session=session, format=format, now=room.desk.now()
            )
        except NotFound:  # taken back since it was found
            continue
        text = await _written(call, told, format)
        if format == "xapi":
            statements = text.strip()[1:-1].strip()
            text = f"{'' if first or not statements else ','}{statements}"
        elif format == "csv" and not first:
            text = text.partition("\r\n")[2]
        first = first and not text
        yield text
    if format == "xapi":
        yield "]"


def _texts(query: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, value in query.items()]


def _line(row: InboxRow) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "trainee": row.trainee_id,
        "name": row.name,
        "channel": row.channel,
        "lang": row.lang,
        "product": row.product,
        "opened_at": row.opened_at.isoformat(),
        "active_at": row.active_at.isoformat(),
        "handed_in_at": _when(row.handed_in_at),
        "facts": row.facts,
    }


def _reviews(told: Transcript) -> dict[str, Any]:
    review = told.review
    return {
        "last": review.last,
        "events": [
            {
                "id": event.id,
                "kind": event.kind,
                "turn": event.turn,
                "data": dict(event.data),
                "by": told.by.get(event.by),
                "at": _when(event.at),
            }
            for event in _events(review)
        ],
    }


def _events(review: Review) -> list[Event]:
    found = {event.id: event for event in review.comments}
    for group in (review.labels, review.scores, review.answers, review.tags):
        found.update({event.id: event for event in group.values()})  # type: ignore[attr-defined]
    if review.reviewed is not None:
        found[review.reviewed.id] = review.reviewed
    return [found[id_] for id_ in sorted(found)]


def _assignment(call: Call, found: Overview) -> dict[str, Any]:
    one = found.assignment
    return {
        "id": one.id,
        "team": one.team_id,
        "kind": one.kind,
        "title": one.title,
        "target": one.target,
        "everybody": one.everybody,
        "due_at": _when(one.due_at),
        "pass_mark": one.pass_mark,
        "attempts": one.attempts,
        "set_at": one.set_at.isoformat(),
        "agreement": _agreement(call, (SCORE,)),
        "people": [
            {
                "account": row.account,
                "trainee": row.trainee,
                "name": row.name,
                "state": row.standing.state,
                "late": row.standing.late,
                "best": row.standing.best,
                "used": row.standing.used,
            }
            for row in found.rows
        ],
    }


def _agreement(call: Call, families: Iterable[str]) -> dict[str, Any]:
    """Return how far judgments may be relied on, by family and language, without asking the database."""
    trusts = call.room.board.told()
    return {family: {lang: trusts.of(family, lang).to_json() for lang in LANGS} for family in families}


def _when(moment_: datetime | None) -> str | None:
    return None if moment_ is None else moment_.isoformat()
