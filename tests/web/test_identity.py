from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest
from provider import CLIENT, CLIENT_SECRET, LittleProvider, travel
from stage import FakeRasa
from world import Browser, World, company

from bot.services.joining import invite
from bot.storage.unit_of_work import UnitOfWorkFactory
from bot.web.oidc import Provider
from bot.web.people import COOKIE


@pytest.fixture
def provider() -> Iterator[LittleProvider]:
    provider = LittleProvider()
    yield provider
    provider.stop()


@pytest.fixture
def world(units: UnitOfWorkFactory, rasa: FakeRasa, provider: LittleProvider) -> Iterator[World]:
    known = Provider(provider.issuer, CLIENT, CLIENT_SECRET, "Example", "north")
    with company(units, rasa.url, provider=known) as world:
        yield world


def signed_in(browser: Browser) -> bool:
    return browser.get("/account").status_code == 200


def test_a_newcomer_becomes_a_trainee_of_the_team(world: World) -> None:
    guest = world.browsers["guest"]
    assert "Example" in guest.get("/sign-in").text
    answer = travel(guest, back="/help")
    assert (answer.status_code, answer.headers["location"]) == (303, "/help")
    assert "梅 Mei" in guest.get("/account").text and "north" in guest.get("/account").text
    assert "梅 Mei" in world.browsers["trainer"].get("/people").text


def test_who_signed_in_before_gets_the_same_account(world: World, provider: LittleProvider) -> None:
    travel(world.browsers["guest"])
    provider.claims = {**provider.claims, "name": "Somebody Else", "email": "rep", "email_verified": True}
    travel(world.browsers["guest"])
    assert "梅 Mei" in world.browsers["guest"].get("/account").text


def test_a_verified_address_leads_to_the_account_with_that_login(
    world: World, provider: LittleProvider
) -> None:
    provider.claims = {"sub": "u-2", "email": "REP", "email_verified": True}
    travel(world.browsers["guest"])
    assert "rep 姓名" in world.browsers["guest"].get("/account").text


@pytest.mark.parametrize("role", ["trainee", "trainer", "admin"])
def test_who_took_an_address_before_its_owner_came_gets_in_no_more(
    world: World, provider: LittleProvider, role: str
) -> None:
    now = datetime.now(timezone.utc)
    token = invite(world.units, person=world.people["admin"], role=role, team=world.teams["north"], now=now)
    thief, owner = world.browsers["stranger"], world.browsers["guest"]
    form = {"login": "boss@example.com", "name": "Boss", "password": "correct horse battery"}
    thief.submit(f"/join/{token}", **form)
    assert "Boss" in thief.get("/account").text
    provider.claims = {"sub": "u-3", "email": "boss@example.com", "email_verified": True}
    travel(owner)
    assert "Boss" in owner.get("/account").text
    stays = role == "admin"
    assert signed_in(thief) == stays
    thief.cookies.clear()
    answer = thief.submit("/sign-in", login=form["login"], password=form["password"])
    assert (answer.status_code == 303) == stays


@pytest.mark.parametrize("verified", [False, "true", None])
def test_an_address_that_is_not_verified_leads_to_nobodys_account(
    world: World, provider: LittleProvider, verified: Any
) -> None:
    provider.claims = {"sub": "u-2", "name": "Impostor", "email": "admin", "email_verified": verified}
    travel(world.browsers["guest"])
    page = world.browsers["guest"].get("/account").text
    assert "Impostor" in page and "admin 姓名" not in page


def test_a_shut_account_stays_shut(world: World, provider: LittleProvider) -> None:
    with world.units() as uow:
        account = world.people["rep"].account
        assert account is not None
        uow.accounts.change(
            account, disabled_at=datetime.now(timezone.utc), oidc_subject=f"{provider.issuer} u-9"
        )
        uow.commit()
    provider.claims = {"sub": "u-9"}
    assert travel(world.browsers["guest"]).status_code == 403
    assert not signed_in(world.browsers["guest"])


def test_without_a_team_for_newcomers_strangers_are_told(
    units: UnitOfWorkFactory, rasa: FakeRasa, provider: LittleProvider
) -> None:
    known = Provider(provider.issuer, CLIENT, CLIENT_SECRET)
    with company(units, rasa.url, provider=known) as world:
        answer = travel(world.browsers["guest"])
        assert answer.status_code == 403 and "invitation" in answer.text.lower() + "invitation" * (
            "邀请" in answer.text
        )
        assert not signed_in(world.browsers["guest"])


@pytest.mark.parametrize(
    "forged",
    [
        {"iss": "https://evil.example"},
        {"aud": "another client"},
        {"nonce": "another nonce"},
        {"exp": int(time.time()) - 3600},
        {"sub": None},
    ],
    ids=lambda forged: next(iter(forged)),
)
def test_claims_that_do_not_hold_let_nobody_in(
    world: World, provider: LittleProvider, forged: dict[str, Any]
) -> None:
    provider.forge = forged
    answer = travel(world.browsers["guest"])
    assert answer.status_code == 422 and COOKIE not in answer.headers.get("set-cookie", "")
    assert not signed_in(world.browsers["guest"])


def test_a_foreign_signature_lets_nobody_in(world: World, provider: LittleProvider) -> None:
    provider.foreign_key = True
    assert travel(world.browsers["guest"]).status_code == 422
    assert not signed_in(world.browsers["guest"])


def test_a_refusal_a_wrong_state_and_a_stolen_answer_let_nobody_in(
    world: World, provider: LittleProvider
) -> None:
    guest = world.browsers["guest"]
    provider.refuse = "access_denied"
    assert travel(guest).status_code == 422
    assert guest.get("/oidc/back?code=code&state=forged").status_code == 422
    assert guest.get("/oidc/back").status_code == 422
    provider.refuse = ""
    there = world.browsers["rep"].get("/oidc/go").headers["location"]
    state = there.split("state=")[1].split("&")[0]
    assert guest.get(f"/oidc/back?code=code&state={state}").status_code == 422
    assert not signed_in(guest)


def test_a_provider_that_names_another_issuer_or_is_away_is_not_used(
    world: World, provider: LittleProvider
) -> None:
    provider.issuer_told = "https://evil.example"
    assert travel(world.browsers["guest"]).status_code == 503
    provider.stop()
    answer = travel(world.browsers["guest"])
    assert answer.status_code == 503 and "Traceback" not in answer.text


@pytest.mark.parametrize("back", ["https://evil.example", "//evil.example"])
def test_the_way_back_leads_nowhere_else(world: World, back: str) -> None:
    assert travel(world.browsers["guest"], back=back).headers["location"] == "/"


def test_what_is_kept_on_the_way_to_the_provider_comes_back_by_https_only(world: World) -> None:
    for headers, times in (({}, 0), ({"X-Forwarded-Proto": "https"}, 1)):
        answer = world.browsers["guest"].get("/oidc/go", headers=headers)
        (kept,) = [one for one in answer.headers.get_list("set-cookie") if one.startswith("dojo_oidc=")]
        assert kept.lower().count("; secure") == times and "httponly" in kept.lower()
