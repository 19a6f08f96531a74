"""What goes wrong, told to programs (RFC 9457)."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response

from bot.web.wording import Speech

PATH = "/api/"


def problem(
    speech: Speech, status: int, code: str, *, field: str = "", detail: str = "", **headers: str
) -> Response:
    """Return a problem: its code for programs, its title and text for people."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": speech(f"fault.{code}.title"),
        "status": status,
        "code": code,
        "detail": detail or speech(f"fault.{code}.text"),
    }
    if field:
        body["field"] = field
    return Response(
        json.dumps(body, ensure_ascii=False),
        status_code=status,
        media_type="application/problem+json",
        headers=headers,
    )
