"""Accounts, teams and what each person may see, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from bot.services.access import ADMIN, GUEST, TRAINEE, TRAINER, Person
from bot.services.accounts import make_account, person_of_account
from bot.services.errors import NotFound, Refused, Taken, TooMany
from bot.services.joining import first_invitation, invitation, invite, join
from bot.services.opening import open_session
from bot.services.passwords import hash_password, password_fits
from bot.services.session_info import SessionInfo
from bot.services.signing_in import (
    IDLE,
    LONGEST_STAY,
    PER_ADDRESS,
    PER_LOGIN,
    WINDOW,
    sign_in,
    sign_out,
    who_is,
)
from bot.storage.people_records import AccountRecord
from bot.storage.unit_of_work import UnitOfWorkFactory

from .conftest import NOW, at

SECRET = b"a secret for the tests, long enough"
PASSWORD = "correct horse battery"


def joined(units: UnitOfWorkFactory, token: str | None, login: str = "mei@example.com") -> str:
    assert token is not None
    return join(units, SECRET, token=token, login=login, name="梅 Mei", password=PASSWORD, lang="zh", now=NOW)


def admin(units: UnitOfWorkFactory) -> Person:
    found = who_is(units, SECRET, token=joined(units, first_invitation(units, now=NOW), "admin"), now=NOW)
    assert found is not None
    return found


def member(units: UnitOfWorkFactory, login: str, role: str, *teams: int) -> Person:
    with units() as uow:
        account: AccountRecord = make_account(
            uow, SECRET, login=login, name=login, role=role, lang="en", password_hash="", now=NOW
        )
        for team in teams:
            uow.teams.join(team, account.id)
        uow.commit()
    return person_of_account(account, frozenset(teams), SECRET)


def team(units: UnitOfWorkFactory, name: str, **settings: bool) -> int:
    with units() as uow:
        made = uow.teams.add(name, now=NOW)
        if settings:
            uow.teams.change(made.id, **settings)
        uow.commit()
    return made.id


def practised(units: UnitOfWorkFactory, person: Person) -> SessionInfo:
    return open_session(
        units, trainee_key=person.key, name="", channel="web", lang="zh", product="alarm", now=NOW
    )


def sees(units: UnitOfWorkFactory, person: Person, session: SessionInfo) -> bool:
    with units(reading=True) as uow:
        return uow.sight.session(person, session.public_id) is not None


def test_the_first_link_makes_an_admin_once(units: UnitOfWorkFactory) -> None:
    old = first_invitation(units, now=NOW)
    token = first_invitation(units, now=NOW)
    assert old is not None and token is not None
    with pytest.raises(NotFound):
        joined(units, old)
    person = who_is(units, SECRET, token=joined(units, token), now=NOW)
    assert person is not None and person.role == ADMIN
    with pytest.raises(NotFound):
        joined(units, token, "second")
    assert first_invitation(units, now=NOW) is None


def test_an_invitation_ends(units: UnitOfWorkFactory) -> None:
    host = admin(units)
    token = invite(units, person=host, role=TRAINEE, team=None, now=NOW)
    assert invitation(units, token=token, now=at(60)).role == TRAINEE
    with pytest.raises(NotFound):
        invitation(units, token=token, now=NOW + timedelta(days=15))


def test_trainers_invite_trainees_into_their_teams_only(units: UnitOfWorkFactory) -> None:
    ours, theirs = team(units, "ours"), team(units, "theirs")
    trainer = member(units, "trainer", TRAINER, ours)
    token = invite(units, person=trainer, role=TRAINEE, team=ours, now=NOW)
    newcomer = who_is(units, SECRET, token=joined(units, token), now=NOW)
    assert newcomer is not None and (newcomer.role, newcomer.teams) == (TRAINEE, {ours})
    with pytest.raises(NotFound):
        invite(units, person=newcomer, role=TRAINEE, team=ours, now=NOW)
    for role, where in ((TRAINER, ours), (ADMIN, ours), (TRAINEE, theirs), (TRAINEE, None)):
        with pytest.raises(Refused):
            invite(units, person=trainer, role=role, team=where, now=NOW)


def shut(units: UnitOfWorkFactory, person: Person) -> None:
    with units() as uow:
        uow.accounts.change(person.account or 0, disabled_at=NOW)
        uow.commit()


def demote(units: UnitOfWorkFactory, person: Person) -> None:
    with units() as uow:
        uow.accounts.change(person.account or 0, role=TRAINEE)
        uow.commit()


def move_away(units: UnitOfWorkFactory, person: Person) -> None:
    with units() as uow:
        for team_id in person.teams:
            uow.teams.leave(team_id, person.account or 0)
        uow.commit()


@pytest.mark.parametrize(
    ("role", "inviting", "lost"),
    [
        (ADMIN, ADMIN, shut),
        (ADMIN, ADMIN, demote),
        (TRAINER, TRAINEE, shut),
        (TRAINER, TRAINEE, demote),
        (TRAINER, TRAINEE, move_away),
    ],
)
def test_who_may_not_invite_any_more_leaves_no_way_in_behind(
    units: UnitOfWorkFactory, role: str, inviting: str, lost: Callable[[UnitOfWorkFactory, Person], None]
) -> None:
    north = team(units, "north")
    host = member(units, "host", role, north)
    token = invite(units, person=host, role=inviting, team=north, now=NOW)
    assert invitation(units, token=token, now=NOW).role == inviting
    lost(units, host)
    with pytest.raises(NotFound):
        invitation(units, token=token, now=NOW)
    with pytest.raises(NotFound):
        joined(units, token)


def test_the_first_link_ends_when_there_is_an_admin(units: UnitOfWorkFactory) -> None:
    token = first_invitation(units, now=NOW)
    assert token is not None
    member(units, "admin by other means", ADMIN)
    with pytest.raises(NotFound):
        joined(units, token)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("login", "x"),
        ("login", "two words"),
        ("name", "  "),
        ("name", "n" * 201),
        ("password", "short"),
        ("password", "aaaaaaaaaaaa"),
        ("password", "p" * 201),
        ("lang", "fr"),
    ],
)
def test_what_cannot_be_an_account_is_refused_and_the_link_still_works(
    units: UnitOfWorkFactory, field: str, value: str
) -> None:
    token = first_invitation(units, now=NOW)
    assert token is not None
    given = {"login": "mei", "name": "Mei", "password": PASSWORD, "lang": "zh", field: value}
    with pytest.raises(Refused, match=field):
        join(units, SECRET, token=token, now=NOW, **given)
    joined(units, token)


def test_a_login_belongs_to_one_person_however_it_is_written(units: UnitOfWorkFactory) -> None:
    host = admin(units)
    joined(units, invite(units, person=host, role=TRAINEE, team=None, now=NOW), "Li@Example.com ")
    second = invite(units, person=host, role=TRAINEE, team=None, now=NOW)
    with pytest.raises(Taken):
        joined(units, second, "li@example.com")
    assert (
        sign_in(units, login=" LI@example.com", password=PASSWORD, address="::1", now=NOW)[1].role == TRAINEE
    )


def test_a_wrong_password_and_a_wrong_login_look_alike(units: UnitOfWorkFactory) -> None:
    admin(units)
    for login, password in (("admin", "wrong"), ("nobody", PASSWORD), ("", ""), ("admin", "\ud800" * 10)):
        with pytest.raises(NotFound):
            sign_in(units, login=login, password=password, address="::1", now=NOW)


def test_after_some_failures_even_the_right_password_waits(units: UnitOfWorkFactory) -> None:
    admin(units)
    for second in range(PER_LOGIN):
        with pytest.raises(NotFound):
            sign_in(units, login="admin", password="wrong", address="::1", now=at(second))
    with pytest.raises(TooMany) as error:
        sign_in(units, login="ADMIN", password=PASSWORD, address="10.0.0.9", now=at(60))
    assert 0 < error.value.wait <= WINDOW.total_seconds()
    later = at(60) + timedelta(seconds=error.value.wait)
    assert sign_in(units, login="admin", password=PASSWORD, address="::1", now=later)


def test_many_attempts_at_once_get_no_further_than_one_after_another(units: UnitOfWorkFactory) -> None:
    joined(units, first_invitation(units, now=NOW))

    def attempt(number: int) -> str:
        try:
            sign_in(units, login="mei@example.com", password=f"guess {number}", address="a", now=NOW)
        except (NotFound, TooMany) as error:
            return type(error).__name__
        return "in"

    with ThreadPoolExecutor(12) as threads:
        found = list(threads.map(attempt, range(12)))
    assert found.count("NotFound") == PER_LOGIN and found.count("TooMany") == 12 - PER_LOGIN


def test_whoever_signs_in_well_has_not_failed(units: UnitOfWorkFactory) -> None:
    joined(units, first_invitation(units, now=NOW))
    for _ in range(PER_ADDRESS + 1):
        sign_in(units, login="mei@example.com", password=PASSWORD, address="a", now=NOW)


def test_a_sign_in_ends_by_itself_and_by_hand(units: UnitOfWorkFactory) -> None:
    admin(units)
    token, _ = sign_in(units, login="admin", password=PASSWORD, address="::1", now=NOW)
    assert who_is(units, SECRET, token=token, now=NOW + IDLE)
    assert who_is(units, SECRET, token=token, now=NOW + 2 * IDLE)  # it was seen in between
    assert who_is(units, SECRET, token=token, now=NOW + 4 * IDLE) is None
    assert who_is(units, SECRET, token=token, now=NOW + LONGEST_STAY + timedelta(seconds=1)) is None
    again, _ = sign_in(units, login="admin", password=PASSWORD, address="::1", now=NOW)
    sign_out(units, token=again)
    assert who_is(units, SECRET, token=again, now=NOW) is None
    assert who_is(units, SECRET, token="forged", now=NOW) is None


def test_a_disabled_account_is_out_at_once(units: UnitOfWorkFactory) -> None:
    host = admin(units)
    token, _ = sign_in(units, login="admin", password=PASSWORD, address="::1", now=NOW)
    with units() as uow:
        assert host.account is not None
        uow.accounts.change(host.account, disabled_at=NOW)
        uow.commit()
    assert who_is(units, SECRET, token=token, now=NOW) is None
    with pytest.raises(NotFound):
        sign_in(units, login="admin", password=PASSWORD, address="::1", now=NOW)


def test_only_a_salted_hash_of_a_password_is_kept(units: UnitOfWorkFactory) -> None:
    admin(units)
    with units(reading=True) as uow:
        stored = uow.accounts.by_login("admin")
    assert stored is not None
    assert stored.password_hash.startswith("$argon2id$") and stored.password_hash not in repr(stored)
    assert hash_password(PASSWORD) != stored.password_hash
    assert password_fits(stored.password_hash, PASSWORD)
    assert not password_fits("", "") and not password_fits("no hash", PASSWORD)


def test_everybody_sees_what_they_may_and_nothing_else(units: UnitOfWorkFactory) -> None:
    ours, theirs = team(units, "ours"), team(units, "theirs")
    rep, colleague = member(units, "rep", TRAINEE, ours), member(units, "colleague", TRAINEE, ours)
    stranger = member(units, "stranger", TRAINEE, theirs)
    trainer, other = member(units, "trainer", TRAINER, ours), member(units, "other", TRAINER, theirs)
    boss, guest = admin(units), Person("some guest's key", GUEST)
    everybody = (rep, colleague, stranger, trainer, other, boss, guest)
    seen_by = {
        "rep": (rep, {rep, trainer, boss}),
        "stranger": (stranger, {stranger, other, boss}),
        "trainer": (trainer, {trainer, boss}),
        "guest": (guest, {guest, boss}),
    }
    for owner, allowed in seen_by.values():
        session = practised(units, owner)
        assert {person.name for person in everybody if sees(units, person, session)} == {
            person.name for person in allowed
        }


def test_private_practice_is_seen_once_it_is_handed_in(units: UnitOfWorkFactory) -> None:
    ours = team(units, "ours", private=True)
    rep, trainer = member(units, "rep", TRAINEE, ours), member(units, "trainer", TRAINER, ours)
    session = practised(units, rep)
    assert sees(units, rep, session) and not sees(units, trainer, session)
    with units() as uow:
        found = uow.sessions.lock(session.public_id)
        assert found is not None
        uow.sessions.hand_in(found, NOW)
        uow.commit()
    assert sees(units, trainer, session)


def test_trainers_see_pseudonyms_where_a_team_wants_them(units: UnitOfWorkFactory) -> None:
    ours = team(units, "ours", pseudonyms=True)
    rep, trainer, boss = member(units, "rep", TRAINEE, ours), member(units, "t", TRAINER, ours), admin(units)
    practised(units, rep)
    with units(reading=True) as uow:
        assert rep.account is not None
        me = uow.trainees.of_account(rep.account)
        assert me is not None and uow.sight.trainees(trainer) == (me.id,)
        assert uow.sight.names(boss, [me.id]) == {me.id: "rep"}
        shown = uow.sight.names(trainer, [me.id])[me.id]
        account = uow.accounts.find(rep.account)
        assert account is not None and shown == account.pseudonym != "rep"


def test_a_guest_who_turns_out_to_be_a_member_keeps_what_they_practised(units: UnitOfWorkFactory) -> None:
    rep, guest = member(units, "rep", TRAINEE), Person("browser")
    session = practised(units, guest)
    with units() as uow:
        assert rep.account is not None
        source, target = uow.trainees.find(guest.key), uow.trainees.of_account(rep.account)
        assert source is not None and target is not None
        uow.trainees.merge(source, target)
        uow.commit()
    assert sees(units, rep, session)
    assert sees(units, guest, session)  # the key leads to the member now
    with units(reading=True) as uow:
        found = uow.trainees.find(guest.key)
        assert found is not None and found.account == rep.account
        assert [s.public_id for s in uow.sessions.recent(trainee=found)] == [session.public_id]


def test_the_audit_log_tells_who_did_what(units: UnitOfWorkFactory) -> None:
    boss = admin(units)
    with units() as uow:
        uow.audit.add(boss.account, "read", "session", "abc", now=NOW, detail={"page": "transcript"})
        uow.commit()
    with units(reading=True) as uow:
        entry = uow.audit.entries(subject="session", subject_id="abc")[0]
        assert (entry.account, entry.action, entry.at, entry.detail) == (
            boss.account, "read", NOW, {"page": "transcript"},
        )  # fmt: skip
        assert [e.action for e in uow.audit.entries(account=boss.account)] == ["read", "join"]
