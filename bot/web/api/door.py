"""The door for programs: who calls, what the token is for, whether the request fits the document."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from bot.services.access import Person
from bot.services.errors import Refused
from bot.services.issuing import who_calls
from bot.web.api.document import DoesNotFit, Operation
from bot.web.api.problems import problem
from bot.web.faults import Fault
from bot.web.people import set_person
from bot.web.room import Room, room_of

_BEARER: Final = "bearer "
_LONGEST_TOKEN: Final = 200


@dataclass(frozen=True)
class Call:
    """A call that was let in.

    Attributes:
        path, query, body: what came with it, as the document says.
    """

    room: Room
    request: Request[Any]
    person: Person
    path: Mapping[str, Any]
    query: Mapping[str, Any]
    body: Any


Answer = Callable[[Call], Awaitable[Response]]


def through_the_door(operation: Operation, answer: Answer) -> Callable[[Request[Any]], Awaitable[Response]]:
    """Return an endpoint that lets in only calls that may, and that fit the document."""

    async def endpoint(request: Request[Any]) -> Response:
        room = room_of(request)
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        known = f"{scheme.lower()} " == _BEARER and 0 < len(token) <= _LONGEST_TOKEN
        caller = None
        if known:
            caller = await room.ask(who_calls, room.context.cookie_secret, token=token, now=room.desk.now())
        if caller is None:
            speech = room.pages.speech(request)
            return problem(speech, 401, "no_token", **{"www-authenticate": "Bearer"})
        wait = room.pacer.wait_for(f"token {caller.token}", room.desk.now().timestamp())
        if wait:
            raise Fault(429, "too_fast", wait=wait)
        if operation.scope not in caller.scopes:
            return problem(room.pages.speech(request), 403, "no_scope", field=operation.scope)
        set_person(request, caller.person)
        try:
            call = Call(
                room,
                request,
                caller.person,
                operation.read("path", request.path_params.items()),
                operation.read("query", request.query_params.multi_items()),
                await _body(request, operation),
            )
            return await answer(call)
        except DoesNotFit as error:
            speech = room.pages.speech(request)
            return problem(speech, 400, "does_not_fit", field=error.field, detail=error.detail)
        except Refused as error:
            return problem(room.pages.speech(request), 422, "not_taken", field=error.field)

    return endpoint


async def _body(request: Request[Any], operation: Operation) -> Any:
    if operation.body is None:
        return None
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Fault(415, "not_json")
    try:
        value = json.loads(await request.body())
    except (ValueError, RecursionError) as error:
        raise DoesNotFit("body", "json") from error
    return operation.read_body(value)
