"""Slack, as a channel of Rasa's: events over HTTP or Socket Mode, one workspace or several.

What makes it more than Rasa's own connector stands in `docs/decisions/0007-slack.md`.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.channels.slack import SlackInput
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.channels.action_endpoint import ActionEndpoint
from bot.channels.answering import answer
from bot.channels.messages import EMPTY_MESSAGE, Clicks, Incoming, to_line
from bot.channels.placeholders import expand
from bot.channels.slack_door import Knock
from bot.channels.slack_engine import MAX_BODY_BYTES, SlackEngine, SlackSettings
from bot.channels.slack_face import load_face
from bot.channels.slack_web import API_URL
from bot.channels.tracker_store import DojoTrackerStore
from bot.channels.turn import TurnFailed

logger = logging.getLogger(__name__)


class Lines(OutputChannel):
    """Collects the bot's messages of one turn."""

    def __init__(self) -> None:
        """Start with none."""
        self.lines: list[dict[str, Any]] = []

    @classmethod
    def name(cls) -> str:
        """Return the channel's name, by which domain.yml may vary a response."""
        return SlackChannel.name()

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Take one message of the bot, with its buttons, as one line."""
        self.lines.append(to_line(message))


class SlackChannel(SlackInput):
    """Answers people in Slack, each message exactly once; without settings it does nothing."""

    def __init__(self, settings: SlackSettings) -> None:
        """Take the settings; nothing connects before the server has started."""
        super().__init__(settings.bot_token, slack_signing_secret=settings.signing_secret)
        self._settings = settings
        self._engine: SlackEngine | None = None
        self._app: Sanic | None = None

    def _validate_credentials(self) -> None:
        """Accept any: whether they are enough is `SlackSettings.active`."""

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> SlackChannel:
        """Read what credentials.yml says."""
        options = expand(credentials or {})

        def text(name: str, default: str = "") -> str:
            return str(options.get(name) or default).strip()

        intents = frozenset(options.get("clicks") or ()) | {EMPTY_MESSAGE[1:]}
        return cls(
            SlackSettings(
                database_url=text("database_url"),
                folder=Path(text("folder", "var")),
                secret=text("secret"),
                bot_token=text("bot_token"),
                app_token=text("app_token"),
                signing_secret=text("signing_secret"),
                client_id=text("client_id"),
                client_secret=text("client_secret"),
                workspaces=frozenset(text("workspaces").replace(",", " ").split()),
                api_url=text("api_url", API_URL),
                host=text("host", "127.0.0.1"),
                port=int(text("port", "0")),
                lang=text("lang", "en"),
                notices=text("notices"),
                address=text("address"),
                clicks=Clicks(intents, frozenset(options.get("fields") or ())),
            )
        )

    def get_output_channel(self, channel: str | None = None, thread_id: str | None = None) -> OutputChannel:
        """Return lines that nobody reads: what is said outside a turn does not go to Slack."""
        return Lines()

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Define the routes (webhook, notify, install, installed), and what happens at start and stop."""
        blueprint = Blueprint("slack_webhook")
        if not self._settings.active:
            return blueprint

        # Sanic marks the functions it is given, so they cannot be methods
        @blueprint.route("/<page:str>", methods=["GET", "POST"])
        async def knock(request: Request, page: str) -> HTTPResponse:
            return await self._knock(request, page)

        @blueprint.listener("before_server_start")
        async def start(app: Sanic, _loop: Any) -> None:
            app.config.REQUEST_MAX_SIZE = max(app.config.REQUEST_MAX_SIZE, MAX_BODY_BYTES)
            # before the model is loaded: what comes meanwhile waits for it
            self._app = app
            self._engine = SlackEngine(
                self._settings, partial(load_face, self._settings.lang, self._settings.address)
            )
            self._engine.start(self._ask)

        @blueprint.listener("after_server_start")
        async def check(app: Sanic, _loop: Any) -> None:
            if not _is_wired(app.ctx.agent):
                raise RuntimeError("the Slack channel needs the dojo channel before it in credentials.yml")
            assert self._engine is not None
            await self._engine.started()

        @blueprint.listener("before_server_stop")
        async def stop(_app: Sanic, _loop: Any) -> None:
            if self._engine is not None:
                await self._engine.stop()

        return blueprint

    async def _ask(self, incoming: Incoming) -> Sequence[Mapping[str, Any]]:
        assert self._app is not None
        agent = getattr(self._app.ctx, "agent", None)
        if agent is None or not _is_wired(agent) or not agent.is_ready():
            raise TurnFailed("no model yet")
        lines = Lines()
        await answer(agent, incoming, lines, self.name())
        return lines.lines

    async def _knock(self, request: Request, page: str) -> HTTPResponse:
        if self._engine is None:
            return HTTPResponse("not ready", status=503)
        headers = {name.lower(): value for name, value in request.headers.items()}
        query = {name: values[0] for name, values in request.args.items()}
        opened = await self._engine.answer(
            Knock(request.method, page, headers, query, dict(request.cookies), request.body)
        )
        return HTTPResponse(
            opened.body, status=opened.status, headers=dict(opened.headers), content_type=opened.media
        )


def _is_wired(agent: Agent) -> bool:
    """Tell whether the dojo channel has put our parts in place of Rasa's, which hide errors."""
    return isinstance(agent.tracker_store, DojoTrackerStore) and isinstance(
        agent.action_endpoint, ActionEndpoint
    )
