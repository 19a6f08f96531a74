"""`./dojo finetune`: learns the adapters again from the lines under `data/nlu`."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from bot.coaching.taxonomy import (
    MARKS,
    NATURES,
    NONE,
    OBJECTION_LABELS,
    TECHNIQUE_LABELS,
    UNCLEAR,
    objection_of_intent,
    technique_of_intent,
)
from bot.nlu.backbone import Backbone, load_backbone
from bot.nlu.corpus import Line, line_key, read_corpus
from bot.nlu.encoder import ADAPTERS, encode_pieces, encode_tokens
from bot.nlu.finetuning import Recipe, Sample, blend, finetune, save
from bot.nlu.utterance import marks_of, split_pieces

MARKS_HEAD = "marks"
HEADS = {
    "objection": OBJECTION_LABELS,
    "technique": TECHNIQUE_LABELS,
    "nature": NATURES,
    MARKS_HEAD: MARKS,
}
WEIGHTS = {"nature": 0.3, MARKS_HEAD: 0.5}
SEVERAL = frozenset({MARKS_HEAD})
_MAIN_SHARE = 0.65
_SECOND_RUN = 0.4
"""Weight of the run with the assessed replies in the average."""


def sample_of(line: Line, backbone: Backbone) -> Sample:
    """Turn a training line into tokens and target distributions; talk with the coach counts as `none`."""
    ids, pool = encode_tokens(backbone, line.spoken, line.context)
    technique, objection = technique_of_intent(line.intent), objection_of_intent(line.intent)
    targets = {}
    if technique is not None:
        targets["technique"] = _distribution(TECHNIQUE_LABELS, technique, ())
    else:
        targets["objection"] = _distribution(OBJECTION_LABELS, objection or NONE, line.also)
        if objection not in (None, NONE) and line.nature in NATURES and line.nature != UNCLEAR:
            targets["nature"] = _distribution(NATURES, line.nature, ())
    return Sample(tuple(ids), tuple(pool), targets)


def samples_of_marks(line: Line, backbone: Backbone) -> Iterator[Sample]:
    """Yield a sample for each sentence of an assessed reply: the whole reply is read, the sentence counts."""
    if not line.parts:
        return
    pieces = split_pieces(line.spoken)
    ids, places = encode_pieces(backbone, [piece.text for piece in pieces], line.context)
    for piece, (start, end) in zip(pieces, places):
        if end > start:
            marks = marks_of(piece, line.parts)
            pool = [int(start <= place < end) for place in range(len(ids))]
            target = tuple(float(mark in marks) for mark in MARKS)
            yield Sample(tuple(ids), tuple(pool), {MARKS_HEAD: target})


def _distribution(labels: Sequence[str], main: str, also: Sequence[str]) -> tuple[float, ...]:
    shares = dict.fromkeys(labels, 0.0)
    shares[main] = _MAIN_SHARE if also else 1.0
    for label in also:
        shares[label] += (1 - _MAIN_SHARE) / len(also)
    return tuple(shares.values())


def learn(recipe: Recipe, report: Callable[[int, int, float], None], out: Path = ADAPTERS) -> None:
    """Fine-tune on the corpus and write the adapters.

    Two runs are averaged: one without the assessed replies and one with them. The average reads customers
    better than either, and replies nearly as well as the second (docs/nlu.md).
    """
    backbone = load_backbone()
    lines = read_corpus()
    runs = []
    for assessed in (False, True):
        used = [line for line in lines if assessed or not line.parts]
        order = np.random.default_rng(recipe.seed).permutation(len(used))
        samples = [sample_of(used[i], backbone) for i in order]
        samples += [sample for i in order for sample in samples_of_marks(used[i], backbone)]
        heads = {name: len(labels) for name, labels in HEADS.items() if assessed or name != MARKS_HEAD}
        runs.append(finetune(backbone, samples, heads, recipe, report, WEIGHTS, SEVERAL))
    known = sorted({line_key(line.spoken, line.context) for line in lines})
    save(out, blend(*runs, _SECOND_RUN), known)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run fine-tuning with a progress line; about two minutes per thousand lines and epoch on one core."""
    parser = argparse.ArgumentParser(prog="dojo finetune", description=__doc__)
    parser.add_argument("--out", type=Path, default=ADAPTERS)
    for name, value in vars(Recipe()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    options = vars(parser.parse_args(arguments))
    out = options.pop("out")
    began = time.monotonic()

    def report(done: int, total: int, loss: float) -> None:
        if done % 10 == 0 or done == total:
            elapsed = time.monotonic() - began
            left = elapsed / done * (total - done)
            sys.stderr.write(f"\r{done}/{total}  loss {loss:.3f}  {elapsed:.0f} s  -{left:.0f} s ")
            sys.stderr.flush()

    learn(Recipe(**options), report, out)
    sys.stderr.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
