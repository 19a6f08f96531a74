"""Trying a version before it is published, publishing it, and going back to an earlier one."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.content.editable import SCENARIO
from bot.content.faults import ContentError
from bot.services.authoring import NOTE_LIMIT, history, open_document
from bot.services.inspecting import page_of
from bot.services.previewing import both_rubrics, scripts, try_out
from bot.services.publishing import publish as put_in_use
from bot.web.people import person_of
from bot.web.pieces import address, document_name, piece_in, version_in
from bot.web.room import room_of
from bot.web.wording import LANG_TAGS


async def publish(request: Request[Any]) -> Response:
    """Put a version in use for everybody; what is wrong with it is told instead."""
    room, of, form = room_of(request), piece_in(request), await request.form()
    version = version_in(form.get("version"))
    try:
        await room.ask(
            put_in_use,
            room.context.shelf,
            person=person_of(request),
            of=of,
            version=version,
            note=str(form.get("note", ""))[:NOTE_LIMIT],
            now=room.desk.now(),
        )
    except ContentError as error:
        return await _faulty(request, version, error)
    return RedirectResponse(address(of), status_code=303)


async def try_version(request: Request[Any]) -> Response:
    """Open a session that works with a version, for this trainer only, and go there."""
    room, of, form = room_of(request), piece_in(request), await request.form()
    version, lang = version_in(form.get("version")), str(form.get("lang", ""))
    try:
        session = await room.ask(
            try_out,
            room.context.shelf,
            person=person_of(request),
            of=of,
            version=version,
            lang=lang if lang in LANG_TAGS else room.pages.lang(request),
            now=room.desk.now(),
        )
    except ContentError as error:
        return await _faulty(request, version, error)
    way = f"?begin=choose_scenario&scenario={of.stem}" if of.kind == SCENARIO else ""
    return RedirectResponse(f"/chat/{session}{way}", status_code=303)


async def show_scripts(request: Request[Any]) -> Response:
    """Show the scripts of a version, filled in."""
    room, of = room_of(request), piece_in(request)
    asked = request.query_params
    version, lang = version_in(asked.get("version")), asked.get("lang", "")
    lang = lang if lang in LANG_TAGS else room.pages.lang(request)
    try:
        shown = await room.ask(
            scripts,
            room.context.shelf,
            of=of,
            version=version,
            lang=lang,
            product=asked.get("product", ""),
            about=asked.get("about", ""),
        )
    except ContentError as error:
        return await _faulty(request, version, error)
    return room.pages.page(
        request,
        "piece_scripts.html",
        of=of,
        name=await _name(request, version),
        version=version,
        shown=shown,
        spoken_lang=lang,
    )


async def show_rubrics(request: Request[Any]) -> Response:
    """Show the latest replies in the trainer's sight as the rubric in use and a version of it judge them."""
    room, of = room_of(request), piece_in(request)
    version = version_in(request.query_params.get("version"))
    try:
        judged = await room.ask(
            both_rubrics,
            room.context.shelf,
            person=person_of(request),
            of=of,
            version=version,
            now=room.desk.now(),
        )
    except ContentError as error:
        return await _faulty(request, version, error)
    return room.pages.page(
        request, "piece_rubrics.html", of=of, version=version, judged=judged, page_of=page_of
    )


async def _faulty(request: Request[Any], version: int, error: ContentError) -> Response:
    """Tell why a version cannot be used."""
    room, of = room_of(request), piece_in(request)
    found = await room.ask(history, room.context.shelf, of=of)
    return room.pages.page(
        request,
        "piece_faulty.html",
        422,
        item=found.item,
        of=of,
        name=await _name(request, version),
        version=version,
        faults=error.faults,
    )


async def _name(request: Request[Any], version: int) -> str:
    """Return what a version of the file is about, in words."""
    room, of = room_of(request), piece_in(request)
    found = await room.ask(open_document, room.context.shelf, of=of, version=version)
    return document_name(found, room.pages.speech(request))
