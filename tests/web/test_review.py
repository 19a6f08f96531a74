"""The trainer's transcript: both sides, labels, remarks, forms that lose nothing; what the trainee reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from rep import Rep
from stage import FakeRasa
from world import World, company

from bot.storage.unit_of_work import UnitOfWorkFactory

NASTY = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7*7 }}"


@pytest.fixture
def world(units: UnitOfWorkFactory, rasa: FakeRasa) -> Iterator[World]:
    with company(units, rasa.url) as world:
        for browser in world.browsers.values():
            browser.headers["accept-language"] = "en"
        yield world


@pytest.fixture
def rep(world: World) -> Rep:
    rep = Rep(world.units, world.sessions["rep"])
    rep.practise()
    return rep


def fields(page: str, do: str, **having: str) -> dict[str, str]:
    """Return the hidden fields of the first form of a kind, with the values that it must have."""
    for form in re.findall(r"<form[^>]*>.*?</form>", page, re.S):
        found = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
        if found.get("do") == do and having.items() <= found.items():
            return found
    raise AssertionError(f"no form {do} {having}")


def say(world: World, who: str, session: str, do: str, page: str = "", **data: Any) -> httpx2.Response:
    browser, path = world.browsers[who], f"/review/{session}"
    having = {key: str(data.pop(key)) for key in ("turn", "talk", "appeal", "family", "event") if key in data}
    return browser.post(path, data={**fields(page or browser.get(path).text, do, **having), **data})


def test_the_page_shows_both_sides_labels_evidence_and_the_ways(world: World, rep: Rep) -> None:
    page = world.browsers["trainer"].get(f"/review/{rep.session}").text
    assert '<mark class="type">nearly twice what I saw online<span class="tag type">Price' in page
    assert "93%" in page and "82%" in page
    assert 'class="face"' in page, "the customer's words"
    assert "Done again, side by side" in page and "done again in turn 6" in page
    assert "after 1 hint" in page
    assert re.search(r'<mark class="loss">[^<]*500 off', page)
    assert "I did ask" in page
    assert "rep 姓名" in page


def test_everything_that_can_be_said_is_shown_again(world: World, rep: Rep) -> None:
    path, trainer = f"/review/{rep.session}", world.browsers["trainer"]
    assert (
        say(world, "trainer", rep.session, "comment", turn=6, text="Lovely question.", told="on")
        .headers["location"]
        .endswith("#t6")
    )
    say(world, "trainer", rep.session, "comment", turn=1, text="Watch this one.")
    say(world, "trainer", rep.session, "label", turn=1, family="objection", value=["price", "payment"])
    say(world, "trainer", rep.session, "label", turn=6, family="technique", value="yes_if")
    say(world, "trainer", rep.session, "label", turn=6, family="mark", value=["listen", "ask"])
    say(world, "trainer", rep.session, "tag", tag="for Monday")
    appeal = re.search(r'name="appeal" value="(\d+)"', trainer.get(path).text)
    assert appeal is not None
    assert "The bot gave" in trainer.get(path).text
    answer = {"verdict": "upheld", "points": "30", "reason": "You did ask."}
    say(world, "trainer", rep.session, "appeal", appeal=appeal[1], **answer)
    talk = re.search(r'name="talk" value="(\d+)"', trainer.get(path).text)
    assert talk is not None
    say(world, "trainer", rep.session, "score", talk=talk[1], score="91", reason="Strong close.")
    say(world, "trainer", rep.session, "reviewed", on="on")
    page = trainer.get(path).text
    for words in (
        "Lovely question.", "Watch this one.", "trainers only",
        "Objection: Price, Authority → Price, Means to pay", "→ <strong>Yes…if", "Steps shown:",
        "for monday", "You did ask.", "upheld", "instead of", "Strong close.", "reviewed",
    ):  # fmt: skip
        assert words in page, words


def test_undo_and_bring_back(world: World, rep: Rep) -> None:
    path, trainer = f"/review/{rep.session}", world.browsers["trainer"]
    say(world, "trainer", rep.session, "comment", turn=1, text="First thought.")
    say(world, "trainer", rep.session, "undo", turn=1)
    before, _, taken_back = trainer.get(path).text.partition("Taken back")
    assert "First thought." not in before and "First thought." in taken_back
    say(world, "trainer", rep.session, "undo")
    page = trainer.get(path).text
    assert "First thought." in page and "Taken back" not in page
    say(world, "trainer", rep.session, "reviewed", on="on")
    latest = max(map(int, re.findall(r'name="event" value="(\d+)"', trainer.get(path).text)))
    say(world, "trainer", rep.session, "undo", event=latest)
    assert "not reviewed yet" in trainer.get(path).text


def test_two_trainers_at_once_the_second_is_told_and_loses_nothing(world: World, rep: Rep) -> None:
    opened = world.browsers["admin"].get(f"/review/{rep.session}").text
    talk = re.search(r'name="talk" value="(\d+)"', opened)
    assert talk is not None
    say(world, "trainer", rep.session, "score", talk=talk[1], score="91", reason="Strong close.")
    late = say(
        world, "admin", rep.session, "score", opened, talk=talk[1], score="40", reason="Too much pressure."
    )
    assert late.status_code == 409
    assert "Somebody was faster" in late.text and "Strong close." in late.text
    assert "Too much pressure.</textarea>" in late.text and 'name="score" value="40"' in late.text
    again = re.search(r'<section class="panel again".*?</section>', late.text, re.S)
    assert again is not None
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', again[0]))
    form = {**hidden, "score": "40", "reason": "Too much pressure."}
    assert world.browsers["admin"].post(f"/review/{rep.session}", data=form).status_code == 303
    page = world.browsers["trainer"].get(f"/review/{rep.session}").text
    assert "Score: 40 instead of" in page


@pytest.mark.parametrize(
    ("do", "data", "words"),
    [
        ("comment", {"turn": 1, "text": "   "}, "The comment is missing"),
        ("comment", {"turn": 1, "text": "x" * 4001}, "The comment is missing"),
        ("tag", {"tag": " "}, "no tag"),
        ("label", {"turn": 1, "family": "nature", "value": "odd"}, "be saved"),
    ],
)
def test_what_is_refused_comes_again_with_what_was_typed(
    world: World, rep: Rep, do: str, data: dict[str, Any], words: str
) -> None:
    answer = say(world, "trainer", rep.session, do, **data)
    assert answer.status_code == 422 and words in answer.text
    assert str(data.get("text", data.get("tag", ""))).strip() in answer.text


@pytest.mark.parametrize("number", ["", "x", "1e3", "²", "99999999999", "-5", "80.5"])
def test_a_number_that_is_none_breaks_nothing(world: World, rep: Rep, number: str) -> None:
    trainer = world.browsers["trainer"]
    talk = re.search(r'name="talk" value="(\d+)"', trainer.get(f"/review/{rep.session}").text)
    assert talk is not None
    answer = say(world, "trainer", rep.session, "score", talk=talk[1], score=number, reason="r")
    assert answer.status_code == (422 if number else 303)
    assert trainer.get(f"/review/{rep.session}?page={number}").status_code == 200
    form = {**fields(trainer.get(f"/review/{rep.session}").text, "comment"), "turn": number, "text": "x"}
    assert trainer.post(f"/review/{rep.session}", data=form).status_code in (303, 404)


def test_nothing_that_anybody_typed_becomes_markup(world: World, rep: Rep) -> None:
    rep.send(text=NASTY)
    say(world, "trainer", rep.session, "comment", turn=1, text=NASTY, told="on")
    say(world, "trainer", rep.session, "tag", tag="<img src=x onerror=a>")
    talk = re.search(
        r'name="talk" value="(\d+)"', world.browsers["trainer"].get(f"/review/{rep.session}").text
    )
    assert talk is not None
    say(world, "trainer", rep.session, "score", talk=talk[1], score="50", reason=NASTY)
    pages = [("trainer", f"/review/{rep.session}"), ("trainer", f"/review/{rep.session}/print")]
    pages += [("rep", f"/sessions/{rep.session}"), ("rep", f"/chat/{rep.session}"), ("rep", "/news")]
    for who, path in pages:
        page = world.browsers[who].get(path).text
        assert "alert(1)" in page and "{{ 7*7 }}" in page, path
        for markup in ("<script>alert", "<img src=x"):
            assert markup not in page, (path, page[page.find(markup) - 200 :][:300])


def test_the_trainee_reads_what_is_meant_for_them_and_is_told(world: World, rep: Rep) -> None:
    mine = world.browsers["rep"]
    assert 'class="news-count"' not in mine.get("/sessions").text
    say(world, "trainer", rep.session, "comment", turn=6, text="Lovely question.", told="on")
    say(world, "trainer", rep.session, "comment", turn=6, text="Not for their eyes.")
    say(world, "trainer", rep.session, "tag", tag="slow")
    say(world, "trainer", rep.session, "label", turn=1, family="objection", value=["payment"])
    talk = re.search(
        r'name="talk" value="(\d+)"', world.browsers["trainer"].get(f"/review/{rep.session}").text
    )
    assert talk is not None
    say(world, "trainer", rep.session, "score", talk=talk[1], score="91", reason="Strong close.")
    assert '<span class="news-count">2</span>' in mine.get("/sessions").text
    for path in (f"/sessions/{rep.session}", f"/chat/{rep.session}"):
        page = mine.get(path).text
        assert "Lovely question." in page and "Objection: Price, Authority → Means to pay" in page
        assert "Strong close." in page and "91" in page
        assert "Not for their eyes." not in page and "slow" not in page
    news = mine.get("/news").text
    assert "Lovely question." in news and "Strong close." in news and "Not for their eyes." not in news
    assert 'class="news-count"' not in mine.get("/sessions").text
    exported = mine.get(f"/sessions/{rep.session}/transcript.jsonl").text
    assert "Lovely question." in exported and "Not for their eyes." not in exported
    assert "91" in re.sub(r"\s", "", mine.get("/sessions").text)


def test_private_practice_is_handed_in_and_taken_back_until_it_is_reviewed(world: World, rep: Rep) -> None:
    mine, path = world.browsers["rep"], f"/sessions/{rep.session}"
    assert "Hand in" not in mine.get(path).text
    with world.units() as uow:
        uow.teams.change(world.teams["north"], private=True)
        uow.commit()
    trainer = world.browsers["trainer"]
    assert trainer.get(f"/review/{rep.session}").status_code == 404
    assert "Hand in" in mine.get(path).text and "Hand in" in mine.get(f"/chat/{rep.session}").text
    assert mine.submit(f"{path}/hand-in", shown="on").status_code == 303
    assert trainer.get(f"/review/{rep.session}").status_code == 200
    assert mine.submit(f"{path}/hand-in").status_code == 303
    assert trainer.get(f"/review/{rep.session}").status_code == 404
    mine.submit(f"{path}/hand-in", shown="on")
    say(world, "trainer", rep.session, "reviewed", on="on")
    assert mine.submit(f"{path}/hand-in").status_code == 409
    assert "Take back" not in mine.get(path).text
    assert trainer.get(f"/review/{rep.session}").status_code == 200


def test_trainers_see_pseudonyms_where_the_team_wants_them(world: World, rep: Rep) -> None:
    with world.units() as uow:
        uow.teams.change(world.teams["north"], pseudonyms=True)
        account = uow.accounts.find(world.people["rep"].account or 0)
        uow.commit()
    assert account is not None
    for place in ("", "/print", "/export.csv", "/export.jsonl", "/export.md", "/export.xapi"):
        page = world.browsers["trainer"].get(f"/review/{rep.session}{place}").text
        assert account.pseudonym in page and "rep 姓名" not in page, place
    assert "rep 姓名" in world.browsers["admin"].get(f"/review/{rep.session}").text


def test_every_reading_and_every_word_is_in_the_audit_log(world: World, rep: Rep) -> None:
    trainer = world.browsers["trainer"]
    for place in ("", "/print", "/export.csv"):
        trainer.get(f"/review/{rep.session}{place}")
    say(world, "trainer", rep.session, "comment", turn=1, text="secret words")
    world.browsers["rep"].get(f"/sessions/{rep.session}")
    with world.units(reading=True) as uow:
        entries = uow.audit.entries(subject="session", subject_id=rep.session)
    assert [entry.action for entry in entries] == ["comment", "read", "export", "print", "read"]
    assert {entry.account for entry in entries} == {world.people["trainer"].account}
    assert "secret words" not in str(entries)


def test_the_way_back_to_the_inbox_keeps_its_filter(world: World, rep: Rep) -> None:
    trainer = world.browsers["trainer"]
    page = trainer.get(f"/review/{rep.session}", params={"in": "type=price&lang=en"}).text
    assert 'href="/inbox?type=price&amp;lang=en"' in page
    assert f'href="/inbox/next?type=price&amp;lang=en&amp;after={rep.session}"' in page
    form = {**fields(page, "comment"), "text": "x"}
    path = re.search(r'action="(/review/[^"]+in=[^"]+)"', page)
    assert path is not None
    answer = trainer.post(path[1].replace("&amp;", "&"), data=form)
    assert "in=type%3Dprice%26lang%3Den" in answer.headers["location"]


def test_a_long_session_comes_in_pages(world: World) -> None:
    rep = Rep(world.units, world.sessions["rep"])
    for _ in range(27):
        rep.send(text="Hello")
    first = world.browsers["trainer"].get(f"/review/{rep.session}").text
    assert first.count('<article class="rv-turn') == 25 and "?page=2" in first
    second = world.browsers["trainer"].get(f"/review/{rep.session}?page=2").text
    assert re.findall(r'<article class="rv-turn" id="(\w+)"', second) == ["t26", "t27"]
    answer = say(world, "trainer", rep.session, "comment", second, turn=27, text="At last.")
    assert answer.headers["location"].endswith("?page=2#t27")
    whole = world.browsers["trainer"].get(f"/review/{rep.session}/print").text
    assert whole.count('<article class="rv-turn') == 27
