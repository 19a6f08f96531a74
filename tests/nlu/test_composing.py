"""Combining a line and its clauses."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bot.coaching.taxonomy import NONE, OBJECTION_LABELS
from bot.nlu import composing
from bot.nlu.utterance import Span

LIMITS = composing.Thresholds(
    further_in_clause=0.7,
    further_in_whole=0.05,
    further_alone=0.35,
    added_in_clause=0.6,
    ask_below=0.45,
    nature_from=0.6,
)
NATURES = ("genuine", "false", "hidden")


def shares(**given_: float) -> np.ndarray:
    rest = (1 - sum(given_.values())) / (len(OBJECTION_LABELS) - len(given_))
    return np.array([given_.get(label, rest) for label in OBJECTION_LABELS])


def part(text: str, start: int, **given_: float) -> composing.Part:
    return composing.Part(Span(text, start, start + len(text)), shares(**given_), np.array([0.8, 0.1, 0.1]))


def test_a_type_that_is_sure_in_one_clause_and_present_in_the_line_counts() -> None:
    parts = [part("too dear", 0, price=0.95), part("ask my wife", 10, authority=0.95)]
    found = composing.find_types(shares(price=0.8, authority=0.08), parts, LIMITS)
    assert [OBJECTION_LABELS[i] for i, _, _ in found] == ["price", "authority"]
    assert [span.text for _, _, span in found if span] == ["too dear", "ask my wife"]


def test_a_clause_that_opens_as_a_further_point_counts_by_itself() -> None:
    parts = [part("twice the price", 0, price=0.96), part("and I must ask my wife", 17, authority=0.9)]
    found = composing.find_types(shares(price=0.95, authority=0.005), parts, LIMITS)
    assert [OBJECTION_LABELS[i] for i, _, _ in found] == ["price", "authority"]


def test_a_clause_out_of_context_does_not_overrule_the_line() -> None:
    parts = [part("my husband says", 0, authority=0.95), part("it loses value", 16, product=0.9)]
    found = composing.find_types(shares(product=0.95, authority=0.01), parts, LIMITS)
    assert [OBJECTION_LABELS[i] for i, _, _ in found] == ["product"]


def test_what_is_best_read_as_none_has_no_objection() -> None:
    assert composing.find_types(shares(none=0.6, price=0.39), [part("x", 0, price=0.9)], LIMITS) == []


def test_a_nature_below_its_confidence_is_unclear_and_shows_no_cue() -> None:
    nature = composing.name_nature(np.array([0.5, 0.3, 0.2]), NATURES, [("genuine", "last year")], [], 0.6)
    assert (nature.id, nature.cue) == ("unclear", "")


def natures(taught: float) -> list[str]:
    """What the objections of a line are called whose whole is a pretext and whose clauses are genuine."""
    parts = [part("too dear", 0, price=0.95), part("ask my wife", 10, authority=0.95)]
    found = composing.objections(
        shares(price=0.8, authority=0.08), parts, np.array([0.0, 1.0, 0.0]), NATURES, [], [],
        "too dear, ask my wife", LIMITS, taught,
    )  # fmt: skip
    return [objection.nature.id for objection in found]


def test_a_corrected_nature_is_not_outvoted_by_its_own_clause() -> None:
    assert natures(taught=0.0) == ["unclear", "unclear"]
    assert natures(taught=1.0) == ["false", "unclear"]


def test_a_nature_shows_the_longest_sign_of_its_own_kind() -> None:
    cues = [("false", "maybe"), ("false", "some other time"), ("genuine", "because of the contract")]
    assert composing.name_nature(np.array([0.1, 0.8, 0.1]), NATURES, cues, [], 0.6).cue == "some other time"


@given(
    st.lists(st.floats(0.001, 1), min_size=11, max_size=11),
    st.lists(st.floats(0.001, 1), min_size=11, max_size=11),
)
def test_the_best_type_comes_first_and_none_twice(whole: list[float], clause: list[float]) -> None:
    line, inside = np.array(whole) / sum(whole), np.array(clause) / sum(clause)
    parts = [
        composing.Part(Span("a", 0, 1), line, np.array([1.0, 0, 0])),
        composing.Part(Span("b", 2, 3), inside, np.array([1.0, 0, 0])),
    ]
    found = composing.find_types(line, parts, LIMITS)
    best = OBJECTION_LABELS[int(line.argmax())]
    assert (found == []) if best == NONE else (OBJECTION_LABELS[found[0][0]] == best)
    assert len({i for i, _, _ in found}) == len(found)
    assert all(0 < confidence <= 1 for _, confidence, _ in found)
