"""What is told of a reply without a model: the day it proposes, what it asks, the words to take up."""

from __future__ import annotations

import re

import pytest
from actors import assessed, content, pieces_of
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.coaching.reading import Piece
from bot.coaching.scenario import Scenario
from bot.coaching.signals import read_move
from bot.coaching.talk import Move
from bot.coaching.taxonomy import LANGS

SIGNALS = content().signals
ALARM = content().scenarios["alarm_loud"]


def move_of(text: str, lang: str, pieces: tuple[Piece, ...] | None = None) -> Move:
    pieces = pieces if pieces is not None else pieces_of(text, ("present",))
    return read_move(text, pieces, assessed(text, ("present",), lang=lang), ALARM, SIGNALS, lang)


@pytest.mark.parametrize(
    "lang,text,date",
    [
        ("zh", "我周四下午三点过来，行吗？", "周四下午三点"),
        ("zh", "星期三见。", "星期三"),
        ("zh", "下周二上午十点半，您看行不行？", "下周二上午十点半"),
        ("zh", "后天下午2点师傅到。", "后天下午2点"),
        ("zh", "这个周五方便吗？", "这个周五"),
        ("zh", "定在3月5号上午9点。", "3月5号上午9点"),
        ("zh", "十月十五日下午三点", "十月十五日下午三点"),
        ("zh", "15号我来一趟。", "15号"),
        ("zh", "今晚八点给您回话。", "今晚八点"),
        ("zh", "下午两点一刻，我在门口等您。", "下午两点一刻"),
        ("zh", "明天14:30我带样品来。", "明天14:30"),
        ("zh", "周末来试一次？", "周末"),
        ("zh", "礼拜六上午十点不耽误您生意。", "礼拜六上午十点"),
        ("zh", "下周给您答复。", "下周"),
        ("zh", "大后天行不行？", "大后天"),
        ("zh", "要么明天，要么后天上午九点，您定。", "后天上午九点"),
        ("zh", "30天内不满意全额退。", ""),
        ("zh", "三年保修。", ""),
        ("zh", "送到12号楼。", ""),
        ("zh", "您说得有道理。", ""),
        ("en", "Would Thursday at two suit you?", "Thursday at two"),
        ("en", "Tomorrow at nine, then.", "tomorrow at nine"),
        ("en", "How about Friday morning at ten?", "Friday morning at ten"),
        ("en", "I could come on Tuesday afternoon.", "Tuesday afternoon"),
        ("en", "Next Wednesday, if you like.", "next Wednesday"),
        ("en", "I'll ring tonight at 8 pm.", "tonight at 8 pm"),
        ("en", "Monday at half past three?", "Monday at half past three"),
        ("en", "Saturday 2pm works.", "Saturday 2pm"),
        ("en", "10:30 on Friday, is that all right?", "10:30 on Friday"),
        ("en", "Let's say 3pm tomorrow.", "3pm tomorrow"),
        ("en", "Is the 12th free?", "the 12th"),
        ("en", "The 3rd of May at ten, perhaps.", "the 3rd of May at ten"),
        ("en", "March 5th would do.", "March 5th"),
        ("en", "5 March at nine", "5 March at nine"),
        ("en", "Shall we meet next week?", "next week"),
        ("en", "Two o'clock on Thursday?", "two o'clock on Thursday"),
        ("en", "The day after tomorrow at noon.", "the day after tomorrow at noon"),
        ("en", "You have 30 days to send it back.", ""),
        ("en", "Three years of warranty.", ""),
        ("en", "That is a fair point.", ""),
    ],
)
def test_a_proposed_day(lang: str, text: str, date: str) -> None:
    assert move_of(text, lang).date == date


@pytest.mark.parametrize(
    "lang,text,asks",
    [
        ("zh", "您是拿它跟什么比的", True),
        ("zh", "还有别的顾虑吗。", True),
        ("zh", "是不是只有这一点", True),
        ("zh", "您觉得呢？", True),
        ("zh", "我明白您的意思。", False),
        ("en", "What are you comparing it with", True),
        ("en", "Is that the only thing?", True),
        ("en", "You said it's dear, is that it?", True),
        ("en", "I see what you mean.", False),
    ],
)
def test_a_question(lang: str, text: str, asks: bool) -> None:
    assert move_of(text, lang).asks is asks


@pytest.mark.parametrize("scenario", content().scenarios.values(), ids=lambda scenario: scenario.id)
@pytest.mark.parametrize("lang", LANGS)
def test_a_question_about_a_fact_is_known_by_its_words(scenario: Scenario, lang: str) -> None:
    for fact in scenario.knows:
        cue = fact.cues.of(lang)[0]
        text = {"zh": f"{cue}是怎么样的？", "en": f"What about {cue}?"}[lang]
        move = read_move(text, pieces_of(text, ()), assessed(text, lang=lang), scenario, SIGNALS, lang)
        assert move.question >= 0, (fact.cues, text)


@pytest.mark.parametrize(
    "lang,text,met",
    [
        ("zh", "您按四位密码，两秒就停。", {"loud"}),
        ("zh", "三年总共4680元，合一天4.3元。", {"dear"}),
        ("zh", "今天天气不错。", set()),
        ("en", "Type the code and it is quiet.", {"loud"}),
        ("en", "Three years come to 4,680 yuan.", {"dear"}),
        ("en", "I see.", set()),
    ],
)
def test_the_concerns_that_a_reply_meets(lang: str, text: str, met: set[str]) -> None:
    assert move_of(text, lang).meets == met


@pytest.mark.parametrize(
    "lang,text,words",
    [
        ("zh", "您按四位密码，两秒就停。", "您按四位密码"),
        ("zh", "我明白您的意思，这很正常。", ""),
        ("zh", "您拿它跟什么比？一天4.3元，您看呢？", ""),
        ("en", "I see. Tap your phone, and it stops.", "Tap your phone"),
        ("en", "That makes sense, of course.", ""),
    ],
)
def test_the_words_to_take_up(lang: str, text: str, words: str) -> None:
    found = move_of(text, lang).words
    assert (words in found) if words else found == "" or re.search(r"\d", found)


@pytest.mark.parametrize("scenario", content().scenarios.values(), ids=lambda scenario: scenario.id)
@pytest.mark.parametrize("lang", LANGS)
def test_words_taken_up_are_the_sellers_own_and_short(scenario: Scenario, lang: str) -> None:
    for concern in scenario.concerns:
        for answer in concern.answers:
            text = answer.text.of(lang)
            move = read_move(
                text, pieces_of(text, ("present",)), assessed(text, lang=lang), scenario, SIGNALS, lang
            )
            assert move.words in text and len(move.words) <= 60
            assert concern.id in move.meets


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300), st.sampled_from(LANGS))
def test_anything_typed_can_be_read(text: str, lang: str) -> None:
    move = move_of(text, lang)
    assert move.words in text and move.date.casefold() in text.casefold()
