"""The card of what a trainer has set.  Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from bot.channels.slack_kit import Element, choices, header, section
from bot.channels.slack_lines import Line, Values
from bot.channels.slack_text import escape
from bot.channels.slack_trust import agreement
from bot.coaching.families import SCORE

_LONGEST_DAY: Final = 60


def assignments(line: Line) -> list[Element]:
    """Draw what was set: how it stands, until when, and each part with its best points."""
    t = line.tongue
    shown = header(t.phrases("homework.title"))
    for one in line.data.items("assignments"):
        rows = [_part(line, one, part) for part in one.items("parts")]
        shown += section("\n".join([_head(line, one), *rows]))
    return [*shown, *agreement(line, SCORE), *choices(line.buttons, t("pick"))]


def _head(line: Line, one: Values) -> str:
    """Return how an assignment stands; Slack itself writes the deadline in the reader's own time zone."""
    t = line.tongue
    told = one.text("due_name")
    due = escape(told)
    if one.text("due"):
        stamp = int(datetime.fromisoformat(one.text("due")).timestamp())
        due = t.phrases(
            "homework.until",
            when=f"<!date^{stamp}^{{date_short_pretty}} {{time}}|{escape(told[:_LONGEST_DAY])}>",
        )
    values = {key: escape(one.text(key)) for key in ("title", "state_name")}
    return t.phrases("homework.head", due=due, **values)


def _part(line: Line, one: Values, part: Values) -> str:
    if part.flag("passed"):
        return line.tongue("homework.passed", name=part.text("name"), best=part.number("best") or 0)
    values = {"name": part.text("name"), "mark": one.number("mark") or 0, "tries": part.text("tries")}
    best = part.number("best")
    if best is None:
        return line.tongue("homework.untried", **values)
    return line.tongue("homework.tried", best=best, **values)
