"""Answering a message: the whole use case on a real database and the real content."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from bot.coaching.reading import Nature, Objection, Reading
from bot.coaching.taxonomy import OBJECTION_LABELS, OBJECTION_TYPES
from bot.content.loader import load_content
from bot.content.phrases import load_coach_phrases
from bot.content.schema import Content
from bot.services.answering import answer
from bot.services.job import Command, Outcome, Profile
from bot.services.opening import ensure_session
from bot.services.reporting import transcript
from bot.services.shelf import Shelf
from bot.storage.engine import open_engine
from bot.storage.schema import upgrade
from bot.storage.unit_of_work import UnitOfWorkFactory, unit_of_work_factory

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=timezone.utc)
PHRASES = load_coach_phrases()


@pytest.fixture(scope="module")
def content() -> Content:
    return load_content()


@pytest.fixture
def units(tmp_path: Path) -> Iterator[UnitOfWorkFactory]:
    engine = open_engine(f"sqlite:///{tmp_path / 'dojo.db'}")
    upgrade(engine)
    yield unit_of_work_factory(engine)
    engine.dispose()


class Talk:
    """A conversation in one session."""

    def __init__(self, units: UnitOfWorkFactory, content: Content, lang: str = "zh") -> None:
        self.units, self.content, self.lang, self.count = units, content, lang, 0
        ensure_session(units, public_id="s", channel="web", lang=lang, product="alarm", name="Lin", now=NOW)

    def say(
        self, text: str, *types: str, nature: str = "genuine", message_id: str = "", unsure: bool = False
    ) -> Outcome:
        found = tuple(Objection(t, 0.8, text, Nature(nature, 0.9, "")) for t in types)
        order = [*types, *(label for label in OBJECTION_LABELS if label not in types)]
        ranking = tuple((label, 0.5 / (i + 1)) for i, label in enumerate(order))
        reading = Reading(text, self.lang, "obj_x", 0.8, found, ranking, unsure=unsure, model_version="test")
        return self._answer(text, reading, Command("customer"), message_id)

    def click(self, intent: str, **values: Any) -> Outcome:
        return self._answer(f"/{intent}", None, Command(intent, values), "")

    def _answer(self, text: str, reading: Reading | None, command: Command, message_id: str) -> Outcome:
        self.count += 1
        return answer(
            self.units, Shelf(self.content), PHRASES, session="s",
            message_id=message_id or f"m{self.count}", text=text,
            reading=reading, command=command, profile=Profile(self.lang, "alarm", "Lin"), now=NOW,
        )  # fmt: skip


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("type_", OBJECTION_TYPES)
def test_every_type_gets_four_methods_the_best_fitting_first(
    units: UnitOfWorkFactory, content: Content, type_: str, lang: str
) -> None:
    outcome = Talk(units, content, lang).say("...", type_)
    shown = [b.data["method"] for b in outcome.blocks if b.kind == "script"]
    main = [
        m for m in content.playbooks[type_].methods if m in ("compensation", "yes_if", "inquiry", "tai_chi")
    ]
    assert shown == main and len(shown) == 4
    assert [b.kind for b in outcome.blocks][:2] == ["sorted", "nature"]


def test_a_second_objection_gets_its_best_answer_too(units: UnitOfWorkFactory, content: Content) -> None:
    outcome = Talk(units, content).say("贵，还得问老婆", "price", "authority")
    assert [b.data["type"] for b in outcome.blocks if b.kind == "script"] == ["price"] * 4 + ["authority"]


def test_ignoring_is_offered_for_a_pretext_only_and_with_its_warning(
    units: UnitOfWorkFactory, content: Content
) -> None:
    talk = Talk(units, content)
    genuine = talk.say("太贵了", "price")
    pretext = talk.say("贵吧就", "price", nature="false")
    assert "ignore" not in [b.data.get("method") for b in genuine.blocks]
    guarded = [b for b in pretext.blocks if b.data.get("method") == "ignore"]
    assert guarded and guarded[0].data["warning"] and guarded[0].response == "utter_advice_guarded_script"


def test_the_same_message_again_gets_the_stored_answer(units: UnitOfWorkFactory, content: Content) -> None:
    talk = Talk(units, content)
    first, again = talk.say("太贵了", "price", message_id="x"), talk.say("太贵了", "price", message_id="x")
    assert first == again
    assert len(transcript(units, "s").turns) == 1


def test_another_version_is_never_a_line_already_shown(units: UnitOfWorkFactory, content: Content) -> None:
    talk = Talk(units, content, "en")
    turn = talk.say("too dear", "price").turn
    lines = [
        talk.click("another_version", turn=turn, type="price", method="yes_if").blocks[0].data["line"]
        for _ in range(6)
    ]
    assert len(set(lines)) == 6


def test_another_method_comes_until_all_were_shown(units: UnitOfWorkFactory, content: Content) -> None:
    talk = Talk(units, content)
    turn = talk.say("太贵了", "price").turn
    kinds = [talk.click("another_method", turn=turn, type="price").blocks[0].kind for _ in range(4)]
    assert "script" in kinds and kinds[-1] == "notice"


def test_a_correction_is_on_record_and_answered_as_the_right_type(
    units: UnitOfWorkFactory, content: Content
) -> None:
    talk = Talk(units, content)
    turn = talk.say("等发了工资再说", "timing").turn
    asked = talk.click("wrong_type", turn=turn)
    assert len(asked.blocks[0].buttons) == 11
    corrected = talk.click("correct_type", turn=turn, type="payment")
    assert {b.data["type"] for b in corrected.blocks if b.kind == "script"} == {"payment"}
    stored = transcript(units, "s").turns[0].corrections[0]
    assert (stored.from_type, stored.to_type) == ("timing", "payment")


def test_an_unsure_line_is_asked_about_and_the_choice_answered(
    units: UnitOfWorkFactory, content: Content
) -> None:
    talk = Talk(units, content)
    asked = talk.say("这个数……", "price", "payment", unsure=True)
    assert asked.blocks[0].kind == "ask_type"
    chosen = talk.click("choose_type", turn=asked.turn, type="payment")
    assert {b.data["type"] for b in chosen.blocks if b.kind == "script"} == {"payment"}


def test_clicks_without_anything_to_refer_to_are_answered(units: UnitOfWorkFactory, content: Content) -> None:
    talk = Talk(units, content)
    for intent in ("another_version", "another_method", "wrong_type", "correct_type", "choose_type"):
        assert (
            talk.click(intent, turn=99, type="nonsense", method="x").blocks[0].response
            == "utter_advice_nothing_yet"
        )


def test_the_product_is_switched_for_the_session(units: UnitOfWorkFactory, content: Content) -> None:
    talk = Talk(units, content)
    outcome = talk.click("choose_product", product="car")
    assert outcome.slots["product"] == "car"
    assert transcript(units, "s").session.product == "car"
    assert talk.click("choose_product", product="../../etc/passwd").blocks[0].kind == "products"
