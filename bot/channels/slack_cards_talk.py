"""The cards of a role-play: scenarios, brief, customer, feedback, tries, hint, demonstration.  Pure."""

from __future__ import annotations

import json
from typing import Any, Final

from bot.channels.slack_kit import (
    ASK,
    MAX_OPTIONS,
    MAX_VALUE,
    Element,
    button,
    choices,
    context,
    header,
    menu,
    option,
    overflow,
    quote,
    row,
    section,
    size,
)
from bot.channels.slack_lines import Line, Values, signed
from bot.channels.slack_text import escape
from bot.channels.slack_trust import agreement, doubt, doubt_of_rule
from bot.coaching.advice import sureness
from bot.coaching.assessment import LIMIT, START
from bot.coaching.families import SCORE, TECHNIQUE
from bot.coaching.taxonomy import FORM_FAULTS, LEVELS, NONE

SCENARIOS: Final = "scenarios"
APPEAL: Final = "appeal"
"""The forms that a card can open."""

_WHOLE: Final = frozenset({START, LIMIT, *FORM_FAULTS})
"""Rules about a reply as a whole: quoting all of it would say nothing."""

_FIRST: Final = ("show_hint", "redo_turn", "stop")
"""The buttons under a customer's line; the others are behind three dots."""


def scenarios(line: Line) -> list[Element]:
    """Draw the scenarios to choose from: a menu, a surprise, and the form with filters."""
    found, t = line.data.items("scenarios"), line.tongue
    options = []
    for one in found[:MAX_OPTIONS]:
        about = t("scenarios.about", style=one.text("style_name"), types=_listed(one.texts("types"), line))
        title = t("scenarios.option", title=one.text("title"), difficulty=one.text("difficulty_name"))
        values = json.dumps({"lang": t.lang, "scenario": one.text("id")}, ensure_ascii=False)
        options.append(option(title, f"/choose_scenario{values}", about) if one.text("id") else None)
    surprises = [b for b in line.saying("choose_scenario") if '"scenario"' not in b["payload"]]
    return [
        *section(t("scenarios.title", n=len(found))),
        *row(
            menu(t("scenarios.pick"), options),
            *(button(one["title"], one["payload"]) for one in surprises),
            button(t("scenarios.filter"), json.dumps({"form": SCENARIOS, "lang": t.lang}), kind=ASK),
        ),
        *choices(line.not_saying("choose_scenario"), t("pick")),
    ]


def brief(line: Line) -> list[Element]:
    """Draw who the customer is, what is sold and wanted, and how much feedback there will be."""
    data, t = line.data, line.tongue
    told = [t(f"brief.{key}", text=data.text(key)) for key in ("who", "selling", "aim") if data.text(key)]
    facts = [escape(data.text(key)) for key in ("setting", "role", "difficulty") if data.text(key)]
    level = data.text("level")
    levels = []
    if level in LEVELS:
        facts.append(t("brief.level", level=t(f"level.{level}")))
        levels = [_level(t.lang, other, t(f"level.{other}")) for other in LEVELS if other != level]
    return [
        *header(data.text("title")),
        *section("\n".join(told)),
        *context(" · ".join(facts)),
        *row(menu(t("brief.levels"), levels)),
        *choices(line.buttons, t("pick")),
    ]


def customer(line: Line) -> list[Element]:
    """Draw what the customer says, and what can be done besides answering."""
    data, t = line.data, line.tongue
    name = data.text("customer") or t("customer.someone")
    shown = section(f"{t('customer.says', name=name)}\n{quote(escape(data.text('line')))}")
    if not line.buttons:
        return shown
    more = overflow(option(one["title"], one["payload"]) for one in line.not_saying(*_FIRST))
    first = [button(one["title"], one["payload"]) for one in line.saying(*_FIRST)]
    return [*shown, *row(*first, more), *context(t("customer.answer"))]


def feedback(line: Line) -> list[Element]:
    """Draw what a reply was worth: score and method, steps, what cost points, one thing to try."""
    others = line.not_saying("disagree", "set_level")
    levels = overflow(option(one["title"], one["payload"]) for one in line.saying("set_level"))
    return [
        *judgement(line.data, line),
        *agreement(line, SCORE),
        *row(*(button(one["title"], one["payload"]) for one in others), _disagree(line), levels),
    ]


def judgement(data: Values, line: Line) -> list[Element]:
    """Draw a judged reply, without buttons."""
    t = line.tongue
    steps = [
        t(
            f"feedback.{'shown' if step.flag('shown') else 'missing'}",
            name=step.text("name") + doubt_of_rule(line, step.text("id")),
        )
        for step in data.items("steps")
    ]
    told = "\n".join([_head(data, line), "  ".join(steps), *_points(data, line)])
    tip = [t("feedback.tip", text=data.text("tip"))] if data.text("tip") else []
    tip += [escape(data.text("question"))] if data.text("question") else []
    master = data.one("master")
    said = []
    if master.text("text"):
        title = "feedback.master" if master.text("method") else "feedback.master_plain"
        said = [t(title, method=master.text("method")), quote(escape(master.text("text")))]
    return [*section(told), *section("\n".join(tip)), *context("\n".join(said))]


def tries(line: Line) -> list[Element]:
    """Draw the tries of one turn, each with its points and what the customer said to it."""
    t, shown = line.tongue, section(line.tongue("tries.title"))
    if line.data.text("line"):
        shown += context(quote(escape(line.data.text("line"))))
    for one in line.data.items("tries"):
        head = t(
            "tries.head",
            n=one.number("attempt") or 1,
            score=one.number("score") or 0,
            doubt=doubt(line, SCORE),
            method=one.text("technique_name") + doubt(line, TECHNIQUE),
        )
        worths = [
            f"{escape(item.text('name'))} {signed(item.number('points'))}"
            + doubt_of_rule(line, item.text("rule"))
            for item in one.items("evidence")
            if item.text("rule") not in (START, LIMIT)
        ]
        shown += section(f"{head}\n{quote(escape(one.text('reply')))}")
        then = [t("tries.then", text=one.text("answer"))] if one.text("answer") else []
        shown += context("\n".join([" · ".join(worths), *then]))
    return [*shown, *agreement(line, SCORE), *choices(line.buttons, t("pick"))]


def hint(line: Line) -> list[Element]:
    """Draw which step is due, and how this customer likes to be treated."""
    t = line.tongue
    return [
        *section(t("hint.title", text=line.data.text("text"))),
        *context(escape(line.data.text("style"))),
        *choices(line.buttons, t("pick")),
    ]


def demonstration(line: Line) -> list[Element]:
    """Draw every method on the objection that stands, and what not to say."""
    data, t = line.data, line.tongue
    shown = section("\n".join([t("demonstration.title"), quote(escape(data.text("line")))]))
    for one in data.items("methods"):
        head = t("demonstration.method", name=one.text("name"), move=one.text("move"))
        shown += section(f"{head}\n{quote(escape(one.text('line')))}")
    wrong = data.one("wrong")
    if wrong.text("line"):
        head = t("demonstration.wrong", fault=wrong.text("fault"), why=wrong.text("why"))
        shown += section(f"{head}\n{quote(escape(wrong.text('line')))}")
    return [*shown, *choices(line.buttons, t("pick"))]


def _head(data: Values, line: Line) -> str:
    values = {
        "score": data.number("score") or 0,
        "doubt": doubt(line, SCORE),
        "method": data.text("technique_name") + doubt(line, TECHNIQUE),
    }
    if data.share("confidence") and data.text("technique") not in ("", NONE):
        sure = line.tongue(f"sureness.{sureness(data.share('confidence'))}")
        return line.tongue("feedback.head_sure", sureness=sure, **values)
    return line.tongue("feedback.head", **values)


def _points(data: Values, line: Line) -> list[str]:
    """Return the points to tell: what cost most first, then what brought most."""
    rows = []
    for point in sorted(data.items("points"), key=_weight):
        worth = point.number("points") or 0
        values = {"points": signed(worth), "text": point.text("text")}
        values["name"] = point.text("name") + doubt_of_rule(line, point.text("rule"))
        why = point.text("why") if worth < 0 else ""
        if point.text("rule") in _WHOLE or not point.text("text"):
            rows.append(line.tongue("feedback.whole", why=why, **values))
        else:
            rows.append(line.tongue(f"feedback.{'loss' if worth < 0 else 'gain'}", why=why, **values))
    return rows


def _weight(point: Values) -> tuple[bool, int]:
    points = point.number("points") or 0
    return points > 0, -abs(points)


def _disagree(line: Line) -> Element | None:
    """Return the button that opens the form of an appeal; it carries the rules to choose from."""
    talk, turn = line.data.number("talk"), line.data.number("talk_turn")
    if talk is None or turn is None:
        return None
    form: dict[str, Any] = {"form": APPEAL, "lang": line.tongue.lang, "talk": talk, "talk_turn": turn}
    told = {item.text("rule"): item.text("name") for item in line.data.items("evidence")}
    form["rules"] = [[rule, name[:40]] for rule, name in told.items() if rule and rule not in (START, LIMIT)]
    while form["rules"] and size(json.dumps(form, ensure_ascii=False)) > MAX_VALUE:
        form["rules"].pop()
    value = json.dumps(form, ensure_ascii=False, separators=(",", ":"))
    return button(line.tongue("feedback.disagree"), value, kind=ASK)


def _level(lang: str, level: str, name: str) -> Element | None:
    return option(name, f"/set_level{json.dumps({'lang': lang, 'level': level})}")


def _listed(names: list[str], line: Line) -> str:
    return (", " if line.tongue.lang == "en" else "、").join(names)
