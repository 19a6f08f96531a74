"""The language switch."""

from __future__ import annotations

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.web.own_path import own_path
from bot.web.visitors import visit_of
from bot.web.wording import LANG_TAGS


async def choose(request: Request[Any]) -> Response:
    """Remember a language and go back to where the visitor was."""
    lang = request.path_params["lang"]
    if lang not in LANG_TAGS:
        raise HTTPException(404)
    visit_of(request).remember(lang=lang)
    return RedirectResponse(own_path(request.query_params.get("back", "/")), status_code=303)
