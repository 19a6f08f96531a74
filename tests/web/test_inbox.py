"""The inbox: what trainers find and what they keep, over HTTP."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest
from practised import Practice
from stage import FakeRasa
from world import World, company

from bot.services.filters import cursor_of, cursor_text, filter_of, filter_of_query, query_of
from bot.storage.inbox_records import Cursor, Filter
from bot.storage.unit_of_work import UnitOfWorkFactory

NOW = datetime.now(timezone.utc) - timedelta(days=1)


@pytest.fixture
def world(units: UnitOfWorkFactory, rasa: FakeRasa) -> Iterator[World]:
    with company(units, rasa.url) as world:
        yield world


def practise(world: World, who: str, *lines: str, hours: int = 0) -> str:
    practice = Practice(world.units, world.people[who].key, NOW + timedelta(hours=hours))
    for line in lines:
        practice.line(line, "price", unsure="想想" in line)
    return practice.session.public_id


def listed(page: str) -> list[str]:
    return re.findall(r'class="row-link" href="/review/([^"?]+)', page)


def test_a_trainer_finds_what_the_team_said_and_the_words_are_marked(world: World) -> None:
    ours = practise(world, "rep", "<script>太贵</script>了", "too dear")
    practise(world, "stranger", "太贵了")
    page = world.browsers["trainer"].get("/inbox", params={"q": "太贵 dear"}).text
    assert listed(page) == [ours]
    assert "&lt;script&gt;<mark>太贵</mark>&lt;/script&gt;" in page and "<mark>dear</mark>" in page
    assert listed(world.browsers["admin"].get("/inbox?q=太贵").text) != [ours]


def test_an_empty_inbox_says_where_sessions_come_from(world: World) -> None:
    inbox = world.browsers["other_trainer"]
    assert "邀请链接" in inbox.get("/inbox").text
    assert "去掉一个筛选" in inbox.get("/inbox?type=price").text


def test_a_search_is_in_the_audit_log(world: World) -> None:
    practise(world, "rep", "太贵了")
    world.browsers["trainer"].get("/inbox", params={"q": "太贵", "type": "price"})
    with world.units(reading=True) as uow:
        entry = next(entry for entry in uow.audit.entries() if entry.action == "search")
    assert entry.account == world.people["trainer"].account
    assert filter_of_query(entry.detail["query"]) == Filter(search="太贵", type=("price",))


def test_pages_follow_each_other_without_a_gap(world: World) -> None:
    all_ = [practise(world, "rep", "太贵了", hours=number) for number in range(27)]
    first = world.browsers["trainer"].get("/inbox").text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    second = world.browsers["trainer"].get(following[1].replace("&amp;", "&")).text
    assert listed(first) + listed(second) == list(reversed(all_))
    assert 'rel="next"' not in second


def test_next_unreviewed_goes_on_where_the_trainer_is(world: World) -> None:
    old, new = practise(world, "rep", "太贵了"), practise(world, "colleague", "太贵了")
    browser = world.browsers["trainer"]
    assert browser.get("/inbox").status_code == 200
    assert browser.get("/inbox/next?type=price").headers["location"] == f"/review/{new}?in=type%3Dprice"
    assert browser.get(f"/inbox/next?after={new}").headers["location"] == f"/review/{old}"
    assert browser.get(f"/inbox/next?after={old}").headers["location"] == "/inbox?done=1"
    assert browser.get("/inbox/next?type=need&after=nobody").headers["location"] == "/inbox?type=need&done=1"


def test_a_trainee_is_found_by_name_where_there_are_too_many_for_a_list(world: World) -> None:
    ours = practise(world, "rep", "太贵了")
    practise(world, "stranger", "再说吧")
    admin, trainer = world.browsers["admin"], world.browsers["trainer"]
    for browser in (admin, trainer):
        browser.get("/language/en")
    assert 'name="who"' in admin.get("/inbox").text
    found = admin.get("/inbox", params={"who": " REP ", "type": "price"})
    assert found.status_code == 303
    assert re.fullmatch(r"/inbox\?trainee=\d+&type=price", found.headers["location"])
    assert listed(admin.get(found.headers["location"]).text) == [ours]
    page = admin.get("/inbox", params={"who": "姓名"}).text
    meant = re.findall(r'class="filter-chip" href="(/inbox\?trainee=\d+)">([^<]+)<', page)
    assert {"rep 姓名", "colleague 姓名", "stranger 姓名"} <= {name for _, name in meant}
    assert "Nobody whom you train has “&lt;b&gt;%_” in" in admin.get("/inbox", params={"who": "<b>%_"}).text
    assert "Nobody whom you train has “stranger”" in trainer.get("/inbox?who=stranger").text
    assert listed(trainer.get("/inbox?who=rep", follow_redirects=True).text) == [ours]
    with world.units() as uow:
        uow.teams.change(world.teams["north"], pseudonyms=True)
        uow.commit()
    assert "Nobody whom you train has “rep”" in trainer.get("/inbox?who=rep").text


def test_a_filter_is_kept_shared_renamed_and_deleted(world: World) -> None:
    trainer, other, admin = (world.browsers[name] for name in ("trainer", "other_trainer", "admin"))
    north = str(world.teams["north"])
    answer = trainer.submit("/inbox/filters", name=" 贵 ", query="type=price&junk=1", team=north)
    assert answer.headers["location"] == "/inbox?type=price"
    assert trainer.submit("/inbox/filters", name="贵", query="type=need").status_code == 422
    assert trainer.submit("/inbox/filters", name="", query="").status_code == 422
    south = str(world.teams["south"])
    assert trainer.submit("/inbox/filters", name="x", query="", team=south).status_code == 422
    page = trainer.get("/inbox").text
    assert 'href="/inbox?type=price"' in page
    path = re.search(r'action="(/inbox/filters/\d+)"', page)
    assert path is not None
    assert path[1] not in other.get("/inbox").text and ">贵<" not in other.get("/inbox").text
    for browser in (other, admin):
        assert browser.submit(path[1], name="mine", query="").status_code == 404
        assert browser.submit(path[1], forget="1", query="").status_code == 404
    assert trainer.submit(path[1], name="<b>dear</b>", query="").status_code == 303
    assert "&lt;b&gt;dear&lt;/b&gt;" in trainer.get("/inbox").text
    assert trainer.submit(path[1], forget="1", query="").status_code == 303
    assert path[1] not in trainer.get("/inbox").text


@pytest.mark.parametrize(
    "query",
    [
        "q=" + "太" * 100_0,
        "q=%00%ff%22%3Cscript%3E&sort=worst",
        "after=x.y&mode=talk",
        "&".join(f"trainee={n}" for n in range(300)),
        "after=999999999.999999999&sort=lowest",
        "score_min=100&score_max=0&from=9999-12-31&to=0001-01-01",
    ],
)
def test_an_address_with_nonsense_shows_a_page(world: World, query: str) -> None:
    practise(world, "rep", "太贵了")
    page = world.browsers["trainer"].get(f"/inbox?{query}")
    assert page.status_code == 200 and "<script>" not in page.text


def test_filters_survive_their_address() -> None:
    wanted = Filter(
        search='"too dear" & 太贵=?', trainee=(3, 4), team=2, since=739_900, until=739_950, channel=("web",),
        mode=("talk", "drill"), scenario=("alarm_loud",), type=("price", "need"), method=("inquiry",),
        outcome=("agreed",), lang=("zh",), model=("a b&c",), tag=("好 例子",), score_min=0, score_max=60,
        unsure=True, appeals=True, unreviewed=True, sort="lowest",
    )  # fmt: skip
    assert filter_of_query(query_of(wanted)) == wanted
    assert query_of(Filter()) == ""
    assert filter_of([("q", " ")]) == Filter()
    for cursor in (Cursor(7), Cursor(7, 0), Cursor(7, 63)):
        assert cursor_of(cursor_text(cursor)) == cursor
    assert cursor_of("x") is None and cursor_of("") is None


def test_all_sessions_of_a_filter_are_one_file_of_what_the_trainer_may_see(world: World) -> None:
    ours = [practise(world, "rep", "=太贵", "too dear"), practise(world, "colleague", "太贵")]
    practise(world, "stranger", "太贵")
    browser = world.browsers["trainer"]
    browser.get("/inbox")
    rows = list(
        csv.DictReader(io.StringIO(browser.get("/inbox/export.csv?q=太贵").content.decode("utf-8-sig")))
    )
    texts = [list(row.values())[10] for row in rows]
    assert texts == ["太贵", "'=太贵", "too dear"]
    lines = [json.loads(line) for line in browser.get("/inbox/export.jsonl").text.splitlines()]
    assert {line["session"] for line in lines} == set(ours)
    assert isinstance(browser.get("/inbox/export.xapi").json(), list)
    assert browser.get("/inbox/export.xapi?q=nothing").json() == []
    assert browser.get("/inbox/export.md").text.count("\n---\n") == 1
    assert browser.get("/inbox/export.exe").status_code == 404
    with world.units(reading=True) as uow:
        noted = [entry.subject_id for entry in uow.audit.entries(subject="session")]
    assert noted.count(ours[0]) == 4
