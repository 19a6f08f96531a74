"""Behind each number of a dashboard: exactly the sessions from which it was counted, whoever looks."""

from __future__ import annotations

import html
import random
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

import pytest
from practised import Practice, reading
from stage import CONTENT, FakeRasa
from world import Browser, World, company

from bot.services.reviewing import Form, change
from bot.storage.unit_of_work import UnitOfWorkFactory

NOW = datetime.now(timezone.utc)
TYPES = ("price", "need", "timing")
METHODS = ("yes_if", "inquiry", "none")
MINUTES = ("turn",)
"""What is shown in minutes, not as a number of things."""


@dataclass(frozen=True)
class Thing:
    """Something that somebody practised, as a dashboard counts it."""

    who: str
    session: str
    day: date
    handed_in: bool
    counted: str


@dataclass
class Log:
    """Everything that was practised."""

    world: World
    things: list[Thing] = field(default_factory=list)

    def practise(self, who: str, luck: random.Random, *, days: int, handed_in: bool) -> None:
        """Let somebody practise in a session, on two days that lie some days apart."""
        begin = NOW - timedelta(days=luck.randrange(10, 100), minutes=luck.randrange(600))
        practice = Practice(self.world.units, self.world.people[who].key, begin)
        session = practice.session.public_id

        def count(*counted: str) -> None:
            day = practice.now.astimezone().date()
            self.things += [Thing(who, session, day, handed_in, one) for one in counted]

        def judged(type_: str, method: str, score: int, mode: str) -> None:
            tried = [f"tried_method:{method}"] if method != "none" else []
            missed = [f"type:{type_}:missed"] if score < 65 else []
            count("turn", f"time:{mode}", "reply", f"type:{type_}", f"method:{method}", *missed, *tried)
            count(f"tried_type:{type_}")

        for sitting in range(2):
            type_, method = luck.choice(TYPES), luck.choice(METHODS)
            score = luck.choice((40, 90))
            unsure = luck.random() < 0.5
            practice.line("太贵了", type_, share=0.4 if unsure else 0.9, unsure=unsure)
            if not sitting:
                count("session")
            pair = "|".join(sorted((type_, "none")))
            count("turn", "time:coach", f"sure:{type_}", *([f"sure:{type_}:hit", f"pair:{pair}"] * unsure))
            if luck.random() < 0.7:
                made = practice.reply(type_, method, score, read=reading("我明白", "zh"))
                told = method
                if luck.random() < 0.3:
                    told = "rebuttal"
                    self._relabel(session, practice.count, told)
                judged(type_, told, score, "talk")
                if luck.random() < 0.4:
                    practice.appeal(made)
                    count("appeal:open")
                outcome = luck.choice(("agreed", "left"))
                practice.end(outcome, score)
                count(f"talk:{outcome}")
            if luck.random() < 0.5:
                right = luck.random() < 0.5
                practice.drill(type_, "inquiry", "type", correct=right)
                count("turn", "time:drill", f"named:{type_}", f"tried_type:{type_}")
                count(*[f"named:{type_}:hit"] * right)
            if luck.random() < 0.4:
                practice.free_answer(type_, "inquiry", "inquiry", score)
                judged(type_, "inquiry", score, "drill")
            practice.now += timedelta(days=days)
        if handed_in:
            practice.hand_in()

    def _relabel(self, session: str, turn: int, method: str) -> None:
        data = {"family": "technique", "value": {"technique": method}}
        change(
            self.world.units, CONTENT.rubric.rules, person=self.world.people["admin"], session=session,
            form=Form("label", 0, str(uuid.uuid4()), turn=turn, data=data), now=NOW,
        )  # fmt: skip

    def behind(self, query: dict[str, list[str]], who: dict[int, str], team: set[str]) -> list[Thing]:
        """Return what a link's number was counted from."""
        since, until = (date.fromisoformat(query.get(key, [end])[0])
                        for key, end in (("from", "0001-01-01"), ("to", "9999-12-31")))  # fmt: skip
        whose = {who[int(one)] for one in query.get("trainee", ())} or team
        return [
            one
            for one in self.things
            if one.counted == query["counted"][0]
            and since <= one.day <= until
            and one.who in whose
            and (one.handed_in or "handed_in" not in query)
        ]


@pytest.fixture
def world(units: UnitOfWorkFactory, rasa: FakeRasa) -> Iterator[World]:
    with company(units, rasa.url) as world:
        yield world


def listed(browser: Browser, address: str) -> set[str]:
    """Return the sessions of a list, from its first to its last page."""
    found: set[str] = set()
    following: str | None = address
    while following:
        answer = browser.get(following)
        assert answer.status_code == 200, following
        found |= set(re.findall(r'class="row-link" href="/review/([^"?]+)', answer.text))
        more = re.search(r'rel="next" href="([^"]+)"', answer.text)
        following = html.unescape(more[1]) if more else None
    return found


def numbers(page: str) -> dict[str, set[str]]:
    """Return the links of a page to lists, with what stands on each."""
    found: dict[str, set[str]] = {}
    for link, shown in re.findall(r'<a[^>]*href="(/inbox\?[^"]*)"[^>]*>(.*?)</a>', page, re.S):
        text = re.sub(r"<[^>]+>", " ", shown).strip()
        found.setdefault(html.unescape(link), set()).add(text)
    return found


@pytest.mark.parametrize("private", [False, True])
def test_the_list_behind_each_number_holds_what_it_was_counted_from(world: World, private: bool) -> None:
    log, luck = Log(world), random.Random(7)
    for n in range(18):
        who = ("rep", "colleague", "stranger")[n % 3]
        log.practise(who, luck, days=luck.choice((0, 3, 8)), handed_in=n % 2 == 0)
    with world.units() as uow:
        uow.teams.change(world.teams["north"], leaderboard=True, private=private)
        found = {name: uow.trainees.find(world.people[name].key) for name in ("rep", "colleague", "stranger")}
        uow.commit()
    who = {one.id: name for name, one in found.items() if one is not None}
    north = {"rep", "colleague"}
    rep = next(id_ for id_, name in who.items() if name == "rep")
    trainer, admin = world.browsers["trainer"], world.browsers["admin"]
    trainer.get("/inbox")  # brings the index up to date
    looked = [(trainer, "/figures?weeks=12", north), (trainer, f"/figures/people/{rep}?weeks=26", north),
              (admin, "/figures?team=0&weeks=12", {*who.values()})]  # fmt: skip
    kinds = set()
    for browser, address, team in looked:
        links = numbers(browser.get(address).text)
        assert len(links) > 20, address
        for link, shown in links.items():
            query = parse_qs(urlsplit(link).query)
            assert ("handed_in" in query) == (private and browser is trainer)
            things = log.behind(query, who, team)
            assert listed(browser, link) == {one.session for one in things}, link
            kind = query["counted"][0].partition(":")[0]
            kinds.add(kind)
            if not kind.startswith("tried_") and kind not in MINUTES:
                told = {re.search(r"\d+", text)[0] for text in shown if re.search(r"\d", text)}  # type: ignore[index]
                assert told == {str(len(things))}, link
    assert kinds == {
        "session", "reply", "type", "method", "named", "talk", "time", "sure", "pair", "turn", "appeal",
        "tried_type", "tried_method",
    }  # fmt: skip
