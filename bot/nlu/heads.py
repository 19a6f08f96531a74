"""Linear heads on the encoder's vectors: the shipped ones, the trained ones, and their mixture. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


def softmax(logits: np.ndarray) -> np.ndarray:
    """Return probabilities over the last axis."""
    exponents = np.exp(logits - logits.max(-1, keepdims=True))
    shares: np.ndarray = exponents / exponents.sum(-1, keepdims=True)
    return shares


@dataclass(frozen=True)
class Head:
    """A linear classifier on vectors that are centred and brought to length 1 (`mean` given) or raw (None).

    Attributes:
        classes: labels in the order of the rows.
        weight: (classes, hidden); bias: (classes,).
    """

    classes: tuple[str, ...]
    weight: np.ndarray
    bias: np.ndarray
    mean: np.ndarray | None = None

    def logits(self, vectors: np.ndarray) -> np.ndarray:
        """Return (n, classes) for (n, hidden)."""
        if self.mean is not None:
            vectors = normalise(vectors, self.mean)
        scores: np.ndarray = vectors @ self.weight.T + self.bias
        return scores


def normalise(vectors: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Centre and bring to length 1 (sentence vectors of one model all point the same way before)."""
    centred = vectors - mean
    unit: np.ndarray = centred / (np.linalg.norm(centred, axis=-1, keepdims=True) + 1e-9)
    return unit


def fit(
    vectors: np.ndarray, targets: Sequence[dict[str, float]], classes: Sequence[str], strength: float
) -> Head:
    """Fit multinomial logistic regression to soft labels.

    Args:
        vectors: (n, hidden).
        targets: per row label -> weight; a compound line gives each of its labels a share.
        strength: inverse of the L2 penalty (scikit-learn's C).
    """
    from sklearn.linear_model import LogisticRegression

    mean = vectors.mean(0)
    rows = [(i, label, weight) for i, target in enumerate(targets) for label, weight in target.items()]
    index = {label: k for k, label in enumerate(classes)}
    present = sorted({index[label] for _, label, _ in rows})
    model = LogisticRegression(C=strength, max_iter=400)
    model.fit(
        normalise(vectors, mean)[[i for i, _, _ in rows]],
        [index[label] for _, label, _ in rows],
        sample_weight=[weight for _, _, weight in rows],
    )
    coefficients, intercepts = model.coef_, model.intercept_
    if len(present) == 2:  # scikit-learn keeps one row for two classes
        coefficients, intercepts = (
            np.vstack([-coefficients, coefficients]) / 2,
            np.hstack([-intercepts, intercepts]) / 2,
        )
    weight = np.zeros((len(classes), vectors.shape[1]), np.float32)
    bias = np.full(len(classes), -20.0, np.float32)  # a label without examples is never the answer
    weight[present], bias[present] = coefficients, intercepts
    return Head(tuple(classes), weight, bias, mean.astype(np.float32))


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """Return the probability of each class by itself."""
    shares: np.ndarray = 1.0 / (1.0 + np.exp(-np.clip(logits, -30, 30)))
    return shares


def fit_several(vectors: np.ndarray, targets: np.ndarray, classes: Sequence[str], strength: float) -> Head:
    """Fit one logistic regression a class, all at once; a row may have several classes, or none.

    Args:
        vectors: (n, hidden); targets: (n, classes), 0 or 1.
        strength: inverse of the L2 penalty, as in `fit`.
    """
    from scipy.optimize import minimize

    mean = vectors.mean(0)
    rows = np.hstack([normalise(vectors, mean), np.ones((len(vectors), 1), np.float32)]).astype(np.float64)
    columns = rows.shape[1]

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weight = flat.reshape(len(classes), columns)
        logits = rows @ weight.T
        value = np.sum(np.logaddexp(0.0, logits) - targets * logits)
        gradient = (sigmoid(logits) - targets).T @ rows
        penalty = weight.copy()
        penalty[:, -1] = 0.0
        return float(value + np.sum(penalty**2) / (2 * strength)), (gradient + penalty / strength).ravel()

    found = minimize(
        loss, np.zeros(len(classes) * columns), jac=True, method="L-BFGS-B", options={"maxiter": 150}
    )
    weight = found.x.reshape(len(classes), columns).astype(np.float32)
    return Head(tuple(classes), weight[:, :-1].copy(), weight[:, -1].copy(), mean.astype(np.float32))


def mix(
    vectors: np.ndarray, shipped: Head | None, trained: Head, share: float, temperatures: tuple[float, float]
) -> np.ndarray:
    """Return (n, classes): `share` of the shipped head's probabilities, the rest of the trained head's.

    Args:
        temperatures: divide the logits of (shipped, trained): above 1 makes a head less sure of itself.
    """
    probabilities = softmax(trained.logits(vectors) / temperatures[1])
    if shipped is None:
        return probabilities
    return share * softmax(shipped.logits(vectors) / temperatures[0]) + (1 - share) * probabilities
