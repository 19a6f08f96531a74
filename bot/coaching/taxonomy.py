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

STEPS: Final[tuple[str, ...]] = ("listen", "share", "clarify", "present", "ask")
"""The steps of LSCPA, in their order (domain.md section 6)."""

MANNER_FAULTS: Final[tuple[str, ...]] = (
    "argue",
    "insult",
    "hollow",
    "discount",
    "promise",
    "pressure",
    "interrogate",
    "lecture",
    "evade",
    "give_up",
    "unhelpful",
    "run_down",
    "boast",
    "small_talk",
)
"""What a reply may do wrong by what it says; the model tells them piece by piece."""

FORM_FAULTS: Final[tuple[str, ...]] = (
    "wordless",
    "other_language",
    "too_short",
    "too_long",
    "parrot",
    "repeat",
    "copied",
)
"""What a reply may do wrong by its form; told without a model."""

FAULTS: Final[tuple[str, ...]] = (*MANNER_FAULTS, *FORM_FAULTS)
MARKS: Final[tuple[str, ...]] = (*STEPS, *MANNER_FAULTS)
"""What a piece of a reply may be marked with."""

STYLES: Final[tuple[str, ...]] = ("tiger", "owl", "peacock", "koala")
BEHAVIOURS: Final[tuple[str, ...]] = (
    "silent",
    "talkative",
    "demanding",
    "confused",
    "agitated",
    "hesitant",
    "doubting",
)
ROLES: Final[tuple[str, ...]] = ("none", "coach", "user", "technical", "economic", "receptionist")
"""Buying roles in key accounts (CUTE), and who guards the telephone."""

SETTINGS: Final[tuple[str, ...]] = ("shop", "visit", "telephone", "street", "online", "meeting")
GOALS: Final[tuple[str, ...]] = ("order", "appointment", "trial", "visit", "put_through")
DIFFICULTIES: Final[tuple[int, ...]] = (1, 2, 3)
LEVELS: Final[tuple[str, ...]] = ("novice", "practised", "exam")
"""How much a trainee is told after each reply: one point, three and a question, nothing before the end."""

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
    "choose_scenario",
    "show_hint",
    "show_methods",
    "redo_turn",
    "swap_roles",
    "pause_talk",
    "resume_talk",
    "set_level",
    "disagree",
    "start_drill",
    "answer_drill",
    "show_progress",
    "show_assignments",
    "link_account",
)
"""The intents that a click may carry as a payload."""

CUSTOMER_LINE: Final = "customer_line"
"""The slot with the customer's line that typed text answers; none where it is a customer's own words."""


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
