"""What the pages are given: values and ways to other rooms, wired by `bot.web.server`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.coaching.assessment import Rubric
from bot.content.phrases import Phrases
from bot.content.schema import Content
from bot.services.shelf import Shelf
from bot.services.transcripts import Transcript
from bot.services.trust import Trusts
from bot.storage.records import Reply
from bot.storage.unit_of_work import UnitOfWorkFactory
from bot.web.chores import Chore
from bot.web.oidc import Provider
from bot.web.workshop import Workshop

MAX_TEXT_CHARACTERS: Final = 4_000
MAX_REASON_CHARACTERS: Final = 400
"""The longest reason for "I disagree"; Rasa's channel takes no longer value from a click."""

MAX_BODY_BYTES: Final = 64 * 1024
MAX_DOCUMENT_BYTES: Final = 2 * 1024 * 1024
"""The longest body of a request that saves a content file."""

AUTHORING: Final = "/authoring/"
"""Where content files are edited."""

LOOPBACK_HOSTS: Final = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class ProductCard:
    """A product as the start page offers it; each text is given by language."""

    id: str
    name: Mapping[str, str]
    trade: Mapping[str, str]
    summary: Mapping[str, str]


def product_cards(content: Content) -> tuple[ProductCard, ...]:
    """Return the products of the content as the pages offer them."""
    return tuple(
        ProductCard(
            id=product.id,
            name={"zh": product.name.zh, "en": product.name.en},
            trade={"zh": product.trade.zh, "en": product.trade.en},
            summary={"zh": product.summary.zh, "en": product.summary.en},
        )
        for product in content.products.values()
    )


@dataclass(frozen=True)
class Pace:
    """How fast one visitor may send: `burst` messages at once, then `per_second`."""

    burst: int = 40
    per_second: float = 4.0


@dataclass(frozen=True)
class WebContext:
    """Everything that the pages need from outside; nothing else is read from anywhere.

    `phrases` is the area `web` of the phrases, by language; `names` what ids are called, by language.
    `shelf` holds the content in use.
    `reply_text` gives the words that Rasa showed for a stored reply, in a language.
    `export` writes a transcript in a format, with headings in a language, and how far its figures may be
    relied on.
    `allowed_hosts` are accepted in a Host header; an empty tuple accepts every host, for servers whose front
    door checks it. `guests` says whether people without an account may practise.
    `chores` is what the process does now and then by itself.
    `provider` is the identity provider by which people may sign in too.
    `workshop` is where models are trained and promoted.
    """

    units: UnitOfWorkFactory
    phrases: Mapping[str, Phrases]
    names: Mapping[str, Mapping[str, str]]
    products: Sequence[ProductCard]
    shelf: Shelf
    reply_text: Callable[[Reply, str], str]
    export: Callable[[Transcript, str, str, Trusts], str]
    cookie_secret: bytes
    rasa_url: str
    rasa_secret: bytes
    clock: Callable[[], datetime]
    workshop: Workshop
    lang: str = "zh"
    allowed_hosts: tuple[str, ...] = LOOPBACK_HOSTS
    pace: Pace = Pace()
    guests: bool = True
    chores: tuple[Chore, ...] = ()
    provider: Provider | None = None

    @property
    def rubric(self) -> Rubric:
        """What scores follow from, as it is in use."""
        return self.shelf.content.rubric.rules
