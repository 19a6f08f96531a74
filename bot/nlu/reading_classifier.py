"""Graph component: reads a message - intent, objections, natures, techniques - from the encoder's vectors."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import ENTITIES, FEATURE_TYPE_SENTENCE, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.coaching.reading import Clause, Piece, Reading
from bot.coaching.taxonomy import (
    MARKS,
    NATURES,
    OBJECTION_LABELS,
    OBJECTION_PREFIX,
    TECHNIQUE_LABELS,
    TECHNIQUE_PREFIX,
    UNCLEAR,
    objection_of_intent,
    technique_of_intent,
)
from bot.nlu import composing
from bot.nlu.encoder import load_adapters, weights_version
from bot.nlu.head_files import read_heads, write_heads
from bot.nlu.heads import Head, fit, fit_several, mix, sigmoid
from bot.nlu.linguistic_matcher import CUES
from bot.nlu.memory import Memory, remember
from bot.nlu.sentence_featurizer import CLAUSES, PIECES, VECTOR, SentenceFeaturizer
from bot.nlu.utterance import LANG, PARTS, SELLER, SIDE, SPOKEN, is_lesson, marks_of

READING = "reading"
CUSTOMER_TALK = "customer"
"""The class of the scene head that stands for everything a customer might say."""

_HEADS = ("objection", "technique", "nature", "scene")
_MARKS = "marks"
_MAIN_SHARE = 0.65
_UNSEEN = ("heads", "head_files", "memory", "encoder")
"""Modules whose changes Rasa's cache does not see by itself."""
_CUSTOMERS = 3
"""One in so many customers' lines teaches the scene head: they outnumber every intent of talk."""
_FACTS = ("money", "percent", "product", "competitor", "decider")
"""Entities that a reading shows; the others only serve commands."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class ReadingClassifier(IntentClassifier, GraphComponent):
    """Four linear heads on the fine-tuned vectors, combined into one reading.

    - scene: a customer's line, or talk and commands of the trainee;
    - objection: ten types and none (the shipped head, mixed with one trained on today's lines);
    - technique: six methods and none, likewise;
    - nature: genuine, false, hidden; below a confidence it is unclear.

    The ranking of intents is restricted to the side that speaks: message metadata `side: seller` (or
    `objection`, the customer's line) ranks techniques, everything else ranks objections and talk. The whole
    result is the message's `reading`.

    What trainers corrected (examples whose metadata names `lessons`) is remembered besides: a line that
    nearly repeats it is read as it says.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """What must come before it."""
        return [SentenceFeaturizer]

    @staticmethod
    def required_packages() -> list[str]:
        """Packages that must be importable."""
        return ["sklearn"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Defaults; chosen on the development set (docs/nlu.md)."""
        return {
            # inverse of the L2 penalty of the trained heads; of the scene head, which has few lines a class
            "strength": 1.0,
            "scene_strength": 50.0,
            "marks_strength": 4.0,
            # share of the shipped head's probabilities: objection and technique; marks
            "shipped_share": 0.7,
            "shipped_marks_share": 0.5,
            # logits are divided by these: [shipped, trained]
            "temperatures": [1.0, 1.0],
            # a further type counts from this confidence in a clause, with this one in the whole line ...
            "further_in_clause": 0.8,
            "further_in_whole": 0.08,
            # ... or from this one in the whole line
            "further_alone": 0.35,
            # ... or, in a clause that opens as a further point ("and", 而且), from this one in the clause
            "added_in_clause": 0.6,
            # below this confidence the coach asks
            "ask_below": 0.45,
            # below this confidence a nature is unclear
            "nature_from": 0.6,
            # cosine from which a lesson counts for a line that is like it; from which it alone counts
            "likeness": [0.8, 0.95],
        }

    def __init__(
        self,
        config: dict[str, Any],
        storage: ModelStorage,
        resource: Resource,
        heads: dict[str, Head] | None,
        version: str,
        memories: dict[str, Memory] | None = None,
    ) -> None:
        """Hold the trained heads (None before training), the shipped ones, and what is remembered."""
        self._config, self._storage, self._resource = config, storage, resource
        self._heads, self._version = heads or {}, version
        self._memories = memories or {}
        self._likeness = (float(config["likeness"][0]), float(config["likeness"][1]))
        self._shipped = _shipped_heads()
        self._thresholds = composing.Thresholds(
            **{f.name: float(config[f.name]) for f in dataclasses.fields(composing.Thresholds)}
        )

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ReadingClassifier:
        """Build an untrained component."""
        return cls(config, model_storage, resource, None, "")

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> ReadingClassifier:
        """Load the heads out of the model; without NLU data in training there are none."""
        try:
            with model_storage.read_from(resource) as folder:
                heads, memories, version = read_heads(folder)
        except ValueError:
            heads, memories, version = None, None, ""
        return cls(config, model_storage, resource, heads, version, memories)

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Refuse shares and confidences outside 0 to 1."""
        for key in (
            "shipped_share",
            "shipped_marks_share",
            "further_in_clause",
            "further_in_whole",
            "further_alone",
            "added_in_clause",
            "ask_below",
            "nature_from",
        ):
            if not 0 <= float(config.get(key, 0)) <= 1:
                raise ValueError(f"ReadingClassifier: `{key}` must lie between 0 and 1")

    @staticmethod
    def fingerprint_addon(config: dict[str, Any]) -> str:
        """Make Rasa's cache notice changes in the modules that it does not see."""
        sources = [
            Path(composing.__file__),
            *(
                Path(__file__).with_name(f"{name}.py")
                for name in ("heads", "head_files", "memory", "encoder")
            ),
        ]
        digest = hashlib.sha256(b"".join(p.read_bytes() for p in sources)).hexdigest()[:12]
        return f"{weights_version()}-{digest}"

    def train(self, training_data: TrainingData) -> Resource:
        """Fit the four heads to the lines under `data/nlu` and keep them in the model."""
        rows: dict[str, list[tuple[np.ndarray, dict[str, float]]]] = {head: [] for head in _HEADS}
        lessons: dict[str, list[tuple[np.ndarray, dict[str, float]]]] = {head: [] for head in _HEADS}
        for number, example in enumerate(training_data.intent_examples):
            vector = _vector(example)
            if vector is None:
                continue
            for head, target in _targets(example):
                if is_lesson(example):
                    lessons[head].append((vector, target))
                if CUSTOMER_TALK not in target or number % _CUSTOMERS == 0:
                    rows[head].append((vector, target))
        classes: dict[str, Iterable[str]] = {
            "objection": OBJECTION_LABELS,
            "technique": TECHNIQUE_LABELS,
            "nature": [n for n in NATURES if n != UNCLEAR],
            "scene": sorted({label for _, target in rows["scene"] for label in target}),
        }
        heads = {
            head: fit(
                np.stack([v for v, _ in examples]),
                [t for _, t in examples],
                list(classes[head]),
                self._strength(head),
            )
            for head, examples in rows.items()
            if len({label for _, target in examples for label in target}) > 1
        }
        marked = _marked(training_data)
        if marked is not None:
            heads[_MARKS] = fit_several(*marked, MARKS, self._strength(_MARKS))
            lessons[_MARKS] = _marked_lessons(training_data)
        kept = {name: remember(lessons[name], head.classes, head.mean) for name, head in heads.items()}
        if heads:
            with self._storage.write_to(self._resource) as folder:
                write_heads(
                    folder, heads, {name: memory for name, memory in kept.items() if memory is not None}
                )
        return self._resource

    def _strength(self, head: str) -> float:
        return float(self._config.get(f"{head}_strength", self._config["strength"]))

    def process(self, messages: list[Message]) -> list[Message]:
        """Put intent, ranking and reading on each message."""
        for message in messages:
            reading = self._read(message)
            ranking = self._intents(message, reading) if reading.ranking else []
            intent = ranking[0] if ranking else {"name": None, "confidence": 0.0}
            reading = dataclasses.replace(
                reading, intent=intent["name"] or "", confidence=intent["confidence"]
            )
            message.set(INTENT, intent, add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
            message.set(READING, reading.to_json(), add_to_output=True)
        return messages

    def _read(self, message: Message) -> Reading:
        text, vector = message.get(TEXT) or "", message.get(VECTOR)
        lang = message.get(LANG) or "en"
        if vector is None or "objection" not in self._heads:
            return Reading(text=text, lang=lang, intent="", confidence=0.0, model_version=self._version)
        entities = [e for e in message.get(ENTITIES) or [] if e.get("entity") in _FACTS]
        parts = [
            composing.Part(span, self._shares("objection", v), self._shares("nature", v))
            for span, v in message.get(CLAUSES) or []
        ]
        shares = self._shares("objection", vector)
        found = composing.objections(
            shares, parts, self._shares("nature", vector), self._classes("nature"),
            message.get(CUES) or [], entities, message.get(SPOKEN), self._thresholds,
            self._taught("nature", vector),
        )  # fmt: skip
        return Reading(
            text=text,
            lang=lang,
            intent="",
            confidence=0.0,
            objections=tuple(found) if message.get(SIDE) != SELLER else (),
            ranking=_ranking(OBJECTION_LABELS, shares),
            technique_ranking=_ranking(TECHNIQUE_LABELS, self._shares("technique", vector)),
            clauses=tuple(
                Clause(p.span.text, p.span.start, p.span.end, _ranking(OBJECTION_LABELS, p.shares))
                for p in parts
            ),
            entities=tuple(entities),
            unsure=composing.is_unsure(shares, self._thresholds.ask_below),
            model_version=self._version,
            pieces=self._pieces(message),
        )

    def _pieces(self, message: Message) -> tuple[Piece, ...]:
        """Return the sentences of a seller's reply with the share of each mark."""
        found = message.get(PIECES) or []
        trained, shipped = self._heads.get(_MARKS), self._shipped.get(_MARKS)
        if not found or (trained is None and shipped is None):
            return ()
        vectors = np.stack([vector for _, vector in found])
        of_each = [sigmoid(head.logits(vectors)) for head in (shipped, trained) if head is not None]
        share = float(self._config["shipped_marks_share"])
        shares = of_each[0] if len(of_each) == 1 else share * of_each[0] + (1 - share) * of_each[1]
        shares = self._recall(_MARKS, vectors, shares)
        base = max(0, str(message.get(TEXT) or "").find(message.get(SPOKEN)))
        return tuple(
            Piece(
                span.text,
                base + span.start,
                base + span.end,
                {m: round(float(s), 4) for m, s in zip(MARKS, row)},
            )
            for (span, _), row in zip(found, shares)
        )

    def _intents(self, message: Message, reading: Reading) -> list[dict[str, Any]]:
        """Rank the intents of the side that speaks; their confidences sum to 1."""
        if message.get(SIDE) == SELLER:
            pairs = [(TECHNIQUE_PREFIX + label, share) for label, share in reading.technique_ranking]
        else:
            scenes = dict(zip(self._classes("scene"), self._shares("scene", message.get(VECTOR)).tolist()))
            customer = scenes.pop(CUSTOMER_TALK, 1.0)
            pairs = [(OBJECTION_PREFIX + label, share * customer) for label, share in reading.ranking]
            pairs += scenes.items()
        pairs.sort(key=lambda pair: -pair[1])
        return [{"name": name, "confidence": float(share)} for name, share in pairs]

    def _classes(self, head: str) -> tuple[str, ...]:
        return self._heads[head].classes if head in self._heads else ()

    def _shares(self, head: str, vector: np.ndarray) -> np.ndarray:
        """Return the probabilities of a head's classes for one vector; without a head all alike."""
        trained = self._heads.get(head)
        if trained is None:
            count = {"objection": len(OBJECTION_LABELS), "technique": len(TECHNIQUE_LABELS)}.get(head, 0)
            return np.full(count, 1 / max(1, count))
        mixed = head in ("objection", "technique")
        temperatures = self._config["temperatures"]
        shipped = self._shipped.get(head) if mixed else None
        share = float(self._config["shipped_share"])
        shares = mix(vector[None], shipped, trained, share, (temperatures[0], temperatures[1]))
        return self._recall(head, vector[None], shares)[0]

    def _taught(self, head: str, vector: np.ndarray) -> float:
        """Return how far a vector is read as a lesson says."""
        memory = self._memories.get(head)
        return 0.0 if memory is None else float(memory.weights(vector[None], self._likeness)[0])

    def _recall(self, head: str, vectors: np.ndarray, shares: np.ndarray) -> np.ndarray:
        memory = self._memories.get(head)
        return shares if memory is None else memory.recall(vectors, shares, self._likeness)


def _ranking(labels: Iterable[str], shares: np.ndarray) -> tuple[tuple[str, float], ...]:
    pairs = zip(labels, (float(s) for s in shares))
    return tuple(sorted(pairs, key=lambda pair: -pair[1]))


def _shipped_heads() -> dict[str, Head]:
    arrays = load_adapters()
    labels = {"objection": OBJECTION_LABELS, "technique": TECHNIQUE_LABELS, _MARKS: MARKS}
    return {h: Head(c, arrays[f"{h}.w"], arrays[f"{h}.b"]) for h, c in labels.items() if f"{h}.w" in arrays}


def _vector(example: Message) -> np.ndarray | None:
    """Return the sentence vector that SentenceFeaturizer put on a training example."""
    for feature in example.features:
        if feature.attribute == TEXT and feature.type == FEATURE_TYPE_SENTENCE and not feature.is_sparse():
            vector: np.ndarray = np.asarray(feature.features).reshape(-1)
            return vector
    return None


def _marked(training_data: TrainingData) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the vectors and marks (n, marks) of all sentences of the assessed replies; None without."""
    vectors, targets = [], []
    for example in training_data.intent_examples:
        for span, vector in example.get(PIECES) or []:
            marks = marks_of(span, example.get(PARTS) or ())
            vectors.append(vector)
            targets.append([float(mark in marks) for mark in MARKS])
    return (np.stack(vectors), np.array(targets)) if vectors else None


def _marked_lessons(training_data: TrainingData) -> list[tuple[np.ndarray, dict[str, float]]]:
    """Return the sentences of the replies that trainers marked, with their marks."""
    return [
        (vector, dict.fromkeys(marks_of(span, example.get(PARTS) or ()), 1.0))
        for example in training_data.intent_examples
        if is_lesson(example) and example.get(PARTS)
        for span, vector in example.get(PIECES) or []
    ]


def _targets(example: Message) -> Iterable[tuple[str, dict[str, float]]]:
    """Yield (head, label -> weight) that a training example teaches.

    The metadata of an intent's examples may name `also` (further types of a compound line) and `nature`.
    """
    intent = example.get(INTENT)
    metadata = (example.get("metadata") or {}).get("intent") or {}
    objection, technique = objection_of_intent(intent), technique_of_intent(intent)
    if technique is not None:
        yield "technique", {technique: 1.0}
        return
    if objection is None:
        yield "scene", {intent: 1.0}
        return
    yield "scene", {CUSTOMER_TALK: 1.0}
    also = metadata.get("also") or []
    target = {objection: _MAIN_SHARE if also else 1.0}
    target.update({label: (1 - _MAIN_SHARE) / len(also) for label in also})
    yield "objection", target
    nature, named = metadata.get("nature"), [n for n in NATURES if n != UNCLEAR]
    if nature in named:
        yield "nature", {nature: 1.0}
    elif nature == UNCLEAR and is_lesson(example):  # a trainer says so; the project's lines just do not know
        yield "nature", dict.fromkeys(named, 1 / len(named))
