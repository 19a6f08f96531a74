"""Whether one model is worse than another on the same labelled lines, and where. Pure.

A candidate is worse than the model in use if chance is an unlikely reason for what it lost:

- in a language, or in both, it gets lines wrong that the other got right, and so many more of them than the
  other way round that a fair coin would do so in less than 5 % of cases (exact one-sided McNemar test);
- macro F1 falls in more than 99 % of 2,000 samples drawn from the lines with replacement (paired bootstrap;
  at 95 % three lines lost and none won would be enough, which the coin does in one case of eight);
- one label's decisions ("is it this label?") fall by the same test at 1 %: there are many labels, and at 5 %
  one of them would fall by chance in most comparisons;
- accuracy or macro F1 over both languages falls by more than 1.5 points, whatever the reason, so that losses
  that chance might explain do not add up from one candidate to the next.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

SIGNIFICANT: Final = 0.05
SIGNIFICANT_LABEL: Final = 0.01
SIGNIFICANT_F1: Final = 0.01
MOST_LOST: Final = 0.015
SAMPLES: Final = 2000

BOTH: Final = "both"


@dataclass(frozen=True)
class Judged:
    """A line with the labels that it has, and those that the model in use and the candidate gave it."""

    lang: str
    right: frozenset[str]
    old: frozenset[str]
    new: frozenset[str]


@dataclass(frozen=True)
class Change:
    """How a measure, from 0 to 1, differs between the model in use and the candidate."""

    old: float
    new: float

    def to_json(self) -> dict[str, float]:
        """Return it as plain values."""
        return {"old": round(self.old, 4), "new": round(self.new, 4)}


@dataclass(frozen=True)
class Tally:
    """What changed in a set of lines.

    Attributes:
        lost: decisions that were right and are wrong now; won: the other way round.
        p: the chance that a fair coin loses so many of those, or more.
        share_below: in how many of the bootstrap's samples macro F1 fell.
    """

    n: int
    accuracy: Change
    macro_f1: Change
    lost: int
    won: int
    p: float
    share_below: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "n": self.n,
            "accuracy": self.accuracy.to_json(),
            "macro_f1": self.macro_f1.to_json(),
            "lost": self.lost,
            "won": self.won,
            "p": round(self.p, 4),
            "share_below": round(self.share_below, 4),
        }


@dataclass(frozen=True)
class LabelTally:
    """What changed for one label in one language or both."""

    support: int
    f1: Change
    lost: int
    won: int
    p: float

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "support": self.support,
            "f1": self.f1.to_json(),
            "lost": self.lost,
            "won": self.won,
            "p": round(self.p, 4),
        }


@dataclass(frozen=True)
class Worse:
    """A reason to refuse a candidate: `measure` is accuracy, macro_f1, label or total."""

    measure: str
    lang: str
    label: str
    change: Change

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {"measure": self.measure, "lang": self.lang, "label": self.label, **self.change.to_json()}


@dataclass(frozen=True)
class Comparison:
    """The model in use and the candidate on one set of lines, by language and by label."""

    by_lang: Mapping[str, Tally]
    by_label: Mapping[str, Mapping[str, LabelTally]]
    worse: tuple[Worse, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "by_lang": {lang: tally.to_json() for lang, tally in self.by_lang.items()},
            "by_label": {
                lang: {label: tally.to_json() for label, tally in labels.items()}
                for lang, labels in self.by_label.items()
            },
            "worse": [reason.to_json() for reason in self.worse],
        }


def compare(
    lines: Sequence[Judged], labels: Sequence[str], *, several: bool = False, most_lost: float = MOST_LOST
) -> Comparison:
    """Compare on lines; without any there is nothing to hold against the candidate.

    Args:
        most_lost: how far accuracy or macro F1 may fall where chance may explain it; of a few lines each one
            weighs points, so that 1 is the right value for these.
        several: a line may have several labels or none: each of them is a decision of its own. Otherwise a
            line is right as a whole or wrong.
    """
    right, old, new = (
        np.array([[label in getattr(line, side) for label in labels] for line in lines], bool).reshape(
            len(lines), len(labels)
        )
        for side in ("right", "old", "new")
    )
    langs = np.array([line.lang for line in lines], str)
    by_lang, by_label = {}, {}
    for lang in (BOTH, *sorted(set(langs.tolist()))):
        rows = np.full(len(lines), True) if lang == BOTH else langs == lang
        if rows.any():
            part = right[rows], old[rows], new[rows]
            by_lang[lang] = _tally(*part, several)
            by_label[lang] = _labels(*part, labels)
    return Comparison(by_lang, by_label, tuple(_reasons(by_lang, by_label, most_lost)))


def chance(lost: int, won: int) -> float:
    """Return the chance that of `lost + won` throws of a fair coin `lost` or more come out one way."""
    throws = lost + won
    return sum(math.comb(throws, heads) for heads in range(lost, throws + 1)) / 2**throws


def _tally(right: np.ndarray, old: np.ndarray, new: np.ndarray, several: bool) -> Tally:
    old_right, new_right = old == right, new == right
    if not several:
        old_right, new_right = old_right.all(1), new_right.all(1)
    lost, won = _counts(old_right, new_right)
    return Tally(
        n=len(right),
        accuracy=Change(float(old_right.mean()), float(new_right.mean())),
        macro_f1=Change(_macro_f1(right, old), _macro_f1(right, new)),
        lost=lost,
        won=won,
        p=chance(lost, won),
        share_below=_share_below(right, old, new),
    )


def _labels(
    right: np.ndarray, old: np.ndarray, new: np.ndarray, labels: Sequence[str]
) -> dict[str, LabelTally]:
    tallies = {}
    for place, label in enumerate(labels):
        support = int(right[:, place].sum())
        lost, won = _counts(old[:, place] == right[:, place], new[:, place] == right[:, place])
        if support or lost or won:
            column = right[:, place : place + 1]
            f1 = Change(_macro_f1(column, old[:, place : place + 1]), _macro_f1(column, new[:, [place]]))
            tallies[label] = LabelTally(support, f1, lost, won, chance(lost, won))
    return tallies


def _reasons(
    by_lang: Mapping[str, Tally], by_label: Mapping[str, Mapping[str, LabelTally]], most_lost: float
) -> list[Worse]:
    reasons = []
    for lang, tally in by_lang.items():
        if tally.p < SIGNIFICANT:
            reasons.append(Worse("accuracy", lang, "", tally.accuracy))
        if tally.share_below > 1 - SIGNIFICANT_F1:
            reasons.append(Worse("macro_f1", lang, "", tally.macro_f1))
        for label, found in by_label[lang].items():
            if found.p < SIGNIFICANT_LABEL:
                reasons.append(Worse("label", lang, label, found.f1))
    total = by_lang.get(BOTH)
    if total is not None:
        for change in (total.accuracy, total.macro_f1):
            if change.old - change.new > most_lost and not reasons:
                reasons.append(Worse("total", BOTH, "", change))
    return reasons


def _counts(old_right: np.ndarray, new_right: np.ndarray) -> tuple[int, int]:
    return int((old_right & ~new_right).sum()), int((~old_right & new_right).sum())


def _macro_f1(right: np.ndarray, given: np.ndarray) -> float:
    return float(_f1_of_samples(np.ones((1, len(right))), right, given)[0])


def _f1_of_samples(weights: np.ndarray, right: np.ndarray, given: np.ndarray) -> np.ndarray:
    """Return macro F1 over the labels that occur, for each row of how often every line was drawn."""
    hits = weights @ (right & given)
    support, answers = weights @ right, weights @ given
    sizes = support + answers
    f1 = np.where(sizes > 0, 2 * hits / np.maximum(sizes, 1), 0.0)
    occurs = support > 0
    means: np.ndarray = (f1 * occurs).sum(1) / np.maximum(occurs.sum(1), 1)
    return means


def _share_below(right: np.ndarray, old: np.ndarray, new: np.ndarray) -> float:
    """Return the share of samples in which the candidate's macro F1 is lower; the same for the same lines."""
    if (old == new).all():
        return 0.0
    draw = np.random.default_rng(len(right))
    weights = draw.multinomial(len(right), np.full(len(right), 1 / len(right)), SAMPLES).astype(float)
    lower = _f1_of_samples(weights, right, new) < _f1_of_samples(weights, right, old)
    return float(lower.mean())
