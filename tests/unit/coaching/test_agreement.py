"""Cohen's kappa and its interval."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from bot.coaching.agreement import (
    FEW,
    LINEAR,
    NOMINAL,
    PRACTICE_ONLY,
    QUADRATIC,
    TOO_FEW,
    TRUSTED,
    UNMEASURED,
    WEIGHTS,
    Agreement,
    Pair,
    agreement,
)

SCALE = ("0", "1", "2", "3", "4")
SKLEARN = {NOMINAL: None, LINEAR: "linear", QUADRATIC: "quadratic"}

labels = st.sampled_from(SCALE)
pairs = st.tuples(labels, labels)


def single(found: list[Pair]) -> list[list[Pair]]:
    return [[pair] for pair in found]


@given(st.lists(pairs, min_size=1, max_size=40), st.sampled_from(WEIGHTS))
def test_kappa_is_the_one_of_scikit_learn(found: list[Pair], weights: str) -> None:
    ours = agreement(single(found), SCALE, weights=weights, draws=0).kappa
    ones, others = zip(*found)
    if ours is None:
        assert len(set(ones) | set(others)) == 1
    else:
        theirs = cohen_kappa_score(ones, others, labels=SCALE, weights=SKLEARN[weights])
        assert math.isclose(ours, theirs, abs_tol=1e-9)


@given(st.lists(pairs, min_size=1, max_size=25), st.sampled_from(WEIGHTS), st.integers(0, 5))
def test_figures_lie_where_they_must(found: list[Pair], weights: str, seed: int) -> None:
    told = agreement(single(found), SCALE, weights=weights, seed=seed, draws=60)
    assert told.items == len(found)
    assert told.share is not None
    assert 0 <= told.share <= 1
    assert told.kappa is None or told.kappa <= 1
    if told.low is not None and told.high is not None:
        assert told.low <= told.high <= 1


@given(st.lists(pairs, min_size=1, max_size=25), st.sampled_from(WEIGHTS))
def test_who_is_named_first_changes_nothing(found: list[Pair], weights: str) -> None:
    turned = [(other, one) for one, other in found]
    one, other = (agreement(single(way), SCALE, weights=weights, draws=0).kappa for way in (found, turned))
    assert one == other or math.isclose(one or 0.0, other or 0.0, abs_tol=1e-12)


@given(st.lists(labels, min_size=2, max_size=25).filter(lambda found: len(set(found)) > 1))
def test_judges_who_always_agree_have_one(found: list[str]) -> None:
    told = agreement([[(label, label)] for label in found], SCALE, draws=0)
    assert (told.share, told.kappa) == (1.0, 1.0)


def test_the_worked_example_of_the_textbooks_comes_out() -> None:
    found = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15
    told = agreement(single(found), ("yes", "no"))
    assert told.share == 0.7
    assert told.kappa == pytest.approx(0.4)


def test_the_interval_is_as_wide_as_theory_says() -> None:
    found = [("yes", "yes")] * 80 + [("yes", "no")] * 20 + [("no", "yes")] * 20 + [("no", "no")] * 80
    told = agreement(single(found), ("yes", "no"), seed=7)
    assert told.kappa == pytest.approx(0.6)
    half = 1.96 * math.sqrt(0.8 * 0.2 / (200 * 0.5**2))
    assert told.low == pytest.approx(0.6 - half, abs=0.02)
    assert told.high == pytest.approx(0.6 + half, abs=0.02)


def test_a_weighted_kappa_forgives_what_is_near() -> None:
    near = [("2", "3"), ("0", "0"), ("4", "4"), ("1", "2"), ("3", "3"), ("0", "1")]
    plain, linear, quadratic = (agreement(single(near), SCALE, weights=w, draws=0).kappa for w in WEIGHTS)
    assert plain is not None
    assert linear is not None
    assert quadratic is not None
    assert plain < linear < quadratic


def test_the_same_seed_gives_the_same_interval_and_another_one_another() -> None:
    found = single([("0", "1"), ("1", "1"), ("0", "0"), ("2", "2"), ("1", "0"), ("3", "3")] * 5)
    assert agreement(found, SCALE, seed=1) == agreement(found, SCALE, seed=1)
    assert agreement(found, SCALE, seed=1) != agreement(found, SCALE, seed=2)


def test_items_with_several_pairs_do_not_count_as_several_items() -> None:
    once = [[("0", "0")], [("1", "0")], [("1", "1")], [("0", "1")]] * 10
    thrice = [item * 3 for item in once]
    one, three = agreement(once, SCALE, seed=3), agreement(thrice, SCALE, seed=3)
    assert three.items == one.items == 40
    assert (three.kappa, three.low, three.high) == pytest.approx((one.kappa, one.low, one.high))


def test_one_label_for_everything_tells_nothing_beyond_chance() -> None:
    told = agreement(single([("0", "0")] * 50), SCALE)
    assert told == Agreement(50, 1.0)
    assert told.verdict(0.6) == TOO_FEW


def test_nothing_judged_is_nothing_told() -> None:
    assert agreement([], SCALE) == agreement([[], []], SCALE) == Agreement(0)
    assert Agreement(0).verdict(0.6) == UNMEASURED


def test_a_label_that_is_not_on_the_scale_is_refused() -> None:
    with pytest.raises(ValueError, match="not on the scale"):
        agreement([[("0", "nine")]], SCALE)


def test_few_items_prove_nothing_and_enough_are_held_against_the_floor() -> None:
    assert Agreement(FEW - 1, 0.9, 0.9).verdict(0.6) == TOO_FEW
    assert Agreement(FEW, 0.9, 0.59).verdict(0.6) == PRACTICE_ONLY
    assert Agreement(FEW, 0.9, 0.6).verdict(0.6) == TRUSTED
