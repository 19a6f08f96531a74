"""Rasa's side of the action server: a kept connection, a token, one retry, a quick check of answers."""

from __future__ import annotations

import asyncio
from json import dumps
from typing import Any
from urllib.parse import urljoin

import aiohttp
import jsonschema
from rasa.core.actions.action import RemoteAction
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from bot.channels.placeholders import expand
from bot.channels.turn import fail_current_turn

REJECTED = 400
DEFAULT_TIMEOUT_SECONDS = 30.0
_PAUSE_BEFORE_RETRY_SECONDS = 0.3
_READY_SECONDS = 3.0


class ActionEndpoint(EndpointConfig):
    """Calls the action server; a call that fails marks the turn so that it is not stored."""

    def __init__(self, configured: EndpointConfig) -> None:
        """Take over what endpoints.yml says under ``action_endpoint``."""
        headers, options = expand(configured.headers), expand(configured.kwargs)
        super().__init__(
            url=options.pop("address", None) or expand(configured.url),
            headers={name: value for name, value in headers.items() if value},
            **{"selective_domain": True, **options},  # our actions do not ask for the domain
        )
        self._timeout = float(self.kwargs.get("timeout", DEFAULT_TIMEOUT_SECONDS))
        self._session: aiohttp.ClientSession | None = None

    async def request(  # type: ignore[override]
        self, method: str = "post", subpath: str | None = None, *, json: Any = None, **_unused: Any
    ) -> Any:
        """Send one action call and return the answer's JSON; a lost connection is tried once more."""
        body = dumps(of_this_turn(json)).encode()
        try:
            try:
                return await self._call(body)
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(_PAUSE_BEFORE_RETRY_SECONDS)
                return await self._call(body)
        except ClientResponseError as error:
            if error.status != REJECTED:
                fail_current_turn(f"action server answered {error.status}")
            raise
        except (aiohttp.ClientError, asyncio.TimeoutError, ValueError) as error:
            fail_current_turn(type(error).__name__)
            raise

    async def _call(self, body: bytes) -> Any:
        async with self._connected().post(self.url, data=body) as answer:
            if answer.status < REJECTED:
                return await answer.json()
            content = (await answer.read()).decode(errors="replace")
        raise ClientResponseError(answer.status, answer.reason or "", content)

    def _connected(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                headers={"Content-Type": "application/json", **self.headers},
                timeout=aiohttp.ClientTimeout(total=self._timeout),
            )
        return self._session

    async def ping(self) -> None:
        """Raise unless the action server answers and takes our token."""
        limit = aiohttp.ClientTimeout(total=_READY_SECONDS)
        async with self._connected().get(urljoin(self.url, "actions"), timeout=limit) as answer:
            answer.raise_for_status()

    async def close(self) -> None:
        """Close the kept connections."""
        if self._session is not None:
            await self._session.close()


_VALIDATOR: list[Any] = []


def _check_result(_action: RemoteAction, result: dict[str, Any]) -> bool:
    if only_sets_slots(result):
        return True
    if not _VALIDATOR:
        schema = RemoteAction.action_response_format_spec()
        _VALIDATOR.append(jsonschema.validators.validator_for(schema)(schema))
    if not _VALIDATOR[0].is_valid(result):
        fail_current_turn("malformed action result")
        raise RasaException("the action server's answer does not have the form of an action result")
    return True


def of_this_turn(call: Any) -> Any:
    """Return an action call with the events of the present turn only.

    Earlier turns, and what the NLU found (`latest_message` has it), would be written and read for nothing.
    """
    tracker = call.get("tracker") if isinstance(call, dict) else None
    if not tracker or not tracker.get("events"):
        return call
    events = tracker["events"]
    start = max((place for place, event in enumerate(events) if event.get("event") == "user"), default=0)
    said = {name: value for name, value in events[start].items() if name != "parse_data"}
    return {**call, "tracker": {**tracker, "events": [said, *events[start + 1 :]]}}


def only_sets_slots(result: Any) -> bool:
    """Tell whether a result holds messages and slots and nothing else, which is valid and what ours hold."""
    if not isinstance(result, dict) or result.keys() != {"events", "responses"}:
        return False
    events, responses = result["events"], result["responses"]
    if not isinstance(events, list) or not isinstance(responses, list):
        return False
    slots = (
        isinstance(event, dict)
        and event.get("event") == "slot"
        and isinstance(event.get("name"), str)
        and "value" in event
        for event in events
    )
    return all(slots) and all(isinstance(response, dict) for response in responses)


def prebuild_result_check() -> None:
    """Replace Rasa's check of an action's result, which examines the schema itself anew at every call.

    The usual result is told at sight, any other is held against the schema.
    """
    RemoteAction._validate_action_result = _check_result
