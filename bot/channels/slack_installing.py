"""Installing the app in a workspace: Slack's OAuth, its beginning bound to its end by a signed state."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Final

from slack_sdk.oauth import AuthorizeUrlGenerator

from bot.channels.slack_people import Installation
from bot.channels.slack_store import SlackStore
from bot.channels.slack_web import NotDone, PerhapsDone, SlackWeb

SCOPES: Final = (
    "app_mentions:read",
    "channels:history",
    "chat:write",
    "commands",
    "groups:history",
    "im:history",
    "im:write",
    "users:read",
)
"""What the app may do; `docs/slack.md` says what for."""

EVERY: Final = "*"
"""Instead of a workspace's id: every one."""

STATE_SECONDS: Final = 600.0
"""How long somebody may take to agree."""


class Refused(Exception):
    """The app is not installed; the text is a code."""


class Installing:
    """Sends people to Slack to agree, and keeps the token that Slack gives afterwards."""

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        workspaces: frozenset[str],
        secret: str,
        store: SlackStore,
        web: SlackWeb,
    ) -> None:
        """Install for `workspaces` only; `*` stands for all, and none means none."""
        self._client_id, self._client_secret, self._workspaces = client_id, client_secret, workspaces
        self._secret, self._store, self._web = secret.encode(), store, web
        self._urls = AuthorizeUrlGenerator(client_id=client_id, scopes=SCOPES)

    def begin(self, now: float) -> tuple[str, str]:
        """Return the address where one agrees, and the cookie to come back with."""
        state = f"{secrets.token_urlsafe(16)}.{int(now)}"
        cookie = f"{self._sign(state)}; Max-Age={int(STATE_SECONDS)}; Path=/; HttpOnly; Secure; SameSite=Lax"
        return self._urls.generate(state), cookie

    async def finish(self, query: Mapping[str, str], cookie: str, now: float) -> tuple[str, str]:
        """Take the code that Slack gave for a token; return the ids of the app and of its new workspace.

        Raises:
            Refused: the person declined, began elsewhere or too long ago, or the workspace is not wanted.
        """
        state = query.get("state", "")
        if not hmac.compare_digest(self._sign(state).encode(), cookie.encode("utf-8", "replace")):
            raise Refused("state")
        stamp = state.rpartition(".")[2]
        if not stamp.isdecimal() or not 0 <= now - int(stamp) <= STATE_SECONDS:
            raise Refused("expired")
        code = query.get("code")
        if not code:
            raise Refused("declined")
        try:
            asked = {"client_id": self._client_id, "client_secret": self._client_secret, "code": code}
            given = await self._web.ask("", "oauth.v2.access", asked)
        except (NotDone, PerhapsDone) as error:
            raise Refused(str(error)) from error
        team = given.get("team") or {}
        workspace, token = str(team.get("id") or ""), str(given.get("access_token") or "")
        if not workspace or not token:
            raise Refused("no workspace")
        if not self._workspaces & {workspace, EVERY}:
            with contextlib.suppress(NotDone, PerhapsDone):
                await self._web.ask(token, "auth.revoke", {})
            raise Refused("workspace not in DOJO_SLACK_WORKSPACES")
        made = Installation(
            workspace,
            str(team.get("name") or ""),
            str(given.get("bot_user_id") or ""),
            token,
            str((given.get("authed_user") or {}).get("id") or ""),
        )
        await self._store.install(made, now)
        self._web.forget(workspace)
        return str(given.get("app_id") or ""), workspace

    def _sign(self, state: str) -> str:
        signed = hmac.new(self._secret, b"slack install\0" + state.encode("utf-8", "replace"), hashlib.sha256)
        return signed.hexdigest()
