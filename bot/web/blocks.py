"""One message of the bot as the templates need it: its card, its words, its buttons, the marked sentence."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.coaching import advice

CARDS: Final = frozenset(
    {
        "sorted",
        "nature",
        "script",
        "telephone",
        "ask_type",
        "products",
        "correction",
        "notice",
        "text",
        "scenarios",
        "brief",
        "customer",
        "feedback",
        "tries",
        "hint",
        "demonstration",
        "score_card",
        "drill_question",
        "drill_result",
        "drill_end",
        "progress",
        "assignments",
    }
)
"""The kinds that have a template of their own; any other is shown as text."""

_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "sorted": ("objections",),
    "script": ("line", "method_name"),
    "scenarios": ("scenarios",),
    "brief": ("title",),
    "customer": ("line",),
    "feedback": ("reply",),
    "tries": ("tries",),
    "hint": ("text",),
    "demonstration": ("methods",),
    "score_card": ("outcome",),
    "drill_question": ("line", "kind"),
    "drill_result": ("kind",),
    "drill_end": ("rows",),
    "progress": ("types",),
    "assignments": ("assignments",),
}
"""What a card cannot do without; a message that lacks it is shown as text."""

_HAN: Final = re.compile("[\u3400-\u9fff]")
_LATIN: Final = re.compile("[A-Za-z]")


@dataclass(frozen=True)
class Block:
    """One message: what kind of card it is, its text, its data, its buttons, its language."""

    card: str
    text: str
    data: Mapping[str, Any]
    buttons: tuple[Mapping[str, str], ...]
    lang: str


@dataclass(frozen=True)
class Segment:
    """A piece of a sentence; `mark` is the number (from 1) of the objection that it carries, else 0."""

    text: str
    mark: int = 0


def typed_lang(text: str, default: str) -> str:
    """Return the language that a text is written in, as far as its letters tell."""
    if _HAN.search(text):
        return "zh"
    return "en" if _LATIN.search(text) else default


def block(
    *, kind: str, text: str, data: Mapping[str, Any], buttons: Iterable[Mapping[str, str]], lang: str
) -> Block:
    """Build a block; `lang` is the page's, the data may say that the answer is in another one."""
    said = data.get("lang")
    return Block(
        card=kind if kind in CARDS and all(data.get(key) for key in _NEEDED.get(kind, ())) else "text",
        text=text,
        data=data,
        buttons=tuple(button for button in buttons if button.get("title") and button.get("payload")),
        lang=said if said in ("zh", "en") else lang,
    )


def pick(value: Any, lang: str) -> str:
    """Return a text in a language: a plain one as it is, one by language in that language or another."""
    if isinstance(value, Mapping):
        return str(value.get(lang) or next((text for text in value.values() if text), ""))
    return "" if value is None else str(value)


def sureness(confidence: Any) -> str:
    """Return the key of the words for a confidence from 0 to 1."""
    return advice.sureness(_number(confidence))


def percent(confidence: Any) -> int:
    """Return a confidence as a whole percentage from 0 to 100."""
    return round(100 * min(1.0, max(0.0, _number(confidence))))


def segments(text: str, spans: Sequence[str]) -> tuple[Segment, ...]:
    """Cut a sentence so that each span is a piece of its own, marked with its number.

    Spans are looked for in order, from where the one before was found; where two overlap the first wins, and
    a span that is not in the sentence is left out.
    """
    owner = [0] * len(text)
    place = 0
    for number, span in enumerate(spans, start=1):
        found = _find_free(text, span, place, owner)
        if found < 0:
            continue
        owner[found : found + len(span)] = [number] * len(span)
        place = found + len(span)
    pieces: list[Segment] = []
    begin = 0
    for end in range(1, len(text) + 1):
        if end == len(text) or owner[end] != owner[begin]:
            pieces.append(Segment(text[begin:end], owner[begin]))
            begin = end
    return tuple(pieces)


def payload_values(payload: str) -> Mapping[str, Any]:
    """Return the values that a button's payload carries; none if it carries no JSON object."""
    begin = payload.find("{")
    if begin < 0:
        return {}
    try:
        values = json.loads(payload[begin:])
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}


def payload(intent: str, **values: Any) -> str:
    """Return what a button carries for a command with its values."""
    return f"/{intent}{json.dumps(values, ensure_ascii=False)}"


def in_command(payload: str, intent: str) -> bool:
    """Whether a button's payload is a command."""
    return payload.partition("{")[0].strip() == f"/{intent}"


def carries(payload: str, key: str) -> bool:
    """Whether a button's payload carries a value."""
    return key in payload_values(payload)


def clock(seconds: Any) -> str:
    """Return seconds as minutes and seconds."""
    left = max(0, round(_number(seconds)))
    return f"{left // 60}:{left % 60:02}"


def options(items: Sequence[Mapping[str, Any]], key: str, lang: str) -> tuple[tuple[str, str], ...]:
    """Return the values that items have under a key, each once, with the names that `<key>_name` gives."""
    found = {str(item[key]): pick(item.get(f"{key}_name"), lang) for item in items if item.get(key)}
    return tuple(sorted((value, name) for value, name in found.items() if name))


def _find_free(text: str, span: str, place: int, owner: Sequence[int]) -> int:
    if not span:
        return -1
    for start in (place, 0):
        found = text.find(span, start)
        while found >= 0:
            if not any(owner[found : found + len(span)]):
                return found
            found = text.find(span, found + 1)
    return -1


def _number(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else 0.0
