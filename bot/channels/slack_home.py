"""The home tab: where a person stands, buttons to begin, their settings.  Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from bot.channels.slack_blocks import draw
from bot.channels.slack_cards_talk import SCENARIOS
from bot.channels.slack_daily import DAILY
from bot.channels.slack_kit import (
    ASK,
    WISH,
    Element,
    button,
    context,
    divider,
    finish,
    header,
    menu,
    option,
    row,
    section,
)
from bot.channels.slack_lines import LANGS, Tongue
from bot.channels.slack_plan import SlackPerson

MAX_BLOCKS: Final = 100
_ASSIGNMENTS: Final = "assignments"
_HOURS: Final = tuple(f"{hour:02}:{minute:02}" for hour in range(6, 23) for minute in (0, 30))


def home(
    lines: Sequence[Mapping[str, Any]], tongues: Mapping[str, Tongue], lang: str, person: SlackPerson
) -> Element:
    """Return the home tab's view.

    Args:
        lines: what the bot says about the person's assignments and progress. The buttons of progress stand
            on top already. Each has its share of the blocks: nothing long crowds out what comes after it.
    """
    t = tongues[lang]
    blocks = header(t.phrases("home.title")) + section(t("home.lead"))
    blocks += row(
        button(t.phrases("home.practice"), _form(t.lang), kind=ASK, style="primary"),
        button(t.phrases("home.drill"), f"/start_drill{json.dumps({'lang': t.lang})}"),
    )
    settings = [divider(), *_settings(t, person)]
    kept = [line if line.get("kind") == _ASSIGNMENTS else {**line, "buttons": ()} for line in lines]
    shown = draw(kept, tongues, lang)
    for n, drawn in enumerate(shown):
        share = (MAX_BLOCKS - len(settings) - len(blocks)) // (len(shown) - n)
        blocks += [divider(), *drawn.blocks][:share]
    return {"type": "home", "blocks": finish([*blocks, *settings])}


def _form(lang: str) -> str:
    return json.dumps({"form": SCENARIOS, "lang": lang})


def _settings(t: Tongue, person: SlackPerson) -> list[Element]:
    """Draw what the person can set: the hour of the daily drill, the language, the link."""
    hour = str(person.wishes.get(DAILY) or "")
    hours = sorted({*_HOURS, hour} - {""})
    options = [option(t.phrases("home.daily_off"), f"{DAILY}="), *(option(h, f"{DAILY}={h}") for h in hours)]
    langs = [option(t.phrases(f"home.langs.{lang}"), f"lang={lang}") for lang in LANGS]
    return [
        *section(
            t("home.daily", zone=person.zone or "UTC"),
            _set(menu(t.phrases("home.daily_pick"), options, kind=WISH), f"{DAILY}={hour}"),
        ),
        *section(t("home.lang"), _set(menu(t.phrases("pick"), langs, kind=WISH), f"lang={t.lang}")),
        *section(
            t("home.link"),
            button(t.phrases("home.link_button"), f"/link_account{json.dumps({'lang': t.lang})}"),
        ),
        *context(t("home.help")),
    ]


def _set(shown: Element | None, value: str) -> Element | None:
    """Let a menu stand at a value."""
    if shown is None:
        return None
    return {**shown, "initial_option": next(one for one in shown["options"] if one["value"] == value)}
