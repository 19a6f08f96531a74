"""Editing a content file: page by page in a form, or as a whole in YAML; nothing that was typed is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.content.differences import differences
from bot.content.intake import MAX_CHARACTERS
from bot.content.outline import Entry, has_page, pages_of
from bot.services.authoring import NOTE_LIMIT, open_document, save
from bot.services.documents import Document, document
from bot.services.errors import Conflict, NotFound
from bot.web.people import person_of
from bot.web.pieces import address, document_name, piece_in
from bot.web.room import Room, room_of


async def show(request: Request[Any]) -> Response:
    """Show a page of the form."""
    room, of = room_of(request), piece_in(request)
    found = await room.ask(open_document, room.context.shelf, of=of)
    if not found.readable:
        return RedirectResponse(address(of, "/yaml"), status_code=303)
    return _form(request, room, found, request.query_params.get("at", ""))


async def store(request: Request[Any]) -> Response:
    """Save a page of the form, with an entry more or less if that was asked for."""
    room, of, form = room_of(request), piece_in(request), await request.form()
    at, step, basis = (str(form.get(name, "")) for name in ("at", "step", "basis"))
    found = await room.ask(open_document, room.context.shelf, of=of)
    if not found.readable:
        raise NotFound
    text = found.filled(at, _fields(form), step)
    if basis != found.basis:
        return _clash(request, room, found, text, at)
    try:
        await _save(request, room, found, text, form)
    except Conflict:
        newest = await room.ask(open_document, room.context.shelf, of=of)
        return _clash(request, room, newest, newest.filled(at, _fields(form), step), at)
    if form.get("done"):
        return RedirectResponse(address(of), status_code=303)
    target = str(form.get("then", "")) or at
    return RedirectResponse(f"{address(of, '/edit')}?at={_quoted(target)}{_anchor(step)}", status_code=303)


async def show_yaml(request: Request[Any]) -> Response:
    """Show the whole file as YAML."""
    room, of = room_of(request), piece_in(request)
    found = await room.ask(open_document, room.context.shelf, of=of)
    return _yaml(request, room, found)


async def store_yaml(request: Request[Any]) -> Response:
    """Save the whole file, whatever is wrong with it."""
    room, of, form = room_of(request), piece_in(request), await request.form()
    found = await room.ask(open_document, room.context.shelf, of=of)
    text = str(form.get("text", "")).replace("\r\n", "\n")
    if len(text) > MAX_CHARACTERS:
        return _yaml(request, room, found, typed=text, problem="too_long", status=422)
    if str(form.get("basis", "")) != found.basis:
        return _yaml(request, room, found, typed=text, problem="clash", status=409)
    try:
        await _save(request, room, found, text, form)
    except Conflict:
        newest = await room.ask(open_document, room.context.shelf, of=of)
        return _yaml(request, room, newest, typed=text, problem="clash", status=409)
    return RedirectResponse(address(of, "" if form.get("done") else "/yaml"), status_code=303)


async def _save(request: Request[Any], room: Room, found: Document, text: str, form: FormData) -> None:
    keep = bool(form.get("keep"))
    if text == found.text and not keep:
        return
    await room.ask(
        save,
        room.context.shelf,
        person=person_of(request),
        of=found.piece,
        basis=found.basis,
        text=text,
        note=str(form.get("note", ""))[:NOTE_LIMIT],
        keep=keep,
        now=room.desk.now(),
    )


def _clash(request: Request[Any], room: Room, found: Document, text: str, at: str) -> Response:
    """Show what was typed, put into what somebody else saved meanwhile, and what saving it would change."""
    merged = document(found.piece, found.edition, text, found.products)
    rows = differences(found.text, text)
    return _form(request, room, merged, at, status=409, rows=rows)


def _form(
    request: Request[Any],
    room: Room,
    found: Document,
    at: str,
    *,
    status: int = 200,
    rows: Sequence[Any] = (),
) -> Response:
    page = found.page(at)
    return room.pages.page(
        request,
        "piece_form.html",
        status,
        document=found,
        of=found.piece,
        name=document_name(found, room.pages.speech(request)),
        page=page,
        pages=list(pages_of(found.whole)),
        around=_around(found.whole, page),
        has_page=has_page,
        note_limit=NOTE_LIMIT,
        rows=rows,
        clash=status == 409,
    )


def _yaml(
    request: Request[Any], room: Room, found: Document, *, typed: str | None = None, problem: str = "",
    status: int = 200,
) -> Response:  # fmt: skip
    return room.pages.page(
        request,
        "piece_yaml.html",
        status,
        document=found,
        of=found.piece,
        name=document_name(found, room.pages.speech(request)),
        text=found.text if typed is None else typed,
        problem=problem,
        faults=found.faults if typed is None else (),
        rows=differences(found.text, typed) if typed is not None and problem == "clash" else (),
        note_limit=NOTE_LIMIT,
        longest=MAX_CHARACTERS,
    )


def _around(whole: Entry, page: Entry) -> list[Entry]:
    """Return the pages that a page is a part of, the whole first."""
    return [one for one in pages_of(whole) if one.place == page.place[: len(one.place)] and one is not page]


def _fields(form: FormData) -> Mapping[str, list[str]]:
    """Return what was sent by the names of the fields, which begin with a colon in the form."""
    names = {name for name in form if name.startswith(":")}
    return {name[1:]: [str(value) for value in form.getlist(name)] for name in names}


def _anchor(step: str) -> str:
    place = step.partition(":")[2]
    return f"#at-{_quoted(place)}" if place else ""


def _quoted(place: str) -> str:
    return quote(place, safe="")
