"""Who sells well wins, in every scenario, and nobody else does."""

from __future__ import annotations

import pytest
from actors import content

from bot.coaching.role_play import MAX_TURNS
from bot.coaching.strategies import RANDOM_WINS, STRATEGIES, play, win_rate
from bot.coaching.talk import AGREED, LEFT
from bot.coaching.taxonomy import LANGS

CAST, FITS, SCENARIOS = content().cast, content().fits, content().scenarios
RUNS = 20
POOR = ("clumsy", "random", "silent", "discount", "arguing")


@pytest.mark.parametrize("id_", SCENARIOS)
def test_the_better_the_seller_the_more_is_won_and_the_more_is_trusted(id_: str) -> None:
    scenario = SCENARIOS[id_]
    wins, trust = {}, {}
    for name, strategy in STRATEGIES.items():
        played = [play(scenario, CAST, FITS, strategy, run=run) for run in range(RUNS)]
        wins[name] = sum(one.outcome == AGREED for one in played) / RUNS
        trust[name] = sum(one.turns[-1].talk.trust for one in played) / RUNS
    assert wins["perfect"] == 1.0 >= wins["good"] >= 0.9
    assert trust["perfect"] >= trust["good"]
    for name in POOR:
        assert wins["good"] > wins[name] and trust["good"] > trust[name], (name, wins, trust)
        assert wins[name] <= 0.15, (name, wins)


@pytest.mark.parametrize("id_", SCENARIOS)
def test_a_random_seller_hardly_ever_wins(id_: str) -> None:
    assert win_rate(SCENARIOS[id_], CAST, FITS, STRATEGIES["random"], 200) <= RANDOM_WINS


@pytest.mark.parametrize("name", STRATEGIES)
@pytest.mark.parametrize("id_", SCENARIOS)
def test_every_talk_ends_alike_in_both_languages(id_: str, name: str) -> None:
    ends = []
    for lang in LANGS:
        one = play(SCENARIOS[id_], CAST, FITS, STRATEGIES[name], lang=lang, run=4)
        assert len(one.turns) <= MAX_TURNS + 1 and one.outcome
        ends.append((one.outcome, len(one.turns)))
        assert one == play(SCENARIOS[id_], CAST, FITS, STRATEGIES[name], lang=lang, run=4)
    assert ends[0] == ends[1]


@pytest.mark.parametrize("id_", SCENARIOS)
def test_whoever_argues_is_left(id_: str) -> None:
    assert play(SCENARIOS[id_], CAST, FITS, STRATEGIES["arguing"]).outcome == LEFT
