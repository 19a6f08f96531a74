"""Scoring labelled lines: reading and checking their files, and the measures. Pure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.coaching.taxonomy import LANGS, OBJECTION_LABELS, TECHNIQUE_LABELS

OBJECTION: Final = "objection"
TECHNIQUE: Final = "technique"
LABELS: Final[Mapping[str, tuple[str, ...]]] = {OBJECTION: OBJECTION_LABELS, TECHNIQUE: TECHNIQUE_LABELS}
"""The labels of each task."""

BINS: Final = 10


@dataclass(frozen=True)
class Example:
    """A labelled line; `accepted` holds the further labels that lenient scoring takes."""

    text: str
    lang: str
    label: str
    accepted: tuple[str, ...] = ()
    objection: str = ""


@dataclass(frozen=True)
class LineFault:
    """What is wrong with a line (counted from 1): a code, and the details of the code's sentence."""

    line: int
    code: str
    details: tuple[tuple[str, str], ...] = ()


class FaultyFile(ValueError):
    """A file that cannot be scored; `fault` is the first thing wrong with it."""

    def __init__(self, fault: LineFault) -> None:
        """Take the fault."""
        super().__init__(f"line {fault.line}: {fault.code}")
        self.fault = fault


@dataclass(frozen=True)
class Answer:
    """What was predicted for a line."""

    label: str
    confidence: float


@dataclass(frozen=True)
class Bin:
    """The answers with a confidence from `low` up to `high`."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Scores:
    """The measures of one set of lines."""

    n: int
    accuracy: float
    lenient_accuracy: float
    macro_f1: float
    ece: float

    def to_json(self) -> dict[str, Any]:
        """Return them as plain values."""
        return {
            "n": self.n,
            "accuracy": self.accuracy,
            "lenient_accuracy": self.lenient_accuracy,
            "macro_f1": self.macro_f1,
            "ece": self.ece,
        }


@dataclass(frozen=True)
class LabelScores:
    """How well one label is found."""

    precision: float
    recall: float
    f1: float
    support: int

    def to_json(self) -> dict[str, Any]:
        """Return them as plain values."""
        return {"precision": self.precision, "recall": self.recall, "f1": self.f1, "support": self.support}


@dataclass(frozen=True)
class Evaluation:
    """Everything that is known of how a set of lines was answered."""

    task: str
    scores: Scores
    by_lang: Mapping[str, Scores]
    by_label: Mapping[str, LabelScores]
    confusion: Mapping[str, Mapping[str, int]]
    bins: tuple[Bin, ...]
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values: the result of `dojo evaluate --json`."""
        return {
            "task": self.task,
            **self.scores.to_json(),
            "by_lang": {lang: scores.to_json() for lang, scores in self.by_lang.items()},
            "by_label": {label: scores.to_json() for label, scores in self.by_label.items()},
            "confusion": {label: dict(row) for label, row in self.confusion.items()},
            "seconds": self.seconds,
        }


def read_examples(data: bytes, task: str) -> list[Example]:
    """Read a file's content, one JSON object a line; blank lines are passed over. Raises FaultyFile."""
    examples = []
    for number, raw in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        try:
            line = raw.decode("utf-8").strip()
        except UnicodeDecodeError as error:
            raise _faulty(number, "not_utf8") from error
        if line:
            examples.append(_read_line(line, number, LABELS[task]))
    if not examples:
        raise _faulty(1, "no_lines")
    return examples


def evaluate(task: str, examples: Sequence[Example], answers: Sequence[Answer], seconds: float) -> Evaluation:
    """Score answers to lines, in the same order."""
    pairs = list(zip(examples, answers, strict=True))
    confusion = _confusion(pairs, LABELS[task])
    langs = [lang for lang in LANGS if any(example.lang == lang for example in examples)]
    return Evaluation(
        task=task,
        scores=_scores(pairs, LABELS[task]),
        by_lang={lang: _scores([p for p in pairs if p[0].lang == lang], LABELS[task]) for lang in langs},
        by_label=_by_label(confusion),
        confusion=confusion,
        bins=calibration(pairs),
        seconds=round(seconds, 3),
    )


def calibration(pairs: Iterable[tuple[Example, Answer]]) -> tuple[Bin, ...]:
    """Sort answers into ten bins of equal width by their confidence; 1.0 belongs to the last one."""
    inside: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for example, answer in pairs:
        place = min(max(int(answer.confidence * BINS), 0), BINS - 1)
        inside[place].append((answer.confidence, answer.label == example.label))
    return tuple(
        Bin(
            low=place / BINS,
            high=(place + 1) / BINS,
            count=len(found),
            confidence=_mean([confidence for confidence, _ in found]),
            accuracy=_mean([float(right) for _, right in found]),
        )
        for place, found in enumerate(inside)
    )


def _scores(pairs: Sequence[tuple[Example, Answer]], labels: Sequence[str]) -> Scores:
    bins = calibration(pairs)
    by_label = _by_label(_confusion(pairs, labels))
    gaps = [found.count * abs(found.accuracy - found.confidence) for found in bins]
    return Scores(
        n=len(pairs),
        accuracy=_mean([float(answer.label == example.label) for example, answer in pairs]),
        lenient_accuracy=_mean(
            [float(answer.label in (example.label, *example.accepted)) for example, answer in pairs]
        ),
        macro_f1=_mean([scores.f1 for scores in by_label.values() if scores.support]),
        ece=sum(gaps) / len(pairs) if pairs else 0.0,
    )


def _confusion(pairs: Iterable[tuple[Example, Answer]], labels: Sequence[str]) -> dict[str, dict[str, int]]:
    """Count answers by the right label; labels that occur neither here nor there are left out."""
    counts = Counter((example.label, answer.label) for example, answer in pairs)
    present = [label for label in labels if any(label in pair for pair in counts)]
    return {right: {given: counts[right, given] for given in present} for right in present}


def _by_label(confusion: Mapping[str, Mapping[str, int]]) -> dict[str, LabelScores]:
    scores = {}
    for label, row in confusion.items():
        hits, support = row[label], sum(row.values())
        given = sum(other[label] for other in confusion.values())
        precision = hits / given if given else 0.0
        recall = hits / support if support else 0.0
        f1 = 2 * hits / (given + support) if given + support else 0.0
        scores[label] = LabelScores(precision, recall, f1, support)
    return scores


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _read_line(line: str, number: int, labels: Sequence[str]) -> Example:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _faulty(number, "not_json") from error
    if not isinstance(data, dict):
        raise _faulty(number, "not_object")
    text, lang = _text(data, "text", number), _text(data, "lang", number)
    if lang not in LANGS:
        raise _faulty(number, "unknown_lang", value=lang, known=", ".join(LANGS))
    accepted: list[str] = []
    for key in ("alt", "combined"):
        given = data.get(key)
        values = [] if given is None else given if isinstance(given, list) else [given]
        accepted += [_label(value, key, number, labels) for value in values if value != ""]
    objection = data.get("objection")
    if objection is not None and not isinstance(objection, str):
        raise _faulty(number, "not_text", key="objection")
    label = _label(data.get("label"), "label", number, labels)
    return Example(text, lang, label, tuple(accepted), objection or "")


def _text(data: Mapping[str, Any], key: str, number: int) -> str:
    if key not in data:
        raise _faulty(number, "missing", key=key)
    value = data[key]
    if not isinstance(value, str):
        raise _faulty(number, "not_text", key=key)
    if not value.strip():
        raise _faulty(number, "empty", key=key)
    return value


def _label(value: Any, key: str, number: int, labels: Sequence[str]) -> str:
    if value is None:
        raise _faulty(number, "missing", key=key)
    if not isinstance(value, str) or value not in labels:
        raise _faulty(number, "unknown_label", key=key, value=str(value), known=", ".join(labels))
    return value


def _faulty(line: int, code: str, **details: str) -> FaultyFile:
    return FaultyFile(LineFault(line, code, tuple(details.items())))
