"""Loading the content: every file is checked whole before anything is used."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bot.coaching.assessment import Rubric
from bot.coaching.playbook import Playbook
from bot.coaching.scenario import Cast, Scenario
from bot.coaching.signals import Signals
from bot.coaching.taxonomy import BEHAVIOURS, LANGS, OBJECTION_TYPES, STYLES
from bot.coaching.wording import Lines
from bot.content.faults import ContentError, Fault
from bot.content.glossary import read_rubric, read_taxonomy, read_themes
from bot.content.nodes import Node, read_yaml, unique
from bot.content.product_files import read_product
from bot.content.scenario_files import read_cast, read_lines, read_scenario, read_signals
from bot.content.schema import Content, Product, RubricGuide, Taxonomy, Telephone
from bot.content.scripts import read_playbook, read_telephone

ROOT: Final = Path(__file__).parent
"""Where the content is kept: the folder of this module."""

_TELEPHONE: Final = "telephone"


def load_content(root: Path | None = None) -> Content:
    """Load the content of a folder, by default the project's; raises ContentError with all its faults."""
    content, faults = _read(root or ROOT)
    if faults:
        raise ContentError(faults)
    return content


def validate(root: Path | None = None) -> list[Fault]:
    """Return every fault of the content of a folder, by default the project's, in the order of its files."""
    return _read(root or ROOT)[1]


def _read(root: Path) -> tuple[Content, list[Fault]]:
    faults: list[Fault] = []
    products = _products(root, faults)
    content = Content(
        taxonomy=_taxonomy(root, faults),
        rubric=_rubric(root, faults),
        themes=_themes(root, faults),
        playbooks=_playbooks(root, faults),
        telephone=_telephone(root, faults),
        products=products,
        scenarios=_scenarios(root, tuple(products), faults),
        cast=_cast(root, faults),
        signals=_signals(root, faults),
    )
    if not faults:
        _check_order(content, faults)
    return content, faults


def _taxonomy(root: Path, faults: list[Fault]) -> Taxonomy:
    node = read_yaml(root, "taxonomy.yml", faults)
    return read_taxonomy(node) if node else Taxonomy({}, {}, {}, {}, {})


def _rubric(root: Path, faults: list[Fault]) -> RubricGuide:
    node = read_yaml(root, "rubric.yml", faults)
    return read_rubric(node) if node else RubricGuide((), (), Rubric("", {}, {}, 0.0))


def _themes(root: Path, faults: list[Fault]) -> Mapping[str, tuple[Lines, ...]]:
    node = read_yaml(root, "themes.yml", faults)
    return read_themes(node) if node else {}


def _playbooks(root: Path, faults: list[Fault]) -> Mapping[str, Playbook]:
    known = {*OBJECTION_TYPES, _TELEPHONE}
    for file in _files(root, "playbooks"):
        if Path(file).stem not in known or not file.endswith(".yml"):
            names = ", ".join(f"{name}.yml" for name in (*OBJECTION_TYPES, _TELEPHONE))
            faults.append(Fault(file, "", "file_unknown", (("expected", names),)))
    playbooks = {}
    places: dict[str, str] = {}
    for type_ in OBJECTION_TYPES:
        if node := read_yaml(root, f"playbooks/{type_}.yml", faults):
            playbooks[type_] = read_playbook(node, places)
    return playbooks


def _telephone(root: Path, faults: list[Fault]) -> Telephone:
    node = read_yaml(root, f"playbooks/{_TELEPHONE}.yml", faults)
    nothing = Node({}, "", "", [])
    return read_telephone(node or nothing)


def _products(root: Path, faults: list[Fault]) -> Mapping[str, Product]:
    products = {}
    names: dict[str, str] = {}
    aliases: dict[str, dict[str, str]] = {lang: {} for lang in LANGS}
    for file in _files(root, "products"):
        if not file.endswith(".yml"):
            faults.append(Fault(file, "", "file_unknown", (("expected", "*.yml"),)))
        elif node := read_yaml(root, file, faults):
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


def _scenarios(root: Path, products: tuple[str, ...], faults: list[Fault]) -> Mapping[str, Scenario]:
    scenarios = {}
    for file in _files(root, "scenarios"):
        if not file.endswith(".yml"):
            faults.append(Fault(file, "", "file_unknown", (("expected", "*.yml"),)))
        elif node := read_yaml(root, file, faults):
            scenario = read_scenario(node, products)
            scenarios[scenario.id] = scenario
    return scenarios


def _cast(root: Path, faults: list[Fault]) -> Cast:
    lines = {}
    names = (*STYLES, *BEHAVIOURS)
    for file in _files(root, "lines"):
        if Path(file).stem not in names or not file.endswith(".yml"):
            faults.append(
                Fault(file, "", "file_unknown", (("expected", ", ".join(f"{n}.yml" for n in names)),))
            )
    for name in names:
        if node := read_yaml(root, f"lines/{name}.yml", faults):
            lines[name] = read_lines(node)
    node = read_yaml(root, "personas.yml", faults)
    return read_cast(node, lines) if node else Cast("", {}, {}, lines)


def _signals(root: Path, faults: list[Fault]) -> Signals:
    node = read_yaml(root, "signals.yml", faults)
    return read_signals(node) if node else Signals({}, {}, {})


def _files(root: Path, folder: str) -> list[str]:
    """Return the files of a folder below the root, hidden ones left out, in the order of their names."""
    paths = sorted(path for path in (root / folder).glob("*") if not path.name.startswith("."))
    return [path.relative_to(root).as_posix() for path in paths if path.is_file()]


def _check_order(content: Content, faults: list[Fault]) -> None:
    """See that the taxonomy names the methods of each type in the order of their fit."""
    for type_, playbook in content.playbooks.items():
        if content.taxonomy.objection_types[type_].methods != playbook.methods:
            key = f"objection_types.{type_}.methods"
            faults.append(
                Fault("taxonomy.yml", key, "order_differs", (("expected", ", ".join(playbook.methods)),))
            )
