"""Whom a channel vouches for gets an account in a team, once; linking their own takes it over."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.future import Engine

from bot.channels import slack_daily, slack_tables
from bot.services.access import ADMIN, TRAINEE, TRAINER, Person
from bot.services.accounts import Newcomer, make_account, person_of_account
from bot.services.errors import NotFound, Refused
from bot.services.forgetting import erase, everything_about
from bot.services.linking import use_code, write_code
from bot.services.opening import ensure_session, own_session
from bot.services.session_info import SessionInfo
from bot.services.signing import derived_key, slack_session
from bot.services.signing_in import sign_in
from bot.storage.people_records import AccountRecord
from bot.storage.records import TraineeRecord
from bot.storage.unit_of_work import UnitOfWorkFactory

from .conftest import NOW
from .test_concurrency import at_once

SECRET = b"a secret for the tests, long enough"
IDS = ("slack", "T1", "U1")
KEY = derived_key(SECRET, *IDS)
SAID, POSTED = json.dumps({"text": "贵"}), json.dumps({"text": "太贵"})
ANN = Newcomer(IDS, "North", SECRET)


@pytest.fixture
def team(units: UnitOfWorkFactory) -> int:
    """Give the id of the team that newcomers join."""
    with units() as uow:
        made = uow.teams.add("North", now=NOW)
        uow.commit()
    return made.id


def come(units: UnitOfWorkFactory, session: str, newcomer: Newcomer | None = ANN) -> SessionInfo:
    return ensure_session(
        units,
        public_id=session,
        channel="slack",
        lang="zh",
        product="alarm",
        name="Ann",
        now=NOW,
        trainee_key=KEY,
        newcomer=newcomer,
    )


def accounts(units: UnitOfWorkFactory) -> tuple[AccountRecord, ...]:
    with units(reading=True) as uow:
        return uow.accounts.all()


def ann(units: UnitOfWorkFactory) -> TraineeRecord:
    with units(reading=True) as uow:
        found = uow.trainees.find(KEY)
    assert found is not None
    return found


def real(units: UnitOfWorkFactory, login: str = "ann") -> Person:
    with units() as uow:
        made = make_account(
            uow, SECRET, login=login, name="Ann B.", role=TRAINEE, lang="en", password_hash="x", now=NOW
        )
        uow.commit()
    return person_of_account(made, frozenset(), SECRET)


def link(units: UnitOfWorkFactory, person: Person, trainee: int) -> None:
    use_code(units, SECRET, code=write_code(SECRET, trainee, NOW), person=person, now=NOW)


def test_a_newcomer_is_a_trainee_of_the_team_with_all_they_practised(
    units: UnitOfWorkFactory, team: int
) -> None:
    come(units, "s1", None)
    come(units, "s2")
    come(units, "s3")
    [made] = accounts(units)
    assert (made.name, made.role, made.lang, made.disabled_at) == ("Ann", TRAINEE, "zh", None)
    assert "slack:t1:u1" in made.login
    trainer = Person(key="t", role=TRAINER, teams=frozenset({team}))
    with units(reading=True) as uow:
        assert uow.teams.of(made.id) == {team}
        assert all(uow.sight.session(trainer, session) for session in ("s1", "s2", "s3"))
        assert [entry.action for entry in uow.audit.entries()] == ["join"]
    assert own_session(units, session="s1", trainee_key=KEY).public_id == "s1"


@pytest.mark.parametrize("password", ["", "x"])
def test_nobody_signs_in_to_it(units: UnitOfWorkFactory, team: int, password: str) -> None:
    come(units, "s1")
    [made] = accounts(units)
    with pytest.raises(NotFound):
        sign_in(units, login=made.login, password=password, address="10.0.0.1", now=NOW)


def test_where_there_is_no_such_team_they_stay_guests(units: UnitOfWorkFactory) -> None:
    come(units, "s1")
    assert accounts(units) == () and ann(units).account is None


def test_many_conversations_begun_at_once_make_one_account(units: UnitOfWorkFactory, team: int) -> None:
    def begin(session: str) -> Callable[[], SessionInfo]:
        return lambda: come(units, session)

    at_once(*[begin(f"s{number // 2}") for number in range(8)])
    [made] = accounts(units)
    trainee = ann(units)
    assert trainee.account == made.id
    with units(reading=True) as uow:
        assert uow.sessions.count_of(trainee) == 4


def test_known_people_who_come_at_once_get_one_account(units: UnitOfWorkFactory, team: int) -> None:
    come(units, "before", None)
    at_once(*[lambda n=number: come(units, f"s{n}") for number in range(4)])  # type: ignore[misc]
    assert len(accounts(units)) == 1
    with units(reading=True) as uow:
        assert uow.sessions.count_of(ann(units)) == 5


def test_linking_moves_practice_and_assignments_and_closes_it(units: UnitOfWorkFactory, team: int) -> None:
    come(units, "s1")
    automatic, person = ann(units), real(units)
    assert automatic.account is not None and person.account is not None
    with units() as uow:
        homework = uow.assignments.add(
            team=team,
            kind="scenario",
            title="Price",
            target={"scenarios": ["gym_later"]},
            people=[automatic.account],
            due_at=None,
            pass_mark=60,
            attempts=0,
            set_by=person.account,
            now=NOW,
        )
        uow.commit()
    link(units, person, automatic.id)
    come(units, "s2")
    for session in ("s1", "s2"):
        assert own_session(units, session=session, trainee_key=person.key).public_id == session
    with units(reading=True) as uow:
        closed = uow.accounts.find(automatic.account)
        assert closed is not None and closed.disabled_at == NOW and closed.login == f"#{closed.id}"
        assert uow.teams.of(closed.id) == frozenset()
        assert [one.id for one in uow.assignments.of_account(person.account)] == [homework]
        assert uow.assignments.of_account(closed.id) == ()
    assert len(accounts(units)) == 2
    with pytest.raises(Refused):
        link(units, real(units, "eve"), automatic.id)


def test_an_account_of_somebodys_is_never_swallowed(units: UnitOfWorkFactory, team: int) -> None:
    come(units, "s1")
    automatic = ann(units)
    with units() as uow:
        uow.accounts.change(automatic.account or 0, password_hash="theirs by now")
        uow.commit()
    with pytest.raises(Refused):
        link(units, real(units), automatic.id)


@pytest.mark.parametrize("linked", [False, True])
def test_who_was_erased_and_comes_again_is_new(units: UnitOfWorkFactory, team: int, linked: bool) -> None:
    come(units, "s1")
    gone = ann(units)
    if linked:
        link(units, real(units), gone.id)
    account = ann(units).account or 0
    erase(units, SECRET, person=Person(key="a", role=ADMIN), account=account, now=NOW)
    come(units, "s2")
    again = ann(units)
    assert again.account is not None and again.account not in (account, gone.account)
    with units(reading=True) as uow:
        assert uow.sessions.count_of(again) == 1


@pytest.mark.parametrize("linked", [False, True])
def test_who_is_erased_is_forgotten_in_slack_and_nobody_else(
    units: UnitOfWorkFactory, engine: Engine, team: int, linked: bool
) -> None:
    slack_tables.create_tables(engine)
    for workspace, user in (("T1", "U1"), ("T1", "U11"), ("T2", "U1")):
        in_slack(engine, workspace, user)
    come(units, "s1")
    if linked:
        link(units, real(units), ann(units).id)
    erase(units, SECRET, person=Person(key="a", role=ADMIN), account=ann(units).account or 0, now=NOW)
    with engine.connect() as connection:
        for table in (slack_tables.people, slack_tables.events, slack_tables.posts):
            left = {row.workspace for row in connection.execute(select(table))}
            assert left == {"T1", "T2"}
        people = connection.execute(select(slack_tables.people.c.workspace, slack_tables.people.c.user))
        assert {tuple(row) for row in people} == {("T1", "U11"), ("T2", "U1")}
        names = set(connection.execute(select(slack_tables.conversations.c.name)).scalars())
        assert names == {"T1.im.U11", "T1.C1.1.5.U11", "T2.im.U1", "T2.C1.1.5.U1"}
        for table in (slack_tables.events, slack_tables.posts):
            assert set(connection.execute(select(table.c.conversation)).scalars()) == names


def to_seconds(time: datetime) -> str:
    return time.replace(microsecond=0).isoformat()


@pytest.mark.parametrize("linked", [False, True])
def test_what_is_kept_for_slack_is_told_to_its_owner_and_nothing_of_others(
    units: UnitOfWorkFactory, engine: Engine, team: int, linked: bool
) -> None:
    slack_tables.create_tables(engine)
    for workspace, user in (("T1", "U1"), ("T1", "U11"), ("T2", "U1")):
        in_slack(engine, workspace, user)
    come(units, slack_session(SECRET, "T1.im.U1"))
    if linked:
        link(units, real(units), ann(units).id)
    pressed = NOW.timestamp() + 90
    wishes = {**slack_daily.wished("08:30", NOW.timestamp()), **slack_daily.snoozed(pressed), "lang": "zh"}
    with engine.begin() as connection:
        mine = (slack_tables.people.c.workspace == "T1") & (slack_tables.people.c.user == "U1")
        of = {"zone": "Asia/Shanghai", "locale": "zh-CN", "im": "D1", "wishes": json.dumps(wishes)}
        connection.execute(update(slack_tables.people).where(mine).values(**of))
    account = ann(units).account or 0
    told = everything_about(units, SECRET, person=Person(key="a", role=ADMIN), account=account, now=NOW)
    rows = [row for row in map(json.loads, told) if row["table"].startswith("slack_")]
    assert rows[0] == {
        "table": "slack_people",
        "workspace": "T1",
        "user": "U1",
        "name": "Ann",
        "language": "zh-CN",
        "time_zone": "Asia/Shanghai",
        "direct_messages": "D1",
        "asked_slack_at": None,
        "language_chosen": "zh",
        "reminder_at": "08:30",
        "reminder_chosen_at": to_seconds(NOW),
        "reminder_put_off_until": to_seconds(NOW + timedelta(seconds=90 + slack_daily.SNOOZE_SECONDS)),
        "linked": linked,
    }
    names = {"T1.im.U1", "T1.C1.1.5.U1"}
    assert {row["name"] for row in rows if row["table"] == "slack_conversations"} == names
    assert slack_session(SECRET, "T1.im.U1") in {row.get("session") for row in rows}
    for table, text in (("slack_posts", "太贵"), ("slack_events", "贵")):
        assert [(row["conversation"], row["text"]) for row in rows if row["table"] == table] == [
            ("T1.im.U1", text),
            ("T1.C1.1.5.U1", text),
        ]


def in_slack(engine: Engine, workspace: str, user: str) -> None:
    """Let somebody be known in Slack, with a direct message and a thread."""
    of = {"workspace": workspace, "user": user}
    with engine.begin() as connection:
        connection.execute(insert(slack_tables.people).values(**of, name="Ann"))
        for name in (f"{workspace}.im.{user}", f"{workspace}.C1.1.5.{user}"):
            connection.execute(insert(slack_tables.conversations).values(name=name, active_at=1.0))
            event = {"key": name, "conversation": name, "event": SAID, "state": "done", "received_at": 1.0}
            connection.execute(insert(slack_tables.events).values(workspace=workspace, **event))
            post = {"mark": name, "method": "m", "arguments": POSTED, "channel": "C1", "state": "done"}
            connection.execute(
                insert(slack_tables.posts).values(**of, **post, conversation=name, made_at=1.0)
            )
