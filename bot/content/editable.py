"""Which files a trainer may edit: the kinds, their paths, and how each is read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from bot.coaching.taxonomy import BEHAVIOURS, OBJECTION_TYPES, STYLES
from bot.content.glossary import read_rubric
from bot.content.nodes import Node
from bot.content.product_files import read_product
from bot.content.scenario_files import read_lines, read_scenario
from bot.content.scripts import read_playbook, read_telephone

PRODUCT: Final = "product"
PLAYBOOK: Final = "playbook"
SCENARIO: Final = "scenario"
LINES: Final = "lines"
RUBRIC: Final = "rubric"

KINDS: Final = (PRODUCT, SCENARIO, PLAYBOOK, LINES, RUBRIC)
GROWING: Final = (PRODUCT, SCENARIO)
"""The kinds of which a new one may be made, and that may be taken away again."""

TELEPHONE: Final = "telephone"
_FOLDERS: Final[Mapping[str, str]] = {
    PRODUCT: "products",
    SCENARIO: "scenarios",
    PLAYBOOK: "playbooks",
    LINES: "lines",
}
_FIXED: Final[Mapping[str, tuple[str, ...]]] = {
    PLAYBOOK: (*OBJECTION_TYPES, TELEPHONE),
    LINES: (*STYLES, *BEHAVIOURS),
    RUBRIC: (RUBRIC,),
}
_STEM: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


@dataclass(frozen=True)
class Piece:
    """A file of content that may be edited: its kind, and its name without folder and ending."""

    kind: str
    stem: str

    @property
    def file(self) -> str:
        """The path below the content folder."""
        folder = _FOLDERS.get(self.kind)
        return f"{folder}/{self.stem}.yml" if folder else f"{self.stem}.yml"


def piece(kind: str, stem: str) -> Piece | None:
    """Return a piece by kind and name, None where there can be no such file."""
    known = _FIXED.get(kind)
    fits = stem in known if known is not None else kind in KINDS and _STEM.fullmatch(stem) is not None
    return Piece(kind, stem) if fits else None


def piece_of(file: str) -> Piece | None:
    """Return the piece that a path stands for, None where the file is not one to edit."""
    path = PurePosixPath(file)
    folders = {folder: kind for kind, folder in _FOLDERS.items()}
    kind = folders.get(path.parent.as_posix(), RUBRIC if file == f"{RUBRIC}.yml" else "")
    return piece(kind, path.stem) if path.suffix == ".yml" else None


def read_piece(node: Node, products: tuple[str, ...]) -> None:
    """Read a file as its kind is read, noting its faults; `products` are those that a scenario may name."""
    found = piece_of(node.file)
    kind = found.kind if found else ""
    if kind == PRODUCT:
        read_product(node)
    elif kind == SCENARIO:
        read_scenario(node, products)
    elif kind == LINES:
        read_lines(node)
    elif kind == RUBRIC:
        read_rubric(node)
    elif found is not None and found.stem == TELEPHONE:
        read_telephone(node)
    elif kind == PLAYBOOK:
        read_playbook(node, {})
