"""Lessons are remembered for what resembles them, and for nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pytest import approx

from bot.nlu.head_files import read_heads, write_heads
from bot.nlu.heads import Head
from bot.nlu.memory import Memory, remember

CLASSES = ("price", "payment", "need")
LIKENESS = (0.8, 0.95)
MEAN = np.zeros(3, np.float32)
BELIEVED = np.array([[0.9, 0.05, 0.05]])


def towards(cosine: float) -> np.ndarray:
    """A vector with this cosine to the first axis."""
    return np.array([[cosine, np.sqrt(1 - cosine**2), 0.0]]) * 7


def memory() -> Memory:
    made = remember([(np.array([3.0, 0.0, 0.0]), {"payment": 0.65, "need": 0.35})], CLASSES, MEAN)
    assert made is not None
    return made


def test_the_line_of_a_lesson_is_read_as_the_lesson_says() -> None:
    assert memory().recall(towards(1.0), BELIEVED, LIKENESS)[0] == approx([0.0, 0.65, 0.35])


def test_a_line_that_is_unlike_every_lesson_is_read_as_before() -> None:
    assert (memory().recall(towards(0.8), BELIEVED, LIKENESS) == BELIEVED).all()


def test_a_line_in_between_counts_by_half() -> None:
    found = memory().recall(towards(0.875), BELIEVED, LIKENESS)[0]
    assert found == approx([0.45, 0.35, 0.2])


def test_how_far_a_line_is_read_as_a_lesson_says_is_told() -> None:
    lines = np.vstack([towards(1.0), towards(0.875), towards(0.5)])
    assert memory().weights(lines, LIKENESS).tolist() == [1.0, approx(0.5, abs=1e-6), 0.0]


def test_of_several_lessons_the_one_that_is_most_alike_counts() -> None:
    lessons = [(np.array([1.0, 0.0, 0.0]), {"payment": 1.0}), (np.array([0.0, 1.0, 0.0]), {"need": 1.0})]
    made = remember(lessons, CLASSES, MEAN)
    assert made is not None
    found = made.recall(np.array([[0.0, 2.0, 0.1], [2.0, 0.1, 0.0]]), np.vstack([BELIEVED] * 2), LIKENESS)
    assert found.argmax(1).tolist() == [2, 1]


def test_without_lessons_there_is_nothing_to_remember() -> None:
    assert remember([], CLASSES, MEAN) is None


def test_what_is_remembered_is_kept_in_the_model(tmp_path: Path) -> None:
    head = Head(CLASSES, np.eye(3, dtype=np.float32), np.zeros(3, np.float32), MEAN)
    write_heads(tmp_path, {"objection": head, "nature": head}, {"objection": memory()})
    heads, memories, version = read_heads(tmp_path)
    assert set(heads) == {"objection", "nature"}
    assert set(memories) == {"objection"}
    assert (memories["objection"].targets == memory().targets).all()
    write_heads(tmp_path, {"objection": head, "nature": head}, {})
    assert read_heads(tmp_path)[1:] != (memories, version)
