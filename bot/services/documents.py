"""A content file as an author works on it: its text, what it says, and the form of it."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bot.content.drafts import read_draft
from bot.content.editable import Piece, read_piece
from bot.content.faults import Fault
from bot.content.nodes import Node
from bot.content.outline import Entry, found_in, has_page, outline, read_form
from bot.content.places import NoSuchPlace, Place, added, changed, name_of, place_of, removed
from bot.content.shapes import TEXT, shape_of
from bot.content.sources import Source
from bot.content.writing import rewritten
from bot.services.errors import NotFound
from bot.storage.edition_records import EditionRecord

NO_BASIS: Final = "0.0"
"""What a save is based on where the file has no version yet, only the packaged text."""

ADD: Final = "add"
REMOVE: Final = "remove"


@dataclass(frozen=True)
class Document:
    """A file at one version; no edition stands for the packaged one.

    Attributes:
        text: as it is stored, whatever it says.
        value: what it says, None where it cannot be read.
        products: the ids that a scenario may name.
        unread: why it cannot be read.
    """

    piece: Piece
    edition: EditionRecord | None
    text: str
    value: Any
    products: tuple[str, ...]
    unread: tuple[Fault, ...] = ()

    @property
    def basis(self) -> str:
        """What a save of changes to it has to name, so that nobody's work is written over."""
        return NO_BASIS if self.edition is None else basis_of(self.edition)

    @property
    def readable(self) -> bool:
        """Whether there is a form of it: it is YAML, and a block of keys."""
        return not self.unread and isinstance(self.value, dict)

    @functools.cached_property
    def faults(self) -> tuple[Fault, ...]:
        """What is wrong with it by itself, without the other files."""
        if self.unread:
            return self.unread
        faults: list[Fault] = []
        read_piece(Node(self.value, self.piece.file, "", faults), self.products)
        return tuple(faults)

    @functools.cached_property
    def whole(self) -> Entry:
        """The form of it."""
        return self.drawn(self.faults)

    def drawn(self, faults: Sequence[Fault]) -> Entry:
        """Return the form with some faults of it."""
        return outline(self.value, shape_of(self.piece.file, self.value, self.products), faults)

    def page(self, path: str) -> Entry:
        """Return the part of the form that a page shows; raises NotFound."""
        try:
            found = found_in(self.whole, place_of(path))
        except NoSuchPlace as error:
            raise NotFound from error
        if found is None:
            raise NotFound
        return found

    def filled(self, path: str, fields: Mapping[str, Sequence[str]], step: str = "") -> str:
        """Return the text with what a page's form holds, and with one entry more or less.

        Args:
            path: the page's place; parts with pages of their own stay as they are.
            fields: what was sent, by the places' names.
            step: empty, `add:` and the place of a list or a missing key, or `remove:` and a place.

        Raises NotFound where there is no such page or place (any more).
        """
        page = self.page(path)
        value = self.value
        try:
            for part in inline(page):
                value = changed(value, part.place, read_form(fields, part))
            what, _, at = step.partition(":")
            if what == REMOVE:
                value = removed(value, place_of(at))
            elif what == ADD:
                value = self._with_more(value, place_of(at))
        except NoSuchPlace as error:
            raise NotFound from error
        return rewritten(self.text, value)

    def _with_more(self, value: Any, place: Place) -> Any:
        entry = found_in(self.drawn(()), place)
        if entry is None:  # a key that may be there and is not
            around = found_in(self.drawn(()), place[:-1])
            if around is None or place[-1] not in around.missing:
                raise NoSuchPlace(name_of(place))
            return changed(value, place, None)
        texts = entry.parts and all(part.kind == TEXT for part in entry.parts)
        return added(value, place, "" if texts else None)


def inline(page: Entry) -> list[Entry]:
    """Return the parts that a page lets fill in, in order: those without a page of their own."""
    if not page.parts:
        return [page]
    return [part for part in page.parts if not has_page(part, page)]


def basis_of(edition: EditionRecord) -> str:
    """Return what a save names as the one that it was made from."""
    return f"{edition.version}.{edition.saves}"


def document(piece: Piece, edition: EditionRecord | None, text: str, products: tuple[str, ...]) -> Document:
    """Return a file as an author works on it."""
    value, unread = read_draft(text, piece.file)
    return Document(piece, edition, text, value, products, tuple(unread))


def packaged_text(root: Path, piece: Piece) -> str | None:
    """Return the text of the packaged file; None where there is none."""
    try:
        return Source(root).text(piece.file)
    except (OSError, UnicodeError):
        return None
