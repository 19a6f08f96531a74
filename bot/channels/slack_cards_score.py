"""The score card at the end of a role-play.  Pure."""

from __future__ import annotations

from typing import Final

from bot.channels.slack_cards_talk import judgement
from bot.channels.slack_kit import Element, choices, context, divider, header, quote, section
from bot.channels.slack_lines import Line, Values, signed
from bot.channels.slack_text import escape
from bot.channels.slack_trust import agreement, doubt, doubt_of_rule
from bot.coaching.families import SCORE, TECHNIQUE

_TAKEN: Final = ("redos", "hints", "demonstrations")
_MEASURES: Final = ("trust", "interest", "patience")
_TURNS: Final = 12
"""So many replies are told one by one; the page shows all of them."""


def score_card(line: Line) -> list[Element]:
    """Draw how a talk went: outcome, what lay behind, steps, methods, principles, turning points, replies."""
    data, t = line.data, line.tongue
    score = data.number("score")
    head = "card.head_plain" if score is None else "card.head"
    counts = [t.count("card.counts.replies", data.number("replies") or 0)]
    counts += [t.count(f"card.counts.{key}", data.number(key) or 0) for key in _TAKEN if data.number(key)]
    return [
        *header(t.phrases("card.title", title=data.text("title"))),
        *section(t(head, outcome=data.text("outcome_name"), score=score, doubt=doubt(line, SCORE))),
        *context(" · ".join([*([escape(data.text("trend"))] if data.text("trend") else []), *counts])),
        *agreement(line, SCORE),
        *_part(line, "concerns", [_concern(one, line) for one in data.items("concerns")]),
        *_part(line, "steps", [_step(one, line) for one in data.items("steps")]),
        *_part(line, "methods", [_method(one, line) for one in data.items("methods")]),
        *_part(line, "principles", _faults(line) or [t("card.no_principles")]),
        *_part(line, "turning", [_turning(one, line) for one in data.items("turning_points")]),
        *_part(line, "past", _past(line)),
        *_replies(line),
        *choices(line.buttons, t("pick")),
    ]


def bar(filled: int, of: int) -> str:
    """Return so many of so many places filled, as characters."""
    filled = max(0, min(filled, of))
    return "▰" * filled + "▱" * (of - filled)


def _part(line: Line, name: str, rows: list[str]) -> list[Element]:
    return section("\n".join([line.tongue(f"card.{name}"), *rows])) if rows else []


def _concern(one: Values, line: Line) -> str:
    return line.tongue(
        "card.concern",
        name=one.text("name"),
        nature=one.text("nature_name"),
        status=one.text("status_name"),
        behind=one.text("behind"),
    )


def _step(one: Values, line: Line) -> str:
    shown, of = one.number("shown") or 0, line.data.number("replies") or 0
    drawn = bar(round(5 * shown / of) if of else 0, 5)
    name = one.text("name") + doubt_of_rule(line, one.text("id"))
    return line.tongue("card.step", name=name, bar=drawn, n=shown, of=of)


def _method(one: Values, line: Line) -> str:
    used, score = one.number("used") or 0, one.number("score") or 0
    name = one.text("name") + doubt(line, TECHNIQUE)
    return line.tongue("card.method", name=name, n=used, score=score)


def _faults(line: Line) -> list[str]:
    return [
        line.tongue(
            "card.fault",
            principle=broken.text("name"),
            name=fault.text("name") + doubt_of_rule(line, fault.text("fault")),
            turn=fault.number("turn"),
            text=fault.text("text"),
            points=signed(fault.number("points")),
        )
        for broken in line.data.items("principles")
        for fault in broken.items("faults")
    ]


def _turning(one: Values, line: Line) -> str:
    t, effect = line.tongue, one.held.get("effect")
    moves = effect if isinstance(effect, (list, tuple)) else ()
    moved = [
        t("card.moved", measure=t(f"card.measure.{measure}"), points=signed(points))
        for measure, points in zip(_MEASURES, moves)
        if isinstance(points, int) and points
    ]
    listed = (", " if t.lang == "en" else "，").join(moved)
    return t("card.turn", n=one.number("turn"), moved=listed, text=one.text("reply"))


def _past(line: Line) -> list[str]:
    scores = [str(one.number("score") or 0) for one in line.data.items("past")]
    if not scores:
        return []
    listed = (", " if line.tongue.lang == "en" else "、").join(scores)
    return [line.tongue("card.scores", scores=listed, score=line.data.number("score") or 0)]


def _replies(line: Line) -> list[Element]:
    """Draw what is told of each reply now because nothing was told before (exam)."""
    told = [one for one in line.data.items("turns") if one.text("reply")]
    if not told:
        return []
    shown = [divider(), *section(line.tongue("card.turns"))]
    for n, one in enumerate(told[-_TURNS:], max(1, len(told) - _TURNS + 1)):
        number = one.number("number") or n
        shown += context("\n".join([quote(escape(one.text("line"))), line.tongue("card.number", n=number)]))
        shown += [*section(quote(escape(one.text("reply")))), *judgement(one, line)]
    return shown
