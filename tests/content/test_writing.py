"""A change to a content file leaves the rest of its text as it was, and always reads as it should."""

from __future__ import annotations

import copy
import difflib
import random
from typing import Any

import pytest
import yaml

from bot.content.loader import ROOT
from bot.content.writing import rewritten, same, written

FILES = (
    "products/alarm.yml",
    "scenarios/tel_no_budget.yml",
    "playbooks/price.yml",
    "playbooks/telephone.yml",
    "lines/silent.yml",
    "rubric.yml",
)


def load(text: str) -> Any:
    return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))


TEXT = """# About the alarm.
id: alarm        # as the file is named
name: {zh: 报警器, en: "Alarm, loud"}
lines:
  zh:
    # the best one first
    - 一，别急。
    - "二：再想想。"
  en: [One., Two.]
notes:
  - id: a
    said: First.

  - id: b
    said: Second.
"""
VALUE = load(TEXT)


def changed(edit: Any) -> list[str]:
    """Return the lines that a change touches, old ones after a minus, new ones after a plus."""
    value = copy.deepcopy(VALUE)
    edit(value)
    text = rewritten(TEXT, value)
    assert load(text) == value
    lines = difflib.unified_diff(TEXT.splitlines(), text.splitlines(), n=0)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def put(*keys: str | int, value: Any) -> Any:
    def edit(data: Any) -> None:
        for key in keys[:-1]:
            data = data[key]
        data[keys[-1]] = value

    return edit


@pytest.mark.parametrize(
    ("edit", "lines"),
    [
        (
            put("id", value="siren"),
            ["-id: alarm        # as the file is named", "+id: siren        # as the file is named"],
        ),
        (
            put("name", "en", value="Siren, loud"),
            ['-name: {zh: 报警器, en: "Alarm, loud"}', '+name: {zh: 报警器, en: "Siren, loud"}'],
        ),
        (put("lines", "zh", 0, value="一：慢慢来。"), ["-    - 一，别急。", "+    - 一：慢慢来。"]),
        (put("lines", "zh", 1, value="二 # 三"), ['-    - "二：再想想。"', '+    - "二 # 三"']),
        (
            put("lines", "en", value=["One.", "Two, three."]),
            ["-  en: [One., Two.]", '+  en: [One., "Two, three."]'],
        ),
        (lambda data: data["lines"]["zh"].append("三。"), ["+    - 三。"]),
        (lambda data: data["lines"]["zh"].pop(), ['-    - "二：再想想。"']),
        (lambda data: data["notes"].append({"id": "c", "said": "Third."}), ["+  - {id: c, said: Third.}"]),
        (put("notes", 1, "said", value="say: yes"), ["-    said: Second.", '+    said: "say: yes"']),
    ],
)
def test_only_the_lines_that_mean_something_else_change(edit: Any, lines: list[str]) -> None:
    assert changed(edit) == lines


def test_comments_stay_where_an_entry_is_taken_away() -> None:
    value = copy.deepcopy(VALUE)
    del value["notes"][1]
    text = rewritten(TEXT, value)
    assert text.startswith("# About the alarm.\n")
    assert "# the best one first" in text
    assert load(text) == value


@pytest.mark.parametrize("file", FILES)
def test_every_file_can_be_written_anew_and_changed_anywhere(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    value = load(text)
    assert same(load(written(value)), value)
    assert rewritten(text, value) == text
    chance = random.Random(file)
    for _ in range(6):
        other = copy.deepcopy(value)
        for _ in range(chance.choice([1, 3])):
            disturb(other, chance)
        assert same(load(rewritten(text, other)), other)


def disturb(value: Any, chance: random.Random) -> None:
    """Change something somewhere in a document."""
    around = value
    while True:
        keys = list(around) if isinstance(around, dict) else list(range(len(around)))
        if not keys:
            return
        key = chance.choice(keys)
        inner = around[key]
        if isinstance(inner, (dict, list)) and chance.random() < 0.8:
            around = inner
            continue
        what = chance.choice(["set", "drop", "add"])
        if what == "drop":
            del around[key]
        elif what == "add" and isinstance(around, list):
            around.insert(
                key, chance.choice(["新的。", {"id": "x", "zh": ["好。", "a" * 90]}, copy.deepcopy(inner)])
            )
        else:
            around[key] = chance.choice(
                [
                    "改。",
                    "a: b, #1 [c] {d}",
                    "'q' \"r\"",
                    "- x",
                    "",
                    "true",
                    "12",
                    "a\nb",
                    "*x",
                    None,
                    [],
                    {},
                    2.5,
                    True,
                ]
            )
        return
