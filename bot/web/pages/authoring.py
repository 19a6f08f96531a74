"""What can be edited: the list, a file's versions, differences between them, files to take along."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.content.editable import GROWING, KINDS, piece
from bot.content.intake import MAX_CHARACTERS
from bot.services.authoring import Item, catalogue, compare, history, open_document, published_files
from bot.services.authoring import copy as copy_piece
from bot.services.errors import NotFound, Refused, Taken
from bot.services.publishing import check
from bot.web.people import person_of
from bot.web.pieces import address, piece_in, stem_name, version_in
from bot.web.room import room_of
from bot.web.wording import Speech

STATES: Final = ("packaged", "edited", "draft")


async def show_list(request: Request[Any]) -> Response:
    """List the content by kind, as far as it fits what is searched for."""
    return await _list(request)


async def copy(request: Request[Any]) -> Response:
    """Begin a new product or scenario as a copy, and go there."""
    room, form = room_of(request), await request.form()
    source = piece(str(form.get("kind", "")), str(form.get("source", "")))
    if source is None:
        raise NotFound
    stem = str(form.get("stem", "")).strip()
    try:
        made = await room.ask(
            copy_piece,
            room.context.shelf,
            person=person_of(request),
            of=source,
            stem=stem,
            now=room.desk.now(),
        )
    except Refused:
        return await _list(request, fault="stem", stem=stem)
    except Taken:
        return await _list(request, fault="taken", stem=stem)
    return RedirectResponse(address(made), status_code=303)


async def show(request: Request[Any]) -> Response:
    """Show what became of a file, and what is wrong with its newest version."""
    room, of = room_of(request), piece_in(request)
    found = await room.ask(history, room.context.shelf, of=of)
    newest = found.versions[0].version if found.versions else 0
    faults = ()
    if found.item.draft or found.item.left_out:
        faults = await room.ask(check, room.context.shelf, of=of, version=newest)
    return room.pages.page(
        request,
        "piece.html",
        history=found,
        item=found.item,
        name=item_name(found.item, room.pages.speech(request)),
        newest=newest,
        faults=faults,
        growing=of.kind in GROWING,
        fault="",
    )


async def show_differences(request: Request[Any]) -> Response:
    """Show in what two versions differ."""
    room, of = room_of(request), piece_in(request)
    old, new = (version_in(request.query_params.get(name)) for name in ("old", "new"))
    found = await room.ask(history, room.context.shelf, of=of)
    rows = await room.ask(compare, room.context.shelf, of=of, old=old, new=new)
    return room.pages.page(
        request,
        "piece_differences.html",
        item=found.item,
        name=item_name(found.item, room.pages.speech(request)),
        versions=[version.version for version in found.versions],
        rows=rows,
        old=old,
        new=new,
    )


async def download(request: Request[Any]) -> Response:
    """Hand out a version as a YAML file."""
    room, of = room_of(request), piece_in(request)
    version = version_in(request.query_params.get("version"))
    found = await room.ask(open_document, room.context.shelf, of=of, version=version)
    headers = {"content-disposition": f'attachment; filename="{of.stem}.yml"'}
    return Response(found.text.encode("utf-8", "replace"), media_type="application/yaml", headers=headers)


async def export(request: Request[Any]) -> Response:
    """Hand out everything that is in use instead of packaged files, to be unpacked in the content folder."""
    files = await room_of(request).ask(published_files)
    body = await asyncio.to_thread(_zipped, files)
    headers = {"content-disposition": 'attachment; filename="dojo-content.zip"'}
    return Response(body, media_type="application/zip", headers=headers)


def _zipped(files: Mapping[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, text in sorted(files.items()):
            archive.writestr(file, text.encode("utf-8", "replace"))
    return packed.getvalue()


def item_name(item: Item, speech: Speech) -> str:
    """Return what a file is about, in words."""
    if item.name is not None:
        return item.name.of(speech.lang)
    return stem_name(item.piece.stem, speech)


async def _list(request: Request[Any], *, fault: str = "", stem: str = "") -> Response:
    room = room_of(request)
    speech = room.pages.speech(request)
    items = await room.ask(catalogue, room.context.shelf)
    words = request.query_params.get("q", "")[:100].strip()
    kind = request.query_params.get("kind", "")
    state = request.query_params.get("state", "")
    rows = [(item, item_name(item, speech)) for item in items]
    shown = [
        (item, name)
        for item, name in rows
        if words.casefold() in f"{name} {item.piece.stem}".casefold()
        and kind in ("", item.piece.kind)
        and (not state or state in states_of(item))
    ]
    return room.pages.page(
        request,
        "authoring.html",
        422 if fault else 200,
        kinds=[(one, [row for row in shown if row[0].piece.kind == one]) for one in KINDS],
        growing={one: [row for row in rows if row[0].piece.kind == one] for one in GROWING},
        states=STATES,
        states_of=states_of,
        words=words,
        kind=kind,
        state=state,
        fault=fault,
        stem=stem,
        any_published=any(item.published for item in items),
        longest=MAX_CHARACTERS,
    )


def states_of(item: Item) -> tuple[str, ...]:
    """Return how a file stands: as packaged or edited, and whether there is a newer draft."""
    use = "edited" if item.published else "packaged" if item.packaged else ""
    return tuple(state for state in (use, "draft" if item.draft else "") if state)
