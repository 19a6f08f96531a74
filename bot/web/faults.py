"""Friendly answers when something goes wrong: a page for a page, JSON for the script."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.services.errors import Conflict, NotFound, Refused, TooMany, Unavailable
from bot.web.api.problems import PATH, problem
from bot.web.rendering import Pages

CODES: Final[Mapping[int, str]] = {
    400: "bad_request",
    403: "forbidden",
    404: "not_found",
    405: "bad_request",
    409: "changed_meanwhile",
    413: "too_large",
    422: "not_accepted",
    429: "too_fast",
    500: "broken",
    503: "try_again",
}


class Fault(Exception):
    """What a page answers instead: a status, the key of its words, and the message that must not be lost."""

    def __init__(
        self,
        status: int,
        code: str,
        *,
        kept: Mapping[str, str] | None = None,
        wait: float = 0.0,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Name the fault by its code under `fault` in the i18n files."""
        super().__init__(code)
        self.status = status
        self.code = code
        self.kept = kept
        self.wait = wait
        self.headers = headers or {}


class Faults:
    """Turns faults into answers."""

    def __init__(self, pages: Pages) -> None:
        """Render with `pages`."""
        self._pages = pages

    def answer(self, request: Request[Any], fault: Fault) -> Response:
        """Return the answer for a fault."""
        speech = self._pages.speech(request)
        headers = {"retry-after": str(math.ceil(fault.wait))} if fault.wait else {}
        headers.update(fault.headers)
        if request.url.path.startswith(PATH):
            return problem(speech, fault.status, fault.code, **headers)
        if wants_json(request):
            body = {"error": fault.code, "message": speech(f"fault.{fault.code}.text")}
            return JSONResponse(body, status_code=fault.status, headers=headers)
        response = self._pages.page(
            request, "fault.html", fault.status, code=fault.code, number=fault.status, kept=fault.kept
        )
        response.headers.update(headers)
        return response

    async def page(self, request: Request[Any], status: int) -> Response:
        """Return the answer for a status."""
        return self.answer(request, Fault(status, CODES.get(status, "broken")))

    async def handle(self, request: Request[Any], error: Exception) -> Response:
        """Return the answer for an exception."""
        if isinstance(error, Fault):
            return self.answer(request, error)
        if isinstance(error, HTTPException):
            code = CODES.get(error.status_code, "broken")
            return self.answer(request, Fault(error.status_code, code, headers=error.headers))
        if isinstance(error, NotFound):
            return await self.page(request, 404)
        if isinstance(error, Refused):
            return await self.page(request, 422)
        if isinstance(error, Unavailable):
            return await self.page(request, 503)
        if isinstance(error, Conflict):
            return await self.page(request, 409)
        if isinstance(error, TooMany):
            return self.answer(request, Fault(429, "too_fast", wait=error.wait))
        return await self.page(request, 500)


def wants_json(request: Request[Any]) -> bool:
    """Whether the request comes from the page's script."""
    return request.headers.get("content-type", "").startswith("application/json")
