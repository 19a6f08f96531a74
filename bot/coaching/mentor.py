"""What a master would do at this point of a talk: what to say, the step to take, what to try next. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.coaching.assessment import LIMIT, METHOD, START, Assessment, Evidence
from bot.coaching.scenario import Concern, Scenario, WrongAnswer
from bot.coaching.talk import WAITING, Talk
from bot.coaching.taxonomy import STEPS

_FIRST: Final = re.compile(r"(?<=[。！？.!?])\s*")
_HAN: Final = re.compile(r"[^\u3400-\u9fff]+")
_WORD: Final = re.compile(r"[a-z0-9]{4,}")


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
        return MasterLine("inquiry", _question(scenario, talk, concern), "clarify", concern.id)
    order = {method: rank for rank, method in enumerate(fits[concern.type])}
    answers = sorted(concern.answers, key=lambda answer: order.get(answer.method, len(order)))
    answer = answers[talk.concern(concern.id).answers % len(answers)]
    return MasterLine(answer.method, answer.text.of(talk.lang), "present", concern.id)


def heard(scenario: Scenario, talk: Talk) -> tuple[str, ...]:
    """Return what the customer has said so far in the scenario's own words."""
    own = {f"own.{name}": lines for name, lines in scenario.says.items()}
    own.update({f"knows.{number}": fact.says for number, fact in enumerate(scenario.knows)})
    for concern in scenario.concerns:
        for name in ("states", "pushes_back", "softens", "reveals"):
            own[f"{concern.id}.{name}"] = getattr(concern, name)
    places = (key.rpartition(".") for key in sorted(talk.said))
    return tuple(own[name].of(talk.lang)[int(place)] for name, _, place in places if name in own)


def _taking_up(lines: Sequence[str], said: Sequence[str]) -> list[str]:
    """Return the lines, those first whose first words were heard before: a master takes up what was said."""
    known = {pair for line in said for pair in _pairs(line)}

    def share(line: str) -> float:
        pairs = _pairs(_FIRST.split(line, maxsplit=1)[0])
        return len(pairs & known) / max(1, len(pairs))

    return sorted(lines, key=share, reverse=True)


def _pairs(text: str) -> set[str]:
    """Return the neighbouring characters (Chinese) and the longer words (English) of a text."""
    han = _HAN.sub(" ", text)
    pairs = {run[place : place + 2] for run in han.split() for place in range(len(run) - 1)}
    return pairs | set(_WORD.findall(text.casefold()))


def _question(scenario: Scenario, talk: Talk, concern: Concern) -> str:
    """Return a question about a concern: the one that takes up most of what was said, then another one."""
    lines = concern.explore.of(talk.lang)
    first = talk.seed % len(lines)
    turned = [*lines[first:], *lines[:first]]
    if concern.raised != "explored":
        turned = _taking_up(turned, heard(scenario, talk))
    return turned[talk.concern(concern.id).probes % len(lines)]


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
