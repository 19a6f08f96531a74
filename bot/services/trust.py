"""How far each judgement of the bot's may be relied on, as it was measured last, and how that is said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.coaching.agreement import PRACTICE_ONLY, TOO_FEW, TRUSTED, UNMEASURED, Agreement
from bot.coaching.families import FAMILIES, REPLY, SCORE, TECHNIQUE, family_of_rule
from bot.coaching.taxonomy import LANGS
from bot.storage.rating_records import BOT, PEOPLE, AgreementRecord
from bot.storage.unit_of_work import UnitOfWork

FLOOR: Final = 0.6
"""A judgement whose kappa lies below is for practice only, unless another one is set."""

TRUST_WORDS: Final[tuple[str, ...]] = tuple(
    f"{length}.{verdict}"
    for length in ("short", "full")
    for verdict in (TRUSTED, PRACTICE_ONLY, TOO_FEW, UNMEASURED)
)
"""The keys of the texts that `Trust.said` asks for."""

_WORST_FIRST: Final = (PRACTICE_ONLY, TOO_FEW, UNMEASURED, TRUSTED)
_UNKNOWN: Final = "?"


@dataclass(frozen=True)
class Trust:
    """How far a judgement of the bot's may be relied on.

    Attributes:
        verdict: `trusted`, `practice_only`, `few` or `unmeasured`.
        bot: how far the bot and people agree; people: how far people agree among each other.
        floor: the kappa below which it is for practice only.
    """

    family: str
    lang: str
    verdict: str
    bot: Agreement
    people: Agreement
    floor: float

    @property
    def practice_only(self) -> bool:
        """Whether it agrees less with people than is wanted."""
        return self.verdict == PRACTICE_ONLY

    def said(self, length: str, texts: Callable[[str], str]) -> str:
        """Say it in words.

        Args:
            length: `short` for a mark beside a figure, `full` with the interval and the number of messages.
            texts: gives the text of a key of `TRUST_WORDS`.
        """
        return texts(f"{length}.{self.verdict}").format(
            kappa=_figure(self.bot.kappa), low=_figure(self.bot.low), high=_figure(self.bot.high),
            n=self.bot.items, floor=_figure(self.floor),
        )  # fmt: skip

    def to_json(self) -> dict[str, Any]:
        """Return it as programs get it; figures that cannot be told are null."""
        return {
            "verdict": self.verdict,
            "kappa": _rounded(self.bot.kappa),
            "low": _rounded(self.bot.low),
            "high": _rounded(self.bot.high),
            "ratings": self.bot.items,
            "floor": self.floor,
        }


@dataclass(frozen=True)
class Trusts:
    """How far each family may be relied on, in each language."""

    by: Mapping[tuple[str, str], Trust]
    fresh: bool = True
    """Whether nothing was rated since it was measured."""

    def of_rule(self, rule: str, lang: str) -> Trust | None:
        """Return how far a line of the rubric may be relied on; None for what is no judgement."""
        family = family_of_rule(rule)
        return self.of(family, lang) if family else None

    def of(self, family: str, lang: str = "") -> Trust:
        """Return how far a family may be relied on: in a language, or in the worse one of them."""
        if lang:
            return self.by[family, lang]
        return min(
            (self.by[family, each] for each in LANGS),
            key=lambda one: (
                _WORST_FIRST.index(one.verdict),
                one.bot.kappa if one.bot.kappa is not None else 2.0,
            ),
        )

    def doubtful(self, rule: str, lang: str) -> bool:
        """Tell whether a line of the rubric is for practice only."""
        told = self.of_rule(rule, lang)
        return told is not None and told.practice_only

    def on_replies(self, lang: str) -> dict[str, dict[str, Any]]:
        """Return how far scores and methods may be relied on, and each line of the rubric that may not."""
        lines = [id_ for id_, family in FAMILIES.items() if family.about == REPLY]
        doubtful = [id_ for id_ in lines if self.of(id_, lang).practice_only]
        return self.to_json(dict.fromkeys((SCORE, TECHNIQUE, *doubtful)), lang)

    def to_json(self, families: Iterable[str], lang: str = "") -> dict[str, dict[str, Any]]:
        """Return how far families may be relied on, by family."""
        return {family: self.of(family, lang).to_json() for family in families}


def untold() -> Trusts:
    """Return what is known before anything was measured."""
    return _trusts({}, {})


def trusts_of(uow: UnitOfWork) -> Trusts:
    """Return how far each judgement may be relied on, as measured last; raises Unavailable."""
    found = {(one.judges, one.family, one.lang): one for one in uow.ratings.agreements()}
    return _trusts(found, uow.ratings.floors())


def _trusts(found: Mapping[tuple[str, str, str], AgreementRecord], floors: Mapping[str, float]) -> Trusts:
    by = {}
    for family in FAMILIES:
        for lang in LANGS:
            bot, people = (_told(found.get((judges, family, lang))) for judges in (BOT, PEOPLE))
            floor = floors.get(family, FLOOR)
            by[family, lang] = Trust(family, lang, bot.verdict(floor), bot, people, floor)
    return Trusts(by)


def _told(record: AgreementRecord | None) -> Agreement:
    if record is None:
        return Agreement(0)
    return Agreement(record.items, record.share, record.kappa, record.low, record.high)


def _figure(figure: float | None) -> str:
    return _UNKNOWN if figure is None else f"{figure:.2f}"


def _rounded(figure: float | None) -> float | None:
    return None if figure is None else round(figure, 4)
