"""Calls of Slack's Web API, and what can become of them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.channels.slack_people import Installation
from bot.channels.slack_store import SlackStore

logger = logging.getLogger(__name__)

API_URL: Final = "https://slack.com/api/"
LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")

_SECONDS: Final = 10.0
_REMEMBERED_SECONDS: Final = 30.0
_RETRY_AFTER_SECONDS: Final = 30.0
_SHORTEST_SECONDS: Final = 0.5
_TOO_MANY: Final = 429
_SERVER_ERROR: Final = 500
_READS: Final = frozenset({"users.info", "conversations.history", "conversations.replies"})
_FORMS: Final = frozenset({"oauth.v2.access", "apps.connections.open", "auth.test"})
_NO_ACCESS: Final = frozenset(
    {
        "account_inactive",
        "invalid_auth",
        "missing_scope",
        "not_allowed_token_type",
        "not_authed",
        "org_login_required",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
    }
)
_PERHAPS_DONE: Final = frozenset(
    {"fatal_error", "internal_error", "request_timeout", "service_unavailable", "team_added_to_org"}
)


class NotDone(Exception):
    """Slack did not do it; the text is Slack's code, never a token or anybody's words."""


class RateLimited(NotDone):
    """Not now: `seconds` tells when."""

    def __init__(self, seconds: float) -> None:
        """Take what Retry-After says."""
        super().__init__("ratelimited")
        self.seconds = seconds


class NoAccess(NotDone):
    """The workspace has not installed the app, has removed it, or grants too little."""


class PerhapsDone(Exception):
    """Nobody knows whether Slack did it: no answer, or an error of Slack's own."""


class SlackWeb:
    """Calls the Web API for every workspace with that one's own token; lives in one event loop."""

    def __init__(self, store: SlackStore, api_url: str = API_URL) -> None:
        """Find installations in the store; nothing connects before the first call."""
        self._store = store
        self._api_url = api_url.rstrip("/") + "/"
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=_SECONDS), connector=aiohttp.TCPConnector(limit=0)
        )
        self._paused: dict[tuple[str, str], float] = {}
        self._installed: dict[str, tuple[float, Installation]] = {}

    def _client(self, token: str) -> AsyncWebClient:
        """Return a client that never tries twice by itself: what may be repeated is decided elsewhere."""
        client = AsyncWebClient(
            token or None,
            base_url=self._api_url,
            session=self._session,
            retry_handlers=[],
            timeout=int(_SECONDS),
        )
        if urlsplit(self._api_url).hostname in LOOPBACK:
            client.proxy = None
        return client

    async def call(self, workspace: str, method: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Call a method for a workspace and return Slack's answer.

        Raises:
            NotDone: Slack refused, as RateLimited and NoAccess for those reasons.
            PerhapsDone: it is not known.
        """
        now = time.monotonic()
        paused = self._paused.get((workspace, method), 0.0) - now
        if paused > 0:
            raise RateLimited(paused)
        installation = await self.installation(workspace)
        if installation is None:
            raise NoAccess("not_installed")
        try:
            return await self.ask(installation.token, method, arguments)
        except RateLimited as error:
            self._paused[workspace, method] = now + error.seconds
            raise
        except NoAccess:
            self.forget(workspace)
            raise

    async def ask(self, token: str, method: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Call a method with a token, or with none; raises as `call` does."""
        client = self._client(token)
        given = {name: value for name, value in arguments.items() if value is not None}
        try:
            if method in _READS:
                answer = await client.api_call(method, http_verb="GET", params=given)
            elif method in _FORMS:
                answer = await client.api_call(method, data=given)
            else:
                answer = await client.api_call(method, json=given)
        except SlackApiError as error:
            raise _read_refusal(error) from None
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
            raise PerhapsDone(type(error).__name__) from None
        return dict(answer.data)

    async def installation(self, workspace: str) -> Installation | None:
        """Return a workspace's installation, as known for at most half a minute."""
        known = self._installed.get(workspace)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        found = await self._store.installed(workspace)
        if found is None:
            self.forget(workspace)
        else:
            self._installed[workspace] = (time.monotonic() + _REMEMBERED_SECONDS, found)
        return found

    def forget(self, workspace: str) -> None:
        """Ask the store anew: the installation has changed, or its token is not accepted."""
        self._installed.pop(workspace, None)

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()


def _read_refusal(error: SlackApiError) -> Exception:
    response: Any = error.response
    status = getattr(response, "status_code", None) or getattr(response, "status", 0)
    headers = getattr(response, "headers", None) or {}
    data = getattr(response, "data", None)
    code = str(data.get("error") or "") if isinstance(data, dict) else ""
    if status == _TOO_MANY or code in ("ratelimited", "rate_limited"):
        return RateLimited(_seconds(headers.get("Retry-After")))
    if status >= _SERVER_ERROR or not code or code in _PERHAPS_DONE:
        return PerhapsDone(code or f"status {status}")
    return NoAccess(code) if code in _NO_ACCESS else NotDone(code)


def _seconds(retry_after: Any) -> float:
    try:
        return max(_SHORTEST_SECONDS, float(retry_after))
    except (TypeError, ValueError):
        return _RETRY_AFTER_SECONDS
