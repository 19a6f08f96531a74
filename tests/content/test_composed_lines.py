"""The real content: every line that a trainee can be shown is clean and natural to say."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from bot.coaching.playbook import TONES, every_line, fitting
from bot.coaching.taxonomy import GUARDED_METHODS, LANGS, MAIN_METHODS, OBJECTION_TYPES, TECHNIQUES
from bot.content.loader import load_content, validate
from bot.content.schema import AUDIENCES, REJECTIONS, Content, Product

LONGEST = {"zh": 260, "en": 900}
"""A line is said in one breath or two, not read from a page."""

BAD = {
    "zh": re.compile(
        r"[{}\s]|[，。！？；：、]{2}|[，；：、]$|[，。！？；：、][”’][，。！？；：、]|[\u4e00-\u9fff][,;:?!]"
    ),
    "en": re.compile(
        r"[{}\n]|  |^\s|\s$|[.,;:!?]{2}|[.!?]”[.,]|\s[.,;:!?]|[a-z][.!?][A-Z]|[\u3000-\u9fff\uff00-\uffef]"
    ),
}
SENTENCE_START = re.compile(r"(?<=[.!?] )[\"“(]?[a-z]")
END = {"zh": re.compile(r"[。！？]”?$"), "en": re.compile(r"[.!?]”?$")}


@pytest.fixture(scope="module")
def content() -> Content:
    return load_content()


def composed(content: Content) -> Iterator[tuple[str, str, str]]:
    for product in content.products:
        for type_, lang in ((type_, lang) for type_ in OBJECTION_TYPES for lang in LANGS):
            material = content.material(product, type_, lang)
            for script in fitting(content.playbooks[type_], material):
                for line in every_line(script.versions, material):
                    yield lang, f"{product}: {line.version}", line.text
        for rejection in REJECTIONS:
            for audience, lang in ((audience, lang) for audience in AUDIENCES for lang in LANGS):
                versions, material = content.telephone_lines(rejection, audience, product, lang)
                for line in every_line(versions, material):
                    yield lang, f"{product}: {line.version}", line.text


def test_the_content_is_faultless() -> None:
    assert [str(fault) for fault in validate()] == []


def test_every_composed_line_is_clean(content: Content) -> None:
    faults = []
    total = 0
    for lang, name, text in composed(content):
        total += 1
        if (bad := BAD[lang].search(text)) or (lang == "en" and (bad := SENTENCE_START.search(text))):
            faults.append(f"{name}: {bad[0]!r}: {text}")
        if not END[lang].search(text) or len(text) > LONGEST[lang]:
            faults.append(f"{name}: {len(text)}: {text}")
        if lang == "en" and not re.match(r"[“(]?[A-Z0-9]", text):
            faults.append(f"{name}: no capital: {text}")
    assert not faults, "\n".join(faults[:20])
    assert total > 1000


def test_an_inquiry_asks_exactly_one_question(content: Content) -> None:
    for product in content.products:
        for type_, lang in ((type_, lang) for type_ in OBJECTION_TYPES for lang in LANGS):
            material = content.material(product, type_, lang)
            for line in every_line(content.playbooks[type_].script("inquiry").versions, material):
                assert len(re.findall("[?？]", line.text)) == 1, line.text


def test_no_line_answers_with_a_blunt_but(content: Content) -> None:
    blunt = {"zh": re.compile(r"^是的[^。]*(但是|不过|可是)"), "en": re.compile(r"^Yes,[^.]*\bbut\b")}
    for type_, playbook in content.playbooks.items():
        for version in playbook.script("yes_if").versions:
            for lang in LANGS:
                text = version.template.of(lang)
                assert text.startswith({"zh": "是的", "en": "Yes"}[lang]), version.id
                assert not blunt[lang].search(text), f"{type_}: {version.id}"


@pytest.mark.parametrize("type_", OBJECTION_TYPES)
def test_every_type_has_the_main_methods_in_three_tones(content: Content, type_: str) -> None:
    playbook = content.playbooks[type_]
    assert set(MAIN_METHODS) <= set(playbook.methods)
    for script in playbook.scripts:
        assert {version.tone for version in script.versions} == set(TONES)
        openings = [version.template.of(lang).split("{")[0] for lang in LANGS for version in script.versions]
        assert len(set(openings)) == len(openings)


def test_the_guarded_methods_stay_where_they_suit(content: Content) -> None:
    held = {
        method: {type_ for type_, playbook in content.playbooks.items() if method in playbook.methods}
        for method in GUARDED_METHODS
    }
    assert held["rebuttal"] <= {"product", "source", "service"}
    assert held["ignore"] <= {"price", "product", "salesperson", "brush_off"}
    fits = [script.fit for playbook in content.playbooks.values() for script in playbook.scripts]
    guarded = [s.fit for p in content.playbooks.values() for s in p.scripts if s.method in GUARDED_METHODS]
    assert max(guarded) <= 0.3 < max(fits)


def test_no_opening_is_used_for_two_types(content: Content) -> None:
    seen: dict[str, str] = {}
    for playbook in content.playbooks.values():
        for script in playbook.scripts:
            for version in script.versions:
                for lang in LANGS:
                    opening = version.template.of(lang).split("{")[0].strip()
                    assert opening not in seen, f"{version.id} opens like {seen[opening]}: {opening}"
                    seen[opening] = version.id


def test_the_taxonomy_names_every_id(content: Content) -> None:
    assert tuple(content.taxonomy.objection_types) == OBJECTION_TYPES
    assert tuple(content.taxonomy.methods) == TECHNIQUES


@pytest.mark.parametrize(
    ("words", "lang", "type_", "expected", "unwanted"),
    [
        ("一响起来就关不掉，吵死了", "zh", "product", "吵", "摄像头"),
        ("once it goes off it's hard to shut up", "en", "product", "loud", "camera"),
        ("连个摄像头都没有", "zh", "product", "摄像头", "105分贝"),
        ("我得问问我老婆", "zh", "authority", "一家人", "总部"),
        ("I'd have to run that past my boss", "en", "authority", "head office", "everyone's blessing"),
    ],
)
def test_the_concession_answers_what_the_customer_said(
    content: Content, words: str, lang: str, type_: str, expected: str, unwanted: str
) -> None:
    material = content.material("alarm", type_, lang, words)
    for line in every_line(content.playbooks[type_].script("compensation").versions, material):
        assert expected in line.text
    assert not any(unwanted in sentence for sentence in material.sentences["concede"])


def test_a_rebuttal_is_offered_only_to_who_repeats_the_rumour(content: Content) -> None:
    playbook = content.playbooks["product"]
    for words, offered in (("拿个干扰器就废了", True), ("样子太难看", False), ("", True)):
        methods = [s.method for s in fitting(playbook, content.material("alarm", "product", "zh", words))]
        assert ("rebuttal" in methods) is offered


def test_products_differ_in_what_they_say(content: Content) -> None:
    seen: dict[str, Product] = {}
    for product in content.products.values():
        for lines in (lines for slots in product.arguments.values() for lines in slots.values()):
            for sentence in (*lines.zh, *lines.en):
                other = seen.setdefault(sentence, product)
                assert other.id == product.id, f"{product.id} says what {other.id} says: {sentence}"
