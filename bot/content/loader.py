"""Loading the content: every file is checked whole before anything is used."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from bot.coaching.assessment import Rubric
from bot.coaching.playbook import Playbook
from bot.coaching.scenario import Cast, Scenario
from bot.coaching.signals import Signals
from bot.coaching.taxonomy import BEHAVIOURS, LANGS, OBJECTION_TYPES, STYLES
from bot.coaching.wording import Lines
from bot.content.commands import normal
from bot.content.faults import ContentError, Fault
from bot.content.glossary import read_rubric, read_taxonomy, read_themes
from bot.content.nodes import Node, read_yaml, unique
from bot.content.product_files import read_product
from bot.content.scenario_files import read_cast, read_lines, read_scenario, read_signals
from bot.content.schema import Content, Product, RubricGuide, Taxonomy, Telephone
from bot.content.scripts import read_playbook, read_telephone
from bot.content.sources import Source

ROOT: Final = Path(__file__).parent
"""Where the content is kept: the folder of this module."""

_TELEPHONE: Final = "telephone"
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


def load_content(root: Path | None = None, overlay: Mapping[str, str] = _NOTHING) -> Content:
    """Load the content of a folder, by default the project's, with texts laid over its files by their paths.

    Raises ContentError with all its faults.
    """
    content, faults = read_content(root, overlay)
    if faults:
        raise ContentError(faults)
    return content


def validate(root: Path | None = None, overlay: Mapping[str, str] = _NOTHING) -> list[Fault]:
    """Return every fault of the content that `load_content` would load, in the order of its files."""
    return read_content(root, overlay)[1]


def read_content(
    root: Path | None = None, overlay: Mapping[str, str] = _NOTHING
) -> tuple[Content, list[Fault]]:
    """Return the content with every fault of it; one that has faults is to be used by no one."""
    return _read(Source(root or ROOT, overlay))


def _read(source: Source) -> tuple[Content, list[Fault]]:
    faults: list[Fault] = []
    products = _products(source, faults)
    content = Content(
        taxonomy=_taxonomy(source, faults),
        rubric=_rubric(source, faults),
        themes=_themes(source, faults),
        playbooks=_playbooks(source, faults),
        telephone=_telephone(source, faults),
        products=products,
        scenarios=_scenarios(source, tuple(products), faults),
        cast=_cast(source, faults),
        signals=_signals(source, faults),
    )
    if not faults:
        _check_order(content, faults)
        _check_titles(source, content, faults)
    return content, faults


def _taxonomy(source: Source, faults: list[Fault]) -> Taxonomy:
    node = read_yaml(source, "taxonomy.yml", faults)
    return read_taxonomy(node) if node else Taxonomy({}, {}, {}, {}, {})


def _rubric(source: Source, faults: list[Fault]) -> RubricGuide:
    node = read_yaml(source, "rubric.yml", faults)
    return read_rubric(node) if node else RubricGuide((), (), Rubric("", {}, {}, 0.0))


def _themes(source: Source, faults: list[Fault]) -> Mapping[str, tuple[Lines, ...]]:
    node = read_yaml(source, "themes.yml", faults)
    return read_themes(node) if node else {}


def _playbooks(source: Source, faults: list[Fault]) -> Mapping[str, Playbook]:
    known = {*OBJECTION_TYPES, _TELEPHONE}
    for file in source.files("playbooks"):
        if Path(file).stem not in known or not file.endswith(".yml"):
            names = ", ".join(f"{name}.yml" for name in (*OBJECTION_TYPES, _TELEPHONE))
            faults.append(Fault(file, "", "file_unknown", (("expected", names),)))
    playbooks = {}
    places: dict[str, str] = {}
    for type_ in OBJECTION_TYPES:
        if node := read_yaml(source, f"playbooks/{type_}.yml", faults):
            playbooks[type_] = read_playbook(node, places)
    return playbooks


def _telephone(source: Source, faults: list[Fault]) -> Telephone:
    node = read_yaml(source, f"playbooks/{_TELEPHONE}.yml", faults)
    nothing = Node({}, "", "", [])
    return read_telephone(node or nothing)


def _products(source: Source, faults: list[Fault]) -> Mapping[str, Product]:
    products = {}
    names: dict[str, str] = {}
    aliases: dict[str, dict[str, str]] = {lang: {} for lang in LANGS}
    for file in source.files("products"):
        if not file.endswith(".yml"):
            faults.append(Fault(file, "", "file_unknown", (("expected", "*.yml"),)))
        elif node := read_yaml(source, file, faults):
            product = read_product(node)
            products[product.id] = product
            for lang in LANGS:
                name = product.name.of(lang)
                unique([(Node(name, file, f"name.{lang}", faults), name)], names)
                called = sorted({alias.casefold() for alias in product.aliases.of(lang)})
                unique(
                    [(Node(alias, file, f"aliases.{lang}", faults), alias) for alias in called], aliases[lang]
                )
    if not products and not faults:
        faults.append(Fault("products", "", "too_few", (("found", "0"), ("least", "1"))))
    return products


def _scenarios(source: Source, products: tuple[str, ...], faults: list[Fault]) -> Mapping[str, Scenario]:
    scenarios = {}
    for file in source.files("scenarios"):
        if not file.endswith(".yml"):
            faults.append(Fault(file, "", "file_unknown", (("expected", "*.yml"),)))
        elif node := read_yaml(source, file, faults):
            scenario = read_scenario(node, products)
            scenarios[scenario.id] = scenario
    return scenarios


def _cast(source: Source, faults: list[Fault]) -> Cast:
    lines = {}
    names = (*STYLES, *BEHAVIOURS)
    for file in source.files("lines"):
        if Path(file).stem not in names or not file.endswith(".yml"):
            faults.append(
                Fault(file, "", "file_unknown", (("expected", ", ".join(f"{n}.yml" for n in names)),))
            )
    for name in names:
        if node := read_yaml(source, f"lines/{name}.yml", faults):
            lines[name] = read_lines(node)
    node = read_yaml(source, "personas.yml", faults)
    return read_cast(node, lines) if node else Cast("", {}, {}, lines)


def _signals(source: Source, faults: list[Fault]) -> Signals:
    node = read_yaml(source, "signals.yml", faults)
    return read_signals(node) if node else Signals({}, {}, {})


def _check_order(content: Content, faults: list[Fault]) -> None:
    """See that the taxonomy names the methods of each type in the order of their fit."""
    for type_, playbook in content.playbooks.items():
        if content.taxonomy.objection_types[type_].methods != playbook.methods:
            key = f"objection_types.{type_}.methods"
            faults.append(
                Fault("taxonomy.yml", key, "order_differs", (("expected", ", ".join(playbook.methods)),))
            )


def _check_titles(source: Source, content: Content, faults: list[Fault]) -> None:
    """See that a scenario's title, which starts it when it is typed, means nothing else."""
    commands = read_yaml(source, "commands.yml", [])
    values = commands.value if commands and isinstance(commands.value, dict) else {}
    taken = {
        normal(str(phrase)): "commands.yml"
        for by_lang in values.values()
        for phrases in by_lang.values()
        for phrase in phrases
    }
    for name, scenario in content.scenarios.items():
        file = f"scenarios/{name}.yml"
        for lang in LANGS:
            title = scenario.title.of(lang)
            if taken.setdefault(normal(title), file) != file:
                where = taken[normal(title)]
                faults.append(Fault(file, f"title.{lang}", "twice", (("name", title), ("where", where))))
