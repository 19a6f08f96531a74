"""What replies and talks are worth after trainers looked at them, beside what the bot gave. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.coaching.assessment import LIMIT, Assessment, Rubric, score_dialogue
from bot.coaching.families import SCORE


def amended(assessment: Assessment, points: Mapping[str, int]) -> Assessment:
    """Return an assessment with other points for some rules; its evidence stays as the bot found it.

    Args:
        points: by rule; those for `score` are the reply's whole score.
    """
    total = sum(points.get(item.rule, item.points) for item in assessment.evidence if item.rule != LIMIT)
    return replace(assessment, score=_within(points.get(SCORE, total)))


def amended_talk(score: int, replies: Sequence[tuple[Assessment, Assessment]], rubric: Rubric) -> int:
    """Return the score of a talk with some of its replies amended.

    Args:
        score: what the bot gave; replies: each one that counts, as the bot judged it and amended.

    What is added is the difference, so that a talk that was scored under another rubric keeps its score.
    """
    before = score_dialogue([bot for bot, _ in replies], rubric)
    after = score_dialogue([person for _, person in replies], rubric)
    return _within(score + after - before)


def _within(score: int) -> int:
    return min(100, max(0, score))
