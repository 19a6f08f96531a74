from __future__ import annotations

import re
from pathlib import Path

import pytest
from stage import NAMES

from bot.content.phrases import load_phrases
from bot.web import blocks
from bot.web.faults import CODES
from bot.web.rendering import HERE
from bot.web.wording import AREA, LANG_TAGS, Speech, accepted_lang, speeches

CALL = re.compile(r"\b(?:t|speech|phrases)\(\s*(f?)[\"']([\w.{}]+)[\"'](\s*~)?")
COUNT = re.compile(r"\b(?:t|speech)\.count\(\s*[\"']([\w.]+)[\"'](\s*~)?")
TEMPLATE_CODE = re.compile(r"\{% block body_class %\}[\w ]*|\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.S)
KEYS = load_phrases(AREA)["en"].keys
SOURCES = sorted([*HERE.rglob("*.py"), *HERE.rglob("*.html")])


def used_keys() -> tuple[set[str], set[str]]:
    """Return the keys that the pages name in full, and the beginnings of those that they put together."""
    whole: set[str] = set()
    beginnings = {"click."}  # a click's name is looked up by its intent
    for source in SOURCES:
        text = source.read_text(encoding="utf-8")
        for is_f, key, joined in CALL.findall(text):
            if is_f or joined:
                beginnings.add(key.split("{")[0])
            else:
                whole.add(key)
        for key, joined in COUNT.findall(text):
            if joined:
                beginnings.add(key)
            else:
                whole |= {f"{key}.one", f"{key}.other"}
    return whole, beginnings


def test_both_languages_say_the_same_things() -> None:
    phrases = load_phrases(AREA)
    assert phrases["zh"].keys == phrases["en"].keys


def test_the_values_in_a_sentence_are_the_same_in_both_languages() -> None:
    phrases = load_phrases(AREA)
    for key in KEYS:
        zh, en = (set(re.findall(r"\{(\w+)\}", phrases[lang](key))) for lang in ("zh", "en"))
        assert zh == en, key


def test_every_key_that_is_used_exists() -> None:
    whole, beginnings = used_keys()
    assert len(whole) > 60
    assert whole <= KEYS, whole - KEYS
    for beginning in beginnings:
        assert any(key.startswith(beginning) for key in KEYS), beginning


def test_every_key_is_used() -> None:
    whole, beginnings = used_keys()
    unused = {key for key in KEYS - whole if not key.startswith(tuple(beginnings))}
    assert not unused


def test_every_fault_has_words() -> None:
    codes = {*CODES.values(), "unreachable", "try_again", "too_long", "empty", "too_fast", "forbidden"}
    for code in codes:
        assert {f"fault.{code}.title", f"fault.{code}.text"} <= KEYS


def test_every_degree_of_sureness_has_words() -> None:
    assert {f"sureness.{blocks.sureness(share / 100)}" for share in range(101)} <= KEYS


@pytest.mark.parametrize("template", sorted(HERE.rglob("*.html")), ids=lambda path: path.name)
def test_a_template_holds_no_sentence(template: Path) -> None:
    text = re.sub(
        r"\{% block body_class %\}[\w ]*|\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}",
        "",
        template.read_text(encoding="utf-8"),
        flags=re.S,
    )
    shown = " ".join(re.sub(r"<[^>]*>", " ", text).split())
    assert not re.search(r"[A-Za-z\u3400-\u9fff]{2,}", shown.replace("UTC", "")), shown[:200]
    for attribute in re.findall(r'(?:alt|title|placeholder|aria-label)="([^"]*)"', text):
        assert not attribute.strip(), attribute


def test_no_page_holds_a_style_or_a_script_of_its_own() -> None:
    for template in HERE.rglob("*.html"):
        text = template.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=|\son\w+=|<style|<script(?! src=)", text), template.name


@pytest.mark.parametrize(
    ("header", "lang"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB,en;q=0.9", "en"),
        ("fr,en;q=0.3,zh;q=0.7", "zh"),
        ("fr", "en"),
        ("", "en"),
        ("zh;q=0", "en"),
        (";;;,=,zh;q=x", "en"),
        ("*", "en"),
    ],
)
def test_the_browser_s_language_is_taken_where_it_is_ours(header: str, lang: str) -> None:
    assert accepted_lang(header, "en") == lang


def test_what_is_gone_from_the_content_is_called_by_its_id() -> None:
    speech = speeches(load_phrases(AREA), NAMES)["zh"]
    assert (speech.name("type", "price"), speech.name("scenario", "gone")) == ("价格异议", "gone")
    assert NAMES["zh"].keys() == NAMES["en"].keys() and all(NAMES["zh"].values())


def test_a_number_of_things_has_its_own_words_for_one() -> None:
    speech: Speech = speeches(load_phrases(AREA), NAMES)["en"]
    assert speech.count("sessions.turns", 1) == "1 turn"
    assert speech.count("sessions.turns", 2) == "2 turns"
    assert set(LANG_TAGS) == {"zh", "en"}
