"""Samples with a share of everything."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from bot.coaching.sampling import stratified

candidates = st.dictionaries(st.integers(1, 10_000), st.sampled_from("abcd"), max_size=60)


@given(candidates, st.integers(0, 40), st.integers(0, 3))
def test_strata_get_the_same_share_as_far_as_they_go(of: dict[int, str], size: int, seed: int) -> None:
    drawn = stratified([(stratum, id_) for id_, stratum in of.items()], size, seed)
    assert len(set(drawn)) == len(drawn) == min(size, len(of))
    there, got = Counter(of.values()), Counter(of[id_] for id_ in drawn)
    most = max(got.values(), default=0)
    assert all(got[stratum] >= min(there[stratum], most - 1) for stratum in there)


def test_the_same_seed_draws_the_same_and_another_one_something_else() -> None:
    of = [("ab"[n % 2], n) for n in range(100)]
    assert stratified(of, 20, 1) == stratified(reversed(of), 20, 1)
    assert stratified(of, 20, 1) != stratified(of, 20, 2)


def test_the_order_does_not_give_the_stratum_away() -> None:
    strata = {n: "ab"[n % 2] for n in range(40)}
    drawn = stratified([(stratum, n) for n, stratum in strata.items()], 40, 5)
    changes = sum(strata[a] != strata[b] for a, b in zip(drawn, drawn[1:]))
    assert 10 < changes < 30
