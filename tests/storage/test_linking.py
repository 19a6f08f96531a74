"""Somebody known in Slack and somebody with an account become one, by a code, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.content.loader import load_content
from bot.content.phrases import load_coach_phrases
from bot.services.access import TRAINEE, Person
from bot.services.accounts import make_account, person_of_account
from bot.services.answering import answer
from bot.services.errors import NotFound, Refused
from bot.services.job import Command, Outcome, Profile
from bot.services.linking import VALID_FOR, use_code
from bot.services.opening import ensure_session, own_session
from bot.services.shelf import Shelf
from bot.services.signing import derived_key
from bot.storage.unit_of_work import UnitOfWorkFactory

from .conftest import NOW

SECRET = b"a secret for the tests, long enough"
ANN = derived_key(SECRET, "slack", "T1", "U1")
SHELF = Shelf(load_content())
PHRASES = load_coach_phrases()


def account(units: UnitOfWorkFactory, login: str = "ann") -> Person:
    with units() as uow:
        made = make_account(
            uow, SECRET, login=login, name=login, role=TRAINEE, lang="en", password_hash="", now=NOW
        )
        uow.commit()
    return person_of_account(made, frozenset(), SECRET)


def in_slack(units: UnitOfWorkFactory, session: str, key: str = ANN) -> None:
    ensure_session(
        units, public_id=session, channel="slack", lang="en", product="alarm", now=NOW, trainee_key=key
    )


def ask(
    units: UnitOfWorkFactory, session: str, message: str = "m1", now: datetime = NOW, secret: bytes = SECRET
) -> Outcome:
    return answer(
        units,
        SHELF,
        PHRASES,
        session=session,
        message_id=message,
        text="/link_account",
        reading=None,
        command=Command("link_account"),
        profile=Profile("en", "alarm"),
        now=now,
        secret=secret,
    )


def code_in(outcome: Outcome) -> str:
    [block] = outcome.blocks
    assert block.response == "utter_link_code" and block.data["page"] == "link"
    return block.values["code"]


def test_a_code_makes_all_sessions_the_accounts_also_later_ones(units: UnitOfWorkFactory) -> None:
    in_slack(units, "slack-1")
    person = account(units)
    with pytest.raises(NotFound):
        own_session(units, session="slack-1", trainee_key=person.key)
    code = code_in(ask(units, "slack-1"))
    use_code(units, SECRET, code=f" {code.upper()} ", person=person, now=NOW)
    in_slack(units, "slack-2")
    for session in ("slack-1", "slack-2"):
        assert own_session(units, session=session, trainee_key=person.key).public_id == session
        assert own_session(units, session=session, trainee_key=ANN).public_id == session
    assert ask(units, "slack-2").blocks[0].response == "utter_link_done"
    with units(reading=True) as uow:
        assert [entry.action for entry in uow.audit.entries()] == ["link"]


def test_a_code_works_once(units: UnitOfWorkFactory) -> None:
    in_slack(units, "slack-1")
    code = code_in(ask(units, "slack-1"))
    use_code(units, SECRET, code=code, person=account(units), now=NOW)
    with pytest.raises(Refused):
        use_code(units, SECRET, code=code, person=account(units, "eve"), now=NOW)


@pytest.mark.parametrize(
    "change",
    [
        lambda code: "",
        lambda code: "nonsense",
        lambda code: code.replace(code[0], "7", 1) if code[0] != "7" else "8" + code[1:],
        lambda code: code[:-1] + ("a" if code[-1] != "a" else "b"),
        lambda code: code + "\x00",
    ],
)
def test_a_changed_code_is_refused(units: UnitOfWorkFactory, change: object) -> None:
    in_slack(units, "slack-1")
    code = code_in(ask(units, "slack-1"))
    with pytest.raises(Refused):
        use_code(units, SECRET, code=change(code), person=account(units), now=NOW)  # type: ignore[operator]


def test_a_code_is_good_for_ten_minutes(units: UnitOfWorkFactory) -> None:
    in_slack(units, "slack-1")
    code, person = code_in(ask(units, "slack-1")), account(units)
    with pytest.raises(Refused):
        use_code(units, SECRET, code=code, person=person, now=NOW + VALID_FOR + timedelta(seconds=1))
    use_code(units, SECRET, code=code, person=person, now=NOW + VALID_FOR - timedelta(seconds=1))


def test_a_guest_cannot_use_a_code_and_an_account_is_never_swallowed(units: UnitOfWorkFactory) -> None:
    in_slack(units, "slack-1")
    code = code_in(ask(units, "slack-1"))
    with pytest.raises(NotFound):
        use_code(units, SECRET, code=code, person=Person(key="guest"), now=NOW)
    other = account(units, "eve")
    in_slack(units, "web-1", other.key)
    assert ask(units, "web-1").blocks[0].response == "utter_link_done"


def test_the_same_request_again_gives_the_same_code(units: UnitOfWorkFactory) -> None:
    in_slack(units, "slack-1")
    first = ask(units, "slack-1")
    assert ask(units, "slack-1", now=NOW + timedelta(minutes=1)) == first


def test_without_a_secret_there_is_no_code(units: UnitOfWorkFactory) -> None:
    in_slack(units, "slack-1")
    assert ask(units, "slack-1", secret=b"").blocks[0].response == "utter_notice_unknown"
