"""Double rating: trainers say what they see in messages, without knowing what the bot or others said."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.coaching.families import FAMILIES, GROUPS, REPLY, checked, of_line, of_reply
from bot.coaching.sampling import stratified
from bot.coaching.taxonomy import COMMAND_INTENTS, LANGS, TALK_INTENTS
from bot.services.access import ADMIN, Person
from bot.services.errors import Conflict, NotFound, Refused
from bot.storage.people_records import TeamRecord
from bot.storage.rating_records import (
    Candidate,
    ItemRecord,
    NewItem,
    Progress,
    SampleRecord,
    Source,
    Words,
)
from bot.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory

SMALLEST: Final = 10
LARGEST: Final = 500
NAME_LIMIT: Final = 100

_SPARE: Final = 4
"""So many times the size is drawn first: what was said to the bot, not to a customer, is left out then."""
_SEED: Final = 1 << 31


@dataclass(frozen=True)
class SampleView:
    """A sample, and how far the person is with it."""

    sample: SampleRecord
    progress: Progress


@dataclass(frozen=True)
class Desk:
    """What there is to rate, and the teams for which a person can make a sample."""

    samples: tuple[SampleView, ...]
    teams: tuple[TeamRecord, ...]


@dataclass(frozen=True)
class Question:
    """A message to be rated: what was said, and the families that are asked, by group.

    `item` is None when nothing is left.
    """

    sample: SampleRecord
    progress: Progress
    item: ItemRecord | None = None
    words: Words | None = None
    groups: Mapping[str, tuple[str, ...]] | None = None


@dataclass(frozen=True)
class Verdicts:
    """What was said of an item that the person has rated: by themselves, by the bot, by others, by family."""

    item: ItemRecord
    words: Words
    mine: Mapping[str, str]
    bot: Mapping[str, str]
    others: tuple[Mapping[str, str], ...]

    @property
    def disputed(self) -> tuple[str, ...]:
        """The families in which somebody said something else."""
        said = (self.bot, *self.others)
        return tuple(
            family
            for family, label in self.mine.items()
            if any(label != other.get(family, label) for other in said)
        )


def desk(units: UnitOfWorkFactory, *, person: Person) -> Desk:
    """Return what a person can rate; raises Unavailable."""
    with units(reading=True) as uow:
        return Desk(
            tuple(
                SampleView(sample, uow.ratings.progress(person, sample.id))
                for sample in uow.ratings.samples(person)
            ),
            uow.teams.of_person(person),
        )


def make_sample(
    units: UnitOfWorkFactory,
    *,
    person: Person,
    team: int | None,
    name: str,
    size: int,
    groups: Sequence[str],
    langs: Sequence[str],
    now: datetime,
) -> int:
    """Draw a sample for double rating and return its id; every language and label has its share of it.

    Raises NotFound (a team of others), Refused (size, groups, langs; `empty` where there is nothing to draw),
    Unavailable.
    """
    if not SMALLEST <= size <= LARGEST:
        raise Refused("size")
    if not groups or not set(groups) <= set(GROUPS):
        raise Refused("groups")
    if not langs or not set(langs) <= set(LANGS):
        raise Refused("langs")
    groups = [group for group in GROUPS if group in groups]
    langs = [lang for lang in LANGS if lang in langs]
    seed = secrets.randbelow(_SEED)
    with units(reading=True) as uow:
        if team is None and person.role != ADMIN:
            raise NotFound
        if team is not None and team not in {one.id for one in uow.teams.of_person(person)}:
            raise NotFound
        items = _drawn(uow, person, team, size, groups, langs, seed)
    if not items:
        raise Refused("empty")
    with units() as uow:
        made = uow.ratings.add(
            name=" ".join(name.split())[:NAME_LIMIT],
            team=team,
            groups=groups,
            seed=seed,
            items=items,
            by=person.account,
            now=now,
        )
        uow.audit.add(
            person.account,
            "sample",
            "team",
            team or "",
            now=now,
            detail={"sample": made, "items": len(items)},
        )
        uow.commit()
    return made


def _drawn(
    uow: UnitOfWork,
    person: Person,
    team: int | None,
    size: int,
    groups: Sequence[str],
    langs: Sequence[str],
    seed: int,
) -> list[NewItem]:
    trainees = None if team is None else uow.sight.trainees(person, team)
    found: dict[int, Candidate] = {}
    for about in sorted({FAMILIES[GROUPS[group][0]].about for group in groups}):
        for one in uow.ratings.candidates(person, trainees, about=about, langs=langs):
            found[one.turn] = one
    strata = ((f"{one.about} {one.lang} {one.label}", one.turn) for one in found.values())
    drawn = stratified(strata, _SPARE * size, seed)
    judged = {
        source.turn: NewItem(source.turn, source.about, source.lang, labels)
        for source in uow.ratings.sources(found[turn] for turn in drawn)
        if (labels := _labels(source))
    }
    strata = (
        (f"{found[turn].about} {found[turn].lang} {found[turn].label}", turn)
        for turn in drawn
        if turn in judged
    )
    return [judged[turn] for turn in stratified(strata, size, seed)]


def _labels(source: Source) -> dict[str, str]:
    """Return what the bot said of a message; nothing where it was said to the bot, not to a customer."""
    if source.about == REPLY:
        return of_reply(source.assessment) if source.assessment else {}
    if source.reading is None or source.reading.get("intent") in (*COMMAND_INTENTS, *TALK_INTENTS):
        return {}
    return of_line(source.reading)


def question(units: UnitOfWorkFactory, *, person: Person, sample: int, now: datetime) -> Question:
    """Return the next message of a sample that a person has not rated; raises NotFound, Unavailable."""
    with units(reading=True) as uow:
        found = _sample(uow, person, sample)
        progress = uow.ratings.progress(person, sample)
        item = uow.ratings.next_item(person, sample)
        words = uow.ratings.words_of(item) if item is not None else None
    if item is None or words is None:
        return Question(found, progress)
    with units() as uow:
        uow.audit.add(person.account, "rate", "session", words.session, now=now, detail={"sample": sample})
        uow.commit()
    return Question(found, progress, item, words, _asked(found, item))


def rate(
    units: UnitOfWorkFactory,
    *,
    person: Person,
    sample: int,
    item: int,
    labels: Mapping[str, str] | None,
    now: datetime,
) -> None:
    """Keep what a person says of a message, by family; None skips it. What was said is final.

    A line that is no objection needs no nature. Raises NotFound, Refused (`labels`: something is missing),
    Conflict (rated before), Unavailable.
    """
    assert person.account is not None, "only people with an account rate"
    with units() as uow:
        found = _sample(uow, person, sample)
        about = uow.ratings.item(person, sample, item)
        if about is None:
            raise NotFound
        given = None if labels is None else _complete(labels, found, about)
        if not uow.ratings.rate(item, person.account, given, now):
            raise Conflict
        uow.commit()


def _complete(labels: Mapping[str, str], sample: SampleRecord, item: ItemRecord) -> dict[str, str]:
    given = checked(labels)
    asked = [family for families in _asked(sample, item).values() for family in families]
    if given.get("objection") == "none":
        given.pop("nature", None)
        asked = [family for family in asked if family != "nature"]
    if any(family not in given for family in asked):
        raise Refused("labels")
    return {family: given[family] for family in asked}


def verdicts(
    units: UnitOfWorkFactory, *, person: Person, sample: int, now: datetime
) -> tuple[SampleRecord, Progress, tuple[Verdicts, ...]]:
    """Return what was said of the messages that a person has rated; raises NotFound, Unavailable."""
    with units(reading=True) as uow:
        found = _sample(uow, person, sample)
        items = {item.id: item for item in uow.ratings.items(person, sample)}
        said: dict[int, dict[int, dict[str, str]]] = {}
        for one in uow.ratings.of_items(list(items)):
            if one.labels is not None:
                said.setdefault(one.item, {})[one.account] = one.labels
        told = tuple(
            Verdicts(
                item=items[id_],
                words=uow.ratings.words_of(items[id_]),
                mine=people[person.account],
                bot=items[id_].judged,
                others=tuple(labels for account, labels in people.items() if account != person.account),
            )
            for id_, people in said.items()
            if person.account in people
        )
        progress = uow.ratings.progress(person, sample)
    with units() as uow:
        for session in sorted({one.words.session for one in told}):
            uow.audit.add(person.account, "rate", "session", session, now=now, detail={"sample": sample})
        uow.commit()
    return found, progress, told


def _sample(uow: UnitOfWork, person: Person, id_: int) -> SampleRecord:
    found = uow.ratings.sample(person, id_)
    if found is None:
        raise NotFound
    return found


def _asked(sample: SampleRecord, item: ItemRecord) -> dict[str, tuple[str, ...]]:
    """Return the families that are asked about an item, by group."""
    return {
        group: GROUPS[group]
        for group in sample.groups
        if group in GROUPS and FAMILIES[GROUPS[group][0]].about == item.about
    }
