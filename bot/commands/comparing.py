"""The model in use and a candidate read the same lines: what is labelled, and what people really typed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bot.coaching.assessment import Rubric, assess_reply, essence
from bot.coaching.taxonomy import NATURES, NONE, OBJECTION_LABELS, STEPS, TECHNIQUE_LABELS
from bot.commands.errors import WrongInput
from bot.commands.reading import load
from bot.nlu.comparison import MOST_LOST, Comparison, Judged, compare
from bot.nlu.evaluation import FaultyFile, read_examples
from bot.storage.lesson_records import MARK, NATURE, OBJECTION, TECHNIQUE, LessonRecord, LoggedLine

if TYPE_CHECKING:
    from bot.nlu.parser import Parser

DEVELOPMENT: Final = Path("tests") / "heldout"
"""The development set, from the project's folder."""

LABELS: Final[Mapping[str, tuple[str, ...]]] = {
    OBJECTION: OBJECTION_LABELS,
    NATURE: NATURES,
    TECHNIQUE: TECHNIQUE_LABELS,
    MARK: STEPS,
}
"""The labels of each family of lessons, which are the tasks here."""

_SHOWN: Final = 300
"""So many lines that are read differently are named at most."""


@dataclass(frozen=True)
class Question:
    """A line to be read: a customer's, or a reply to `context`."""

    text: str
    lang: str
    context: str = ""
    is_reply: bool = False


@dataclass(frozen=True)
class View:
    """How a model reads a line; by family the labels that it gives."""

    labels: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Labelled:
    """A question with the labels that are right for one task."""

    task: str
    question: Question
    right: tuple[str, ...]


@dataclass
class Reader:
    """Reads questions with one model, each once."""

    parser: Parser
    rubric: Rubric
    known: dict[Question, View] = field(default_factory=dict)

    def view(self, question: Question) -> View:
        """Return how the model reads a line."""
        if question not in self.known:
            self.known[question] = self._read(question)
        return self.known[question]

    def _read(self, question: Question) -> View:
        if not question.is_reply:
            reading = self.parser.read(question.text, question.lang)
            natures = tuple(objection.nature.id for objection in reading.objections[:1])
            best = reading.ranking[0][0] if reading.ranking else NONE
            types = reading.types or (NONE,)
            return View({OBJECTION: (best, *(t for t in types if t != best)), NATURE: natures})
        reading = self.parser.read_reply(question.text, question.context, question.lang)
        assessment = assess_reply(
            question.text,
            reading.pieces,
            reading.technique_ranking,
            self.rubric,
            lang=question.lang,
            reply_lang=reading.lang,
            customer=question.context,
        )
        best = reading.technique_ranking[0][0] if reading.technique_ranking else NONE
        return View({TECHNIQUE: (best,), MARK: assessment.steps})


def compare_models(
    models: tuple[Path, Path],
    *,
    root: Path,
    rubric: Rubric,
    held_back: Sequence[LessonRecord],
    taught: Sequence[LessonRecord],
    logged: Sequence[LoggedLine],
    tick: Callable[[], None],
) -> dict[str, Any]:
    """Return the figures of a candidate beside those of the model in use, as plain values.

    Args:
        models: the model in use, the candidate.
        taught: lessons that the candidate learned; their lines are left out of the development set.
        tick: called after each line.
    """
    known = {essence(lesson.text) for lesson in taught}
    development = [item for item in development_set(root) if essence(item.question.text) not in known]
    asked = [labelled(lesson) for lesson in held_back]
    learned = [labelled(lesson) for lesson in taught]
    lines = [
        Question(line.text, line.lang, line.context if line.is_reply else "", line.is_reply)
        for line in logged
    ]
    questions = dict.fromkeys([item.question for item in (*development, *asked, *learned)] + lines)
    views = []
    for model in models:  # one after the other: two at once would take twice the memory
        reader = Reader(load(model), rubric)
        for question in questions:
            reader.view(question)
            tick()
        views.append(reader.known)
    old, new = views
    sets = {
        "development": _compared(development, old, new, MOST_LOST),
        "held_back": _compared(asked, old, new, 1.0),
    }
    worse = [
        {"set": name, "task": task, **reason.to_json()}
        for name, tasks in sets.items()
        for task, comparison in tasks.items()
        for reason in comparison.worse
    ]
    return {
        **{
            name: {task: comparison.to_json() for task, comparison in tasks.items()}
            for name, tasks in sets.items()
        },
        "taught": {
            "n": len(learned),
            "old": sum(_agrees(item, old) for item in learned),
            "new": sum(_agrees(item, new) for item in learned),
        },
        "sessions": _differences(logged, lines, old, new),
        "worse": worse,
        "not_worse": not worse,
    }


def development_set(root: Path) -> Iterator[Labelled]:
    """Yield the labelled lines of the project; raises WrongInput where they are not there or faulty."""
    for task in (OBJECTION, TECHNIQUE):
        path = root / DEVELOPMENT / f"{task}s.jsonl"
        try:
            examples = read_examples(_content(path), task)
        except FaultyFile as error:
            raise WrongInput("teach.development_set", file=path) from error
        for example in examples:
            question = Question(example.text, example.lang, example.objection, task == TECHNIQUE)
            yield Labelled(task, question, (example.label,))
    path = root / DEVELOPMENT / "dialogues.jsonl"
    for raw in _content(path).splitlines():
        dialogue = json.loads(raw)
        customer = ""
        for turn in dialogue["turns"]:
            if turn["who"] == "customer":
                customer = turn["text"]
            else:
                question = Question(turn["text"], dialogue["lang"], customer, True)
                yield Labelled(MARK, question, tuple(turn["lscpa"]))


def labelled(lesson: LessonRecord) -> Labelled:
    """Return a lesson as a question with its answer."""
    is_reply = lesson.family in (TECHNIQUE, MARK)
    question = Question(lesson.text, lesson.lang, lesson.context if is_reply else "", is_reply)
    if lesson.family == OBJECTION:
        right = tuple(lesson.value["types"])[:1] or (NONE,)
    elif lesson.family == MARK:
        right = tuple(lesson.value["steps"])
    else:
        right = (lesson.value[lesson.family],)
    return Labelled(lesson.family, question, right)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise WrongInput("teach.development_set", file=path) from error


def _given(item: Labelled, views: Mapping[Question, View]) -> frozenset[str]:
    """Return what a model gives for the task of a question: all steps, or the one label that comes first."""
    found = views[item.question].labels.get(item.task, ())
    return frozenset(found if item.task == MARK else found[:1])


def _agrees(item: Labelled, views: Mapping[Question, View]) -> bool:
    return _given(item, views) == frozenset(item.right)


def _compared(
    items: Sequence[Labelled],
    old: Mapping[Question, View],
    new: Mapping[Question, View],
    most_lost: float,
) -> dict[str, Comparison]:
    comparisons = {}
    for task, labels in LABELS.items():
        lines = [
            Judged(item.question.lang, frozenset(item.right), _given(item, old), _given(item, new))
            for item in items
            if item.task == task
        ]
        if lines:
            comparisons[task] = compare(lines, labels, several=task == MARK, most_lost=most_lost)
    return comparisons


def _differences(
    logged: Sequence[LoggedLine],
    lines: Sequence[Question],
    old: Mapping[Question, View],
    new: Mapping[Question, View],
) -> dict[str, Any]:
    """Name the messages on record that the candidate judges otherwise, and count their sessions."""
    changed = []
    for line, question in zip(logged, lines, strict=True):
        for family, before in old[question].labels.items():
            after = new[question].labels[family]
            if before != after:
                changed.append(
                    {
                        "session": line.session,
                        "turn": line.turn,
                        "family": family,
                        "old": list(before),
                        "new": list(after),
                    }
                )
    return {
        "lines": len(logged),
        "sessions": len({line.session for line in logged}),
        "changed_lines": len({(item["session"], item["turn"]) for item in changed}),
        "changed_sessions": len({item["session"] for item in changed}),
        "changed": changed[:_SHOWN],
    }
