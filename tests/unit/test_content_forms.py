"""The forms that texts must have."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bot.content import forms
from bot.content.amounts import amounts


def codes(form: forms.Form, text: str, lang: str) -> set[str]:
    return {code for code, _ in form(text, lang)}


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("一套3960元，装好才付第一期。", "zh"),
        ("他说：“太贵了。”我明白。", "zh"),
        ("上午10:30到，误差2.5%。", "zh"),
        ("It costs 3,960 yuan, that is 4.3 a day.", "en"),
        ("“No need” is what they say (most of them).", "en"),
        ("He said: “Too dear.” I see.", "en"),
        ("Wait... then say it.", "en"),
    ],
)
def test_good_sentences_pass(text: str, lang: str) -> None:
    assert codes(forms.spoken, text, lang) == set()


@pytest.mark.parametrize(
    ("text", "lang", "code"),
    [
        ("这个不贵", "zh", "no_end"),
        ("It is cheap", "en", "no_end"),
        ("it is cheap.", "en", "no_capital"),
        ("It is 便宜.", "en", "chinese_in_en"),
        ("It is cheap。", "en", "chinese_in_en"),
        ("Cheap and good.", "zh", "no_chinese_in_zh"),
        ("很好,真的。", "zh", "half_width"),
        ("很好。。", "zh", "doubled"),
        ("很好，。", "zh", "doubled"),
        ("Good..", "en", "doubled"),
        ("Good!, yes.", "en", "doubled"),
        ("Good ?", "en", "spacing"),
        ("Good  thing.", "en", "spacing"),
        ("Good.Thing is.", "en", "spacing"),
        ("很好， 真的。", "zh", "spacing"),
        ("TODO write this.", "en", "leftover"),
        ("这里{待补}。", "zh", "leftover"),
        ("Costs {price}.", "en", "leftover"),
        ("他说：“太贵了。", "zh", "unpaired"),
        ('No need" is common.', "en", "unpaired"),
        ("但是它很好。", "zh", "connective"),
        ("However, it is good.", "en", "connective"),
        ("您好，它很好。", "zh", "greeting"),
        ("Hello, it is good.", "en", "greeting"),
        ("我们为您赋能。", "zh", "brochure"),
        ("It is a seamless thing.", "en", "brochure"),
    ],
)
def test_bad_sentences_are_named(text: str, lang: str, code: str) -> None:
    assert code in codes(forms.spoken, text, lang)


@pytest.mark.parametrize(
    ("form", "text", "lang", "code"),
    [
        (forms.statement, "Is it good?", "en", "question"),
        (forms.question, "您看呢？好不好？", "zh", "not_one_question"),
        (forms.question, "It is good.", "en", "not_one_question"),
        (forms.question, "Is it good? I think so.", "en", "not_one_question"),
        (forms.condition, "它很好。", "zh", "not_condition"),
        (forms.condition, "It is good.", "en", "not_condition"),
        (forms.turned, "它很好。", "zh", "not_turned"),
        (forms.turned, "It is good.", "en", "not_turned"),
    ],
)
def test_each_slot_has_its_own_form(form: forms.Form, text: str, lang: str, code: str) -> None:
    assert code in codes(form, text, lang)


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("您说得对。{concede}{outweigh}您定。", "zh"),
        ("我只问一句：{concede}", "zh"),
        ("先看{product}。{concede}", "zh"),
        ("You're right. {concede} {outweigh} You decide.", "en"),
        ("Leave {product} aside. {concede}", "en"),
        ("{concede} {outweigh}", "en"),
    ],
)
def test_good_templates_pass(text: str, lang: str) -> None:
    assert codes(forms.template({"concede", "outweigh", "product"}), text, lang) == set()


@pytest.mark.parametrize(
    ("text", "lang", "code"),
    [
        ("您说得对。{reason}", "zh", "slot_unknown"),
        ("您说得对，{concede}", "zh", "slot_seam"),
        ("您说得对。{concede}，您定。", "zh", "slot_seam"),
        ("You're right, {concede}", "en", "slot_seam"),
        ("You're right. {concede} you decide.", "en", "slot_seam"),
        ("You're right. {concede}. You decide.", "en", "doubled"),
        ("您说得对。{concede}。您定。", "zh", "doubled"),
        ("You're right. {concede}{outweigh}", "en", "spacing"),
        ("you're right. {concede}", "en", "no_capital"),
        ("You're right. {concede} You decide", "en", "no_end"),
        ("You're right. {concede", "en", "leftover"),
        ("您说得对。{concede} ", "zh", "spacing"),
    ],
)
def test_bad_templates_are_named(text: str, lang: str, code: str) -> None:
    assert code in codes(forms.template({"concede", "outweigh", "product"}), text, lang)


def test_a_chinese_alias_may_be_a_latin_brand_and_an_english_one_not_chinese() -> None:
    assert codes(forms.alias, "NightWatch", "zh") == set()
    assert codes(forms.alias, "报警器", "en") == {"chinese_in_en"}


@pytest.mark.parametrize(
    ("text", "sums"),
    [
        ("一套3960元，每期330元。", {3960, 330}),
        ("一台12.8万元，省5000块。", {128000, 5000}),
        ("3,960 yuan, or CNY 330 a month.", {3960, 330}),
        ("4.3 yuan and a 12-yuan fee", {Decimal("4.3"), 12}),
        ("about 1.2 million yuan", {1200000}),
        ("三年，24小时，100 people", set()),
    ],
)
def test_sums_of_money_are_found_in_both_languages(text: str, sums: set[Decimal]) -> None:
    assert amounts(text) == {Decimal(amount) for amount in sums}
