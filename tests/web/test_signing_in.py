from __future__ import annotations

from datetime import datetime, timezone

import pytest
from stage import FakeRasa, Trainee, make_context

from bot.services.access import ADMIN, TRAINEE, TRAINER, Person
from bot.services.joining import first_invitation, invite
from bot.storage.unit_of_work import UnitOfWorkFactory
from bot.web.app import create_app
from bot.web.people import COOKIE

PASSWORD = "correct horse battery"


@pytest.fixture
def link(units: UnitOfWorkFactory) -> str:
    return f"/join/{first_invitation(units, now=datetime.now(timezone.utc))}"


def join(trainee: Trainee, link: str, **form: str) -> int:
    given = {"csrf": trainee.csrf(link), "login": "mei", "name": "梅", "password": PASSWORD, **form}
    return trainee.post(link, data=given).status_code


def test_a_link_makes_an_account_which_signs_in_anywhere(
    trainee: Trainee, link: str, units: UnitOfWorkFactory, rasa: FakeRasa
) -> None:
    assert join(trainee, link) == 303
    assert "梅" in trainee.get("/").text and 'action="/sign-out"' in trainee.get("/").text
    session = trainee.begin()
    with Trainee(create_app(make_context(units, rasa.url))) as elsewhere:
        assert elsewhere.get(f"/chat/{session}").status_code == 404
        form = {
            "csrf": elsewhere.csrf("/sign-in"),
            "login": "Mei",
            "password": PASSWORD,
            "back": f"/chat/{session}",
        }
        answer = elsewhere.post("/sign-in", data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/chat/{session}")
        assert elsewhere.get(f"/chat/{session}").status_code == 200
        elsewhere.post("/sign-out", data={"csrf": elsewhere.csrf()})
        assert elsewhere.get(f"/chat/{session}").status_code == 404
    assert trainee.get(f"/chat/{session}").status_code == 200


def test_what_is_wrong_is_said_and_what_was_typed_stays(trainee: Trainee, link: str) -> None:
    form = {"csrf": trainee.csrf(link), "login": "mei", "name": '<b>"Mei"</b>', "password": "short"}
    answer = trainee.post(link, data=form)
    assert answer.status_code == 422
    assert 'value="&lt;b&gt;&#34;Mei&#34;&lt;/b&gt;"' in answer.text and "short" not in answer.text
    assert join(trainee, link) == 303


def test_a_wrong_password_gets_the_form_again_and_many_have_to_wait(trainee: Trainee, link: str) -> None:
    join(trainee, link)
    trainee.post("/sign-out", data={"csrf": trainee.csrf()})
    form = {"csrf": trainee.csrf("/sign-in"), "login": "mei", "password": "wrong", "back": "/help"}
    statuses = [trainee.post("/sign-in", data=form).status_code for _ in range(6)]
    assert statuses == [422] * 5 + [429]


@pytest.mark.parametrize("back", ["https://evil.example", "//evil.example", "/\\evil.example"])
def test_signing_in_leads_nowhere_else(trainee: Trainee, link: str, back: str) -> None:
    join(trainee, link)
    form = {"csrf": trainee.csrf(), "login": "mei", "password": PASSWORD, "back": back}
    assert trainee.post("/sign-in", data=form).headers["location"] == "/people"


@pytest.mark.parametrize(("role", "goal"), [(ADMIN, "/people"), (TRAINER, "/inbox"), (TRAINEE, "/")])
def test_who_comes_in_finds_their_work(
    trainee: Trainee, units: UnitOfWorkFactory, link: str, role: str, goal: str
) -> None:
    if role != ADMIN:
        now = datetime.now(timezone.utc)
        with units() as uow:
            team = uow.teams.add("North", now=now).id
            uow.commit()
        admin = Person("", ADMIN)
        link = f"/join/{invite(units, person=admin, role=role, team=team, now=now)}"
    given = {"csrf": trainee.csrf(link), "login": "mei", "name": "梅", "password": PASSWORD}
    assert trainee.post(link, data=given).headers["location"] == goal
    trainee.post("/sign-out", data={"csrf": trainee.csrf()})
    form = {"csrf": trainee.csrf("/sign-in"), "login": "mei", "password": PASSWORD, "back": "/"}
    assert trainee.post("/sign-in", data=form).headers["location"] == goal


@pytest.mark.parametrize("path", ["/join/", "/password/"])
def test_a_link_that_was_used_says_what_to_do(trainee: Trainee, link: str, path: str) -> None:
    join(trainee, link)
    trainee.post("/sign-out", data={"csrf": trainee.csrf()})
    answer = trainee.get(link if path == "/join/" else "/password/1.2.3")
    assert answer.status_code == 404
    assert "已经不能用了" in answer.text and 'href="/sign-in"' in answer.text


def test_the_cookie_of_a_sign_in_is_for_the_server_only(trainee: Trainee, link: str) -> None:
    given = {"csrf": trainee.csrf(link), "login": "mei", "name": "梅", "password": PASSWORD}
    cookie = next(c for c in trainee.post(link, data=given).headers.get_list("set-cookie") if COOKIE in c)
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie


def test_a_forged_sign_in_is_a_guest(trainee: Trainee) -> None:
    trainee.cookies.set(COOKIE, "forged")
    assert trainee.get("/").status_code == 200
    assert 'href="/sign-in"' in trainee.get("/").text
