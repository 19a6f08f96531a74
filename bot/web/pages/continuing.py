"""Going on in the browser with a session that was begun in the terminal."""

from __future__ import annotations

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.services.signing import SignatureError, read_pass
from bot.web.people import person_of
from bot.web.room import room_of


async def take_over(request: Request[Any]) -> Response:
    """Let this browser into the session that a signed, fresh link names; other links are not found."""
    room = room_of(request)
    given = request.path_params["given"]
    try:
        session = read_pass(room.context.rasa_secret, given, room.desk.now().timestamp())
    except SignatureError as error:
        raise HTTPException(404) from error
    await room.desk.hand_over(person_of(request).key, session)
    return RedirectResponse(f"/chat/{session}", status_code=303)
