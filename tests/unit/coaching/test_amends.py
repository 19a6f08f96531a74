from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.coaching.amends import amended, amended_talk
from bot.coaching.assessment import LIMIT, METHOD, START, Assessment, Evidence, Rubric, score_dialogue

RUBRIC = Rubric("test", {}, {"zh": 100, "en": 100}, coverage=0.2)
RULES = (START, METHOD, "listen", "share", "clarify", "discount", "pressure")


def judged(points: dict[str, int]) -> Assessment:
    evidence = [Evidence(rule, 0, 1, "x", worth) for rule, worth in points.items()]
    total = sum(points.values())
    score = min(100, max(0, total))
    if score != total:
        evidence.append(Evidence(LIMIT, 0, 1, "x", score - total))
    steps = tuple(rule for rule in points if rule in ("listen", "share", "clarify"))
    return Assessment("inquiry", 0.9, steps, (), tuple(evidence), score, "test")


POINTS = st.dictionaries(st.sampled_from(RULES), st.integers(-60, 60), min_size=1)


@given(POINTS)
def test_a_reply_without_amends_is_worth_what_it_was(points: dict[str, int]) -> None:
    assessment = judged(points)
    assert amended(assessment, {}) == assessment


@given(POINTS, st.sampled_from(RULES), st.integers(-100, 100))
def test_an_amended_rule_counts_as_if_the_bot_had_given_it(
    points: dict[str, int], rule: str, worth: int
) -> None:
    changed = {**points, rule: worth} if rule in points else points
    assert amended(judged(points), {rule: worth}).score == judged(changed).score


def test_a_whole_score_stands_above_its_points() -> None:
    assert amended(judged({START: 30}), {"score": 75, START: 0}).score == 75
    assert amended(judged({START: 30}), {"score": 400}).score == 100


@given(st.lists(POINTS, min_size=1, max_size=5), st.integers(0, 100), st.integers(0, 100))
def test_a_talk_gains_what_its_replies_gain(talk: list[dict[str, int]], score: int, new: int) -> None:
    bot = [judged(points) for points in talk]
    person = [amended(bot[0], {"score": new}), *bot[1:]]
    pairs = list(zip(bot, person))
    assert amended_talk(score_dialogue(bot, RUBRIC), pairs, RUBRIC) == score_dialogue(person, RUBRIC)
    assert 0 <= amended_talk(score, pairs, RUBRIC) <= 100
    assert amended_talk(score, [(reply, reply) for reply in bot], RUBRIC) == score
