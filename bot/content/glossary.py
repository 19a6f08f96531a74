"""Reading the taxonomy, the rubric and the themes: the names, explanations and cues of all ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.coaching.taxonomy import NATURES, OBJECTION_TYPES, TECHNIQUES
from bot.coaching.wording import Lines, Text
from bot.content import forms
from bot.content.nodes import Node, unique
from bot.content.schema import (
    STEPS,
    STYLES,
    MethodGuide,
    NatureGuide,
    ObjectionType,
    Principle,
    Step,
    Style,
    Taxonomy,
)

PRINCIPLES: Final = ("prepare", "choose_the_moment", "never_argue", "respect", "empathy_first")


def read_taxonomy(node: Node) -> Taxonomy:
    """Read the taxonomy."""
    fields = node.fields(("objection_types", "natures", "methods", "principles", "styles"))
    types = fields["objection_types"].fields(OBJECTION_TYPES)
    return Taxonomy(
        objection_types={name: _objection_type(name, entry) for name, entry in types.items()},
        natures={
            name: NatureGuide(name, **_texts(entry, ("sign", "advice")))
            for name, entry in fields["natures"].fields(NATURES).items()
        },
        methods={
            name: MethodGuide(name, **_texts(entry, ("move", "skeleton", "suits", "beware")))
            for name, entry in fields["methods"].fields(TECHNIQUES).items()
        },
        principles={
            name: Principle(name, **_texts(entry, ("rule",)))
            for name, entry in fields["principles"].fields(PRINCIPLES).items()
        },
        styles={
            name: Style(name, **_texts(entry, ("signs", "handle", "impatient_at")))
            for name, entry in fields["styles"].fields(STYLES).items()
        },
    )


def read_rubric(node: Node) -> tuple[Step, ...]:
    """Read the five steps of LSCPA."""
    steps = node.fields(("steps",))["steps"].fields(STEPS)
    return tuple(Step(name, **_texts(entry, ("shown_by", "beware"))) for name, entry in steps.items())


def read_themes(node: Node) -> dict[str, tuple[Lines, ...]]:
    """Read what customers speak of within each objection type: the cues of every theme."""
    themes: dict[str, tuple[Lines, ...]] = {}
    for type_, entry in node.entries(OBJECTION_TYPES).items():
        places: dict[str, str] = {}
        cues = []
        for item in entry.items():
            fields = item.fields(("id", "cues"))
            unique([(fields["id"], fields["id"].id())], places)
            cues.append(fields["cues"].lines(forms.alias))
        themes[type_] = tuple(cues)
    return themes


def _objection_type(name: str, node: Node) -> ObjectionType:
    fields = node.fields(("name", "about", "example", "methods"))
    return ObjectionType(
        id=name,
        name=fields["name"].text(forms.label),
        about=fields["about"].text(forms.sentence),
        example=fields["example"].text(forms.sentence),
        methods=fields["methods"].names(TECHNIQUES),
    )


def _texts(node: Node, sentences: Sequence[str]) -> dict[str, Text]:
    fields = node.fields(("name", *sentences))
    texts = {name: fields[name].text(forms.sentence) for name in sentences}
    return {"name": fields["name"].text(forms.label), **texts}
