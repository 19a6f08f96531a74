"""How far the bot's judgement may be relied on, beside what rests on it in Slack's cards.  Pure."""

from __future__ import annotations

from typing import Final

from bot.channels.slack_kit import Element, context
from bot.channels.slack_lines import Line
from bot.coaching.agreement import PRACTICE_ONLY, TOO_FEW, TRUSTED, UNMEASURED
from bot.coaching.families import family_of_rule

_VERDICTS: Final = frozenset({TRUSTED, PRACTICE_ONLY, TOO_FEW, UNMEASURED})
_UNKNOWN: Final = "?"


def agreement(line: Line, *families: str) -> list[Element]:
    """Return small print that tells how far figures of some families may be relied on, a line for each.

    A line that was kept from before it was told has none.
    """
    told = [(family, _said(line, family, "full")) for family in families]
    rows = [line.tongue(f"practice.trust.{family}", told=said) for family, said in told if said]
    return context("\n".join(rows))


def doubt(line: Line, family: str) -> str:
    """Return the mark of what is for practice only, to stand behind its name; else nothing."""
    if line.data.one("agreement").one(family).text("verdict") != PRACTICE_ONLY:
        return ""
    return line.tongue("practice.trust.beside", mark=_said(line, family, "short"))


def doubt_of_rule(line: Line, rule: str) -> str:
    """Return the mark of a label or a line of the rubric that is for practice only; else nothing."""
    return doubt(line, family_of_rule(rule))


def _said(line: Line, family: str, length: str) -> str:
    found = line.data.one("agreement").one(family)
    verdict = found.text("verdict")
    if verdict not in _VERDICTS:
        return ""
    figures = {name: found.held.get(name) for name in ("kappa", "low", "high")}
    shown = {name: f"{x:.2f}" if isinstance(x, (int, float)) else _UNKNOWN for name, x in figures.items()}
    return line.tongue(f"practice.trust.{length}.{verdict}", **shown, n=found.number("ratings") or 0)
