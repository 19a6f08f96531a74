"""The trained heads, and what is remembered of lessons, as two files of a model."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np

from bot.nlu.encoder import weights_version
from bot.nlu.heads import Head
from bot.nlu.memory import Memory

_ARRAYS, _LABELS = "heads.npz", "heads.json"


def write_heads(folder: Path, heads: dict[str, Head], memories: dict[str, Memory]) -> None:
    """Write them."""
    arrays = {}
    for name, head in heads.items():
        arrays.update({f"{name}.w": head.weight, f"{name}.b": head.bias, f"{name}.m": head.mean})
    for name, memory in memories.items():
        arrays.update({f"{name}.lessons": memory.vectors, f"{name}.targets": memory.targets})
    np.savez_compressed(folder / _ARRAYS, **arrays)
    digest = hashlib.sha256((folder / _ARRAYS).read_bytes()).hexdigest()[:12]
    labels = {
        "version": f"{weights_version()[:6]}-{digest[:6]}",
        "classes": {n: h.classes for n, h in heads.items()},
    }
    (folder / _LABELS).write_text(json.dumps(labels), encoding="utf-8")


def read_heads(folder: Path) -> tuple[dict[str, Head], dict[str, Memory], str]:
    """Return the heads by name, the memories by head, and the version that they make together."""
    labels = json.loads((folder / _LABELS).read_text(encoding="utf-8"))
    with np.load(folder / _ARRAYS, allow_pickle=False) as arrays:
        heads = {
            n: Head(tuple(c), arrays[f"{n}.w"], arrays[f"{n}.b"], arrays[f"{n}.m"])
            for n, c in labels["classes"].items()
        }
        memories = {
            n: Memory(arrays[f"{n}.lessons"], arrays[f"{n}.targets"], arrays[f"{n}.m"])
            for n in heads
            if f"{n}.lessons" in arrays
        }
    return heads, memories, labels["version"]
