"""What the trained model makes of lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.coaching.reading import Reading
from bot.coaching.taxonomy import OBJECTION_LABELS, OBJECTION_PREFIX, TECHNIQUE_LABELS, TECHNIQUE_PREFIX
from bot.nlu.parser import Parser

HELDOUT = Path(__file__).resolve().parents[1] / "heldout"
COMPOUND = "你们这个比网上贵了快一倍，而且我回去还得问我老婆"


def test_a_compound_line_gives_both_objections_with_the_words_that_carry_them(parser: Parser) -> None:
    reading = parser.read(COMPOUND)
    assert reading.types == ("price", "authority")
    price, authority = reading.objections
    assert "贵" in price.span and "老婆" in authority.span
    assert reading.lang == "zh" and reading.intent == "obj_price"


def test_the_same_in_english(parser: Parser) -> None:
    reading = parser.read(
        "That is nearly twice what they charge online, and I would have to ask my wife anyway"
    )
    assert reading.types == ("price", "authority")
    assert "wife" in reading.objections[1].span


@pytest.mark.parametrize(
    "question",
    [
        "保修几年？",
        "How long is the warranty?",
        "能分期吗",
        "What colours does it come in?",
        "好的，那就定周六下午",
    ],
)
def test_a_neutral_question_or_a_buying_signal_is_no_objection(parser: Parser, question: str) -> None:
    assert parser.read(question).types == ()


@pytest.mark.parametrize(
    ("typed", "intent"),
    [
        ("你好", "greet"),
        ("hello", "greet"),
        ("help", "ask_help"),
        ("怎么用", "ask_help"),
        ("换个产品", "switch_product"),
        ("switch product please", "switch_product"),
        ("换个说法", "another_version"),
        ("show me another method", "another_method"),
        ("你分错了", "wrong_type"),
        ("speak English please", "switch_language"),
    ],
)
def test_talk_and_commands_are_told_from_customers_lines(parser: Parser, typed: str, intent: str) -> None:
    assert parser.read(typed).intent == intent


def test_the_ranking_is_restricted_to_the_side_that_speaks(parser: Parser) -> None:
    customer = parser.read("太贵了")
    seller = parser.read_reply("您是觉得比哪一家贵呢？", "太贵了")
    assert customer.intent.startswith(OBJECTION_PREFIX) and seller.intent.startswith(TECHNIQUE_PREFIX)
    assert {label for label, _ in customer.ranking} == set(OBJECTION_LABELS)
    assert {label for label, _ in seller.technique_ranking} == set(TECHNIQUE_LABELS)
    assert seller.technique_ranking[0][0] == "inquiry"
    assert sum(share for _, share in customer.ranking) == pytest.approx(1)


@pytest.mark.parametrize(
    "rubbish",
    ["", "   ", "😀" * 50, "\x00\x01\x1b[31m", "a" * 100_000, "贵" * 30_000, "<script>alert(1)</script>",
     "'; DROP TABLE turns; --", "/greet{\"name\": \"x\"}", "\ud800", "ﷺ" * 200, "。。。", "1234567890"],
)  # fmt: skip
def test_rubbish_is_read_without_a_fuss(parser: Parser, rubbish: str) -> None:
    reading = parser.read(rubbish)
    assert isinstance(reading, Reading)
    json.dumps(reading.to_json())


def test_a_reading_names_the_model_that_made_it(parser: Parser) -> None:
    assert parser.read("太贵了").model_version


@pytest.mark.parametrize(("file", "floor"), [("objections.jsonl", 0.70), ("techniques.jsonl", 0.68)])
def test_the_development_set_is_read_well_in_both_languages(parser: Parser, file: str, floor: float) -> None:
    lines = [json.loads(line) for line in (HELDOUT / file).read_text(encoding="utf-8").splitlines()]
    for lang in ("zh", "en"):
        # a third of them: `./dojo evaluate` reads them all
        mine = [line for line in lines if line["lang"] == lang][::3]
        right = 0
        for line in mine:
            if file.startswith("objections"):
                best = parser.read(line["text"], lang).ranking[0][0]
            else:
                best = parser.read_reply(line["text"], line.get("objection", ""), lang).technique_ranking[0][
                    0
                ]
            right += best == line["label"]
        assert right / len(mine) >= floor, f"{file} {lang}: {right / len(mine):.3f}"
