"""What a master would do at this point of a talk: what to say, the step to take, what to try next. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.coaching.assessment import LIMIT, METHOD, START, Assessment, Evidence
from bot.coaching.role_play import WAITING, Talk
from bot.coaching.scenario import Concern, Scenario, WrongAnswer
from bot.coaching.taxonomy import STEPS


@dataclass(frozen=True)
class MasterLine:
    """A model reply: its method, its text, the step that it is there for, the concern that it is about."""

    method: str
    text: str
    step: str
    concern: str


def concern_now(scenario: Scenario, talk: Talk) -> Concern | None:
    """Return the concern that stands in the way, or the hidden one that has yet to come out, if any."""
    if talk.active:
        return scenario.concern(talk.active)
    return next(
        (c for c in scenario.concerns if talk.concern(c.id).status == WAITING and c.raised == "explored"),
        None,
    )


def step_now(scenario: Scenario, talk: Talk) -> str:
    """Return the step of LSCPA that is due: clarify what is not explored yet, present, or ask."""
    concern = concern_now(scenario, talk)
    if concern is None:
        return "ask"
    state = talk.concern(concern.id)
    if concern.nature == "false" or state.status == WAITING or state.probes == 0:
        return "clarify"
    return "present"


def master_line(scenario: Scenario, talk: Talk, fits: Mapping[str, Sequence[str]]) -> MasterLine:
    """Return what a master would say to the customer's latest line.

    Explores a concern first, then answers it by the methods that suit its type, then asks for the next step;
    asked again for the same state it says the same, later in the talk something else.
    """
    concern, step = concern_now(scenario, talk), step_now(scenario, talk)
    place = talk.seed + talk.turn
    if concern is None:
        lines = scenario.close.of(talk.lang)
        return MasterLine("", lines[place % len(lines)], "ask", "")
    if step == "clarify":
        lines = concern.explore.of(talk.lang)
        return MasterLine("inquiry", lines[place % len(lines)], "clarify", concern.id)
    order = {method: rank for rank, method in enumerate(fits[concern.type])}
    answers = sorted(concern.answers, key=lambda answer: order.get(answer.method, len(order)))
    answer = answers[talk.concern(concern.id).answers % len(answers)]
    return MasterLine(answer.method, answer.text.of(talk.lang), "present", concern.id)


def wrong_example(scenario: Scenario, talk: Talk) -> WrongAnswer:
    """Return what not to say about the concern that stands in the way."""
    concern = concern_now(scenario, talk) or scenario.main
    return concern.wrong[(talk.seed + talk.turn) % len(concern.wrong)]


def points_to_tell(assessment: Assessment, most: int) -> tuple[Evidence, ...]:
    """Return the points worth telling first: what cost most, then what earned most, in turns."""
    own = [item for item in assessment.evidence if item.rule not in (START, LIMIT)]
    lost = sorted((item for item in own if item.points < 0), key=lambda item: item.points)
    won = sorted(
        (item for item in own if item.points > 0 and item.rule != METHOD), key=lambda item: -item.points
    )
    told: list[Evidence] = []
    while (lost or won) and len(told) < most:
        told.append(lost.pop(0) if lost and (not told or told[-1].points > 0 or not won) else won.pop(0))
    return tuple(told)


def to_try(scenario: Scenario, before: Talk, assessment: Assessment) -> str:
    """Return the one thing to try next: the dearest fault to leave, or the step that was due and missing.

    Returns:
        An id of a fault or of a step; empty where the reply lacked nothing.
    """
    lost = min((e for e in assessment.evidence if e.points < 0 and e.rule != LIMIT),
               key=lambda e: e.points, default=None)  # fmt: skip
    if lost is not None:
        return lost.rule
    due = step_now(scenario, before)
    for step in (due, *STEPS):
        if step not in assessment.steps and (step != "ask" or due == "ask"):
            return step
    return ""
