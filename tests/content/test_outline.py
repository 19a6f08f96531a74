"""The form of a content file shows every place, names its faults there, and gives back what is typed."""

from __future__ import annotations

from typing import Any

import pytest

from bot.content.drafts import read_draft
from bot.content.faults import Fault
from bot.content.loader import ROOT
from bot.content.outline import WORDS, Entry, found_in, outline, pages_of, read_form
from bot.content.places import NoSuchPlace, added, changed, found, name_of, place_of, removed
from bot.content.shapes import BLOCK, CHOICE, ID, NAMES, NUMBER, PAIR, shape_of
from bot.content.writing import same

PRODUCTS = tuple(sorted(path.stem for path in (ROOT / "products").glob("*.yml")))
FILES = (
    "products/alarm.yml",
    "scenarios/tel_no_budget.yml",
    "playbooks/price.yml",
    "playbooks/telephone.yml",
    "lines/tiger.yml",
    "lines/silent.yml",
    "rubric.yml",
)
SCENARIO = "scenarios/alarm_loud.yml"


def value_of(file: str) -> Any:
    value, faults = read_draft((ROOT / file).read_text(encoding="utf-8"), file)
    assert faults == []
    return value


def drawn(file: str, value: Any, faults: tuple[Fault, ...] = ()) -> Entry:
    return outline(value, shape_of(file, value, PRODUCTS), faults)


def at(whole: Entry, name: str) -> Entry:
    entry = found_in(whole, place_of(name))
    assert entry is not None
    return entry


def test_a_draft_that_is_changed_changes_no_other_draft() -> None:
    value_of(SCENARIO)["behaviours"].append("unheard of")
    assert "unheard of" not in value_of(SCENARIO)["behaviours"]


@pytest.mark.parametrize("file", FILES)
def test_a_form_that_is_sent_back_untouched_changes_nothing(file: str) -> None:
    value = value_of(file)
    whole = drawn(file, value)
    assert same(read_form(sent(whole), whole), value)


def sent(entry: Entry) -> dict[str, list[str]]:
    """Return the fields that a browser sends for an entry."""
    if entry.kind == NAMES:
        return {f"{entry.path}!": [""], entry.path: list(entry.value)}
    if entry.kind == WORDS:
        return {f"{entry.path}.{lang}": [text.replace("\n", "\r\n")] for lang, text in entry.value.items()}
    if entry.parts or entry.value is None:
        return {name: texts for part in entry.parts for name, texts in sent(part).items()}
    return {entry.path: [entry.value]}


@pytest.mark.parametrize("file", FILES)
def test_no_page_of_a_file_is_too_long_to_work_on(file: str) -> None:
    whole = drawn(file, value_of(file))
    pages = list(pages_of(whole))
    assert len({page.path for page in pages}) == len(pages)
    own = {page.path for page in pages}

    def fields(entry: Entry) -> int:
        if not entry.parts:
            return entry.size
        return sum(fields(part) for part in entry.parts if part.path not in own)

    assert max(fields(page) for page in pages) <= 180


def test_the_form_offers_what_the_checks_ask_for() -> None:
    whole = drawn(SCENARIO, value_of(SCENARIO))
    kinds = {
        name: at(whole, name).kind for name in ("id", "style", "difficulty", "behaviours", "title", "brief")
    }
    assert kinds == {
        "id": ID,
        "style": CHOICE,
        "difficulty": NUMBER,
        "behaviours": NAMES,
        "title": PAIR,
        "brief": BLOCK,
    }
    assert at(whole, "product").expected.known == PRODUCTS
    assert at(whole, "concerns#0.states.zh#0").expected.lang == "zh"
    assert at(whole, "concerns#0").missing == ("masks",)
    assert at(whole, "concerns#0.dissolves").kind == WORDS


def test_an_entry_that_was_just_added_has_all_its_fields_empty() -> None:
    value = added(value_of(SCENARIO), place_of("concerns"), None)
    new = found_in(drawn(SCENARIO, value), ("concerns", 2))
    assert new is not None
    assert [part.name for part in new.parts][:4] == ["id", "type", "nature", "weight"]
    assert {part.value for part in new.parts if part.kind in (ID, CHOICE, NUMBER)} == {""}
    filled = read_form({"concerns#2.id": ["late"], "concerns#2.behind.zh": ["他怕。"]}, new)
    assert filled["id"] == "late"
    assert filled["behind"] == {"zh": "他怕。", "en": ""}


def test_faults_stand_beside_their_fields_and_none_is_lost() -> None:
    value = value_of(SCENARIO)
    faults = (
        Fault(SCENARIO, "concerns[loud].states.zh[2]", "no_end", (("expected", "。"),)),
        Fault(SCENARIO, "concerns[loud].dissolves.en[3]", "empty"),
        Fault(SCENARIO, "behaviours[1]", "not_text"),
        Fault(SCENARIO, "line 7", "syntax", (("problem", "x"),)),
        Fault(SCENARIO, "", "not_winnable", (("won", "1"), ("runs", "6"))),
    )
    value["behaviours"] = [3]
    whole = drawn(SCENARIO, value, faults)
    assert [fault.code for fault in at(whole, "concerns#0.states.zh#1").faults] == ["no_end"]
    assert [fault.code for fault in at(whole, "concerns#0.dissolves").faults] == ["empty"]
    assert [fault.code for fault in at(whole, "behaviours#0").faults] == ["not_text"]
    assert {fault.code for fault in whole.faults} == {"syntax", "not_winnable"}
    assert whole.all_faults() == len(faults)


def test_what_is_typed_comes_back_as_typed() -> None:
    whole = drawn(SCENARIO, value_of(SCENARIO))
    fields = {
        "difficulty": ["very"],
        "style": ["lion"],
        "title.zh": ["<b>响</b>\r\n第二行"],
        "concerns#0.weight": ["3"],
        "concerns#0.dissolves.en": ["code\r\n\r\n  tap "],
        "behaviours!": [""],
        "behaviours": ["silent", "doubting", "unheard of"],
    }
    value = read_form(fields, whole)
    assert value["difficulty"] == "very"
    assert value["style"] == "lion"
    assert value["title"]["zh"] == "<b>响</b>\n第二行"
    assert value["concerns"][0]["weight"] == 3
    assert value["concerns"][0]["dissolves"]["en"] == ["code", "tap"]
    assert value["behaviours"] == ["silent", "doubting"]


def test_a_file_of_the_wrong_kind_is_drawn_as_far_as_it_goes() -> None:
    for text in ("3", "[]", "a: {b: [1, {c: d}]}", "title: [x]\nbrief: text\nconcerns: {a: b}\n1: 2"):
        value, _ = read_draft(text, SCENARIO)
        whole = drawn(SCENARIO, value)
        list(pages_of(whole))
        assert read_form({}, whole) is not None


@pytest.mark.parametrize("place", [(), ("a",), ("a", 0, "b.c", 2), ("x#y%z", "中文")])
def test_the_name_of_a_place_leads_back_to_it(place: tuple[str | int, ...]) -> None:
    assert place_of(name_of(place)) == place


@pytest.mark.parametrize("name", ["#", "a#b", "a#-1", "a#1#", ".."])
def test_a_name_of_no_place_is_refused(name: str) -> None:
    with pytest.raises(NoSuchPlace):
        found({"a": [1]}, place_of(name))


def test_documents_change_at_a_place_and_nowhere_else() -> None:
    document = {"a": [{"b": 1}, {"b": 2}], "c": "d"}
    assert changed(document, ("a", 1, "b"), 3) == {"a": [{"b": 1}, {"b": 3}], "c": "d"}
    assert removed(document, ("a", 0)) == {"a": [{"b": 2}], "c": "d"}
    assert removed(document, ("c",)) == {"a": [{"b": 1}, {"b": 2}]}
    assert added(document, ("a",), None)["a"][2] is None
    for place in [("a", 2), ("z", "y"), ("c", 0), ("a", "b"), ("c", "x")]:
        with pytest.raises(NoSuchPlace):
            changed(document, place, 1)
    with pytest.raises(NoSuchPlace):
        removed(document, ())
    with pytest.raises(NoSuchPlace):
        added(document, ("c",), 1)
