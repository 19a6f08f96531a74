"""Role-play: the whole use case on real databases and the real content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text as sql

from bot.coaching.role_play import MAX_TURNS
from bot.content.loader import load_content
from bot.content.schema import Content
from bot.services.job import Outcome
from bot.storage.engine import open_engine
from bot.storage.records import ENDED, PAUSED, RUNNING, Reply
from bot.storage.unit_of_work import UnitOfWorkFactory, unit_of_work_factory

from .player import MARKS, Trainee

WEAK = "嗯嗯，好的好的，都行。"


@pytest.fixture(scope="module")
def content() -> Content:
    return load_content()


@pytest.fixture
def trainee(units: UnitOfWorkFactory, content: Content) -> Trainee:
    return Trainee(units, content)


def kinds(outcome: Outcome) -> list[str]:
    return [block.kind for block in outcome.blocks]


def block(outcome: Outcome, kind: str) -> Reply:
    return next(block for block in outcome.blocks if block.kind == kind)


def responses(outcome: Outcome) -> list[str]:
    return [block.response for block in outcome.blocks]


def rows(units: UnitOfWorkFactory, table: str) -> int:
    with units() as uow:
        return int(uow.talks._connection.execute(sql(f"SELECT count(*) FROM {table}")).scalar_one())


def test_the_scenarios_are_listed_by_filter(trainee: Trainee, content: Content) -> None:
    everything = block(trainee.click("start_roleplay"), "scenarios").data["scenarios"]
    assert {entry["id"] for entry in everything} == set(content.scenarios)
    for filters in (
        {"type": "price"},
        {"style": "koala"},
        {"difficulty": "3"},
        {"style": "owl", "difficulty": 2},
    ):
        shown = block(trainee.click("start_roleplay", **filters), "scenarios").data["scenarios"]
        assert 0 < len(shown) < len(everything)
        for entry in shown:
            assert all(str(entry[key]) == str(value) for key, value in filters.items())
    assert len(block(trainee.click("start_roleplay", type="x"), "scenarios").data["scenarios"]) == len(
        everything
    )


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_scenario_begins_with_the_brief_and_the_customer(
    units: UnitOfWorkFactory, content: Content, lang: str
) -> None:
    trainee = Trainee(units, content, lang)
    outcome = trainee.click("choose_scenario", scenario="car_talkative")
    assert kinds(outcome) == ["brief", "customer"]
    scenario, line = content.scenarios["car_talkative"], block(outcome, "customer").data["line"]
    assert line in scenario.says["opening"].of(lang)
    assert block(outcome, "brief").values["aim"] == scenario.brief.aim.of(lang)
    assert outcome.slots["customer_line"] == line and outcome.slots["product"] == "car"
    talk = trainee.talk()
    assert (talk.scenario, talk.lang, talk.level, talk.state) == ("car_talkative", lang, "novice", RUNNING)
    assert talk.versions == {
        "rubric": content.rubric.rules.version, "cast": content.cast.version, "scenario": scenario.version
    }  # fmt: skip
    assert trainee.practice() == "talk"


def test_surprise_me_keeps_to_the_filters(trainee: Trainee, content: Content) -> None:
    for _ in range(4):
        trainee.click("choose_scenario", style="tiger", difficulty="3")
        scenario = content.scenarios[trainee.talk().scenario]
        assert (scenario.style, scenario.difficulty) == ("tiger", 3)
    trainee.click("choose_scenario", scenario="no such thing")
    assert trainee.talk().scenario in content.scenarios
    assert [talk.state for talk in trainee.talks()] == [PAUSED] * 4 + [RUNNING]


def test_a_reply_is_assessed_and_the_customer_answers(trainee: Trainee) -> None:
    opened = trainee.click("choose_scenario", scenario="alarm_loud")
    line = block(opened, "customer").data["line"]
    outcome = trainee.say("您说得对，它是真吵。您最怕的是哪一种响？", MARKS["clarify"], "inquiry")
    assert kinds(outcome) == ["customer", "feedback"]
    told = block(outcome, "feedback").data
    assert told["technique"] == "inquiry" and told["line"] == line
    assert sum(item["points"] for item in told["evidence"]) == told["score"]
    assert all(item["text"] in told["reply"] and item["name"] for item in told["evidence"])
    assert len(told["points"]) == 1 and not told["question"] and told["master"]["text"]
    record = trainee.last()
    assert record.number == 1 and record.score == told["score"] and record.type == "product"
    assert record.course["events"] == [["revealed", "loud"]]
    assert outcome.slots["customer_line"] == block(outcome, "customer").data["line"] == record.line


def test_the_level_says_how_much_is_told(trainee: Trainee) -> None:
    trainee.click("choose_scenario", scenario="alarm_loud", level="practised")
    told = block(trainee.say("您别急，我们是最好的，先定吧。", ("pressure", "boast", "ask")), "feedback").data
    assert len(told["points"]) == 3 and told["question"]
    assert responses(trainee.click("set_level", level="novice")) == ["utter_practice_level"]
    told = block(trainee.say("我懂您的意思。", ("listen",)), "feedback").data
    assert len(told["points"]) == 1 and not told["question"]
    assert responses(trainee.click("set_level", level="nonsense")) == ["utter_practice_no_talk"]


def test_an_exam_tells_nothing_before_the_end_and_everything_then(trainee: Trainee) -> None:
    trainee.click("choose_scenario", scenario="alarm_loud", level="exam")
    outcome = trainee.master()
    assert kinds(outcome) == ["customer"]
    while trainee.talk().state != ENDED:
        outcome = trainee.master()
    assert kinds(outcome) == ["customer", "score_card"]
    turns = block(outcome, "score_card").data["turns"]
    assert [turn["number"] for turn in turns] == list(range(1, len(turns) + 1))
    assert all(turn["evidence"] and turn["master"]["text"] for turn in turns)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_whole_talk_ends_with_the_score_card(units: UnitOfWorkFactory, content: Content, lang: str) -> None:
    trainee = Trainee(units, content, lang)
    trainee.click("choose_scenario", scenario="gym_later")
    outcome = trainee.master()
    while trainee.talk().state != ENDED:
        outcome = trainee.master()
    assert kinds(outcome)[-1] == "score_card"
    card = block(outcome, "score_card").data
    talk = trainee.talk()
    assert card["outcome"] == talk.outcome == "agreed" and card["score"] == talk.score
    assert [c["status"] for c in card["concerns"]] == ["settled", "settled"]
    assert all(c["behind"] for c in card["concerns"]) and card["past"] == []
    assert trainee.practice() == "" and outcome.slots["customer_line"] is None
    trainee.click("choose_scenario", scenario="gym_later")
    trainee.master()
    again = block(trainee.click("stop"), "score_card").data
    assert again["outcome"] == "open" and again["past"] == [{"n": 1, "score": talk.score}] and again["trend"]


def test_a_hint_tells_the_step_and_gives_no_line_away(trainee: Trainee, content: Content) -> None:
    trainee.click("choose_scenario", scenario="alarm_loud")
    shown = block(trainee.click("show_hint"), "hint")
    assert shown.data["step"] == "clarify"
    assert trainee.master_line().text not in str(shown)
    while trainee.talk().state != ENDED:
        outcome = trainee.master()
    assert block(outcome, "score_card").data["hints"] == 1


def test_a_turn_done_again_keeps_both_tries(trainee: Trainee) -> None:
    trainee.click("choose_scenario", scenario="alarm_loud")
    line = trainee.last().line
    first = trainee.say(WEAK, ("give_up",))
    back = trainee.click("redo_turn")
    assert block(back, "customer").data["line"] == line == back.slots["customer_line"]
    second = trainee.say("您说得对。您最怕的是哪一种响？", MARKS["clarify"], "inquiry")
    tries = block(second, "tries").data
    assert tries["line"] == line and [one["attempt"] for one in tries["tries"]] == [1, 2]
    assert tries["tries"][0]["score"] == block(first, "feedback").data["score"] < tries["tries"][1]["score"]
    assert [(t.number, t.attempt) for t in trainee.turns()] == [(0, 1), (1, 2)]
    assert [(t.attempt, t.superseded) for t in trainee.turns(valid=False)[1:]] == [(1, True), (2, False)]


def test_a_talk_can_be_taken_up_again_from_an_earlier_turn_even_after_its_end(trainee: Trainee) -> None:
    trainee.click("choose_scenario", scenario="alarm_loud")
    while trainee.talk().state != ENDED:
        trainee.master()
    played = len(trainee.turns())
    trainee.click("redo_turn", turn=2)
    assert trainee.talk().state == RUNNING and trainee.talk().outcome is None
    assert trainee.last().number == 1 and len(trainee.turns(valid=False)) == played
    while trainee.talk().state != ENDED:
        outcome = trainee.master()
    assert block(outcome, "score_card").data["redos"] == 1
    assert [turn.number for turn in trainee.turns()] == list(range(played))


def test_there_is_nothing_to_redo_before_the_first_reply(trainee: Trainee) -> None:
    assert responses(trainee.click("redo_turn")) == ["utter_practice_no_talk"]
    trainee.click("choose_scenario", scenario="alarm_loud")
    assert responses(trainee.click("redo_turn", turn=3)) == ["utter_practice_nothing_to_redo"]


def test_all_methods_are_shown_right_and_wrong(trainee: Trainee) -> None:
    trainee.click("choose_scenario", scenario="alarm_loud")
    shown = block(trainee.click("show_methods"), "demonstration").data
    assert {"compensation", "yes_if", "inquiry", "tai_chi"} <= {one["method"] for one in shown["methods"]}
    assert shown["wrong"]["line"] and shown["wrong"]["why"]
    copied = trainee.say(shown["methods"][0]["line"], MARKS["present"], "compensation")
    assert "copied" in [item["rule"] for item in block(copied, "feedback").data["evidence"]]


def test_a_model_answer_copied_from_the_feedback_is_known_after_a_redo(trainee: Trainee) -> None:
    trainee.click("choose_scenario", scenario="alarm_loud")
    told = block(trainee.say(WEAK), "feedback").data
    model = told["master"]["text"]
    trainee.click("redo_turn")
    again = block(trainee.say(model, MARKS["clarify"], "inquiry"), "feedback").data
    assert "copied" in [item["rule"] for item in again["evidence"]]


def test_a_reply_said_before_is_known_as_a_repetition(trainee: Trainee) -> None:
    trainee.click("choose_scenario", scenario="alarm_loud")
    trainee.say(WEAK)
    assert "repeat" in [e["rule"] for e in block(trainee.say(WEAK), "feedback").data["evidence"]]


def test_the_roles_are_swapped_and_swapped_back(trainee: Trainee) -> None:
    trainee.click("choose_scenario", scenario="car_talkative")
    line = trainee.last().line
    swapped = trainee.click("swap_roles", method="tai_chi")
    assert responses(swapped) == ["utter_practice_swapped"] and swapped.slots["customer_line"] is None
    assert trainee.practice() == "swap" and trainee.talk().state == PAUSED
    sold = trainee.say("太大了，我们那车位停不进去", intent="customer")
    assert sold.blocks and trainee.practice() == "swap"
    back = trainee.click("resume_talk")
    assert block(back, "customer").data["line"] == line and trainee.practice() == "talk"
    trainee.master()
    assert trainee.last().number == 1


def test_a_talk_is_put_aside_and_goes_on(trainee: Trainee) -> None:
    trainee.click("choose_scenario", scenario="alarm_loud")
    trainee.master()
    line = trainee.last().line
    assert responses(trainee.click("pause_talk")) == ["utter_practice_paused"]
    assert trainee.talk().state == PAUSED and trainee.practice() == ""
    assert responses(trainee.click("pause_talk")) == ["utter_practice_no_talk"]
    resumed = trainee.click("resume_talk")
    assert kinds(resumed) == ["brief", "customer"] and resumed.slots["customer_line"] == line
    trainee.master()
    assert trainee.last().number == 2


def test_a_talk_stopped_before_the_first_reply_has_no_score(trainee: Trainee) -> None:
    trainee.click("choose_scenario", scenario="alarm_loud")
    stopped = trainee.click("stop")
    assert responses(stopped) == ["utter_practice_stopped"] and stopped.slots["customer_line"] is None
    talk = trainee.talk()
    assert (talk.state, talk.outcome, talk.score) == (ENDED, "open", None)


def test_a_disagreement_is_on_record_once(trainee: Trainee, units: UnitOfWorkFactory) -> None:
    trainee.click("choose_scenario", scenario="alarm_loud")
    told = block(trainee.say(WEAK, ("give_up",)), "feedback").data
    for reason in ("我没有放弃", "真的没有"):
        outcome = trainee.click(
            "disagree", talk=told["talk"], talk_turn=told["talk_turn"], rule="give_up", reason=reason
        )
        assert responses(outcome) == ["utter_practice_appealed"]
    trainee.click("disagree", talk=str(told["talk"]), talk_turn=str(told["talk_turn"]), rule="no rule")
    talk = trainee.talk()
    with units() as uow:
        found = uow.talks.appeals_of(talk)
    assert [(a.rule, a.reason) for a in found] == [("give_up", "我没有放弃"), ("score", "")]
    assert rows(units, "notices") == len(found)  # for the trainers


def test_other_peoples_talks_are_none_of_ones_business(units: UnitOfWorkFactory, content: Content) -> None:
    mine, theirs = Trainee(units, content), Trainee(units, content, session="other")
    theirs.click("choose_scenario", scenario="alarm_loud")
    told = block(theirs.say(WEAK, ("give_up",)), "feedback").data
    mine.click("choose_scenario", scenario="alarm_loud")
    for talk in (told["talk"], str(told["talk"]), -1, "x", None, True, 10**12, "9" * 30):
        outcome = mine.click("disagree", talk=talk, talk_turn=told["talk_turn"], rule="give_up")
        assert responses(outcome) == ["utter_practice_no_talk"]
    own = mine.talk().id
    outcome = mine.click("disagree", talk=own, talk_turn=told["talk_turn"], rule="give_up")
    assert responses(outcome) == ["utter_practice_no_talk"]
    assert rows(units, "appeals") == 0


def test_a_reply_delivered_twice_has_one_answer_and_one_row(
    trainee: Trainee, units: UnitOfWorkFactory
) -> None:
    trainee.click("choose_scenario", scenario="alarm_loud")
    first = trainee.say("您最怕哪一种响？", ("clarify",), "inquiry", message_id="same")
    before = rows(units, "talk_turns")
    again = trainee.say("您最怕哪一种响？", ("clarify",), "inquiry", message_id="same")
    assert first == again and rows(units, "talk_turns") == before == 2


@pytest.mark.parametrize("command", ["", "resume_talk", "stop", "redo_turn"])
def test_a_scenario_that_is_gone_ends_its_talk_and_says_so(
    trainee: Trainee, content: Content, command: str, tmp_path: Path
) -> None:
    trainee.click("choose_scenario", scenario="alarm_loud")
    trainee.master()
    trainee.content = replace(
        content, scenarios={k: s for k, s in content.scenarios.items() if k != "alarm_loud"}
    )
    trainee.root = tmp_path  # nor is it among the files
    outcome = trainee.click(command) if command else trainee.say("您好，请讲。")
    assert responses(outcome) == ["utter_practice_changed"]
    assert (trainee.talk().state, trainee.talk().outcome) == (ENDED, "open") and trainee.practice() == ""
    assert responses(trainee.click("show_hint")) == ["utter_practice_no_talk"]


@pytest.mark.parametrize("command", ["", "show_hint", "show_methods"])
def test_a_scenario_whose_concerns_changed_ends_its_talk_too(
    trainee: Trainee, content: Content, command: str
) -> None:
    trainee.click("choose_scenario", scenario="alarm_loud")
    scenario = content.scenarios["alarm_loud"]
    changed = replace(scenario, concerns=scenario.concerns[:1])
    trainee.content = replace(content, scenarios={**content.scenarios, "alarm_loud": changed})
    outcome = trainee.click(command) if command else trainee.say("您好，请讲。")
    assert responses(outcome) == ["utter_practice_changed"] and trainee.practice() == ""


def test_a_talk_goes_on_after_a_restart_as_if_there_had_been_none(
    url: str, units: UnitOfWorkFactory, content: Content
) -> None:
    texts = [
        ("您最怕哪一种响？", ("listen", "clarify"), "inquiry"),
        ("按四位密码，两秒就停。", ("present",), "yes_if"),
    ]
    through, broken = Trainee(units, content, session="a"), Trainee(units, content, session="b")
    lines: dict[str, list[str]] = {"a": [], "b": []}
    for trainee in (through, broken):
        trainee.click("choose_scenario", scenario="alarm_loud")
    seed = through.talk().seed
    with units() as uow:
        uow.talks._connection.execute(sql(f"UPDATE talks SET seed = {seed}"))
        uow.commit()
    for text, marks, method in texts:
        engine = open_engine(url)  # all processes are new
        broken.units = unit_of_work_factory(engine)
        for trainee in (through, broken):
            trainee.say(text, marks, method)
            state = trainee.last().talk
            lines[trainee.id].append(str([state["trust"], state["patience"], state["concerns"]]))
        engine.dispose()
    assert lines["a"] == lines["b"]


def test_the_talk_ends_with_the_last_turn_it_may_have(trainee: Trainee, units: UnitOfWorkFactory) -> None:
    trainee.click("choose_scenario", scenario="account_coach")
    for number in range(1, MAX_TURNS + 1):
        outcome = trainee.say(f"您说的第{number}点我记下了。", ("listen", "share"))
        if trainee.talk().state == ENDED:
            break
    assert trainee.talk().state == ENDED and trainee.last().number <= MAX_TURNS
    assert block(outcome, "score_card").data["outcome"] == "open"
    assert trainee.last().number == MAX_TURNS, "nothing else ended it"


@pytest.mark.parametrize(
    "text", ["", "   ", "嗯", "🙂", "\x07\x00", "I don't speak that", "价" * 4000, "'; DROP TABLE talks; --"]
)
def test_whatever_is_typed_is_answered(trainee: Trainee, text: str) -> None:
    trainee.click("choose_scenario", scenario="alarm_loud")
    outcome = trainee.say(text, lang="en" if text.startswith("I ") else "zh")
    assert kinds(outcome)[:2] == ["customer", "feedback"] and block(outcome, "customer").data["line"]
    assert block(outcome, "feedback").data["score"] <= 45


def test_commands_without_a_talk_are_answered(trainee: Trainee) -> None:
    for intent in (
        "show_hint",
        "show_methods",
        "redo_turn",
        "pause_talk",
        "resume_talk",
        "set_level",
        "disagree",
    ):
        assert responses(trainee.click(intent)) == ["utter_practice_no_talk"], intent


def test_the_talk_keeps_its_language(trainee: Trainee) -> None:
    trainee.click("choose_scenario", scenario="alarm_loud")
    trainee.lang = "en"
    outcome = trainee.say("What worries you most about the noise?", ("clarify",), "inquiry")
    line = block(outcome, "customer").data["line"]
    assert any("\u4e00" <= char <= "\u9fff" for char in line)
    assert "other_language" in [e["rule"] for e in block(outcome, "feedback").data["evidence"]]


def test_values_of_no_sense_change_nothing(trainee: Trainee) -> None:
    values: Mapping[str, Any] = {
        "type": ["price"],
        "style": {},
        "difficulty": None,
        "scenario": 7,
        "level": [],
    }
    assert kinds(trainee.click("start_roleplay", **values)) == ["scenarios"]
    assert kinds(trainee.click("choose_scenario", **values)) == ["brief", "customer"]
    trainee.say(WEAK)
    for turn in (0, -1, "x", 99, None, True, [1]):
        assert kinds(trainee.click("redo_turn", turn=turn))[-1] == "customer"
        trainee.say(WEAK)
