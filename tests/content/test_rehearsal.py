"""`./dojo content check` refuses a scenario that cannot be won, is won by chance, or gets stuck."""

from __future__ import annotations

import argparse
import io
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from bot.coaching.wording import Lines
from bot.commands import content as command
from bot.commands.console import Console
from bot.commands.texts import Texts
from bot.content.loader import load_content
from bot.content.rehearsal import rehearse
from bot.content.schema import Content

CONTENT = load_content()
SCENARIO = CONTENT.scenarios["alarm_loud"]


def with_scenario(**changes: Any) -> Content:
    return replace(CONTENT, scenarios={SCENARIO.id: replace(SCENARIO, **changes)})


def codes(content: Content, runs: int = 40) -> set[str]:
    faults = rehearse(content, runs)
    for fault in faults:
        assert fault.file == "scenarios/alarm_loud.yml"
        assert fault.told("zh") and fault.told("en")
    return {fault.code for fault in faults}


def test_the_scenarios_play_without_a_fault() -> None:
    assert rehearse(CONTENT) == []


def unwilling() -> Content:
    """Customers whom nothing interests."""
    flat = {
        mark: replace(effect, interest=min(0.0, effect.interest))
        for mark, effect in CONTENT.cast.effects.items()
    }
    return replace(with_scenario(), cast=replace(CONTENT.cast, effects=flat))


def test_a_customer_whom_nothing_interests_cannot_be_won() -> None:
    assert codes(unwilling()) == {"not_winnable"}


def test_what_is_won_by_chance_is_refused() -> None:
    easy = replace(SCENARIO.main, nature="false", weight=1)
    nothing = {
        mark: replace(effect, trust=0, interest=1, patience=3)
        for mark, effect in CONTENT.cast.effects.items()
    }
    content = replace(with_scenario(concerns=(easy,)), cast=replace(CONTENT.cast, effects=nothing))
    found = [fault for fault in rehearse(content, 40) if fault.code == "won_by_chance"]
    assert found and "5 %" in found[0].told("en") and "5 %" in found[0].told("zh")


def test_a_line_said_twice_is_refused() -> None:
    line = SCENARIO.says["opening"].zh[0]
    same = Lines((line,) * 3, ("The same again.",) * 3)
    main = replace(SCENARIO.main, pushes_back=Lines((line,) * 5, ("The same again.",) * 5))
    says: Mapping[str, Lines] = {**SCENARIO.says, "opening": same}
    assert "talk_twice" in codes(with_scenario(concerns=(main, SCENARIO.concerns[1]), says=says))


def test_a_slot_that_nobody_fills_is_refused() -> None:
    opening = Lines(("您好，{name}。",) * 3, ("Hello, {name}.",) * 3)
    assert "talk_slot_open" in codes(with_scenario(says={**SCENARIO.says, "opening": opening}))


def test_a_customer_without_words_is_refused() -> None:
    silent = Lines(("",) * 3, ("",) * 3)
    main = replace(SCENARIO.main, states=silent)
    says = {**SCENARIO.says, "opening": silent}
    assert "talk_wordless" in codes(with_scenario(concerns=(main, SCENARIO.concerns[1]), says=says))


def test_the_check_names_the_scenario_in_both_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "validate", lambda: [])
    monkeypatch.setattr(command, "load_content", unwilling)
    for lang, word in (("en", "is not winnable"), ("zh", "只谈成 0 场")):
        console = Console(Texts(lang), io.StringIO(), io.StringIO())
        assert command.run(console, argparse.Namespace(json=False)) == 2
        assert isinstance(console.out, io.StringIO)
        said = console.out.getvalue().splitlines()
        assert (
            len(said) == 1 and said[0].startswith("bot/content/scenarios/alarm_loud.yml") and word in said[0]
        )
