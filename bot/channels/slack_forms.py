"""Slack's forms: choosing a scenario by filters, and disagreeing with a point.  Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.channels.slack_cards_talk import APPEAL, SCENARIOS
from bot.channels.slack_events import read_place
from bot.channels.slack_kit import SIFT, Element, cut, menu, option, plain_text, section
from bot.channels.slack_lines import LANGS, Tongue
from bot.coaching.scenario import Scenario
from bot.coaching.taxonomy import LEVELS
from bot.content.schema import Content

FILTERS: Final = ("difficulty", "type", "product")
MAX_REASON: Final = 400
MAX_TITLE: Final = 24

_ANY: Final = "any"
_NONE: Final = "score"


@dataclass(frozen=True)
class Place:
    """The talk that a form belongs to; empty for the direct messages."""

    channel: str = ""
    thread: str = ""


def scenario_form(
    content: Content, t: Tongue, place: Place, chosen: Mapping[str, str] | None = None
) -> Element:
    """Return the form that chooses a customer.

    Args:
        chosen: the filters, by name; one that is missing lets everything pass.
    """
    kept = {name: value for name, value in (chosen or {}).items() if name in FILTERS and value != _ANY}
    found = [scenario for scenario in content.scenarios.values() if _passes(scenario, kept)]
    customers = menu(
        t.phrases("form.scenario.customer"), (_customer(one, content, t) for one in found), kind="scenario"
    )
    filters = [_filter(name, content, t, kept.get(name, _ANY)) for name in FILTERS]
    levels = menu(
        t.phrases("form.scenario.level_hint"),
        [option(t.phrases(f"level.{level}"), level) for level in LEVELS],
        kind="level",
    )
    shown = section(t(f"form.scenario.{'text_here' if place.channel else 'text'}"))
    shown.append({"type": "actions", "block_id": "filters", "elements": filters})
    if customers is None:
        shown += section(t("form.scenario.none"))
    else:
        # another list is another field: what was picked from the last one would stand in it else
        listed = hashlib.blake2b("".join(one.id for one in found).encode(), digest_size=6).hexdigest()
        shown.append(_field(f"scenario.{listed}", t.phrases("form.scenario.customer"), customers))
        shown.append(_field("level", t.phrases("form.scenario.level"), levels, optional=True))
    form = _form(SCENARIOS, t, "form.scenario.title", shown, {"place": [place.channel, place.thread]})
    return {**form, **({"submit": plain_text(t.phrases("form.start"))} if customers else {})}


def appeal_form(t: Tongue, place: Place, asked: Mapping[str, Any]) -> Element:
    """Return the form of an appeal.

    Args:
        asked: what the button carries: `talk`, `talk_turn`, `rules` (id and name of each).
    """
    rules = [option(str(name), str(rule)) for rule, name in asked.get("rules") or ()]
    pick = menu(
        t.phrases("form.appeal.rule"), [*rules, option(t.phrases("form.appeal.score"), _NONE)], kind="rule"
    )
    why = {
        "type": "plain_text_input",
        "multiline": True,
        "max_length": MAX_REASON,
        "action_id": "reason",
        "placeholder": plain_text(t.phrases("form.appeal.hint")),
    }
    held = {
        "place": [place.channel, place.thread],
        "talk": asked.get("talk"),
        "talk_turn": asked.get("talk_turn"),
    }
    blocks = [
        _field("rule", t.phrases("form.appeal.rule"), pick),
        _field("reason", t.phrases("form.appeal.reason"), why, optional=True),
    ]
    form = _form(APPEAL, t, "form.appeal.title", blocks, held)
    return {**form, "submit": plain_text(t.phrases("form.send"))}


def sifted(content: Content, tongues: Mapping[str, Tongue], view: Mapping[str, Any]) -> Element:
    """Return the form that chooses a customer again, with the filters that were chosen in it."""
    held, filled = held_by(view), filled_in(view)
    chosen = {name: filled.get(f"{SIFT}.{name}", _ANY) for name in FILTERS}
    return scenario_form(content, _tongue(tongues, held), Place(*read_place(view)), chosen)


def command_of(view: Mapping[str, Any]) -> str:
    """Return the command that a form means which was sent; empty for a form that is not ours."""
    held, filled = held_by(view), filled_in(view)
    lang = {"lang": held["lang"]} if held.get("lang") in LANGS else {}
    if view.get("callback_id") == SCENARIOS and filled.get("scenario"):
        level = {"level": filled["level"]} if filled.get("level") in LEVELS else {}
        return _command("choose_scenario", {**lang, "scenario": filled["scenario"], **level})
    if view.get("callback_id") == APPEAL and isinstance(held.get("talk_turn"), int):
        rule, reason = filled.get("rule", _NONE), filled.get("reason", "")[:MAX_REASON]
        about = {"talk": held.get("talk"), "talk_turn": held["talk_turn"]}
        return _command(
            "disagree", {**lang, **about, "rule": "" if rule == _NONE else rule, "reason": reason}
        )
    return ""


def held_by(view: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a form was given to keep."""
    try:
        held = json.loads(view.get("private_metadata") or "{}")
    except ValueError:
        return {}
    return held if isinstance(held, dict) else {}


def filled_in(view: Mapping[str, Any]) -> dict[str, str]:
    """Return what was picked and typed in a form, by the field's `action_id`."""
    filled = {}
    for fields in ((view.get("state") or {}).get("values") or {}).values():
        for name, field in fields.items():
            value = (field.get("selected_option") or {}).get("value") or field.get("value")
            if isinstance(value, str):
                filled[name] = value
    return filled


def _form(name: str, t: Tongue, title: str, blocks: list[Element], held: Mapping[str, Any]) -> Element:
    return {
        "type": "modal",
        "callback_id": name,
        "title": plain_text(cut(t.phrases(title), MAX_TITLE)),
        "close": plain_text(t.phrases("form.cancel")),
        "private_metadata": json.dumps({"lang": t.lang, **held}),
        "blocks": blocks,
    }


def _field(id_: str, label: str, element: Element | None, *, optional: bool = False) -> Element:
    return {
        "type": "input",
        "block_id": id_,
        "label": plain_text(label),
        "element": element,
        "optional": optional,
    }


def _passes(scenario: Scenario, chosen: Mapping[str, str]) -> bool:
    return (
        chosen.get("difficulty", str(scenario.difficulty)) == str(scenario.difficulty)
        and chosen.get("product", scenario.product) == scenario.product
        and ("type" not in chosen or chosen["type"] in _types(scenario))
    )


def _types(scenario: Scenario) -> set[str]:
    """Return the types that a customer shows; what they hide is not told beforehand."""
    return {concern.type for concern in scenario.concerns if concern.nature != "hidden"}


def _customer(scenario: Scenario, content: Content, t: Tongue) -> Element | None:
    difficulty = t.phrases(f"form.difficulty.{scenario.difficulty}")
    title = t.phrases("scenarios.option", title=scenario.title.of(t.lang), difficulty=difficulty)
    return option(title, scenario.id, content.products[scenario.product].name.of(t.lang))


def _filter(name: str, content: Content, t: Tongue, chosen: str) -> Element:
    """Return a menu of what there is to choose by, `any` first."""
    names: Iterable[tuple[str, str]]
    if name == "difficulty":
        grades = sorted({scenario.difficulty for scenario in content.scenarios.values()})
        names = [(str(grade), t.phrases(f"form.difficulty.{grade}")) for grade in grades]
    elif name == "type":
        types = content.taxonomy.objection_types
        used = {type_ for one in content.scenarios.values() for type_ in _types(one)}
        names = [(type_, guide.name.of(t.lang)) for type_, guide in types.items() if type_ in used]
    else:
        products = content.products
        sold = {scenario.product for scenario in content.scenarios.values()}
        names = [(id_, product.name.of(t.lang)) for id_, product in products.items() if id_ in sold]
    options = [option(t.phrases(f"form.filter.{name}"), _ANY), *(option(title, id_) for id_, title in names)]
    shown = menu(t.phrases(f"form.filter.{name}"), options, kind=f"{SIFT}.{name}") or {}
    first = next((one for one in shown["options"] if one["value"] == chosen), shown["options"][0])
    return {**shown, "initial_option": first}


def _tongue(tongues: Mapping[str, Tongue], held: Mapping[str, Any]) -> Tongue:
    return tongues[held["lang"] if held.get("lang") in LANGS else LANGS[0]]


def _command(intent: str, values: Mapping[str, Any]) -> str:
    return f"/{intent}{json.dumps(values, ensure_ascii=False)}"
