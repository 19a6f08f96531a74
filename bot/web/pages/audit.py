"""The audit log, for admins."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from bot.services.managing import AUDIT_PAGE, audit_log
from bot.web.ids import id_if_any
from bot.web.people import person_of
from bot.web.room import room_of

KINDS: Final = ("session", "account", "team", "trainee", "assignment", "lesson", "model", "content")
"""Whose data one may ask for, in the form."""


async def show(request: Request[Any]) -> Response:
    """Show who looked at or changed whose data, the newest first."""
    room, asked = room_of(request), request.query_params
    entries, names, teams = await room.ask(
        audit_log,
        person=person_of(request),
        account=id_if_any(asked.get("account")),
        subject=asked.get("subject", "")[:32],
        subject_id=asked.get("id", "")[:128],
        before=id_if_any(asked.get("before")),
    )
    return room.pages.page(
        request,
        "audit.html",
        entries=entries[:AUDIT_PAGE],
        names=names,
        teams=teams,
        kinds=KINDS,
        asked={key: asked.get(key, "") for key in ("account", "subject", "id")},
        more=entries[AUDIT_PAGE - 1].id if len(entries) > AUDIT_PAGE else None,
    )
