"""The queue of corrections: trainers accept, change or reject what models are to learn."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.coaching.families import NATURE, OBJECTION, TECHNIQUE
from bot.coaching.labels import MARK
from bot.coaching.taxonomy import NATURES, NONE, OBJECTION_TYPES, STEPS, TECHNIQUE_LABELS
from bot.services.errors import Refused
from bot.services.numeral import whole_number
from bot.services.teaching import collect, decide, queue
from bot.storage.lesson_records import ACCEPTED, CHANGED, PENDING, REJECTED, REPLACED, WITHDRAWN
from bot.web.ids import id_of
from bot.web.people import person_of
from bot.web.room import room_of

_PAGE: Final = 25
_STATES: Final = {
    "open": (PENDING,),
    "taught": (ACCEPTED, CHANGED),
    "closed": (REJECTED, REPLACED, WITHDRAWN),
}
"""What the page can show, and the states that belong to it."""


async def show(request: Request[Any]) -> Response:
    """Show the queue; what trainees corrected meanwhile is collected first."""
    room = room_of(request)
    await room.ask(collect, now=room.desk.now())
    return await _page(request)


async def settle(request: Request[Any]) -> Response:
    """Accept, change or reject a correction."""
    room, form = room_of(request), await request.form()
    lesson = id_of(request.path_params["lesson"])
    verdict = str(form.get("verdict", ""))
    try:
        await room.ask(
            decide,
            person=person_of(request),
            lesson=lesson,
            verdict=verdict,
            value=_value(form) if verdict == "change" else None,
            now=room.desk.now(),
        )
    except Refused as error:
        return await _page(request, fault=error.field)
    return RedirectResponse(f"/corrections?show={_shown(request)}", status_code=303)


async def _page(request: Request[Any], *, fault: str = "") -> Response:
    room, shown = room_of(request), _shown(request)
    page = whole_number(request.query_params.get("page", "")) or 0
    found = await room.ask(
        queue,
        person=person_of(request),
        states=_STATES[shown],
        limit=_PAGE + 1,
        offset=page * _PAGE,
        now=room.desk.now(),
    )
    return room.pages.page(
        request,
        "corrections.html",
        422 if fault else 200,
        lessons=found.lessons[:_PAGE],
        who=found.who,
        counts={name: sum(found.counts.get(state, 0) for state in of) for name, of in _STATES.items()},
        shown=shown,
        number=page,
        more=len(found.lessons) > _PAGE,
        fault=fault,
        types=OBJECTION_TYPES,
        natures=NATURES,
        methods=TECHNIQUE_LABELS,
        steps=STEPS,
        none=NONE,
    )


def _value(form: Any) -> dict[str, Any]:
    """Return the value that a form for a family holds."""
    family = str(form.get("family", ""))
    if family == OBJECTION:
        main = str(form.get("main", NONE))
        others = [str(label) for label in form.getlist("also") if label != main]
        return {"types": [] if main == NONE else [main, *others]}
    if family == MARK:
        chosen = {str(step) for step in form.getlist("steps")}
        return {"steps": [step for step in STEPS if step in chosen] + sorted(chosen - set(STEPS))}
    if family in (NATURE, TECHNIQUE):
        return {family: str(form.get("label", ""))}
    return {}


def _shown(request: Request[Any]) -> str:
    asked = request.query_params.get("show", "")
    return asked if asked in _STATES else "open"
