"""What a drill asks: which type and method is due, as which kind of question, about which line. Pure, seeded.

A card stands for answering one type of objection by one method. Days are ordinals: the same cards, misses and
day give the same questions on every machine.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.coaching.assessment import essence
from bot.coaching.playbook import seed_of
from bot.coaching.scenario import Scenario

TYPE: Final = "type"
METHOD: Final = "method"
ANSWER: Final = "answer"
KINDS: Final[tuple[str, ...]] = (TYPE, METHOD, ANSWER)
"""Name the type of a line; name the method that comes first for it; answer it freely."""

AGAIN: Final = "again"
HARD: Final = "hard"
GOOD: Final = "good"
EASY: Final = "easy"
RATINGS: Final[tuple[str, ...]] = (AGAIN, HARD, GOOD, EASY)
"""How well a card was remembered, the worst first."""

RIGHT_FROM: Final = 65
"""An answer of so many points is right."""

_HARD_FROM: Final = 45
_EASY_FROM: Final = 85
_LONGEST_NAMING: Final = 60
"""A longer text names nothing, whatever words are in it."""

_HAN: Final = re.compile(r"[\u3400-\u9fff]")

Key = tuple[str, str]
"""A type of objection and a method."""


@dataclass(frozen=True)
class Card:
    """What a trainee remembers of a pair: the days on which it is due and was asked last."""

    key: Key
    due: int
    asked: int


@dataclass(frozen=True)
class Miss:
    """Something that went wrong: which pair, as which kind of question to ask it again, on which day."""

    key: Key
    kind: str
    day: int

    def to_json(self) -> list[Any]:
        """Return it as plain JSON values."""
        return [*self.key, self.kind, self.day]

    @classmethod
    def from_json(cls, data: Sequence[Any]) -> Miss:
        """Build it from plain JSON values."""
        type_, method, kind, day = data
        return cls((str(type_), str(method)), str(kind), int(day))


@dataclass(frozen=True)
class Line:
    """A customer's line that a question may be about.

    Attributes:
        scenario, concern: where it comes from; empty where it is the taxonomy's example.
        raises: whether it says the objection for the first time, so that it is clear by itself.
    """

    type: str
    text: str
    product: str
    scenario: str = ""
    concern: str = ""
    raises: bool = True


@dataclass(frozen=True)
class Question:
    """What is asked next."""

    key: Key
    kind: str
    line: Line


def lines_of(scenarios: Iterable[Scenario], lang: str) -> dict[str, tuple[Line, ...]]:
    """Return what customers say in a language when they object, by type."""
    lines: dict[str, list[Line]] = {}
    for scenario in scenarios:
        opening = scenario.says.get("opening")
        for concern in scenario.concerns:
            first = opening.of(lang) if opening is not None and concern is scenario.main else ()
            said = [(text, True) for text in first]
            said += [(text, not first) for text in concern.states.of(lang)]
            lines.setdefault(concern.type, []).extend(
                Line(concern.type, text, scenario.product, scenario.id, concern.id, raises)
                for text, raises in said
            )
    return {type_: tuple(of) for type_, of in lines.items()}


def order_of_cards(
    cards: Sequence[Card], misses: Sequence[Miss], fits: Mapping[str, Sequence[str]], today: int
) -> tuple[Key, ...]:
    """Return all pairs in the order in which they are worth asking, each once.

    First what is due: cards whose day has come, and what was missed since it was last asked, most missed
    first. Then pairs that were never asked: each type's best method, then each type's second ... Last the
    cards that are not due, the next due first.
    """
    new = [
        (type_, methods[rank])
        for rank in range(max(map(len, fits.values()), default=0))
        for type_, methods in fits.items()
        if rank < len(methods)
    ]
    place = {key: n for n, key in enumerate(new)}
    known = {card.key: card for card in cards if card.key in place}
    fresh: dict[Key, list[int]] = {}
    for miss in misses:
        card = known.get(miss.key)
        if miss.key in place and (card is None or miss.day > card.asked):
            fresh.setdefault(miss.key, []).append(miss.day)
    days = {key: card.due for key, card in known.items()}
    due_days = {key: day for key, day in days.items() if day <= today}
    due_days.update({key: min(*of, days.get(key, today)) for key, of in fresh.items()})
    due = sorted(due_days, key=lambda key: (-len(fresh.get(key, ())), due_days[key], place[key]))
    rest = sorted((key for key in known if key not in due_days), key=lambda key: (days[key], place[key]))
    return tuple(dict.fromkeys((*due, *(key for key in new if key not in known), *rest)))


def kinds_of(key: Key, fits: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return the kinds of question that a pair can be asked in: only the best method can be asked for."""
    type_, method = key
    return KINDS if fits[type_][0] == method else (TYPE, ANSWER)


def next_question(
    cards: Sequence[Card],
    misses: Sequence[Miss],
    fits: Mapping[str, Sequence[str]],
    lines: Mapping[str, Sequence[Line]],
    *,
    today: int,
    seed: int,
    asked: Sequence[tuple[Key, str]],
) -> Question | None:
    """Return the next question of a drill, None where all lines have been asked.

    Args:
        asked: pairs and texts of this drill so far, in order. No text comes twice; no pair comes twice before
            all have come.
    """
    number, used = len(asked), {text for _, text in asked}
    times: dict[Key, int] = {}
    for key, _ in asked:
        times[key] = times.get(key, 0) + 1
    for key in sorted(order_of_cards(cards, misses, fits, today), key=lambda key: times.get(key, 0)):
        free = [line for line in lines.get(key[0], ()) if line.text not in used]
        if free:
            kind = _kind(key, misses, fits, seed + number)
            clear = [line for line in free if line.raises or kind == ANSWER] or free
            return Question(key, kind, clear[seed_of(seed, number, *key) % len(clear)])
    return None


def rating(correct: bool, score: int | None, *, by_method: bool = True) -> str:
    """Return how well a card was remembered.

    Args:
        score: of a free answer; None where something was named, which is either right or wrong.
        by_method: whether the answer used the method that was asked for; another one is hard at best.
    """
    if score is None:
        return GOOD if correct else AGAIN
    if score < _HARD_FROM:
        return AGAIN
    if score < RIGHT_FROM or not by_method:
        return HARD
    return GOOD if score < _EASY_FROM else EASY


def named(text: str, names: Mapping[str, Collection[str]]) -> str:
    """Return what a typed text names: the id itself, one of its names, or the only name that stands in it.

    Empty where it names nothing, or more than one thing.
    """
    if len(text) > _LONGEST_NAMING:
        return ""
    said = essence(text)
    exact = [id_ for id_, of in names.items() if said and said in {essence(name) for name in (id_, *of)}]
    if len(exact) == 1:
        return exact[0]
    lowered = text.casefold()
    held = [id_ for id_, of in names.items() if any(_stands_in(lowered, name.casefold()) for name in of)]
    return held[0] if len(held) == 1 and not exact else ""


def _stands_in(text: str, name: str) -> bool:
    if _HAN.search(name):
        return name in text
    return re.search(rf"(?<![a-z]){re.escape(name)}(?![a-z])", text) is not None


def _kind(key: Key, misses: Sequence[Miss], fits: Mapping[str, Sequence[str]], turn: int) -> str:
    """Return the kind in which a pair was missed last; otherwise the kinds take turns."""
    kinds = kinds_of(key, fits)
    missed = [miss for miss in misses if miss.key == key and miss.kind in kinds]
    if missed:
        return max(missed, key=lambda miss: miss.day).kind
    return kinds[turn % len(kinds)]
