"""What is judged of a message."""

from __future__ import annotations

import pytest

from bot.coaching.assessment import Assessment
from bot.coaching.families import (
    FAMILIES,
    GROUPS,
    LINE,
    REPLY,
    band,
    checked,
    family_of_rule,
    of_line,
    of_reply,
)
from bot.coaching.reading import Nature, Objection, Reading
from bot.coaching.taxonomy import FORM_FAULTS, MANNER_FAULTS, STEPS


def test_every_line_of_the_rubric_that_a_model_judges_has_a_family() -> None:
    assert [family_of_rule(rule) for rule in ("method", *STEPS, *MANNER_FAULTS)] == [
        "technique",
        *STEPS,
        *MANNER_FAULTS,
    ]
    assert {family_of_rule(rule) for rule in ("start", "limit", *FORM_FAULTS)} == {""}


def test_families_are_asked_in_groups_about_one_sort_of_message() -> None:
    assert [id_ for ids in GROUPS.values() for id_ in ids] == list(FAMILIES)
    assert all(len({FAMILIES[id_].about for id_ in ids}) == 1 for ids in GROUPS.values())
    assert {family.about for family in FAMILIES.values()} == {LINE, REPLY}


@pytest.mark.parametrize(
    ("score", "expected"), [(0, "0"), (19, "0"), (20, "1"), (79, "3"), (80, "4"), (100, "4")]
)
def test_bands_have_twenty_points(score: int, expected: str) -> None:
    assert band(score) == expected


def test_a_line_is_judged_by_its_first_objection() -> None:
    objections = (
        Objection("price", 0.9, "dear", Nature("genuine", 0.8)),
        Objection("authority", 0.7, "wife", Nature("hidden", 0.5)),
    )
    reading = Reading("too dear, and my wife", "en", "obj_price", 0.9, objections)
    assert of_line(reading.to_json()) == {"objection": "price", "nature": "genuine"}
    assert of_line(Reading("hello", "en", "greet", 0.9).to_json()) == {"objection": "none"}


def test_a_reply_is_judged_step_by_step_and_fault_by_fault() -> None:
    told = of_reply(Assessment("yes_if", 0.8, ("listen",), ("pressure",), (), 61, "1").to_json())
    assert (told["technique"], told["listen"], told["share"]) == ("yes_if", "yes", "no")
    assert (told["pressure"], told["argue"], told["score"]) == ("yes", "no", "3")
    assert checked(told) == told
    assert set(told) == {id_ for id_, family in FAMILIES.items() if family.about == REPLY}


def test_labels_that_are_on_no_scale_are_left_out() -> None:
    assert checked({"objection": "price", "nature": "odd", "colour": "red", "listen": "yes"}) == {
        "objection": "price",
        "listen": "yes",
    }
