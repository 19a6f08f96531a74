"""Blind double rating on both databases: what is drawn, who sees what, and what comes of it."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

import pytest

from bot.coaching.agreement import FEW, PRACTICE_ONLY, TOO_FEW, TRUSTED, UNMEASURED
from bot.coaching.families import FAMILIES, GROUPS
from bot.services.access import ADMIN, TRAINEE, TRAINER, Person
from bot.services.errors import Conflict, NotFound, Refused
from bot.services.measuring import FLOOR, measure, set_floor, trusts
from bot.services.rating import Question, desk, make_sample, question, rate, verdicts
from bot.storage.unit_of_work import UnitOfWorkFactory

from .conftest import NOW
from .test_people import member, team

sys.path.insert(0, str(Path(__file__).parents[1] / "web"))

from practised import Practice

pytestmark = pytest.mark.filterwarnings("error")
STEPS = {"listen": "yes", "share": "no", "clarify": "no", "present": "yes", "ask": "no"}


def draw(units: UnitOfWorkFactory, person: Person, team: int | None, *groups: str, size: int = 20) -> int:
    return make_sample(
        units, person=person, team=team, name="first", size=size, groups=groups or ("objection",),
        langs=("zh", "en"), now=NOW,
    )  # fmt: skip


def ask(units: UnitOfWorkFactory, person: Person, sample: int) -> Question:
    return question(units, person=person, sample=sample, now=NOW)


def say(units: UnitOfWorkFactory, person: Person, asked: Question, **labels: str) -> None:
    assert asked.item is not None
    rate(units, person=person, sample=asked.sample.id, item=asked.item.id, labels=labels, now=NOW)


def skip(units: UnitOfWorkFactory, person: Person, asked: Question) -> None:
    assert asked.item is not None
    rate(units, person=person, sample=asked.sample.id, item=asked.item.id, labels=None, now=NOW)


def test_a_sample_has_a_share_of_every_language_and_label(units: UnitOfWorkFactory) -> None:
    north = team(units, "north")
    rep, trainer = member(units, "rep", TRAINEE, north), member(units, "trainer", TRAINER, north)
    for lang in ("zh", "en"):
        practice = Practice(units, rep.key, NOW, lang=lang)
        for n in range(12):
            practice.line(f"too dear {n}", "price")
        practice.line("I must ask my wife", "authority")
        practice.line("switch product", intent="switch_product")
    sample = draw(units, trainer, north, size=10)
    with units(reading=True) as uow:
        items = uow.ratings.items(trainer, sample)
    drawn = sorted((item.lang, item.judged["objection"]) for item in items)
    assert drawn == sorted(
        [("zh", "authority"), ("en", "authority"), *[("zh", "price"), ("en", "price")] * 4]
    )


def test_what_is_shown_holds_the_words_and_what_led_to_them(units: UnitOfWorkFactory) -> None:
    north = team(units, "north")
    rep, trainer = member(units, "rep", TRAINEE, north), member(units, "trainer", TRAINER, north)
    practice = Practice(units, rep.key, NOW)
    practice.reply("price", "yes_if", 70, text="我明白。")
    for _ in range(2):
        practice.line("太贵了", "price")
    asked = ask(units, trainer, draw(units, trainer, north, "technique", "score"))
    assert asked.words is not None
    assert (asked.words.text, asked.words.before) == ("我明白。", (("customer", "太贵了。"),))
    assert asked.groups == {"technique": ("technique",), "score": ("score",)}
    assert asked.progress.items == 1


def test_ratings_are_asked_in_turn_and_what_was_skipped_comes_last(units: UnitOfWorkFactory) -> None:
    north = team(units, "north")
    rep, trainer = member(units, "rep", TRAINEE, north), member(units, "trainer", TRAINER, north)
    practice = Practice(units, rep.key, NOW)
    for n in range(3):
        practice.line(f"太贵了 {n}", "price")
    sample = draw(units, trainer, north)
    first = ask(units, trainer, sample)
    skip(units, trainer, first)
    for _ in range(2):
        asked = ask(units, trainer, sample)
        assert asked.item is not None and first.item is not None
        assert asked.item.id != first.item.id
        say(units, trainer, asked, objection="price")
    again = ask(units, trainer, sample)
    assert again.item == first.item
    assert (again.progress.rated, again.progress.skipped, again.progress.left) == (2, 1, 1)
    say(units, trainer, again, objection="need")
    done = ask(units, trainer, sample)
    assert (done.item, done.progress.left, done.progress.raters) == (None, 0, 1)


def test_what_was_said_is_final_and_must_be_complete(units: UnitOfWorkFactory) -> None:
    north = team(units, "north")
    rep, trainer = member(units, "rep", TRAINEE, north), member(units, "trainer", TRAINER, north)
    Practice(units, rep.key, NOW).line("太贵了", "price")
    asked = ask(units, trainer, draw(units, trainer, north, "objection", "nature"))
    for labels in ({}, {"objection": "price"}, {"objection": "dear", "nature": "genuine"}):
        with pytest.raises(Refused):
            say(units, trainer, asked, **labels)
    say(units, trainer, asked, objection="none")
    with pytest.raises(Conflict):
        say(units, trainer, asked, objection="price", nature="genuine")
    with pytest.raises(Conflict):
        skip(units, trainer, asked)


def test_nobody_learns_what_others_said_before_they_have_rated(units: UnitOfWorkFactory) -> None:
    north = team(units, "north")
    rep = member(units, "rep", TRAINEE, north)
    one, two = (member(units, name, TRAINER, north) for name in ("one", "two"))
    Practice(units, rep.key, NOW).line("太贵了", "price")
    sample = draw(units, one, north)
    say(units, one, ask(units, one, sample), objection="payment")
    assert verdicts(units, person=two, sample=sample, now=NOW)[2] == ()
    say(units, two, ask(units, two, sample), objection="price")
    (told,) = verdicts(units, person=two, sample=sample, now=NOW)[2]
    assert (told.mine, told.bot["objection"], told.others) == (
        {"objection": "price"},
        "price",
        ({"objection": "payment"},),
    )
    assert told.disputed == ("objection",)


def test_samples_and_items_of_others_do_not_exist(units: UnitOfWorkFactory) -> None:
    north, south = team(units, "north"), team(units, "south")
    rep = member(units, "rep", TRAINEE, north)
    trainer, other = member(units, "trainer", TRAINER, north), member(units, "other", TRAINER, south)
    admin = member(units, "admin", ADMIN)
    Practice(units, rep.key, NOW).line("太贵了", "price")
    sample = draw(units, trainer, north)
    asked = ask(units, trainer, sample)
    assert desk(units, person=other).samples == ()
    for call in (
        lambda: ask(units, other, sample),
        lambda: verdicts(units, person=other, sample=sample, now=NOW),
        lambda: say(units, other, asked, objection="price"),
        lambda: draw(units, other, north),
        lambda: draw(units, other, None),
    ):
        with pytest.raises(NotFound):
            call()
    assert ask(units, admin, sample).item is not None
    with pytest.raises(Refused):
        draw(units, other, south)
    with units() as uow:
        assert rep.account is not None
        uow.teams.leave(north, rep.account)
        uow.commit()
    assert ask(units, trainer, sample).progress.items == 0


def test_private_practice_is_drawn_only_once_it_was_handed_in(units: UnitOfWorkFactory) -> None:
    north = team(units, "north", private=True)
    rep, trainer = member(units, "rep", TRAINEE, north), member(units, "trainer", TRAINER, north)
    practice = Practice(units, rep.key, NOW)
    practice.line("太贵了", "price")
    with pytest.raises(Refused, match="empty"):
        draw(units, trainer, north)
    practice.hand_in()
    assert ask(units, trainer, draw(units, trainer, north)).item is not None


@pytest.mark.parametrize(
    "wrong", [{"size": 5}, {"size": 501}, {"groups": ("colour",)}, {"langs": ("fr",)}], ids=str
)
def test_a_sample_that_makes_no_sense_is_refused(units: UnitOfWorkFactory, wrong: dict[str, object]) -> None:
    values: dict[str, object] = {"size": 20, "groups": ("objection",), "langs": ("zh",), **wrong}
    with pytest.raises(Refused):
        make_sample(units, person=member(units, "a", ADMIN), team=None, name="", now=NOW, **values)  # type: ignore[arg-type]


def test_agreement_is_measured_by_family_and_language(units: UnitOfWorkFactory) -> None:
    north = team(units, "north")
    rep = member(units, "rep", TRAINEE, north)
    one, two = (member(units, name, TRAINER, north) for name in ("one", "two"))
    zh, en = Practice(units, rep.key, NOW), Practice(units, rep.key, NOW, lang="en")
    for n in range(FEW):
        zh.line(f"太贵了 {n}", ("price", "need")[n % 2])
    en.line("too dear", "price")
    assert not measure(units, now=NOW)
    sample = draw(units, one, north, size=100)
    for person in (one, two):
        while (asked := ask(units, person, sample)).item is not None:
            bot = asked.item.judged["objection"]
            say(units, person, asked, objection=bot if person is one else "timing")
    assert not trusts(units).fresh
    assert measure(units, now=NOW) and not measure(units, now=NOW)
    told = trusts(units)
    found = told.of("objection", "zh")
    assert told.fresh
    assert (found.bot.items, found.people.items, found.bot.share) == (FEW, FEW, 0.5)
    assert found.bot.kappa is not None and found.bot.low is not None and found.bot.high is not None
    assert found.bot.low <= found.bot.kappa <= found.bot.high
    assert found.people.share == 0.0
    assert (found.verdict, told.of("objection", "en").verdict) == (PRACTICE_ONLY, TOO_FEW)
    assert told.of("objection").lang == "zh"
    assert told.of("listen", "zh").verdict == UNMEASURED


def test_the_floor_can_be_set_for_each_family(units: UnitOfWorkFactory) -> None:
    admin = member(units, "admin", ADMIN)
    assert trusts(units).of("objection", "zh").floor == FLOOR
    set_floor(units, person=admin, family="objection", kappa=0.4, now=NOW)
    set_floor(units, person=admin, family="objection", kappa=0.3, now=NOW)
    assert trusts(units).of("objection", "zh").floor == 0.3
    assert trusts(units).of("nature", "zh").floor == FLOOR
    for family, kappa in (("colour", 0.5), ("nature", 1.1)):
        with pytest.raises(Refused):
            set_floor(units, person=admin, family=family, kappa=kappa, now=NOW)
    with units(reading=True) as uow:
        assert [entry.action for entry in uow.audit.entries(subject="family")] == ["set_floor"] * 2


def test_a_judgement_is_trusted_from_its_floor(units: UnitOfWorkFactory) -> None:
    north = team(units, "north")
    rep, trainer = member(units, "rep", TRAINEE, north), member(units, "trainer", TRAINER, north)
    practice = Practice(units, rep.key, NOW)
    for n in range(FEW):
        practice.reply(
            "price", ("yes_if", "inquiry")[n % 2], 70, text=f"好的 {n}", steps=("listen", "present")
        )
    sample = draw(units, trainer, north, "technique", "steps", size=FEW)
    while (asked := ask(units, trainer, sample)).item is not None:
        say(units, trainer, asked, technique=asked.item.judged["technique"], **STEPS)
    measure(units, now=NOW + timedelta(days=1))
    assert trusts(units).of("technique", "zh").verdict == TRUSTED
    assert trusts(units).of("listen", "zh").verdict == TOO_FEW


def test_every_group_can_be_asked(units: UnitOfWorkFactory) -> None:
    north = team(units, "north")
    rep, trainer = member(units, "rep", TRAINEE, north), member(units, "trainer", TRAINER, north)
    practice = Practice(units, rep.key, NOW)
    practice.reply("price", "yes_if", 70)
    practice.line("太贵了", "price")
    sample = draw(units, trainer, north, *GROUPS)
    asked_for = set()
    while (asked := ask(units, trainer, sample)).item is not None:
        assert asked.groups is not None
        families = [family for group in asked.groups.values() for family in group]
        asked_for.update(families)
        say(units, trainer, asked, **{family: FAMILIES[family].scale[-1] for family in families})
    assert asked_for == set(FAMILIES) - {"nature"} or asked_for == set(FAMILIES)
