"""Who is at the browser: a guest with a cookie's key, or somebody who signed in."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from bot.services.access import Person
from bot.services.signing_in import LONGEST_STAY, who_is
from bot.web.context import WebContext
from bot.web.visitors import visit_of

COOKIE: Final = "dojo_sign_in"


async def find_person(request: Request[Any], context: WebContext) -> Person:
    """Return who asks; a token that is not good (any more) makes a guest."""
    token = request.cookies.get(COOKIE, "")
    found = None
    if token:
        found = await asyncio.to_thread(
            who_is, context.units, context.cookie_secret, token=token, now=context.clock()
        )
    if found is None:
        visitor = visit_of(request).visitor
        return Person(key=visitor.key, name=visitor.name, lang=visitor.lang)
    return found


def set_person(request: Request[Any], person: Person) -> None:
    """Remember who a request comes from."""
    request.state.person = person


def person_of(request: Request[Any]) -> Person:
    """Return who a request comes from, as the guard found out."""
    person: Person = request.state.person
    return person


def remember_sign_in(request: Request[Any], response: Response, token: str) -> None:
    """Let a browser stay signed in."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(LONGEST_STAY.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def forget_sign_in(response: Response) -> None:
    """Let a browser forget its sign-in."""
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")
