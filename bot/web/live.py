"""What all pages show of the content in use: it changes when something is published."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

from bot.content.names import names_of
from bot.content.phrases import Phrases
from bot.content.schema import Content
from bot.services.shelf import Shelf
from bot.web.context import ProductCard, product_cards

Made = TypeVar("Made")


class FromContent(Generic[Made]):
    """Something made of the content in use, made anew when that has changed."""

    def __init__(self, shelf: Shelf, make: Callable[[Content], Made]) -> None:
        """Make it of the shelf's content when it is asked for."""
        self._shelf, self._make = shelf, make
        self._of: Content | None = None
        self._made: Made | None = None

    def now(self) -> Made:
        """Return it."""
        content = self._shelf.content
        if self._made is None or content is not self._of:
            self._made, self._of = self._make(content), content
        return self._made


class LiveProducts(Sequence[ProductCard]):
    """The products that the pages offer."""

    def __init__(self, shelf: Shelf) -> None:
        """Show what is on the shelf."""
        self._cards = FromContent(shelf, product_cards)

    def __getitem__(self, place: Any) -> Any:
        """Return a card by its place."""
        return self._cards.now()[place]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._cards.now())


class LiveNames(Mapping[str, str]):
    """What ids are called in one language."""

    def __init__(self, names: FromContent[dict[str, dict[str, str]]], lang: str) -> None:
        """Take the names of all languages."""
        self._names, self._lang = names, lang

    def __getitem__(self, id_: str) -> str:
        """Return a name by kind and id (`type.price`)."""
        return self._names.now()[self._lang][id_]

    def __iter__(self) -> Iterator[str]:
        """Go through the ids."""
        return iter(self._names.now()[self._lang])

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._names.now()[self._lang])


def live_names(shelf: Shelf, practice: Mapping[str, Phrases]) -> dict[str, LiveNames]:
    """Return what ids are called, by language; `practice` is that area of the phrases."""
    names = FromContent(shelf, lambda content: names_of(content, practice))
    return {lang: LiveNames(names, lang) for lang in practice}
