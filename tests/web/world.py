"""A small company for the pages' tests: two teams, people of every role, a session and a browser of each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import httpx2
from stage import SECRET, Served, make_context

from bot.services.access import ADMIN, GUEST, TRAINEE, TRAINER, Person
from bot.services.accounts import admit, make_account, person_of_account
from bot.services.assigning import Wish, set_assignment
from bot.services.opening import open_session
from bot.storage.unit_of_work import UnitOfWorkFactory
from bot.web.app import create_app
from bot.web.people import COOKIE

WHO = ("guest", "rep", "colleague", "stranger", "trainer", "other_trainer", "admin")
"""Everybody in the company: `rep` and `colleague` are in the team of `trainer`, `stranger` in another one."""


@dataclass
class World:
    """What is there: ids of teams, people, a session of each, and a browser of each."""

    units: UnitOfWorkFactory
    teams: dict[str, int]
    people: dict[str, Person]
    sessions: dict[str, str]
    browsers: dict[str, Browser]
    assignment: int
    """An assignment for the whole team north."""


class Browser(httpx2.Client):
    """A browser with its cookies."""

    def csrf(self) -> str:
        """Return the token that the pages carry."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.get("/").text)
        found = found or re.search(r'name="csrf" value="([^"]+)"', self.get("/sign-in").text)
        assert found is not None
        return found[1]

    def submit(self, path: str, **form: Any) -> httpx2.Response:
        """Post a form with the visitor's token."""
        return self.post(path, data={"csrf": self.csrf(), **form})


@contextmanager
def company(units: UnitOfWorkFactory, rasa_url: str, **context: Any) -> Iterator[World]:
    """Build the company and serve the pages to it."""
    now = datetime.now(timezone.utc)
    with units() as uow:
        teams = {name: uow.teams.add(name, now=now).id for name in ("north", "south")}
        uow.commit()
    roles = {
        "rep": (TRAINEE, "north"),
        "colleague": (TRAINEE, "north"),
        "stranger": (TRAINEE, "south"),
        "trainer": (TRAINER, "north"),
        "other_trainer": (TRAINER, "south"),
        "admin": (ADMIN, ""),
    }
    people, tokens, sessions = {"guest": Person("the key of a guest", GUEST)}, {}, {}
    for name, (role, team) in roles.items():
        with units() as uow:
            account = make_account(
                uow, SECRET, login=name, name=f"{name} 姓名", role=role, lang="en", password_hash="", now=now
            )
            if team:
                uow.teams.join(teams[team], account.id)
            tokens[name] = admit(uow, account, now)
            uow.commit()
        people[name] = person_of_account(account, frozenset({teams[team]} if team else ()), SECRET)
    for name, person in people.items():
        sessions[name] = open_session(
            units, trainee_key=person.key, name=name, channel="web", lang="en", product="alarm", now=now
        ).public_id
    wish = Wish(teams["north"], "scenario", "First week", ("alarm_loud",))
    assignment = set_assignment(units, person=people["trainer"], wish=wish, scenarios=["alarm_loud"], now=now)
    served = Served(lambda: create_app(make_context(units, rasa_url, **context)))
    served.start()
    try:
        with ExitStack() as stack:
            browsers = {
                name: stack.enter_context(
                    Browser(base_url=served.url, timeout=30, verify=False, cookies=cookies(tokens, name))
                )
                for name in WHO
            }
            yield World(units, teams, people, sessions, browsers, assignment)
    finally:
        served.stop()


def cookies(tokens: dict[str, str], name: str) -> dict[str, str]:
    """Return the cookies of somebody who is signed in; none for the guest."""
    return {COOKIE: tokens[name]} if name in tokens else {}
