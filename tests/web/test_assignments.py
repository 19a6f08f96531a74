from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest
from practised import Practice
from stage import FakeRasa
from world import World, company

from bot.storage.unit_of_work import UnitOfWorkFactory

FORM = {"kind": "scenario", "title": "Week 2", "answers": "5", "pass_mark": "65", "attempts": "0"}


@pytest.fixture
def world(units: UnitOfWorkFactory, rasa: FakeRasa) -> Iterator[World]:
    with company(units, rasa.url) as world:
        yield world


def set_it(world: World, **changes: Any) -> int:
    form = {**FORM, "team": world.teams["north"], "scenarios": "car_ask_wife", **changes}
    return world.browsers["trainer"].submit("/assignments", **form).status_code


def test_a_trainee_sees_it_on_their_page_and_starts_it_from_there(world: World, rasa: FakeRasa) -> None:
    assert set_it(world, title="Week <b>2</b>") == 303
    rep = world.browsers["rep"]
    page = rep.get("/").text
    assert "Week &lt;b&gt;2&lt;/b&gt;" in page and "First week" in page
    answer = rep.submit("/sessions", begin="choose_scenario", scenario="car_ask_wife")
    assert answer.status_code == 303
    chat = rep.get(answer.headers["location"]).text
    assert "car_ask_wife" in chat.split('data-begin="')[1].split('"')[0]
    assert "/show_assignments" in chat
    assert "Week" not in world.browsers["stranger"].get("/").text


def test_a_trainee_sees_how_many_tries_are_left(world: World) -> None:
    assert set_it(world, attempts="2") == 303
    practice = Practice(
        world.units, world.people["rep"].key, datetime.now(timezone.utc), scenario="car_ask_wife"
    )
    rep = world.browsers["rep"]
    rep.get("/language/en")
    assert "2 tries left" in rep.get("/").text
    practice.reply("price", "yes_if", 40)
    practice.end("left", 40)
    assert "1 try left" in rep.get("/").text


def test_a_drill_set_begins_with_its_own_drill(world: World) -> None:
    assert set_it(world, kind="drill", types="price") == 303
    page = world.browsers["rep"].get("/").text
    assert 'value="start_drill"' in page and 'name="assignment"' in page


def test_a_deadline_is_meant_in_the_browsers_time(world: World) -> None:
    set_it(world, due="2030-05-01T18:00", zone="-480")
    page = world.browsers["trainer"].get("/assignments").text
    assert "2030-05-01 10:00 UTC" in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"scenarios": "no_such"},
        {"due": "2001-01-01T10:00"},
        {"due": "soon"},
        {"pass_mark": "x"},
        {"attempts": "999999999999"},
        {"people": "4294967296"},
        {"people": "999999999"},
        {"people": "rep"},
        {"due": "2030-05-01T18:00", "zone": "99999999999"},
        {"kind": "drill", "types": "nonsense"},
    ],
    ids=lambda wrong: "-".join(wrong),
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(world: World, wrong: dict[str, str]) -> None:
    form = {**FORM, "team": world.teams["north"], "scenarios": "car_ask_wife", "title": "Kept", **wrong}
    answer = world.browsers["trainer"].submit("/assignments", **form)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text and ("Kept" in answer.text or "title" in wrong)
    with world.units(reading=True) as uow:
        assert len(uow.assignments.of_teams([world.teams["north"]])) == 1, "nobody was set anything"


def test_who_stands_how_is_seen_at_a_glance(world: World) -> None:
    page = world.browsers["trainer"].get(f"/assignments/{world.assignment}").text
    assert "rep 姓名" in page and "colleague 姓名" in page and "stranger" not in page
    world.browsers["trainer"].submit(f"/assignments/{world.assignment}/withdraw")
    assert "First week" not in world.browsers["rep"].get("/").text
