"""Dashboards, double rating and agreement, as trainers use them."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import httpx2
import pytest
from practised import Practice
from stage import CONTENT, FakeRasa
from world import World, company

from bot.coaching.agreement import FEW
from bot.services.measuring import measure
from bot.services.reviewing import Form, change
from bot.storage.unit_of_work import UnitOfWorkFactory

NOW = datetime.now(timezone.utc)
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def world(units: UnitOfWorkFactory, rasa: FakeRasa) -> Iterator[World]:
    with company(units, rasa.url) as world:
        yield world


def practise(world: World, who: str, replies: int = 3, **of: object) -> Practice:
    practice = Practice(world.units, world.people[who].key, NOW - timedelta(minutes=30), **of)  # type: ignore[arg-type]
    for n in range(replies):
        practice.reply("price", "yes_if", 90 - n)
    return practice


def change_team(world: World, **flags: bool) -> None:
    with world.units() as uow:
        uow.teams.change(world.teams["north"], **flags)
        uow.commit()


def trainee(world: World, who: str) -> int:
    with world.units(reading=True) as uow:
        found = uow.trainees.find(world.people[who].key)
        assert found is not None
        return found.id


def text_of(answer: httpx2.Response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_dashboard_shows_what_was_just_practised_and_leads_to_it(world: World, lang: str) -> None:
    practice = practise(world, "rep")
    practice.line("再说吧", "timing", share=0.4, unsure=True)
    practice.end()
    browser = world.browsers["trainer"]
    browser.get(f"/language/{lang}")
    answer = browser.get("/figures")
    assert answer.status_code == 200
    rep = trainee(world, "rep")
    cell = f"/inbox?team={world.teams['north']}&amp;trainee={rep}&amp;counted=tried_type%3Aprice"
    assert f'href="{cell}"' in answer.text
    assert f'href="/figures/people/{rep}?' in answer.text
    shown = text_of(answer)
    assert {"zh": "想着就能做到", "en": "Able"}[lang].lower() in shown.lower() or "3" in shown
    assert re.search(r">3</a></dd>", answer.text)


def test_another_team_s_practice_is_neither_shown_nor_reachable(world: World) -> None:
    practise(world, "rep")
    other = world.browsers["other_trainer"]
    assert f"/figures/people/{trainee(world, 'rep')}" not in other.get("/figures").text
    assert other.get(f"/figures?team={world.teams['north']}").status_code == 404
    assert other.get("/figures?team=0").status_code == 404
    assert other.get(f"/figures/people/{trainee(world, 'rep')}").status_code == 404
    assert world.browsers["admin"].get("/figures?team=0").status_code == 200


@pytest.mark.parametrize("weeks", ["9999", "-1", "soon"])
def test_of_a_period_that_there_is_not_the_usual_one_is_shown(world: World, weeks: str) -> None:
    assert world.browsers["trainer"].get(f"/figures?weeks={weeks}").status_code == 200


def test_private_practice_counts_once_it_is_handed_in(world: World) -> None:
    change_team(world, private=True)
    practice = practise(world, "rep")
    rep = trainee(world, "rep")
    address = f"/figures/people/{rep}"
    link = "counted=tried_type%3Aprice"
    assert link not in world.browsers["trainer"].get(address).text
    assert link in world.browsers["admin"].get(address).text
    practice.hand_in()
    practice.reply("price", "yes_if", 80)
    assert link in world.browsers["trainer"].get(address).text


def test_a_score_that_a_trainer_changed_counts_at_once(world: World) -> None:
    practice = practise(world, "rep")
    practice.end("agreed", 60)
    trainer = world.browsers["trainer"]
    trainer.get("/figures")
    with world.units(reading=True) as uow:
        found = uow.sessions.find(practice.session.public_id)
        assert found is not None
        talk = uow.talks.latest(found)
        assert talk is not None
    said = {"talk": talk.id, "score": 37, "reason": "too kind"}
    change(
        world.units, CONTENT.rubric.rules, person=world.people["trainer"],
        session=practice.session.public_id, form=Form("score", 0, str(uuid.uuid4()), data=said), now=NOW,
    )  # fmt: skip
    assert '<td class="figure">37</td>' in trainer.get("/figures").text


def test_pseudonyms_stand_for_names_before_trainers(world: World) -> None:
    practise(world, "rep")
    change_team(world, pseudonyms=True, leaderboard=True)
    with world.units(reading=True) as uow:
        account = uow.accounts.find(world.people["rep"].account or 0)
        assert account is not None
    for path in ("/figures", f"/figures/people/{trainee(world, 'rep')}"):
        shown = world.browsers["trainer"].get(path).text
        assert account.pseudonym in shown
        assert account.name not in shown
        assert account.name in world.browsers["admin"].get(path).text


def test_a_leaderboard_is_there_only_where_the_team_wants_it(world: World) -> None:
    practise(world, "rep", 6)
    practise(world, "colleague", 2)
    assert 'class="ranking"' not in world.browsers["trainer"].get("/figures").text
    change_team(world, leaderboard=True)
    shown = world.browsers["trainer"].get("/figures").text
    ranking = shown[shown.index('class="ranking"') :]
    assert "rep 姓名" in ranking and "colleague 姓名" not in ranking


def test_looking_at_figures_is_on_record(world: World) -> None:
    practise(world, "rep")
    world.browsers["trainer"].get("/figures")
    world.browsers["trainer"].get(f"/figures/people/{trainee(world, 'rep')}")
    with world.units(reading=True) as uow:
        found = [(e.action, e.subject, e.subject_id) for e in uow.audit.entries(limit=2)]
    assert found == [
        ("figures", "trainee", str(trainee(world, "rep"))),
        ("figures", "team", str(world.teams["north"])),
    ]


def test_a_sample_is_drawn_rated_and_compared(world: World) -> None:
    practice = practise(world, "rep", 0)
    for n in range(2):
        practice.line(f"{HOSTILE} {n}", "price")
    browser = world.browsers["trainer"]
    form = {"team": world.teams["north"], "size": "20", "groups": "objection", "langs": "zh", "name": HOSTILE}
    address = browser.submit("/samples", **form).headers["location"]
    for label in ("price", "need"):
        page = browser.get(address)
        assert HOSTILE not in page.text and "&lt;img" in page.text
        action = re.search(r'action="(/samples/\d+/items/\d+)"', page.text)
        assert action is not None
        assert browser.submit(action[1]).status_code == 422
        assert browser.submit(action[1], objection=label).status_code == 303
        assert browser.submit(action[1], objection=label).status_code == 409
    assert "/verdicts" in browser.get(address).text
    compared = browser.get(f"{address}/verdicts").text
    assert compared.count("<blockquote") == 1 and f"/review/{practice.session.public_id}" in compared
    assert HOSTILE not in browser.get("/samples").text


def test_nothing_of_what_the_bot_said_is_on_the_page_before_one_has_rated(world: World) -> None:
    practice = practise(world, "rep", 0)
    practice.reply("price", "tai_chi", 13, steps=("listen",))
    browser = world.browsers["trainer"]
    groups = ["technique", "steps", "score"]
    made = browser.post(
        "/samples",
        data={"csrf": browser.csrf(), "team": str(world.teams["north"]), "size": "20", "groups": groups,
              "langs": ["zh"]},
    )  # fmt: skip
    page = browser.get(made.headers["location"])
    assert "checked" not in page.text
    assert "13" not in text_of(page).replace("2013", "")


def test_what_is_below_the_floor_is_marked_wherever_it_is_shown(world: World) -> None:
    practice = practise(world, "rep", 0)
    for n in range(FEW):
        practice.line(f"太贵了 {n}", ("price", "need")[n % 2])
    browser = world.browsers["trainer"]
    form = {"team": world.teams["north"], "size": str(FEW), "groups": "objection", "langs": "zh"}
    address = browser.submit("/samples", **form).headers["location"]
    csrf = browser.csrf()
    while action := re.search(r'action="(/samples/\d+/items/\d+)"', browser.get(address).text):
        browser.post(action[1], data={"csrf": csrf, "objection": "timing"})
    assert measure(world.units, now=NOW)
    admin = world.browsers["admin"]
    assert "trust-practice_only" in browser.get("/agreement").text
    assert admin.submit("/agreement/floors", family="objection", kappa="0").status_code == 303
    assert "trust-practice_only" not in browser.get("/agreement").text
    assert admin.submit("/agreement/floors", family="objection", kappa="0.9").status_code == 303
    assert "trust-practice_only" in browser.get("/figures").text
    for address in ("", "/print"):
        shown = browser.get(f"/review/{practice.session.public_id}{address}").text
        assert re.search(r"<dt>[^<]+<span class=\"trust trust-practice_only\"", shown), address
    for address in (f"/review/{practice.session.public_id}/export", "/inbox/export"):
        assert '"practice_only": ["objection"]' in browser.get(f"{address}.jsonl").text
        assert "仅供练习" in browser.get(f"{address}.csv").text.splitlines()[0]
        assert "urn:objection-dojo:verb:measured" in browser.get(f"{address}.xapi").text
    for kappa in ("nan", "2", "", "x"):
        assert admin.submit("/agreement/floors", family="objection", kappa=kappa).status_code == 422


def test_a_score_of_the_bots_comes_with_how_far_it_can_be_trusted(world: World) -> None:
    practice = Practice(world.units, world.people["rep"].key, datetime.now(timezone.utc))
    practice.reply("price", "yes_if", 88)
    practice.end("agreed", 71)
    session = practice.session.public_id
    trainer, rep = world.browsers["trainer"], world.browsers["rep"]
    beside = re.compile(
        r"(?:71|88)(?:</strong>|</span>)?[^\d]{0,90}<span class=\"trust trust-unmeasured\"", re.S
    )
    for browser, address in (
        (trainer, "/inbox"),
        (trainer, f"/review/{session}"),
        (trainer, f"/review/{session}/print"),
        (rep, "/sessions"),
    ):
        assert beside.search(browser.get(address).text), address
    assert "trust-unmeasured" in trainer.get(f"/assignments/{world.assignment}").text
    assert "trust-unmeasured" in rep.get("/").text, "the best score of what was set"
