"""The cards of an answer to a customer's line: types, nature, scripts, and what can be done next.  Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.channels.slack_kit import Element, button, choices, context, menu, option, quote, row, section
from bot.channels.slack_lines import Line, Values, values_of
from bot.channels.slack_text import escape, mrkdwn
from bot.channels.slack_trust import doubt
from bot.coaching.advice import sureness
from bot.coaching.families import NATURE, OBJECTION
from bot.coaching.taxonomy import UNCLEAR
from bot.content.schema import AUDIENCES

_NOTES = ("why", "beware", "follow_up")


def text(line: Line) -> list[Element]:
    """Draw a line that has only words and buttons."""
    return [*section(mrkdwn(line.text)), *_buttons(line)]


def sorted_types(line: Line) -> list[Element]:
    """Draw the objections found, each with how sure the dojo is and the words that carry it."""
    found, t = line.data.items("objections"), line.tongue
    rows = [
        t(
            "sorted.item",
            name=one.text("name") + doubt(line, OBJECTION),
            other=other(one, "name"),
            sureness=t(f"sureness.{sureness(one.share('confidence'))}"),
            percent=round(100 * one.share("confidence")),
            span=one.text("span"),
        )
        for one in found
    ]
    return [*section("\n".join([t.count("sorted.title", len(found)), *rows])), *_buttons(line)]


def nature(line: Line) -> list[Element]:
    """Draw how each objection is probably meant, and what to do."""
    found, t = line.data.items("objections"), line.tongue
    rows = []
    for one in found:
        known = one.text("id") != UNCLEAR
        sure = t(f"sureness.{sureness(one.share('confidence'))}")
        rows.append(
            t(
                "nature.of" if len(found) > 1 else "nature.item",
                type=one.text("type_name"),
                name=one.text("name") + doubt(line, NATURE),
                sureness=t("nature.sureness", sureness=sure) if known else t("nature.plain"),
                why=t("nature.cue", cue=one.text("cue")) if one.text("cue") else one.text("why"),
                advice=one.text("advice"),
            )
        )
    return [*section("\n".join([line.tongue("nature.title"), *rows])), *_buttons(line)]


def script(line: Line) -> list[Element]:
    """Draw an answer by method: the line to say, and in small print why it works and what to ask then."""
    beside = button(line.buttons[0]["title"], line.buttons[0]["payload"]) if line.buttons else None
    return [*section(_said(line), beside), *_notes(line.data, line)]


def script_of_many(line: Line) -> list[Element]:
    """Draw an answer by method among others: `methods` offers another version of each."""
    return [*section(_said(line)), *_notes(line.data, line)]


def methods(scripts: Sequence[Line]) -> Element | None:
    """Return a menu with another version by each method that was shown; None where none has one."""
    options = []
    for line in scripts:
        name, type_ = line.data.text("method_name"), line.data.text("type_name")
        several = len({one.data.text("type") for one in scripts}) > 1
        options += [option(name, one["payload"], type_ if several else "") for one in line.buttons]
    return menu(scripts[-1].tongue("script.methods"), options) if scripts else None


def telephone(line: Line) -> list[Element]:
    """Draw how a telephone rejection is turned, for anybody and for two ranks of managers."""
    data, t = line.data, line.tongue
    lines = data.one("lines")
    shown = section("\n".join([t("telephone.title", name=data.text("name")), escape(data.text("move"))]))
    for audience in AUDIENCES:
        if lines.text(audience):
            shown += section(f"{t(f'telephone.{audience}')}\n{quote(escape(lines.text(audience)))}")
    return [*shown, *_notes(data, line), *_buttons(line)]


def ask_type(line: Line) -> list[Element]:
    """Draw the question which of some types was meant."""
    return _titled(line, "ask_type.title")


def correction(line: Line) -> list[Element]:
    """Draw the question for the right type."""
    return _titled(line, "correction.title")


def products(line: Line) -> list[Element]:
    """Draw the products to choose from, each with what it is."""
    known = {product.text("id"): product for product in line.data.items("products")}
    options = []
    for one in line.buttons:
        product = known.get(str(values_of(one["payload"]).get("product") or ""))
        options.append(option(one["title"], one["payload"], product.text("summary") if product else ""))
    pick = menu(line.tongue("pick"), options)
    return [*section(line.tongue("products.title")), *row(pick)]


def other(values: Values, key: str) -> str:
    """Return a name in the language that the line is not in."""
    return Values(values.held, "en" if values.lang == "zh" else "zh").text(key)


def _said(line: Line) -> str:
    data, t = line.data, line.tongue
    names = {"name": data.text("method_name"), "other": other(data, "method_name")}
    version, versions = data.number("version"), data.number("versions")
    if version and versions:
        head = t("script.version", **names, n=version, of=versions)
    else:
        head = t("script.title", **names)
    warning = [t("script.warning", text=data.text("warning"))] if data.text("warning") else []
    return "\n".join([head, *warning, quote(escape(data.text("line")))])


def _notes(data: Values, line: Line) -> list[Element]:
    notes = [line.tongue(f"script.{note}", text=data.text(note)) for note in _NOTES if data.text(note)]
    return context("\n".join(notes))


def _titled(line: Line, title: str) -> list[Element]:
    return [*section(f"{line.tongue(title)}\n{mrkdwn(line.text)}"), *_buttons(line)]


def _buttons(line: Line) -> list[Element]:
    return choices(line.buttons, line.tongue("pick"))
