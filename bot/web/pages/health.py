"""For the supervisor: whether this server answers."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response


async def show(_request: Request[Any]) -> Response:
    """Say that it does."""
    return JSONResponse({"status": "ok"})
