"""With real ids in every address: who gets what of others', and that each reading and change is on record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import pytest
from rep import Rep
from stage import FakeRasa
from test_api import call, program
from test_corrections import candidate, lesson
from test_matrix import MATRIX, Cell, filled, of_rep, trainers
from world import WHO, World, company

from bot.coaching.families import GROUPS
from bot.coaching.taxonomy import LANGS
from bot.services.digesting import digest
from bot.services.filing import keep
from bot.services.issuing import SCOPES, issue, own_tokens
from bot.services.joining import invite
from bot.services.managing import directory
from bot.services.rating import make_sample, question
from bot.storage.unit_of_work import UnitOfWorkFactory
from bot.web.api.answers import ANSWERS

REAL: dict[tuple[str, str], Cell] = {
    ("POST", "/account/tokens/{token}/revoke"): Cell(
        "/account/tokens/{token}/revoke", trainers(404, guest=403, trainer=303), "POST"
    ),
    ("POST", "/inbox/filters/{kept}"): Cell(
        "/inbox/filters/{kept}",
        trainers(404, guest=403, trainer=303),
        "POST",
        {"name": "Cheap", "query": ""},
    ),
    ("POST", "/people/invitations/{invitation}/withdraw"): Cell(
        "/people/invitations/{invitation}/withdraw", of_rep(303, guest=403), "POST"
    ),
    ("POST", "/corrections/{lesson}"): Cell(
        "/corrections/{lesson}", of_rep(303, guest=403), "POST", {"verdict": "accept"}
    ),
    # One model is for everybody, and any trainer's to promote.
    ("POST", "/models/{training}/promote"): Cell(
        "/models/{training}/promote", trainers(303, guest=403), "POST", {"reason": "better"}
    ),
    ("GET", "/samples/{sample}"): Cell("/samples/{sample}", of_rep()),
    ("GET", "/samples/{sample}/verdicts"): Cell("/samples/{sample}/verdicts", of_rep()),
    ("POST", "/samples/{sample}/items/{item}"): Cell(
        "/samples/{sample}/items/{item}", of_rep(303, guest=403), "POST", {"skip": "yes"}
    ),
    ("POST", "/authoring/{kind}/{stem}/try"): Cell(
        "/authoring/scenario/alarm_loud/try",
        trainers(303, guest=403),
        "POST",
        {"version": "1", "lang": "en"},
    ),
    ("GET", "/authoring/{kind}/{stem}/scripts"): Cell(
        "/authoring/product/alarm/scripts?version=1", trainers()
    ),
    ("GET", "/authoring/{kind}/{stem}/rubrics"): Cell(
        "/authoring/rubric/rubric/rubrics?version=1", trainers()
    ),
}
"""Addresses of which there is nothing in the matrix's company."""

NOTHING_BEHIND = {
    *("/continue/{given}", "/join/{token}", "/password/{given}", "/oidc/go", "/oidc/back"),
    *("/account/take-over", "/guest/data", "/guest/erase"),
}
"""Addresses closed to a trainer here: forged links, no identity provider, nothing to take over, no guest."""

OWN = {"/sessions/{session}", "/sessions/{session}/transcript.{format}", "/sessions/{session}/hand-in"} | {
    "/chat/{session}",
    "/chat/{session}/messages",
}
"""Addresses of one's own practice, in the matrix with the rep's: closed to everybody else."""

QUIET = {
    # of oneself
    *("/", "/sessions", "/news", "/link", "/account", "/account/data", "/account/sign-out", "/sign-out"),
    *("/account/tokens/revoke", "/guest", "/guest/data", "/guest/erase"),
    *("/inbox/filters", "/inbox/filters/{kept}", "/language/{lang}", "/sign-in"),
    # of nobody
    *("/help", "/health", "/agreement", "/samples"),
    *(path for _, path in MATRIX if path.startswith("/authoring")),
    # leads to a page, or begins a command, which writes the log itself
    *("/inbox/next", "/samples/{sample}/items/{item}", "/models/rollback", "/models/{training}/promote"),
}
"""Addresses at which nobody else's data is shown or changed."""


@dataclass(frozen=True)
class Full:
    """A company in which people have practised and trainers have worked, and the ids of all that."""

    world: World
    ids: Mapping[str, Any]

    def visit(self, name: str, cell: Cell) -> int | str:
        """Return the status that somebody gets."""
        ids = {**self.ids, "invitation": self.ids["invitations"][name]}
        path, form = filled(self.world, cell, **ids)
        browser = self.world.browsers[name]
        answer = browser.get(path) if cell.method == "GET" else browser.submit(path, **form)
        asked = answer.status_code == 303 and answer.headers["location"].startswith("/sign-in?")
        return "in" if asked else answer.status_code

    def logged(self) -> int:
        """Return how much the trainer has in the audit log."""
        with self.world.units(reading=True) as uow:
            return len(uow.audit.entries(account=self.world.people["trainer"].account, limit=10_000))


@pytest.fixture
def full(units: UnitOfWorkFactory, rasa: FakeRasa) -> Iterator[Full]:
    with company(units, rasa.url) as world:
        now, trainer, north = datetime.now(timezone.utc), world.people["trainer"], world.teams["north"]
        rep = Rep(units, world.sessions["rep"])
        rep.practise()
        digest(units, now=now)
        draw = {"size": 10, "groups": list(GROUPS), "langs": list(LANGS), "now": now}
        sample = make_sample(units, person=trainer, team=north, name="First", **draw)
        item = question(units, person=trainer, sample=sample, now=now).item
        assert item is not None
        labels = {"objection": "price", "nature": "genuine"}
        with units() as uow:
            assert uow.ratings.rate(item.id, trainer.account or 0, labels, now)
            uow.commit()
        left = question(units, person=trainer, sample=sample, now=now).item
        assert left is not None
        for _ in WHO:
            invite(units, person=trainer, role="trainee", team=north, now=now)
        open_ones = directory(units, person=trainer, now=now).invitations
        issue(units, person=trainer, name="A program", scopes=SCOPES, days=1, now=now)
        for piece in ("scenario/alarm_loud", "product/alarm", "rubric/rubric"):
            text = world.browsers["trainer"].get(f"/authoring/{piece}/file.yml").text
            saved = world.browsers["trainer"].submit(
                f"/authoring/{piece}/yaml", text=text + "\n# tried\n", basis="0.0", keep="yes"
            )
            assert saved.status_code == 303
        yield Full(
            world,
            {
                "sample": sample,
                "item": left.id,
                "lesson": lesson(world, "rep", "objection", {"types": ["price"]}, {"types": []}),
                "training": candidate(world, not_worse=True),
                "kept": keep(units, person=trainer, name="Dear", query="", team=None, now=now).id,
                "token": own_tokens(units, person=trainer)[0].id,
                "invitations": dict(zip(WHO, (one.id for one in open_ones), strict=True)),
            },
        )


def test_every_address_is_tried_with_something_behind_it() -> None:
    closed = {row for row, cell in MATRIX.items() if cell.gets["trainer"] == cell.gets["admin"] == 404}
    assert {row for row in closed if row[1] not in NOTHING_BEHIND | OWN} == set(REAL)


def test_with_something_behind_it_everybody_gets_what_is_theirs(full: Full) -> None:
    for row, cell in REAL.items():
        # Who is refused comes first: what another one used up would hide that it was open to them.
        order = sorted(WHO, key=lambda name: cell.gets[name] in (200, 303))
        got = {name: full.visit(name, cell) for name in order}
        assert got == cell.gets, row


def test_every_reading_and_change_of_others_data_is_in_the_audit_log(full: Full) -> None:
    # What ends the trainer's sign-in or the practice of the rep comes last.
    rows = sorted({**MATRIX, **REAL}.items(), key=lambda row: (row[0][1] in QUIET, row[0][0], row[0][1]))
    silent, loud = [], []
    for (method, path), cell in rows:
        if path in QUIET:
            continue
        before = full.logged()
        if full.visit("trainer", cell) in (200, 303):
            (loud if full.logged() > before else silent).append(f"{method} {path}")
    assert silent == [] and len(loud) >= 25


@pytest.mark.parametrize("operation", sorted(ANSWERS))
def test_so_is_what_programs_read_and_change(full: Full, operation: str) -> None:
    with program(full.world, "trainer") as client:
        before = full.logged()
        answer = call(client, full.world, operation)
        assert answer.is_success and (answer.text or operation == "withdrawAssignment")
        assert full.logged() > before


@pytest.mark.parametrize("how", ["let_go", "demoted"])
def test_whoever_trains_a_team_no_more_sees_nothing_of_it_any_more(full: Full, how: str) -> None:
    world, trainer, admin = full.world, full.world.browsers["trainer"], full.world.browsers["admin"]
    account, session = world.people["trainer"].account, world.sessions["rep"]
    with program(world, "trainer") as client:
        assert client.get(f"/api/v1/sessions/{session}").status_code == 200
        if how == "let_go":
            admin.submit(f"/people/teams/{world.teams['north']}/members", account=account, inside="no")
        else:
            admin.submit(f"/people/{account}/role", role="trainee")
        refused = {"let_go": (404, 404), "demoted": (401, 403)}[how]
        assert client.get(f"/api/v1/sessions/{session}").status_code == refused[0]
        for path in (f"/review/{session}", f"/review/{session}/export.csv", f"/samples/{full.ids['sample']}"):
            assert trainer.get(path).status_code == refused[1], path
        for path in ("/inbox", "/inbox?q=wife", "/inbox/export.jsonl", "/corrections", "/models", "/figures"):
            assert session not in trainer.get(path).text, path
