"""The ids that every room speaks: objection types, methods, natures, languages, intents.

Their names and explanations, in both languages, are content (`bot/content/taxonomy.yml`).
"""

from __future__ import annotations

from typing import Final

NONE: Final = "none"
"""The label of what is no objection, or no method."""

OBJECTION_TYPES: Final[tuple[str, ...]] = (
    "need",
    "price",
    "product",
    "timing",
    "salesperson",
    "service",
    "payment",
    "source",
    "authority",
    "brush_off",
)
OBJECTION_LABELS: Final[tuple[str, ...]] = (*OBJECTION_TYPES, NONE)

MAIN_METHODS: Final[tuple[str, ...]] = ("compensation", "yes_if", "inquiry", "tai_chi")
"""The methods that the coach answers with."""

GUARDED_METHODS: Final[tuple[str, ...]] = ("ignore", "rebuttal")
"""The methods that are offered only where they suit, with their warning."""

TECHNIQUES: Final[tuple[str, ...]] = (*MAIN_METHODS, *GUARDED_METHODS)
TECHNIQUE_LABELS: Final[tuple[str, ...]] = (*TECHNIQUES, NONE)

UNCLEAR: Final = "unclear"
NATURES: Final[tuple[str, ...]] = ("genuine", "false", "hidden", UNCLEAR)

LANGS: Final[tuple[str, ...]] = ("zh", "en")

OBJECTION_PREFIX: Final = "obj_"
TECHNIQUE_PREFIX: Final = "tech_"
OBJECTION_INTENTS: Final[tuple[str, ...]] = tuple(OBJECTION_PREFIX + label for label in OBJECTION_LABELS)
TECHNIQUE_INTENTS: Final[tuple[str, ...]] = tuple(TECHNIQUE_PREFIX + label for label in TECHNIQUE_LABELS)

TALK_INTENTS: Final[tuple[str, ...]] = (
    "greet",
    "goodbye",
    "thank",
    "affirm",
    "deny",
    "chitchat",
    "ask_help",
    "analyze",
    "ask_score",
    "start_roleplay",
    "stop",
)
COMMAND_INTENTS: Final[tuple[str, ...]] = (
    "name_self",
    "list_products",
    "choose_product",
    "switch_product",
    "switch_language",
    "another_version",
    "another_method",
    "wrong_type",
    "correct_type",
    "choose_type",
    "empty_message",
    "show_telephone",
)
"""The intents that a click may carry as a payload."""


def intent_of_objection(label: str) -> str:
    """Return the intent of an objection label (`price` -> `obj_price`)."""
    return OBJECTION_PREFIX + label


def intent_of_technique(label: str) -> str:
    """Return the intent of a technique label (`yes_if` -> `tech_yes_if`)."""
    return TECHNIQUE_PREFIX + label


def objection_of_intent(intent: str) -> str | None:
    """Return the objection label of an intent (`none` included), or None if it is of another family."""
    return intent[len(OBJECTION_PREFIX) :] if intent in OBJECTION_INTENTS else None


def technique_of_intent(intent: str) -> str | None:
    """Return the technique label of an intent (`none` included), or None if it is of another family."""
    return intent[len(TECHNIQUE_PREFIX) :] if intent in TECHNIQUE_INTENTS else None
