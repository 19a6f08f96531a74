"""Reading the bot's lines for Slack, whatever they hold, and the words of Slack's cards.  Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bot.channels.slack_text import escape
from bot.content.phrases import Phrases

LANGS: Final = ("zh", "en")
MINUS: Final = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Tongue:
    """Says the labels of Slack's cards in one language; values are escaped, the texts are mrkdwn."""

    phrases: Phrases
    lang: str

    def __call__(self, key: str, **values: object) -> str:
        """Return a text with its values."""
        return self.phrases(key, **{name: escape(str(value)) for name, value in values.items()})

    def count(self, key: str, n: int) -> str:
        """Return a text about a number of things."""
        return self(f"{key}.{'one' if n == 1 else 'other'}", n=n)

    def maybe(self, key: str, **values: object) -> str:
        """Return a text, or an empty one for a key that does not exist."""
        return self(key, **values) if key in self.phrases.keys else ""


@dataclass(frozen=True)
class Values:
    """What a line's data hold, read as what a card needs; what is missing or of another kind is empty."""

    held: Mapping[str, Any]
    lang: str

    def text(self, key: str) -> str:
        """Return a text, in the line's language where it comes in both."""
        value = self.held.get(key)
        if isinstance(value, Mapping):
            value = value.get(self.lang) or next((text for text in value.values() if text), "")
        return str(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""

    def number(self, key: str) -> int | None:
        """Return a whole number, None for none."""
        value = self.held.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def share(self, key: str) -> float:
        """Return a number between 0 and 1."""
        value = self.held.get(key)
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            return 0.0
        return min(1.0, max(0.0, float(value)))

    def flag(self, key: str) -> bool:
        """Whether something is so."""
        return self.held.get(key) is True

    def one(self, key: str) -> Values:
        """Return the values of something that is inside."""
        value = self.held.get(key)
        return Values(value if isinstance(value, Mapping) else {}, self.lang)

    def items(self, key: str) -> list[Values]:
        """Return the values of each thing in a list."""
        value = self.held.get(key)
        kept = value if isinstance(value, (list, tuple)) else ()
        return [Values(item, self.lang) for item in kept if isinstance(item, Mapping)]

    def texts(self, key: str) -> list[str]:
        """Return a list of texts, each in the line's language."""
        value = self.held.get(key)
        kept = value if isinstance(value, (list, tuple)) else ()
        return [text for text in (Values({"": item}, self.lang).text("") for item in kept) if text]


@dataclass(frozen=True)
class Line:
    """One of the bot's lines: its kind, its text, its data, its buttons, and the words to draw it with."""

    kind: str
    text: str
    data: Values
    tongue: Tongue
    buttons: tuple[Mapping[str, str], ...] = field(default=())

    def without(self, payloads: Iterable[str]) -> tuple[Mapping[str, str], ...]:
        """Return the buttons but those with one of the payloads."""
        left_out = set(payloads)
        return tuple(button for button in self.buttons if button["payload"] not in left_out)

    def saying(self, *intents: str) -> tuple[Mapping[str, str], ...]:
        """Return the buttons that carry one of the commands."""
        return tuple(button for button in self.buttons if intent_of(button["payload"]) in intents)

    def not_saying(self, *intents: str) -> tuple[Mapping[str, str], ...]:
        """Return the buttons that carry none of the commands."""
        return tuple(button for button in self.buttons if intent_of(button["payload"]) not in intents)


def read_line(line: Mapping[str, Any], tongues: Mapping[str, Tongue], lang: str) -> Line:
    """Read a line as the channel writes it (`messages.to_line`).

    Args:
        lang: the language where the line itself does not say which it is in.
    """
    data = line.get("data")
    held: Mapping[str, Any] = data if isinstance(data, Mapping) else {}
    said = held.get("lang")
    lang = said if said in LANGS else lang
    buttons = tuple(
        {"title": str(button["title"]), "payload": str(button["payload"])}
        for button in line.get("buttons") or ()
        if button.get("title") and button.get("payload")
    )
    kind, text = str(line.get("kind") or "text"), str(line.get("text") or "")
    return Line(kind, text, Values(held, lang), tongues[lang], buttons)


def intent_of(payload: str) -> str:
    """Return the command that a payload carries."""
    return payload.partition("{")[0].strip().lstrip("/")


def values_of(payload: str) -> Mapping[str, Any]:
    """Return the values that a payload carries; none if it carries no JSON object."""
    begin = payload.find("{")
    if begin < 0:
        return {}
    try:
        values = json.loads(payload[begin:])
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}


def signed(points: int | None) -> str:
    """Return points with their sign."""
    number = points or 0
    return f"+{number}" if number > 0 else str(number).replace("-", MINUS)
