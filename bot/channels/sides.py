"""Tells the NLU who speaks: in a role-play what a trainee types is a seller's reply to the customer's line.

The line stands in the slot `customer_line` while a talk runs. Rasa's NLU components see the message and not
the conversation, so the line travels in the message's metadata.
"""

from __future__ import annotations

import functools
from typing import Any

from rasa.core.channels.channel import UserMessage
from rasa.core.processor import MessageProcessor
from rasa.shared.core.trackers import DialogueStateTracker

from bot.coaching.taxonomy import CUSTOMER_LINE


def tell_sides() -> None:
    """Make Rasa hand the customer's line to the NLU, whichever way a message came in; once per process."""
    by_rasa = MessageProcessor.parse_message
    if hasattr(by_rasa, "__wrapped__"):
        return

    @functools.wraps(by_rasa)
    async def parse_message(
        self: MessageProcessor,
        message: UserMessage,
        tracker: DialogueStateTracker | None = None,
        only_output_properties: bool = True,
    ) -> Any:
        line = tracker.slots.get(CUSTOMER_LINE) if tracker is not None else None
        if line is not None and line.value:
            message.metadata = {**(message.metadata or {}), "side": "seller", "objection": str(line.value)}
        return await by_rasa(self, message, tracker, only_output_properties)

    MessageProcessor.parse_message = parse_message  # type: ignore[method-assign]
