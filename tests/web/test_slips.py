"""Ids and values that make no sense: where one was left out, more would be shown, or done, than was meant."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest
from practised import Practice
from stage import FakeRasa
from world import World, company

from bot.services.errors import Refused
from bot.services.filters import filter_of_query, query_of
from bot.services.rating import make_sample
from bot.storage.inbox_records import Filter
from bot.storage.unit_of_work import UnitOfWorkFactory

NOW = datetime.now(timezone.utc)
HUGE = "4294967296"
SLIPS = (
    "trainee=x",
    f"trainee={HUGE}",
    "team=-1",
    f"team={HUGE}",
    "from=tomorrow",
    "to=2026-13-01",
    "score_min=abc",
    "mode=fly",
    "type=prize",
    "tag=" + "t" * 500,
)


@pytest.fixture
def world(units: UnitOfWorkFactory, rasa: FakeRasa) -> Iterator[World]:
    with company(units, rasa.url) as world:
        practice = Practice(world.units, world.people["rep"].key, NOW - timedelta(minutes=9))
        practice.line("太贵了", "price")
        world.sessions["rep"] = practice.session.public_id
        yield world


def test_an_inbox_with_a_slip_shows_keeps_and_hands_out_nothing(world: World) -> None:
    admin, session = world.browsers["admin"], world.sessions["rep"]
    assert session in admin.get("/inbox?type=price").text
    for slip in SLIPS:
        page = admin.get(f"/inbox?type=price&{slip}")
        assert page.status_code == 422 and 'role="alert"' in page.text, slip
        assert f"/review/{session}" not in page.text, slip
        chips = re.findall(r'class="filter-chip" href="([^"]+)"', page.text)
        assert "/inbox?type=price" in chips, "the slip can be taken away"
        file = admin.get(f"/inbox/export.jsonl?{slip}")
        assert file.status_code == 422 and session not in file.text, slip
        assert "/review/" not in admin.get(f"/inbox/next?{slip}").headers["location"], slip
    assert admin.submit("/inbox/filters", name="slip", query=SLIPS[0]).status_code == 422


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip[:12])
def test_a_slip_stays_in_the_address_of_its_filter(slip: str) -> None:
    wanted = filter_of_query(slip)
    assert wanted != Filter() and filter_of_query(query_of(wanted)) == wanted


def test_a_filter_is_not_unshared_by_a_team_that_makes_no_sense(world: World) -> None:
    trainer, north = world.browsers["trainer"], str(world.teams["north"])
    assert trainer.submit("/inbox/filters", name="dear", query="q=dear", team=HUGE).status_code == 422
    assert trainer.submit("/inbox/filters", name="dear", query="q=dear", team=north).status_code == 303
    path = re.search(r'action="(/inbox/filters/\d+)"', trainer.get("/inbox").text)
    assert path is not None
    assert trainer.submit(path[1], name="dear", query="", team="north").status_code == 422
    assert f'value="{north}" selected' in trainer.get("/inbox").text


@pytest.mark.parametrize("slip", ["x", "-1", HUGE])
def test_pages_about_a_team_or_a_person_do_not_fall_back_to_another(world: World, slip: str) -> None:
    trainer, admin = world.browsers["trainer"], world.browsers["admin"]
    assert trainer.get("/figures").status_code == 200
    assert trainer.get(f"/figures?team={slip}").status_code == 404
    assert trainer.get(f"/figures/people/1?team={slip}").status_code == 404
    assert admin.get("/audit").status_code == 200
    assert admin.get(f"/audit?account={slip}").status_code == 404


def test_a_comment_on_a_turn_that_makes_no_sense_is_not_one_on_the_session(world: World) -> None:
    trainer, session = world.browsers["trainer"], world.sessions["rep"]
    said = {"do": "comment", "text": "well done", "seen": "0", "token": uuid.uuid4().hex}
    for slip in ("x", HUGE, "0"):
        assert trainer.submit(f"/review/{session}", turn=slip, **said).status_code == 404
    assert "well done" not in trainer.get(f"/review/{session}").text
    assert trainer.submit(f"/review/{session}", turn="", **said).status_code == 303
    assert "well done" in trainer.get(f"/review/{session}").text


def test_a_sample_is_drawn_as_it_was_asked_for_or_not_at_all(world: World) -> None:
    form = {"name": "s", "size": "10", "groups": ["objection", "nature"], "langs": "zh"}
    assert world.browsers["admin"].submit("/samples", **form, team=HUGE).status_code == 404
    right = {"name": "s", "size": 10, "groups": ["objection"], "langs": ["zh"]}
    for wrong in ({"groups": ["objection", "all"]}, {"langs": ["zh", "fr"]}):
        with pytest.raises(Refused) as refused:
            make_sample(world.units, person=world.people["admin"], team=None, **{**right, **wrong}, now=NOW)
        assert refused.value.field == next(iter(wrong))
