"""Every address, by everybody: what each role gets, none untested.

A new address must be entered here, or the first test fails. A cell holds the status that a person gets:
200 (shown), 303 to somewhere inside (done), "in" (asked to sign in), 403 (not with this role), 404 (as if it
did not exist).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from stage import FakeRasa
from world import WHO, World, company

from bot.storage.unit_of_work import UnitOfWorkFactory
from bot.web.routes import WAYS


@dataclass(frozen=True)
class Cell:
    """One address with real ids in it, what is sent, and what everybody gets."""

    path: str
    gets: dict[str, int | str]
    method: str = "GET"
    form: dict[str, Any] = field(default_factory=dict)


def all_get(status: int | str, **others: int | str) -> dict[str, int | str]:
    """Return a row in which everybody gets the same, except those who are named."""
    return {**dict.fromkeys(WHO, status), **others}


def trainers(status: int | str = 200, *, others: int | str = 403, **named: int | str) -> dict[str, int | str]:
    """Return a row of something that only trainers and admins may use."""
    row = {**dict.fromkeys(WHO, others), "guest": "in" if others == 403 else others}
    return {**row, "trainer": status, "other_trainer": status, "admin": status, **named}


def of_rep(status: int | str = 200, *, others: int | str = 403, **named: int | str) -> dict[str, int | str]:
    """Return a row about the rep's practice: for the trainer of their team and for admins."""
    return trainers(status, others=others, other_trainer=404, **named)


MATRIX: dict[tuple[str, str], Cell] = {
    ("GET", "/"): Cell("/", all_get(200)),
    ("POST", "/sessions"): Cell(
        "/sessions", all_get(303), "POST", {"name": "Li", "product": "alarm", "lang": "en"}
    ),
    ("GET", "/sessions"): Cell("/sessions", all_get(200)),
    ("GET", "/sessions/{session}"): Cell("/sessions/{rep}", all_get(404, rep=200)),
    ("GET", "/sessions/{session}/transcript.{format}"): Cell(
        "/sessions/{rep}/transcript.jsonl", all_get(404, rep=200)
    ),
    ("GET", "/chat/{session}"): Cell("/chat/{rep}", all_get(404, rep=200)),
    ("POST", "/chat/{session}/messages"): Cell(
        "/chat/{rep}/messages",
        all_get(404, rep=303),
        "POST",
        {"message_id": "11111111-1111", "text": "太贵了"},
    ),
    ("GET", "/continue/{given}"): Cell("/continue/forged", all_get(404)),
    ("GET", "/help"): Cell("/help", all_get(200)),
    ("GET", "/language/{lang}"): Cell("/language/en", all_get(303)),
    ("GET", "/health"): Cell("/health", all_get(200)),
    ("GET", "/sign-in"): Cell("/sign-in", all_get(303, guest=200)),
    # After five failures with one login the sixth has to wait.
    ("POST", "/sign-in"): Cell(
        "/sign-in", all_get(422, other_trainer=429, admin=429), "POST", {"login": "x", "password": "y"}
    ),
    ("POST", "/sign-out"): Cell("/sign-out", all_get(303), "POST"),
    ("GET", "/join/{token}"): Cell("/join/forged", all_get(404)),
    ("POST", "/join/{token}"): Cell(
        "/join/forged",
        all_get(404),
        "POST",
        {"login": "new", "name": "New", "password": "correct horse battery"},
    ),
}


@pytest.fixture
def world(units: UnitOfWorkFactory, rasa: FakeRasa) -> Iterator[World]:
    with company(units, rasa.url) as world:
        yield world


def test_no_address_is_missing_from_the_matrix() -> None:
    assert {(way.method, way.path) for way in WAYS} == set(MATRIX)
    assert all(set(cell.gets) == set(WHO) for cell in MATRIX.values())


@pytest.mark.parametrize("row", sorted(MATRIX), ids=" ".join)
def test_everybody_gets_what_the_matrix_says(world: World, row: tuple[str, str]) -> None:
    cell = MATRIX[row]
    path = cell.path.format(**world.sessions, **{f"team_{k}": v for k, v in world.teams.items()})
    got = {name: visit(world, name, cell, path) for name in WHO}
    assert got == cell.gets


@pytest.mark.parametrize("row", sorted(row for row in MATRIX if row[0] == "POST"), ids=" ".join)
def test_nothing_changes_without_the_visitors_token(world: World, row: tuple[str, str]) -> None:
    path = MATRIX[row].path.format(**world.sessions, **{f"team_{k}": v for k, v in world.teams.items()})
    for token in ({}, {"csrf": "forged"}, {"csrf": world.browsers["colleague"].csrf()}):
        for name in ("rep", "trainer", "admin"):
            answer = world.browsers[name].post(path, data={**MATRIX[row].form, **token})
            assert answer.status_code == 403, (name, token)


def test_guests_who_are_not_welcome_are_asked_to_sign_in(units: UnitOfWorkFactory, rasa: FakeRasa) -> None:
    with company(units, rasa.url, guests=False) as world:
        answer = world.browsers["guest"].get("/")
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?back=%2F")
        assert world.browsers["rep"].get("/").status_code == 200


def visit(world: World, name: str, cell: Cell, path: str) -> int | str:
    browser = world.browsers[name]
    answer = browser.get(path) if cell.method == "GET" else browser.submit(path, **cell.form)
    asked = answer.status_code == 303 and answer.headers["location"].startswith("/sign-in?")
    return "in" if asked else answer.status_code
