"""Assessing a seller's reply in the open: every point that is given or taken has a rule and words.

The model marks the pieces of a reply with the steps of LSCPA and with faults; the rubric (content, versioned)
says from which confidence a mark counts and what it is worth. What a reply does wrong by its form is told
here without a model.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bot.coaching.reading import Piece, Ranking, Reading
from bot.coaching.taxonomy import FAULTS, FORM_FAULTS, MANNER_FAULTS, NONE, STEPS

START: Final = "start"
"""The rule for what every reply begins with."""

METHOD: Final = "method"
"""The rule for using one of the six methods."""

LIMIT: Final = "limit"
"""The rule that keeps a score between 0 and 100."""

_WORDS: Final = re.compile(r"[a-z0-9']+|[\u3400-\u9fff]", re.IGNORECASE)
_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_SPLIT: Final = re.compile(r"[^a-z0-9\u3400-\u9fff]+", re.IGNORECASE)
_SHORT: Final[Mapping[str, int]] = {"zh": 4, "en": 2}
_PARROT: Final = 0.9
_CUE_SHARE: Final = 0.75
"""A phrase that shows a fault counts as much as a model that is so sure of it."""


@dataclass(frozen=True)
class Rule:
    """A line of the rubric: what it is worth, and the confidence from which the model's mark counts."""

    id: str
    points: int
    counts_from: float = 0.5
    cues: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    """By language: phrases that show it whatever the model says of them (domain.md section 8)."""


@dataclass(frozen=True)
class Rubric:
    """The rules of one version; a session keeps the version that it was scored with.

    Attributes:
        rules: by id: `start`, `method`, the steps and the faults.
        long: characters (zh) and words (en) from which a reply is too long.
        coverage: the share of a dialogue's score that the steps shown anywhere in it make up.
    """

    version: str
    rules: Mapping[str, Rule]
    long: Mapping[str, int]
    coverage: float


@dataclass(frozen=True)
class Evidence:
    """One point of an assessment: `text` stands at `start` to `end` of the reply.

    Attributes:
        rule: `start`, `method`, a step, a fault or `limit`.
        points: given (above 0) or taken (below 0).
        confidence: how sure the model is of it; 1 where it is a matter of form.
    """

    rule: str
    start: int
    end: int
    text: str
    points: int
    confidence: float = 1.0

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {
            "rule": self.rule,
            "span": [self.start, self.end],
            "text": self.text,
            "points": self.points,
            "confidence": round(self.confidence, 3),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Evidence:
        """Build it from plain JSON values."""
        start, end = data["span"]
        return cls(
            str(data["rule"]),
            int(start),
            int(end),
            str(data["text"]),
            int(data["points"]),
            float(data.get("confidence", 1.0)),
        )


@dataclass(frozen=True)
class Assessment:
    """What a reply shows.

    Attributes:
        technique: one of the six methods or `none`.
        steps: those of LSCPA that it shows, in their order; faults: what it does wrong, in their order.
        evidence: adds up to the score (0 to 100).
    """

    technique: str
    confidence: float
    steps: tuple[str, ...]
    faults: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    score: int
    rubric: str

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {
            "technique": self.technique,
            "technique_confidence": round(self.confidence, 4),
            "lscpa": list(self.steps),
            "violations": list(self.faults),
            "evidence": [item.to_json() for item in self.evidence],
            "score": self.score,
            "rubric": self.rubric,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Assessment:
        """Build it from plain JSON values."""
        return cls(
            str(data["technique"]),
            float(data["technique_confidence"]),
            tuple(data["lscpa"]),
            tuple(data["violations"]),
            tuple(Evidence.from_json(item) for item in data["evidence"]),
            int(data["score"]),
            str(data["rubric"]),
        )


def assess_reading(
    reading: Reading,
    rubric: Rubric,
    *,
    lang: str,
    customer: str = "",
    earlier: Collection[str] = (),
    known: Collection[str] = (),
) -> Assessment:
    """Assess one reply as the NLU read it; the places of the evidence are counted in the reading's text.

    Args:
        lang: the language of the talk; the others as `assess_reply` takes them.
    """
    return assess_reply(
        reading.text,
        reading.pieces,
        reading.technique_ranking,
        rubric,
        lang=lang,
        reply_lang=reading.lang,
        customer=customer,
        earlier=earlier,
        known=known,
    )


def assess_reply(
    text: str,
    pieces: Sequence[Piece],
    techniques: Ranking,
    rubric: Rubric,
    *,
    lang: str,
    reply_lang: str,
    customer: str = "",
    earlier: Collection[str] = (),
    known: Collection[str] = (),
) -> Assessment:
    """Assess one reply to one line of a customer.

    Args:
        text: the reply as typed.
        pieces: its sentences with the model's marks.
        techniques: the ranking of methods.
        lang: the language of the talk; reply_lang: that of the reply.
        customer: the line that it answers.
        earlier: `essence` of the seller's earlier replies in this talk.
        known: `essence` of the model answers that the seller has been shown.
    """
    faults = _faults_of_form(text, rubric, lang, reply_lang, customer, earlier, known)
    technique, confidence = techniques[0] if techniques else (NONE, 1.0)
    evidence = [_point(rubric, START, text, 0, len(text), 1.0)]
    speechless = {"wordless", "other_language", "parrot"} & faults
    if speechless:
        technique, confidence, marks = NONE, 1.0, {}
    else:
        marks = _marks(pieces, rubric, lang)
    if technique != NONE:
        piece = _piece_of_method(pieces, technique)
        start, end = (piece.start, piece.end) if piece else (0, len(text))
        evidence.append(_point(rubric, METHOD, text, start, end, confidence))
    for mark in (*STEPS, *MANNER_FAULTS):
        if mark in marks:
            piece, share = marks[mark]
            evidence.append(_point(rubric, mark, text, piece.start, piece.end, share))
    for fault in FORM_FAULTS:
        if fault in faults:
            evidence.append(_point(rubric, fault, text, 0, len(text), 1.0))
    total = sum(item.points for item in evidence)
    score = min(100, max(0, total))
    if score != total:
        evidence.append(Evidence(LIMIT, 0, len(text), text, score - total))
    return Assessment(
        technique=technique,
        confidence=confidence,
        steps=tuple(step for step in STEPS if step in marks),
        faults=tuple(fault for fault in FAULTS if fault in marks or fault in faults),
        evidence=tuple(evidence),
        score=score,
        rubric=rubric.version,
    )


def score_dialogue(turns: Sequence[Assessment], rubric: Rubric) -> int:
    """Return the score of a whole talk, 0 to 100.

    It weighs its replies on average with the share of the five steps shown anywhere in it; a talk without
    replies has 0.
    """
    if not turns:
        return 0
    mean = sum(turn.score for turn in turns) / len(turns)
    shown = {step for turn in turns for step in turn.steps}
    covered = 100 * len(shown) / len(STEPS) * math.sqrt(mean / 100)
    return round((1 - rubric.coverage) * mean + rubric.coverage * covered)


def essence(text: str) -> str:
    """Return a text without spaces, punctuation and capitals, to tell whether two are the same."""
    return _SPLIT.sub("", text).casefold()


def _marks(pieces: Sequence[Piece], rubric: Rubric, lang: str) -> dict[str, tuple[Piece, float]]:
    """Return each mark that counts, with the piece that shows it best."""
    best: dict[str, tuple[Piece, float]] = {}
    for piece in pieces:
        for mark, told in piece.marks.items():
            rule = rubric.rules.get(mark)
            cue = rule.cues.get(lang) if rule is not None else None
            share = max(told, _CUE_SHARE) if cue is not None and cue.search(piece.text) else told
            if rule is not None and share >= rule.counts_from and share > best.get(mark, (piece, 0.0))[1]:
                best[mark] = (piece, share)
    return best


def _piece_of_method(pieces: Sequence[Piece], technique: str) -> Piece | None:
    """Return the piece in which a method lies: the question of an inquiry, the case that others present."""
    mark = "clarify" if technique == "inquiry" else "present"
    return max(pieces, key=lambda piece: piece.marks.get(mark, 0.0), default=None)


def _point(rubric: Rubric, rule: str, text: str, start: int, end: int, confidence: float) -> Evidence:
    return Evidence(rule, start, end, text[start:end], rubric.rules[rule].points, confidence)


def _faults_of_form(
    text: str,
    rubric: Rubric,
    lang: str,
    reply_lang: str,
    customer: str,
    earlier: Collection[str],
    known: Collection[str],
) -> frozenset[str]:
    words = _WORDS.findall(text)
    if not words:
        return frozenset({"wordless"})
    faults = set()
    if reply_lang != lang and len(words) >= 2:
        faults.add("other_language")
    if len(words) <= _SHORT[lang]:
        faults.add("too_short")
    size = len(_HAN.findall(text)) if lang == "zh" else len(words)
    if size > rubric.long[lang]:
        faults.add("too_long")
    said = essence(text)
    if customer and _alike(said, essence(customer)):
        faults.add("parrot")
    elif said in earlier:
        faults.add("repeat")
    elif said in known:
        faults.add("copied")
    return frozenset(faults)


def _alike(said: str, other: str) -> bool:
    """Tell whether a reply says a line back: the same, or nearly all of it and nothing besides."""
    if not said or not other:
        return False
    return (
        said == other
        or (said in other and len(said) >= _PARROT * len(other))
        or (other in said and len(other) >= _PARROT * len(said))
    )
