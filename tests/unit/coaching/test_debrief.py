"""The score card adds up to the turns that it is about."""

from __future__ import annotations

import json

import pytest
from actors import answer, content, master_answers, open_talk

from bot.coaching.assessment import score_dialogue
from bot.coaching.debrief import PlayedTurn, score_card
from bot.coaching.scenario import Scenario
from bot.coaching.talk import Turn
from bot.coaching.taxonomy import LANGS, STEPS

RUBRIC = content().rubric.rules
PRINCIPLES = {guide.id: guide.principle for guide in content().rubric.faults}


def played(scenario: Scenario, lang: str, slips: bool) -> tuple[list[PlayedTurn], Turn]:
    turn, turns = open_talk(scenario, lang, 3), []
    while not turn.talk.outcome:
        wrong = scenario.main.wrong[0]
        slip = slips and turn.talk.turn == 1
        spoken = (
            answer(scenario, turn, wrong.text.of(lang), (wrong.breaks,))
            if slip
            else master_answers(scenario, turn)
        )
        turn = spoken.turn
        turns.append(
            PlayedTurn(
                number=turn.talk.turn,
                reply=spoken.text,
                line=turn.line,
                assessment=spoken.assessment,
                effect=turn.effect,
                events=turn.events,
                talk=turn.talk,
            )
        )
    return turns, turn


@pytest.mark.parametrize("slips", [False, True])
@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("id_", ["alarm_loud", "gym_silent", "tel_too_dear", "insurance_cheated_before"])
def test_the_totals_agree_with_the_turns(id_: str, lang: str, slips: bool) -> None:
    scenario = content().scenarios[id_]
    turns, last = played(scenario, lang, slips)
    card = score_card(scenario, turns, last.talk, RUBRIC, PRINCIPLES, last.talk.outcome)
    assert json.loads(json.dumps(card)) == card
    assert card["outcome"] == last.talk.outcome and card["replies"] == len(turns)
    assert card["score"] == score_dialogue([turn.assessment for turn in turns], RUBRIC)
    for step in card["steps"]:
        shown = [turn for turn in turns if step["id"] in turn.assessment.steps]
        assert step["shown"] == len(shown) and step["points"] == RUBRIC.rules[step["id"]].points * len(shown)
        assert len(step["evidence"]) == min(3, len(shown))
    assert [step["id"] for step in card["steps"]] == list(STEPS)
    assert sum(method["used"] for method in card["methods"]) == len(turns)
    faults = [fault for turn in turns for fault in turn.assessment.faults]
    assert sorted(f["fault"] for broken in card["principles"] for f in broken["faults"]) == sorted(faults)
    for broken in card["principles"]:
        assert all(PRINCIPLES[fault["fault"]] == broken["id"] for fault in broken["faults"])
    assert [point["turn"] for point in card["series"]] == [turn.number for turn in turns]
    assert [point["score"] for point in card["series"]] == [turn.assessment.score for turn in turns]
    numbers = [point["turn"] for point in card["turning_points"]]
    assert numbers == sorted(numbers) and len(numbers) == min(3, len(turns))
    assert len(turns) in numbers, "the turn that ended the talk is one"
    assert {concern["id"] for concern in card["concerns"]} == {concern.id for concern in scenario.concerns}
    assert last.talk.outcome != "agreed" or {c["status"] for c in card["concerns"]} == {"settled"}


def test_what_never_came_out_is_told_as_untouched() -> None:
    scenario = content().scenarios["gym_later"]
    opened = open_talk(scenario, "en")
    card = score_card(scenario, (), opened.talk, RUBRIC, PRINCIPLES, "open")
    assert [(c["id"], c["status"]) for c in card["concerns"]] == [
        ("later", "standing"),
        ("money", "untouched"),
    ]
    assert card["score"] is None and card["turning_points"] == [] and card["series"] == []
    assert all(c["behind"]["zh"] and c["behind"]["en"] for c in card["concerns"])
