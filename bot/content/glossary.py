"""Reading the taxonomy, the rubric and the themes: the names, explanations and cues of all ids."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from bot.coaching.assessment import METHOD, START, Rubric, Rule
from bot.coaching.taxonomy import (
    FAULTS,
    LANGS,
    MANNER_FAULTS,
    NATURES,
    OBJECTION_TYPES,
    STEPS,
    STYLES,
    TECHNIQUES,
)
from bot.coaching.wording import Lines, Text
from bot.content import forms
from bot.content.nodes import Node, pattern, unique
from bot.content.schema import (
    FaultGuide,
    MethodGuide,
    NatureGuide,
    ObjectionType,
    Principle,
    RubricGuide,
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


def read_rubric(node: Node) -> RubricGuide:
    """Read the rubric: the five steps of LSCPA, the faults, and what each is worth."""
    fields = node.fields(("version", "long", "coverage", "start", "method", "steps", "faults"))
    steps = tuple(_step(name, entry) for name, entry in fields["steps"].fields(STEPS).items())
    faults = tuple(_fault(name, entry) for name, entry in fields["faults"].fields(FAULTS).items())
    rules = {
        **{rule: Rule(rule, _points(fields[rule].fields(("points",))["points"])) for rule in (START, METHOD)},
        **{guide.id: Rule(guide.id, guide.points, guide.counts_from) for guide in steps},
        **{
            guide.id: Rule(guide.id, guide.points, guide.counts_from, _cues(fields["faults"], guide.id))
            for guide in faults
        },
    }
    long = {lang: int(entry.number(20, 2000)) for lang, entry in fields["long"].fields(LANGS).items()}
    rubric = Rubric(fields["version"].string(), rules, long, fields["coverage"].number(0, 1))
    return RubricGuide(steps, faults, rubric)


def _step(name: str, node: Node) -> Step:
    fields = node.fields(("name", "points", "counts_from", "shown_by", "beware"))
    return Step(
        id=name,
        name=fields["name"].text(forms.label),
        shown_by=fields["shown_by"].text(forms.sentence),
        beware=fields["beware"].text(forms.sentence),
        points=_points(fields["points"]),
        counts_from=fields["counts_from"].number(0, 1),
    )


def _fault(name: str, node: Node) -> FaultGuide:
    required = ("name", "principle", "points", "rule", "instead")
    learned = name in MANNER_FAULTS
    fields = node.fields((*required, "counts_from") if learned else required, ("cues",) if learned else ())
    return FaultGuide(
        id=name,
        name=fields["name"].text(forms.label),
        principle=fields["principle"].one_of(PRINCIPLES),
        rule=fields["rule"].text(forms.sentence),
        instead=fields["instead"].text(forms.sentence),
        points=_points(fields["points"]),
        counts_from=fields["counts_from"].number(0, 1) if "counts_from" in fields else 1.0,
    )


def _cues(node: Node, fault: str) -> dict[str, re.Pattern[str]]:
    """Read the phrases that show a fault, where it has any: regular expressions by language."""
    entry = node.value.get(fault) if isinstance(node.value, dict) else None
    if not isinstance(entry, dict) or "cues" not in entry:
        return {}
    place = node.at(f"{node.key}.{fault}.cues", entry["cues"])
    return {lang: pattern(item) for lang, item in place.fields(LANGS).items()}


def _points(node: Node) -> int:
    return int(node.number(-100, 100))


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
