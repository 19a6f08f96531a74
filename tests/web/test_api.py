"""The interface for programs: every operation by every kind of token, each answer checked by the document."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime, timedelta, timezone
from typing import Any

import httpx2
import pytest
from jsonschema import Draft202012Validator
from stage import FakeRasa
from world import WHO, World, company

from bot.services.access import Person
from bot.services.errors import NotFound
from bot.services.issuing import SCOPES, issue
from bot.services.passwords import hash_password
from bot.services.receiving import receive
from bot.storage.inbox_records import Filter
from bot.storage.rating_records import BOT, AgreementRecord
from bot.storage.unit_of_work import UnitOfWorkFactory
from bot.web.api.answers import ANSWERS
from bot.web.api.document import document, operations

ROOT = "/api/v1"
ASSIGNMENT = {"kind": "scenario", "title": "By a program", "scenarios": ["alarm_loud"]}


@pytest.fixture
def world(units: UnitOfWorkFactory, rasa: FakeRasa) -> Iterator[World]:
    with company(units, rasa.url) as world:
        yield world


def token_of(world: World, name: str, *scopes: str) -> str:
    now = datetime.now(timezone.utc)
    return issue(
        world.units, person=world.people[name], name="test", scopes=scopes or SCOPES, days=30, now=now
    )


def program(world: World, name: str, *scopes: str) -> httpx2.Client:
    base = str(world.browsers["guest"].base_url)
    headers = {"authorization": f"Bearer {token_of(world, name, *scopes)}"}
    # No certificates: reading them takes longer than an answer.
    return httpx2.Client(base_url=base, headers=headers, timeout=30, verify=False)


def call(client: httpx2.Client, world: World, operation: str) -> httpx2.Response:
    """Call an operation about the rep's session, the assignment of team north, or a new one."""
    one = operations()[operation]
    path = ROOT + one.path.format(session=world.sessions["rep"], assignment=world.assignment)
    query = {"format": "jsonl"} if operation == "exportSessions" else None
    bodies: dict[str, Any] = {
        "addReview": {
            "kind": "comment",
            "seen": 0,
            "token": str(uuid.uuid4()),
            "data": {"text": "Well asked.", "told": True},
        },
        "addAssignment": {**ASSIGNMENT, "team": world.teams["north"]},
    }
    return client.request(one.method, path, params=query, json=bodies.get(operation))


def say_in(world: World, session: str, text: str = "太贵了") -> None:
    """Let somebody say something in a session: one in which nothing was said is not listed."""
    receive(
        world.units,
        session=session,
        message_id="m1",
        kind="text",
        text=text,
        now=datetime.now(timezone.utc),
    )


def checked(operation: str, answer: httpx2.Response) -> Any:
    """Return the body of an answer that is as the document says."""
    one = operations()[operation]
    told = document()["paths"][one.path][one.method.lower()]["responses"]
    assert str(answer.status_code) in told, answer.text
    found = told[str(answer.status_code)]
    if "$ref" in found:
        found = document()["components"]["responses"][found["$ref"].rpartition("/")[2]]
    if "content" not in found:
        assert not answer.content
        return None
    media = answer.headers["content-type"].partition(";")[0]
    schema = {**found["content"][media]["schema"], "components": document()["components"]}
    if media.endswith("json") and media != "application/x-ndjson":
        Draft202012Validator(schema).validate(answer.json())
        return answer.json()
    return answer.text


def test_every_operation_of_the_document_has_an_answer() -> None:
    assert set(operations()) == set(ANSWERS)
    assert {one.scope for one in operations().values()} == set(SCOPES)


OF_REP = {"getSession", "getTranscript", "getReviews", "addReview", "getAssignment", "withdrawAssignment"}


@pytest.mark.parametrize("operation", sorted(ANSWERS))
@pytest.mark.parametrize("who", ["trainer", "other_trainer", "admin"])
def test_a_token_reaches_as_far_as_its_account(world: World, operation: str, who: str) -> None:
    with program(world, who) as client:
        answer = call(client, world, operation)
    checked(operation, answer)
    hidden = who == "other_trainer" and operation in OF_REP | {"addAssignment"}
    good = {"addAssignment": 201, "withdrawAssignment": 204}.get(operation, 200)
    assert answer.status_code == (404 if hidden else good), answer.text
    if who == "other_trainer":
        assert world.sessions["rep"] not in answer.text


@pytest.mark.parametrize("operation", sorted(ANSWERS))
@pytest.mark.parametrize("scope", SCOPES)
def test_a_token_is_for_its_scope_only(world: World, operation: str, scope: str) -> None:
    with program(world, "admin", scope) as client:
        answer = call(client, world, operation)
    checked(operation, answer)
    assert (answer.status_code != 403) == (operations()[operation].scope == scope)


@pytest.mark.parametrize("operation", sorted(ANSWERS))
def test_without_a_good_token_nothing_is_told(world: World, operation: str) -> None:
    good = token_of(world, "admin")
    for header in ({}, {"authorization": "Bearer forged"}, {"authorization": f"Basic {good}"}):
        base = str(world.browsers["guest"].base_url)
        with httpx2.Client(base_url=base, headers=header, verify=False) as client:
            answer = call(client, world, operation)
        assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"
        assert checked(operation, answer)["code"] == "no_token"


def test_trainees_and_guests_get_no_token(world: World) -> None:
    assert world.browsers["rep"].submit("/account/tokens", name="x", scopes="people:read").status_code == 403
    for person in (world.people["rep"], Person("guest")):
        with pytest.raises(NotFound):
            issue(
                world.units,
                person=person,
                name="x",
                scopes=SCOPES,
                days=1,
                now=datetime.now(timezone.utc),
            )


def test_a_token_ends_is_revoked_and_dies_with_its_account(world: World) -> None:
    past = datetime.now(timezone.utc) - timedelta(days=2)
    old = issue(world.units, person=world.people["admin"], name="x", scopes=SCOPES, days=1, now=past)
    base = str(world.browsers["guest"].base_url)
    assert httpx2.get(f"{base}{ROOT}/people", headers={"authorization": f"Bearer {old}"}).status_code == 401
    with program(world, "trainer") as client:
        assert client.get(f"{ROOT}/people").status_code == 200
        with world.units(reading=True) as uow:
            account = world.people["trainer"].account
            assert account is not None
            id_ = uow.tokens.of(account)[0].id
        assert world.browsers["other_trainer"].submit(f"/account/tokens/{id_}/revoke").status_code == 404
        assert world.browsers["trainer"].submit(f"/account/tokens/{id_}/revoke").status_code == 303
        assert client.get(f"{ROOT}/people").status_code == 401
    with program(world, "trainer") as client:
        world.browsers["admin"].submit(f"/people/{account}/open", open="no")
        assert client.get(f"{ROOT}/people").status_code == 401


def test_all_tokens_are_revoked_at_one_press_and_nobody_elses(world: World) -> None:
    with program(world, "trainer") as one, program(world, "trainer") as two, program(world, "admin") as other:
        assert world.browsers["trainer"].submit("/account/tokens/revoke").status_code == 303
        statuses = [client.get(f"{ROOT}/people").status_code for client in (one, two, other)]
        assert statuses == [401, 401, 200]
    assert "/account/tokens/revoke" not in world.browsers["trainer"].get("/account").text


def test_a_new_password_shuts_programs_out_where_one_wants_it(world: World) -> None:
    trainer, account = world.browsers["trainer"], world.people["trainer"].account
    assert account is not None
    with world.units() as uow:
        uow.accounts.change(account, password_hash=hash_password("the old password"))
        uow.commit()
    with program(world, "trainer") as client:
        page = trainer.get("/account").text
        assert 'name="end_tokens" value="1" checked' in page
        form = {"old": "the old password", "new": "a brand new password"}
        assert trainer.submit("/account/password", **form).status_code == 303
        assert client.get(f"{ROOT}/people").status_code == 200
        signed_in = {"login": "trainer", "password": "a brand new password"}
        assert trainer.submit("/sign-in", **signed_in).status_code == 303
        form = {"old": "a brand new password", "new": "another new password", "end_tokens": "1"}
        assert trainer.submit("/account/password", **form).status_code == 303
        assert client.get(f"{ROOT}/people").status_code == 401


def test_a_password_chosen_by_a_link_shuts_programs_out(world: World) -> None:
    with program(world, "trainer") as client:
        page = world.browsers["admin"].submit(f"/people/{world.people['trainer'].account}/password").text
        link = re.search(r"/password/[^\"]+", page)
        assert link is not None
        answer = world.browsers["guest"].submit(link[0], password="a brand new password")
        assert answer.status_code == 303
        assert client.get(f"{ROOT}/people").status_code == 401


def test_a_token_is_shown_once_and_only_its_hash_is_kept(world: World) -> None:
    form = {"name": "<b>learning system</b>", "scopes": ["exports:read"], "days": "30"}
    page = world.browsers["trainer"].submit("/account/tokens", **form).text
    token = page.split('class="link-box"')[1].split('value="')[1].split('"')[0]
    assert token.startswith("dojo_") and "&lt;b&gt;learning system" in page
    assert token not in world.browsers["trainer"].get("/account").text
    for wrong in ({"name": ""}, {"scopes": "everything"}, {"days": "0"}, {"days": "x"}):
        assert world.browsers["trainer"].submit("/account/tokens", **{**form, **wrong}).status_code == 422


def test_two_programs_do_not_overwrite_each_other(world: World) -> None:
    path = f"{ROOT}/sessions/{world.sessions['rep']}/reviews"

    def say(seen: int, tag: str, on: bool) -> dict[str, Any]:
        return {"kind": "tag", "seen": seen, "token": str(uuid.uuid4()), "data": {"tag": tag, "on": on}}

    with program(world, "trainer") as one, program(world, "admin") as other:
        last = checked("addReview", one.post(path, json=say(0, "price", True)))["last"]
        late = other.post(path, json=say(0, "price", False))
        assert late.status_code == 409 and checked("addReview", late)["code"] == "changed_meanwhile"
        again = checked("addReview", other.post(path, json=say(last, "price", False)))
        assert again["events"] == [] or all(event["kind"] != "tag" for event in again["events"])
        twice = say(again["last"], "twice", True)
        first = one.post(path, json=twice).json()
        assert one.post(path, json=twice).json() == first


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/sessions?type=nonsense", 400),
        ("/sessions?from=2026-13-01", 400),
        ("/sessions?team=1&team=2", 400),
        ("/sessions?unknown=1", 400),
        ("/sessions?team=4294967296", 400),
        ("/sessions?tag=%20", 400),
        ("/sessions?after=x", 400),
        ("/sessions?q=%E5%A4%AA%E8%B4%B5", 200),
        ("/sessions?q=%22%27%3B--AND%20NEAR(", 200),
        ("/exports", 400),
        ("/exports?format=exe", 400),
        ("/sessions/no-such-session", 404),
        ("/assignments/0", 400),
        ("/assignments/x", 400),
        ("/nothing", 404),
    ],
)
def test_what_does_not_fit_is_told_as_a_problem(world: World, path: str, status: int) -> None:
    with program(world, "admin") as client:
        answer = client.get(ROOT + path)
        assert answer.status_code == status, answer.text
        if status >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["status"] == status and answer.json()["title"]


def test_bodies_that_do_not_fit_are_told_as_problems(world: World) -> None:
    path = f"{ROOT}/assignments"
    json_ = {"content-type": "application/json"}
    with program(world, "admin") as client:
        assert client.post(path, content=b"{", headers=json_).status_code == 400
        assert client.post(path, content=b"[" * 5000, headers=json_).status_code == 400
        assert client.post(path, json={**ASSIGNMENT, "team": "x"}).json()["field"] == "body.team"
        assert client.post(path, data={"team": "1"}).status_code == 415
        assert client.post(path, content=b'"' + b"x" * 200_000 + b'"', headers=json_).status_code == 413
        wrong = client.post(path, json={**ASSIGNMENT, "team": world.teams["north"], "scenarios": ["no"]})
        assert (wrong.status_code, wrong.json()["field"]) == (422, "scenarios")
        north = {**ASSIGNMENT, "team": world.teams["north"]}
        for people, status in (([999_999_999], 422), ([4_294_967_296], 400), ([], 400)):
            assert client.post(path, json={**north, "people": people}).status_code == status
        assert len(client.get(path).json()["assignments"]) == 1, "nobody was set anything"
        assert client.put(path).status_code == 405 and "POST" in client.put(path).headers["allow"]


def test_pages_follow_one_another_and_end(world: World) -> None:
    for number in range(30):
        begun = world.browsers["rep"].submit("/sessions", name=f"rep {number}", product="alarm", lang="en")
        say_in(world, begun.headers["location"].rpartition("/")[2])
    with program(world, "trainer") as client:
        seen, after = [], None
        while True:
            page = checked(
                "listSessions", client.get(f"{ROOT}/sessions", params={"after": after} if after else {})
            )
            seen += [one["id"] for one in page["sessions"]]
            after = page["after"]
            if after is None:
                break
    assert len(seen) == len(set(seen)) == 30
    assert world.sessions["stranger"] not in seen


@pytest.mark.parametrize("path", ["/sessions", "/exports"])
def test_programs_filter_by_whatever_the_inbox_does(path: str) -> None:
    named = {
        document()["components"]["parameters"][one["$ref"].rpartition("/")[2]]["name"]
        for one in document()["paths"][path]["get"]["parameters"]
        if "$ref" in one
    } | {one.get("name") for one in document()["paths"][path]["get"]["parameters"]}
    called = {"search": "q", "since": "from", "until": "to"}
    assert {called.get(field.name, field.name) for field in fields(Filter)} <= named | {"sort", "unreadable"}


@pytest.mark.parametrize("format", ["jsonl", "csv", "md", "xapi"])
def test_an_export_holds_every_session_of_the_filter(world: World, format: str) -> None:
    for name in ("rep", "colleague", "stranger"):
        say_in(world, world.sessions[name], text=f"太贵了 {name}")
    with program(world, "trainer") as client:
        client.get(f"{ROOT}/sessions")
        answer = client.get(f"{ROOT}/exports", params={"format": format})
    checked("exportSessions", answer)
    assert answer.status_code == 200
    # Statements tell what was done, not what was said.
    marks = {name: world.sessions[name] if format == "xapi" else f"太贵了 {name}" for name in WHO}
    assert {name for name, mark in marks.items() if mark in answer.text} == {"rep", "colleague"}


def test_the_document_can_be_read_by_programs_and_by_people(world: World) -> None:
    guest = world.browsers["guest"]
    assert guest.get(f"{ROOT}/openapi.json").json() == document()
    page = guest.get(f"{ROOT}/")
    assert page.status_code == 200 and "/sessions/{session}/transcript" in page.text


def test_what_a_program_reads_is_in_the_audit_log(world: World) -> None:
    with program(world, "trainer") as client:
        client.get(f"{ROOT}/sessions/{world.sessions['rep']}/transcript")
    with world.units(reading=True) as uow:
        entries = uow.audit.entries(subject="session", subject_id=world.sessions["rep"])
    assert [entry.account for entry in entries] == [world.people["trainer"].account]


def test_scores_and_labels_come_with_how_far_they_are_reliable(world: World) -> None:
    say_in(world, world.sessions["rep"])
    with world.units() as uow:
        found = [AgreementRecord(BOT, "score", "zh", 120, 0.8, 0.41, 0.3, 0.5)]
        uow.ratings.keep_agreements(found, mark="1:1", now=datetime.now(timezone.utc))
        uow.commit()
    # Who sets what is wanted has it looked at again at once.
    set_ = world.browsers["admin"].submit("/agreement/floors", family="nature", kappa="0.6")
    assert set_.status_code == 303
    weak = {
        "verdict": "practice_only", "kappa": 0.41, "low": 0.3, "high": 0.5, "ratings": 120, "floor": 0.6
    }  # fmt: skip
    with program(world, "trainer") as client:
        for operation in ("listSessions", "getSession", "getReviews", "getAssignment", "listAssignments"):
            body = checked(operation, call(client, world, operation))
            told = (body["assignments"][0] if operation == "listAssignments" else body)["agreement"]
            assert told["score"]["zh"] == weak, operation
            assert told["score"]["en"]["verdict"] == "unmeasured"
