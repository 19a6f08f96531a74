"""The inbox: others' sessions by filter and search, kept filters, the next session to review."""

from __future__ import annotations

import asyncio
import codecs
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from bot.coaching.taxonomy import LANGS, OBJECTION_TYPES, TECHNIQUES
from bot.services.bundles import Bundle
from bot.services.digesting import digest
from bot.services.errors import NotFound, Refused, Taken, Unavailable
from bot.services.filing import NAME_LIMIT, change, forget, keep
from bot.services.filters import (
    APPEAL_CHOICES,
    OUTCOME_CHOICES,
    SEARCH_LIMIT,
    counted_text,
    cursor_of,
    cursor_text,
    filter_of,
    filter_of_query,
    query_of,
)
from bot.services.inspecting import inspect_whole, page_of
from bot.services.numeral import whole_number
from bot.services.searching import all_of, next_unreviewed, search, trainees_named
from bot.storage.inbox_records import COUNTED, MODES, SORTS, Filter
from bot.web.downloads import ENDINGS, MEDIA_TYPES
from bot.web.inbox_view import address, chips, day_text, value_name
from bot.web.people import person_of
from bot.web.room import room_of

_CHOICES: Final = {
    "mode": MODES,
    "type": OBJECTION_TYPES,
    "method": TECHNIQUES,
    "outcome": OUTCOME_CHOICES,
    "appeal": APPEAL_CHOICES,
    "lang": LANGS,
}
"""What is chosen from by ticking boxes."""


_LONGEST_NAME: Final = 80


async def show(request: Request[Any]) -> Response:
    """Show a page of the inbox; where a trainee is looked for by name, theirs, or those who may be meant."""
    wanted = filter_of(request.query_params.multi_items())
    who = " ".join(request.query_params.get("who", "").split())[:_LONGEST_NAME]
    if not who or wanted.unreadable:
        return await _page(request, wanted)
    found = await room_of(request).ask(trainees_named, person=person_of(request), name=who, team=wanted.team)
    meant = [(name, address(replace(wanted, trainee=(id_,)))) for id_, name in found]
    if len(meant) == 1:
        return RedirectResponse(meant[0][1], status_code=303)
    return await _page(request, wanted, who=who, meant=meant)


async def go_on(request: Request[Any]) -> Response:
    """Go to the next session of a filter that nobody reviewed; to the inbox where there is none."""
    room, query = room_of(request), request.query_params
    wanted = filter_of(query.multi_items())
    found = await room.ask(
        next_unreviewed, person=person_of(request), wanted=wanted, after=query.get("after", "")[:128]
    )
    kept = query_of(wanted)
    if found is None:
        return RedirectResponse(f"/inbox?{kept}{'&' if kept else ''}done=1", status_code=303)
    back = f"?{urlencode({'in': kept})}" if kept else ""
    return RedirectResponse(f"/review/{found}{back}", status_code=303)


async def keep_filter(request: Request[Any]) -> Response:
    """Keep a filter under a name."""
    room, form = room_of(request), await request.form()
    query = str(form.get("query", ""))
    name = str(form.get("name", ""))
    try:
        await room.ask(
            keep,
            person=person_of(request),
            name=name,
            query=query,
            team=_team(form),
            now=room.desk.now(),
        )
    except Refused as refused:
        return await _page(request, filter_of_query(query), fault=refused.field, typed=name)
    except Taken:
        return await _page(request, filter_of_query(query), fault="taken", typed=name)
    return RedirectResponse(address(filter_of_query(query)), status_code=303)


async def change_filter(request: Request[Any]) -> Response:
    """Rename a kept filter, share it, or forget it."""
    room, form = room_of(request), await request.form()
    kept = whole_number(request.path_params["kept"]) or 0
    person, back = person_of(request), filter_of_query(str(form.get("query", "")))
    try:
        if form.get("forget"):
            await room.ask(forget, person=person, kept=kept)
        else:
            name = str(form.get("name", ""))
            await room.ask(change, person=person, kept=kept, name=name, team=_team(form))
    except Refused as refused:
        return await _page(request, back, fault=refused.field)
    except Taken:
        return await _page(request, back, fault="taken")
    return RedirectResponse(address(back), status_code=303)


async def export(request: Request[Any]) -> Response:
    """Hand out all sessions of a filter as one file, session by session; each is in the audit log."""
    room, person, format = room_of(request), person_of(request), request.path_params["format"]
    if format not in MEDIA_TYPES:
        raise HTTPException(404)
    lang, wanted = room.pages.lang(request), filter_of(request.query_params.multi_items())
    if wanted.unreadable:
        return await _page(request, wanted)
    ids = all_of(room.context.units, person=person, wanted=wanted)

    async def stream() -> AsyncIterator[bytes]:
        bundle = Bundle(format)
        # A byte order mark, without which spreadsheets take UTF-8 for something else.
        yield codecs.BOM_UTF8 if format == "csv" else b""
        while (session := await asyncio.to_thread(next, ids, None)) is not None:
            try:
                told = await room.ask(
                    inspect_whole, person=person, session=session, format=format, now=room.desk.now()
                )
            except NotFound:  # out of sight meanwhile
                continue
            file = await asyncio.to_thread(room.context.export, told, format, lang, room.board.told())
            yield bundle.add(file).encode("utf-8", "replace")
        yield bundle.end().encode()

    name = f"dojo-inbox-{room.desk.now():%Y-%m-%d}.{ENDINGS.get(format, format)}"
    return StreamingResponse(
        stream(),
        media_type=MEDIA_TYPES[format],
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


async def _page(
    request: Request[Any],
    wanted: Filter,
    *,
    fault: str = "",
    typed: str = "",
    who: str = "",
    meant: Sequence[tuple[str, str]] = (),
) -> Response:
    room, person, query = room_of(request), person_of(request), request.query_params
    try:
        more = await room.ask(digest, now=room.desk.now())
    except Unavailable:  # others are at it; what is there already can be shown
        more = True
    after = cursor_of(query.get("after", ""))
    found, choices = await room.ask(search, person=person, wanted=wanted, after=after, now=room.desk.now())
    t = room.pages.speech(request)
    names = {
        "team": {team.id: team.name for team in choices.teams},
        "trainee": {**{row.trainee_id: row.name for row in found.rows}, **dict(choices.trainees)},
    }
    kept = query_of(wanted)
    fault = fault or ("unreadable" if wanted.unreadable else "")

    def draw() -> Response:
        return room.pages.page(
            request,
            "inbox.html",
            422 if fault else 200,
            wanted=wanted,
            query=kept,
            found=found,
            choices=choices,
            ticks=_CHOICES,
            formats=tuple(MEDIA_TYPES),
            scenarios=_scenarios(room.context.names[t.lang]),
            sorts=SORTS,
            chips=chips(wanted, t, names),
            page_of=page_of,
            since=day_text(wanted.since),
            until=day_text(wanted.until),
            following=_following(kept, cursor_text(found.after)) if found.after else "",
            first=after is None,
            counted=COUNTED,
            counted_by=counted_text(*wanted.counted) if wanted.counted else "",
            catching_up=more,
            done=bool(query.get("done")),
            fault=fault,
            typed=typed,
            who=who,
            meant=meant,
            limits={"search": SEARCH_LIMIT, "name": NAME_LIMIT, "who": _LONGEST_NAME},
            value_name=lambda kind, value: value_name(t, kind, value),
            products={product.id: product for product in room.context.products},
        )

    return await asyncio.to_thread(draw)


def _team(form: FormData) -> int | None:
    """Return the team that a filter is to be shared with, if any; what is no team is refused later."""
    given = str(form.get("team", ""))
    number = whole_number(given)
    return -1 if given and number is None else number


def _scenarios(names: Any) -> list[tuple[str, str]]:
    """Return the ids and titles of all scenarios, by title."""
    prefix = "scenario."
    found = [(key[len(prefix) :], name) for key, name in names.items() if key.startswith(prefix)]
    return sorted(found, key=lambda one: one[1].casefold())


def _following(query: str, place: str) -> str:
    return f"/inbox?{query}{'&' if query else ''}after={place}"
