"""Another model for a server that runs: loaded beside the one in use, put in its place between two turns.

Rasa's own ways (PUT /model, a model server that is polled) load on the event loop, where no message is
answered for seconds, and leave Rasa's processor without our parts. Here a thread loads. Turns that are under
way end with the model that they began with; nobody waits, and nothing is lost.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import re
from pathlib import Path
from typing import Any, Final

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.core.processor import MessageProcessor

from bot.channels.thrift import spare_collecting
from bot.channels.turn import fail_current_turn

logger = logging.getLogger(__name__)

PROBE: Final = "0"
"""What a model is given to read, to see that it can."""

_FILE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}\.tar\.gz")


class Unusable(Exception):
    """There is no such model, or it cannot be used; the one in use stays."""


def wire(processor: MessageProcessor, agent: Agent) -> None:
    """Give a processor the agent's parts in place of Rasa's, which hide errors."""
    processor.tracker_store = agent.tracker_store
    processor.action_endpoint = agent.action_endpoint
    # Rasa would store the interrupted turn, and every later one would be interrupted at once
    processor.on_circuit_break = lambda *_: fail_current_turn("too many actions in one turn")


def read_request(body: bytes) -> str:
    """Return the name of the model file that a request asks for; raises Unusable."""
    try:
        name = json.loads(body)["model"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise Unusable("no model is named") from error
    if not isinstance(name, str) or _FILE.fullmatch(name) is None:
        raise Unusable("a model is a file name that ends with .tar.gz")
    return name


class ModelSwap:
    """Puts models in place, one after another."""

    def __init__(self) -> None:
        """Begin with none under way."""
        self._one = asyncio.Lock()

    async def put(self, agent: Agent, name: str) -> None:
        """Load a model that lies beside the one in use, and use it from the next message on.

        Raises Unusable; then the model in use stays.
        """
        async with self._one:
            current = agent.processor
            if current is None:
                raise Unusable("no model is in use yet")
            place = Path(current.model_path)  # a file, or the folder whose newest model is in use
            path = (place if place.is_dir() else place.parent) / name
            if not path.is_file():
                raise Unusable("there is no such model")
            try:
                loaded = await asyncio.get_running_loop().run_in_executor(None, _load, agent, path)
            except Exception as error:
                logger.error("the model %s cannot be used (%s)", name, type(error).__name__)
                raise Unusable(type(error).__name__) from error
            del current
            _use(agent, loaded)
            logger.info("the model %s is in use", name)
            # What was frozen with the old model is looked through once, so that it goes.
            gc.unfreeze()
            spare_collecting()


def _load(agent: Agent, path: Path) -> MessageProcessor:
    """Load a model and let it read something."""
    processor = MessageProcessor(
        model_path=path,
        tracker_store=agent.tracker_store,
        lock_store=agent.lock_store,
        action_endpoint=agent.action_endpoint,
        generator=agent.nlg,
        http_interpreter=agent.http_interpreter,
    )
    wire(processor, agent)
    asyncio.run(processor.parse_message(UserMessage(PROBE)))
    return processor


def _use(agent: Agent, processor: MessageProcessor) -> None:
    """Do what Agent.load_model does once a model is loaded."""
    agent.processor = processor
    agent.domain = processor.domain
    agent._set_fingerprint(None)
    agent.tracker_store.domain = processor.domain
    if isinstance(agent.nlg, TemplatedNaturalLanguageGenerator):
        responses: dict[str, Any] = processor.domain.responses if processor.domain else {}
        agent.nlg.responses = responses
