"""Measuring how far the bot and people agree, and people with each other: what may be relied on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import combinations
from typing import Final

from bot.coaching.agreement import Agreement, Pair, agreement
from bot.coaching.families import FAMILIES, Family, checked
from bot.coaching.playbook import seed_of
from bot.coaching.taxonomy import LANGS
from bot.services.access import Person
from bot.services.errors import Refused
from bot.services.trust import FLOOR, Trusts, trusts_of
from bot.storage.rating_records import BOT, PEOPLE, AgreementRecord, Rated
from bot.storage.unit_of_work import UnitOfWorkFactory

_NOTHING_RATED: Final = "0:0"


def trusts(units: UnitOfWorkFactory) -> Trusts:
    """Return how far each judgement may be relied on, as measured last; raises Unavailable."""
    with units(reading=True) as uow:
        fresh = uow.ratings.mark() in (uow.ratings.measured(), _NOTHING_RATED)
        return replace(trusts_of(uow), fresh=fresh)


def measure(units: UnitOfWorkFactory, *, now: datetime) -> bool:
    """Measure anew if something was rated since the last time; returns whether it was. Raises Unavailable."""
    with units(reading=True) as uow:
        mark = uow.ratings.mark()
        if mark in (uow.ratings.measured(), _NOTHING_RATED):
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
