"""Double rating: samples of messages, what people say of them blindly, how far judges agree."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, case, delete, func, insert, select, true, update
from sqlalchemy.future import Connection

from bot.storage.people_records import ADMIN, Person
from bot.storage.rating_records import (
    AgreementRecord,
    Candidate,
    ItemRecord,
    NewItem,
    Progress,
    Rated,
    RatingRecord,
    SampleRecord,
    Source,
    Words,
)
from bot.storage.rating_tables import agreements, floors, ratings, sample_items, samples
from bot.storage.records import ANSWERED, TEXT
from bot.storage.repositories import columns_of, insert_once
from bot.storage.sight import visible
from bot.storage.tables import drill_answers, sessions, talk_turns, talks, turns

_SESSIONS: Final = 2000
"""Samples are drawn out of so many of the latest sessions."""

_LINE: Final = "line"
_REPLY: Final = "reply"
_NONE: Final = "none"


class Ratings:
    """Samples and what people say of them."""

    def __init__(self, connection: Connection) -> None:
        """Work in the transaction of `connection`."""
        self._connection = connection

    def candidates(
        self, person: Person, trainees: Collection[int] | None, *, about: str, langs: Sequence[str]
    ) -> tuple[Candidate, ...]:
        """Return the messages of trainees (None: everybody's) that a person may see, with the bot's label."""
        where = [visible(person), sessions.c.purged_at.is_(None)]
        if trainees is not None:
            where.append(sessions.c.trainee_id.in_(list(trainees)))
        latest = select(sessions.c.id).where(*where).order_by(sessions.c.id.desc()).limit(_SESSIONS)
        rows = self._connection.execute((_lines if about == _LINE else _replies)(latest.subquery(), langs))
        if about == _LINE:
            return tuple(Candidate(r.id, about, r.lang, (r.objections or [_NONE])[0]) for r in rows)
        return tuple(Candidate(r.turn_id, about, r.lang, r.technique) for r in rows)

    def sources(self, drawn: Iterable[Candidate]) -> tuple[Source, ...]:
        """Return what the bot said of messages, in their order."""
        wanted = list(drawn)
        ids = [one.turn for one in wanted]
        readings = select(turns.c.id, turns.c.reading).where(turns.c.id.in_(ids))
        assessments = select(talk_turns.c.turn_id, talk_turns.c.assessment).where(
            talk_turns.c.turn_id.in_(ids)
        )
        read = {row.id: row.reading for row in self._connection.execute(readings)}
        assessed = {row.turn_id: row.assessment for row in self._connection.execute(assessments)}
        return tuple(
            Source(one.turn, one.about, one.lang, read.get(one.turn), assessed.get(one.turn))
            for one in wanted
        )

    def add(
        self,
        *,
        name: str,
        team: int | None,
        groups: Sequence[str],
        seed: int,
        items: Iterable[NewItem],
        by: int | None,
        now: datetime,
    ) -> int:
        """Keep a sample; returns its id."""
        values = {
            "name": name,
            "team_id": team,
            "groups": list(groups),
            "seed": seed,
            "made_by": by,
            "made_at": now,
        }
        made = int(self._connection.execute(insert(samples).values(**values)).inserted_primary_key[0])
        rows = [
            {"sample_id": made, "position": position, "turn_id": one.turn, "about": one.about,
             "lang": one.lang, "judged": one.judged}
            for position, one in enumerate(items, start=1)
        ]  # fmt: skip
        self._connection.execute(insert(sample_items), rows)
        return made

    def samples(self, person: Person) -> tuple[SampleRecord, ...]:
        """Return the samples that a person may rate, the newest first."""
        query = select(*columns_of(samples, SampleRecord)).where(_rateable(person))
        rows = self._connection.execute(query.order_by(samples.c.id.desc()))
        return tuple(SampleRecord(**row._mapping) for row in rows)

    def sample(self, person: Person, id_: int) -> SampleRecord | None:
        """Return a sample that a person may rate; None for any other."""
        query = select(*columns_of(samples, SampleRecord)).where(samples.c.id == id_, _rateable(person))
        row = self._connection.execute(query).first()
        return None if row is None else SampleRecord(**row._mapping)

    def progress(self, person: Person, sample: int) -> Progress:
        """Return how far a person is with a sample."""
        mine = and_(ratings.c.item_id == sample_items.c.id, ratings.c.account_id == person.account)
        rated: Any = case((ratings.c.labels.is_not(None), 1), else_=0)
        query = (
            select(func.count().label("items"), func.count(ratings.c.id), func.sum(rated))
            .select_from(_shown().outerjoin(ratings, mine))
            .where(sample_items.c.sample_id == sample, _seen(person))
        )
        items, touched, done = self._connection.execute(query).one()
        raters = (
            select(func.count(ratings.c.account_id.distinct()))
            .join(sample_items, sample_items.c.id == ratings.c.item_id)
            .where(sample_items.c.sample_id == sample, ratings.c.labels.is_not(None))
        )
        done = int(done or 0)
        return Progress(
            int(items), done, int(touched) - done, int(self._connection.execute(raters).scalar_one())
        )

    def next_item(self, person: Person, sample: int) -> ItemRecord | None:
        """Return the next message that a person has not rated: those that they skipped come last."""
        mine = and_(ratings.c.item_id == sample_items.c.id, ratings.c.account_id == person.account)
        query = (
            select(*columns_of(sample_items, ItemRecord))
            .select_from(_shown().outerjoin(ratings, mine))
            .where(sample_items.c.sample_id == sample, ratings.c.labels.is_(None), _seen(person))
            .order_by(case((ratings.c.id.is_(None), 0), else_=1), ratings.c.rated_at, sample_items.c.position)
            .limit(1)
        )
        row = self._connection.execute(query).first()
        return None if row is None else ItemRecord(**row._mapping)

    def item(self, person: Person, sample: int, id_: int) -> ItemRecord | None:
        """Return a message of a sample that a person may see."""
        query = (
            select(*columns_of(sample_items, ItemRecord))
            .select_from(_shown())
            .where(sample_items.c.sample_id == sample, sample_items.c.id == id_, _seen(person))
        )
        row = self._connection.execute(query).first()
        return None if row is None else ItemRecord(**row._mapping)

    def items(self, person: Person, sample: int) -> tuple[ItemRecord, ...]:
        """Return the messages of a sample that a person may see, in their order."""
        query = (
            select(*columns_of(sample_items, ItemRecord))
            .select_from(_shown())
            .where(sample_items.c.sample_id == sample, _seen(person))
            .order_by(sample_items.c.position)
        )
        return tuple(ItemRecord(**row._mapping) for row in self._connection.execute(query))

    def words_of(self, item: ItemRecord) -> Words:
        """Return a message as it was said, with what led to it."""
        query = (
            select(sessions.c.public_id, turns.c.product, sessions.c.product.label("sold"), turns.c.text)
            .join(sessions, sessions.c.id == turns.c.session_id)
            .where(turns.c.id == item.turn_id)
        )
        turn = self._connection.execute(query).one()
        product = turn.product or turn.sold
        if item.about == _LINE:
            return Words(turn.public_id, product, turn.text, ())
        said = self._connection.execute(select(talk_turns).where(talk_turns.c.turn_id == item.turn_id)).one()
        earlier = self._connection.execute(
            select(talk_turns)
            .where(
                talk_turns.c.talk_id == said.talk_id,
                talk_turns.c.number == said.number - 1,
                talk_turns.c.id < said.id,
            )
            .order_by(talk_turns.c.id.desc())
            .limit(1)
        ).first()
        before = [("customer", str(said.course.get("answered") or ""))]
        if earlier is not None and earlier.reply:
            line = str(earlier.course.get("answered") or "")
            before = [("customer", line), ("seller", earlier.reply), *before]
        return Words(turn.public_id, product, said.reply, tuple(pair for pair in before if pair[1]))

    def rating(self, item: int, account: int) -> RatingRecord | None:
        """Return what somebody said of an item."""
        return next((one for one in self.of_items([item]) if one.account == account), None)

    def of_items(self, items: Collection[int]) -> tuple[RatingRecord, ...]:
        """Return what everybody said of items, in the order of accounts."""
        query = (
            select(ratings.c.item_id, ratings.c.account_id, ratings.c.labels)
            .where(ratings.c.item_id.in_(list(items)))
            .order_by(ratings.c.item_id, ratings.c.account_id)
        )
        return tuple(
            RatingRecord(row.item_id, row.account_id, row.labels) for row in self._connection.execute(query)
        )

    def rate(self, item: int, account: int, labels: Mapping[str, str] | None, now: datetime) -> bool:
        """Keep what somebody says of an item, None where they skip it; False where they have rated it."""
        value = None if labels is None else dict(labels)
        row = {"item_id": item, "account_id": account, "labels": None, "rated_at": now}
        insert_once(self._connection, ratings, row)
        done = self._connection.execute(
            update(ratings)
            .where(ratings.c.item_id == item, ratings.c.account_id == account, ratings.c.labels.is_(None))
            .values(labels=value, rated_at=now)
        )
        return bool(done.rowcount)

    def mark(self) -> str:
        """Return what changes whenever somebody rates something."""
        query = select(func.count(), func.max(ratings.c.id)).where(ratings.c.labels.is_not(None))
        count, last = self._connection.execute(query).one()
        return f"{count}:{last or 0}"

    def rated(self) -> tuple[Rated, ...]:
        """Return every item that somebody rated, with all that was said of it."""
        query = (
            select(sample_items.c.id, sample_items.c.lang, sample_items.c.judged, ratings.c.labels)
            .join(ratings, ratings.c.item_id == sample_items.c.id)
            .where(ratings.c.labels.is_not(None))
            .order_by(sample_items.c.id, ratings.c.account_id)
        )
        found: dict[int, Rated] = {}
        for row in self._connection.execute(query):
            before = found.get(row.id, Rated(row.lang, row.judged, ()))
            found[row.id] = Rated(row.lang, row.judged, (*before.people, row.labels))
        return tuple(found.values())

    def keep_agreements(self, found: Iterable[AgreementRecord], *, mark: str, now: datetime) -> None:
        """Keep how far judges agree, instead of what was kept before."""
        self._connection.execute(delete(agreements))
        rows = [{**asdict(one), "mark": mark, "measured_at": now} for one in found]
        if rows:
            self._connection.execute(insert(agreements), rows)

    def agreements(self) -> tuple[AgreementRecord, ...]:
        """Return how far judges agree, as measured last."""
        rows = self._connection.execute(select(*columns_of(agreements, AgreementRecord)))
        return tuple(AgreementRecord(**row._mapping) for row in rows)

    def measured(self) -> str:
        """Return the mark of what the agreements were measured from; "" before the first time."""
        return self._connection.execute(select(agreements.c.mark).limit(1)).scalar() or ""

    def floors(self) -> dict[str, float]:
        """Return the kappa that was set for families, below which a judgement is for practice only."""
        return {row.family: row.kappa for row in self._connection.execute(select(floors))}

    def set_floor(self, family: str, kappa: float, *, by: int | None, now: datetime) -> None:
        """Set the kappa of a family below which its judgement is for practice only."""
        values = {"kappa": kappa, "set_by": by, "set_at": now}
        insert_once(self._connection, floors, {"family": family, **values})
        self._connection.execute(update(floors).where(floors.c.family == family).values(**values))


def _rateable(person: Person) -> Any:
    """Return the condition that a person may rate a sample: their teams'; for an admin all."""
    return true() if person.role == ADMIN else samples.c.team_id.in_(sorted(person.teams))


def _shown() -> Any:
    return sample_items.join(turns, turns.c.id == sample_items.c.turn_id).join(
        sessions, sessions.c.id == turns.c.session_id
    )


def _seen(person: Person) -> Any:
    """Return the condition that an item's session may be seen, and its words are still there."""
    return and_(visible(person), sessions.c.purged_at.is_(None))


def _lines(inside: Any, langs: Sequence[str]) -> Any:
    return (
        select(turns.c.id, turns.c.lang, turns.c.objections)
        .join(inside, inside.c.id == turns.c.session_id)
        .outerjoin(talk_turns, talk_turns.c.turn_id == turns.c.id)
        .outerjoin(drill_answers, drill_answers.c.turn_id == turns.c.id)
        .where(
            turns.c.kind == TEXT,
            turns.c.state == ANSWERED,
            turns.c.reading.is_not(None),
            turns.c.lang.in_(list(langs)),
            talk_turns.c.id.is_(None),
            drill_answers.c.id.is_(None),
        )
    )


def _replies(inside: Any, langs: Sequence[str]) -> Any:
    return (
        select(talk_turns.c.turn_id, talks.c.lang, talk_turns.c.technique)
        .join(talks, talks.c.id == talk_turns.c.talk_id)
        .join(inside, inside.c.id == talks.c.session_id)
        .where(talk_turns.c.score.is_not(None), talks.c.lang.in_(list(langs)))
    )
