"""What people are told about themselves, held against the schema: a row that is left out needs a reason."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

from sqlalchemy import Boolean, Float, Integer, LargeBinary, insert, select
from sqlalchemy.future import Connection, Engine
from sqlalchemy.sql.schema import Column, ForeignKey, Table

from bot.services.access import ADMIN, TRAINEE, TRAINER, Person
from bot.services.forgetting import everything_about
from bot.services.inspecting import inspect
from bot.services.reviewing import Form, change
from bot.storage.forgetting import belongings
from bot.storage.people_tables import accounts
from bot.storage.tables import metadata, trainees
from bot.storage.types import Instant, Json
from bot.storage.unit_of_work import UnitOfWorkFactory

from .conftest import NOW
from .test_forgetting import talk_of
from .test_people import SECRET, member, team

_WORK = (
    "work as a trainer, about others or the dojo's content: the audit rows tell that it was done, and when"
)
LEFT_OUT = {
    "digests.session_id": "made of the other rows, for the inbox",
    "ratings.item_id": "what trainers judged without seeing one another's answers",
    "review_events.undone_by": "of the same session as what undoes it, and told with that",
    "memberships.account_id": "told as the line `teams`",
    **dict.fromkeys(
        (
            "assignments.set_by",
            "editions.account_id",
            "publications.account_id",
            "lessons.proposed_by",
            "lessons.decided_by",
            "trainings.made_by",
            "trainings.decided_by",
            "samples.made_by",
            "floors.set_by",
            "review_events.account_id",
        ),
        _WORK,
    ),
}
"""The links to a person whose rows are not in their data, and why."""

OF_NOBODY = {
    "teams": "a team's settings",
    "sign_in_failures": "names and addresses that were typed, hashed, for 15 minutes",
    "postings": "the inbox's index: sessions by word, made of the other rows",
    "digest_marks": "how far the index is",
    "agreements": "how far bot and trainers agree, over everybody",
}
"""The tables without a link to a person, and what is in them."""


def links() -> Iterator[tuple[Table, Column[Any], ForeignKey]]:
    """Yield every column by which a row is a person's: their account, or their practice."""
    theirs = {accounts.name, *(table.name for table, _ in belongings(trainees, trainees.c.id == 1))}
    for table in metadata.sorted_tables:
        for column in table.columns:
            for key in column.foreign_keys:
                if key.column.table.name in theirs:
                    yield table, column, key


class Filler:
    """Fills tables with rows that make no sense, but are somebody's."""

    _numbers = count(1000)

    def __init__(self, connection: Connection, other: dict[str, Any]) -> None:
        """Let what a row hangs on besides be another person's, by their account's and their trainee's id."""
        self._connection, self._other = connection, other

    def row(self, table: Table, link: str = "", owner: Any = None) -> Any:
        """Insert a row that is the owner's by a link; returns its first key."""
        values = {
            column.name: owner if column.name == link else self._value(column) for column in table.columns
        }
        made = self._connection.execute(insert(table).values(**values))
        return made.inserted_primary_key[0]

    def _value(self, column: Column[Any]) -> Any:
        for key in column.foreign_keys:
            if column.nullable:
                return None
            parent = key.column.table
            return self._other[parent.name] if parent.name in self._other else self.row(parent)
        if isinstance(column.type, Instant):
            return NOW
        if isinstance(column.type, Json):
            return {}
        number = next(self._numbers)
        if isinstance(column.type, LargeBinary):
            return bytes(number)
        if isinstance(column.type, Boolean):
            return True
        return number if isinstance(column.type, (Integer, Float)) else str(number)


def ids_of(connection: Connection, person: Person) -> dict[str, Any]:
    query = select(trainees.c.id).where(trainees.c.account_id == person.account)
    return {"accounts": person.account, "trainees": connection.execute(query).scalar_one()}


def test_every_row_of_a_person_is_in_their_data_or_left_out_for_a_reason(
    units: UnitOfWorkFactory, engine: Engine
) -> None:
    # The third is only tried drafts as: that is the practice of who tries them.
    rep, other, drafted = (member(units, name, TRAINEE) for name in ("rep", "other", "drafted"))
    made: dict[str, tuple[str, str, Any]] = {}
    with engine.begin() as connection:
        mine = ids_of(connection, rep)
        others = (
            Filler(connection, ids_of(connection, other)),
            Filler(connection, ids_of(connection, drafted)),
        )
        for table, column, key in links():
            id_ = others[f"{table.name}.{column.name}" == "previews.account_id"].row(
                table, column.name, mine[key.column.table.name]
            )
            mine.setdefault(table.name, id_)
            made[f"{table.name}.{column.name}"] = (table.name, next(iter(table.primary_key)).name, id_)
    assert rep.account is not None
    told = [
        json.loads(line) for line in everything_about(units, SECRET, person=rep, account=rep.account, now=NOW)
    ]
    found = {
        link
        for link, (name, key_, id_) in made.items()
        if any(line["table"] == name and str(line.get(key_)) == str(id_) for line in told)
    }
    assert set(made) - found == set(LEFT_OUT)
    assert not any("password_hash" in line or "token_hash" in line for line in told)


def test_every_table_is_somebodys_or_known_to_be_nobodys() -> None:
    linked = {table.name for table, _, _ in links()} | {"accounts", "trainees"}
    assert {table.name for table in metadata.sorted_tables} - linked == set(OF_NOBODY)


def test_people_are_told_who_looked_at_their_practice_and_their_account(
    units: UnitOfWorkFactory,
) -> None:
    north = team(units, "north")
    rep, colleague = member(units, "rep", TRAINEE, north), member(units, "colleague", TRAINEE, north)
    trainer, boss = member(units, "trainer", TRAINER, north), member(units, "boss", ADMIN)
    mine, other = talk_of(units, rep), talk_of(units, colleague)
    for session in (mine, other):
        inspect(units, person=trainer, session=session, page=None, now=NOW)
    rubric: Any = None  # no comment looks at it
    secret = Form("comment", seen=10_000, token="m-private", turn=1, data={"text": "No.", "told": False})
    change(units, rubric, person=trainer, session=mine, form=secret, now=NOW)
    assert rep.account is not None
    for who in (boss, rep):
        told = [
            json.loads(line)
            for line in everything_about(units, SECRET, person=who, account=rep.account, now=NOW)
        ]
    looks = [line for line in told if line["table"] == "audit" and "by" in line]
    assert [(one["by"], one["role"], one["action"], one["subject"]) for one in looks] == [
        ("trainer", TRAINER, "read", "session"),
        ("trainer", TRAINER, "review", "session"),
        ("boss", ADMIN, "export", "account"),
    ]
    assert {one["subject_id"] for one in looks} == {mine, str(rep.account)}
    assert all(one["at"] == NOW.isoformat() for one in looks)
    assert "comment" not in json.dumps(looks)
