"""The inbox on both databases: filters, orders and searches against plain Python, and who may see what."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
from sqlalchemy import text as sql
from sqlalchemy.future import Engine

from bot.coaching.taxonomy import OBJECTION_TYPES, TECHNIQUES
from bot.content.loader import load_content
from bot.services.access import ADMIN, GUEST, TRAINEE, TRAINER, Person
from bot.services.accounts import make_account, person_of_account
from bot.services.digesting import digest
from bot.services.forgetting import erase, purge_old
from bot.services.reviewing import Form, change
from bot.storage import inbox
from bot.storage.inbox_records import (
    HIGHEST,
    LONGEST,
    LOWEST,
    MODES,
    NEWEST,
    OLDEST,
    SORTS,
    UNSUREST,
    Filter,
    Found,
)
from bot.storage.postings import BLOCK
from bot.storage.terms import comparable, pieces
from bot.storage.unit_of_work import UnitOfWorkFactory

from .conftest import NOW

sys.path.insert(0, str(Path(__file__).parents[1] / "web"))

from practised import Practice

RUBRIC = load_content().rubric.rules
SECRET = b"a secret for the tests, long enough"
LATER = NOW + timedelta(days=90)
SAID = (
    "你们这个太贵了",
    "贵了快一倍，网上便宜",
    "太贵，我得问我老婆",
    "价格不是问题",
    "It's nearly twice what I saw online",
    "I'd have to ask my wife anyway",
    "Your prices are too high, the price online is lower",
    "Prices 价格 太 贵",
    "没预算了 no budget",
)
SEARCHES = (
    "太贵",
    "太贵了",
    "贵",
    "贵了快",
    "price",
    "price online",
    '"price online"',
    "ask wife",
    "价格 prices",
)


@dataclass
class Practised:
    """What is known of a session that was put on record."""

    person: str
    practice: Practice
    day: int
    modes: set[str] = field(default_factory=set)
    types: set[str] = field(default_factory=set)
    methods: set[str] = field(default_factory=set)
    texts: list[str] = field(default_factory=list)
    outcome: str = ""
    score: int | None = None
    unsure: int = 0
    appeals: int = 0
    turns: int = 0
    handed_in: bool = False
    id: int = 0


@dataclass
class World:
    """People, their sessions, and who looks."""

    units: UnitOfWorkFactory
    people: dict[str, Person]
    teams: dict[str, int]
    trainees: dict[str, int]
    sessions: list[Practised] = field(default_factory=list)

    def find(self, who: str, wanted: Filter, **more: Any) -> Found:
        """Return a page of the inbox of somebody."""
        with self.units(reading=True) as uow:
            person = self.people[who]
            if person.account is not None:
                person = replace(person, teams=uow.teams.of(person.account))
            return uow.inbox.find(person, wanted, **more)

    def ids(self, who: str, wanted: Filter) -> list[int]:
        """Return all pages of the inbox, seven lines each."""
        found, after = [], None
        while True:
            page = self.find(who, wanted, after=after, limit=7)
            found += [row.id for row in page.rows]
            if page.after is None:
                return found
            after = page.after


def company(units: UnitOfWorkFactory) -> World:
    """Make two teams (the south's practice is private), with trainees and trainers."""
    roles = {
        "mei": (TRAINEE, "north"), "bo": (TRAINEE, "north"), "lin": (TRAINEE, "south"),
        "trainer": (TRAINER, "north"), "south": (TRAINER, "south"), "both": (TRAINER, "north south"),
        "none": (TRAINER, ""), "admin": (ADMIN, ""),
    }  # fmt: skip
    people, trainees = {"guest": Person("a guest's key", GUEST)}, {}
    with units() as uow:
        teams = {name: uow.teams.add(name, now=NOW).id for name in ("north", "south")}
        uow.teams.change(teams["south"], private=True)
        for name, (role, of) in roles.items():
            account = make_account(
                uow, SECRET, login=name, name=name, role=role, lang="zh", password_hash="", now=NOW
            )
            for team in of.split():
                uow.teams.join(teams[team], account.id)
            people[name] = person_of_account(account, frozenset(teams[t] for t in of.split()), SECRET)
        trainees = {
            name: uow.trainees.ensure(person.key, name="", now=NOW).id for name, person in people.items()
        }
        uow.commit()
    return World(units, people, teams, trainees)


def practise(world: World, engine: Engine, chance: random.Random, number: int, id_: int) -> Practised:
    """Put a session with an id on record in which anything may have happened."""
    who = chance.choice(("mei", "bo", "lin", "guest"))
    opened = NOW + timedelta(days=chance.randrange(60), minutes=number)
    practice = Practice(world.units, world.people[who].key, opened, lang=chance.choice(("zh", "en")))
    with engine.connect() as connection, connection.begin():
        named = {"id": id_, "public": practice.session.public_id}
        connection.execute(sql("UPDATE sessions SET id = :id WHERE public_id = :public"), named)
    known = Practised(who, practice, opened.astimezone().date().toordinal(), id=id_)
    for _ in range(chance.randrange(6)):
        known.turns += 1
        what, said = chance.choice(("line", "reply", "drill")), chance.choice(SAID)
        type_, method = chance.choice(OBJECTION_TYPES), chance.choice(TECHNIQUES)
        known.types.add(type_)
        if what == "line":
            unsure = chance.random() < 0.3
            practice.line(said, type_, unsure=unsure)
            known.unsure += unsure
            known.modes.add("coach")
            known.texts.append(said)
        elif what == "drill":
            practice.drill(type_, method, "type", correct=True)
            known.modes.add("drill")
            known.methods.add(method)
            known.texts.append("太贵了。")
        else:
            reply = practice.reply(type_, method, chance.randrange(101), text=said)
            known.modes.add("talk")
            known.methods.add(method)
            known.texts += [said, "那好吧。"]
            known.outcome = "running"
            if chance.random() < 0.3:
                practice.appeal(reply)
                known.appeals += 1
            if chance.random() < 0.6:
                known.outcome, known.score = chance.choice(("agreed", "left")), chance.randrange(101)
                practice.end(known.outcome, known.score)
    if chance.random() < 0.4:
        practice.hand_in()
        known.handed_in = True
    return known


@pytest.fixture
def world(units: UnitOfWorkFactory, engine: Engine) -> Iterator[World]:
    world = company(units)
    chance = random.Random(7)
    for number, id_ in enumerate(sorted(chance.sample(range(100, 5 * BLOCK), 60))):
        world.sessions.append(practise(world, engine, chance, number, id_))
    while digest(units, now=LATER, most=20):
        pass
    yield world


def expected(world: World, who: str, wanted: Filter) -> list[int]:
    """Return what the inbox has to show, without any index."""
    found = [
        one for one in world.sessions if one.turns and in_sight(world, who, one, wanted) and fits(one, wanted)
    ]
    none_last = {LOWEST: 1000, HIGHEST: -1}
    keys = {
        NEWEST: lambda one: -one.id,
        OLDEST: lambda one: one.id,
        LOWEST: lambda one: (none_last[LOWEST] if one.score is None else one.score, -one.id),
        HIGHEST: lambda one: (-(none_last[HIGHEST] if one.score is None else one.score), -one.id),
        UNSUREST: lambda one: (-one.unsure, -one.id),
        LONGEST: lambda one: (-one.turns, -one.id),
    }
    return [one.id for one in sorted(found, key=keys[wanted.sort])]


def in_sight(world: World, who: str, one: Practised, wanted: Filter) -> bool:
    theirs = {"mei": "north", "bo": "north", "lin": "south"}.get(one.person)
    if wanted.team is not None and (theirs is None or world.teams[theirs] != wanted.team):
        return False
    if wanted.trainee and world.trainees[one.person] not in wanted.trainee:
        return False
    if who == "admin":
        return True
    looks_into = {"trainer": {"north"}, "south": {"south"}, "both": {"north", "south"}}.get(who, set())
    return theirs in looks_into and (theirs != "south" or one.handed_in)


def fits(one: Practised, wanted: Filter) -> bool:
    lang, texts = one.practice.lang, [comparable(text) for text in one.texts]
    return all(
        (
            not wanted.mode or set(wanted.mode) & one.modes,
            not wanted.type or set(wanted.type) & one.types,
            not wanted.method or set(wanted.method) & one.methods,
            not wanted.lang or lang in wanted.lang,
            not wanted.channel or "web" in wanted.channel,
            not wanted.outcome or one.outcome in wanted.outcome,
            not wanted.appeal or ("open" in wanted.appeal and one.appeals),
            wanted.since is None or one.day >= wanted.since,
            wanted.until is None or one.day <= wanted.until,
            wanted.score_min is None or (one.score is not None and one.score >= wanted.score_min),
            wanted.score_max is None or (one.score is not None and one.score <= wanted.score_max),
            not wanted.unsure or one.unsure,
            not wanted.appeals or one.appeals,
            *(any(piece.pattern in text for text in texts) for piece in pieces(wanted.search)),
        )
    )


def any_filter(world: World, chance: random.Random) -> Filter:
    """Return a filter, most parts of it empty."""
    start = (NOW + timedelta(days=chance.randrange(-5, 65))).date().toordinal()

    def maybe(*values: Any, share: float = 0.15) -> tuple[Any, ...]:
        chosen = [value for value in values if chance.random() < 0.4]
        return tuple(chosen) if chance.random() < share else ()

    def rarely(value: Any, share: float = 0.12) -> Any:
        return value if chance.random() < share else None

    return Filter(
        search=chance.choice(SEARCHES) if chance.random() < 0.4 else "",
        trainee=maybe(*world.trainees.values()),
        team=rarely(chance.choice(list(world.teams.values()))),
        since=rarely(start),
        until=rarely(start + 10),
        channel=maybe("web", "slack"),
        mode=maybe(*MODES, share=0.3),
        type=maybe(*OBJECTION_TYPES, share=0.3),
        method=maybe(*TECHNIQUES),
        outcome=maybe("agreed", "left", "running"),
        appeal=maybe("open", "rejected", share=0.1),
        lang=maybe("zh", "en"),
        score_min=rarely(chance.randrange(101)),
        score_max=rarely(chance.randrange(101)),
        unsure=chance.random() < 0.1,
        appeals=chance.random() < 0.1,
        unreviewed=chance.random() < 0.1,
        sort=chance.choice(SORTS),
    )


def test_any_filter_finds_what_plain_python_finds(world: World) -> None:
    chance = random.Random(11)
    some = 0
    for _ in range(150):
        who = chance.choice(("admin", "admin", "trainer", "south", "both", "none"))
        wanted = any_filter(world, chance)
        found = world.ids(who, wanted)
        assert found == expected(world, who, wanted), (who, wanted)
        some += bool(found)
        count = world.find(who, wanted).count
        assert count in (None, len(found))
    assert some > 60


@pytest.fixture
def small(units: UnitOfWorkFactory) -> World:
    """Give the company without any practice."""
    return company(units)


def asked(world: World, who: str, *lines: str, **more: Any) -> Practice:
    """Let somebody ask about lines; their digest is made."""
    practice = Practice(world.units, world.people[who].key, NOW, **more)
    for line in lines:
        practice.line(line, "price")
    digest(world.units, now=LATER)
    return practice


def listed(world: World, who: str, search: str = "", **more: Any) -> list[str]:
    found = world.find(who, Filter(search=search, **more))
    return [row.public_id for row in found.rows]


AWKWARD = (
    "", " ", '"', '""', "'", "AND NEAR( *", "太贵 OR 1=1", "'; DROP TABLE sessions; --", "👍", "\x00",
    "\x1b[31m", "%", "_", "term:x", "is:listed", "trainee:1", "\ud800", "a" * 100_000, '"' * 1000,
    "太" * 100_000, "\\", "(", "*", "“太贵", "NOT", "^", "{}", "\u202e太贵",
)  # fmt: skip


def test_nothing_that_is_typed_into_a_search_means_anything_but_its_words(small: World) -> None:
    practice = asked(small, "mei", "太贵了", "too dear")
    for search in AWKWARD:
        found = listed(small, "admin", search)
        named = search in ("", " ", "“太贵", "\u202e太贵")
        assert found == ([practice.session.public_id] if named else []), ascii(search[:50])


def test_a_search_finds_words_on_both_sides_in_both_languages(small: World) -> None:
    practice = Practice(small.units, small.people["mei"].key, NOW)
    practice.reply("price", "inquiry", 60, text="您是和哪一家的PRICES比呢？")
    practice.drill("price", "inquiry", "type", correct=True)
    digest(small.units, now=LATER)
    for search in ("哪一家", "price", "那好吧", "太贵了", "ＰＲＩＣＥ", "家 的", '"哪一家的prices比"'):
        assert listed(small, "admin", search) == [practice.session.public_id], search
    for search in ("一哪", "prick", '"price 哪"', "家比"):
        assert listed(small, "admin", search) == [], search


def test_the_words_that_were_found_are_shown_and_marked(small: World) -> None:
    asked(small, "mei", "你好", "<b>太贵</b>了，我说" + "真的" * 100 + "太贵了")
    (row,) = small.find("admin", Filter(search="太贵 我说")).rows
    (snippet,) = row.snippets
    assert snippet.turn == 2
    assert [words for words, marked in snippet.parts if marked] == ["太贵", "我说"]
    assert "".join(words for words, _ in snippet.parts).startswith("<b>太贵</b>了，我说真的")


def test_nobody_finds_what_they_may_not_see(small: World) -> None:
    north, south = asked(small, "mei", "秘密一"), asked(small, "lin", "秘密二")
    guest = asked(small, "guest", "秘密三")
    ids = [one.session.public_id for one in (guest, south, north)]
    assert listed(small, "admin", "秘密") == ids
    assert listed(small, "trainer", "秘密") == [ids[2]]
    assert listed(small, "south", "秘密") == listed(small, "none", "秘密") == []
    assert listed(small, "mei", "秘密") == listed(small, "guest", "秘密") == []
    assert listed(small, "trainer", team=small.teams["south"]) == []
    assert listed(small, "trainer", trainee=(small.trainees["lin"],)) == []
    south.hand_in()
    refresh(small, south)
    assert listed(small, "south", "秘密") == [ids[1]]
    assert small.find("trainer", Filter(search="秘密")).count == 1


def test_a_trainee_who_left_the_team_is_out_of_sight_at_once(small: World) -> None:
    asked(small, "mei", "太贵")
    assert len(listed(small, "trainer", "太贵")) == 1
    with small.units() as uow:
        uow.teams.leave(small.teams["north"], int(small.people["mei"].account or 0))
        uow.commit()
    assert listed(small, "trainer", "太贵") == []
    assert small.find("trainer", Filter()).count == 0


def test_what_the_index_does_not_know_yet_is_not_shown_to_who_may_not_see_it(small: World) -> None:
    practice = asked(small, "lin", "太贵")
    practice.hand_in()
    refresh(small, practice)
    assert len(listed(small, "south")) == 1
    with small.units() as uow:
        found = uow.sessions.find(practice.session.public_id)
        assert found is not None
        uow.sessions.hand_in(found, None)
        uow.commit()
    assert listed(small, "south") == []


def test_a_session_that_goes_on_is_found_by_what_is_new_in_it(small: World) -> None:
    practice = asked(small, "mei", "你好", "太贵")
    assert listed(small, "admin", "网上") == []
    practice.line("网上便宜", "price", unsure=True)
    digest(small.units, now=LATER)
    assert len(listed(small, "admin", "网上 太贵", unsure=True)) == 1
    (row,) = small.find("admin", Filter()).rows
    assert (row.facts["turns"], row.facts["unsure"], row.name) == (3, 1, "mei")


def test_a_message_without_an_answer_is_looked_at_again_until_there_is_one(small: World) -> None:
    practice = asked(small, "mei", "你好")
    with small.units() as uow:
        found = uow.sessions.lock(practice.session.public_id)
        assert found is not None
        turn = uow.turns.receive(found, message_id="x", kind="text", text="太贵", now=practice.now)
        uow.commit()
    digest(small.units, now=practice.now)
    assert listed(small, "admin", "太贵", type=("need",)) == []
    reading = {"objections": [{"type": "need"}]}
    with small.units() as uow:
        uow.turns.save_answer(
            turn, lang="zh", product="", reading=reading, command=None, replies_shown=(), slots={},
            now=practice.now,
        )  # fmt: skip
        uow.commit()
    digest(small.units, now=practice.now)
    assert len(listed(small, "admin", "太贵", type=("need",))) == 1


def test_a_message_that_was_never_answered_is_let_go(small: World) -> None:
    practice = asked(small, "mei", "你好")
    with small.units() as uow:
        found = uow.sessions.lock(practice.session.public_id)
        assert found is not None
        uow.turns.receive(found, message_id="x", kind="text", text="太贵", now=practice.now)
        uow.commit()
    digest(small.units, now=LATER)
    digest(small.units, now=LATER)
    with small.units(reading=True) as uow:
        assert uow.digests.due(LATER, 10).sessions == ()


def test_sessions_from_before_the_inbox_are_added_the_newest_first(small: World) -> None:
    for number in range(5):
        Practice(small.units, small.people["mei"].key, NOW + timedelta(days=number)).line("太贵", "price")
    seen = []
    while digest(small.units, now=LATER, most=2):
        seen.append(listed(small, "admin"))
    newest_first = listed(small, "admin", "太贵")
    assert len(newest_first) == 5 and len(seen) > 1
    assert all(some == newest_first[: len(some)] for some in seen)


def test_making_a_digest_again_changes_nothing(world: World, engine: Engine) -> None:
    def everything() -> list[Any]:
        with engine.connect() as connection:
            index = connection.execute(sql("SELECT term, block, members FROM postings ORDER BY 1, 2"))
            return [(term, block, bytes(members)) for term, block, members in index]

    before = everything()
    with world.units() as uow:
        uow.digests.refresh(*(one.id for one in world.sessions))
        uow.commit()
    assert everything() == before


def test_a_removed_digest_leaves_nothing_behind(small: World, engine: Engine) -> None:
    practice = asked(small, "mei", "太贵", "too dear")
    with small.units() as uow:
        found = uow.sessions.find(practice.session.public_id)
        assert found is not None
        uow.digests.remove(found.id)
        uow.commit()
    with engine.connect() as connection:
        assert connection.execute(sql("SELECT count(*) FROM postings")).scalar() == 0
        assert connection.execute(sql("SELECT count(*) FROM digests")).scalar() == 0


def test_who_turns_out_to_be_somebody_is_found_as_them(small: World) -> None:
    practice = asked(small, "guest", "太贵")
    assert listed(small, "trainer") == []
    with small.units() as uow:
        source = uow.trainees.find(small.people["guest"].key)
        target = uow.trainees.find(small.people["bo"].key)
        assert source is not None and target is not None
        uow.trainees.merge(source, target)
        uow.commit()
    digest(small.units, now=LATER)
    assert listed(small, "trainer", trainee=(small.trainees["bo"],)) == [practice.session.public_id]


def test_a_search_for_a_phrase_that_hardly_exists_ends_in_time_and_can_go_on(
    small: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "_MOST_READ", 3)
    real = asked(small, "mei", "太贵了")
    for _ in range(12):
        asked(small, "mei", "太贵", "贵了")
    found, after, pages = [], None, 0
    while True:
        page = small.find("admin", Filter(search="太贵了"), after=after, limit=2)
        found += [row.public_id for row in page.rows]
        pages += 1
        if page.after is None:
            break
        assert page.cut_short
        after = page.after
    assert found == [real.session.public_id] and pages > 2


def test_the_values_on_offer_are_those_in_sight(small: World) -> None:
    asked(small, "mei", "太贵")
    asked(small, "lin", "太贵")
    with small.units(reading=True) as uow:
        assert uow.inbox.values(small.people["admin"], "model")["model"] == ("test",)
        assert uow.inbox.values(small.people["trainer"], "model")["model"] == ("test",)
        assert uow.inbox.values(small.people["south"], "model")["model"] == ()


def refresh(world: World, practice: Practice) -> None:
    with world.units() as uow:
        found = uow.sessions.find(practice.session.public_id)
        assert found is not None
        uow.digests.refresh(found.id)
        uow.commit()


def test_what_trainers_say_is_found_at_once(small: World) -> None:
    practice = asked(small, "mei", "太贵", "没钱")
    trainer, public_id = small.people["trainer"], practice.session.public_id

    def says(kind: str, turn: int | None = None, **data: Any) -> None:
        with small.units(reading=True) as uow:
            found = uow.sessions.find(public_id)
            assert found is not None
            seen = max((event.id for event in uow.reviews.of_session(found)), default=0)
        form = Form(kind, seen, token_hex(16), turn, data)
        change(small.units, RUBRIC, person=trainer, session=public_id, form=form, now=NOW)

    assert listed(small, "trainer", unreviewed=True) == [public_id]
    says("tag", tag="好例子", on=True)
    says("reviewed", on=True)
    says("label", 2, family="objection", value={"types": ["payment"]})
    assert listed(small, "trainer", tag=("好例子",), type=("payment",)) == [public_id]
    assert listed(small, "trainer", unreviewed=True) == []
    with small.units(reading=True) as uow:
        assert uow.inbox.values(trainer, "tag")["tag"] == ("好例子",)
        assert uow.inbox.values(small.people["south"], "tag")["tag"] == ()
    practice.line("还是贵", "price")
    digest(small.units, now=LATER)
    assert listed(small, "trainer", unreviewed=True) == [public_id]


def test_sessions_are_found_by_how_an_appeal_ended(small: World) -> None:
    practice = Practice(small.units, small.people["mei"].key, NOW)
    reply = practice.reply("price", "yes_if", 60)
    practice.appeal(reply)
    digest(small.units, now=LATER)
    public_id = practice.session.public_id
    assert listed(small, "trainer", appeal=("open",)) == [public_id]
    with small.units(reading=True) as uow:
        found = uow.sessions.find(public_id)
        assert found is not None
        (appeal,) = uow.talks.appeals_in(found)
    data = {"appeal": appeal.id, "verdict": "rejected", "reason": "no"}
    change(
        small.units, RUBRIC, person=small.people["trainer"], session=public_id,
        form=Form("appeal", 0, token_hex(16), None, data), now=NOW,
    )  # fmt: skip
    assert listed(small, "trainer", appeal=("rejected", "upheld")) == [public_id]
    assert listed(small, "trainer", appeal=("open",)) == listed(small, "trainer", appeals=True) == []


def test_purged_words_are_not_found_any_more_and_figures_still_are(small: World, engine: Engine) -> None:
    practice = asked(small, "mei", "秘密")
    assert purge_old(small.units, keep_days=10, now=LATER) == 1
    assert listed(small, "admin", "秘密") == []
    assert listed(small, "admin", type=("price",)) == [practice.session.public_id]
    with engine.connect() as connection:
        assert connection.execute(sql("SELECT count(*) FROM postings WHERE term = '秘密'")).scalar() == 0


def test_an_erased_person_leaves_nothing_in_the_index(small: World, engine: Engine) -> None:
    asked(small, "mei", "秘密")
    erase(
        small.units, SECRET, person=small.people["admin"], account=small.people["mei"].account or 0, now=NOW
    )
    assert listed(small, "admin") == []
    with engine.connect() as connection:
        assert connection.execute(sql("SELECT count(*) FROM postings")).scalar() == 0
