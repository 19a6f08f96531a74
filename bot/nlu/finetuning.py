"""Fine-tunes the encoder on the written lines: low-rank adapters on every matrix, and three heads.

The frozen 4-bit backbone comes from its wheel; only the adapters (LoRA, Hu et al. 2021, arXiv:2106.09685) and
the heads are learned and shipped, a few MB. Run `./dojo finetune` to learn them again; the seed, the
order of lines and the schedule are fixed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bot.nlu.backbone import Backbone
from bot.nlu.onnx_graph import MATRICES

KNOWN = "known"
"""The array of the keys of the lines that were learned from."""


@dataclass(frozen=True)
class Recipe:
    """Hyper-parameters of fine-tuning.

    Attributes:
        rank: rank of the adapters; alpha: their scale times rank.
        rate: peak learning rate (linear warm-up over `warmup` of the steps, then linear decay to 0).
        budget: tokens (with padding) in one batch.
        smoothing: label smoothing.
        dropout: share of the sentence vector dropped before the heads.
        word_dropout: share of word embeddings zeroed, against learning phrases by heart.
    """

    rank: int = 16
    alpha: float = 32.0
    rate: float = 1e-3
    epochs: int = 3
    warmup: float = 0.08
    budget: int = 1024
    smoothing: float = 0.05
    dropout: float = 0.1
    word_dropout: float = 0.05
    weight_decay: float = 0.01
    seed: int = 7


@dataclass(frozen=True)
class Sample:
    """One line to learn from: its tokens, the tokens that count (pool) and a target distribution per head."""

    ids: tuple[int, ...]
    pool: tuple[int, ...]
    targets: dict[str, tuple[float, ...]]


def batches(samples: Sequence[Sample], budget: int, rng: np.random.Generator) -> Iterator[list[Sample]]:
    """Group samples of like length, at most `budget` padded tokens a batch, in random order."""
    noisy = [len(s.ids) + rng.uniform(0, 6) for s in samples]
    order = np.argsort(noisy, kind="stable")
    groups: list[list[Sample]] = [[]]
    longest = 0
    for i in order:
        length = len(samples[i].ids)
        if groups[-1] and max(longest, length) * (len(groups[-1]) + 1) > budget:
            groups.append([])
            longest = 0
        groups[-1].append(samples[i])
        longest = max(longest, length)
    for i in rng.permutation(len(groups)):
        yield groups[i]


def finetune(
    backbone: Backbone,
    samples: Sequence[Sample],
    heads: dict[str, int],
    recipe: Recipe,
    report: Callable[[int, int, float], None],
    weights: dict[str, float] | None = None,
    several: frozenset[str] = frozenset(),
) -> dict[str, np.ndarray]:
    """Learn adapters and heads.

    Args:
        heads: name -> number of classes. A sample counts for the heads that its targets name.
        report: called after each batch with (batches done, batches in all, mean loss of late).
        weights: head -> weight of its loss (1 unless given).
        several: heads of which a sample may have several classes, or none.

    Returns:
        Arrays `l<i>.<m>.a` (out, rank), `l<i>.<m>.b` (rank, in), float32, the scale folded into `a`; per head
        `<head>.w` (classes, hidden), `<head>.b`.
    """
    import tensorflow as tf

    tf.keras.utils.set_random_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    hidden, scale = backbone.hidden, recipe.alpha / recipe.rank
    base = {n: tf.constant(backbone.tensor(n)) for n in backbone_tensors(backbone)}
    half = {n[:-2]: tf.cast(w, tf.bfloat16) for n, w in base.items() if len(w.shape) == 2}
    variables: dict[str, Any] = {}
    for layer in range(backbone.layers):
        for m in MATRICES:
            rows, columns = base[f"l{layer}.{m}.w"].shape
            variables[f"l{layer}.{m}.a"] = tf.Variable(tf.zeros((rows, recipe.rank)))
            spread = rng.normal(0, 1 / np.sqrt(columns), (recipe.rank, columns)).astype(np.float32)
            variables[f"l{layer}.{m}.b"] = tf.Variable(spread)
    for head, classes in heads.items():
        start = rng.normal(0, 0.02, (classes, hidden)).astype(np.float32)
        variables[f"{head}.w"] = tf.Variable(start)
        variables[f"{head}.b"] = tf.Variable(tf.zeros(classes))
    positions = backbone.tensor("emb.pos").reshape(-1, hidden)
    kinds = backbone.tensor("emb.type").reshape(-1, hidden)[0]
    size = hidden // backbone.heads

    def norm(x: Any, name: str) -> Any:
        mean, variance = tf.nn.moments(x, -1, keepdims=True)
        return (x - mean) * tf.math.rsqrt(variance + backbone.eps) * base[f"{name}.w"] + base[f"{name}.b"]

    def linear(x: Any, name: str) -> Any:
        # The frozen matrix takes no gradient and works at half precision (it has 4 bits anyway).
        flat = tf.reshape(x, (-1, x.shape[-1]))
        frozen = tf.matmul(tf.cast(flat, tf.bfloat16), half[name], transpose_b=True)
        small = tf.matmul(flat, variables[f"{name}.b"], transpose_b=True)
        learned = tf.matmul(small, variables[f"{name}.a"], transpose_b=True)
        out = tf.cast(frozen, tf.float32) + scale * learned + base[f"{name}.b"]
        return tf.reshape(out, tf.concat([tf.shape(x)[:-1], [half[name].shape[0]]], 0))

    def encode(x: Any, mask: Any, pool: Any) -> Any:
        shape = tf.shape(x)
        bias = (mask - 1.0)[:, None, None, :] * 1e4
        x = norm(x, "emb.ln")
        for i in range(backbone.layers):
            p = f"l{i}."
            q, k, v = (
                tf.transpose(
                    tf.reshape(linear(x, p + m), (shape[0], shape[1], backbone.heads, size)), (0, 2, 1, 3)
                )
                for m in ("q", "k", "v")
            )
            shares = tf.nn.softmax(tf.matmul(q, k, transpose_b=True) / np.float32(np.sqrt(size)) + bias)
            mixed = tf.reshape(tf.transpose(tf.matmul(shares, v), (0, 2, 1, 3)), (shape[0], shape[1], hidden))
            x = norm(x + linear(mixed, p + "ao"), p + "aln")
            x = norm(x + linear(tf.nn.gelu(linear(x, p + "fi")), p + "fo"), p + "oln")
        return tf.reduce_sum(x * pool[..., None], 1) / tf.reduce_sum(pool, 1, keepdims=True)

    trained = list(variables.values())
    steps = recipe.epochs * sum(1 for _ in batches(samples, recipe.budget, np.random.default_rng(0)))
    warm = max(1, int(steps * recipe.warmup))
    optimizer = tf.keras.optimizers.legacy.Adam(recipe.rate, beta_2=0.98)
    decayed = [v for n, v in variables.items() if n.endswith((".a", ".w"))]

    float_spec = [
        tf.TensorSpec((None, None, hidden)),
        tf.TensorSpec((None, None)),
        tf.TensorSpec((None, None)),
    ]
    target_spec = {h: tf.TensorSpec((None, n)) for h, n in heads.items()}
    weight_spec = {h: tf.TensorSpec((None,)) for h in heads}

    @tf.function(input_signature=[*float_spec, target_spec, weight_spec, tf.TensorSpec(())])
    def step(x: Any, mask: Any, pool: Any, targets: Any, present: Any, rate: Any) -> Any:
        with tf.GradientTape() as tape:
            vector = tf.nn.dropout(encode(x, mask, pool), recipe.dropout)
            loss = 0.0
            for head in heads:
                logits = (
                    tf.matmul(vector, variables[f"{head}.w"], transpose_b=True) * 4.0 + variables[f"{head}.b"]
                )
                if head in several:
                    each = tf.reduce_sum(
                        tf.nn.sigmoid_cross_entropy_with_logits(targets[head], logits), axis=-1
                    )
                else:
                    each = tf.nn.softmax_cross_entropy_with_logits(targets[head], logits)
                loss += tf.reduce_sum(each * present[head]) / tf.cast(tf.shape(x)[0], tf.float32)
        gradients, _ = tf.clip_by_global_norm(tape.gradient(loss, trained), 1.0)
        optimizer.learning_rate.assign(rate)
        optimizer.apply_gradients(zip(gradients, trained))
        for v in decayed:
            v.assign(v * (1.0 - rate * recipe.weight_decay))
        return loss

    done, late = 0, 0.0
    for _ in range(recipe.epochs):
        for group in batches(samples, recipe.budget, rng):
            done += 1
            rate = recipe.rate * min(done / warm, max(0.0, (steps - done) / max(1, steps - warm)))
            x, mask, pool = pad(group, backbone, positions, kinds)
            if recipe.word_dropout:
                x = x * (rng.random(x.shape[:2]) >= recipe.word_dropout)[..., None].astype(np.float32)
            targets, present = _targets(group, heads, weights or {}, recipe.smoothing, several)
            loss = float(step(x, mask, pool, targets, present, np.float32(rate)))
            late = loss if done == 1 else 0.98 * late + 0.02 * loss
            report(done, max(steps, done), late)
    out = {n: v.numpy() for n, v in variables.items()}
    for n in out:
        if n.endswith(".a"):
            out[n] = out[n] * scale
        elif n.split(".")[0] in heads and n.endswith(".w"):
            out[n] = out[n] * 4.0
    return out


def blend(first: dict[str, np.ndarray], second: dict[str, np.ndarray], share: float) -> dict[str, np.ndarray]:
    """Average two runs in the space of their weights (model soup, Wortsman et al. 2022, arXiv:2203.05482).

    The adapters of both are put side by side, so that their product is the average of the two products: the
    rank is the sum of theirs. Heads that only one run has are taken as they are.

    Args:
        share: weight of the second run, 0 to 1.
    """
    blended = {}
    for name in second:
        matrix, _, part = name.rpartition(".")
        if part == "a" and name in first:
            blended[name] = np.concatenate([first[name] * (1 - share), second[name] * share], 1)
        elif part == "b" and f"{matrix}.a" in first:
            blended[name] = np.concatenate([first[name], second[name]], 0)
        elif name in first:
            blended[name] = (1 - share) * first[name] + share * second[name]
        else:
            blended[name] = second[name]
    return blended


def backbone_tensors(backbone: Backbone) -> list[str]:
    """Names of the tensors that the transformer uses, in order."""
    names = ["emb.ln.w", "emb.ln.b"]
    for i in range(backbone.layers):
        for m in MATRICES:
            names += [f"l{i}.{m}.w", f"l{i}.{m}.b"]
        names += [f"l{i}.{n}.{s}" for n in ("aln", "oln") for s in ("w", "b")]
    return names


def pad(
    group: Sequence[Sample], backbone: Backbone, positions: np.ndarray, kinds: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return embeddings (batch, tokens, hidden), mask and pool (batch, tokens), float32."""
    longest = max(len(s.ids) for s in group)
    ids = np.full((len(group), longest), backbone.pad)
    mask = np.zeros((len(group), longest), np.float32)
    pool = np.zeros((len(group), longest), np.float32)
    for i, s in enumerate(group):
        ids[i, : len(s.ids)] = s.ids
        mask[i, : len(s.ids)] = 1
        pool[i, : len(s.ids)] = s.pool
    return backbone.word_rows(ids) + positions[:longest] + kinds, mask, pool


def _targets(
    group: Sequence[Sample],
    heads: dict[str, int],
    weights: dict[str, float],
    smoothing: float,
    several: frozenset[str],
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    targets, present = {}, {}
    for head, classes in heads.items():
        rows = np.full((len(group), classes), 1.0 / classes, np.float32)
        there = np.zeros(len(group), np.float32)
        for i, s in enumerate(group):
            if head in s.targets:
                spread = smoothing / (4 if head in several else classes)
                rows[i] = np.array(s.targets[head], np.float32) * (1 - smoothing) + spread
                there[i] = weights.get(head, 1.0)
        targets[head], present[head] = rows, there
    return targets, present


def save(path: Path, arrays: dict[str, np.ndarray], known: Sequence[int]) -> None:
    """Write adapters and heads at half precision, and the keys of the lines that they were learned from."""
    path.parent.mkdir(parents=True, exist_ok=True)
    halves = {n: a.astype(np.float16) for n, a in arrays.items()}
    np.savez_compressed(path, **halves, **{KNOWN: np.array(known, np.uint64)})
