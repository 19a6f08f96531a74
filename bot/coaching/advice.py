"""Deciding what the coach does with a reading: answer, ask back, or take it as no objection. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.coaching.playbook import Material, Playbook, Script, fitting
from bot.coaching.reading import Objection, Reading
from bot.coaching.taxonomy import GUARDED_METHODS, MAIN_METHODS, NONE

ANSWER: Final = "answer"
ASK: Final = "ask"
REMARK: Final = "remark"

CHOICES: Final = 3
"""At most so many types are offered when the coach asks."""

_WORTH_OFFERING: Final = 0.12
_SURE: Final = 0.75
_FAIRLY_SURE: Final = 0.5
_FALSE_ENOUGH: Final = 0.7


@dataclass(frozen=True)
class Plan:
    """What to do with a customer's line.

    Attributes:
        kind: `answer`, `ask` or `remark`.
        objections: what to answer, the weightiest first; empty unless `answer`.
        choices: the types (or `none`) to ask about, likeliest first; empty unless `ask`.
        near: the type that a remark comes closest to, for a fitting hint; empty unless `remark`.
    """

    kind: str
    objections: tuple[Objection, ...] = ()
    choices: tuple[str, ...] = ()
    near: str = ""


def plan(reading: Reading) -> Plan:
    """Decide on a reading: unsure ones are asked about, those without an objection are remarks."""
    if reading.unsure and reading.ranking:
        likely = [label for label, share in reading.ranking if share >= _WORTH_OFFERING][:CHOICES]
        if len(likely) < 2:
            likely = [label for label, _ in reading.ranking[:2]]
        return Plan(ASK, choices=tuple(likely))
    if reading.objections:
        return Plan(ANSWER, objections=reading.objections)
    near = next((label for label, _ in reading.ranking if label != NONE), "")
    return Plan(REMARK, near=near)


def first_scripts(
    playbook: Playbook, material: Material, nature: str, confidence: float
) -> tuple[Script, ...]:
    """Return the scripts to show at once: the four main methods, best fitting first, then those that suit.

    `rebuttal` suits where the material holds a rumour that the customer repeats; `ignore` suits a pretext
    (a false objection, fairly sure) and never a genuine objection (domain.md section 5).
    """
    usable = fitting(playbook, material)
    wanted = {*MAIN_METHODS, "rebuttal"}
    if nature == "false" and confidence >= _FALSE_ENOUGH:
        wanted.add("ignore")
    shown = [script for script in usable if script.method in wanted]
    return tuple(sorted(shown, key=lambda script: is_guarded(script.method)))


def further_scripts(playbook: Playbook, material: Material, shown: frozenset[str]) -> tuple[Script, ...]:
    """Return the usable scripts whose methods were not shown yet, best fitting first."""
    return tuple(script for script in fitting(playbook, material) if script.method not in shown)


def is_guarded(method: str) -> bool:
    """Tell whether a method is offered only with its warning."""
    return method in GUARDED_METHODS


def sureness(confidence: float) -> str:
    """Return how sure a confidence is, in three steps: `sure`, `fairly`, `unsure`."""
    if confidence >= _SURE:
        return "sure"
    return "fairly" if confidence >= _FAIRLY_SURE else "unsure"
