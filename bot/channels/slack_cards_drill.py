"""The cards of drills and progress.  Pure."""

from __future__ import annotations

from bot.channels.slack_cards_score import bar
from bot.channels.slack_kit import Element, button, choices, context, header, quote, row, section
from bot.channels.slack_lines import Line, Values
from bot.channels.slack_text import escape
from bot.channels.slack_trust import agreement, doubt
from bot.coaching.drill_questions import ANSWER, METHOD, TYPE
from bot.coaching.families import SCORE, TECHNIQUE
from bot.coaching.mastery import STAGES

_DAYS = 7
_TALKS = 5


def question(line: Line) -> list[Element]:
    """Draw a question: the customer's line, what is asked, what can be picked."""
    data, t = line.data, line.tongue
    kind, left = data.text("kind"), data.number("left_seconds")
    if kind == TYPE:
        ask = t("drill.ask.type")
    elif kind == METHOD:
        ask = t("drill.ask.method", type=data.text("type_name"))
    elif data.text("method_name"):
        ask = t("drill.ask.answer_by", method=data.text("method_name"))
    else:
        ask = t("drill.ask.answer")
    clock = []
    if left is not None:
        clock = context(t("drill.left", minutes=max(0, left) // 60, seconds=f"{max(0, left) % 60:02}"))
    product = t(
        "drill.product", name=data.text("product"), summary=data.text("summary"), price=data.text("price")
    )
    stops = (button(one["title"], one["payload"]) for one in line.saying("stop"))
    return [
        *header(t.phrases("drill.title", n=data.number("number") or 1)),
        *clock,
        *section(f"{t('drill.customer')}\n{quote(escape(data.text('line')))}"),
        *(context(product) if data.text("product") else []),
        *section(ask),
        *choices(line.not_saying("stop"), t("pick")),
        *row(*stops),
    ]


def result(line: Line) -> list[Element]:
    """Draw whether an answer was right, why, and what a master would say."""
    data, t = line.data, line.tongue
    verdict, score = "right" if data.flag("correct") else "wrong", data.number("score")
    if data.text("kind") == ANSWER and score is not None:
        method = data.text("technique_name") + doubt(line, TECHNIQUE)
        told = [t(f"drill.{verdict}_score", score=score, doubt=doubt(line, SCORE), method=method)]
        told.append(quote(escape(data.text("given"))))
    else:
        told = [t(f"drill.{verdict}"), t("drill.answer", name=data.text("right_name"))]
        if verdict == "wrong" and data.text("given_name"):
            told.append(t("drill.given", name=data.text("given_name")))
    shown = section("\n".join([*told, *([escape(data.text("why"))] if data.text("why") else [])]))
    small = []
    if data.text("master"):
        small += [t("drill.master"), quote(escape(data.text("master")))]
    if data.text("due"):
        small.append(t("drill.due", due=data.text("due")))
    return [*shown, *context("\n".join(small)), *agreement(line, SCORE), *choices(line.buttons, t("pick"))]


def end(line: Line) -> list[Element]:
    """Draw a drill's sum: how many were right, each question, when the next one is due."""
    data, t = line.data, line.tongue
    rows = []
    for one in data.items("rows"):
        key = f"drill.row_{'right' if one.flag('correct') else 'wrong'}"
        rows.append(t(key, type=one.text("type_name"), line=one.text("line")))
    asked, right = data.number("asked") or len(rows), data.number("right") or 0
    due = context(t("drill.next", when=data.text("next_due"))) if data.text("next_due") else []
    return [
        *header(t("drill.end")),
        *section("\n".join([t("drill.result", right=right, n=asked), *rows])),
        *due,
        *agreement(line, SCORE),
        *choices(line.buttons, t("pick")),
    ]


def progress(line: Line) -> list[Element]:
    """Draw the stage of each type and method, the latest days, the latest talks."""
    data, t = line.data, line.tongue
    shown = header(t("progress.title"))
    shown += section(escape(data.text("streak_name")))
    for key in ("types", "methods"):
        rows = [_skill(one, line) for one in data.items(key)]
        shown += section("\n".join([t(f"progress.{key}"), *rows])) if rows else []
    days = [_day(one, line) for one in data.items("history")[-_DAYS:]]
    shown += context("\n".join([t("progress.history"), *days])) if days else []
    talks = [_talk(one, line) for one in data.items("talks")[:_TALKS]]
    shown += section("\n".join([t("progress.talks"), *talks])) if talks else []
    return [*shown, *agreement(line, SCORE, TECHNIQUE), *choices(line.buttons, t("pick"))]


def _skill(one: Values, line: Line) -> str:
    count, score = one.number("count") or 0, one.number("score")
    drawn = bar(one.number("level") or 1 if count else 0, len(STAGES))
    values = {"bar": drawn, "name": one.text("name"), "stage": one.text("stage_name"), "n": count}
    if not count:
        return line.tongue("progress.never", bar=drawn, name=one.text("name"))
    if score is None:
        return line.tongue("progress.row_named", **values)
    return line.tongue("progress.row", score=score, **values)


def _day(one: Values, line: Line) -> str:
    values = {"day": one.text("day"), "n": one.number("count") or 0}
    if one.number("score") is None:
        return line.tongue("progress.day_named", **values)
    return line.tongue("progress.day", score=one.number("score"), **values)


def _talk(one: Values, line: Line) -> str:
    values = {"title": one.text("title"), "outcome": one.text("outcome_name"), "day": one.text("when")[:10]}
    if one.number("score") is None:
        return line.tongue("progress.talk_open", **values)
    return line.tongue("progress.talk", score=one.number("score"), **values)
