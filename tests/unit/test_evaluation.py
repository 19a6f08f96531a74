"""Scoring labelled lines: the measures against figures worked out by hand, and every fault of a file."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.evaluation import (
    LABELS,
    OBJECTION,
    TECHNIQUE,
    Answer,
    Example,
    FaultyFile,
    evaluate,
    read_examples,
)


def example(label: str, lang: str = "en", accepted: tuple[str, ...] = ()) -> Example:
    return Example("a line", lang, label, accepted)


def file_of(*lines: object) -> bytes:
    return "\n".join(json.dumps(line, ensure_ascii=False) for line in lines).encode()


def test_accuracy_counts_exact_labels_and_lenient_accuracy_also_the_accepted_ones() -> None:
    examples = [
        example("price", accepted=("payment",)),
        example("need"),
        example("none", "zh"),
        example("need"),
    ]
    answers = [Answer("payment", 0.9), Answer("need", 0.6), Answer("none", 0.7), Answer("price", 0.2)]
    scores = evaluate(OBJECTION, examples, answers, 1.0).scores
    assert (scores.n, scores.accuracy, scores.lenient_accuracy) == (4, 0.5, 0.75)


def test_macro_f1_is_the_mean_over_the_labels_that_are_in_the_gold_lines() -> None:
    examples = [example("price"), example("price"), example("need")]
    answers = [Answer("price", 1.0), Answer("service", 1.0), Answer("need", 1.0)]
    evaluation = evaluate(OBJECTION, examples, answers, 1.0)
    assert evaluation.by_label["price"].f1 == pytest.approx(2 / 3)
    assert evaluation.by_label["service"].support == 0
    assert evaluation.scores.macro_f1 == pytest.approx((2 / 3 + 1) / 2)


def test_precision_and_recall_are_those_of_the_confusion() -> None:
    examples = [example("ignore"), example("ignore"), example("none"), example("none")]
    answers = [Answer("ignore", 0.5), Answer("none", 0.5), Answer("none", 0.5), Answer("none", 0.5)]
    evaluation = evaluate(TECHNIQUE, examples, answers, 1.0)
    assert evaluation.confusion == {"ignore": {"ignore": 1, "none": 1}, "none": {"ignore": 0, "none": 2}}
    assert evaluation.by_label["none"].to_json() == {
        "precision": pytest.approx(2 / 3),
        "recall": 1.0,
        "f1": pytest.approx(0.8),
        "support": 2,
    }


def test_ece_weighs_the_gap_of_each_tenth_by_its_lines() -> None:
    examples = [example("price"), example("price"), example("price"), example("price")]
    answers = [Answer("price", 0.95), Answer("need", 0.95), Answer("price", 0.25), Answer("price", 0.25)]
    gap_above, gap_below = abs(0.5 - 0.95), abs(1.0 - 0.25)
    ece = evaluate(OBJECTION, examples, answers, 1.0).scores.ece
    assert ece == pytest.approx((2 * gap_above + 2 * gap_below) / 4)


def test_a_confidence_of_one_falls_into_the_last_bin() -> None:
    bins = evaluate(OBJECTION, [example("price")], [Answer("price", 1.0)], 1.0).bins
    assert [found.count for found in bins] == [0] * 9 + [1]


def test_the_json_has_the_keys_of_the_command_line() -> None:
    evaluation = evaluate(
        OBJECTION, [example("price"), example("need", "zh")], [Answer("price", 1.0)] * 2, 0.25
    )
    data = evaluation.to_json()
    keys = "task n accuracy lenient_accuracy macro_f1 ece by_lang by_label confusion seconds"
    assert list(data) == keys.split()
    assert list(data["by_lang"]) == ["zh", "en"]
    assert json.loads(json.dumps(data)) == data


@given(
    st.lists(
        st.tuples(
            st.sampled_from(LABELS[OBJECTION]),
            st.sampled_from(LABELS[OBJECTION]),
            st.floats(0, 1),
            st.sampled_from(("zh", "en")),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_measures_agree_with_each_other(lines: list[tuple[str, str, float, str]]) -> None:
    examples = [example(right, lang) for right, _, _, lang in lines]
    answers = [Answer(given_label, confidence) for _, given_label, confidence, _ in lines]
    evaluation = evaluate(OBJECTION, examples, answers, 1.0)
    hits = sum(row[label] for label, row in evaluation.confusion.items())
    assert hits / len(lines) == pytest.approx(evaluation.scores.accuracy)
    assert sum(sum(row.values()) for row in evaluation.confusion.values()) == len(lines)
    assert sum(found.count for found in evaluation.bins) == len(lines)
    assert sum(scores.n for scores in evaluation.by_lang.values()) == len(lines)
    assert 0 <= evaluation.scores.ece <= 1
    assert evaluation.scores.accuracy <= evaluation.scores.lenient_accuracy


def test_a_file_may_have_a_mark_at_its_beginning_windows_line_ends_and_blank_lines() -> None:
    line = json.dumps({"text": "太贵了", "lang": "zh", "label": "price"}).encode()
    examples = read_examples(b"\xef\xbb\xbf" + line + b"\r\n\r\n" + line + b"\r\n", OBJECTION)
    assert [found.text for found in examples] == ["太贵了", "太贵了"]


def test_alt_and_combined_are_accepted_labels() -> None:
    line = {"text": "x", "lang": "en", "label": "price", "alt": "payment", "combined": ["price", "authority"]}
    (found,) = read_examples(file_of(line), OBJECTION)
    assert found.accepted == ("payment", "price", "authority")


def test_the_line_that_a_reply_answers_is_read() -> None:
    line = {"text": "Compared with what?", "lang": "en", "label": "inquiry", "objection": "Too dear."}
    (found,) = read_examples(file_of(line), TECHNIQUE)
    assert found.objection == "Too dear."


GOOD = {"text": "x", "lang": "en", "label": "price"}


@pytest.mark.parametrize(
    ("bad", "code", "details"),
    [
        ({**GOOD, "label": "prize"}, "unknown_label", {"key": "label", "value": "prize"}),
        ({**GOOD, "label": "yes_if"}, "unknown_label", {"key": "label", "value": "yes_if"}),
        ({**GOOD, "label": 3}, "unknown_label", {"key": "label", "value": "3"}),
        ({**GOOD, "alt": "obj_price"}, "unknown_label", {"key": "alt"}),
        ({**GOOD, "combined": ["price", None]}, "missing", {"key": "combined"}),
        ({**GOOD, "lang": "de"}, "unknown_lang", {"value": "de"}),
        ({**GOOD, "text": "  "}, "empty", {"key": "text"}),
        ({**GOOD, "text": 1}, "not_text", {"key": "text"}),
        ({**GOOD, "objection": ["x"]}, "not_text", {"key": "objection"}),
        ({"text": "x", "lang": "en"}, "missing", {"key": "label"}),
        ({"lang": "en", "label": "price"}, "missing", {"key": "text"}),
        (["x"], "not_object", {}),
    ],
)
def test_a_wrong_line_is_named_with_its_reason(bad: object, code: str, details: dict[str, str]) -> None:
    with pytest.raises(FaultyFile) as raised:
        read_examples(file_of(GOOD, bad), OBJECTION)
    fault = raised.value.fault
    assert (fault.line, fault.code) == (2, code)
    assert details.items() <= dict(fault.details).items()


@pytest.mark.parametrize(
    ("data", "line", "code"),
    [
        (b'{"text": ', 1, "not_json"),
        (b"\xff\xfe", 1, "not_utf8"),
        (b"", 1, "no_lines"),
        (b"\n \n", 1, "no_lines"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(data: bytes, line: int, code: str) -> None:
    with pytest.raises(FaultyFile) as raised:
        read_examples(data, OBJECTION)
    assert (raised.value.fault.line, raised.value.fault.code) == (line, code)
