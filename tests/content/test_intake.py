"""What people type is looked at before it is read: nothing can exhaust the reader or the patterns."""

from __future__ import annotations

import pytest

from bot.content.drafts import read_draft
from bot.content.editable import read_piece
from bot.content.faults import Fault
from bot.content.loader import ROOT
from bot.content.nodes import read_yaml
from bot.content.patterns import problem
from bot.content.sources import Source

FILE = "scenarios/alarm_loud.yml"


def faults_of(text: str) -> list[Fault]:
    """Read a text as the scenario; returns its faults."""
    faults: list[Fault] = []
    node = read_yaml(Source(ROOT, {FILE: text}), FILE, faults)
    if node:
        read_piece(node, ("alarm",))
    return faults


BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n"


@pytest.mark.parametrize(
    ("text", "key", "code"),
    [
        (BOMB, "line 1", "alias"),
        ("a: &a\n  - *a\n", "line 1", "alias"),
        ("a: !!python/object/apply:os.system [echo]\n", "line 1", "tag"),
        ("a: !secret x\n", "line 1", "tag"),
        ("[" * 40_000, "line 1", "too_deep"),
        ("a: " + "{b: " * 20 + "1" + "}" * 20, "line 1", "too_deep"),
        ("a: " + "9" * 5_000, "line 1", "too_long"),
        ("# " + "x" * 200_000, "", "too_large"),
        ("x\n" * 20_000, "", "too_large"),
        ("a: [", "line 2", "syntax"),
        ("a: b: c", "line 1", "syntax"),
        ("\x07", "", "syntax"),
        ("a: 1\n---\nb: 2\n", "line 2", "syntax"),
        ("a: 1\na: 2\n", "line 2", "key_twice"),
        ("? [a]\n: 1\n", "line 1", "key_twice"),
    ],
)
def test_a_text_that_is_not_to_be_read_is_refused_with_its_line(text: str, key: str, code: str) -> None:
    value, faults = read_draft(text, FILE)
    assert value is None
    assert [(fault.file, fault.key, fault.code) for fault in faults] == [(FILE, key, code)]


@pytest.mark.parametrize("text", ["", "just a text", "- a\n- b\n", "3", "2026-11-22", "~", ".nan"])
def test_a_text_that_holds_something_else_is_a_fault_and_no_accident(text: str) -> None:
    assert "not_mapping" in {fault.code for fault in faults_of(text)}


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("difficulty: .nan", "difficulty"),
        ("difficulty: .inf", "difficulty"),
        ("difficulty: " + "9" * 400, "difficulty"),
        ("difficulty: 2026-11-22", "difficulty"),
        ("style: [tiger]", "style"),
        ("style: {a: b}", "style"),
        ("behaviours: {silent: 1}", "behaviours"),
        ("behaviours: [[silent]]", "behaviours[1]"),
        ("concerns: [3, null, text]", "concerns[1]"),
        ("knows: [[], {}]", "knows[1]"),
        ("brief: []", "brief"),
        ("1: 2", ""),
        ("~: 2", ""),
        ("on: off", ""),
    ],
)
def test_a_value_of_the_wrong_kind_is_named_by_its_key(line: str, key: str) -> None:
    name = line.partition(":")[0]
    lines = (ROOT / FILE).read_text(encoding="utf-8").splitlines()
    kept = (
        [text for text in lines if not text.startswith(f"{name}:")]
        if name in ("difficulty", "style")
        else lines
    )
    if name in ("behaviours", "concerns", "knows", "brief"):
        start = next(at for at, text in enumerate(lines) if text.startswith(f"{name}:"))
        end = next((at for at in range(start + 1, len(lines)) if not lines[at].startswith(" ")), len(lines))
        kept = lines[:start] + lines[end:]
    assert key in {fault.key for fault in faults_of("\n".join([*kept, line]))}


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+$",
        r"(a|a)*b",
        r"(?:a*)*",
        r"(\w+\s?)+!",
        r"(a{1,30}){1,30}",
        r"a*a*a*a*b",
        r"(.)\1+",
        "a" * 501,
    ],
)
def test_a_pattern_that_could_take_for_ever_is_refused(pattern: str) -> None:
    assert problem(pattern)[0] == "pattern_slow"


@pytest.mark.parametrize(
    "pattern", [r"(?:打|给您).{0,4}折", r"[0-9]+ ?(?:%|percent) off", r"(?i)\bshut up\b", "抹个?零"]
)
def test_an_ordinary_pattern_is_taken(pattern: str) -> None:
    assert problem(pattern) == ("", "")
