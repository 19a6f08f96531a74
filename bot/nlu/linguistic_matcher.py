"""Graph component: finds money, percentages, products, competitors, deciders and signs of a nature."""

from __future__ import annotations

import re
from typing import Any

import spacy
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from spacy.language import Language

from bot.coaching.taxonomy import LANGS
from bot.content.lexicon import CUE_PREFIX, NAME_OPENER, read_lexicon
from bot.nlu.utterance import LANG, MAX_CHARACTERS, annotate, readable

CUES = "cues"
_EXTRACTOR = "LinguisticMatcher"
_NAME = re.compile(
    r"\s*((?:[㐀-鿿·]{1,4}?(?=[吧啊呀哦啦就好行。！，,!.\s]|$))|[A-Za-z][\w'’-]*(?:\s[A-Z][\w'’-]*){0,2})"
)


def matcher(lang: str) -> Language:
    """Build spaCy's pipeline that marks the lexicon's terms of a language in `doc.spans["ruler"]`."""
    pipeline = spacy.blank(lang)  # blank zh cuts into characters, so that no segmentation hides a term
    ruler = pipeline.add_pipe("span_ruler", config={"phrase_matcher_attr": "LOWER"})
    patterns = []
    for term in read_lexicon():
        if term.lang != lang:
            continue
        pattern: dict[str, Any] = {"label": term.label, "pattern": term.pattern}
        if term.id:
            pattern["id"] = term.id
        patterns.append(pattern)
    ruler.add_patterns(patterns)  # type: ignore[attr-defined]
    return pipeline


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class LinguisticMatcher(GraphComponent):
    """Adds the entities of `bot/content/lexicon.yml` and of the products' names, and the entity `lang`.

    Signs of a nature go to the message's `cues`: they are evidence for the classifier, not entities.
    """

    @staticmethod
    def required_packages() -> list[str]:
        """Packages that must be importable."""
        return ["spacy"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """No settings: the lexicon is the setting."""
        return {}

    def __init__(self) -> None:
        """Build both languages' matchers."""
        self._matchers = {lang: matcher(lang) for lang in LANGS}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LinguisticMatcher:
        """Build the component for a graph."""
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Add entities and cues to messages with text."""
        for message in messages:
            text = readable(message.get(TEXT) or "")[: 2 * MAX_CHARACTERS]
            annotate(message)
            lang = message.get(LANG)
            entities = list(message.get(ENTITIES) or [])
            entities.append(_entity("lang", lang, 0, 0))
            cues = []
            doc = self._matchers[lang](text)  # must outlive its spans
            for span in doc.spans.get("ruler", []):
                if span.label_ == NAME_OPENER:
                    entities += _name_after(text, span.end_char)
                elif span.label_.startswith(CUE_PREFIX):
                    cues.append((span.label_[len(CUE_PREFIX) :], span.start_char, span.end_char))
                else:
                    value = span.id_ or span.text
                    entities.append(_entity(span.label_, value, span.start_char, span.end_char))
            message.set(ENTITIES, _longest(entities), add_to_output=True)
            message.set(CUES, cues)
        return messages


def _entity(name: str, value: str, start: int, end: int) -> dict[str, Any]:
    return {"entity": name, "value": value, "start": start, "end": end, "extractor": _EXTRACTOR}


def _name_after(text: str, start: int) -> list[dict[str, Any]]:
    """Return the name that follows an opening such as `my name is`: up to three words, or four characters."""
    match = _NAME.match(text, start)
    return [_entity("name", match[1], match.start(1), match.end(1))] if match else []


def _longest(entities: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Drop an entity that lies inside a longer one of the same name."""
    kept: list[dict[str, Any]] = []
    for entity in sorted(entities, key=lambda e: (e["start"] - e["end"], e["start"])):
        inside = (
            k for k in kept
            if k["entity"] == entity["entity"] and k["start"] <= entity["start"] and entity["end"] <= k["end"]
        )  # fmt: skip
        if next(inside, None) is None:
            kept.append(entity)
    return sorted(kept, key=lambda e: (e["start"], e["end"]))
