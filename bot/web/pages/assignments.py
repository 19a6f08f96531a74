"""Assignments: set, looked at and taken back by trainers."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.coaching.assignment import STATES
from bot.coaching.taxonomy import MAIN_METHODS, OBJECTION_TYPES
from bot.services.assigning import (
    MOST_ANSWERS,
    MOST_ATTEMPTS,
    TITLE_LIMIT,
    Wish,
    assignable,
    overview,
    overviews,
    set_assignment,
    withdraw_assignment,
)
from bot.services.errors import Refused
from bot.services.numeral import whole_number
from bot.web.ids import id_of
from bot.web.people import person_of
from bot.web.room import Room, room_of

_OURS = "/assignments"
_SCENARIO = "scenario."
_FURTHEST_ZONE = 14 * 60
_NONE = -1


async def show(request: Request[Any]) -> Response:
    """Show what is set, and the form for more."""
    return await _page(request, Wish(team=0, kind="scenario", title=""))


async def add(request: Request[Any]) -> Response:
    """Set something; what is not right gets the form again with all that was typed."""
    room = room_of(request)
    form = await request.form()
    wish = _wish(form)
    try:
        await room.ask(
            set_assignment,
            person=person_of(request),
            wish=wish,
            scenarios=_scenarios(room),
            now=room.desk.now(),
        )
    except Refused as error:
        return await _page(request, wish, fault=error.field, due=str(form.get("due", "")))
    return RedirectResponse(_OURS, status_code=303)


async def show_one(request: Request[Any]) -> Response:
    """Show how everybody stands with an assignment."""
    room = room_of(request)
    found = await room.ask(
        overview,
        person=person_of(request),
        assignment=id_of(request.path_params["assignment"]),
        now=room.desk.now(),
    )
    names = room.context.names[room.pages.lang(request)]
    return room.pages.page(request, "assignment.html", found=found, names=names)


async def withdraw(request: Request[Any]) -> Response:
    """Take an assignment back."""
    room = room_of(request)
    await room.ask(
        withdraw_assignment,
        person=person_of(request),
        assignment=id_of(request.path_params["assignment"]),
        now=room.desk.now(),
    )
    return RedirectResponse(_OURS, status_code=303)


async def _page(request: Request[Any], wish: Wish, *, fault: str = "", due: str = "") -> Response:
    room, person = room_of(request), person_of(request)
    teams, members = await room.ask(assignable, person=person)
    return room.pages.page(
        request,
        "assignments.html",
        422 if fault else 200,
        found=await room.ask(overviews, person=person, now=room.desk.now()),
        states=STATES,
        teams=teams,
        members=members,
        scenarios=_scenarios(room),
        types=OBJECTION_TYPES,
        methods=MAIN_METHODS,
        names=room.context.names[room.pages.lang(request)],
        wish=wish,
        due=due,
        fault=fault,
        limits={"title": TITLE_LIMIT, "attempts": MOST_ATTEMPTS, "answers": MOST_ANSWERS},
    )


def _scenarios(room: Room) -> tuple[str, ...]:
    known = next(iter(room.context.names.values()))
    return tuple(key.removeprefix(_SCENARIO) for key in known if key.startswith(_SCENARIO))


def _wish(form: FormData) -> Wish:
    return Wish(
        team=_number(form, "team"),
        kind=str(form.get("kind", "")),
        title=str(form.get("title", "")),
        scenarios=tuple(map(str, form.getlist("scenarios"))),
        types=tuple(map(str, form.getlist("types"))),
        methods=tuple(map(str, form.getlist("methods"))),
        answers=_number(form, "answers"),
        people=tuple(_whole(str(one)) for one in form.getlist("people")),
        due_at=_moment(str(form.get("due", "")), str(form.get("zone", ""))),
        pass_mark=_number(form, "pass_mark"),
        attempts=_number(form, "attempts"),
    )


def _moment(local: str, zone: str) -> datetime | None:
    """Return a deadline typed in the browser's local time; `zone` are its minutes behind UTC.

    Without a script the time counts as UTC, as the form says. What is no time is in the past, and refused.
    """
    if not local:
        return None
    minutes = whole_number(zone.removeprefix("-") or "0")
    try:
        if minutes is None or minutes > _FURTHEST_ZONE:
            raise ValueError
        behind = timedelta(minutes=-minutes if zone.startswith("-") else minutes)
        return datetime.fromisoformat(local).replace(tzinfo=timezone.utc) + behind
    except (ValueError, OverflowError):
        return datetime.min.replace(tzinfo=timezone.utc)


def _number(form: FormData, name: str) -> int:
    return _whole(str(form.get(name, "")))


def _whole(text: str) -> int:
    """Return a number; for what is none, or too huge, one that is refused everywhere."""
    found = whole_number(text)
    return _NONE if found is None else found
