"""Reviewing on both databases: what trainers say is kept, clashes are told, undo works, scores follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest

from bot.coaching.review import (
    APPEAL,
    COMMENT,
    LABEL,
    REVIEWED,
    SCORE,
    TAG,
    Event,
    Review,
    fold,
)
from bot.content.loader import load_content
from bot.content.schema import Content
from bot.services.access import TRAINEE, TRAINER, Person
from bot.services.errors import Conflict, NotFound, Refused
from bot.services.opening import open_session
from bot.services.reviewing import Form, change, undo
from bot.storage.people_records import AuditRecord
from bot.storage.records import AppealRecord
from bot.storage.unit_of_work import UnitOfWorkFactory

from .conftest import NOW, at
from .player import Trainee
from .test_concurrency import at_once
from .test_people import admin, member, team

TOKENS = count()


@pytest.fixture(scope="module")
def content() -> Content:
    return load_content()


@dataclass
class Room:
    """A rep who practised, two trainers of their team and one of another, and an admin."""

    units: UnitOfWorkFactory
    content: Content
    rep: Person
    trainer: Person
    second: Person
    stranger: Person
    boss: Person
    player: Trainee

    @property
    def rubric(self) -> Any:
        return self.content.rubric.rules

    def say(
        self,
        kind: str,
        turn: int | None = None,
        *,
        by: Person | None = None,
        seen: int | None = None,
        token: str = "",
        **data: Any,
    ) -> None:
        token = token or f"a-token-{next(TOKENS)}"
        form = Form(kind, self.last() if seen is None else seen, token, turn, data)
        change(
            self.units,
            self.rubric,
            person=by or self.trainer,
            session=self.player.id,
            form=form,
            now=at(next(TOKENS)),
        )

    def undo(self, event: int, *, by: Person | None = None, seen: int | None = None) -> None:
        undo(
            self.units,
            self.rubric,
            person=by or self.trainer,
            session=self.player.id,
            event=event,
            seen=self.last() if seen is None else seen,
            token=f"a-token-{next(TOKENS)}",
            now=at(1),
        )

    def events(self) -> tuple[Event, ...]:
        with self.units(reading=True) as uow:
            found = uow.sessions.find(self.player.id)
            assert found is not None
            return uow.reviews.of_session(found)

    def review(self) -> Review:
        return fold(self.events())

    def last(self) -> int:
        return self.review().last

    def scores(self) -> tuple[int | None, int | None]:
        talk = self.player.talk()
        return talk.score, talk.final_score

    def appeals(self) -> tuple[AppealRecord, ...]:
        talk = self.player.talk()
        with self.units(reading=True) as uow:
            return uow.talks.appeals_of(talk)

    def audit(self) -> tuple[AuditRecord, ...]:
        with self.units(reading=True) as uow:
            return uow.audit.entries(subject="session", subject_id=self.player.id)


@pytest.fixture
def room(units: UnitOfWorkFactory, content: Content) -> Room:
    ours, theirs = team(units, "ours"), team(units, "theirs")
    rep = member(units, "rep", TRAINEE, ours)
    open_session(
        units, trainee_key=rep.key, name="", channel="web", lang="zh", product="alarm", now=NOW, public_id="s"
    )
    return Room(
        units,
        content,
        rep,
        member(units, "trainer", TRAINER, ours),
        member(units, "second", TRAINER, ours),
        member(units, "stranger", TRAINER, theirs),
        admin(units),
        Trainee(units, content),
    )


def practise(room: Room) -> int:
    """Play a talk with a good and a bad reply, appeal; returns the turn of the bad one."""
    room.player.click("choose_scenario", scenario="alarm_loud")
    room.player.master()
    room.player.say("嗯嗯，好的好的，都行。", ("pressure",))
    reply = room.player.last()
    room.player.click(
        "disagree", talk=room.player.talk().id, talk_turn=reply.id, rule="pressure", reason="不是"
    )
    room.player.click("stop")
    return reply.turn


PAYMENT = {"family": "technique", "value": {"technique": "tai_chi"}}


def test_what_a_trainer_says_is_kept_with_who_and_when(room: Room) -> None:
    turn = practise(room)
    room.say(COMMENT, turn, text="先认同再问。", told=True)
    room.say(COMMENT, text="among us")
    room.say(LABEL, turn, family="technique", value={"technique": "inquiry"})
    room.say(LABEL, turn, family="mark", value={"steps": ["listen", "ask"]})
    room.say(TAG, tag="  Needs   Work ", on=True)
    room.say(REVIEWED, on=True)
    review = room.review()
    assert [(c.turn, c.data["text"], c.data["told"]) for c in review.comments] == [
        (turn, "先认同再问。", True),
        (None, "among us", False),
    ]
    label = review.labels[turn, "technique"]
    assert label.data == {
        "family": "technique",
        "value": {"technique": "inquiry"},
        "was": {"technique": "none"},
    }
    assert label.by == room.trainer.account and label.at >= NOW
    assert set(review.labels_of(turn)) == {"technique", "mark"}
    assert list(review.tags) == ["needs work"]
    assert (
        review.reviewed is not None
        and review.reviewed.data["turns"] == len({one.turn for one in room.player.turns(valid=False)}) + 2
    )
    assert [entry.action for entry in room.audit()] == [
        "reviewed", "tag", "label", "label", "comment", "comment",
    ]  # fmt: skip
    assert room.audit()[2].detail == {"family": "mark", "turn": turn}


def test_a_corrected_method_counts_at_once_in_figures_and_in_the_trainees_own_progress(room: Room) -> None:
    turn = practise(room)

    def counted() -> tuple[set[str], set[str]]:
        shown = room.player.click("show_progress").blocks[0].data["methods"]
        with room.units(reading=True) as uow:
            summed = uow.figures.weeks(None, since=1, until=3_000_000)
        return (
            {skill["id"] for skill in shown if skill["count"]},
            {one.sum.key for one in summed if one.sum.kind == "method"},
        )

    room.say(LABEL, turn, family="technique", value={"technique": "tai_chi"})
    first = room.last()
    shown, summed = counted()
    assert "tai_chi" in shown and "tai_chi" in summed and "none" not in summed
    room.undo(first)
    shown, summed = counted()
    assert "tai_chi" not in shown and "tai_chi" not in summed and "none" in summed


def test_nobody_else_can_say_anything(room: Room) -> None:
    turn = practise(room)
    for person in (room.stranger, room.rep, Person("a guest")):
        with pytest.raises(NotFound):
            room.say(COMMENT, turn, by=person, text="hello")
        with pytest.raises(NotFound):
            room.undo(1, by=person)
    with pytest.raises(NotFound):
        room.say(COMMENT, 99, text="hello")
    assert room.events() == () and room.audit() == ()


@pytest.mark.parametrize(
    ("kind", "data", "field"),
    [
        ("shout", {}, "kind"),
        (COMMENT, {"text": "  "}, "text"),
        (COMMENT, {"text": "x" * 4001}, "text"),
        (LABEL, {"family": "objection", "value": {"types": ["price"]}}, "value"),
        (LABEL, {"family": "technique", "value": {"technique": "magic"}}, "value"),
        (LABEL, {"family": "technique", "value": "inquiry"}, "value"),
        (TAG, {"tag": "\u200b \x00", "on": True}, "tag"),
        (TAG, {"tag": "x" * 41, "on": True}, "tag"),
    ],
)
def test_what_cannot_be_said_is_refused(room: Room, kind: str, data: dict[str, Any], field: str) -> None:
    turn = practise(room)
    with pytest.raises(Refused, match=f"^{field}$"):
        room.say(kind, turn if kind == LABEL else None, **data)
    assert room.events() == ()


@pytest.mark.parametrize("score", [-1, 101, "80", 80.5, True])
def test_a_score_is_a_whole_number_up_to_100_with_a_reason(room: Room, score: object) -> None:
    practise(room)
    talk = room.player.talk().id
    with pytest.raises(Refused, match="score"):
        room.say(SCORE, talk=talk, score=score, reason="because")
    with pytest.raises(Refused, match="reason"):
        room.say(SCORE, talk=talk, score=80, reason=" ")
    with pytest.raises(NotFound):
        room.say(SCORE, talk=talk + 1, score=80, reason="because")


def test_a_running_talk_has_no_score_to_override(room: Room) -> None:
    room.player.click("choose_scenario", scenario="alarm_loud")
    with pytest.raises(Refused, match="score"):
        room.say(SCORE, talk=room.player.talk().id, score=80, reason="because")


def test_both_scores_are_kept_and_undo_gives_the_bots_back(room: Room) -> None:
    practise(room)
    bot, _ = room.scores()
    talk = room.player.talk().id
    room.say(SCORE, talk=talk, score=88, reason="客户先笑了")
    assert room.scores() == (bot, 88)
    room.undo(room.last())
    assert room.scores() == (bot, bot)
    room.undo(room.review().undone[0][0].id)
    assert room.scores() == (bot, 88)
    room.say(SCORE, talk=talk, score=None, reason="no, the bot was right")
    assert room.scores() == (bot, bot)


def test_an_override_does_not_outlive_the_talk_it_was_for(room: Room) -> None:
    practise(room)
    room.say(SCORE, talk=room.player.talk().id, score=88, reason="because")
    room.player.click("redo_turn")
    assert room.scores() == (None, None)
    room.player.master()
    room.player.click("stop")
    bot, final = room.scores()
    assert bot is not None and final == bot


def test_an_upheld_appeal_changes_the_reply_and_the_talk(room: Room) -> None:
    practise(room)
    (appeal,) = room.appeals()
    bot, _ = room.scores()
    reply = room.player.last()
    room.say(APPEAL, appeal=appeal.id, verdict="upheld", points=0, reason="That was no pressure.")
    assert [a.state for a in room.appeals()] == ["upheld"]
    after = room.player.last()
    assert after.score == reply.score and (after.final_score or 0) > (reply.score or 0)
    assert room.scores()[0] == bot and (room.scores()[1] or 0) > (bot or 0)
    room.say(APPEAL, appeal=appeal.id, verdict="rejected", reason="后来想了想，还是算施压。")
    assert [a.state for a in room.appeals()] == ["rejected"]
    assert room.scores() == (bot, bot) and room.player.last().reviewed_score is None
    room.undo(room.last())
    assert [a.state for a in room.appeals()] == ["upheld"]
    room.undo(room.review().answers[appeal.id].id)
    assert [a.state for a in room.appeals()] == ["open"]
    assert room.scores() == (bot, bot)


def test_an_upheld_appeal_outlives_a_redo_of_a_later_reply(room: Room) -> None:
    practise(room)
    (appeal,) = room.appeals()
    room.say(APPEAL, appeal=appeal.id, verdict="upheld", points=0, reason="yes")
    room.player.click("redo_turn", turn=2)
    room.player.master()
    room.player.click("stop")
    bot, final = room.scores()
    assert bot is not None and final == bot, "the reply that it was about was redone"
    upheld = next(t for t in room.player.turns(valid=False) if t.id == appeal.talk_turn_id)
    assert upheld.superseded and upheld.final_score != upheld.score


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({"verdict": "maybe", "reason": "x"}, Refused),
        ({"verdict": "upheld", "reason": "x"}, Refused),
        ({"verdict": "upheld", "points": 101, "reason": "x"}, Refused),
        ({"verdict": "rejected", "reason": ""}, Refused),
        ({"verdict": "rejected", "reason": "x", "appeal": 999}, NotFound),
    ],
)
def test_an_answer_to_an_appeal_needs_a_verdict_and_a_reason(
    room: Room, data: dict[str, Any], error: type[Exception]
) -> None:
    practise(room)
    (appeal,) = room.appeals()
    with pytest.raises(error):
        room.say(APPEAL, **{"appeal": appeal.id, **data})
    assert [a.state for a in room.appeals()] == ["open"]


def test_two_trainers_do_not_overwrite_each_other(room: Room) -> None:
    turn = practise(room)
    seen = room.last()
    room.say(LABEL, turn, family="technique", value={"technique": "inquiry"})
    with pytest.raises(Conflict):
        room.say(LABEL, turn, by=room.second, seen=seen, family="technique", value={"technique": "yes_if"})
    # What the other did is about something else, or says the same: no clash.
    room.say(LABEL, turn, by=room.second, seen=seen, family="mark", value={"steps": ["ask"]})
    room.say(LABEL, turn, by=room.second, seen=seen, family="technique", value={"technique": "inquiry"})
    room.say(COMMENT, turn, by=room.second, seen=seen, text="me too")
    room.say(LABEL, turn, by=room.second, family="technique", value={"technique": "yes_if"})
    assert room.review().labels[turn, "technique"].data["value"] == {"technique": "yes_if"}
    assert len(room.events()) == 4


def test_a_form_that_is_sent_twice_is_taken_once(room: Room) -> None:
    practise(room)
    for _ in range(3):
        room.say(COMMENT, token="the-same-form", text="once")
    assert len(room.events()) == len(room.audit()) == 1
    with pytest.raises(Refused, match="token"):
        room.say(COMMENT, token="no", text="x")


def test_undo_is_for_ones_own_and_for_admins(room: Room) -> None:
    practise(room)
    room.say(COMMENT, text="mine")
    comment = room.last()
    with pytest.raises(Refused, match="event"):
        room.undo(comment, by=room.second)
    room.undo(comment, by=room.boss)
    assert room.review().comments == ()
    with pytest.raises(Conflict):
        room.undo(comment)
    with pytest.raises(NotFound):
        room.undo(99)
    room.undo(room.last(), by=room.boss)
    assert [c.data["text"] for c in room.review().comments] == ["mine"]
    assert [entry.action for entry in room.audit()] == ["redo", "undo", "comment"]
    with pytest.raises(Conflict):
        room.undo(room.last(), by=room.boss)


def test_undo_does_not_pass_over_what_another_said_meanwhile(room: Room) -> None:
    turn = practise(room)
    room.say(LABEL, turn, family="technique", value={"technique": "inquiry"})
    mine = room.last()
    room.say(LABEL, turn, by=room.second, family="technique", value={"technique": "yes_if"})
    with pytest.raises(Conflict):
        room.undo(mine, seen=mine)
    room.undo(mine)
    assert room.review().labels[turn, "technique"].data["value"] == {"technique": "yes_if"}


def test_a_label_becomes_a_lesson_until_it_is_taken_back(room: Room) -> None:
    turn = practise(room)

    def lessons() -> list[tuple[str, Any, Any]]:
        states = ("pending", "replaced", "withdrawn")
        with room.units(reading=True) as uow:
            return [
                (one.state, one.proposed["technique"], one.proposed_by) for one in uow.lessons.listed(states)
            ]

    room.say(LABEL, turn, family="technique", value={"technique": "inquiry"})
    assert lessons() == [("pending", "inquiry", room.trainer.account)]
    room.say(LABEL, turn, by=room.second, family="technique", value={"technique": "yes_if"})
    assert sorted(state for state, *_ in lessons()) == ["pending", "replaced"]
    room.undo(room.last(), by=room.second)
    assert {(state, method) for state, method, _ in lessons()} == {
        ("pending", "inquiry"), ("withdrawn", "yes_if"),
    }  # fmt: skip
    room.undo(room.review().labels[turn, "technique"].id)
    assert {state for state, *_ in lessons()} == {"withdrawn"}


def test_of_many_trainers_at_once_one_is_first_and_all_others_are_told(room: Room) -> None:
    turn = practise(room)

    def job(person: Person, technique: str) -> Callable[[], str]:
        def send() -> str:
            try:
                room.say(LABEL, turn, by=person, seen=0, family="technique", value={"technique": technique})
            except Conflict:
                return "told"
            return "first"

        return send

    methods = ("inquiry", "yes_if", "tai_chi", "ignore", "rebuttal", "compensation")
    jobs = [job((room.trainer, room.second)[n % 2], method) for n, method in enumerate(methods)]
    assert sorted(at_once(*jobs)) == ["first"] + ["told"] * 5
    (event,) = room.events()
    assert event.data["value"]["technique"] in methods


def test_the_trainee_is_told_and_the_news_end_when_seen(room: Room) -> None:
    turn = practise(room)
    room.say(COMMENT, turn, text="for you", told=True)
    room.say(COMMENT, turn, text="among us")
    room.say(TAG, tag="slow", on=True)
    room.say(REVIEWED, on=True)
    with room.units() as uow:
        me = uow.trainees.find(room.rep.key)
        assert me is not None
        assert uow.reviews.unseen(room.rep.key) == 2
        assert uow.reviews.unseen("nobody's key") == uow.reviews.unseen(room.trainer.key) == 0
        told = uow.reviews.news(me.id)
        assert [(session, event.kind) for session, event in told] == [("s", REVIEWED), ("s", COMMENT)]
        uow.reviews.see(me.id, told[0][1].id)
        uow.reviews.see(me.id, told[1][1].id)
        assert (uow.reviews.unseen(room.rep.key), uow.reviews.seen(me.id)) == (0, told[0][1].id)
        uow.commit()
    room.say(COMMENT, turn, text="one more", told=True)
    room.undo(room.last())
    with room.units(reading=True) as uow:
        assert uow.reviews.unseen(room.rep.key) == 0


def test_news_follow_a_guest_who_turns_out_to_be_a_member(room: Room) -> None:
    guest = Person("a guest's browser")
    open_session(
        room.units, trainee_key=guest.key, name="", channel="web", lang="zh", product="alarm", now=NOW,
        public_id="g",
    )  # fmt: skip
    form = Form(COMMENT, 0, "some-token", None, {"text": "hello", "told": True})
    change(room.units, room.rubric, person=room.boss, session="g", form=form, now=NOW)
    with room.units() as uow:
        source, target = uow.trainees.find(guest.key), uow.trainees.find(room.rep.key)
        assert source is not None and target is not None
        uow.reviews.see(source.id, 0)
        uow.trainees.merge(source, target)
        uow.commit()
    with room.units(reading=True) as uow:
        assert uow.reviews.unseen(room.rep.key) == uow.reviews.unseen(guest.key) == 1
