"""Having a message answered by Rasa, whichever way it came: processed once, or its stored answer again."""

from __future__ import annotations

from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage

from bot.channels.messages import Incoming
from bot.channels.turn import Turn, TurnFailed, current_turn


async def answer(agent: Agent, incoming: Incoming, outlet: OutputChannel, channel: str) -> int:
    """Answer a message into the outlet and return the number of its turn; needs a task of its own.

    Raises:
        TurnFailed: the turn could not be completed; nothing of it is stored.
        Exception: a lock or a store failed, which comes to the same.
    """
    turn = Turn()
    current_turn.set(turn)
    async with agent.lock_store.lock(incoming.sender):
        stored = await agent.tracker_store.find_answer(incoming.sender, incoming.message_id)
        if stored is not None:
            for message in stored.messages:
                await outlet.send_response(incoming.sender, message)
            return int(stored.turn)
        await agent.processor.handle_message(
            UserMessage(
                incoming.text,
                outlet,
                incoming.sender,
                input_channel=channel,
                message_id=incoming.message_id,
                metadata=incoming.metadata,
            )
        )
        if turn.failure or not turn.number:
            raise TurnFailed(turn.failure or "nothing was stored")
        return turn.number
