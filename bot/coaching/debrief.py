"""The score card of a talk: what each point rests on, where the talk turned, what lay hidden. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.coaching.assessment import Assessment, Rubric, score_dialogue
from bot.coaching.scenario import Effect, Scenario
from bot.coaching.talk import OUTCOMES, REVEALED, SETTLED, WAITING, Talk
from bot.coaching.taxonomy import STEPS
from bot.coaching.wording import short

_TURNING_POINTS: Final = 3


@dataclass(frozen=True)
class PlayedTurn:
    """A reply as the score card needs it, with the customer's answer and what it did to them."""

    number: int
    reply: str
    line: str
    assessment: Assessment
    effect: Effect
    events: tuple[tuple[str, str], ...]
    talk: Talk


def score_card(
    scenario: Scenario,
    turns: Sequence[PlayedTurn],
    final: Talk,
    rubric: Rubric,
    principles: Mapping[str, str],
    outcome: str,
) -> dict[str, Any]:
    """Return the score card as plain JSON values.

    Args:
        turns: the replies that count, in order.
        principles: the principle that each fault breaks.
        outcome: `agreed`, `open` or `left`.
    """
    assessments = [turn.assessment for turn in turns]
    return {
        "scenario": scenario.id,
        "outcome": outcome,
        "score": score_dialogue(assessments, rubric) if turns else None,
        "rubric": rubric.version,
        "replies": len(turns),
        "steps": [_step(step, turns) for step in STEPS],
        "methods": _methods(assessments),
        "principles": _principles(turns, principles),
        "turning_points": _turning_points(turns),
        "concerns": [
            {
                "id": concern.id,
                "type": concern.type,
                "nature": concern.nature,
                "status": _status(final.concern(concern.id).status),
                "behind": {"zh": concern.behind.zh, "en": concern.behind.en},
            }
            for concern in scenario.concerns
        ],
        "series": [
            {
                "turn": turn.number,
                "score": turn.assessment.score,
                "trust": round(turn.talk.trust),
                "interest": round(turn.talk.interest),
                "patience": round(turn.talk.patience),
            }
            for turn in turns
        ],
    }


def _status(status: str) -> str:
    """Return how far a concern got, in the words of a score card."""
    return {WAITING: "untouched", REVEALED: "revealed", SETTLED: "settled"}.get(status, "standing")


def _step(step: str, turns: Sequence[PlayedTurn]) -> dict[str, Any]:
    shown = [(turn, item) for turn in turns for item in turn.assessment.evidence if item.rule == step]
    return {
        "id": step,
        "shown": len(shown),
        "points": sum(item.points for _, item in shown),
        "evidence": [{"turn": turn.number, "text": short(item.text)} for turn, item in shown[:3]],
    }


def _methods(assessments: Sequence[Assessment]) -> list[dict[str, Any]]:
    scores: dict[str, list[int]] = {}
    for assessment in assessments:
        scores.setdefault(assessment.technique, []).append(assessment.score)
    return [
        {"id": method, "used": len(of), "score": round(sum(of) / len(of))}
        for method, of in sorted(scores.items(), key=lambda item: (-len(item[1]), item[0]))
    ]


def _principles(turns: Sequence[PlayedTurn], principles: Mapping[str, str]) -> list[dict[str, Any]]:
    broken: dict[str, list[dict[str, Any]]] = {}
    for turn in turns:
        for item in turn.assessment.evidence:
            if item.rule in principles:
                broken.setdefault(principles[item.rule], []).append(
                    {
                        "turn": turn.number,
                        "fault": item.rule,
                        "text": short(item.text),
                        "points": item.points,
                    }
                )
    return [{"id": principle, "faults": faults} for principle, faults in broken.items()]


def _turning_points(turns: Sequence[PlayedTurn]) -> list[dict[str, Any]]:
    """Return the turns that moved the customer most, the last one if it ended the talk, in their order."""

    def weight(turn: PlayedTurn) -> float:
        moved = abs(turn.effect.trust) + abs(turn.effect.interest) + abs(turn.effect.patience)
        ends = 60 * any(kind in OUTCOMES for kind, _ in turn.events)
        return moved + ends + 15 * sum(1 for kind, _ in turn.events if kind != "raised")

    best = sorted(turns, key=lambda turn: -weight(turn))[:_TURNING_POINTS]
    return [
        {
            "turn": turn.number,
            "reply": short(turn.reply),
            "line": short(turn.line),
            "events": [list(event) for event in turn.events],
            "effect": [round(turn.effect.trust), round(turn.effect.interest), round(turn.effect.patience)],
            "score": turn.assessment.score,
        }
        for turn in sorted(best, key=lambda turn: turn.number)
    ]
