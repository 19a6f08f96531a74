"""The page that ties somebody known in Slack to the account that is signed in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest
from practised import Practice
from stage import SECRET, FakeRasa
from world import World, company

from bot.services.digesting import digest
from bot.services.linking import write_code
from bot.services.signing import derived_key
from bot.storage.figure_records import TYPE
from bot.storage.unit_of_work import UnitOfWorkFactory

NOW = datetime.now(timezone.utc)
ANN = derived_key(SECRET, "slack", "T1", "U1")


@pytest.fixture
def world(units: UnitOfWorkFactory, rasa: FakeRasa) -> Iterator[World]:
    with company(units, rasa.url) as world:
        yield world


def tries(world: World, who: int) -> int:
    with world.units(reading=True) as uow:
        return sum(one.standing.tries for one in uow.figures.standings([who], kind=TYPE))


def number(world: World, key: str) -> int:
    with world.units(reading=True) as uow:
        found = uow.trainees.find(key)
        assert found is not None
        return found.id


def test_a_code_from_slack_makes_what_was_practised_there_the_accounts(world: World) -> None:
    practice = Practice(world.units, ANN, NOW - timedelta(minutes=50))
    for points in (90, 89, 88):
        practice.reply("price", "yes_if", points)
    for points in (50, 40):
        here = Practice(world.units, world.people["rep"].key, NOW - timedelta(minutes=20))
        here.reply("price", "inquiry", points)
    digest(world.units, now=NOW)
    code = write_code(SECRET, number(world, ANN), NOW)
    rep, trainer = world.browsers["rep"], world.browsers["trainer"]
    own = number(world, world.people["rep"].key)
    assert tries(world, own) == 2
    assert practice.session.public_id not in rep.get("/sessions").text
    assert 'href="/link"' in rep.get("/account").text
    answer = rep.submit("/link", code=f" {code.upper()} ")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sessions")
    assert tries(world, own) == 5
    assert practice.session.public_id in rep.get("/sessions").text
    assert f"trainee={own}&amp;counted=tried_method%3Ayes_if" in trainer.get(f"/figures/people/{own}").text
    assert number(world, ANN) == own
    again = world.browsers["colleague"].submit("/link", code=code)
    assert again.status_code == 422
    assert practice.session.public_id not in world.browsers["colleague"].get("/sessions").text


@pytest.mark.parametrize("code", ["", "nonsense", "1-2-forged", "1-6b03aa9a-aaaaaaaaaaaaaaaa"])
def test_a_code_that_is_none_changes_nothing_and_the_page_says_so(world: World, code: str) -> None:
    page = world.browsers["rep"].submit("/link", code=code)
    assert page.status_code == 422
    assert 'role="alert"' in page.text
