"""What trainers are told of, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import insert, select
from sqlalchemy.future import Engine

from bot.channels import slack_tables
from bot.services.access import TRAINEE, Person
from bot.services.forgetting import erase_own
from bot.services.handing_in import hand_in
from bot.services.linking import use_code, write_code
from bot.services.notice_channels import read_channels
from bot.services.opening import ensure_session, open_session
from bot.services.signing import derived_key, slack_session
from bot.services.telling import KEPT, notice_sent, open_notices, prune_notices
from bot.storage.notice_tables import notices
from bot.storage.unit_of_work import UnitOfWorkFactory

from .conftest import NOW
from .test_people import SECRET, member, practised, team

Rep = Callable[..., Person]
LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def rep(units: UnitOfWorkFactory) -> Rep:
    """Make somebody of a team with some settings."""

    def make(**settings: bool) -> Person:
        return member(units, "rep", TRAINEE, team(units, "north", **settings))

    return make


def told(units: UnitOfWorkFactory) -> list[tuple[str, str]]:
    return [(notice.kind, notice.session) for notice in open_notices(units)]


def appeal(units: UnitOfWorkFactory, session: str) -> None:
    """Write what an appeal writes; that `disagree` does so is told in test_practising."""
    with units() as uow:
        found = uow.sessions.find(session)
        assert found is not None
        uow.notices.appealed(found, 7, NOW)
        uow.notices.appealed(found, 7, LATER)
        uow.commit()


def test_a_session_handed_in_is_told_once(units: UnitOfWorkFactory, rep: Rep) -> None:
    person = rep(private=True)
    session = practised(units, person).public_id
    for shown in (True, True, False):
        hand_in(units, person=person, session=session, shown=shown, now=NOW)
        assert told(units) == ([("handed_in", session)] if shown else [])
    hand_in(units, person=person, session=session, shown=True, now=LATER)
    [notice] = open_notices(units)
    assert (notice.name, notice.scenario) == ("rep", "")
    for _ in range(2):
        notice_sent(units, notice=notice.id, now=LATER)
        assert open_notices(units) == ()


def test_a_pseudonym_stands_for_the_name_where_the_team_wants_it(units: UnitOfWorkFactory, rep: Rep) -> None:
    person = rep(pseudonyms=True)
    hand_in(units, person=person, session=practised(units, person).public_id, shown=True, now=NOW)
    [notice] = open_notices(units)
    assert notice.name and notice.name != "rep"


def test_an_appeal_in_private_practice_is_told_when_it_is_handed_in(
    units: UnitOfWorkFactory, rep: Rep
) -> None:
    person = rep(private=True)
    session = practised(units, person).public_id
    appeal(units, session)
    assert told(units) == []
    hand_in(units, person=person, session=session, shown=True, now=NOW)
    assert told(units) == [("appealed", session), ("handed_in", session)]


def test_guests_whom_no_trainer_sees_are_not_told_of(units: UnitOfWorkFactory) -> None:
    guest = open_session(
        units, trainee_key="g" * 32, name="", channel="web", lang="zh", product="alarm", now=NOW
    )
    appeal(units, guest.public_id)
    assert told(units) == []


def test_old_notices_go_sent_or_not_and_a_new_one_has_another_key(units: UnitOfWorkFactory, rep: Rep) -> None:
    person = rep()
    session = practised(units, person).public_id
    appeal(units, session)
    [old] = open_notices(units)
    assert prune_notices(units, now=NOW + KEPT) == 0
    assert prune_notices(units, now=LATER + KEPT) == 1
    hand_in(units, person=person, session=session, shown=True, now=LATER)
    assert [notice.key for notice in open_notices(units)] != [old.key]


def test_an_erased_person_is_told_of_no_more(units: UnitOfWorkFactory, engine: Engine, rep: Rep) -> None:
    person = rep()
    appeal(units, practised(units, person).public_id)
    erase_own(units, SECRET, person=person, proof="rep", now=NOW)
    with engine.connect() as connection:
        assert connection.execute(select(notices)).all() == []


def in_slack(units: UnitOfWorkFactory, engine: Engine, person: Person, workspace: str) -> str:
    """Let somebody practise in a workspace and link it to their account; return the session."""
    slack_tables.create_tables(engine)
    conversation = f"{workspace}.im.U1"
    with engine.begin() as connection:
        connection.execute(insert(slack_tables.people).values(workspace=workspace, user="U1"))
        connection.execute(insert(slack_tables.conversations).values(name=conversation, active_at=1.0))
    session, key = slack_session(SECRET, conversation), derived_key(SECRET, "slack", workspace, "U1")
    ensure_session(
        units, public_id=session, channel="slack", lang="en", product="alarm", now=NOW, trainee_key=key
    )
    with units(reading=True) as uow:
        trainee = uow.trainees.find(key)
    assert trainee is not None
    use_code(units, SECRET, code=write_code(SECRET, trainee.id, NOW), person=person, now=NOW)
    return session


def where(units: UnitOfWorkFactory, channels: str) -> dict[str, set[str]]:
    """Return the channels in which each session is to be told."""
    found = open_notices(units, SECRET, read_channels(channels))
    return {notice.session: {one.channel for one in notice.channels} for notice in found}


def test_nobody_is_told_of_in_a_workspace_that_is_not_theirs(
    units: UnitOfWorkFactory, engine: Engine
) -> None:
    north, south = team(units, "North"), team(units, "South")
    ann = member(units, "ann", TRAINEE, north)
    both = member(units, "both", TRAINEE, north)
    page = member(units, "page", TRAINEE, south)
    talk = in_slack(units, engine, ann, "T1")
    first, second = in_slack(units, engine, both, "T1X"), in_slack(units, engine, both, "T2")
    on_page = {who.name: practised(units, who).public_id for who in (ann, both, page)}
    for session in (talk, first, second, *on_page.values()):
        appeal(units, session)
    by_workspace = where(units, "T1/CONE, T2/CTWO")
    assert by_workspace == {
        talk: {"CONE"},
        first: set(),
        second: {"CTWO"},
        on_page["ann"]: {"CONE"},
        on_page["both"]: {"CTWO"},
        on_page["page"]: set(),
    }
    by_team = where(units, "North=T1/CONE, North=T2/CTWO, South=T2/CSOUTH")
    assert by_team == {**by_workspace, on_page["page"]: {"CSOUTH"}}
    alone = where(units, "CALL")
    assert set(map(frozenset, alone.values())) == {frozenset({"CALL"})}
    only = {notice.session: notice.workspaces for notice in open_notices(units, SECRET)}
    assert (only[talk], only[second], only[on_page["page"]]) == ({"T1"}, {"T2"}, set())
    assert only[on_page["both"]] == {"T1X", "T2"}
