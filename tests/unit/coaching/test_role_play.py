"""The simulated customer: the same talk every time, an end, no line twice, no agreement for nothing."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from actors import HURTFUL, casts, content, moves, play_moves, scenarios
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.coaching.role_play import MAX_TURNS, begin, respond
from bot.coaching.scenario import Cast, Effect, Scenario
from bot.coaching.talk import AGREED, LEFT, OUTCOMES, SETTLED, WAITING, Move, Talk, TalkOver
from bot.coaching.taxonomy import LANGS

SEEDS = st.integers(0, 2**32 - 1)
LANG = st.sampled_from(LANGS)
FEWER = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@st.composite
def stages(draw: st.DrawFn) -> tuple[Scenario, Cast, str, int, list[Move]]:
    """Return a scenario (a real or a random one), its cast, a language, a seed and what the seller does."""
    real = draw(st.booleans())
    scenario = draw(st.sampled_from(list(content().scenarios.values())) if real else scenarios())
    cast = content().cast if real else draw(casts())
    given_ = draw(st.lists(moves(scenario), min_size=1, max_size=MAX_TURNS + 2))
    return scenario, cast, draw(LANG), draw(SEEDS), given_


@FEWER
@given(stages())
def test_the_same_seed_and_replies_give_the_same_talk_word_for_word(stage: tuple) -> None:
    assert play_moves(*stage) == play_moves(*stage)


@FEWER
@given(stages())
def test_what_holds_in_every_talk(stage: tuple) -> None:
    scenario, cast, lang, seed, given_ = stage
    said = list(begin(scenario, cast, lang, seed).parts)
    played = play_moves(scenario, cast, lang, seed, given_)
    assert len(played) <= MAX_TURNS
    for before, move, turn in played:
        talk = turn.talk
        assert all(0 <= level <= 100 for level in (talk.trust, talk.interest, talk.patience))
        assert turn.line.strip() and "{" not in turn.line and all(part.strip() for part in turn.parts)
        said += turn.parts
        if set(HURTFUL) & move.faults:
            assert turn.effect.trust <= 0 and talk.trust <= before.trust
        for concern in scenario.concerns:
            was, is_ = before.concern(concern.id).status, talk.concern(concern.id).status
            if concern.nature == "hidden" and was == WAITING and is_ != WAITING:
                assert "clarify" in move.steps and ("revealed", concern.id) in turn.events
            assert was != SETTLED or is_ == SETTLED
        if talk.outcome == AGREED:
            assert all(state.status == SETTLED for state in talk.concerns) and "ask" in move.steps
        if talk.outcome:
            assert talk.outcome in OUTCOMES and turn.events[-1] == (talk.outcome, "")
    assert len(said) == len(set(said))
    if len(given_) >= MAX_TURNS:
        assert played[-1][2].talk.outcome


@FEWER
@given(stages(), st.data())
def test_a_talk_that_was_put_away_goes_on_as_if_it_never_stopped(stage: tuple, data: st.DataObject) -> None:
    scenario, cast, lang, seed, given_ = stage
    turn = begin(scenario, cast, lang, seed)
    for move in given_:
        stored = Talk.from_json(json.loads(json.dumps(turn.talk.to_json())))
        assert stored == turn.talk and stored.active == turn.talk.active
        if turn.talk.outcome:
            break
        again = respond(scenario, cast, content().fits, stored, move)
        turn = respond(scenario, cast, content().fits, turn.talk, move)
        assert again == turn


@FEWER
@given(stages())
def test_nobody_answers_after_the_end(stage: tuple) -> None:
    scenario, cast, lang, seed, given_ = stage
    opened = begin(scenario, cast, lang, seed)
    over = replace(opened.talk, outcome=LEFT)
    with pytest.raises(TalkOver):
        respond(scenario, cast, content().fits, over, given_[0])


@pytest.mark.parametrize("fault", HURTFUL)
@pytest.mark.parametrize("id_", content().scenarios)
def test_nothing_said_in_the_same_breath_makes_good_what_hurts(id_: str, fault: str) -> None:
    scenario = content().scenarios[id_]
    opened = begin(scenario, content().cast, "en", 5)
    move = Move("yes_if", frozenset({"listen", "share", "clarify", "present"}), frozenset({fault}))
    assert respond(scenario, content().cast, content().fits, opened.talk, move).talk.trust < opened.talk.trust


def test_a_customer_who_is_never_drawn_out_keeps_the_hidden_concern() -> None:
    scenario = content().scenarios["gym_later"]
    turn = begin(scenario, content().cast, "en", 3)
    while not turn.talk.outcome:
        move = Move("yes_if", frozenset({"listen", "share", "present"}), meets=frozenset({"later"}))
        turn = respond(scenario, content().cast, content().fits, turn.talk, move)
    hidden = scenario.concern("money")
    assert turn.talk.concern("money").status == WAITING and turn.talk.outcome != AGREED
    assert not any(f"money.reveals.{n}" in turn.talk.said for n in range(len(hidden.reveals.en)))


def test_an_answer_to_something_else_costs_patience_and_does_not_count() -> None:
    scenario, cast, fits = content().scenarios["alarm_loud"], content().cast, content().fits
    talk = begin(scenario, cast, "zh", 1).talk
    steps = frozenset({"listen", "share", "present"})
    on_it = respond(scenario, cast, fits, talk, Move("yes_if", steps, meets=frozenset({"loud"})))
    beside = respond(scenario, cast, fits, talk, Move("yes_if", steps, meets=frozenset({"dear"})))
    assert beside.talk.patience < on_it.talk.patience and beside.talk.trust < on_it.talk.trust
    assert beside.talk.concern("loud").answers == 0 < on_it.talk.concern("loud").answers


def test_an_answer_counts_half_as_long_as_nobody_asked() -> None:
    scenario, cast, fits = content().scenarios["alarm_loud"], content().cast, content().fits
    answer = Move("yes_if", frozenset({"listen", "share", "present"}), meets=frozenset({"loud"}))
    talk = begin(scenario, cast, "zh", 1).talk
    unasked = respond(scenario, cast, fits, talk, answer).talk
    asked = respond(scenario, cast, fits, talk, Move("inquiry", frozenset({"clarify"}), asks=True)).talk
    assert asked.concern("loud").status == "revealed" and unasked.concern("loud").status != SETTLED
    assert respond(scenario, cast, fits, asked, answer).talk.concern("loud").status == SETTLED


def test_other_words_than_the_foreseen_ones_settle_a_concern_after_three_good_answers() -> None:
    scenario, cast, fits = content().scenarios["alarm_loud"], content().cast, content().fits
    talk = begin(scenario, cast, "zh", 1).talk
    method = fits[scenario.main.type][0]
    talk = respond(scenario, cast, fits, talk, Move("inquiry", frozenset({"clarify"}))).talk
    for _ in range(2):
        talk = respond(scenario, cast, fits, talk, Move(method, frozenset({"share", "present"}))).talk
        assert talk.concern("loud").status != SETTLED
    talk = respond(scenario, cast, fits, talk, Move(method, frozenset({"share", "present"}))).talk
    assert talk.concern("loud").status == SETTLED


def test_asking_for_the_order_too_early_three_times_ends_the_talk() -> None:
    scenario, cast, fits = content().scenarios["alarm_no_money"], content().cast, content().fits
    turn = begin(scenario, cast, "en", 1)
    for place in range(3):
        assert not turn.talk.outcome, place
        before = turn.talk
        turn = respond(
            scenario, cast, fits, turn.talk, Move("none", frozenset({"ask"}), date="Friday at ten")
        )
        assert turn.talk.trust < before.trust
    assert turn.talk.outcome == "open" and turn.situation == "parts"


def test_a_proposed_day_is_taken_up_with_a_capital_where_it_begins_the_line() -> None:
    cast = content().cast
    scenario = content().scenarios["shop_trust"]
    for seed in range(30):
        talk = begin(scenario, cast, "en", seed).talk
        turn = respond(
            scenario, cast, content().fits, talk, Move("none", frozenset({"ask"}), date="tomorrow")
        )
        assert "omorrow" in turn.line
        assert all(part[0].isupper() or not part[0].isalpha() for part in turn.parts)


@pytest.mark.parametrize("id_", content().scenarios)
def test_a_chinese_customer_addresses_the_seller_in_one_way(id_: str) -> None:
    scenario = content().scenarios[id_]
    for seed in range(6):
        turn = begin(scenario, content().cast, "zh", seed)
        for number in range(10):
            if turn.talk.outcome:
                break
            steps = [{"present"}, {"ask"}, {"listen"}, {"clarify"}][(number + seed) % 4]
            move = Move("none", frozenset(steps), frozenset({"hollow"} if number % 3 == 0 else ()))
            turn = respond(scenario, content().cast, content().fits, turn.talk, move)
            line = turn.line.replace("你们", "")
            assert ("你" if scenario.polite else "您") not in line, line


def test_a_turn_costs_the_same_however_long_the_talk_is() -> None:
    # What a turn needs is the talk's state, which does not grow but for the places of the lines used.
    scenario = content().scenarios["alarm_loud"]
    gentle = replace(content().cast, effects={mark: Effect() for mark in content().cast.effects})
    talk = begin(scenario, gentle, "zh", 1).talk
    for _ in range(15):
        talk = respond(scenario, gentle, content().fits, talk, Move("none")).talk
    assert len(talk.said) <= 2 * 16
