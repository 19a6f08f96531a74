"""What can be told of a reply without a model: the day it proposes, words to take up, what it asks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.coaching.assessment import Assessment
from bot.coaching.reading import Piece
from bot.coaching.scenario import Scenario
from bot.coaching.talk import Move

_CLAUSE: Final = re.compile(r"[^，。！？；：、,.!?;:—“”\"()（）\n]+")
_LONGEST: Final[Mapping[str, int]] = {"zh": 12, "en": 7}
_SHORTEST: Final[Mapping[str, int]] = {"zh": 4, "en": 2}
_NAMES: Final = re.compile(r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|(?!The\b)[A-Z][a-z]+ (?:the )?\d")
"""Days and dates that keep their capital inside a sentence."""
_HAN: Final = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True)
class Signals:
    """Patterns by language.

    Attributes:
        date: a day with or without its hour, as a seller proposes it.
        question: anything that asks.
        telling: words worth taking up, such as figures.
    """

    date: Mapping[str, re.Pattern[str]]
    question: Mapping[str, re.Pattern[str]]
    telling: Mapping[str, re.Pattern[str]]


def read_move(
    text: str,
    pieces: Sequence[Piece],
    assessment: Assessment,
    scenario: Scenario,
    signals: Signals,
    lang: str,
) -> Move:
    """Return what a reply does to this customer.

    Args:
        text: the reply as typed; pieces: its sentences.
        lang: the language of the talk.
    """
    lowered = text.casefold()
    meets = frozenset(
        concern.id for concern in scenario.concerns if _holds(lowered, concern.dissolves.of(lang), lang)
    )
    dates = [_inside(found[0].strip()) for found in signals.date[lang].finditer(text)]
    questions = [piece.text.casefold() for piece in pieces if signals.question[lang].search(piece.text)]
    cues = [cue for concern in scenario.concerns for cue in concern.dissolves.of(lang)]
    return Move(
        technique=assessment.technique,
        steps=frozenset(assessment.steps),
        faults=frozenset(assessment.faults),
        meets=meets,
        words=_words_to_echo(text, pieces, cues, signals, lang),
        date=max(dates, key=len, default=""),
        question=_asked_about(questions, scenario, lang),
        asks=bool(questions),
    )


def _inside(date: str) -> str:
    """Return a proposed day as it stands inside a sentence: "Tomorrow at two" begins with a small letter."""
    return date if _NAMES.match(date) else date[:1].lower() + date[1:]


def _holds(lowered: str, cues: Sequence[str], lang: str) -> bool:
    """Tell whether a text holds one of the cues: in Chinese anywhere, in English at a word's beginning."""
    if lang == "zh":
        return any(cue.casefold() in lowered for cue in cues)
    return any(re.search(r"(?<![a-z0-9])" + re.escape(cue.casefold()), lowered) for cue in cues)


def _asked_about(questions: Sequence[str], scenario: Scenario, lang: str) -> int:
    """Return the number of the fact that a question is about, the one with most cues; -1 for none."""
    best, most = -1, 0
    for number, fact in enumerate(scenario.knows):
        hits = sum(_holds(question, (cue,), lang) for question in questions for cue in fact.cues.of(lang))
        if hits > most:
            best, most = number, hits
    return best


def _words_to_echo(
    text: str, pieces: Sequence[Piece], cues: Sequence[str], signals: Signals, lang: str
) -> str:
    """Return a short clause that carries the reply's point: a figure, or words that meet a concern."""
    for piece in sorted(pieces, key=lambda piece: -piece.marks.get("present", 0.0)):
        for found in _CLAUSE.finditer(piece.text):
            clause = found[0].strip()
            size = len(_HAN.findall(clause)) if lang == "zh" else len(clause.split())
            if not _SHORTEST[lang] <= size <= _LONGEST[lang]:
                continue
            if signals.question[lang].search(clause):
                continue
            if signals.telling[lang].search(clause) or _holds(clause.casefold(), cues, lang):
                return clause
    return ""
