"""What lies over the files is checked like the files, and takes their place."""

from __future__ import annotations

import copy

import pytest
import yaml

from bot.content.differences import ADDED, CHANGED, GAP, REMOVED, SAME, differences
from bot.content.drafts import check_draft
from bot.content.editable import GROWING, KINDS, piece, piece_of
from bot.content.loader import ROOT, load_content, validate
from bot.content.writing import rewritten

SCENARIO = "scenarios/alarm_loud.yml"
TEXT = (ROOT / SCENARIO).read_text(encoding="utf-8")
VALUE = yaml.safe_load(TEXT)


def edited(**values: object) -> str:
    return rewritten(TEXT, {**copy.deepcopy(VALUE), **values})


def test_a_text_takes_the_place_of_its_file_and_a_new_one_is_added() -> None:
    title = {"zh": "另一个题目", "en": "Another title"}
    overlay = {
        SCENARIO: edited(title=title),
        "scenarios/second.yml": edited(id="second", title={"zh": "第二个", "en": "The second one"}),
    }
    content = load_content(overlay=overlay)
    assert content.scenarios["alarm_loud"].title.en == "Another title"
    assert content.scenarios["second"].customer.en == "Mr Brody"
    assert list(content.scenarios) == sorted(content.scenarios)


def test_a_title_means_one_thing_only() -> None:
    overlay = {
        "scenarios/second.yml": edited(
            id="second", title={"zh": "第二个", "en": "the siren nobody CAN stop"}
        ),
        "scenarios/third.yml": edited(id="third", title={"zh": "提示", "en": "Third"}),
    }
    faults = {(fault.file, fault.key, fault.code) for fault in validate(overlay=overlay)}
    assert ("scenarios/second.yml", "title.en", "twice") in faults
    assert ("scenarios/third.yml", "title.zh", "twice") in faults


def test_a_draft_is_played_through_before_it_counts_as_sound() -> None:
    said_before = {lang: [*VALUE["opening"][lang], VALUE["agrees"][lang][0]] for lang in ("zh", "en")}
    text = edited(agrees=said_before)
    assert validate(overlay={SCENARIO: text}) == []
    _, faults = check_draft({SCENARIO: text}, frozenset({SCENARIO}))
    assert {(fault.file, fault.code) for fault in faults} == {(SCENARIO, "talk_twice")}


@pytest.mark.parametrize(
    "file", ["taxonomy.yml", "i18n/web.zh.yml", "products/../rubric.yml", "products/a/b.yml", "x"]
)
def test_other_files_are_not_to_be_edited(file: str) -> None:
    assert piece_of(file) is None


def test_each_piece_knows_its_file() -> None:
    for path in ROOT.rglob("*.yml"):
        file = path.relative_to(ROOT).as_posix()
        found = piece_of(file)
        if found:
            assert found.file == file
            assert piece(found.kind, found.stem) == found
    assert set(GROWING) < set(KINDS)


@pytest.mark.parametrize(
    ("kind", "stem"),
    [("product", "../x"), ("product", "A"), ("product", ""), ("product", "a" * 64), ("playbook", "weather"),
     ("lines", "lion"), ("rubric", "other"), ("nothing", "x")],
)  # fmt: skip
def test_a_name_that_no_file_can_have_is_no_piece(kind: str, stem: str) -> None:
    assert piece(kind, stem) is None


def test_differences_stand_side_by_side_with_the_words_marked() -> None:
    old = "a\nb\nc\nd\ne\nf\ng\n这个真的很贵。\nThe price is high.\nz\n"
    new = "a\nb\nc\nd\ne\nf\ng\n这个其实不贵。\nThe price is fair.\nz\nnew\n"
    rows = differences(old, new)
    assert [row.kind for row in rows] == [GAP, SAME, SAME, CHANGED, CHANGED, SAME, ADDED]
    assert rows[0].left == 5
    assert [text for text, marked in rows[4].old if marked] == ["high"]
    assert "".join(text for text, _ in rows[3].new) == "这个其实不贵。"
    assert rows[6].right == 11


def test_lines_that_went_away_are_told_and_the_same_text_has_no_differences() -> None:
    assert [row.kind for row in differences("a\nb\nc\n", "a\nc\n")] == [SAME, REMOVED, SAME]
    assert differences("a\nb\n", "a\nb\n") == ()
    assert [row.kind for row in differences("", "a\n")] == [ADDED]
