"""When a candidate is worse: what chance may explain is let pass, what it hardly explains is not."""

from __future__ import annotations

import json

import pytest

from bot.nlu.comparison import BOTH, Judged, chance, compare

LABELS = ("price", "need", "none")


def line(right: str, old: str, new: str, lang: str = "zh") -> Judged:
    return Judged(lang, frozenset({right}), frozenset({old}), frozenset({new}))


def lines(count: int, right: str, old: str, new: str, lang: str = "zh") -> list[Judged]:
    return [line(right, old, new, lang)] * count


SAME = [*lines(90, "price", "price", "price"), *lines(90, "need", "need", "need", "en"),
        *lines(20, "none", "price", "price")]  # fmt: skip


def reasons(*more: list[Judged]) -> list[tuple[str, str, str]]:
    found = compare([*SAME, *(judged for group in more for judged in group)], LABELS)
    return [(reason.measure, reason.lang, reason.label) for reason in found.worse]


@pytest.mark.parametrize(
    ("lost", "won", "expected"), [(0, 0, 1.0), (5, 0, 1 / 32), (4, 1, 6 / 32), (0, 5, 1.0), (1, 1, 0.75)]
)
def test_the_chance_is_that_of_a_fair_coin(lost: int, won: int, expected: float) -> None:
    assert chance(lost, won) == expected


def test_a_candidate_that_reads_alike_is_not_worse() -> None:
    assert reasons() == []
    assert compare([], LABELS).worse == ()


def test_a_candidate_that_wins_more_than_it_loses_is_not_worse() -> None:
    assert reasons(lines(4, "price", "price", "need"), lines(5, "none", "price", "none")) == []


def test_lines_lost_by_more_than_chance_are_held_against_it() -> None:
    found = reasons(lines(8, "price", "price", "need"))
    assert ("accuracy", BOTH, "") in found
    assert ("accuracy", "zh", "") in found
    assert ("macro_f1", BOTH, "") in found
    assert ("label", "zh", "price") in found
    assert not any(lang == "en" for _, lang, _ in found)


def test_a_loss_in_one_language_is_not_made_up_for_by_the_other() -> None:
    found = reasons(lines(6, "need", "need", "none", "en"), lines(6, "none", "price", "none"))
    assert ("accuracy", "en", "") in found
    assert ("accuracy", BOTH, "") not in found


def test_a_loss_for_one_label_is_not_made_up_for_by_the_others() -> None:
    found = reasons(lines(8, "price", "price", "none"), lines(9, "need", "none", "need"))
    assert ("label", "zh", "price") in found
    assert ("accuracy", BOTH, "") not in found


def test_losses_that_chance_may_explain_must_stay_small() -> None:
    assert reasons(lines(2, "price", "price", "need")) == []
    few = [*lines(18, "need", "need", "need"), *lines(2, "price", "price", "need")]
    assert [reason.measure for reason in compare(few, LABELS).worse] == ["total"]
    assert compare(few, LABELS, most_lost=1.0).worse == ()
    found = compare(
        [*SAME, *lines(12, "price", "price", "need"), *lines(8, "price", "need", "price")], LABELS
    )
    assert [reason.measure for reason in found.worse if reason.lang == BOTH] == ["total"]


def test_of_several_labels_each_is_a_decision() -> None:
    both = frozenset({"listen", "ask"})
    judged = [Judged("en", both, both, frozenset({"listen"}))] * 8
    tally = compare(judged, ("listen", "share", "ask"), several=True).by_lang[BOTH]
    assert (tally.lost, tally.won, tally.n) == (8, 0, 8)
    assert (tally.accuracy.old, tally.accuracy.new) == (1.0, pytest.approx(2 / 3))


def test_figures_are_plain_values_with_old_and_new() -> None:
    told = json.loads(json.dumps(compare(SAME, LABELS).to_json()))
    assert told["by_lang"][BOTH]["accuracy"] == {"old": 0.9, "new": 0.9}
    assert told["by_label"]["en"]["need"] == {
        "support": 90, "f1": {"old": 1.0, "new": 1.0}, "lost": 0, "won": 0, "p": 1.0,
    }  # fmt: skip
    assert told["worse"] == []
