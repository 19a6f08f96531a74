"""What Slack sends, read into one form: the Events API, clicks and forms, slash commands.  Pure.

The same event has the same key however often and by whichever way it comes: a retry, a second `event_id`,
an `app_mention` beside the `message` that it is, HTTP or Socket Mode.  The key is also the message id under
which the turn is stored, so that nothing is answered twice.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs

MESSAGE: Final = "message"
"""Typed to the bot: in its direct messages, with its name in a channel, or on in a thread begun like that."""
ACTION: Final = "action"
"""A button or a choice in a message or in a view (`block_actions`)."""
VIEW: Final = "view"
"""A form that was sent (`view_submission`)."""
OPTIONS: Final = "options"
"""A menu that asks for its choices (`block_suggestion`); answered at once or not at all."""
SHORTCUT: Final = "shortcut"
MESSAGE_SHORTCUT: Final = "message_shortcut"
SLASH: Final = "slash"
HOME: Final = "home"
"""The bot's home tab was opened."""
EDITED: Final = "edited"
DELETED: Final = "deleted"
UNINSTALLED: Final = "uninstalled"
DRILL: Final = "drill"
"""Not Slack's: the hour that a person chose for a drill has come."""
NOTICE: Final = "notice"
"""Not Slack's: something to tell trainers in a channel of theirs."""

EVENTS, INTERACTIVE, SLASH_COMMANDS = "events_api", "interactive", "slash_commands"
"""The three kinds of payloads, by Socket Mode's names."""

_TYPED: Final = (None, "file_share", "thread_broadcast", "me_message")
_SLACKBOT: Final = "USLACKBOT"
_ELSEWHERE: Final = frozenset({SLASH, SHORTCUT, MESSAGE_SHORTCUT, HOME, DRILL})
"""What has no place of its own, or one that the bot may not be in: it goes on in the direct messages."""
_DIGEST_BYTES: Final = 16
_INTERACTIVE_KINDS: Final = {
    "block_actions": ACTION,
    "view_submission": VIEW,
    "block_suggestion": OPTIONS,
    "shortcut": SHORTCUT,
    "message_action": MESSAGE_SHORTCUT,
}
_ID: Final = re.compile(r"[A-Za-z0-9_.-]{0,64}")
_DROPPED: Final = frozenset({"token", "blocks", "attachments", "bot_profile", "authorizations"})


class Unreadable(ValueError):
    """A body that is no payload of Slack's."""


@dataclass(frozen=True)
class PassedOver:
    """Why nothing is done about an event; a code for tests and counters, never anybody's words."""

    reason: str


@dataclass(frozen=True)
class SlackEvent:
    """One thing that happened in Slack and concerns the bot.

    Attributes:
        workspace: id of the installation's workspace (`T…`), or of the enterprise where that has none.
        key: the same for every delivery of the same event; unique in the workspace.
        channel: where it happened; empty for what happened nowhere (home, shortcuts, forms).
        thread: `thread_ts` under which the talk goes on; empty in direct messages outside of threads.
        ts: Slack's stamp of the message typed, edited, deleted, clicked in or pointed at; may be empty.
        text: as typed, in Slack's markup; of a slash command what follows it; of a message shortcut the
            message's text.
        payload: what Slack sent, without texts drawn twice (blocks) and tokens.
        bot_user: the bot's own user id there, where the event tells it.
        private: it happened in the bot's direct messages.
        known_only: nobody addressed the bot; it is meant only if this person talks with it in this thread.
        at: when it came in, in seconds since 1970; of a form, `channel` and `thread` are where it was opened.
    """

    workspace: str
    kind: str
    key: str
    user: str
    channel: str = ""
    thread: str = ""
    ts: str = ""
    text: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)
    response_url: str = ""
    trigger_id: str = ""
    bot_user: str = ""
    private: bool = False
    known_only: bool = False
    at: float = 0.0

    @property
    def conversation(self) -> str:
        """Name of the talk that this belongs to: one per person in direct messages, and in each thread."""
        if self.private or not self.channel or self.kind in _ELSEWHERE:
            return f"{self.workspace}.im.{self.user}"
        return f"{self.workspace}.{self.channel}.{self.thread}.{self.user}"

    def to_json(self) -> str:
        """Write it for the store."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, written: str) -> SlackEvent:
        """Read what `to_json` wrote."""
        return cls(**json.loads(written))


def read_body(content_type: str, body: bytes) -> tuple[str, dict[str, Any]]:
    """Read the body of a signed HTTP request: the kind of payload, and the payload.

    Raises:
        Unreadable: it is neither JSON nor a form of Slack's.
    """
    media = content_type.partition(";")[0].strip().lower()
    try:
        if media == "application/json":
            return EVENTS, _mapping(json.loads(body))
        if media == "application/x-www-form-urlencoded":
            fields = {name: values[0] for name, values in parse_qs(body.decode(), True).items()}
            if "payload" in fields:
                return INTERACTIVE, _mapping(json.loads(fields["payload"]))
            if "command" in fields:
                return SLASH_COMMANDS, dict(fields)
    except (ValueError, RecursionError) as error:
        raise Unreadable(media) from error
    raise Unreadable("content type")


def read_event(kind: str, payload: Mapping[str, Any]) -> SlackEvent | PassedOver:
    """Read a payload; of any shape, for unknown kinds and odd ones are passed over."""
    read = _READERS.get(kind)
    if read is None:
        return PassedOver("unknown")
    try:
        found = read(payload)
        if isinstance(found, SlackEvent) and not is_sound(found):
            return PassedOver("malformed")
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        return PassedOver("malformed")
    return found


def is_sound(event: SlackEvent) -> bool:
    """Tell whether an event has ids where ids belong, and texts where texts do."""
    ids = (event.workspace, event.key, event.user, event.channel, event.thread, event.ts, event.bot_user)
    texts = (event.text, event.response_url, event.trigger_id)
    return all(_ID.fullmatch(each) for each in ids) and all(isinstance(each, str) for each in texts)


# Events API


def _read_callback(payload: Mapping[str, Any]) -> SlackEvent | PassedOver:
    event = payload["event"]
    permitted = (payload.get("authorizations") or [{}])[0]
    workspace = permitted.get("team_id") or payload.get("team_id") or payload.get("enterprise_id")
    bot_user = permitted.get("user_id") or "" if permitted.get("is_bot") else ""
    if not workspace:
        return PassedOver("no workspace")
    kind = event["type"]
    if kind in ("message", "app_mention"):
        return _read_message(workspace, bot_user, event)
    if kind == "app_home_opened":
        if event.get("tab", "home") != "home":
            return PassedOver("other tab")
        key = _hashed("h", payload.get("event_id") or event)
        return SlackEvent(workspace, HOME, key, event["user"], bot_user=bot_user)
    if kind in ("app_uninstalled", "tokens_revoked"):
        if kind == "tokens_revoked" and not (event.get("tokens") or {}).get("bot"):
            return PassedOver("tokens of persons")
        return SlackEvent(workspace, UNINSTALLED, _hashed("u", payload.get("event_id") or payload), "")
    return PassedOver("unknown")


def _read_message(workspace: str, bot_user: str, event: Mapping[str, Any]) -> SlackEvent | PassedOver:
    subtype, channel = event.get("subtype"), event["channel"]
    if subtype == "message_changed":
        return _read_edit(workspace, bot_user, event)
    if subtype == "message_deleted":
        ts = event["deleted_ts"]
        user = (event.get("previous_message") or {}).get("user") or ""
        return SlackEvent(workspace, DELETED, f"x.{channel}.{ts}", user, channel, ts=ts)
    if subtype not in _TYPED:
        return PassedOver("subtype")
    user = event.get("user")
    if event.get("bot_id") or not user or user in (_SLACKBOT, bot_user):
        return PassedOver("not a person")
    private = _is_private(event, channel)
    text, ts, thread = event.get("text") or "", event["ts"], event.get("thread_ts") or ""
    named = event["type"] == "app_mention" or bool(bot_user and f"<@{bot_user}" in text)
    if not private and not named and not thread:
        return PassedOver("not addressed")
    return SlackEvent(
        workspace,
        MESSAGE,
        f"m.{channel}.{ts}",
        user,
        channel,
        thread if private else thread or ts,
        ts,
        text,
        {"files": [_file(each) for each in event["files"]]} if event.get("files") else {},
        bot_user=bot_user,
        private=private,
        known_only=not private and not named,
    )


def _read_edit(workspace: str, bot_user: str, event: Mapping[str, Any]) -> SlackEvent | PassedOver:
    message, before = event["message"], event.get("previous_message") or {}
    user, channel, ts = message.get("user"), event["channel"], message["ts"]
    if message.get("bot_id") or not user or user in (_SLACKBOT, bot_user):
        return PassedOver("not a person")
    text = message.get("text") or ""
    if text == before.get("text"):
        return PassedOver("same text")  # a link was unfurled
    stamp = (message.get("edited") or {}).get("ts") or event.get("event_ts") or event.get("ts") or ""
    return SlackEvent(workspace, EDITED, f"e.{channel}.{ts}.{stamp}", user, channel, ts=ts, text=text)


def _is_private(event: Mapping[str, Any], channel: str) -> bool:
    kind = event.get("channel_type")
    return kind in ("im", "app_home") if kind else channel.startswith("D")


def _file(shared: Any) -> dict[str, str]:
    return {name: str(shared.get(name) or "") for name in ("id", "name", "mimetype")}


# Clicks, forms, shortcuts, slash commands


def _read_interactive(payload: Mapping[str, Any]) -> SlackEvent | PassedOver:
    kind = _INTERACTIVE_KINDS.get(payload["type"])
    if kind is None:
        return PassedOver("unknown")
    workspace = _id_of(payload, "team") or _id_of(payload, "enterprise")
    user = _id_of(payload, "user")
    if not workspace or not user:
        return PassedOver("malformed")
    message, container = payload.get("message") or {}, payload.get("container") or {}
    channel = _id_of(payload, "channel") or container.get("channel_id") or ""
    ts = message.get("ts") or container.get("message_ts") or ""
    thread = message.get("thread_ts") or container.get("thread_ts") or ""
    private = channel.startswith("D")
    if kind == ACTION and not private:
        thread = thread or ts
    if kind == VIEW:
        channel, thread = read_place(payload.get("view") or {})
    urls = payload.get("response_urls") or [{}]
    return SlackEvent(
        workspace,
        kind,
        _hashed(kind[0], payload.get("trigger_id") or payload),
        user,
        channel,
        thread,
        ts,
        message.get("text") or "",
        _without_copies(payload),
        payload.get("response_url") or urls[0].get("response_url") or "",
        payload.get("trigger_id") or "",
        private=private,
    )


def read_place(view: Mapping[str, Any]) -> tuple[str, str]:
    """Return the channel and the thread in which a form was opened, as it was given them to keep."""
    try:
        place = json.loads(view.get("private_metadata") or "{}").get("place")
    except (ValueError, AttributeError):
        return "", ""
    kept = isinstance(place, list) and len(place) == 2 and all(isinstance(part, str) for part in place)
    return (place[0], place[1]) if kept else ("", "")


def _read_slash(fields: Mapping[str, Any]) -> SlackEvent | PassedOver:
    workspace, user = fields.get("team_id") or fields.get("enterprise_id"), fields.get("user_id")
    if not workspace or not user:
        return PassedOver("malformed")
    channel = fields.get("channel_id") or ""
    return SlackEvent(
        workspace,
        SLASH,
        _hashed("c", fields.get("trigger_id") or fields),
        user,
        channel,
        text=fields.get("text") or "",
        payload=_without_copies(fields),
        response_url=fields.get("response_url") or "",
        trigger_id=fields.get("trigger_id") or "",
        private=channel.startswith("D"),
    )


def _id_of(payload: Mapping[str, Any], name: str) -> str:
    return str((payload.get(name) or {}).get("id") or "")


def _without_copies(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _without_copies(item) for name, item in value.items() if name not in _DROPPED}
    if isinstance(value, list):
        return [_without_copies(item) for item in value]
    return value


def _hashed(prefix: str, identity: Any) -> str:
    written = json.dumps(identity, sort_keys=True).encode()
    return f"{prefix}.{hashlib.blake2b(written, digest_size=_DIGEST_BYTES).hexdigest()}"


_READERS: Final = {EVENTS: _read_callback, INTERACTIVE: _read_interactive, SLASH_COMMANDS: _read_slash}


def _mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("no object")
    return value
