"""A session as a file to download."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from bot.services.transcripts import Transcript
from bot.web.room import Room

MEDIA_TYPES: Final = {
    "jsonl": "application/x-ndjson",
    "csv": "text/csv",
    "md": "text/markdown",
    "xapi": "application/json",
}
"""The formats, with what browsers are told of them."""

ENDINGS: Final = {"xapi": "xapi.json"}
"""The endings of files that are not their format's name."""


async def download(room: Room, request: Request[Any], transcript: Transcript, format: str) -> Response:
    """Return a transcript as a file in one of the formats."""
    lang = room.pages.lang(request)
    text = await asyncio.to_thread(room.context.export, transcript, format, lang, room.board.told())
    session = transcript.session
    name = f"dojo-{session.opened_at:%Y-%m-%d}-{session.public_id[:8]}.{ENDINGS.get(format, format)}"
    # A byte order mark, without which spreadsheets take UTF-8 for something else.
    body = text.encode("utf-8-sig" if format == "csv" else "utf-8", "replace")
    return Response(
        body,
        media_type=MEDIA_TYPES[format],
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )
