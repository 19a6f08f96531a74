"""What people corrected is remembered: a line that nearly repeats a lesson is read as the lesson says. Pure.

A few lessons among twenty thousand lines hardly move a linear head, and with more weight they would spoil
other lines (docs/training.md has the figures). So they are remembered as well, for what resembles them only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.nlu.heads import normalise


@dataclass(frozen=True)
class Memory:
    """The lessons that one head was taught.

    Attributes:
        vectors: (n, hidden), centred by `mean` and of length 1; targets: (n, classes), shares of the classes.
        mean: what is taken from a vector before it is compared.
    """

    vectors: np.ndarray
    targets: np.ndarray
    mean: np.ndarray

    def recall(self, vectors: np.ndarray, shares: np.ndarray, likeness: tuple[float, float]) -> np.ndarray:
        """Return the shares (n, classes) with what is remembered of the lesson that each vector is most like.

        Args:
            likeness: the cosine from which a lesson counts, and the one from which it alone counts.
        """
        nearest, weight = self._nearest(vectors, likeness)
        recalled: np.ndarray = (1 - weight[:, None]) * shares + weight[:, None] * self.targets[nearest]
        return recalled

    def weights(self, vectors: np.ndarray, likeness: tuple[float, float]) -> np.ndarray:
        """Return how far (n,) each vector is read as a lesson says, from 0 to 1."""
        return self._nearest(vectors, likeness)[1]

    def _nearest(self, vectors: np.ndarray, likeness: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
        """Return for each vector the lesson that it is most like, and how far that one counts."""
        cosines = normalise(vectors, self.mean) @ self.vectors.T
        nearest = cosines.argmax(1)
        start, end = likeness
        alike = cosines[np.arange(len(vectors)), nearest]
        return nearest, np.clip((alike - start) / (end - start), 0.0, 1.0)


def remember(
    lessons: Sequence[tuple[np.ndarray, Mapping[str, float]]], classes: Sequence[str], mean: np.ndarray
) -> Memory | None:
    """Keep lessons, each a vector (hidden,) with the shares of its classes; None without any."""
    if not lessons:
        return None
    targets = np.array([[target.get(label, 0.0) for label in classes] for _, target in lessons], np.float32)
    vectors = normalise(np.stack([vector for vector, _ in lessons]), mean).astype(np.float32)
    return Memory(vectors, targets, mean)
