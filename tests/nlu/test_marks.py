"""Assessed replies: their sentences, their marks, and what learns them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.coaching.taxonomy import MARKS
from bot.nlu.corpus import read_corpus
from bot.nlu.encoder import Encoder, encode_pieces, shared_backbone
from bot.nlu.finetuning import blend
from bot.nlu.heads import fit_several, sigmoid
from bot.nlu.utterance import Marked, Span, marks_of, read_marks, split_pieces


@given(some.text(max_size=300))
def test_sentences_stand_where_they_say_and_leave_no_word_out(text: str) -> None:
    pieces = split_pieces(text)
    assert all(text[piece.start : piece.end] == piece.text for piece in pieces)
    assert "".join(piece.text for piece in pieces).split() == [] or len(pieces) >= 1
    left = text
    for piece in reversed(pieces):
        left = left[: piece.start] + left[piece.end :]
    assert not left.strip()


def test_a_reply_is_cut_at_the_ends_of_its_sentences() -> None:
    texts = [piece.text for piece in split_pieces("六千块不是小数。您拿什么比的？是3.5折那家吗")]
    assert texts == ["六千块不是小数。", "您拿什么比的？", "是3.5折那家吗"]
    texts = [piece.text for piece in split_pieces("It's 2.4 kilos. Heavy, yes! Shall I bring it at 5?")]
    assert texts == ["It's 2.4 kilos.", "Heavy, yes!", "Shall I bring it at 5?"]


def test_marks_are_taken_out_of_a_training_reply() -> None:
    said, parts = read_marks("[listen share] 贵了一倍，是得想想。[clarify] 跟谁比？[] 嗯")
    assert said == "贵了一倍，是得想想。跟谁比？嗯"
    assert [said[part.start : part.end] for part in parts] == ["贵了一倍，是得想想。", "跟谁比？", "嗯"]
    assert [part.marks for part in parts] == [("listen", "share"), ("clarify",), ()]
    assert read_marks("no marks [1] here") == ("no marks [1] here", ())


def test_a_sentence_has_the_marks_of_the_parts_in_it() -> None:
    parts = [Marked(0, 10, ("listen",)), Marked(10, 30, ("present",)), Marked(30, 40, ("ask",))]
    assert marks_of(Span("", 0, 12), parts) == ("listen",)
    assert marks_of(Span("", 0, 30), parts) == ("listen", "present")
    assert marks_of(Span("", 33, 39), parts) == ("ask",)


def test_every_mark_in_the_training_lines_is_known_and_taught_in_both_languages() -> None:
    marked = [line for line in read_corpus() if line.parts]
    assert len(marked) > 2200
    used = {mark for line in marked for part in line.parts for mark in part.marks}
    assert used == set(MARKS)


def test_sentences_are_encoded_in_their_context() -> None:
    backbone = shared_backbone()
    ids, places = encode_pieces(backbone, ["Heavy, yes.", "Why?"], "It is too heavy")
    assert places[0][1] == places[1][0] and places[1][1] == len(ids) - 1
    _, places = encode_pieces(backbone, ["word " * 400, "late"], "")
    assert places[1][0] == places[1][1], "what finds no room has an empty place"


def test_a_reply_and_its_sentences_get_vectors(plain: Encoder) -> None:
    whole, parts = plain.encode_reply(["Heavy, yes.", "Why is that bad?"], "It is too heavy")
    assert whole.shape == (384,) and parts.shape == (2, 384)
    alone, _ = plain.encode_reply(["Heavy, yes."], "It is too heavy")
    assert not np.allclose(whole, alone)


def test_a_head_of_several_marks_learns_each_by_itself() -> None:
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(300, 8)).astype(np.float32)
    targets = np.stack([vectors[:, 0] > 0, vectors[:, 1] > 0, np.zeros(300)], 1).astype(float)
    head = fit_several(vectors, targets, ["a", "b", "never"], 10.0)
    told = sigmoid(head.logits(vectors)) > 0.5
    assert (told[:, :2] == targets[:, :2].astype(bool)).mean() > 0.95
    assert not told[:, 2].any()


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_two_runs_are_averaged_in_the_space_of_their_weights(share: float) -> None:
    rng = np.random.default_rng(2)

    def run(heads: list[str]) -> dict[str, np.ndarray]:
        arrays = {"l0.q.a": rng.normal(size=(6, 2)), "l0.q.b": rng.normal(size=(2, 5))}
        for head in heads:
            arrays[f"{head}.w"], arrays[f"{head}.b"] = rng.normal(size=(3, 6)), rng.normal(size=3)
        return arrays

    first, second = run(["objection"]), run(["objection", "marks"])
    both = blend(first, second, share)
    average = (1 - share) * first["l0.q.a"] @ first["l0.q.b"] + share * second["l0.q.a"] @ second["l0.q.b"]
    assert np.allclose(both["l0.q.a"] @ both["l0.q.b"], average)
    assert np.allclose(
        both["objection.b"], (1 - share) * first["objection.b"] + share * second["objection.b"]
    )
    assert np.array_equal(both["marks.w"], second["marks.w"])
