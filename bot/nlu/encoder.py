"""Turns utterances into vectors with the fine-tuned encoder, on ONNX Runtime."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from bot.nlu.backbone import Backbone, load_backbone
from bot.nlu.finetuning import KNOWN
from bot.nlu.onnx_graph import build_encoder, quantize

ADAPTERS = Path(__file__).parent / "weights" / "adapters.npz"
_PREFIX = "query: "
_CONTEXT_TOKENS = 70
_SPOKEN_TOKENS = 122
_REPLY_TOKENS = 260
_BATCH_TOKENS = 512


def load_adapters(path: Path = ADAPTERS) -> dict[str, np.ndarray]:
    """Read adapters and heads as float32; empty if there are none."""
    if not path.is_file():
        return {}
    with np.load(path, allow_pickle=False) as arrays:
        return {name: arrays[name].astype(np.float32) for name in arrays.files if name != KNOWN}


def load_known(path: Path = ADAPTERS) -> frozenset[int]:
    """Return the keys (`corpus.line_key`) of the lines that the adapters were learned from."""
    if not path.is_file():
        return frozenset()
    with np.load(path, allow_pickle=False) as arrays:
        return frozenset(arrays[KNOWN].tolist()) if KNOWN in arrays.files else frozenset()


def build_onnx(backbone: Backbone, adapters: dict[str, np.ndarray]) -> bytes:
    """Merge the adapters into the backbone and return the 8-bit graph."""

    def tensor(name: str) -> np.ndarray:
        value = backbone.tensor(name)
        key = name[:-2]
        if name.endswith(".w") and f"{key}.a" in adapters:
            value = value + adapters[f"{key}.a"] @ adapters[f"{key}.b"]
        return value

    return quantize(
        build_encoder(
            tensor, layers=backbone.layers, heads=backbone.heads, hidden=backbone.hidden, eps=backbone.eps
        )
    )


def encode_tokens(backbone: Backbone, spoken: str, context: str = "") -> tuple[list[int], list[int]]:
    """Lay an utterance out for the encoder.

    Returns:
        (ids, counts): with a context `<s> query: context </s> spoken </s>`, of which `spoken </s>` counts;
        without one `<s> query: spoken </s>`, of which all counts.
    """
    b = backbone
    if context:
        head = [b.bos, *b.tokenize(_PREFIX + context)[:_CONTEXT_TOKENS], b.eos]
        tail = [*b.tokenize(spoken)[:_SPOKEN_TOKENS], b.eos]
        return head + tail, [0] * len(head) + [1] * len(tail)
    ids = [b.bos, *b.tokenize(_PREFIX + spoken)[:_SPOKEN_TOKENS], b.eos]
    return ids, [1] * len(ids)


def encode_pieces(
    backbone: Backbone, pieces: Sequence[str], context: str = ""
) -> tuple[list[int], list[tuple[int, int]]]:
    """Lay a reply out for the encoder, sentence by sentence.

    Returns:
        (ids, places): the ids as `encode_tokens` lays them out, and where in them each piece stands
        (start, end); a piece that finds no room has an empty place.
    """
    b = backbone
    head = [b.bos, *b.tokenize(_PREFIX + context)[:_CONTEXT_TOKENS]] + ([b.eos] if context else [])
    ids, places = list(head), []
    for piece in pieces:
        tokens = b.tokenize(piece)[: max(0, len(head) + _REPLY_TOKENS - len(ids))]
        places.append((len(ids), len(ids) + len(tokens)))
        ids += tokens
    return [*ids, b.eos], places


def weights_version() -> str:
    """Return a short hash of the adapters: part of the model's version and of the training fingerprint."""
    data = ADAPTERS.read_bytes() if ADAPTERS.is_file() else b""
    return hashlib.sha256(data).hexdigest()[:12]


@functools.lru_cache(maxsize=1)
def shared_backbone() -> Backbone:
    """Return the backbone; one per process."""
    return load_backbone()


class Encoder:
    """The encoder at run time: text in, vectors out. Safe for use from several threads."""

    def __init__(self, onnx: bytes, workers: int = 1) -> None:
        """Open the graph.

        Args:
            onnx: the graph of `build_onnx`.
            workers: batches that `encode_many` encodes at the same time, one core each.
        """
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(onnx, options, providers=["CPUExecutionProvider"])
        self._workers = workers
        self._backbone = shared_backbone()
        hidden = self._backbone.hidden
        kinds = self._backbone.tensor("emb.type").reshape(-1, hidden)[0]
        self._positions = self._backbone.tensor("emb.pos").reshape(-1, hidden) + kinds
        self._one = functools.lru_cache(maxsize=512)(self._encode_one)
        self.encode("warm up")

    def encode(self, spoken: str, context: str = "") -> np.ndarray:
        """Return the vector of one utterance (hidden,): the mean over its own tokens."""
        return self._one(spoken, context)

    def encode_reply(self, pieces: Sequence[str], context: str = "") -> tuple[np.ndarray, np.ndarray]:
        """Return the vectors of a reply (hidden,) and of its sentences (n, hidden), in one pass."""
        return self.encode_replies([(pieces, context)])[0]

    def encode_replies(
        self, replies: Sequence[tuple[Sequence[str], str]]
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        """Encode (sentences, context) pairs, as `encode_reply` does one, in batches of like length."""
        prepared = [encode_pieces(self._backbone, *reply) for reply in replies]
        out: list[tuple[np.ndarray, np.ndarray]] = [(np.empty(0), np.empty(0))] * len(replies)

        def run(group: list[int]) -> None:
            for i, states in zip(group, self._states([prepared[i][0] for i in group])):
                ids, places = prepared[i]
                whole = states[places[0][0] : len(ids)].mean(0)
                parts = [states[start:end].mean(0) if end > start else whole for start, end in places]
                out[i] = whole, np.stack(parts)

        self._in_groups([len(ids) for ids, _ in prepared], run)
        return out

    def encode_many(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
        """Encode (spoken, context) pairs in batches of like length; returns their vectors (n, hidden)."""
        prepared = [self._tokens(*pair) for pair in pairs]
        out = np.zeros((len(pairs), self._backbone.hidden), np.float32)

        def run(group: list[int]) -> None:
            rows, counts = zip(*(prepared[i] for i in group))
            pool = np.zeros((len(group), max(map(len, rows))), np.float32)
            for row, counted in zip(pool, counts):
                row[: len(counted)] = counted
            states = self._states(rows)
            out[group] = np.einsum("bth,bt->bh", states, pool) / pool.sum(1, keepdims=True)

        self._in_groups([len(ids) for ids, _ in prepared], run)
        return out

    def _in_groups(self, lengths: Sequence[int], run: Callable[[list[int]], None]) -> None:
        """Run something on groups of rows of like length, on all workers."""
        order = sorted(range(len(lengths)), key=lambda i: -lengths[i])
        groups = []
        while order:
            size = max(1, min(64, _BATCH_TOKENS // lengths[order[0]]))
            groups.append(order[:size])
            order = order[size:]
        if self._workers > 1 and len(groups) > 1:
            with ThreadPoolExecutor(self._workers) as pool:
                list(pool.map(run, groups))
        else:
            for group in groups:
                run(group)

    def _encode_one(self, spoken: str, context: str) -> np.ndarray:
        vector: np.ndarray = self.encode_many([(spoken, context)])[0]
        return vector

    def _tokens(self, spoken: str, context: str) -> tuple[list[int], list[int]]:
        return encode_tokens(self._backbone, spoken, context)

    def _states(self, rows: Sequence[Sequence[int]]) -> np.ndarray:
        """Return the states of the tokens of rows (rows, tokens of the longest, hidden)."""
        longest = max(map(len, rows))
        ids = np.full((len(rows), longest), self._backbone.pad)
        mask = np.zeros((len(rows), longest), np.float32)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = row
            mask[i, : len(row)] = 1
        x = self._backbone.word_rows(ids) + self._positions[:longest]
        (states,) = self._session.run(None, {"x": x, "mask": mask})
        return np.asarray(states)
