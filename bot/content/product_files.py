"""Reading a product file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any, Final

from bot.coaching.taxonomy import LANGS, OBJECTION_TYPES
from bot.coaching.wording import Lines, Text
from bot.content import forms
from bot.content.amounts import amounts, told
from bot.content.nodes import Node, unique
from bot.content.schema import (
    ARGUMENTS,
    SERVICE,
    Drawback,
    Feature,
    Price,
    Product,
    Rival,
    Rumour,
)

_PRICE: Final = ("list", "three_years", "instalments", "discount")
_FACTS: Final = ("features", "drawbacks", "price", "rivals", "service", "rumours")
_KEYS: Final = ("id", "name", "short", "trade", "aliases", "summary", "buyers", *_FACTS, "arguments")
_LEAST: Final[Mapping[str, int]] = {
    "concede": 2,
    "outweigh": 3,
    "reframe": 2,
    "ask": 3,
    "turn": 2,
    "next": 2,
}
_FORMS: Final[Mapping[str, forms.Form]] = {
    "concede": forms.statement,
    "outweigh": forms.statement,
    "reframe": forms.condition,
    "ask": forms.question,
    "turn": forms.turned,
    "next": forms.spoken,
}


def read_product(node: Node) -> Product:
    """Read a product, noting every fault of its file."""
    fields = node.fields(_KEYS)
    expected = PurePosixPath(node.file).stem
    name = fields["id"].id()
    if name and name != expected:
        fields["id"].fault("id_not_file", expected=expected)
    product = Product(
        id=name,
        name=fields["name"].text(forms.label),
        short=fields["short"].text(forms.label),
        trade=fields["trade"].text(forms.label),
        aliases=fields["aliases"].lines(forms.alias, least=2),
        summary=fields["summary"].text(forms.sentence),
        buyers=fields["buyers"].text(forms.sentence),
        features=tuple(_features(fields["features"])),
        drawbacks=tuple(_drawbacks(fields["drawbacks"])),
        price=_price(fields["price"]),
        rivals=tuple(_rivals(fields["rivals"])),
        service=_texts(fields["service"], SERVICE),
        rumours=tuple(_rumours(fields["rumours"])),
        arguments=_arguments(fields["arguments"]),
    )
    known = frozenset(amount for name in _FACTS for amount in _amounts_in(fields[name].value))
    _check_amounts(fields["arguments"], known)
    return product


def _texts(node: Node, names: tuple[str, ...], form: forms.Form = forms.sentence) -> dict[str, Text]:
    fields = node.fields(names)
    return {name: fields[name].text(form) for name in names}


def _features(node: Node) -> Iterator[Feature]:
    names = ("feature", "advantage", "benefit", "evidence")
    for fields in _named(node, names, 4):
        yield Feature(fields["id"].id(), **{name: fields[name].text(forms.sentence) for name in names})


def _drawbacks(node: Node) -> Iterator[Drawback]:
    names = ("drawback", "outweighed_by")
    for fields in _named(node, names, 3, ("cues",)):
        yield Drawback(
            id=fields["id"].id(),
            drawback=fields["drawback"].text(forms.sentence),
            outweighed_by=fields["outweighed_by"].text(forms.sentence),
            cues=_cues(fields),
        )


def _price(node: Node) -> Price:
    price = Price(**_texts(node, _PRICE))
    for name in _PRICE:
        text: Text = getattr(price, name)
        differ = amounts(text.zh) ^ amounts(text.en)
        if text.zh and text.en and differ:
            node.fields((), _PRICE)[name].fault("amounts_differ", found=told(differ))
    return price


def _rivals(node: Node) -> Iterator[Rival]:
    for item in node.items(2):
        fields = item.fields(("name", "better_at", "we_are_better_at"))
        yield Rival(
            fields["name"].text(forms.label),
            fields["better_at"].text(forms.sentence),
            fields["we_are_better_at"].text(forms.sentence),
        )


def _rumours(node: Node) -> Iterator[Rumour]:
    for fields in _named(node, ("types", "claim", "fact", "proof"), 1, ("cues",)):
        yield Rumour(
            fields["id"].id(),
            fields["types"].names(OBJECTION_TYPES),
            fields["claim"].text(forms.spoken),
            fields["fact"].text(forms.statement),
            fields["proof"].text(forms.statement),
            _cues(fields),
        )


def _cues(fields: Mapping[str, Node]) -> Lines:
    return fields["cues"].lines(forms.alias) if "cues" in fields else Lines((), ())


def _named(
    node: Node, names: tuple[str, ...], least: int, optional: tuple[str, ...] = ()
) -> Iterator[dict[str, Node]]:
    places: dict[str, str] = {}
    for item in node.items(least):
        fields = item.fields(("id", *names), optional)
        unique([(fields["id"], str(fields["id"].value))], places)
        yield fields


def _arguments(node: Node) -> dict[str, Mapping[str, Lines]]:
    arguments: dict[str, Mapping[str, Lines]] = {}
    for type_, entry in node.fields(OBJECTION_TYPES).items():
        fields = entry.fields(ARGUMENTS)
        arguments[type_] = {name: fields[name].lines(_FORMS[name], _LEAST[name]) for name in ARGUMENTS}
    return arguments


def _amounts_in(value: Any) -> Iterator[Decimal]:
    if isinstance(value, str):
        yield from amounts(value)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _amounts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _amounts_in(inner)


def _check_amounts(node: Node, known: frozenset[Decimal]) -> None:
    """Hold every sum in the arguments against the facts of the same file."""
    if not isinstance(node.value, dict):
        return
    quiet = Node(node.value, node.file, node.key, [])
    for entry in quiet.entries(OBJECTION_TYPES).values():
        for slot in entry.entries(ARGUMENTS).values():
            for lang in slot.entries(LANGS).values():
                for item in lang.items(0):
                    unknown = frozenset(_amounts_in(item.value)) - known
                    if unknown:
                        Node(item.value, item.file, item.key, node.faults).fault(
                            "amount_unknown", found=told(unknown)
                        )
