"""Tokenises Chinese and English with spaCy."""

from __future__ import annotations

import functools
import logging
from typing import Any

from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from spacy.language import Language

from bot.nlu.utterance import MAX_CHARACTERS, language_of, readable


@functools.cache
def spacy_language(lang: str) -> Language:
    """Return spaCy's blank pipeline of a language, `zh` with jieba's word segmentation; one per process."""
    import spacy

    if lang != "zh":
        return spacy.blank("en")
    import jieba

    jieba.setLogLevel(logging.WARNING)
    pipeline = spacy.blank("zh", config={"nlp": {"tokenizer": {"segmenter": "jieba"}}})
    pipeline("热身")  # jieba reads its dictionary at the first call: pay for it now, not in the first message
    return pipeline


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class SpacyBilingualTokenizer(Tokenizer):
    """Cuts a message into words with spaCy's tokenizer of the language that it is written in.

    Needs no trained spaCy model: the blank `zh` (jieba) and `en` pipelines only tokenise. Training does
    without words: nothing is learned from them here, and Rasa would compute hashes of all of them.
    """

    @staticmethod
    def required_packages() -> list[str]:
        """Packages that must be importable."""
        return ["spacy", "jieba"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Defaults, as Rasa's tokenizers have them."""
        return {
            "intent_tokenization_flag": False,  # intents are labels, not texts
            "intent_split_symbol": "_",
            "token_pattern": None,
        }

    def __init__(self, config: dict[str, Any]) -> None:
        """Warm both languages up."""
        super().__init__(config)
        for lang in ("zh", "en"):
            spacy_language(lang)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SpacyBilingualTokenizer:
        """Build the component for a graph."""
        return cls(config)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the training data as they are."""
        return training_data

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """Return the words of an attribute with their offsets."""
        text = readable(message.get(attribute) or "")
        if attribute != TEXT:
            return [Token(text, 0)]
        doc = spacy_language(language_of(text))(text[: 2 * MAX_CHARACTERS])
        return [Token(word.text, word.idx) for word in doc if not word.is_space]
