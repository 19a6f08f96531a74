"""Texts in both languages, and how sentences are set into a line without a seam."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

SLOT: Final = re.compile(r"\{(\w*)\}")
"""A place in a line where a product's own words go."""

SENTENCE_SLOTS: Final[tuple[str, ...]] = (
    "concede",
    "outweigh",
    "reframe",
    "ask",
    "turn",
    "next",
    "fact",
    "proof",
)
"""Slots that take one or two whole sentences."""

INLINE_SLOTS: Final[tuple[str, ...]] = ("product", "claim")
"""Slots that stand inside a sentence or a quotation."""

SLOTS: Final[tuple[str, ...]] = (*SENTENCE_SLOTS, *INLINE_SLOTS)

_QUOTED: Final = 120
"""Longer quotations are cut."""

_BETWEEN: Final[Mapping[str, str]] = {"zh": "", "en": " "}
_SENTENCE_END: Final = re.compile(r"[.!?][\"'”’)]*\s*$")
_FAMILIAR: Final = re.compile("你(?!们)")
_SPACED_SLOT: Final = re.compile(r"\s*\{(" + "|".join(SENTENCE_SLOTS) + r")\}\s*")


@dataclass(frozen=True)
class Text:
    """The same thing said in Chinese and in English."""

    zh: str
    en: str

    def of(self, lang: str) -> str:
        """Return it in one language (`zh` or `en`)."""
        return self.zh if lang == "zh" else self.en


@dataclass(frozen=True)
class Lines:
    """Several ways of saying something, written for each language on its own."""

    zh: tuple[str, ...]
    en: tuple[str, ...]

    def of(self, lang: str) -> tuple[str, ...]:
        """Return them in one language (`zh` or `en`)."""
        return self.zh if lang == "zh" else self.en


def slots_of(template: str) -> tuple[str, ...]:
    """Return the slots of a template in their order, each once."""
    return tuple(dict.fromkeys(SLOT.findall(template)))


def fill(template: str, values: Mapping[str, str], lang: str) -> str:
    """Set the values into the template's slots.

    Sentences follow each other without a space in Chinese and with one in English, however the template
    spaces its slots; what stands inside a sentence gets a capital where it opens one in English. A slot
    without a value raises KeyError.
    """
    between = _BETWEEN[lang]
    spaced = _SPACED_SLOT.sub(lambda slot: between + "{" + slot[1] + "}" + between, template).strip()
    if lang == "en":
        spaced = re.sub(r" {2,}", " ", spaced)
    line = ""
    position = 0
    for slot in SLOT.finditer(spaced):
        line += spaced[position : slot.start()]
        position = slot.end()
        value = values[slot[1]].strip()
        if lang == "en" and slot[1] in INLINE_SLOTS and (not line or _SENTENCE_END.search(line)):
            value = value[:1].upper() + value[1:]
        line += value
    return line + spaced[position:]


def join(sentences: Iterable[str], lang: str) -> str:
    """Join whole sentences into one line, without a space in Chinese and with one in English."""
    return _BETWEEN[lang].join(part for part in (sentence.strip() for sentence in sentences) if part)


def insert(line: str, slot: str, value: str, lang: str) -> str:
    """Put words that somebody said into the slot of a line, in English with a capital where they open it."""
    mark = "{" + slot + "}"
    opens = lang == "en" and line.startswith(mark)
    return line.replace(mark, value[:1].upper() + value[1:] if opens else value)


def short(text: str) -> str:
    """Return a text, cut where it is too long to quote."""
    return text if len(text) <= _QUOTED else text[: _QUOTED - 1] + "…"


def address(line: str, *, polite: bool) -> str:
    """Return a Chinese line that addresses one person politely, or familiarly, throughout."""
    return _FAMILIAR.sub("您", line) if polite else line.replace("您", "你")
