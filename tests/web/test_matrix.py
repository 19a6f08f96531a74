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
from rep import Rep
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
    ("POST", "/sessions/{session}/hand-in"): Cell(
        "/sessions/{rep}/hand-in", all_get(404, rep=303), "POST", {"shown": "on"}
    ),
    ("GET", "/news"): Cell("/news", all_get(200)),
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
    ("GET", "/oidc/go"): Cell("/oidc/go", all_get(404)),
    ("GET", "/oidc/back"): Cell("/oidc/back", all_get(404)),
    ("GET", "/join/{token}"): Cell("/join/forged", all_get(404)),
    ("POST", "/join/{token}"): Cell(
        "/join/forged",
        all_get(404),
        "POST",
        {"login": "new", "name": "New", "password": "correct horse battery"},
    ),
    ("GET", "/password/{given}"): Cell("/password/1.2.forged", all_get(404)),
    ("POST", "/password/{given}"): Cell("/password/1.2.forged", all_get(404), "POST", {"password": "x"}),
    ("GET", "/account"): Cell("/account", all_get(200, guest="in")),
    ("POST", "/account"): Cell("/account", all_get(303, guest=403), "POST", {"name": "Li", "lang": "zh"}),
    ("POST", "/account/password"): Cell(
        "/account/password", all_get(422, guest=403), "POST", {"old": "x", "new": "y"}
    ),
    ("POST", "/account/sign-out"): Cell("/account/sign-out", all_get(303, guest=403), "POST"),
    ("POST", "/account/take-over"): Cell("/account/take-over", all_get(404, guest=403), "POST"),
    ("POST", "/account/tokens"): Cell(
        "/account/tokens",
        trainers(guest=403),
        "POST",
        {"name": "A program", "scopes": "sessions:read", "days": "30"},
    ),
    ("POST", "/account/tokens/revoke"): Cell("/account/tokens/revoke", trainers(303, guest=403), "POST"),
    ("POST", "/account/tokens/{token}/revoke"): Cell(
        "/account/tokens/99/revoke", trainers(404, guest=403), "POST"
    ),
    ("GET", "/guest"): Cell("/guest", all_get(303, guest=200)),
    # Nothing is kept of the guest's browser, which has not practised.
    ("GET", "/guest/data"): Cell("/guest/data", all_get(404)),
    ("POST", "/guest/erase"): Cell("/guest/erase", all_get(404), "POST", {"proof": "x"}),
    ("GET", "/account/data"): Cell("/account/data", all_get(200, guest="in")),
    ("POST", "/account/erase"): Cell("/account/erase", all_get(422, guest=403), "POST", {"proof": "x"}),
    ("GET", "/inbox"): Cell("/inbox?q=太贵&unreviewed=1", trainers()),
    ("GET", "/inbox/next"): Cell("/inbox/next", trainers(303)),
    ("GET", "/inbox/export.{format}"): Cell("/inbox/export.csv", trainers()),
    ("POST", "/inbox/filters"): Cell(
        "/inbox/filters", trainers(303, guest=403), "POST", {"name": "Dear", "query": "type=price"}
    ),
    ("POST", "/inbox/filters/{kept}"): Cell(
        "/inbox/filters/1", trainers(404, guest=403), "POST", {"name": "Dear", "query": ""}
    ),
    ("GET", "/link"): Cell("/link", all_get(200, guest="in")),
    ("POST", "/link"): Cell("/link", all_get(422, guest=403), "POST", {"code": "1-2-forged"}),
    ("GET", "/people"): Cell("/people", trainers()),
    ("POST", "/people/invitations"): Cell(
        "/people/invitations",
        trainers(guest=403, other_trainer=422),
        "POST",
        {"role": "trainee", "team": "{team_north}"},
    ),
    ("POST", "/people/invitations/{invitation}/withdraw"): Cell(
        "/people/invitations/99/withdraw", trainers(404, guest=403), "POST"
    ),
    ("POST", "/people/teams"): Cell("/people/teams", all_get(403, admin=303), "POST", {"name": "West"}),
    ("POST", "/people/teams/{team}"): Cell(
        "/people/teams/{team_north}", of_rep(303, guest=403), "POST", {"name": "North"}
    ),
    ("POST", "/people/teams/{team}/members"): Cell(
        "/people/teams/{team_north}/members",
        of_rep(303, guest=403),
        "POST",
        {"account": "{account_colleague}", "inside": "no"},
    ),
    ("POST", "/people/{account}/role"): Cell(
        "/people/{account_rep}/role", all_get(403, admin=303), "POST", {"role": "trainer"}
    ),
    ("POST", "/people/{account}/open"): Cell(
        "/people/{account_rep}/open", all_get(403, admin=303), "POST", {"open": "yes"}
    ),
    ("POST", "/people/{account}/password"): Cell(
        "/people/{account_rep}/password", all_get(403, admin=200), "POST"
    ),
    ("GET", "/people/{account}/data"): Cell(
        "/people/{account_rep}/data", all_get(403, guest="in", admin=200)
    ),
    ("POST", "/people/{account}/erase"): Cell(
        "/people/{account_rep}/erase", all_get(403, admin=422), "POST", {"confirm": "not the login"}
    ),
    ("GET", "/corrections"): Cell("/corrections", trainers()),
    ("POST", "/corrections/{lesson}"): Cell(
        "/corrections/99", trainers(404, guest=403), "POST", {"verdict": "accept"}
    ),
    ("GET", "/models"): Cell("/models", trainers()),
    ("POST", "/models/train"): Cell("/models/train", trainers(303, guest=403), "POST", {"promote": "yes"}),
    ("POST", "/models/rollback"): Cell("/models/rollback", trainers(303, guest=403), "POST"),
    ("POST", "/models/{training}/promote"): Cell("/models/99/promote", trainers(404, guest=403), "POST"),
    ("GET", "/assignments"): Cell("/assignments", trainers()),
    ("POST", "/assignments"): Cell(
        "/assignments",
        of_rep(303, guest=403),
        "POST",
        {
            "team": "{team_north}",
            "kind": "scenario",
            "title": "Week 1",
            "scenarios": "alarm_loud",
            "answers": "5",
            "pass_mark": "65",
            "attempts": "0",
        },
    ),
    ("GET", "/assignments/{assignment}"): Cell("/assignments/{assignment}", of_rep()),
    ("POST", "/assignments/{assignment}/withdraw"): Cell(
        "/assignments/{assignment}/withdraw", of_rep(303, guest=403, admin=404), "POST"
    ),
    ("GET", "/audit"): Cell("/audit", all_get(403, guest="in", admin=200)),
    ("GET", "/review/{session}"): Cell("/review/{rep}", of_rep()),
    ("POST", "/review/{session}"): Cell(
        "/review/{rep}",
        of_rep(303, others=403, guest=403),
        "POST",
        {"do": "comment", "text": "Well done.", "seen": "0", "token": "a-form-of-its-own"},
    ),
    ("GET", "/review/{session}/print"): Cell("/review/{rep}/print", of_rep()),
    ("GET", "/review/{session}/export.{format}"): Cell("/review/{rep}/export.csv", of_rep()),
    ("GET", "/figures"): Cell("/figures", trainers()),
    ("GET", "/figures/people/{trainee}"): Cell("/figures/people/{trainee_rep}", of_rep()),
    ("GET", "/agreement"): Cell("/agreement", trainers()),
    ("POST", "/agreement/floors"): Cell(
        "/agreement/floors", all_get(403, admin=303), "POST", {"family": "score", "kappa": "0.5"}
    ),
    ("GET", "/samples"): Cell("/samples", trainers()),
    # Nobody has practised: there is nothing to draw.
    ("POST", "/samples"): Cell(
        "/samples",
        of_rep(422, guest=403),
        "POST",
        {"team": "{team_north}", "size": "20", "groups": "objection", "langs": "en"},
    ),
    ("GET", "/samples/{sample}"): Cell("/samples/999", trainers(404)),
    ("GET", "/samples/{sample}/verdicts"): Cell("/samples/999/verdicts", trainers(404)),
    ("POST", "/samples/{sample}/items/{item}"): Cell(
        "/samples/999/items/1", trainers(404, guest=403), "POST", {"skip": "yes"}
    ),
    ("GET", "/authoring"): Cell("/authoring", trainers()),
    # The first trainer makes the copy, for the others it is there.
    ("POST", "/authoring/copy"): Cell(
        "/authoring/copy",
        trainers(303, others=403, guest=403, other_trainer=422, admin=422),
        "POST",
        {"kind": "scenario", "source": "alarm_loud", "stem": "second"},
    ),
    ("GET", "/authoring/export.zip"): Cell("/authoring/export.zip", trainers()),
    ("GET", "/authoring/{kind}/{stem}"): Cell("/authoring/scenario/alarm_loud", trainers()),
    ("GET", "/authoring/{kind}/{stem}/differences"): Cell(
        "/authoring/scenario/alarm_loud/differences?old=0&new=0", trainers()
    ),
    ("GET", "/authoring/{kind}/{stem}/file.yml"): Cell("/authoring/scenario/alarm_loud/file.yml", trainers()),
    ("GET", "/authoring/{kind}/{stem}/edit"): Cell("/authoring/scenario/alarm_loud/edit", trainers()),
    ("POST", "/authoring/{kind}/{stem}/edit"): Cell(
        "/authoring/scenario/alarm_loud/edit",
        trainers(303, guest=403),
        "POST",
        {"at": "brief", "basis": "0.0"},
    ),
    ("GET", "/authoring/{kind}/{stem}/yaml"): Cell("/authoring/scenario/alarm_loud/yaml", trainers()),
    # The first trainer saves; the others, who began with the same text, are told.
    ("POST", "/authoring/{kind}/{stem}/yaml"): Cell(
        "/authoring/scenario/alarm_loud/yaml",
        trainers(303, guest=403, other_trainer=409, admin=409),
        "POST",
        {"text": "id: alarm_loud", "basis": "0.0"},
    ),
    ("POST", "/authoring/{kind}/{stem}/publish"): Cell(
        "/authoring/scenario/alarm_loud/publish", trainers(303, guest=403), "POST", {"version": "0"}
    ),
    ("POST", "/authoring/{kind}/{stem}/try"): Cell(
        "/authoring/scenario/alarm_loud/try", trainers(404, guest=403), "POST", {"version": "1", "lang": "en"}
    ),
    ("GET", "/authoring/{kind}/{stem}/scripts"): Cell(
        "/authoring/product/alarm/scripts?version=1", trainers(404)
    ),
    ("GET", "/authoring/{kind}/{stem}/rubrics"): Cell(
        "/authoring/rubric/rubric/rubrics?version=1", trainers(404)
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
    got = {name: visit(world, name, cell) for name in WHO}
    assert got == cell.gets


@pytest.mark.parametrize("row", sorted(row for row in MATRIX if row[0] == "POST"), ids=" ".join)
def test_nothing_changes_without_the_visitors_token(world: World, row: tuple[str, str]) -> None:
    path, form = filled(world, MATRIX[row])
    for token in ({}, {"csrf": "forged"}, {"csrf": world.browsers["colleague"].csrf()}):
        for name in ("rep", "trainer", "admin"):
            answer = world.browsers[name].post(path, data={**form, **token})
            assert answer.status_code == 403, (name, token)


@pytest.fixture
def practised(world: World) -> Rep:
    """Let the rep practise, correct, and hand in, so that there is something on every page."""
    rep = Rep(world.units, world.sessions["rep"])
    rep.practise()
    return rep


SHOWN = sorted(
    path for (method, path), cell in MATRIX.items() if method == "GET" and cell.gets["trainer"] == 200
)
"""The pages that a trainer is shown."""


def test_a_name_that_the_team_hides_is_on_no_page_of_its_trainers(world: World, practised: Rep) -> None:
    with world.units() as uow:
        uow.teams.change(world.teams["north"], pseudonyms=True)
        hidden = [account.name for account in uow.accounts.all() if account.login in ("rep", "colleague")]
        uow.commit()
    told = []
    for path in SHOWN:
        address = filled(world, MATRIX["GET", path])[0].partition("?")[0]
        for query in ("", f"?team={world.teams['north']}"):
            page = world.browsers["trainer"].get(address + query).text
            told += [(address + query, name) for name in hidden if name in page]
    assert told == []


def test_guests_who_are_not_welcome_are_asked_to_sign_in(units: UnitOfWorkFactory, rasa: FakeRasa) -> None:
    with company(units, rasa.url, guests=False) as world:
        answer = world.browsers["guest"].get("/")
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?back=%2F")
        assert world.browsers["rep"].get("/").status_code == 200


def visit(world: World, name: str, cell: Cell) -> int | str:
    browser, (path, form) = world.browsers[name], filled(world, cell)
    answer = browser.get(path) if cell.method == "GET" else browser.submit(path, **form)
    asked = answer.status_code == 303 and answer.headers["location"].startswith("/sign-in?")
    return "in" if asked else answer.status_code


def filled(world: World, cell: Cell, **others: Any) -> tuple[str, dict[str, str]]:
    """Return a cell's address and form with the ids of this world, and others."""
    with world.units(reading=True) as uow:
        trainees = {name: uow.trainees.find(person.key) for name, person in world.people.items()}
    ids = {
        **world.sessions,
        **{f"trainee_{name}": trainee.id for name, trainee in trainees.items() if trainee},
        **{f"team_{name}": id_ for name, id_ in world.teams.items()},
        "assignment": world.assignment,
        **{f"account_{name}": person.account for name, person in world.people.items()},
        **others,
    }
    return cell.path.format(**ids), {key: str(value).format(**ids) for key, value in cell.form.items()}
