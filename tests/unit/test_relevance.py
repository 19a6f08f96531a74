"""Putting first what answers the customer's words."""

from __future__ import annotations

import pytest

from bot.coaching.playbook import Material
from bot.coaching.relevance import Theme, narrow, repeats, touches

ENGLISH = Material(
    "en",
    {
        "concede": ("There is no camera on it.", "It is very loud once it sounds."),
        "turn": ("It has no lens, that's exactly why.", "It is hard to shut up, that's exactly why."),
        "outweigh": ("It has a battery.", "A camera films the thief, a siren drives him off."),
        "next": ("Try it on Friday.", "A camera can wait until Friday."),
    },
)
CHINESE = Material("zh", {"concede": ("没有摄像头，看不到画面。", "响起来确实很吵，不好关。")})
LOUD = Theme("It is very loud.", ("shut up", "nois"))


def test_only_the_concession_that_was_asked_for_is_kept() -> None:
    narrowed = narrow(ENGLISH, "There's not even a camera!")
    assert narrowed.sentences["concede"] == ("There is no camera on it.",)


def test_benefits_are_all_kept_with_the_fitting_one_first() -> None:
    narrowed = narrow(ENGLISH, "There's not even a camera!")
    assert narrowed.sentences["outweigh"][0].startswith("A camera films")
    assert len(narrowed.sentences["outweigh"]) == 2
    assert narrowed.lead == {"concede", "outweigh"}


def test_next_steps_stay_as_they_are() -> None:
    assert narrow(ENGLISH, "No camera?").sentences["next"] == ENGLISH.sentences["next"]


def test_a_theme_brings_in_words_that_the_customer_did_not_say() -> None:
    narrowed = narrow(ENGLISH, "What a noisy thing", [LOUD])
    assert narrowed.sentences["concede"] == ("It is very loud once it sounds.",)
    assert narrowed.sentences["turn"] == ("It is hard to shut up, that's exactly why.",)


def test_the_customers_own_words_outweigh_a_theme() -> None:
    board = Theme("A board with a deep scratch can't be sanded like solid wood, and water lifts the edge.")
    stock = Material(
        "en",
        {
            "concede": (
                "A deep scratch can't be sanded out, and water left on the board can lift the edge.",
                "It's plywood inside, so solid wood it is not.",
            ),
            "outweigh": ("The layers hold still.", "The top can be changed."),
            "turn": ("It isn't solid wood, that's exactly why it stays flat.",),
        },
    )
    narrowed = narrow(stock, "Nice style, but it isn't solid wood", [board])
    assert narrowed.sentences["concede"] == ("It's plywood inside, so solid wood it is not.",)


@pytest.mark.parametrize("words", ["", "Hm.", "well, you know how it is"])
def test_words_that_say_nothing_change_nothing(words: str) -> None:
    assert narrow(ENGLISH, words, [LOUD]) == ENGLISH


@pytest.mark.parametrize(
    ("words", "kept"),
    [("连摄像头都没有", "没有摄像头，看不到画面。"), ("一响起来就没完", "响起来确实很吵，不好关。")],
)
def test_chinese_is_compared_by_pairs_of_characters(words: str, kept: str) -> None:
    assert narrow(CHINESE, words).sentences["concede"] == (kept,)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("it won't shut up", True),
        ("all that noise", False),
        ("NOISY THING", True),
        ("such a shutter", False),
        ("very loud indeed", False),
        ("", False),
    ],
)
def test_an_english_cue_is_the_beginning_of_a_word_or_phrase(words: str, expected: bool) -> None:
    assert touches(words, Theme("", ("shut up", "noisy")), "en") is expected


def test_a_claim_is_repeated_by_a_cue_or_by_much_the_same_words() -> None:
    claim = Theme("Anyone can knock out a wireless alarm with a jammer.", ("interfer",))
    assert repeats("they say you can knock out a wireless alarm", claim, "en")
    assert repeats("what about interference", claim, "en")
    assert not repeats("is your alarm wireless", claim, "en")


def test_much_the_same_words_touch_a_theme_without_cues() -> None:
    theme = Theme("Anyone can knock out a wireless alarm with a jammer.")
    assert touches("can't burglars jam wireless alarms with a jammer", theme, "en")
    assert not touches("an alarm is ugly", theme, "en")
