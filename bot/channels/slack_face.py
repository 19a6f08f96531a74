"""What people see in Slack: the bot's lines as plain messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.channels.slack_events import ACTION, MESSAGE, SlackEvent
from bot.channels.slack_plan import POST, AtOnce, Plan, Post, Say, SlackPerson


class SlackFace:
    """Draws texts."""

    def __init__(self, lang: str) -> None:
        """Speak `lang` with who has shown no language of their own."""
        self._lang = lang

    def at_once(self, event: SlackEvent, person: SlackPerson) -> AtOnce:
        """Keep every event."""
        return AtOnce()

    def plan(self, event: SlackEvent, person: SlackPerson) -> Plan:
        """Have typed text and pressed buttons answered."""
        if event.kind == MESSAGE:
            return Plan(say=Say(text=event.text))
        if event.kind == ACTION:
            return Plan(say=Say(payload=str(event.payload["actions"][0].get("value") or "")))
        return Plan()

    def answer(
        self, lines: Sequence[Mapping[str, Any]], event: SlackEvent, say: Say, person: SlackPerson
    ) -> Sequence[Post]:
        """Post all lines as one message."""
        text = "\n\n".join(line["text"] for line in lines if line["text"])
        return [Post(POST, {"text": text})] if text else []

    def notice(self, name: str, person: SlackPerson) -> Mapping[str, Any]:
        """Return a notice's name."""
        return {"text": name}
