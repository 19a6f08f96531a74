"""Every point has a rule and words, the points are the score, and whatever is typed is judged sensibly."""

from __future__ import annotations

import json

import pytest
from actors import assessed, content, pieces_of
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.coaching.assessment import LIMIT, Assessment, assess_reply, essence, score_dialogue
from bot.coaching.reading import Piece
from bot.coaching.taxonomy import (
    FAULTS,
    FORM_FAULTS,
    LANGS,
    MANNER_FAULTS,
    MARKS,
    NONE,
    STEPS,
    TECHNIQUE_LABELS,
)

RUBRIC = content().rubric.rules
PIECES = st.lists(
    st.tuples(
        st.text(min_size=1, max_size=30),
        st.dictionaries(st.sampled_from(MARKS), st.floats(0, 1), max_size=8),
    ),
    max_size=6,
)
CUSTOMER = {"zh": "三千九百六十块买个喇叭，也太贵了吧。", "en": "3,960 yuan for a box that shouts is a lot."}
GOOD = {
    "zh": "您说得在理，这不是小数。您是拿它跟什么比的？",
    "en": "That's a fair point, it isn't pocket money. What are you comparing it with?",
}


@settings(max_examples=150, deadline=None)
@given(
    PIECES,
    st.sampled_from(LANGS),
    st.sampled_from(LANGS),
    st.sampled_from(TECHNIQUE_LABELS),
    st.text(max_size=40),
)
def test_the_points_are_the_score_and_every_span_is_the_reply_s_own(
    parts: list[tuple[str, dict[str, float]]], lang: str, reply_lang: str, technique: str, customer: str
) -> None:
    text, pieces = "", []
    for words, marks in parts:
        pieces.append(Piece(words, len(text), len(text) + len(words), marks))
        text += words
    found = assess_reply(
        text, pieces, ((technique, 0.7),), RUBRIC, lang=lang, reply_lang=reply_lang, customer=customer
    )
    assert sum(item.points for item in found.evidence) == found.score and 0 <= found.score <= 100
    for item in found.evidence:
        assert text[item.start : item.end] == item.text
        assert item.rule == LIMIT or item.rule in RUBRIC.rules
        assert item.rule == LIMIT or item.points == RUBRIC.rules[item.rule].points
    rules = [item.rule for item in found.evidence]
    assert len(rules) == len(set(rules))
    assert found.steps == tuple(step for step in STEPS if step in rules)
    assert found.faults == tuple(fault for fault in FAULTS if fault in rules)
    assert Assessment.from_json(json.loads(json.dumps(found.to_json()))).score == found.score


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(
    "text,fault",
    [
        ("", "wordless"),
        ("   \n\t", "wordless"),
        ("……！？", "wordless"),
        ("🙂🙂🙂", "wordless"),
        ("\x00\x07\x1b[2J", ""),
        ("\u200b\u200e\ufeff", "wordless"),
        ("嗯", "too_short"),
        ("ok", "too_short"),
    ],
)
def test_what_says_nothing_is_worth_little_and_never_breaks(text: str, fault: str, lang: str) -> None:
    found = assess_reply(text, (), ((NONE, 1.0),), RUBRIC, lang=lang, reply_lang=lang)
    assert not fault or fault in found.faults
    assert found.score <= RUBRIC.rules["start"].points and not found.steps


@pytest.mark.parametrize("lang", LANGS)
def test_four_thousand_characters_are_too_long(lang: str) -> None:
    text = ({"zh": "我们的产品非常好，", "en": "our product is good and "}[lang] * 1000)[:4000]
    assert "too_long" in assessed(text, ("present",), lang=lang).faults
    assert "too_long" not in assessed(GOOD[lang], ("clarify",), lang=lang).faults


@pytest.mark.parametrize("lang", LANGS)
def test_another_language_shows_no_step_whatever_the_model_says(lang: str) -> None:
    other = next(other for other in LANGS if other != lang)
    found = assess_reply(
        GOOD[other],
        pieces_of(GOOD[other], STEPS),
        (("inquiry", 0.9),),
        RUBRIC,
        lang=lang,
        reply_lang=other,
    )
    assert found.faults == ("other_language",) and not found.steps and found.technique == NONE
    assert found.score <= 20


@pytest.mark.parametrize("lang", LANGS)
def test_the_customers_line_said_back_is_no_listening(lang: str) -> None:
    for text in (CUSTOMER[lang], CUSTOMER[lang].strip("。.") + "？", CUSTOMER[lang].upper()):
        found = assessed(text, ("listen", "share"), "yes_if", lang=lang, customer=CUSTOMER[lang])
        assert found.faults == ("parrot",) and not found.steps and found.score <= 20
    taken_up = CUSTOMER[lang] + GOOD[lang]
    assert (
        "parrot" not in assessed(taken_up, ("listen", "clarify"), lang=lang, customer=CUSTOMER[lang]).faults
    )


@pytest.mark.parametrize("lang", LANGS)
def test_a_reply_said_before_and_a_copied_model_answer_cost_points(lang: str) -> None:
    text, said = GOOD[lang], essence(GOOD[lang])
    plain = assessed(text, ("listen", "clarify"), "inquiry", lang=lang)
    again = assess_reply(
        text.replace("，", " ").replace(",", ""),
        pieces_of(text, ("listen", "clarify")),
        (("inquiry", 0.9),),
        RUBRIC,
        lang=lang,
        reply_lang=lang,
        earlier={said},
        known={said},
    )
    copied = assess_reply(
        text,
        pieces_of(text, ("listen", "clarify")),
        (("inquiry", 0.9),),
        RUBRIC,
        lang=lang,
        reply_lang=lang,
        known={said},
    )
    assert again.faults == ("repeat",) and copied.faults == ("copied",)
    assert again.score < copied.score < plain.score


def test_a_mark_counts_from_the_confidence_of_its_rule() -> None:
    rule = RUBRIC.rules["clarify"]
    for share, shown in ((rule.counts_from, True), (rule.counts_from - 0.01, False)):
        piece = Piece("贵在哪儿？", 0, 5, {"clarify": share})
        found = assess_reply("贵在哪儿？", (piece,), ((NONE, 1.0),), RUBRIC, lang="zh", reply_lang="zh")
        assert ("clarify" in found.steps) is shown


def test_the_piece_that_shows_a_mark_best_is_quoted() -> None:
    text = "我懂。您拿它跟什么比？"
    pieces = (Piece(text[:3], 0, 3, {"clarify": 0.55}), Piece(text[3:], 3, len(text), {"clarify": 0.8}))
    found = assess_reply(text, pieces, (("inquiry", 0.9),), RUBRIC, lang="zh", reply_lang="zh")
    assert {item.text for item in found.evidence if item.rule in ("clarify", "method")} == {text[3:]}


@pytest.mark.parametrize("fault", [*MANNER_FAULTS, *FORM_FAULTS])
def test_every_fault_costs_and_every_step_earns(fault: str) -> None:
    assert RUBRIC.rules[fault].points < 0
    assert all(RUBRIC.rules[step].points > 0 for step in STEPS)


def test_a_talk_is_worth_its_replies_and_the_steps_shown_in_it() -> None:
    poor, good = assessed("随便吧，都行"), assessed(GOOD["zh"], STEPS, "inquiry")
    assert score_dialogue((), RUBRIC) == 0
    assert score_dialogue((poor,), RUBRIC) < score_dialogue((poor, good), RUBRIC)
    assert score_dialogue((poor, good), RUBRIC) < score_dialogue((good, good), RUBRIC) <= 100
