"""What a message is said to be: the families that a person may correct, their values, and the bot's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bot.coaching.families import NATURE, OBJECTION, TECHNIQUE
from bot.coaching.taxonomy import NATURES, NONE, OBJECTION_TYPES, STEPS, TECHNIQUE_LABELS, UNCLEAR

MARK: Final = "mark"
LINE_FAMILIES: Final[tuple[str, ...]] = (OBJECTION, NATURE)
REPLY_FAMILIES: Final[tuple[str, ...]] = (TECHNIQUE, MARK)
LABEL_FAMILIES: Final[tuple[str, ...]] = (*LINE_FAMILIES, *REPLY_FAMILIES)
"""What is said of a customer's line, and of a seller's reply. Their values: `{"types": [main, ...]}`, empty
for no objection; `{"nature": id}`; `{"technique": id}`; `{"steps": [...]}` of LSCPA that the reply shows."""


def valid_label(family: str, value: Mapping[str, Any]) -> bool:
    """Tell whether a value is one of a family."""
    if family == OBJECTION:
        return value.keys() == {"types"} and _known(value["types"], OBJECTION_TYPES)
    if family == MARK:
        return value.keys() == {"steps"} and _known(value["steps"], STEPS)
    labels = {NATURE: NATURES, TECHNIQUE: TECHNIQUE_LABELS}.get(family, ())
    return value.keys() == {family} and value[family] in labels


def as_read(
    reading: Mapping[str, Any] | None, assessment: Mapping[str, Any] | None = None
) -> dict[str, dict[str, Any]]:
    """Return the bot's labels of a message by family; the keys tell what can be corrected about it.

    Args:
        reading, assessment: as stored with the turn; a seller's reply has an assessment.
    """
    if assessment:
        steps = [step for step in STEPS if step in (assessment.get("lscpa") or ())]
        return {TECHNIQUE: {TECHNIQUE: assessment.get("technique") or NONE}, MARK: {"steps": steps}}
    if not reading:
        return {}
    objections = reading.get("objections") or ()
    types = list(dict.fromkeys(str(item["type"]) for item in objections))
    nature = (objections[0].get("nature") or {}).get("id") if objections else None
    return {OBJECTION: {"types": types}, NATURE: {NATURE: nature or UNCLEAR}}


def _known(labels: object, known: Sequence[str]) -> bool:
    if not isinstance(labels, (list, tuple)) or len(set(map(str, labels))) != len(labels):
        return False
    return all(label in known for label in labels)
