"""Measuring how far the bot and people agree, and people with each other: what may be relied on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Final

from bot.coaching.agreement import PRACTICE_ONLY, TOO_FEW, TRUSTED, UNMEASURED, Agreement, Pair, agreement
from bot.coaching.families import FAMILIES, Family, checked, family_of_rule
from bot.coaching.playbook import seed_of
from bot.coaching.taxonomy import LANGS
from bot.services.access import Person
from bot.services.errors import Refused
from bot.storage.rating_records import BOT, PEOPLE, AgreementRecord, Rated
from bot.storage.unit_of_work import UnitOfWorkFactory

FLOOR: Final = 0.6
"""A judgement whose kappa lies below is for practice only, unless another one is set."""

_WORST_FIRST: Final = (PRACTICE_ONLY, TOO_FEW, UNMEASURED, TRUSTED)


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


def untold() -> Trusts:
    """Return what is known before anything was measured."""
    return _trusts({}, {}, fresh=True)


def trusts(units: UnitOfWorkFactory) -> Trusts:
    """Return how far each judgement may be relied on, as measured last; raises Unavailable."""
    with units(reading=True) as uow:
        fresh = uow.ratings.mark() in (uow.ratings.measured(), "0:0")
        return _trusts(
            {(one.judges, one.family, one.lang): one for one in uow.ratings.agreements()},
            uow.ratings.floors(),
            fresh=fresh,
        )


def _trusts(
    found: Mapping[tuple[str, str, str], AgreementRecord], floors: Mapping[str, float], *, fresh: bool
) -> Trusts:
    by = {}
    for family in FAMILIES:
        for lang in LANGS:
            bot, people = (_told(found.get((judges, family, lang))) for judges in (BOT, PEOPLE))
            floor = floors.get(family, FLOOR)
            by[family, lang] = Trust(family, lang, bot.verdict(floor), bot, people, floor)
    return Trusts(by, fresh)


def _told(record: AgreementRecord | None) -> Agreement:
    if record is None:
        return Agreement(0)
    return Agreement(record.items, record.share, record.kappa, record.low, record.high)


def measure(units: UnitOfWorkFactory, *, now: datetime) -> bool:
    """Measure anew if something was rated since the last time; returns whether it was. Raises Unavailable."""
    with units(reading=True) as uow:
        mark = uow.ratings.mark()
        if mark in (uow.ratings.measured(), "0:0"):
            return False
        rated = [
            Rated(one.lang, checked(one.judged), tuple(map(checked, one.people)))
            for one in uow.ratings.rated()
        ]
    found = list(_measured(rated))
    with units() as uow:
        uow.ratings.keep_agreements(found, mark=mark, now=now)
        uow.commit()
    return True


def _measured(rated: Sequence[Rated]) -> Iterator[AgreementRecord]:
    for family in FAMILIES.values():
        for lang in LANGS:
            inside = [one for one in rated if one.lang == lang]
            for judges, items in (
                (BOT, [_with_bot(family.id, one) for one in inside]),
                (PEOPLE, [_among_people(family.id, one) for one in inside]),
            ):
                told = _agreement(family, items, seed_of(judges, family.id, lang))
                yield AgreementRecord(
                    judges, family.id, lang, told.items, told.share, told.kappa, told.low, told.high
                )


def _agreement(family: Family, items: Iterable[list[Pair]], seed: int) -> Agreement:
    return agreement([pairs for pairs in items if pairs], family.scale, weights=family.weights, seed=seed)


def _with_bot(family: str, one: Rated) -> list[Pair]:
    if family not in one.judged:
        return []
    return [(one.judged[family], said[family]) for said in one.people if family in said]


def _among_people(family: str, one: Rated) -> list[Pair]:
    return list(combinations([said[family] for said in one.people if family in said], 2))


def set_floor(units: UnitOfWorkFactory, *, person: Person, family: str, kappa: float, now: datetime) -> None:
    """Set the kappa of a family below which its judgement is for practice only; raises Refused."""
    if family not in FAMILIES:
        raise Refused("family")
    if not 0.0 <= kappa <= 1.0:
        raise Refused("kappa")
    with units() as uow:
        before = uow.ratings.floors().get(family, FLOOR)
        uow.ratings.set_floor(family, kappa, by=person.account, now=now)
        uow.audit.add(
            person.account, "set_floor", "family", family, now=now, detail={"from": before, "to": kappa}
        )
        uow.commit()
