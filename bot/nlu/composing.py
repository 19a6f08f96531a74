"""Combines what the heads say of a whole line and of its clauses into objections. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.coaching.reading import Nature, Objection
from bot.coaching.taxonomy import NONE, OBJECTION_LABELS, UNCLEAR
from bot.nlu.utterance import Span, adds


@dataclass(frozen=True)
class Thresholds:
    """When a type counts and when the coach asks; defaults and meanings stand in ReadingClassifier."""

    further_in_clause: float
    further_in_whole: float
    further_alone: float
    added_in_clause: float
    ask_below: float
    nature_from: float


@dataclass(frozen=True)
class Part:
    """A clause: where it stands, what the objection head and the nature head say of it."""

    span: Span
    shares: np.ndarray
    natures: np.ndarray


def find_types(
    shares: np.ndarray, parts: Sequence[Part], t: Thresholds
) -> list[tuple[int, float, Span | None]]:
    """Return (label index, confidence, clause) of each objection in a line, surest first; empty for `none`.

    The first is the best of the ranking; a further type must be sure in a clause and present in the whole
    line, or well present in the whole line, or the best of a clause that opens as a further point.
    """
    best = int(shares.argmax())
    if OBJECTION_LABELS[best] == NONE:
        return []
    added = {
        int(p.shares.argmax())
        for p in parts[1:]
        if adds(p.span.text) and float(p.shares.max()) >= t.added_in_clause
    }
    found = []
    for i, label in enumerate(OBJECTION_LABELS):
        if label == NONE:
            continue
        clause = max(parts, key=lambda p: float(p.shares[i]), default=None)
        inside = float(clause.shares[i]) if clause is not None and len(parts) > 1 else 0.0
        further = shares[i] >= t.further_alone or (
            inside >= t.further_in_clause and shares[i] >= t.further_in_whole
        )
        if i == best or further or i in added:
            confidence = (
                float(shares[i]) if i == best else max(float(shares[i]), min(inside, float(shares[best])))
            )
            found.append((i, confidence, clause.span if clause is not None else None))
    return sorted(found, key=lambda f: (f[0] != best, -f[1]))


def name_nature(
    shares: np.ndarray,
    classes: Sequence[str],
    cues: Sequence[tuple[str, str]],
    evidence: Sequence[str],
    nature_from: float,
) -> Nature:
    """Name a nature and the words that speak for it.

    Args:
        shares: probabilities of `classes` (genuine, false, hidden).
        cues: (nature, words) found in the objection's words by the lexicon.
        evidence: concrete things in them (money, a rival, a decider), signs of a genuine objection.
    """
    best = int(shares.argmax())
    nature, confidence = classes[best], float(shares[best])
    words = [w for n, w in cues if n == nature]
    if not words and nature == "genuine":
        words = list(evidence)
    if confidence < nature_from:
        return Nature(UNCLEAR, confidence, "")
    return Nature(nature, confidence, max(words, key=len, default=""))


def is_unsure(shares: np.ndarray, ask_below: float) -> bool:
    """Tell whether the coach should ask which of the best two was meant."""
    return float(shares.max()) < ask_below


def objections(
    shares: np.ndarray,
    parts: Sequence[Part],
    whole_natures: np.ndarray,
    nature_classes: Sequence[str],
    cues: Sequence[tuple[str, int, int]],
    entities: Sequence[dict[str, object]],
    text: str,
    t: Thresholds,
    taught: float = 0.0,
) -> list[Objection]:
    """Build the objections of a line: type, confidence, the clause that carries it, nature with its sign.

    Args:
        cues: (nature, start, end) in `text`.
        entities: Rasa entities with start and end in `text`.
        taught: how far the whole line's nature is what a lesson says of it, from 0 to 1. A lesson is about
            the objection that comes first; so far its clause, which nobody corrected, is not asked.
    """
    by_span = {p.span: p for p in parts}
    result = []
    for index, confidence, span in find_types(shares, parts, t):
        part = by_span.get(span) if span is not None else None
        start, end = (span.start, span.end) if span is not None else (0, len(text))
        natures = whole_natures
        if part is not None:
            alone = 0.0 if result else taught
            natures = alone * whole_natures + (1 - alone) * (whole_natures + part.natures) / 2
        near = [(n, text[a:z]) for n, a, z in cues if start <= a and z <= end]
        things = [
            text[a:z]
            for e in entities
            if (a := int(str(e["start"]))) >= start and (z := int(str(e["end"]))) <= end and z > a
        ]
        nature = name_nature(natures, nature_classes, near, things, t.nature_from)
        words = span.text if span is not None else text.strip()
        result.append(Objection(OBJECTION_LABELS[index], confidence, words, nature))
    return result
