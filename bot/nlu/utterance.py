"""What can be told of an utterance without a model: its language, who speaks, and its clauses."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

CUSTOMER = "customer"
SELLER = "seller"
REPLY_MARK = "|||"
"""Separates what the customer said from the seller's reply, in training lines and tests."""

CONTEXT = "context"
SIDE = "side"
LANG = "lang"
SPOKEN = "spoken"
PARTS = "parts"

MAX_CHARACTERS = 400
"""Longer utterances are read up to here; the rest is on record but does not change the reading."""

MAX_REPLY_CHARACTERS = 1200
"""Longer replies are assessed up to here, and are too long anyway."""

_CJK = re.compile(r"[㐀-䶿一-鿿豈-﫿]")
_WORD = re.compile(r"[A-Za-z]+")
_BREAK = re.compile(r"[。！？!?；;\n]+|(?<!\d)[.](?=\s|$)|[，,、:：—]+|\s[-–]\s|\.{3,}|…+")
_CONNECTIVE_ZH = re.compile(
    r"(?<=.{4})(而且|再说了?|再加上|另外|还有就是|不过|但是|可是|只是|况且|关键是|主要是)"
)
_CONNECTIVE_EN = re.compile(
    r"(?<=.{8})\s(?=(?:and besides|besides|and also|plus|but|and i|and we|and my|and the|although|also"
    r"|anyway|cause|because)\b)",
    re.IGNORECASE,
)
_ADDITIVE = re.compile(
    r"(而且|再说|再加上|另外|还有|况且|并且|加上|何况|再者|还得"
    r"|(?:and|plus|besides|also|anyway|on top of|not to mention|what's more)\b)",
    re.IGNORECASE,
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_SENTENCE = re.compile(r"[。！？!?；;\n]+[”’\"')）]*|(?<!\d)\.(?=\s|$)[”’\"')]*|…+")
_MARKS = re.compile(r"\[([a-z_ ]*)\]\s?")
_MOST_PIECES = 12
_SHORTEST = {"zh": 4, "en": 10}
_MOST = 6


@dataclass(frozen=True)
class Marked:
    """A part `text[start:end]` of a training reply, with its marks (steps of LSCPA and faults)."""

    start: int
    end: int
    marks: tuple[str, ...]


@dataclass(frozen=True)
class Span:
    """A part `text[start:end]` of an utterance."""

    text: str
    start: int
    end: int


def language_of(text: str, fallback: str = "en") -> str:
    """Return `zh` or `en`: a Chinese character weighs as much as a third of an English word."""
    chinese, words = len(_CJK.findall(text)), len(_WORD.findall(text))
    if not chinese and not words:
        return fallback
    return "zh" if chinese * 3 >= words else "en"


def read_sides(text: str, metadata: Mapping[str, Any] | None = None) -> tuple[str, str, str]:
    """Tell who speaks and what was said before.

    Args:
        text: an utterance, or `customer ||| reply`.
        metadata: `side` (customer or seller) and `objection` (the customer's line that a reply answers).

    Returns:
        (side, context, spoken); the context is empty for a customer's line.
    """
    metadata = metadata or {}
    if REPLY_MARK in text:
        context, _, spoken = text.partition(REPLY_MARK)
        return SELLER, context.strip(), spoken.strip()
    context = str(metadata.get("objection") or "").strip()
    side = SELLER if metadata.get(SIDE) == SELLER or context else CUSTOMER
    return side, context if side == SELLER else "", text


def annotate(message: Message, marked: bool = False) -> None:
    """Put side, context, spoken text and language on a message, once; of training data also the marks."""
    if message.get(SPOKEN) is not None:
        return
    metadata = message.get("metadata") or {}
    side, context, spoken = read_sides(readable(message.get(TEXT) or ""), metadata)
    if marked and side == SELLER and context:
        spoken, parts = read_marks(spoken)
        message.set(PARTS, parts)
    message.set(SIDE, side)
    message.set(CONTEXT, context[:MAX_CHARACTERS])
    message.set(SPOKEN, spoken[: MAX_CHARACTERS if side == CUSTOMER else MAX_REPLY_CHARACTERS])
    message.set(LANG, language_of(spoken, str(metadata.get(LANG) or "en")), add_to_output=True)


def is_lesson(example: Message) -> bool:
    """Tell whether a training example comes from a trainer's correction: its metadata names `lessons`."""
    metadata = example.get("metadata") or {}
    return bool((metadata.get("example") or {}).get("lessons"))


def readable(text: str) -> str:
    """Return text that every library takes: lone surrogates become a replacement character."""
    return _SURROGATE.sub("\ufffd", text)


def adds(clause: str) -> bool:
    """Tell whether a clause opens as a further point ("and", "besides", 而且, 再说)."""
    return _ADDITIVE.match(clause) is not None


def split_clauses(text: str, lang: str) -> list[Span]:
    """Cut an utterance into clauses at punctuation and at connectives; too short ones join their neighbour.

    Returns:
        At most six spans in order; one span for a simple utterance, none for an empty one.
    """
    cuts = {0, len(text)}
    for match in _BREAK.finditer(text):
        cuts.add(match.end())
    for match in (_CONNECTIVE_ZH if lang == "zh" else _CONNECTIVE_EN).finditer(text):
        cuts.add(match.start())
    edges = sorted(cuts)
    spans: list[Span] = []
    start = 0
    for end in edges[1:]:
        part = text[start:end]
        if len(part.strip()) < _SHORTEST[lang] and end != len(text):
            continue
        spans.append(_trim(text, start, end))
        start = end
    if len(spans) > 1 and len(spans[-1].text) < _SHORTEST[lang]:
        tail = spans.pop()
        spans[-1] = _trim(text, spans[-1].start, tail.end)
    while len(spans) > _MOST:
        i = min(range(len(spans) - 1), key=lambda k: spans[k + 1].end - spans[k].start)
        spans[i : i + 2] = [_trim(text, spans[i].start, spans[i + 1].end)]
    return [s for s in spans if s.text]


def split_pieces(text: str) -> list[Span]:
    """Cut a seller's reply into its sentences; at most twelve, what follows belongs to the last one."""
    spans: list[Span] = []
    start = 0
    for match in _SENTENCE.finditer(text):
        if len(spans) < _MOST_PIECES - 1 and len(text[start : match.end()].strip()) > 1:
            spans.append(_strip(text, start, match.end()))
            start = match.end()
    spans.append(_strip(text, start, len(text)))
    return [span for span in spans if span.text]


def read_marks(text: str) -> tuple[str, tuple[Marked, ...]]:
    """Take the marks out of a training reply: `[listen share] words [clarify] more words`.

    Returns:
        The reply as it was said, and its marked parts; a reply without marks has none.
    """
    found = list(_MARKS.finditer(text))
    if not found:
        return text, ()
    said = text[: found[0].start()]
    parts = []
    for place, match in enumerate(found):
        end = found[place + 1].start() if place + 1 < len(found) else len(text)
        start = len(said)
        said += text[match.end() : end]
        parts.append(Marked(start, len(said), tuple(match[1].split())))
    return said, tuple(parts)


def marks_of(span: Span, parts: Sequence[Marked]) -> tuple[str, ...]:
    """Return the marks of a sentence: of the parts that lie in it, or fill it, by half at least."""
    marks: dict[str, None] = {}
    for part in parts:
        shared = min(span.end, part.end) - max(span.start, part.start)
        if shared > 0 and 2 * shared >= min(part.end - part.start, span.end - span.start):
            marks.update(dict.fromkeys(part.marks))
    return tuple(marks)


def _strip(text: str, start: int, end: int) -> Span:
    part = text[start:end]
    left, right = len(part) - len(part.lstrip()), len(part.rstrip())
    return Span(part[left:right], start + left, start + max(left, right))


def _trim(text: str, start: int, end: int) -> Span:
    """Return the span without spaces and separators at its ends."""
    part = text[start:end]
    left = len(part) - len(part.lstrip(" \t\n，,、；;:：—-–"))
    right = len(part.rstrip(" \t\n，,、；;:：—-–"))
    return Span(part[left:right], start + left, start + max(left, right))
