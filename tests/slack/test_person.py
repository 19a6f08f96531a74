"""Whoever a channel vouches for owns all their sessions; whoever names themselves owns nothing of others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from rasa_sdk import Tracker

from actions import answering
from actions.context import Coach
from bot.bootstrap import build_context
from bot.content.phrases import load_coach_phrases
from bot.services.access import ADMIN, TRAINER, Person
from bot.services.signing import derived_key, vouch
from bot.settings import load_settings
from bot.storage.records import TraineeRecord

SECRET = "a-secret-of-the-tests-long-enough-for-it"


@pytest.fixture
def coach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Coach]:
    """The actions' coach, on a database of its own."""
    values = {
        "DOJO_HOME": str(tmp_path),
        "DOJO_SECRET": SECRET,
        "DOJO_SLACK_BOT_TOKEN": "xoxb-1",
        "DOJO_SLACK_APP_TOKEN": "xapp-1",
        "DOJO_SLACK_TEAM": "North",
    }
    context = build_context(load_settings(values, tmp_path))
    made = Coach(context, load_coach_phrases())
    monkeypatch.setattr(answering, "coach", lambda: made)
    yield made
    context.close()


def say(session: str, way: str = "slack", **metadata: Any) -> None:
    message = {"text": "/list_products", "message_id": "m1", "metadata": metadata, "entities": []}
    tracker = Tracker(session, {}, message, [], False, None, {}, None)
    tracker.events = [{"event": "user", "input_channel": way}]
    answering.answer_message(tracker, "list_products")


def owner(coach: Coach, session: str) -> int:
    with coach.context.units(reading=True) as uow:
        found = uow.sessions.find(session)
    assert found is not None
    return found.trainee_id


def of_key(coach: Coach, person: str) -> TraineeRecord | None:
    with coach.context.units(reading=True) as uow:
        return uow.trainees.find(derived_key(SECRET.encode(), *person.split(".")))


def vouched(session: str, person: str) -> dict[str, str]:
    return {"channel": "slack", "person": person, "proof": vouch(SECRET.encode(), session, person)}


def test_all_sessions_of_a_slack_person_belong_to_one_trainee_of_that_workspace(coach: Coach) -> None:
    for session, person in (("s1", "slack.T1.U1"), ("s2", "slack.T1.U1"), ("s3", "slack.T2.U1")):
        say(session, **vouched(session, person), lang="en")
    assert owner(coach, "s1") == owner(coach, "s2") != owner(coach, "s3")
    mine = of_key(coach, "slack.T1.U1")
    assert mine is not None
    assert mine.id == owner(coach, "s1")


@pytest.mark.parametrize("way", ["slack", "rest", "dojo"])
def test_a_person_who_is_only_named_is_not_believed(coach: Coach, way: str) -> None:
    say("s1", **vouched("s1", "slack.T1.U1"), lang="en")
    claims = (
        {"person": "slack.T1.U1"},
        {"person": "slack.T1.U1", "proof": "0" * 64},
        vouched("s1", "slack.T1.U1"),  # somebody else's proof, overheard
        {"trainee_key": derived_key(SECRET.encode(), "slack", "T1", "U1")},
    )
    for number, claim in enumerate(claims):
        session = f"stolen-{number}"
        say(session, way, **claim, lang="en")
        assert owner(coach, session) != owner(coach, "s1")


@pytest.mark.parametrize("then", ["s1", "s2"])
def test_people_in_slack_join_the_team_that_is_set_once_it_is_there(coach: Coach, then: str) -> None:
    def ann(session: str) -> TraineeRecord | None:
        say(session, **vouched(session, "slack.T1.U1"), lang="en", name="Ann")
        return of_key(coach, "slack.T1.U1")

    guest = ann("s1")
    assert guest is not None and guest.account is None
    with coach.context.units() as uow:
        team = uow.teams.add("North", now=datetime(2026, 11, 23, tzinfo=timezone.utc))
        uow.commit()
    trainee = ann(then)
    assert trainee is not None and trainee.account is not None
    trainer = Person(key="t", role=TRAINER, teams=frozenset({team.id}))
    with coach.context.units(reading=True) as uow:
        for viewer in (trainer, Person(key="a", role=ADMIN)):
            assert uow.sight.session(viewer, "s1") and uow.sight.session(viewer, then)
            assert uow.sight.names(viewer, [trainee.id]) == {trainee.id: "Ann"}
        stranger = Person(key="s", role=TRAINER, teams=frozenset({team.id + 1}))
        assert uow.sight.session(stranger, "s1") is None


@pytest.mark.parametrize("person", ["other.T1.U1", "slackish.T1.U1"])
def test_only_people_in_slack_join_by_themselves(coach: Coach, person: str) -> None:
    with coach.context.units() as uow:
        uow.teams.add("North", now=datetime(2026, 11, 23, tzinfo=timezone.utc))
        uow.commit()
    say("s1", **vouched("s1", person), lang="en")
    say("s2", lang="en")
    with coach.context.units(reading=True) as uow:
        assert uow.accounts.all() == ()
