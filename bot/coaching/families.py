"""What is judged of a message, family by family, so that judges can be compared.

A family has a scale of labels. The lines of the rubric are families of their own (`listen`, `pressure` ...),
because each may be as good or as bad a judge as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.coaching.agreement import LINEAR, NOMINAL
from bot.coaching.assessment import METHOD
from bot.coaching.taxonomy import MANNER_FAULTS, NATURES, NONE, OBJECTION_LABELS, STEPS, TECHNIQUE_LABELS

LINE: Final = "line"
REPLY: Final = "reply"
"""What is judged: a customer's line, or a seller's reply."""

OBJECTION: Final = "objection"
NATURE: Final = "nature"
TECHNIQUE: Final = "technique"
SCORE: Final = "score"
YES: Final = "yes"
NO: Final = "no"
BANDS: Final[tuple[str, ...]] = ("0", "1", "2", "3", "4")
"""Bands of a score, twenty points each; the highest one has 80 to 100."""

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    OBJECTION: (OBJECTION,),
    NATURE: (NATURE,),
    TECHNIQUE: (TECHNIQUE,),
    "steps": STEPS,
    "faults": MANNER_FAULTS,
    SCORE: (SCORE,),
}
"""What people are asked to judge together."""


@dataclass(frozen=True)
class Family:
    """One thing that is judged.

    Attributes:
        group: the question that it belongs to; about: `line` or `reply`.
        scale: its labels; weights: how much a disagreement counts (`agreement.WEIGHTS`).
    """

    id: str
    group: str
    about: str
    scale: tuple[str, ...]
    weights: str = NOMINAL


_SCALES: Final[Mapping[str, tuple[str, ...]]] = {
    OBJECTION: OBJECTION_LABELS,
    NATURE: NATURES,
    TECHNIQUE: TECHNIQUE_LABELS,
    SCORE: BANDS,
}

FAMILIES: Final[Mapping[str, Family]] = {
    id_: Family(
        id=id_,
        group=group,
        about=LINE if group in (OBJECTION, NATURE) else REPLY,
        scale=_SCALES.get(group, (NO, YES)),
        weights=LINEAR if group == SCORE else NOMINAL,
    )
    for group, ids in GROUPS.items()
    for id_ in ids
}


def family_of_rule(rule: str) -> str:
    """Return the family that a line of the rubric rests on; "" for what is a matter of form or of sums."""
    if rule == METHOD:
        return TECHNIQUE
    return rule if rule in FAMILIES else ""


def band(score: int) -> str:
    """Return the band of a score from 0 to 100."""
    return BANDS[min(len(BANDS) - 1, max(0, score) // 20)]


def of_line(reading: Mapping[str, Any]) -> dict[str, str]:
    """Return what the bot says of a customer's line: its first objection and how that is meant.

    Args:
        reading: as stored with the turn; a line that is no objection has no nature.
    """
    objections = reading.get("objections") or ()
    if not objections:
        return {OBJECTION: NONE}
    first = objections[0]
    nature = (first.get("nature") or {}).get("id")
    return {OBJECTION: str(first["type"]), **({NATURE: str(nature)} if nature in NATURES else {})}


def of_reply(assessment: Mapping[str, Any]) -> dict[str, str]:
    """Return what the bot says of a seller's reply, by an assessment as stored."""
    steps, faults = assessment.get("lscpa") or (), assessment.get("violations") or ()
    return {
        TECHNIQUE: str(assessment.get("technique") or NONE),
        **{step: YES if step in steps else NO for step in STEPS},
        **{fault: YES if fault in faults else NO for fault in MANNER_FAULTS},
        SCORE: band(int(assessment.get("score") or 0)),
    }


def checked(labels: Mapping[str, str]) -> dict[str, str]:
    """Return the labels that are on the scale of a family that there is; the others are left out."""
    return {id_: label for id_, label in labels.items() if id_ in FAMILIES and label in FAMILIES[id_].scale}
