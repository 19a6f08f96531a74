"""The addresses of the interface: the operations of its document, the document, and a page to read it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web.api.answers import ANSWERS
from bot.web.api.document import document, operations, written
from bot.web.api.door import through_the_door
from bot.web.room import room_of

ROOT: Final = "/api/v1"
_ALL: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY")

Page = Callable[[Request[Any]], Awaitable[Response]]


async def show_document(_request: Request[Any]) -> Response:
    """Answer the document."""
    return Response(written(), media_type="application/json")


async def show_page(request: Request[Any]) -> Response:
    """Show the document to people."""
    return room_of(request).pages.page(request, "api.html", document=document(), root=ROOT)


async def nothing_here(_request: Request[Any]) -> Response:
    """Answer an address that the document does not know."""
    raise HTTPException(404)


def api_routes() -> list[Route]:
    """Return the routes: one for each path of the document, for all of its methods."""
    by_path: dict[str, dict[str, Page]] = {}
    for one in operations().values():
        by_path.setdefault(one.path, {})[one.method] = through_the_door(one, ANSWERS[one.id])
    return [
        Route(f"{ROOT}/openapi.json", show_document, methods=["GET"]),
        Route(f"{ROOT}/", show_page, methods=["GET"]),
        *(Route(ROOT + path, by_method(pages), methods=_ALL) for path, pages in by_path.items()),
        Route("/api/{rest:path}", nothing_here, methods=_ALL),
    ]


def by_method(pages: Mapping[str, Page]) -> Page:
    """Return what answers a path by one of its methods; HEAD is GET without its body."""

    async def answer(request: Request[Any]) -> Response:
        page = pages.get("GET" if request.method == "HEAD" else request.method)
        if page is None:
            raise HTTPException(405, headers={"allow": ", ".join(pages)})
        return await page(request)

    return answer
