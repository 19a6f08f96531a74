"""A reading comes in from the NLU's JSON, checked, and goes back into JSON unchanged."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.coaching.reading import UNCLEAR_NATURE, Clause, Nature, Objection, Reading
from bot.coaching.taxonomy import (
    COMMAND_INTENTS,
    GUARDED_METHODS,
    LANGS,
    MAIN_METHODS,
    NATURES,
    OBJECTION_INTENTS,
    OBJECTION_LABELS,
    OBJECTION_TYPES,
    TALK_INTENTS,
    TECHNIQUE_INTENTS,
    TECHNIQUE_LABELS,
    TECHNIQUES,
    intent_of_objection,
    intent_of_technique,
    objection_of_intent,
    technique_of_intent,
)

DATA: dict[str, Any] = {
    "text": "太贵了，我得问我老婆",
    "lang": "zh",
    "intent": "obj_price",
    "confidence": 0.83,
    "objections": [
        {
            "type": "price",
            "confidence": 0.83,
            "span": "太贵了",
            "nature": {"id": "genuine", "confidence": 0.6, "cue": "贵"},
        }
    ],
    "ranking": [["price", 0.83], ["none", 0.02]],
    "technique_ranking": [["yes_if", 0.3]],
    "clauses": [{"text": "太贵了", "start": 0, "end": 3, "ranking": [["price", 0.9]]}],
    "entities": [{"entity": "lang", "value": "zh"}],
    "unsure": False,
    "model_version": "m1",
}

confidences = st.floats(0, 1)
rankings = st.lists(st.tuples(st.sampled_from(OBJECTION_LABELS), confidences), max_size=3).map(tuple)
natures = st.builds(Nature, st.sampled_from(NATURES), confidences, st.text())
objections = st.builds(Objection, st.sampled_from(OBJECTION_TYPES), confidences, st.text(), natures)
clauses = st.builds(Clause, st.text(), st.integers(), st.integers(), rankings)
readings = st.builds(
    Reading,
    text=st.text(),
    lang=st.sampled_from(LANGS),
    intent=st.sampled_from((*OBJECTION_INTENTS, *TALK_INTENTS)),
    confidence=confidences,
    objections=st.lists(objections, max_size=3).map(tuple),
    ranking=rankings,
    technique_ranking=rankings,
    clauses=st.lists(clauses, max_size=2).map(tuple),
    entities=st.just(({"entity": "lang", "value": "zh"},)),
    unsure=st.booleans(),
    model_version=st.text(),
)


def test_a_message_gives_its_reading() -> None:
    reading = Reading.from_message({"text": DATA["text"], "intent": {}, "reading": DATA})
    assert reading is not None
    assert reading.types == ("price",)
    assert reading.objections[0].nature == Nature("genuine", 0.6, "贵")
    assert reading.ranking[0] == ("price", 0.83)
    assert reading.to_json() == DATA


@pytest.mark.parametrize("message", [{}, {"reading": None}, {"text": "/another_version"}])
def test_a_click_has_no_reading(message: dict[str, Any]) -> None:
    assert Reading.from_message(message) is None


@given(reading=readings)
def test_a_reading_survives_json(reading: Reading) -> None:
    assert Reading.from_json(json.loads(json.dumps(reading.to_json()))) == reading


def test_only_the_first_four_keys_are_needed() -> None:
    reading = Reading.from_json({key: DATA[key] for key in ("text", "lang", "intent", "confidence")})
    assert (reading.objections, reading.ranking, reading.unsure) == ((), (), False)


def test_a_nature_that_was_not_told_is_unclear() -> None:
    objection = Objection.from_json({"type": "price", "confidence": 1, "span": "", "nature": None})
    assert objection.nature == UNCLEAR_NATURE


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"lang": "fr"}, "fr"),
        ({"confidence": None}, "wrong type"),
        ({"ranking": [1]}, "wrong type"),
        ({"objections": [{"confidence": 1}]}, "'type'"),
        ({"objections": [{"type": "none", "confidence": 1}]}, "none"),
        ({"objections": [{**DATA["objections"][0], "nature": {"id": "odd", "confidence": 1}}]}, "odd"),
        ({"clauses": [{"text": ""}]}, "'start'"),
    ],
)
def test_a_reading_that_is_none_is_refused_with_the_reason(change: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Reading.from_json({**DATA, **change})


@pytest.mark.parametrize("key", ["text", "lang", "intent", "confidence"])
def test_a_missing_key_is_named(key: str) -> None:
    with pytest.raises(ValueError, match=key):
        Reading.from_json({name: value for name, value in DATA.items() if name != key})


def test_intents_and_labels_are_one_to_one() -> None:
    for label in OBJECTION_LABELS:
        assert objection_of_intent(intent_of_objection(label)) == label
    for label in TECHNIQUE_LABELS:
        assert technique_of_intent(intent_of_technique(label)) == label
    assert objection_of_intent("tech_yes_if") is None
    assert technique_of_intent("obj_price") is None
    assert objection_of_intent("obj_dear") is None
    assert technique_of_intent("greet") is None


def test_no_id_means_two_things() -> None:
    intents = (*OBJECTION_INTENTS, *TECHNIQUE_INTENTS, *TALK_INTENTS, *COMMAND_INTENTS)
    assert len(set(intents)) == len(intents)
    assert TECHNIQUES == MAIN_METHODS + GUARDED_METHODS
    assert (len(OBJECTION_TYPES), len(TECHNIQUES)) == (10, 6)
