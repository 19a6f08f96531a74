"""The content as values: products, playbooks, the telephone, scenarios, the taxonomy and the rubric."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.coaching.assessment import Rubric
from bot.coaching.playbook import Material, Playbook, Version
from bot.coaching.relevance import Theme, narrow, repeats
from bot.coaching.scenario import Cast, Scenario
from bot.coaching.signals import Signals
from bot.coaching.wording import Lines, Text

REJECTIONS: Final[tuple[str, ...]] = (
    "send_material",
    "in_house",
    "has_supplier",
    "not_responsible",
    "no_budget",
    "too_dear",
    "unhappy_before",
)
"""The seven standard telephone rejections."""

AUDIENCES: Final[tuple[str, ...]] = ("base", "middle_manager", "senior_manager")
"""Whom a telephone line speaks to: anybody, a middle manager, a senior manager."""

ARGUMENTS: Final[tuple[str, ...]] = ("concede", "outweigh", "reframe", "ask", "turn", "next")
"""What a product says to each objection type; also the slots of the playbooks."""

SERVICE: Final[tuple[str, ...]] = ("delivery", "installation", "warranty", "repair", "returns")


@dataclass(frozen=True)
class Feature:
    """A feature with its advantage, its benefit and the evidence (FABE)."""

    id: str
    feature: Text
    advantage: Text
    benefit: Text
    evidence: Text


@dataclass(frozen=True)
class Drawback:
    """A true weak point and what outweighs it, with the words in which customers complain of it."""

    id: str
    drawback: Text
    outweighed_by: Text
    cues: Lines


@dataclass(frozen=True)
class Price:
    """What it costs: the list price, three years all told, in instalments, and when there is a discount."""

    list: Text
    three_years: Text
    instalments: Text
    discount: Text


@dataclass(frozen=True)
class Rival:
    """Another supplier: what it does better, and what we do better."""

    name: Text
    better_at: Text
    we_are_better_at: Text


@dataclass(frozen=True)
class Rumour:
    """A wrong fact that customers believe, the right one and its proof.

    The types are the objections in which it comes up, the cues the words that give it away.
    """

    id: str
    types: tuple[str, ...]
    claim: Text
    fact: Text
    proof: Text
    cues: Lines


@dataclass(frozen=True)
class Product:
    """Something that a trainee sells, with all that a script may say about it."""

    id: str
    name: Text
    short: Text
    trade: Text
    aliases: Lines
    summary: Text
    buyers: Text
    features: tuple[Feature, ...]
    drawbacks: tuple[Drawback, ...]
    price: Price
    rivals: tuple[Rival, ...]
    service: Mapping[str, Text]
    rumours: tuple[Rumour, ...]
    arguments: Mapping[str, Mapping[str, Lines]]

    def material(self, type_: str, lang: str, words: str = "", themes: Sequence[Theme] = ()) -> Material:
        """Return its sentences for one objection type in one language, as the playbooks take them.

        With the customer's words, those come first that speak of them or of a theme that they touch, and of
        the rumours only those that the customer has repeated; without, all are there.
        """
        rumours = [
            rumour
            for rumour in self.rumours
            if type_ in rumour.types
            and (not words or repeats(words, _theme(rumour.claim, rumour.cues, lang), lang))
        ]
        sentences = {slot: lines.of(lang) for slot, lines in self.arguments[type_].items()}
        sentences["claim"] = tuple(rumour.claim.of(lang) for rumour in rumours)
        sentences["fact"] = tuple(rumour.fact.of(lang) for rumour in rumours)
        sentences["proof"] = tuple(rumour.proof.of(lang) for rumour in rumours)
        sentences["product"] = (self.short.of(lang),)
        drawbacks = [_theme(drawback.drawback, drawback.cues, lang) for drawback in self.drawbacks]
        return narrow(Material(lang, sentences), words, (*drawbacks, *themes))


def _theme(text: Text, cues: Lines, lang: str) -> Theme:
    return Theme(text.of(lang), cues.of(lang))


@dataclass(frozen=True)
class Rejection:
    """A standard telephone rejection and how it is turned, by audience."""

    id: str
    types: tuple[str, ...]
    name: Text
    sounds_like: Lines
    move: Text
    why: Text
    beware: Text
    follow_up: Text
    lines: Mapping[str, tuple[Version, ...]]


@dataclass(frozen=True)
class Receptionist:
    """How to speak with whoever guards the telephone."""

    name: Text
    move: Text
    beware: Text
    lines: tuple[Version, ...]


@dataclass(frozen=True)
class Telephone:
    """The telephone playbook: the seven rejections by id, and the receptionist."""

    rejections: Mapping[str, Rejection]
    receptionist: Receptionist


@dataclass(frozen=True)
class ObjectionType:
    """An objection type explained; `methods` are those it is answered with, the best first."""

    id: str
    name: Text
    about: Text
    example: Text
    methods: tuple[str, ...]


@dataclass(frozen=True)
class NatureGuide:
    """How an objection is meant, what shows it, and what to do."""

    id: str
    name: Text
    sign: Text
    advice: Text


@dataclass(frozen=True)
class MethodGuide:
    """A method explained: its move, its skeleton, where it suits, what to beware of."""

    id: str
    name: Text
    move: Text
    skeleton: Text
    suits: Text
    beware: Text


@dataclass(frozen=True)
class Principle:
    """A rule for all objections."""

    id: str
    name: Text
    rule: Text


@dataclass(frozen=True)
class Style:
    """A kind of customer: how to know it, how to handle it, what it has no patience for."""

    id: str
    name: Text
    signs: Text
    handle: Text
    impatient_at: Text


@dataclass(frozen=True)
class Taxonomy:
    """The names and explanations of all ids, each mapping in the order of the domain."""

    objection_types: Mapping[str, ObjectionType]
    natures: Mapping[str, NatureGuide]
    methods: Mapping[str, MethodGuide]
    principles: Mapping[str, Principle]
    styles: Mapping[str, Style]


@dataclass(frozen=True)
class Step:
    """A step of LSCPA: what shows it, what to beware of, and what it is worth."""

    id: str
    name: Text
    shown_by: Text
    beware: Text
    points: int
    counts_from: float


@dataclass(frozen=True)
class FaultGuide:
    """What a reply may do wrong: the principle that it breaks, why it costs, and what to do instead."""

    id: str
    name: Text
    principle: str
    rule: Text
    instead: Text
    points: int
    counts_from: float


@dataclass(frozen=True)
class RubricGuide:
    """The rubric with its words; `rules` is what the engine scores with."""

    steps: tuple[Step, ...]
    faults: tuple[FaultGuide, ...]
    rules: Rubric

    @functools.cached_property
    def guides(self) -> Mapping[str, Step | FaultGuide]:
        """The steps and the faults by id."""
        guides: tuple[Step | FaultGuide, ...] = (*self.steps, *self.faults)
        return {guide.id: guide for guide in guides}


@dataclass(frozen=True)
class Content:
    """Everything the coach knows, checked; mappings keep the order of the files and of the domain."""

    taxonomy: Taxonomy
    rubric: RubricGuide
    products: Mapping[str, Product]
    playbooks: Mapping[str, Playbook]
    telephone: Telephone
    themes: Mapping[str, tuple[Lines, ...]]
    scenarios: Mapping[str, Scenario]
    cast: Cast
    signals: Signals

    def material(self, product: str, type_: str, lang: str, words: str = "") -> Material:
        """Return a product's sentences for one objection type; those that answer the words come first."""
        themes = [Theme("", cues.of(lang)) for cues in self.themes.get(type_, ())]
        return self.products[product].material(type_, lang, words, themes)

    @functools.cached_property
    def fits(self) -> Mapping[str, tuple[str, ...]]:
        """The methods that suit each objection type."""
        return {type_: guide.methods for type_, guide in self.taxonomy.objection_types.items()}

    def telephone_lines(
        self, rejection: str, audience: str, product: str, lang: str
    ) -> tuple[tuple[Version, ...], Material]:
        """Return the versions against a rejection for an audience, and the material to fill them."""
        entry = self.telephone.rejections[rejection]
        return entry.lines[audience], self.material(product, entry.types[0], lang)
