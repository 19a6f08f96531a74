"""A master always knows what to say, and wins by it; the tips speak of what cost or lacked most."""

from __future__ import annotations

import pytest
from actors import answer, assessed, content, master_answers, moves, open_talk, play_moves
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.coaching import mentor
from bot.coaching.assessment import METHOD, START
from bot.coaching.role_play import MAX_TURNS, respond
from bot.coaching.scenario import Scenario
from bot.coaching.talk import AGREED, Move
from bot.coaching.taxonomy import FAULTS, LANGS, STEPS

SCENARIOS = content().scenarios
SCENARIO = st.sampled_from(list(SCENARIOS.values()))


@pytest.mark.parametrize("seed", [0, 1, 7])
@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("id_", SCENARIOS)
def test_whoever_says_what_a_master_would_wins(id_: str, lang: str, seed: int) -> None:
    scenario = SCENARIOS[id_]
    turn, said = open_talk(scenario, lang, seed), []
    while not turn.talk.outcome:
        spoken = master_answers(scenario, turn)
        said.append(spoken.text)
        turn = spoken.turn
    assert turn.talk.outcome == AGREED, said
    assert turn.talk.turn <= MAX_TURNS // 2 and turn.talk.trust > 60


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.sampled_from(LANGS), st.integers(0, 999))
def test_there_is_something_to_say_at_any_point_of_any_talk(
    data: st.DataObject, lang: str, seed: int
) -> None:
    scenario: Scenario = data.draw(SCENARIO)
    given_ = data.draw(st.lists(moves(scenario), max_size=12))
    played = play_moves(scenario, content().cast, lang, seed, given_)
    for _, _, turn in played:
        line = mentor.master_line(scenario, turn.talk, content().fits)
        assert line.text.strip() and line.step == mentor.step_now(scenario, turn.talk)
        assert line == mentor.master_line(scenario, turn.talk, content().fits)
        now = mentor.concern_now(scenario, turn.talk)
        assert line.concern == (now.id if now else "")
        assert now is not None or line.text in scenario.close.of(lang)
        wrong = mentor.wrong_example(scenario, turn.talk)
        assert wrong.breaks in FAULTS and wrong.text.of(lang).strip()


def test_a_master_explores_before_answering_and_asks_at_the_end() -> None:
    scenario, steps = SCENARIOS["alarm_loud"], []
    turn = open_talk(scenario, "en")
    while not turn.talk.outcome:
        steps.append(mentor.master_line(scenario, turn.talk, content().fits).step)
        turn = master_answers(scenario, turn).turn
    assert steps == ["clarify", "present", "clarify", "present", "ask"]


def test_a_master_has_another_answer_where_the_first_did_not_do() -> None:
    scenario, fits = SCENARIOS["alarm_loud"], content().fits
    talk = open_talk(scenario, "en").talk
    talk = respond(scenario, content().cast, fits, talk, Move("inquiry", frozenset({"clarify"}))).talk
    first = mentor.master_line(scenario, talk, fits)
    beside_cues = Move(fits["product"][0], frozenset({"present"}))
    later = respond(scenario, content().cast, fits, talk, beside_cues).talk
    assert mentor.master_line(scenario, later, fits).text != first.text


def test_points_are_told_in_turns_what_cost_most_first() -> None:
    found = assessed("……您别急，我们是最好的，先定吧。", ("listen", "present", "pressure", "boast", "argue"))
    told = mentor.points_to_tell(found, 3)
    rules = [item.rule for item in told]
    costs = {item.rule: item.points for item in found.evidence if item.points < 0}
    assert rules[0] == min(costs, key=lambda rule: costs[rule]) and told[1].points > 0 > told[2].points
    assert START not in rules and METHOD not in rules
    assert mentor.points_to_tell(found, 1) == told[:1]
    assert len(mentor.points_to_tell(found, 99)) == len({e.rule for e in found.evidence} - {START, "limit"})


def test_what_to_try_is_the_dearest_fault_or_the_step_that_was_due() -> None:
    scenario = SCENARIOS["alarm_loud"]
    before = open_talk(scenario, "zh").talk
    assert mentor.to_try(scenario, before, assessed("胡说，您错了。", ("argue", "boast"))) == "argue"
    assert (
        mentor.to_try(scenario, before, assessed("响是为了安全，您看。", ("listen", "present"))) == "clarify"
    )
    everything = assessed("您说得对，您是怕哪一种响？", STEPS, "inquiry")
    assert mentor.to_try(scenario, before, everything) == ""
    explored = assessed("您说得对，您是怕哪一种响？", ("listen", "share", "clarify", "present"), "inquiry")
    assert mentor.to_try(scenario, before, explored) == "", "asking for the order is not due yet"


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("id_", SCENARIOS)
def test_the_wrong_answers_cost_trust_or_patience(id_: str, lang: str) -> None:
    scenario = SCENARIOS[id_]
    turn = open_talk(scenario, lang)
    for concern in scenario.concerns:
        for wrong in concern.wrong:
            spoken = answer(scenario, turn, wrong.text.of(lang), (wrong.breaks,))
            right = master_answers(scenario, turn)
            assert spoken.turn.talk.trust < right.turn.talk.trust
            assert spoken.assessment.score < right.assessment.score


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("id_", SCENARIOS)
def test_a_master_never_asks_the_same_question_twice(id_: str, lang: str) -> None:
    for seed in range(4):
        turn, said = open_talk(SCENARIOS[id_], lang, seed), []
        while not turn.talk.outcome:
            spoken = master_answers(SCENARIOS[id_], turn)
            said.append(spoken.text)
            turn = spoken.turn
        assert len(said) == len(set(said))


def test_a_master_takes_up_what_the_customer_has_said() -> None:
    scenario = SCENARIOS["car_talkative"]
    for seed in range(12):
        opened = open_talk(scenario, "en", seed)
        assert mentor.heard(scenario, opened.talk) == (opened.line,)
        line = mentor.master_line(scenario, opened.talk, content().fits).text
        assert "three years" not in opened.line or "Three years" in line
