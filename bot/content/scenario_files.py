"""Reading role-plays: scenarios, what moves a customer, the lines of styles and behaviours, the signals."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

from bot.coaching.scenario import (
    Brief,
    Cast,
    Concern,
    Effect,
    Fact,
    MasterAnswer,
    Persona,
    Says,
    Scenario,
    WrongAnswer,
)
from bot.coaching.signals import Signals
from bot.coaching.taxonomy import (
    BEHAVIOURS,
    DIFFICULTIES,
    FAULTS,
    GOALS,
    LANGS,
    OBJECTION_TYPES,
    ROLES,
    SETTINGS,
    STEPS,
    STYLES,
    TECHNIQUES,
)
from bot.coaching.wording import Text
from bot.content import forms
from bot.content.nodes import Node, mark_of, pattern, unique

SITUATIONS: Final = (
    "opening",
    "pushes_back",
    "softens",
    "reveals",
    "agrees",
    "leaves",
    "parts",
    "stalls",
    "not_understood",
    "asked",
    "echoes",
    "date",
    "acknowledged",
    "answered",
    "impatient",
    "argued",
    "discounted",
    "pushed",
    "boasted",
    "lectured",
    "chatted",
    "insulted",
    "evaded",
    "interrogated",
    "gave_up",
    "ran_down",
    "returns",
    "next",
    "waits",
)
"""When a style has a line of its own."""

BEHAVIOUR_SITUATIONS: Final = (
    "opening",
    "pushes_back",
    "softens",
    "asked",
    "answered",
    "returns",
    "agrees",
    "impatient",
)
_SLOTS: Final = {"echoes": "words", "date": "date"}
_STYLE_LINES: Final = 12
_BEHAVIOUR_LINES: Final = 8
_OWN: Final = {"agrees": 4, "stalls": 4, "parts": 2}
_NATURES: Final = ("genuine", "false", "hidden")
_RAISED: Final = ("opening", "later", "explored")
_FACTS: Final = 6
_CUES: Final = 8


def read_scenario(node: Node, products: tuple[str, ...]) -> Scenario:
    """Read a scenario; its file is named by its id."""
    fields = node.fields(
        (
            "id", "product", "setting", "difficulty", "style", "behaviours", "role", "goal", "title",
            "customer", "brief", "opening", "concerns", "knows", "close", "agrees", "stalls", "parts",
        )
    )  # fmt: skip
    expected = PurePosixPath(node.file).stem
    if fields["id"].id() != expected and not fields["id"].missing:
        fields["id"].fault("id_not_file", expected=expected)
    brief = fields["brief"].fields(("who", "selling", "aim"))
    concerns = tuple(_concern(item, place) for place, item in enumerate(fields["concerns"].items(1)))
    _check_concerns(fields["concerns"], concerns)
    return Scenario(
        id=expected,
        product=fields["product"].one_of(products) if products else fields["product"].string(),
        setting=fields["setting"].one_of(SETTINGS),
        difficulty=int(fields["difficulty"].number(DIFFICULTIES[0], DIFFICULTIES[-1])),
        style=fields["style"].one_of(STYLES),
        behaviours=fields["behaviours"].names(BEHAVIOURS, least=0),
        role=fields["role"].one_of(ROLES),
        goal=fields["goal"].one_of(GOALS),
        title=fields["title"].text(forms.label),
        customer=fields["customer"].text(forms.label),
        brief=Brief(**{name: entry.text(forms.line) for name, entry in brief.items()}),
        concerns=concerns,
        knows=tuple(_fact(item) for item in fields["knows"].items(_FACTS)),
        says={
            "opening": fields["opening"].lines(forms.line, 3),
            **{name: fields[name].lines(forms.line, least) for name, least in _OWN.items()},
        },
        close=fields["close"].lines(forms.line, 4),
        version=mark_of(node.value),
    )


def read_cast(node: Node, lines: Mapping[str, Says]) -> Cast:
    """Read what moves a customer."""
    fields = node.fields(("version", "effects", "personas"))
    effects = fields["effects"].entries((*STEPS, *FAULTS))
    personas = fields["personas"].fields(STYLES)
    return Cast(
        version=fields["version"].string(),
        effects={mark: _effect(entry, -100, 100) for mark, entry in effects.items()},
        personas={style: _persona(style, entry) for style, entry in personas.items()},
        lines=lines,
    )


def read_lines(node: Node) -> Says:
    """Read the lines of a style or of a behaviour, as the file is named."""
    styled = PurePosixPath(node.file).stem in STYLES
    least = _STYLE_LINES if styled else _BEHAVIOUR_LINES
    situations = node.fields(SITUATIONS if styled else BEHAVIOUR_SITUATIONS)
    return {
        name: entry.lines(forms.reaction(_SLOTS.get(name, "")), least) for name, entry in situations.items()
    }


def read_signals(node: Node) -> Signals:
    """Read the patterns."""
    kinds = node.fields(("date", "question", "telling"))
    return Signals(**{kind: _patterns(entry) for kind, entry in kinds.items()})


def _patterns(node: Node) -> dict[str, re.Pattern[str]]:
    return {lang: pattern(entry) for lang, entry in node.fields(LANGS).items()}


def _concern(node: Node, place: int) -> Concern:
    fields = node.fields(
        (
            "id", "type", "nature", "weight", "raised", "states", "pushes_back", "softens", "reveals",
            "behind", "dissolves", "explore", "answer", "wrong",
        ),
        ("masks",),
    )  # fmt: skip
    raised = fields["raised"].one_of(_RAISED)
    concern = Concern(
        id=fields["id"].id(),
        type=fields["type"].one_of(OBJECTION_TYPES),
        nature=_nature(fields["nature"]),
        weight=int(fields["weight"].number(1, 3)),
        raised=raised,
        masks=fields["masks"].id() if "masks" in fields else "",
        states=fields["states"].lines(forms.further if raised == "later" else forms.line, 3),
        pushes_back=fields["pushes_back"].lines(forms.line, 5),
        softens=fields["softens"].lines(forms.line, 3),
        reveals=fields["reveals"].lines(forms.line, 3),
        behind=fields["behind"].text(forms.line),
        dissolves=fields["dissolves"].lines(forms.alias, _CUES),
        explore=fields["explore"].lines(forms.line, 3),
        answers=tuple(_answer(item) for item in fields["answer"].items(3)),
        wrong=tuple(_wrong(item) for item in fields["wrong"].items(2)),
    )
    _check_answers(fields["answer"], concern)
    if (place == 0) != (concern.raised == "opening"):
        fields["raised"].fault("raised_first")
    if (concern.nature == "hidden") != (concern.raised == "explored"):
        fields["raised"].fault("raised_hidden")
    return concern


def _nature(node: Node) -> str:
    """Read a nature; YAML takes an unquoted `false` for a truth value."""
    return (node.at(node.key, "false") if node.value is False else node).one_of(_NATURES)


def _check_concerns(node: Node, concerns: tuple[Concern, ...]) -> None:
    """See that ids are used once and that what is masked is there and hidden."""
    ids = {concern.id: concern for concern in concerns}
    places: dict[str, str] = {}
    unique([(node, concern.id) for concern in concerns], places)
    for concern in concerns:
        if concern.masks and (concern.masks not in ids or ids[concern.masks].nature != "hidden"):
            node.fault("masks_nothing", name=concern.masks)


def _check_answers(node: Node, concern: Concern) -> None:
    """See that a master's answers meet the concern, by two methods at least."""
    if len({answer.method for answer in concern.answers}) < 2 and concern.answers:
        node.fault("one_method")
    for place, answer in enumerate(concern.answers, 1):
        for lang in LANGS:
            text = answer.text.of(lang).casefold()
            if not any(cue.casefold() in text for cue in concern.dissolves.of(lang)):
                node.fault("misses_concern", place=str(place), lang=lang)


def _answer(node: Node) -> MasterAnswer:
    fields = node.fields(("method", *LANGS))
    text = Text(**{lang: fields[lang].wording(forms.line, lang) for lang in LANGS})
    return MasterAnswer(fields["method"].one_of(TECHNIQUES), text)


def _wrong(node: Node) -> WrongAnswer:
    fields = node.fields(("breaks", *LANGS))
    text = Text(**{lang: fields[lang].wording(forms.line, lang) for lang in LANGS})
    return WrongAnswer(fields["breaks"].one_of(FAULTS), text)


def _fact(node: Node) -> Fact:
    fields = node.fields(("cues", "says"))
    return Fact(fields["cues"].lines(forms.alias, 2), fields["says"].lines(forms.line, 2))


def _persona(style: str, node: Node) -> Persona:
    fields = node.fields(("start", "factors"))
    factors = fields["factors"].entries((*STEPS, *FAULTS))
    return Persona(
        style,
        _effect(fields["start"], 0, 100),
        {mark: entry.number(-5, 5) for mark, entry in factors.items()},
    )


def _effect(node: Node, low: float, high: float) -> Effect:
    fields = node.fields(("trust", "interest", "patience"))
    return Effect(**{name: entry.number(low, high) for name, entry in fields.items()})
