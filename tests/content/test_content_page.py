"""docs/content.md says how to write every field, and its examples are good."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.coaching.playbook import ALLOWED_SLOTS, TONES
from bot.coaching.taxonomy import (
    BEHAVIOURS,
    FAULTS,
    GOALS,
    OBJECTION_TYPES,
    ROLES,
    SETTINGS,
    STEPS,
    STYLES,
    TECHNIQUES,
)
from bot.content.faults import Fault
from bot.content.loader import ROOT
from bot.content.nodes import Node
from bot.content.product_files import read_product
from bot.content.scenario_files import BEHAVIOUR_SITUATIONS, SITUATIONS, read_scenario
from bot.content.schema import AUDIENCES, REJECTIONS

PAGE = (Path(__file__).parents[2] / "docs" / "content.md").read_text(encoding="utf-8")
EXAMPLES = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]


def keys(value: Any, depth: int = 0) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {key for inner in value.values() for key in keys(inner, depth + 1)}
    if isinstance(value, list):
        return {key for inner in value for key in keys(inner, depth + 1)}
    return set()


FILES = [
    "products/alarm.yml",
    "playbooks/price.yml",
    "playbooks/telephone.yml",
    "scenarios/gym_later.yml",
    "lines/owl.yml",
    "lines/silent.yml",
    "personas.yml",
    "rubric.yml",
    "signals.yml",
    "commands.yml",
]


@pytest.mark.parametrize("file", FILES)
def test_every_field_is_on_the_page(file: str) -> None:
    for key in keys(yaml.safe_load((ROOT / file).read_text(encoding="utf-8"))):
        assert f"`{key}`" in PAGE or re.search(rf"^\s*(?:- )?{key}:", PAGE, re.MULTILINE), key


def test_every_file_id_slot_and_tone_is_on_the_page() -> None:
    named = (
        *(*OBJECTION_TYPES, *TECHNIQUES, *REJECTIONS, *AUDIENCES, *TONES),
        *(*STYLES, *BEHAVIOURS, *ROLES, *SETTINGS, *GOALS, *STEPS, *FAULTS, *SITUATIONS),
    )
    slots = {"{" + slot + "}" for allowed in ALLOWED_SLOTS.values() for slot in allowed}
    for name in (*named, *slots, *(path.name for path in ROOT.glob("*.yml"))):
        assert f"`{name}`" in PAGE or f"`bot/content/{name}`" in PAGE, name


def test_the_product_examples_are_read_without_a_fault() -> None:
    product = yaml.safe_load((ROOT / "products" / "alarm.yml").read_text(encoding="utf-8"))
    facts = next(example for example in EXAMPLES if "features" in example)
    product["features"][0] = facts["features"][0]
    product["drawbacks"][0] = facts["drawbacks"][0]
    product["rivals"][0] = facts["rivals"][0]
    product["rumours"][0] = facts["rumours"][0]
    product["service"] = facts["service"]
    product["price"] = facts["price"]
    arguments = next(example["arguments"] for example in EXAMPLES if "arguments" in example)
    product["arguments"]["price"]["concede"] = arguments["price"]["concede"]
    faults: list[Fault] = []
    read_product(Node(product, "products/alarm.yml", "", faults))
    assert [str(fault) for fault in faults if fault.code != "amount_unknown"] == []


def test_the_behaviours_situations_are_marked_on_the_page() -> None:
    marked = set(re.findall(r"^\| `(\w+)` \* \|", PAGE, re.MULTILINE))
    assert marked == set(BEHAVIOUR_SITUATIONS)


def test_the_example_of_a_concern_is_read_without_a_fault() -> None:
    scenario = yaml.safe_load((ROOT / "scenarios" / "alarm_loud.yml").read_text(encoding="utf-8"))
    example = next(one["concerns"][0] for one in EXAMPLES if "concerns" in one)
    answers = [*example.pop("answer"), *scenario["concerns"][1]["answer"][1:3]]
    wrong = [*example.pop("wrong"), scenario["concerns"][1]["wrong"][1]]
    scenario["concerns"] = [
        scenario["concerns"][0],
        {**scenario["concerns"][1], **example, "answer": answers, "wrong": wrong},
    ]
    faults: list[Fault] = []
    read_scenario(Node(scenario, "scenarios/alarm_loud.yml", "", faults), ("alarm",))
    assert [str(fault) for fault in faults] == []
