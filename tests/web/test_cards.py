from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from typing import Any

import pytest
from showpiece import PLAYS, played
from stage import NAMES

from bot.content.phrases import load_phrases
from bot.web.blocks import CARDS, Block, block, payload_values
from bot.web.rendering import Pages
from bot.web.wording import AREA, speeches

LANGS = ("zh", "en")
NEW = (
    "scenarios",
    "brief",
    "customer",
    "feedback",
    "tries",
    "hint",
    "demonstration",
    "score_card",
    "drill_question",
    "drill_result",
    "drill_end",
    "progress",
)
HOSTILE = "\"><img src=x onerror=alert(1)><script>alert(2)</script>'{{ 7919*7 }}"
PAGES = Pages(speeches(load_phrases(AREA), NAMES), "zh")
VOID = {"input", "br", "img", "meta", "link", "hr"}


class Shape(HTMLParser):
    """Notes the elements and attributes of a card, and whether each element is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module", params=LANGS)
def shown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    return played(tmp_path_factory.mktemp("play"), request.param)


def built(said: Mapping[str, Any], lang: str = "zh") -> Block:
    return block(kind=said["kind"], text=said["text"], data=said["data"], buttons=said["buttons"], lang=lang)


def rendered(said: Mapping[str, Any], lang: str = "zh") -> str:
    return PAGES.card(built(said, lang))


def hostile(value: Any) -> Any:
    """Return a value with every text in it made hostile, but for what decides how it is drawn."""
    if isinstance(value, dict):
        return {key: value[key] if key in ("lang", "kind") else hostile(value[key]) for key in value}
    if isinstance(value, (list, tuple)):
        return [hostile(item) for item in value]
    return HOSTILE if isinstance(value, str) else value


def without_each(value: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield data that lacks one key, at the top or in each item of a list."""
    for key, inner in value.items():
        yield {other: value[other] for other in value if other != key}
        if isinstance(inner, list) and inner and isinstance(inner[0], dict):
            for name in {name for item in inner for name in item}:
                yield {**value, key: [{k: item[k] for k in item if k != name} for item in inner]}


def test_every_kind_of_practice_is_played(shown: list[dict[str, Any]]) -> None:
    assert set(NEW) <= {said["kind"] for said in shown}
    assert set(NEW) <= CARDS


def test_every_card_of_a_talk_is_drawn(shown: list[dict[str, Any]]) -> None:
    for said in shown:
        text = rendered(said)
        shape = Shape(text)
        assert f'class="card card-{said["kind"]}"' in text
        assert not shape.open
        assert not {"script", "style", "iframe", "img", "form"} & shape.tags
        assert not {"style", "onclick", "onload", "onerror"} & shape.attributes
        assert "None" not in shape.text and "Undefined" not in shape.text, said["kind"]


def test_a_card_s_labels_are_in_its_language(shown: list[dict[str, Any]]) -> None:
    lang = shown[0]["data"]["lang"]
    for said in shown:
        for page in LANGS:
            text = Shape(rendered(said, page)).text
            if lang == "en":
                assert not re.search("[\u3400-\u9fff]", text), said["kind"]
            assert rendered(said, page) == rendered(said, lang)


def test_hostile_texts_stay_texts(shown: list[dict[str, Any]]) -> None:
    for said in shown:
        evil = {
            "kind": said["kind"],
            "text": HOSTILE,
            "data": hostile(said["data"]),
            "buttons": [{"title": HOSTILE, "payload": HOSTILE}],
        }
        text = rendered(evil)
        shape = Shape(text)
        assert not {"script", "img"} & shape.tags, said["kind"]
        assert "onerror" not in shape.attributes, said["kind"]
        assert "<img" not in text and "55433" not in shape.text.replace(HOSTILE, ""), said["kind"]


def test_a_card_does_without_any_one_of_its_data(shown: list[dict[str, Any]]) -> None:
    firsts = {said["kind"]: said for said in shown if said["kind"] in NEW}
    for said in firsts.values():
        for data in without_each(said["data"]):
            assert not Shape(rendered({**said, "data": data, "text": "text"})).open


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("kind", NEW)
def test_a_card_without_data_is_a_text(kind: str, lang: str) -> None:
    text = rendered({"kind": kind, "text": "<b>said</b>", "data": {}, "buttons": ()}, lang)
    assert 'class="card card-text"' in text
    assert "&lt;b&gt;said&lt;/b&gt;" in text


def first(shown: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    return next(said for said in shown if said["kind"] == kind)


def test_all_scenarios_are_listed_with_what_they_are_filtered_by(shown: list[dict[str, Any]]) -> None:
    said = first(shown, "scenarios")
    text = html.unescape(rendered(said))
    for scene in said["data"]["scenarios"]:
        assert f'"scenario": "{scene["id"]}"' in text
        assert scene["title"][said["data"]["lang"]] in text
    assert text.count("<li data-type=") == len(said["data"]["scenarios"])
    assert set(re.findall(r'data-filter="(\w+)"', text)) == {"type", "style", "difficulty"}
    assert text.count("data-surprise") == 1


def test_feedback_marks_the_words_that_earned_points(shown: list[dict[str, Any]]) -> None:
    said = first(shown, "feedback")
    text = html.unescape(rendered(said))
    for item in said["data"]["evidence"]:
        if item["rule"] not in ("start", "limit"):
            assert re.search(r'<mark class="(gain|loss)">' + re.escape(item["text"]), text)
    assert "".join(re.findall(r'class="shown"', text)).count("shown") == sum(
        step["shown"] for step in said["data"]["steps"]
    )
    for word in ("master", "tip"):
        assert said["data"][word]


def test_each_point_can_be_disagreed_with(shown: list[dict[str, Any]]) -> None:
    said = first(shown, "feedback")
    carried = [
        payload_values(html.unescape(value))
        for value in re.findall(r'data-act="disagree" value="([^"]*)"', rendered(said))
    ]
    assert {value["rule"] for value in carried} == {item["rule"] for item in said["data"]["evidence"]}
    assert {(value["talk"], value["talk_turn"]) for value in carried} == {
        (said["data"]["talk"], said["data"]["talk_turn"])
    }


def test_both_tries_stand_side_by_side(shown: list[dict[str, Any]]) -> None:
    text = rendered(first(shown, "tries"))
    lines = PLAYS[first(shown, "tries")["data"]["lang"]]
    plain = re.sub(r"<span class=\"tag.*?</span>|<[^>]*>", "", text)
    assert html.escape(lines[1]) in plain.replace("\n", "") or lines[1] in html.unescape(plain)
    assert lines[2] in html.unescape(plain)


def test_the_chart_of_a_talk_has_a_table_that_says_the_same(shown: list[dict[str, Any]]) -> None:
    said = first(shown, "score_card")
    text = rendered(said)
    assert text.count("<polyline") == 4
    assert '<svg class="chart"' in text and 'role="img"' in text
    for item in said["data"]["series"]:
        for name in ("trust", "interest", "patience", "score"):
            assert f'<td class="figure">{item[name]}</td>' in text


def test_an_exam_s_feedback_comes_with_the_score_card(shown: list[dict[str, Any]]) -> None:
    exam = [said for said in shown if said["kind"] == "score_card"][1]
    assert len(exam["data"]["turns"]) == 1
    assert rendered(exam).count('class="judged"') == 1


def test_a_ladder_shows_how_far_each_skill_has_come(shown: list[dict[str, Any]]) -> None:
    said = first(shown, "progress")
    text = rendered(said)
    assert text.count('<svg class="rungs"') == 4 + len(said["data"]["types"]) + len(said["data"]["methods"])
    assert said["data"]["talks"][0]["title"] in text
