"""While a talk runs, the NLU is told that the seller speaks, and what to."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from rasa.core.channels.channel import UserMessage
from rasa.core.processor import MessageProcessor
from rasa.shared.core.slots import TextSlot
from rasa.shared.core.trackers import DialogueStateTracker

from bot.channels.sides import tell_sides
from bot.coaching.taxonomy import CUSTOMER_LINE


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The metadata that Rasa's own parsing gets."""
    metadata: list[Any] = []

    async def parse(self: Any, message: UserMessage, *_rest: Any) -> dict[str, Any]:
        metadata.append(message.metadata)
        return {}

    monkeypatch.setattr(MessageProcessor, "parse_message", parse)
    tell_sides()
    tell_sides()
    return metadata


def parse(line: str | None, metadata: dict[str, Any] | None) -> None:
    tracker = DialogueStateTracker("s", [TextSlot(CUSTOMER_LINE, [], initial_value=line)])
    processor = object.__new__(MessageProcessor)
    asyncio.run(processor.parse_message(UserMessage("hello", metadata=metadata), tracker))


def test_a_reply_comes_with_the_line_that_it_answers(heard: list[Any]) -> None:
    parse("太贵了", {"lang": "zh"})
    assert heard == [{"lang": "zh", "side": "seller", "objection": "太贵了"}]


def test_without_a_talk_nothing_is_added(heard: list[Any]) -> None:
    parse(None, {"lang": "zh"})
    parse("", None)
    assert heard[0] == {"lang": "zh"}
    assert not heard[1]
