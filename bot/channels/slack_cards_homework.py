"""The card of what a trainer has set.  Pure."""

from __future__ import annotations

from bot.channels.slack_kit import Element, choices, header, section
from bot.channels.slack_lines import Line, Values


def assignments(line: Line) -> list[Element]:
    """Draw what was set: how it stands, until when, and each part with its best points."""
    t = line.tongue
    shown = header(t.phrases("homework.title"))
    for one in line.data.items("assignments"):
        rows = [_part(line, one, part) for part in one.items("parts")]
        shown += section("\n".join([_head(line, one), *rows]))
    return [*shown, *choices(line.buttons, t("pick"))]


def _head(line: Line, one: Values) -> str:
    values = {key: one.text(key) for key in ("title", "state_name", "due_name")}
    return line.tongue("homework.head", **values)


def _part(line: Line, one: Values, part: Values) -> str:
    if part.flag("passed"):
        return line.tongue("homework.passed", name=part.text("name"), best=part.number("best") or 0)
    values = {"name": part.text("name"), "mark": one.number("mark") or 0, "tries": part.text("tries")}
    best = part.number("best")
    if best is None:
        return line.tongue("homework.untried", **values)
    return line.tongue("homework.tried", best=best, **values)
