"""What the checks expect at each place of a content file, found out by letting them read it.

So a form always offers what the checks ask for: the readers say it once, by how they read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from bot.coaching.taxonomy import LANGS
from bot.coaching.wording import Lines, Text
from bot.content.editable import read_piece
from bot.content.forms import Form
from bot.content.nodes import Node

BLOCK: Final = "block"
LIST: Final = "list"
PAIR: Final = "pair"
"""A text in both languages."""
LINES: Final = "lines"
"""Several texts in both languages."""
NAMES: Final = "names"
"""Several of the known names."""
CHOICE: Final = "choice"
NUMBER: Final = "number"
ID: Final = "id"
TEXT: Final = "text"


@dataclass(frozen=True)
class Expected:
    """What is read at one place.

    Attributes:
        kind: one of the kinds above.
        required, optional: the keys of a block.
        known: the names to choose from.
        least: the fewest entries of a list.
        low, high: the bounds of a number.
        lang: the language of a text, empty for none.
    """

    kind: str
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    least: int = 0
    low: float = 0.0
    high: float = 0.0
    lang: str = ""


Shape = Mapping[str, Expected]
"""What is expected, by key as faults name it."""


@dataclass(frozen=True)
class Probe(Node):
    """A value that notes how it is read."""

    seen: dict[str, Expected] = field(default_factory=dict)

    def at(self, key: str, value: Any) -> Probe:
        """Return a value of the same file at another key, noted in the same place."""
        return Probe(value, self.file, key, self.faults, self.seen)

    def fields(self, required: Sequence[str], optional: Sequence[str] = ()) -> dict[str, Node]:
        """Note a block."""
        self._note(Expected(BLOCK, required=tuple(required), optional=tuple(optional)))
        return super().fields(required, optional)

    def items(self, least: int = 1) -> list[Node]:
        """Note a list."""
        self._note(Expected(LIST, least=least))
        return super().items(least)

    def string(self) -> str:
        """Note a text."""
        self._note(Expected(TEXT))
        return super().string()

    def id(self) -> str:
        """Note an id."""
        name = super().id()
        self._note(Expected(ID))
        return name

    def one_of(self, known: Sequence[str]) -> str:
        """Note a choice."""
        name = super().one_of(known)
        self._note(Expected(CHOICE, known=tuple(known)))
        return name

    def names(self, known: Sequence[str], least: int = 1) -> tuple[str, ...]:
        """Note several choices."""
        names = super().names(known, least)
        self._note(Expected(NAMES, known=tuple(known), least=least))
        return names

    def number(self, low: float, high: float) -> float:
        """Note a number."""
        self._note(Expected(NUMBER, low=low, high=high))
        return super().number(low, high)

    def wording(self, form: Form, lang: str) -> str:
        """Note a text's language."""
        text = super().wording(form, lang)
        self._note(Expected(TEXT, lang=lang))
        return text

    def text(self, form: Form) -> Text:
        """Note a text in both languages."""
        text = super().text(form)
        self._note(replace(self.seen[self.key], kind=PAIR))
        return text

    def lines(self, form: Form, least: int = 1, even: bool = False) -> Lines:
        """Note several texts in both languages."""
        lines = super().lines(form, least, even)
        self._note(Expected(LINES, required=LANGS, least=least))
        return lines

    def _note(self, expected: Expected) -> None:
        self.seen[self.key] = expected


def shape_of(file: str, value: Any, products: tuple[str, ...]) -> Shape:
    """Return what is expected in a file that holds this value, the places that are still empty included."""
    probe = Probe(value, file, "", [])
    read_piece(probe, products)
    return probe.seen
