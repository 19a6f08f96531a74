from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from stage import FakeRasa, Trainee, make_context, say

from bot.storage.records import Reply
from bot.storage.unit_of_work import UnitOfWorkFactory
from bot.web.app import create_app
from bot.web.guards import CONTENT_SECURITY_POLICY
from bot.web.responses import Responses
from bot.web.visitors import COOKIE


def test_the_start_page_speaks_the_browser_s_language(trainee: Trainee) -> None:
    zh = trainee.get("/", headers={"Accept-Language": "zh-CN"})
    en = trainee.get("/", headers={"Accept-Language": "en-GB"})
    assert '<html lang="zh-CN">' in zh.text and "守夜人防盗报警器" in zh.text
    assert '<html lang="en">' in en.text and "NightWatch burglar alarm" in en.text


def test_a_chosen_language_stays(trainee: Trainee) -> None:
    answer = trainee.get("/language/en?back=/help")
    assert (answer.status_code, answer.headers["location"]) == (303, "/help")
    assert '<html lang="en">' in trainee.get("/", headers={"Accept-Language": "zh-CN"}).text


@pytest.mark.parametrize("back", ["https://evil.example", "//evil.example", "/\\evil.example", "/a\nb", ""])
def test_the_language_switch_leads_nowhere_else(trainee: Trainee, back: str) -> None:
    assert trainee.get("/language/en", params={"back": back}).headers["location"] == "/"
    assert trainee.get("/language/fr").status_code == 404


def test_a_session_begins_with_a_name_and_a_product(trainee: Trainee) -> None:
    session = trainee.begin(name="  小  林 ")
    page = trainee.get(f"/chat/{session}")
    assert page.status_code == 200
    assert "小 林，客户刚才说了什么？" in page.text
    assert 'value="小 林"' in trainee.get("/").text


@pytest.mark.parametrize(("name", "product"), [("", "alarm"), ("小林", ""), ("小林", "nonsense")])
def test_a_form_without_name_or_product_comes_again(trainee: Trainee, name: str, product: str) -> None:
    form = {"csrf": trainee.csrf(), "name": name, "product": product, "lang": "zh"}
    answer = trainee.post("/sessions", data=form)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert f'value="{name}"' in answer.text


def test_a_session_is_listed_for_its_owner_only(
    trainee: Trainee, units: UnitOfWorkFactory, rasa: FakeRasa
) -> None:
    session = trainee.begin()
    assert session in trainee.get("/sessions").text
    with Trainee(create_app(make_context(units, rasa.url))) as other:
        assert session not in other.get("/sessions").text


def test_nobody_reads_another_s_session(trainee: Trainee, units: UnitOfWorkFactory, rasa: FakeRasa) -> None:
    session = trainee.begin()
    with Trainee(create_app(make_context(units, rasa.url))) as other:
        other.begin()
        paths = [f"/chat/{session}", f"/sessions/{session}", f"/sessions/{session}/transcript.jsonl"]
        assert [other.get(path).status_code for path in paths] == [404, 404, 404]
        assert other.tell(session, text="太贵了").status_code == 404
        unknown = other.get("/chat/nobody-has-this")
        assert unknown.status_code == 404
        assert unknown.text.replace("nobody-has-this", session) == other.get(paths[0]).text
    assert not rasa.heard


def test_the_transcript_shows_what_was_said_escaped(trainee: Trainee, rasa: FakeRasa) -> None:
    rasa.play = lambda message: [say("<b>bot</b>")]
    session = trainee.begin(name="<i>Li</i>")
    trainee.tell(session, text="<script>alert(1)</script>")
    for page in (
        trainee.get(f"/chat/{session}"),
        trainee.get(f"/sessions/{session}"),
        trainee.get("/sessions"),
    ):
        assert "<script>alert" not in page.text
        assert "<b>bot" not in page.text
        assert "<i>Li" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in trainee.get(f"/sessions/{session}").text


@pytest.mark.parametrize("format", ["jsonl", "csv", "md"])
def test_a_session_can_be_downloaded(trainee: Trainee, format: str) -> None:
    session = trainee.begin()
    trainee.tell(session, text="太贵了")
    answer = trainee.get(f"/sessions/{session}/transcript.{format}")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    text = answer.content.decode("utf-8-sig")
    assert "太贵了" in text
    if format == "jsonl":
        assert [json.loads(line)["side"] for line in text.splitlines()] == ["trainee", "dojo"]
    if format == "csv":
        assert len(list(csv.reader(io.StringIO(text)))) == 3
    assert trainee.get(f"/sessions/{session}/transcript.exe").status_code == 404


def test_the_list_has_pages(trainee: Trainee) -> None:
    for _ in range(21):
        trainee.begin()
    assert trainee.get("/sessions").text.count('class="session-link"') == 20
    assert trainee.get("/sessions?page=2").text.count('class="session-link"') == 1
    for odd in ("0", "-1", "x", "9" * 400):
        assert trainee.get("/sessions", params={"page": odd}).status_code == 200


def test_every_page_has_its_guards(trainee: Trainee) -> None:
    session = trainee.begin()
    for path in (
        "/",
        "/help",
        "/sessions",
        f"/chat/{session}",
        f"/sessions/{session}",
        "/nowhere",
        "/static/dojo.js",
    ):
        headers = trainee.get(path).headers
        assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert "unsafe" not in CONTENT_SECURITY_POLICY
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
        kept = "immutable" in headers["cache-control"]
        assert kept == path.startswith("/static/")


def test_the_cookie_is_out_of_reach_of_scripts(units: UnitOfWorkFactory) -> None:
    app = create_app(make_context(units, "http://127.0.0.1:9"))
    with Trainee(app) as trainee:
        plain = trainee.get("/").headers["set-cookie"]
        assert plain.startswith(f"{COOKIE}=")
        assert "HttpOnly" in plain and "SameSite=lax" in plain and "Secure" not in plain
        assert "set-cookie" not in trainee.get("/help").headers
        assert "set-cookie" not in trainee.get("/health").headers
        trainee.cookies.clear()
        assert "Secure" in trainee.get("/", headers={"X-Forwarded-Proto": "https"}).headers["set-cookie"]


def test_another_host_is_refused(trainee: Trainee) -> None:
    for host in ("evil.example", "localhost.evil.example", "", "localhost@evil.example"):
        assert trainee.get("/", headers={"Host": host}).status_code == 400
    assert trainee.get("/", headers={"Host": "127.0.0.1:8000"}).status_code == 200


def test_any_host_is_served_where_the_front_door_checks_it(units: UnitOfWorkFactory) -> None:
    with Trainee(create_app(make_context(units, "http://127.0.0.1:9", allowed_hosts=()))) as trainee:
        assert trainee.get("/", headers={"Host": "dojo.example"}).status_code == 200


def test_a_post_without_the_token_is_refused(trainee: Trainee) -> None:
    form = {"name": "小林", "product": "alarm", "lang": "zh"}
    assert trainee.post("/sessions", data=form).status_code == 403
    good = trainee.csrf()
    assert trainee.post("/sessions", data={**form, "csrf": good[:-1] + "!"}).status_code == 403
    crossed = trainee.post("/sessions", data={**form, "csrf": good}, headers={"Sec-Fetch-Site": "cross-site"})
    assert crossed.status_code == 403
    assert trainee.post("/sessions", data={**form, "csrf": good}).status_code == 303


def test_a_large_body_is_refused_with_a_page(trainee: Trainee) -> None:
    answer = trainee.post("/sessions", data={"name": "x" * 70_000})
    assert answer.status_code == 413
    assert "fault-box" in answer.text

    def unannounced() -> object:
        for _ in range(70):
            yield b"x" * 1024

    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert trainee.post("/sessions", content=unannounced(), headers=headers).status_code == 413
    big = trainee.post(
        "/chat/x/messages", content=b'"' + b"x" * 70_000, headers={"content-type": "application/json"}
    )
    assert (big.status_code, big.json()["error"]) == (413, "too_large")


def test_errors_are_friendly(trainee: Trainee, units: UnitOfWorkFactory, rasa: FakeRasa) -> None:
    assert "fault-box" in trainee.get("/nowhere").text
    assert trainee.get("/nowhere").status_code == 404
    assert trainee.delete("/").status_code == 405

    def broken(*_: object) -> str:
        raise RuntimeError("a secret detail")

    app = create_app(make_context(units, rasa.url, export=broken))
    with Trainee(app) as other:
        session = other.begin()
        answer = other.get(f"/sessions/{session}/transcript.md")
        assert answer.status_code == 500
        assert "fault-box" in answer.text and "secret detail" not in answer.text
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_stored_reply_reads_as_it_was_shown(tmp_path: Path) -> None:
    domain = tmp_path / "domain.yml"
    domain.write_text(
        "responses:\n"
        "  utter_hello:\n"
        "    - condition: [{type: slot, name: lang, value: zh}]\n"
        "      text: '您好{name}'\n"
        "    - text: 'Hello{name} {gone}'\n",
        encoding="utf-8",
    )
    responses = Responses.load(domain)
    reply = Reply("text", "utter_hello", {"name": " {name} Li"})
    assert responses.text(reply, "zh") == "您好 {name} Li"
    assert responses.text(reply, "en") == "Hello {name} Li "
    assert responses.text(Reply("text", "utter_gone", {"text": "kept"}), "en") == "kept"


def test_the_health_of_the_server_can_be_asked(trainee: Trainee) -> None:
    assert trainee.get("/health").json() == {"status": "ok"}
