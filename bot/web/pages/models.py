"""The models that were trained from corrections: figures, training, promoting, rolling back."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.services.errors import NotFound, Refused
from bot.services.promoting import begin, fail, interrupted, overview
from bot.storage.lesson_records import CANDIDATE, REFUSED, ROLLED_BACK, TRAINING
from bot.web.people import person_of
from bot.web.room import room_of
from bot.web.workshop import Workshop

_OURS: Final = "/models"
_PATIENCE: Final = 15.0
"""Seconds for which a page waits, so that a quick command is over when it comes back."""

_REASON_LIMIT: Final = 500


async def show(request: Request[Any]) -> Response:
    """Show the models and what is going on."""
    return await _page(request)


async def train(request: Request[Any]) -> Response:
    """Begin a training in a process of its own."""
    decide = "auto" if (await request.form()).get("promote") == "yes" else "never"
    workshop = _workshop(request)
    async with workshop.desk:
        fault = "busy" if workshop.busy else await _begin(request, workshop, decide)
    return await _page(request, fault=fault) if fault else RedirectResponse(_OURS, status_code=303)


async def _begin(request: Request[Any], workshop: Workshop, decide: str) -> str:
    """Enter a training and begin it; returns what is against it."""
    room, person = room_of(request), person_of(request)
    await room.ask(interrupted, now=room.desk.now())
    try:
        entered = await room.ask(begin, by=person.account, now=room.desk.now())
    except Refused as error:
        return error.field
    arguments = ["train", "--with-corrections", "--training", str(entered.id), *_account(request)]
    if workshop.begin(*arguments, "--promote", decide, lang=room.pages.lang(request)):
        return ""
    await room.ask(fail, training=entered.id, reason="teach.busy", now=room.desk.now())
    return "busy"


async def promote(request: Request[Any]) -> Response:
    """Put a training's model in use, for a reason if it is worse."""
    found = await room_of(request).ask(overview, person=person_of(request), now=room_of(request).desk.now())
    number = request.path_params["training"]
    training = next((t for t in found.trainings if str(t.id) == number and t.model), None)
    if training is None:
        raise NotFound
    reason = str((await request.form()).get("reason", ""))[:_REASON_LIMIT]
    if not reason.strip() and not (training.figures or {}).get("not_worse"):
        return await _page(request, fault="reason")
    return await _do(request, "models", "promote", training.model, f"--reason={reason}")


async def roll_back(request: Request[Any]) -> Response:
    """Go back to the model that was in use before."""
    reason = str((await request.form()).get("reason", ""))[:_REASON_LIMIT]
    return await _do(request, "models", "rollback", f"--reason={reason}")


async def _do(request: Request[Any], *arguments: str) -> Response:
    workshop = _workshop(request)
    lang = room_of(request).pages.lang(request)
    if not workshop.begin(*arguments, *_account(request), lang=lang):
        return await _page(request, fault="busy")
    await asyncio.to_thread(workshop.wait, _PATIENCE)
    return RedirectResponse(_OURS, status_code=303)


async def _page(request: Request[Any], *, fault: str = "") -> Response:
    room, workshop = room_of(request), _workshop(request)
    async with workshop.desk:
        busy = workshop.busy
        found = await room.ask(overview, person=person_of(request), now=room.desk.now())
        if not busy and any(training.state == TRAINING for training in found.trainings):
            await room.ask(interrupted, now=room.desk.now())
            found = await room.ask(overview, person=person_of(request), now=room.desk.now())
    return room.pages.page(
        request,
        "models.html",
        422 if fault else 200,
        trainings=found.trainings,
        waiting=found.waiting,
        names=found.names,
        hidden=found.hidden,
        unlisted=found.unlisted,
        busy=busy,
        ended=workshop.ended if not busy else None,
        fault=fault,
        promotable=(CANDIDATE, REFUSED, ROLLED_BACK),
        reason_limit=_REASON_LIMIT,
    )


def _account(request: Request[Any]) -> list[str]:
    account = person_of(request).account
    return [] if account is None else ["--account", str(account)]


def _workshop(request: Request[Any]) -> Workshop:
    return room_of(request).context.workshop
