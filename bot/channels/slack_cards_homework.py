"""The card of what a trainer has set.  Pure."""

from __future__ import annotations

from datetime import datetime, timezone

from bot.channels.slack_kit import Element, choices, header, section
from bot.channels.slack_lines import Line, Values
from bot.channels.slack_text import escape
from bot.channels.slack_trust import agreement
from bot.coaching.families import SCORE


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
    due = escape(one.text("due_name"))
    if one.text("due"):
        at = datetime.fromisoformat(one.text("due")).astimezone(timezone.utc)
        plain = f"{at:%Y-%m-%d %H:%M} UTC"
        when = f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{plain}>"
        due = t.phrases("homework.until", when=when)
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
