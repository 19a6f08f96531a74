"""Posting what is owed: in the order of each conversation, and each message once, whatever Slack does.

Slack has no way to say "the same as before".  Every message therefore carries a mark; where it is not known
whether Slack took it (no answer, a crash in between), the conversation is searched for the mark first.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.channels.slack_outbox import Owed
from bot.channels.slack_plan import POST, Face, SlackPerson
from bot.channels.slack_store import SlackStore
from bot.channels.slack_web import NoAccess, NotDone, PerhapsDone, RateLimited, SlackWeb

logger = logging.getLogger(__name__)

LATE_SECONDS: Final = 60.0
"""Who waited longer is told that the answer is late."""

MARK: Final = "dojo_answer"

_SLOWEST_SECONDS: Final = 30.0
_NO_ACCESS_SECONDS: Final = 20.0
_ELSEWHERE_AFTER: Final = 5
_GIVE_UP_SECONDS: Final = 2 * 24 * 3600.0
_CLOCKS_DIFFER_SECONDS: Final = 120.0
_MOST_BLOCKS: Final = 50
_PLAIN_CHARACTERS: Final = 3_000
_SEARCHED: Final = 100
_CONTENT: Final = frozenset(
    {
        "invalid_arguments",
        "invalid_array_arg",
        "invalid_attachments",
        "invalid_blocks",
        "invalid_blocks_format",
        "invalid_metadata_format",
        "metadata_too_large",
        "msg_blocks_too_long",
        "msg_too_long",
        "no_text",
    }
)
_PLACE: Final = frozenset(
    {
        "cannot_reply_to_message",
        "channel_not_found",
        "is_archived",
        "not_in_channel",
        "restricted_action",
        "restricted_action_read_only_channel",
        "restricted_action_thread_locked",
        "restricted_action_thread_only_channel",
        "thread_not_found",
    }
)


@dataclass(frozen=True)
class Delivered:
    """How posting went: everything, or up to something that is due again in some seconds."""

    everything: bool
    again_in: float = 0.0


class Delivery:
    """Posts what is owed in conversations that this process holds."""

    def __init__(self, store: SlackStore, web: SlackWeb, face: Face) -> None:
        """Post through `web`."""
        self._store, self._web, self._face = store, web, face
        self._fresh: set[int] = set()
        self._troubled: set[str] = set()

    def made_now(self, owed: Sequence[Owed]) -> None:
        """Remember that nobody has tried to post these: they need not be searched for."""
        self._fresh.update(each.id for each in owed)

    async def deliver(self, owed: Sequence[Owed], person: SlackPerson) -> Delivered:
        """Post in order; stop at the first that cannot be posted now."""
        for each in owed:
            now = time.time()
            if each.due_at > now:
                return Delivered(False, each.due_at - now)
            seconds = await self._post(each, person)
            if seconds is not None:
                await self._store.put_off_post(each, time.time() + seconds)
                return Delivered(False, seconds)
        return Delivered(True)

    async def _post(self, owed: Owed, person: SlackPerson) -> float | None:
        """Post one; return None when it is done with, else the seconds until the next try."""
        arguments = dict(owed.arguments)
        is_new = owed.id in self._fresh
        try:
            if owed.method.startswith("chat."):
                arguments["channel"] = await self._channel(owed, arguments)
            if owed.method == POST and not is_new and await self._find(owed, arguments):
                return None
            self._fresh.discard(owed.id)
            answer = await self._web.call(owed.workspace, owed.method, self._dressed(owed, arguments, person))
        except PerhapsDone as error:
            self._trouble(owed, str(error))
            return backoff(owed.attempts)
        except NotDone as error:
            # tried or not, Slack has not done it
            if is_new or not isinstance(error, (RateLimited, NoAccess)):
                self._fresh.add(owed.id)
            return await self._refused(owed, arguments, error)
        stands = answer.get("channel")
        channel = stands if isinstance(stands, str) else str(arguments.get("channel") or "")
        await self._store.sent(owed, channel, str(answer.get("ts") or ""))
        if owed.workspace in self._troubled:
            self._troubled.discard(owed.workspace)
            await self._store.hurry(owed.workspace)
        return None

    async def _refused(self, owed: Owed, arguments: dict[str, Any], error: NotDone) -> float | None:
        code = str(error)
        self._trouble(owed, code)
        if isinstance(error, RateLimited):
            return error.seconds
        if time.time() - owed.made_at > _GIVE_UP_SECONDS:
            await self._drop(owed, code)
            return None
        if isinstance(error, NoAccess):
            return _NO_ACCESS_SECONDS
        if code in _CONTENT or not owed.method.startswith("chat."):
            if owed.method != POST or "blocks" not in arguments:
                await self._drop(owed, code)
                return None
            plain = {name: value for name, value in owed.arguments.items() if name != "blocks"}
            text = str(plain.get("text") or "")
            await self._store.redirect(owed, {**plain, "text": text[:_PLAIN_CHARACTERS]})
            return 0.0
        if code in _PLACE and owed.attempts >= _ELSEWHERE_AFTER and await self._move(owed, arguments):
            return 0.0
        return backoff(owed.attempts)

    async def _move(self, owed: Owed, arguments: dict[str, Any]) -> bool:
        """Let a message go to the person's direct messages: its place is closed, or the bot is not there."""
        try:
            private = await self._im(owed.workspace, owed.user) if owed.user else ""
        except (NotDone, PerhapsDone):
            return False
        if private in ("", arguments.get("channel")):
            return False
        moved = {name: value for name, value in owed.arguments.items() if name != "thread_ts"}
        await self._store.redirect(owed, {**moved, "channel": private})
        return True

    async def _drop(self, owed: Owed, code: str) -> None:
        logger.error("Slack does not take a message (%s of %s); it is given up", code, owed.method)
        await self._store.drop(owed)

    def _trouble(self, owed: Owed, code: str) -> None:
        if owed.workspace not in self._troubled:
            logger.warning("Slack does not take messages now (%s); they wait", code)
        self._troubled.add(owed.workspace)

    # What a message is sent with

    def _dressed(self, owed: Owed, arguments: dict[str, Any], person: SlackPerson) -> dict[str, Any]:
        if owed.method != POST:
            return arguments
        if owed.asked_at is not None and time.time() - owed.asked_at > LATE_SECONDS:
            arguments = self._late(arguments, person)
        mark = {"event_type": MARK, "event_payload": {"mark": owed.mark}}
        return {"unfurl_links": False, "unfurl_media": False, **arguments, "metadata": mark}

    def _late(self, arguments: dict[str, Any], person: SlackPerson) -> dict[str, Any]:
        notice = self._face.notice("late", person)
        text = "\n".join(each for each in (notice.get("text"), arguments.get("text")) if each)
        above, drawn = notice.get("blocks") or (), arguments.get("blocks") or ()
        if not drawn or len(above) + len(drawn) > _MOST_BLOCKS:
            return {**arguments, "text": text}
        return {**arguments, "text": text, "blocks": [*above, *drawn]}

    async def _find(self, owed: Owed, arguments: dict[str, Any]) -> bool:
        """Look whether a message stands already in Slack; where one may not look, it does not."""
        since = f"{owed.made_at - _CLOCKS_DIFFER_SECONDS:.6f}"
        where = {
            "channel": arguments["channel"],
            "oldest": since,
            "limit": _SEARCHED,
            "include_all_metadata": True,
        }
        thread = arguments.get("thread_ts")
        try:
            if thread:
                past = await self._web.call(owed.workspace, "conversations.replies", {**where, "ts": thread})
            else:
                past = await self._web.call(owed.workspace, "conversations.history", where)
        except (RateLimited, NoAccess):
            raise
        except NotDone:
            return False
        for message in past.get("messages") or ():
            mark = (message.get("metadata") or {}).get("event_payload") or {}
            if mark.get("mark") == owed.mark:
                await self._store.sent(owed, str(arguments["channel"]), str(message.get("ts") or ""))
                return True
        return False

    async def _channel(self, owed: Owed, arguments: dict[str, Any]) -> str:
        channel = str(arguments.get("channel") or "")
        if channel.startswith(("U", "W")) and owed.method == POST:
            return await self._im(owed.workspace, channel)
        return channel

    async def _im(self, workspace: str, user: str) -> str:
        """Return a person's direct messages with the bot; the person's own id does as well."""
        known = await self._store.know(workspace, user)
        if known.im:
            return known.im
        try:
            opened = await self._web.call(workspace, "conversations.open", {"users": user})
        except (RateLimited, NoAccess):
            raise
        except NotDone:
            return user
        im = str((opened.get("channel") or {}).get("id") or "")
        if not im:
            return user
        await self._store.learn(workspace, user, im=im)
        return im


def backoff(attempts: int) -> float:
    """Return the seconds until the next try after so many: half a second, then longer and longer."""
    return float(min(_SLOWEST_SECONDS, 0.5 * 2 ** min(attempts, 10)))
