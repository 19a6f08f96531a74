"""Drills and progress: the whole use case on a real database and the real content."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.coaching.reading import Objection, Piece, Reading
from bot.coaching.taxonomy import MAIN_METHODS, OBJECTION_TYPES, TECHNIQUES
from bot.content.loader import load_content
from bot.content.phrases import load_coach_phrases
from bot.content.schema import Content
from bot.services import answering
from bot.services.calendar import day_of
from bot.services.job import Command, Outcome, Profile
from bot.services.opening import ensure_session
from bot.services.shelf import Shelf
from bot.storage.engine import open_engine
from bot.storage.records import DRILL, Reply
from bot.storage.schema import upgrade
from bot.storage.unit_of_work import UnitOfWorkFactory, unit_of_work_factory

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=timezone.utc)
PHRASES = load_coach_phrases()
ROOT = Path(__file__).parents[2]
GOOD = {"listen": 0.9, "share": 0.9, "clarify": 0.9, "present": 0.9, "ask": 0.9}
REPLIES = {
    "zh": "我明白，比网上贵是实情。您主要担心的是哪一点？我明天上午十点把对比单带过来给您看。",
    "en": "I see, it does cost more. What worries you most? I can bring the comparison tomorrow at ten.",
}


@pytest.fixture(scope="module")
def content() -> Content:
    return load_content()


@pytest.fixture
def units(tmp_path: Path) -> Iterator[UnitOfWorkFactory]:
    engine = open_engine(f"sqlite:///{tmp_path / 'dojo.db'}")
    upgrade(engine)
    yield unit_of_work_factory(engine)
    engine.dispose()


class Trainee:
    """Somebody who drills in a session of their own."""

    def __init__(
        self, units: UnitOfWorkFactory, content: Content, lang: str = "zh", session: str = "s"
    ) -> None:
        self.units, self.content, self.lang, self.id = units, content, lang, session
        self.now, self.count = NOW, 0
        ensure_session(
            units, public_id=session, channel="web", lang=lang, product="alarm", name="Lin", now=NOW
        )

    def click(self, intent: str, **values: Any) -> Outcome:
        return self._answer(f"/{intent}", None, Command(intent, values))

    def say(
        self,
        text: str,
        marks: Mapping[str, float] | None = None,
        *,
        method: str = "compensation",
        intent: str = "seller",
        lang: str = "",
    ) -> Outcome:
        pieces = () if marks is None else (Piece(text, 0, len(text), marks),)
        reading = Reading(
            text, lang or self.lang, "tech_x", 0.8,
            technique_ranking=((method, 0.9), ("none", 0.1)), pieces=pieces,
        )  # fmt: skip
        return self.read(text, reading, intent)

    def read(self, text: str, reading: Reading, intent: str = "seller") -> Outcome:
        """Type a text that was read so."""
        return self._answer(text, reading, Command(intent))

    def customer(self, text: str, *types: str) -> Outcome:
        found = tuple(Objection(type_, 0.8, text) for type_ in types)
        return self._answer(
            text, Reading(text, self.lang, "obj_x", 0.8, found, ((types[0], 1.0),)), Command("customer")
        )

    def start(self) -> Mapping[str, Any]:
        """Start a drill; returns the open question with what is right."""
        self.click("start_drill")
        return self.open()

    def open(self) -> Mapping[str, Any]:
        with self.units(reading=True) as uow:
            session = uow.sessions.find(self.id)
            assert session is not None
            drill = uow.drills.running(session)
            assert drill is not None
            return drill.question

    def answer(self, right: bool = True) -> Outcome:
        """Answer the open question, by a click where there are choices."""
        question = self.open()
        kind = question["kind"]
        if kind == "answer":
            return self.say(REPLIES[self.lang] + "。" * self.count, GOOD if right else {})
        other = "ignore" if kind == "method" else next(t for t in OBJECTION_TYPES if t != question["type"])
        return self.click(
            "answer_drill", **{kind: question[kind] if right else other, "turn": question["turn"]}
        )

    def until(self, kind: str) -> Mapping[str, Any]:
        """Answer questions until one of a kind is open."""
        question = self.start()
        while question["kind"] != kind:
            self.answer()
            question = self.open()
        return question

    @property
    def practice(self) -> str:
        with self.units(reading=True) as uow:
            session = uow.sessions.find(self.id)
            assert session is not None
            return session.practice

    def _answer(self, text: str, reading: Reading | None, command: Command) -> Outcome:
        self.count += 1
        return answering.answer(
            self.units, Shelf(self.content), PHRASES, session=self.id, message_id=f"m{self.count}", text=text,
            reading=reading, command=command, profile=Profile(self.lang, "alarm", "Lin"), now=self.now,
        )  # fmt: skip


def kinds(outcome: Outcome) -> list[str]:
    return [block.kind for block in outcome.blocks]


def responses(outcome: Outcome) -> list[str]:
    return [block.response for block in outcome.blocks]


def only(outcome: Outcome, kind: str) -> Reply:
    (found,) = [block for block in outcome.blocks if block.kind == kind]
    return found


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_drill_set_that_is_not_set_any_more_is_not_swapped_for_another_drill(
    units: UnitOfWorkFactory, content: Content, lang: str
) -> None:
    trainee = Trainee(units, content, lang)
    told = trainee.click("start_drill", assignment="7")
    assert kinds(told) == ["notice"] and trainee.practice == ""
    assert {"zh": "已经不再布置", "en": "no longer set"}[lang] in told.blocks[0].values["text"]
    assert kinds(trainee.click("start_drill")) == ["drill_question"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_drill_asks_a_line_with_its_product_and_the_choices(
    units: UnitOfWorkFactory, content: Content, lang: str
) -> None:
    trainee = Trainee(units, content, lang)
    shown = only(trainee.click("start_drill"), "drill_question")
    assert (shown.data["number"], shown.data["left_seconds"]) == (1, 180)
    assert shown.data["line"] and shown.data["product"]
    assert trainee.practice == DRILL
    clicks = [b for b in shown.buttons if b["payload"].startswith("/answer_drill")]
    assert [b["title"] for b in clicks] == [choice["name"] for choice in shown.data["choices"]]
    assert shown.buttons[-1]["payload"].startswith("/stop")


def test_the_question_does_not_give_its_type_away(units: UnitOfWorkFactory, content: Content) -> None:
    trainee = Trainee(units, content)
    trainee.until("type")
    shown = only(trainee.click("start_drill"), "drill_question")
    assert "type" not in shown.data and len(shown.data["choices"]) == 10


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_kind_is_answered_right_and_the_next_question_comes(
    units: UnitOfWorkFactory, content: Content, lang: str
) -> None:
    trainee = Trainee(units, content, lang)
    trainee.start()
    seen = set()
    for number in range(2, 8):
        question = trainee.open()
        outcome = trainee.answer()
        result = only(outcome, "drill_result").data
        seen.add(question["kind"])
        assert result["correct"] and result["why"] and result["master"] and result["due"]
        assert only(outcome, "drill_question").data["number"] == number
    assert seen == {"type", "method", "answer"}


def test_a_wrong_answer_says_what_was_right_and_comes_again_tomorrow(
    units: UnitOfWorkFactory, content: Content
) -> None:
    trainee = Trainee(units, content)
    question = trainee.until("type")
    result = only(trainee.answer(right=False), "drill_result").data
    assert not result["correct"] and result["right"] == question["type"]
    trainee.click("stop")
    trainee.now += timedelta(days=1)
    again = trainee.start()
    assert (again["type"], again["method"], again["kind"]) == (question["type"], question["method"], "type")


def test_a_free_answer_is_assessed_with_its_evidence(units: UnitOfWorkFactory, content: Content) -> None:
    trainee = Trainee(units, content)
    question = trainee.until("answer")
    outcome = trainee.answer()
    assert outcome.slots["customer_line"] is None
    result = only(outcome, "drill_result").data
    assert result["score"] == sum(item["points"] for item in result["evidence"]) >= 85
    assert {"start", "method", "listen", "ask"} <= {item["rule"] for item in result["evidence"]}
    assert all(item["name"] for item in result["evidence"])
    with units(reading=True) as uow:
        (card,) = [
            c for c in uow.drills.cards_of(1) if (c.type, c.method) == (question["type"], question["method"])
        ]
        assert card.due_at > NOW + timedelta(days=5)


def test_the_slot_holds_the_line_while_an_answer_is_asked_for(
    units: UnitOfWorkFactory, content: Content
) -> None:
    trainee = Trainee(units, content)
    question = trainee.until("answer")
    assert trainee.click("start_drill").slots["customer_line"] == question["line"]
    assert trainee.click("stop").slots["customer_line"] is None


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_type_or_method_may_be_typed_in_either_language(
    units: UnitOfWorkFactory, content: Content, lang: str
) -> None:
    trainee = Trainee(units, content, lang)
    for kind, guides in (("type", content.taxonomy.objection_types), ("method", content.taxonomy.methods)):
        for typed_in in ("zh", "en"):
            question = trainee.until(kind)
            outcome = trainee.say(guides[question[kind]].name.of(typed_in), lang=typed_in, intent="customer")
            assert only(outcome, "drill_result").data["correct"], question
            trainee.click("stop")


@pytest.mark.parametrize("kind", ["type", "method"])
@pytest.mark.parametrize(
    "text", ["嗯嗯啊啊", "?", "asdf", "太贵了还是没钱还是价格还是产品", "x" * 4000, "价格" * 2000, "🙂"]
)
def test_typed_rubbish_is_told_what_can_be_answered_and_the_question_stays(
    units: UnitOfWorkFactory, content: Content, kind: str, text: str
) -> None:
    trainee = Trainee(units, content)
    question = trainee.until(kind)
    outcome = trainee.say(text)
    assert responses(outcome) == ["utter_drill_typed", "utter_drill_question"]
    assert outcome.blocks[0].values["how"] and trainee.open() == question


@pytest.mark.parametrize(
    ("text", "lang", "fault"),
    [
        ("？？？", "zh", "wordless"),
        ("嗯", "zh", "too_short"),
        ("Let me show you the figures and come by tomorrow at ten.", "en", "other_language"),
        ("您听我说" * 1000, "zh", "too_long"),
    ],
)
def test_a_poor_free_answer_is_judged_sensibly(
    units: UnitOfWorkFactory, content: Content, text: str, lang: str, fault: str
) -> None:
    trainee = Trainee(units, content)
    trainee.until("answer")
    result = only(trainee.say(text, {}, method="none", lang=lang), "drill_result").data
    assert not result["correct"] and fault in {item["rule"] for item in result["evidence"]}
    assert result["why"]


def test_an_answer_without_pieces_is_judged(units: UnitOfWorkFactory, content: Content) -> None:
    trainee = Trainee(units, content)
    trainee.until("answer")
    assert only(trainee.say("好的，我来跟您解释一下这个价格。", None), "drill_result").data["score"] < 65


def test_copying_the_masters_line_is_noticed(units: UnitOfWorkFactory, content: Content) -> None:
    trainee = Trainee(units, content)
    trainee.start()
    masters = [only(trainee.answer(), "drill_result").data["master"] for _ in range(3)]
    question = trainee.open()
    while question["kind"] != "answer":
        trainee.answer()
        question = trainee.open()
    result = only(trainee.say(masters[0], GOOD), "drill_result").data
    assert "copied" in {item["rule"] for item in result["evidence"]}


def test_an_answer_by_another_method_than_asked_for_comes_sooner(
    units: UnitOfWorkFactory, content: Content
) -> None:
    trainee = Trainee(units, content)
    trainee.start()
    for _ in range(60):
        question = trainee.open()
        if question["by_name"]:
            break
        trainee.answer()
    assert question["by_name"] and question["method"] != content.fits[question["type"]][0]
    other = next(method for method in MAIN_METHODS if method != question["method"])
    trainee.say("我理解您的顾虑，明天上午十点我带资料来，好吗？", GOOD, method=other)
    with units(reading=True) as uow:
        assert uow.drills.answered_by(1)[-1].data["rating"] == "hard"


def test_clicks_without_a_drill_are_answered(units: UnitOfWorkFactory, content: Content) -> None:
    trainee = Trainee(units, content)
    for _ in range(2):
        assert responses(trainee.click("answer_drill", type="price", turn=3)) == ["utter_drill_none"]
        trainee.start()
        trainee.click("stop")
    assert trainee.practice == ""


def test_a_click_on_an_earlier_question_changes_nothing(units: UnitOfWorkFactory, content: Content) -> None:
    trainee = Trainee(units, content)
    first = trainee.until("type")
    trainee.answer()
    second = trainee.open()
    outcome = trainee.click("answer_drill", type=first["type"], turn=first["turn"])
    assert responses(outcome) == ["utter_drill_stale", "utter_drill_question"]
    assert trainee.open() == second


@pytest.mark.parametrize("values", [{}, {"type": "nonsense"}, {"method": "yes_if"}, {"type": ["price"]}])
def test_a_click_that_answers_nothing_is_told_so(
    units: UnitOfWorkFactory, content: Content, values: dict[str, Any]
) -> None:
    trainee = Trainee(units, content)
    question = trainee.until("type")
    outcome = trainee.click("answer_drill", **values, turn=question["turn"])
    assert responses(outcome) == ["utter_drill_typed", "utter_drill_question"]


def test_a_drill_repeats_no_line(units: UnitOfWorkFactory, content: Content) -> None:
    trainee = Trainee(units, content, "en")
    trainee.start()
    lines = []
    for _ in range(50):
        lines.append(trainee.open()["line"])
        trainee.answer()
    assert len(set(lines)) == 50


def test_a_drill_lasts_three_minutes_and_a_late_answer_counts(
    units: UnitOfWorkFactory, content: Content
) -> None:
    trainee = Trainee(units, content)
    trainee.start()
    trainee.now += timedelta(seconds=179)
    assert only(trainee.answer(), "drill_question").data["left_seconds"] == 1
    trainee.now += timedelta(seconds=30)
    outcome = trainee.answer(right=False)
    assert kinds(outcome) == ["drill_result", "drill_end"]
    end = only(outcome, "drill_end").data
    assert (end["asked"], end["right"]) == (2, 1)
    assert [row["correct"] for row in end["rows"]] == [True, False] and end["next_due"]
    assert trainee.practice == ""


def test_rubbish_after_the_end_only_brings_the_summary(units: UnitOfWorkFactory, content: Content) -> None:
    trainee = Trainee(units, content)
    trainee.until("type")
    trainee.now += timedelta(days=3)
    assert kinds(trainee.say("嗯嗯")) == ["drill_end"]
    assert trainee.practice == ""


def test_starting_again_shows_the_open_question_and_after_the_end_a_new_drill(
    units: UnitOfWorkFactory, content: Content
) -> None:
    trainee = Trainee(units, content)
    question = trainee.start()
    trainee.now += timedelta(seconds=60)
    assert only(trainee.click("start_drill"), "drill_question").data["left_seconds"] == 120
    assert trainee.open() == question
    trainee.now += timedelta(seconds=200)
    assert kinds(trainee.click("start_drill")) == ["drill_end", "drill_question"]


def test_a_drill_that_was_left_for_something_else_is_over(units: UnitOfWorkFactory, content: Content) -> None:
    trainee = Trainee(units, content)
    question = trainee.until("type")
    with units() as uow:
        session = uow.sessions.lock("s")
        assert session is not None
        uow.sessions.set_practice(session, "")
        uow.commit()
    stale = trainee.click("answer_drill", type=question["type"], turn=question["turn"])
    assert responses(stale) == ["utter_drill_none"]
    assert kinds(trainee.customer("太贵了", "price"))[0] == "sorted"


def test_a_drill_keeps_its_language(units: UnitOfWorkFactory, content: Content) -> None:
    trainee = Trainee(units, content, "en")
    trainee.start()
    trainee.lang = "zh"
    blocks = trainee.click("start_drill").blocks
    assert [block.data["lang"] for block in blocks] == ["en"]


def test_a_corrected_type_is_asked_about_first(units: UnitOfWorkFactory, content: Content) -> None:
    trainee = Trainee(units, content)
    turn = trainee.customer("等发了工资再说", "timing").turn
    trainee.click("correct_type", turn=turn, type="payment")
    question = trainee.start()
    assert (question["type"], question["kind"]) == ("payment", "type")


def test_a_poor_reply_in_a_talk_is_asked_about_first(units: UnitOfWorkFactory, content: Content) -> None:
    trainee = Trainee(units, content)
    in_a_talk(trainee, ("authority", "tai_chi", 40), ("service", "yes_if", 90), ("source", "rebuttal", 20))
    keys = []
    trainee.start()
    for _ in range(2):
        question = trainee.open()
        keys.append((question["type"], question["method"], question["kind"]))
        trainee.answer()
    assert keys == [("source", content.fits["source"][0], "answer"), ("authority", "tai_chi", "answer")]


def in_a_talk(trainee: Trainee, *replies: tuple[str, str, int], days: int = 1) -> None:
    """Put replies of a role-play on record: type, method, points."""
    with trainee.units() as uow:
        session = uow.sessions.lock(trainee.id)
        assert session is not None
        talk = uow.talks.start(
            session, scenario=next(iter(trainee.content.scenarios)), lang=trainee.lang, level="novice",
            seed=1, versions={}, now=NOW,
        )  # fmt: skip
        for n, (type_, technique, score) in enumerate(replies):
            when = NOW - timedelta(days=n % days)
            turn = uow.turns.receive(session, message_id=f"t{talk.id}.{n}", kind="text", text="x", now=when)
            uow.talks.add_turn(
                talk, turn, number=n, attempt=1, type_=type_, technique=technique, score=score,
                reply="我的回答", line="", assessment={"violations": []}, state={}, course={}, now=when,
            )  # fmt: skip
        uow.talks.end(talk, outcome="agreed", score=80, card={}, now=NOW)
        uow.commit()


def test_the_evidence_of_a_free_answer_stands_where_it_says_in_what_is_shown(
    units: UnitOfWorkFactory, content: Content
) -> None:
    trainee = Trainee(units, content)
    trainee.until("answer")
    text = REPLIES["zh"]
    reading = Reading(
        text, "zh", "tech_x", 0.8,
        technique_ranking=(("inquiry", 0.9), ("none", 0.1)), pieces=(Piece(text[:4], 0, 4, {"listen": 0.9}),),
    )  # fmt: skip
    shown = only(trainee.read("/ " + text, reading), "drill_result").data
    spans = {item["text"]: shown["given"][slice(*item["span"])] for item in shown["evidence"]}
    assert text[:4] in spans and all(words == placed for words, placed in spans.items())


def test_progress_shows_stages_with_their_evidence(units: UnitOfWorkFactory, content: Content) -> None:
    trainee = Trainee(units, content)
    in_a_talk(
        trainee, *[("price", "compensation", 90)] * 8, ("need", "none", 20), ("need", "none", 20), days=4
    )
    shown = only(trainee.click("show_progress"), "progress").data
    types = {skill["id"]: skill for skill in shown["types"]}
    methods = {skill["id"]: skill for skill in shown["methods"]}
    assert (types["price"]["stage"], methods["compensation"]["stage"]) == ("mastery", "mastery")
    assert (types["need"]["stage"], types["timing"]["stage"]) == ("aware", "unaware")
    assert (types["price"]["count"], types["price"]["score"]) == (8, 90)
    assert types["price"]["evidence"][0]["text"] == "我的回答"
    assert [types[t]["name"] for t in types] == [
        content.taxonomy.objection_types[t].name.zh for t in OBJECTION_TYPES
    ]
    assert set(methods) == set(TECHNIQUES)
    assert shown["streak"] == 4 and len(shown["history"]) == 4
    assert shown["talks"][0]["score"] == 80 and shown["talks"][0]["outcome_name"]


def test_progress_counts_drills(units: UnitOfWorkFactory, content: Content) -> None:
    trainee = Trainee(units, content)
    question = trainee.until("answer")
    trainee.answer()
    trainee.click("stop")
    shown = only(trainee.click("show_progress"), "progress").data
    (skill,) = [skill for skill in shown["types"] if skill["id"] == question["type"]]
    assert skill["count"] == 1 and skill["score"] >= 85
    assert shown["history"][-1]["day"] == NOW.astimezone().date().isoformat()
    assert shown["streak"] == 1


def test_progress_and_misses_are_the_trainees_own(units: UnitOfWorkFactory, content: Content) -> None:
    trainee, other = Trainee(units, content), Trainee(units, content, session="other")
    in_a_talk(trainee, *[("authority", "tai_chi", 10)] * 3)
    trainee.start()
    trainee.answer(right=False)
    shown = only(other.click("show_progress"), "progress").data
    assert not any(skill["count"] for skill in (*shown["types"], *shown["methods"]))
    assert not shown["talks"] and not shown["history"] and shown["streak"] == 0
    first = next(iter(content.fits))
    assert other.start()["type"] == first != "authority"


def test_a_repeated_message_answers_once(units: UnitOfWorkFactory, content: Content) -> None:
    trainee = Trainee(units, content)
    trainee.start()
    first = trainee.answer()
    trainee.count -= 1
    assert trainee.click("answer_drill", type="price") == first
    with units(reading=True) as uow:
        assert len(uow.drills.answered_by(1)) == 1


def test_the_same_session_and_answers_give_the_same_drill(tmp_path: Path, content: Content) -> None:
    def run(name: str) -> list[str]:
        engine = open_engine(f"sqlite:///{tmp_path / name}")
        upgrade(engine)
        trainee = Trainee(unit_of_work_factory(engine), content)
        trainee.start()
        shown = [json.dumps([b.data for b in trainee.answer().blocks]) for _ in range(8)]
        engine.dispose()
        return shown

    assert run("one.db") == run("two.db")


def test_every_block_has_a_response_with_its_values_in_both_languages(
    units: UnitOfWorkFactory, content: Content
) -> None:
    known = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["responses"]
    for lang in ("zh", "en"):
        trainee = Trainee(units, content, lang, session=lang)
        blocks = [*trainee.click("show_progress").blocks, *trainee.click("answer_drill").blocks]
        question = trainee.until("type")
        blocks += [*trainee.say("嗯").blocks, *trainee.click("answer_drill", turn=1, type="price").blocks]
        assert question == trainee.open()
        for _ in range(4):
            blocks += trainee.answer(right=trainee.count % 2 == 0).blocks
        blocks += [*trainee.click("stop").blocks, *trainee.click("show_progress").blocks]
        for block in blocks:
            variants = known[block.response]
            chinese = [v["text"] for v in variants if v.get("condition")]
            others = [v["text"] for v in variants if not v.get("condition")]
            text = (chinese if lang == "zh" else others)[0].format(**block.values)
            assert text.strip() and "{" not in text
            assert block.data["lang"] == lang
        assert {b.response for b in blocks} == {
            r for r in known if r.startswith(("utter_drill", "utter_progr"))
        }


def test_the_day_of_a_card_is_the_machines(units: UnitOfWorkFactory, content: Content) -> None:
    trainee = Trainee(units, content)
    trainee.start()
    trainee.answer(right=False)
    with units(reading=True) as uow:
        (card,) = uow.drills.cards_of(1)
        assert card.due_at.date().toordinal() == day_of(NOW) + 1
