"""Graph component: a message that is one of the commands' words, and nothing else, is that command."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.content.commands import normal, read_commands
from bot.nlu.reading_classifier import READING, ReadingClassifier


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class CommandMatcher(GraphComponent):
    """Puts a command's intent first where exactly its words were typed (`bot/content/commands.yml`).

    In a role-play everything typed is a seller's reply, save these words: the ranking of methods knows no
    commands.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """What must come before it."""
        return [ReadingClassifier]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """No settings: the words are content."""
        return {}

    def __init__(self) -> None:
        """Read the words."""
        self._commands = read_commands()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> CommandMatcher:
        """Build the component for a graph."""
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Put the intent, and the scenario that is named, on messages that are commands."""
        for message in messages:
            command = self._commands.get(normal(message.get(TEXT) or ""))
            if command is None:
                continue
            intent = {"name": command.intent, "confidence": 1.0}
            message.set(INTENT, intent, add_to_output=True)
            message.set("intent_ranking", [intent], add_to_output=True)
            reading = {**(message.get(READING) or {}), "intent": command.intent, "confidence": 1.0}
            message.set(READING, reading, add_to_output=True)
            if command.scenario:
                entity = {"entity": "scenario", "value": command.scenario, "start": 0, "end": 0}
                message.set(ENTITIES, [*(message.get(ENTITIES) or []), entity], add_to_output=True)
        return messages
