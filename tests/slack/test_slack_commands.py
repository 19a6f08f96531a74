from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.slack_blocks import tongues
from bot.channels.slack_commands import NAMES, UNKNOWN, is_stop, read_lang, read_slash
from bot.content.phrases import load_slack_phrases

TONGUES = tongues(load_slack_phrases())


@pytest.mark.parametrize(
    ("typed", "name", "rest"),
    [
        ("", "help", ""),
        ("help", "help", ""),
        ("?", "help", ""),
        ("帮助", "help", ""),
        ("Practice", "practice", ""),
        ("role play", "practice", ""),
        ("对练", "practice", ""),
        ("drill", "drill", ""),
        ("三分钟", "drill", ""),
        ("progress please", "progress", "please"),
        ("我的进步", "progress", ""),
        ("link", "link", ""),
        ("绑定", "link", ""),
        ("lang zh", "lang", "zh"),
        ("language English", "lang", "english"),
        ("语言 英文", "lang", "英文"),
        ("语言英文", "lang", "英文"),
        ("中文", "lang", "中文"),
        ("en", "lang", "en"),
        ("lang", "lang", ""),
        ("daily 8:30", "daily", "8:30"),
        ("every day 8pm", "daily", "8pm"),
        ("每天8点半", "daily", "8点半"),
        ("每天 关", "daily", "关"),
        ("drilling rig", UNKNOWN, "drilling rig"),
        ("太贵了", UNKNOWN, "太贵了"),
        ("<@U1> &lt;b&gt;", UNKNOWN, "<b>"),
    ],
)
def test_a_command_is_read_in_either_language(typed: str, name: str, rest: str) -> None:
    read = read_slash(typed, TONGUES)
    assert (read.name, read.rest) == (name, rest)


def test_a_chinese_word_asks_for_a_chinese_answer() -> None:
    assert read_slash("对练", TONGUES).lang == "zh"
    assert read_slash("drill", TONGUES).lang == ""


def test_no_word_means_two_things() -> None:
    words = [
        word
        for name in (*NAMES, "langs.zh", "langs.en", "stop")
        for word in {word for lang in TONGUES for word in TONGUES[lang].phrases(f"slash.{name}").split("|")}
    ]
    assert len(words) == len(set(words))


@pytest.mark.parametrize(
    ("word", "lang"), [("zh", "zh"), ("中文", "zh"), ("English", "en"), ("英文", "en"), ("fr", "")]
)
def test_a_language_is_named_in_either_language(word: str, lang: str) -> None:
    assert read_lang(word, TONGUES) == lang


def test_stopping_is_said_in_either_language() -> None:
    assert is_stop("Off", TONGUES) and is_stop("不要", TONGUES) and not is_stop("8:30", TONGUES)


@given(st.text(max_size=40))
def test_anything_typed_is_a_command_or_unknown(typed: str) -> None:
    assert read_slash(typed, TONGUES).name in (*NAMES, UNKNOWN)
