"""The page's way to Rasa: a webhook that takes signed calls only and streams the bot's messages as NDJSON."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from rasa.core.tracker_store import FailSafeTrackerStore
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from bot.channels.action_endpoint import ActionEndpoint
from bot.channels.answering import answer
from bot.channels.lock_store import ConversationLockStore
from bot.channels.messages import (
    EMPTY_MESSAGE,
    MAX_BODY_BYTES,
    MAX_TEXT_CHARACTERS,
    Clicks,
    Incoming,
    Malformed,
    TooLong,
    encode_line,
    read_incoming,
    to_line,
)
from bot.channels.model_swap import PROBE, ModelSwap, Unusable, read_request, wire
from bot.channels.placeholders import expand
from bot.channels.thrift import spare_collecting, spare_work
from bot.channels.tracker_store import DojoTrackerStore
from bot.channels.turn import listen_for_swallowed_errors, named
from bot.services.signing import SignatureError, verify

logger = logging.getLogger(__name__)

TIMESTAMP_HEADER = "X-Dojo-Timestamp"
SIGNATURE_HEADER = "X-Dojo-Signature"
TRY_AGAIN = {"error": "try_again"}
# Sanic cuts longer bodies off by itself; those between the two limits get an answer in JSON.
_SANIC_MAX_BYTES = 4 * MAX_BODY_BYTES
_LONGEST_TURN_SECONDS = 120
_DRAIN_SECONDS = 20.0
_READY_SECONDS = 5.0


class Outlet(OutputChannel):
    """Collects the bot's messages of one turn as lines, readable while the turn runs."""

    def __init__(self) -> None:
        """Start with no line."""
        self._lines: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()

    @classmethod
    def name(cls) -> str:
        """Return the channel's name, by which domain.yml may vary a response."""
        return DojoChannel.name()

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Take one message of the bot, with its buttons, as one line."""
        self._lines.put_nowait(to_line(message))

    def finish(self, line: dict[str, Any]) -> None:
        """Add the last line."""
        self._lines.put_nowait(line)
        self._lines.put_nowait(None)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the lines as they come, those that came together in one chunk, up to the last one."""
        line = await self._lines.get()
        while line is not None:
            chunk = encode_line(line)
            while not self._lines.empty() and (line := self._lines.get_nowait()) is not None:
                chunk += encode_line(line)
            yield chunk
            line = None if line is None else await self._lines.get()


class DojoChannel(InputChannel):
    """Answers each message exactly once.

    A message whose turn cannot be completed and stored gets ``{"error": "try_again"}`` and leaves no trace;
    the same message sent again is processed then.  A processed message gets its stored answer again.
    """

    def __init__(self, secret: str, clicks: Clicks) -> None:
        """Accept calls signed with ``secret``; without one, accept none."""
        self._secret = secret.encode()
        self._clicks = clicks
        self._agent: Agent | None = None
        self._running: set[asyncio.Task[None]] = set()
        self._closing = False
        self._read_by: str | None = None
        self._swap = ModelSwap()

    @classmethod
    def name(cls) -> str:
        """Return the name in the route /webhooks/dojo."""
        return "dojo"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> DojoChannel:
        """Read ``secret``, ``clicks`` (allowed intents) and ``fields`` (allowed entities)."""
        options = expand(credentials or {})
        intents = frozenset(options.get("clicks") or ()) | {EMPTY_MESSAGE[1:]}
        return cls(options.get("secret") or "", Clicks(intents, frozenset(options.get("fields") or ())))

    def get_output_channel(self) -> OutputChannel:
        """Return an outlet of its own; nobody reads what is sent outside a turn."""
        return Outlet()

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Define the routes /webhook, /ready and /model, and what happens at the server's start and end."""
        blueprint = Blueprint("dojo_channel")

        # Sanic marks the functions it is given, so they cannot be methods
        @blueprint.post("/webhook")
        async def webhook(request: Request) -> HTTPResponse | None:
            return await self._receive(request)

        @blueprint.get("/ready")
        async def ready(_request: Request) -> HTTPResponse:
            return await self._ready()

        @blueprint.post("/model")
        async def model(request: Request) -> HTTPResponse:
            return await self._change_model(request)

        @blueprint.listener("before_server_start")
        async def limit(app: Sanic, _loop: Any) -> None:
            app.config.REQUEST_MAX_SIZE = _SANIC_MAX_BYTES
            app.config.RESPONSE_TIMEOUT = _LONGEST_TURN_SECONDS

        @blueprint.listener("after_server_start")
        async def wire(app: Sanic, _loop: Any) -> None:
            self._wire(app.ctx.agent)

        @blueprint.listener("before_server_stop")
        async def drain(_app: Sanic, _loop: Any) -> None:
            await self._drain()

        @blueprint.listener("after_server_stop")
        async def close(_app: Sanic, _loop: Any) -> None:
            await self._close()

        return blueprint

    # A message

    async def _receive(self, request: Request) -> HTTPResponse | None:
        agent = self._agent
        if agent is None or self._closing:
            return json_response(TRY_AGAIN, status=503)
        if len(request.body) > MAX_BODY_BYTES:
            return json_response({"error": "too_long", "limit_bytes": MAX_BODY_BYTES}, status=413)
        if not self._is_signed(request):
            return json_response({"error": "unauthorized"}, status=401)
        try:
            incoming = read_incoming(request.body, self._clicks)
        except TooLong:
            return json_response({"error": "too_long", "limit": MAX_TEXT_CHARACTERS}, status=413)
        except Malformed as error:
            return json_response({"error": "malformed", "reason": str(error)}, status=400)
        outlet = Outlet()
        # a task of its own: a reader who goes away does not cut the turn in half
        task = asyncio.create_task(self._answer(agent, incoming, outlet))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        answer = await request.respond(
            content_type="application/x-ndjson; charset=utf-8", headers={"Cache-Control": "no-store"}
        )
        async for chunk in outlet.chunks():
            await answer.send(chunk)
        await answer.eof()
        return None

    def _is_signed(self, request: Request) -> bool:
        if not self._secret:
            return False
        try:
            verify(
                self._secret,
                request.headers.get(TIMESTAMP_HEADER, ""),
                request.body,
                request.headers.get(SIGNATURE_HEADER, ""),
                now=time.time(),
            )
        except SignatureError as error:
            logger.warning("refused a call to the dojo webhook: %s", error)
            return False
        return True

    async def _answer(self, agent: Agent, incoming: Incoming, outlet: Outlet) -> None:
        try:
            number = await answer(agent, incoming, outlet, self.name())
        except asyncio.CancelledError:
            outlet.finish(TRY_AGAIN)
            raise
        except Exception as error:
            # the error's own text may quote the trainee
            logger.error("a turn was not completed: %s", named(error))
            outlet.finish(TRY_AGAIN)
        else:
            outlet.finish({"done": True, "turn": number})

    # Readiness

    async def _ready(self) -> HTTPResponse:
        agent = self._agent
        if agent is None or self._closing:
            return json_response({"ready": False, "checks": {}}, status=503)
        names = ("store", "locks", "actions")
        parts = (agent.tracker_store, agent.lock_store, agent.action_endpoint)
        results = await asyncio.gather(
            *(asyncio.wait_for(part.ping(), _READY_SECONDS) for part in parts), return_exceptions=True
        )
        checks = {
            "model": agent.is_ready() and await self._reads(agent),
            "secret": bool(self._secret),
            **{name: result is None for name, result in zip(names, results, strict=True)},
        }
        ready = all(checks.values())
        body = {"ready": ready, "checks": checks, "model_id": agent.model_id}
        return json_response(body, status=200 if ready else 503)

    async def _reads(self, agent: Agent) -> bool:
        """Whether the model really reads a message; tried once per model, nothing of it is stored."""
        if self._read_by != agent.model_id:
            try:
                await agent.parse_message(PROBE)
            except Exception as error:
                logger.error("the model cannot read a message (%s)", type(error).__name__)
                return False
            self._read_by = agent.model_id
        return True

    # The model

    async def _change_model(self, request: Request) -> HTTPResponse:
        """Use another model from the next message on; a signed call names its file."""
        agent = self._agent
        if agent is None or self._closing:
            return json_response(TRY_AGAIN, status=503)
        if not self._is_signed(request):
            return json_response({"error": "unauthorized"}, status=401)
        try:
            await self._swap.put(agent, read_request(request.body))
        except Unusable as error:
            return json_response({"error": "unusable", "reason": str(error)}, status=422)
        return json_response({"model_id": agent.model_id})

    # The server's life

    def _wire(self, agent: Agent) -> None:
        """Put our parts in place of Rasa's, which hide errors; without ours, do not serve at all."""
        store = agent.tracker_store
        if isinstance(store, FailSafeTrackerStore):
            store = store._tracker_store
        if not isinstance(store, DojoTrackerStore) or not isinstance(agent.lock_store, ConversationLockStore):
            raise RuntimeError("the dojo channel needs the tracker_store and lock_store of endpoints.yml")
        if agent.action_endpoint is None:
            raise RuntimeError("the dojo channel needs the action_endpoint of endpoints.yml")
        agent.tracker_store = store
        agent.action_endpoint = ActionEndpoint(agent.action_endpoint)
        if agent.processor is not None:
            wire(agent.processor, agent)
        spare_work()
        spare_collecting()
        listen_for_swallowed_errors()
        if not self._secret:
            logger.warning("DOJO_SECRET is not set: the dojo webhook refuses every call")
        self._agent = agent

    async def _drain(self) -> None:
        self._closing = True
        if self._running:
            await asyncio.wait(self._running, timeout=_DRAIN_SECONDS)

    async def _close(self) -> None:
        agent, self._agent = self._agent, None
        if agent is not None:
            await agent.action_endpoint.close()
            await agent.lock_store.close()
            agent.tracker_store.close()
