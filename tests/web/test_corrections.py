"""The pages about corrections and models: who decides what, and what the figures show."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from stage import FakeRasa, FakeWorkshop
from world import World, company

from bot.commands.candidates import Candidates
from bot.services.promoting import begin, compared, fail, history, made
from bot.storage.lesson_records import CHANGED, PENDING, REJECTED, TRAINER_SAID, TRAINING, Proposal
from bot.storage.lessons import is_held_back
from bot.storage.unit_of_work import UnitOfWorkFactory
from bot.web.workshop import CommandWorkshop, Ended

NOW = datetime(2026, 11, 22, tzinfo=timezone.utc)
TYPED = next(t for t in (f"<b>{n} pounds</b> is a lot for a bell" for n in count()) if not is_held_back(t))
CHANGE = {"old": 0.8, "new": 0.9}
TALLY = {"n": 9, "accuracy": CHANGE, "macro_f1": CHANGE, "lost": 0, "won": 1, "p": 1.0, "share_below": 0.0}


@pytest.fixture
def workshop() -> FakeWorkshop:
    return FakeWorkshop()


@pytest.fixture
def world(units: UnitOfWorkFactory, rasa: FakeRasa, workshop: FakeWorkshop) -> Iterator[World]:
    with company(units, rasa.url, workshop=workshop, lang="en") as world:
        yield world


def lesson(world: World, of: str, family: str, value: dict[str, Any], was: dict[str, Any]) -> int:
    """Put a correction of somebody's message into the queue."""
    with world.units() as uow:
        session = uow.sessions.lock(world.sessions[of])
        assert session is not None
        turn = uow.turns.receive(session, message_id=f"m{family}", kind="text", text=TYPED, now=NOW)
        made = uow.lessons.add(
            turn, Proposal(TRAINER_SAID, turn.id, family, was, value),
            by=world.people["trainer"].account, now=NOW,
        )  # fmt: skip
        uow.commit()
    return made.id


def found(world: World, number: int) -> tuple[str, dict[str, Any]]:
    with world.units(reading=True) as uow:
        lesson = uow.lessons.find(number)
    assert lesson is not None
    return lesson.state, lesson.value


def candidate(world: World, *, not_worse: bool, session: str = "rep", lines: int = 1) -> int:
    units = world.units
    training = begin(units, by=world.people["trainer"].account, now=NOW)
    made(units, training=training.id, model="new.tar.gz", base="old.tar.gz", lessons=[1])
    label = {"support": 4, "f1": CHANGE, "lost": 0, "won": 1, "p": 1.0}
    worse = {"set": "development", "task": "objection", "lang": "zh", "measure": "label", "label": "price"}
    same = {**label, "f1": {"old": 0.875, "new": 0.875}, "won": 0}
    by_label = {"need": same, "price": label, "timing": same}
    comparison = {"by_lang": {"both": TALLY, "zh": TALLY}, "by_label": {"zh": by_label}, "worse": []}
    said = {"session": world.sessions[session], "turn": 3, "family": "technique"}
    compared(
        units,
        training=training.id,
        figures={
            "development": {"objection": comparison},
            "held_back": {"mark": {**comparison, "by_label": {"zh": {"listen": label}}}},
            "taught": {"n": 1, "old": 0, "new": 1},
            "sessions": {
                "lines": 5, "sessions": 2, "changed_lines": lines, "changed_sessions": 1,
                "changed": [{**said, "old": ["none"], "new": ["yes_if"]}],
            },
            "worse": [] if not_worse else [{**worse, **CHANGE}],
            "not_worse": not_worse,
        },
    )  # fmt: skip
    return training.id


def test_a_trainer_accepts_changes_and_rejects_what_their_team_is_taught(world: World) -> None:
    number = lesson(world, "rep", "objection", {"types": ["price"]}, {"types": []})
    trainer = world.browsers["trainer"]
    page = trainer.get("/corrections").text
    assert "&lt;b&gt;" in page and "<b>0" not in page
    assert "trainer 姓名" in page
    form = {"verdict": "change", "family": "objection", "main": "payment", "also": ["need", "payment"]}
    answer = trainer.submit(f"/corrections/{number}", **form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/corrections?show=open")
    assert found(world, number) == (CHANGED, {"types": ["payment", "need"]})
    trainer.submit(f"/corrections/{number}?show=taught", verdict="reject")
    assert found(world, number)[0] == REJECTED
    assert TYPED.split()[0][3:] in trainer.get("/corrections?show=closed").text


@pytest.mark.parametrize(
    ("family", "value", "form", "expected"),
    [
        ("nature", {"nature": "false"}, {"label": "hidden"}, {"nature": "hidden"}),
        ("technique", {"technique": "yes_if"}, {"label": "none"}, {"technique": "none"}),
        ("mark", {"steps": ["ask"]}, {"steps": ["ask", "listen"]}, {"steps": ["listen", "ask"]}),
        ("objection", {"types": ["price"]}, {"main": "none", "also": ["need"]}, {"types": []}),
    ],
)
def test_each_family_can_be_changed(
    world: World, family: str, value: dict[str, Any], form: dict[str, Any], expected: dict[str, Any]
) -> None:
    number = lesson(world, "rep", family, value, {})
    trainer = world.browsers["trainer"]
    assert trainer.get("/corrections").status_code == 200
    answer = trainer.submit(f"/corrections/{number}", verdict="change", family=family, **form)
    assert answer.status_code == 303
    assert found(world, number) == (CHANGED, expected)
    assert trainer.get("/corrections?show=taught").status_code == 200


def test_what_cannot_be_is_refused_and_stays_open(world: World) -> None:
    number = lesson(world, "rep", "nature", {"nature": "false"}, {"nature": "genuine"})
    trainer = world.browsers["trainer"]
    for form in ({"verdict": "burn"}, {"verdict": "change", "family": "nature", "label": "cheap"}):
        answer = trainer.submit(f"/corrections/{number}", **form)
        assert answer.status_code == 422 and 'role="alert"' in answer.text
    assert found(world, number)[0] == PENDING
    marks = lesson(world, "rep", "mark", {"steps": ["ask"]}, {"steps": []})
    form = {"verdict": "change", "family": "mark", "steps": ["ask", "hope"]}
    assert trainer.submit(f"/corrections/{marks}", **form).status_code == 422


def test_a_correction_whose_text_was_deleted_can_only_be_rejected(world: World) -> None:
    number = lesson(world, "rep", "objection", {"types": ["price"]}, {"types": []})
    with world.units() as uow:
        session = uow.sessions.find(world.sessions["rep"])
        assert session is not None
        uow.forgetting.purge(session.id, NOW)
        uow.commit()
    trainer = world.browsers["trainer"]
    page = trainer.get("/corrections").text
    assert "The text was deleted" in page and 'value="reject"' in page and 'value="accept"' not in page
    answer = trainer.submit(f"/corrections/{number}", verdict="accept")
    assert answer.status_code == 422 and "Its text was deleted" in answer.text
    assert trainer.submit(f"/corrections/{number}", verdict="reject").status_code == 303


def test_corrections_of_other_teams_do_not_exist(world: World) -> None:
    number = lesson(world, "rep", "objection", {"types": ["price"]}, {"types": []})
    other = world.browsers["other_trainer"]
    assert "pounds" not in other.get("/corrections").text
    assert other.submit(f"/corrections/{number}", verdict="accept").status_code == 404
    assert world.browsers["admin"].submit(f"/corrections/{number}", verdict="accept").status_code == 303


def test_the_button_enters_a_training_and_begins_it(world: World, workshop: FakeWorkshop) -> None:
    trainer = world.browsers["trainer"]
    account = str(world.people["trainer"].account)
    assert trainer.submit("/models/train", promote="yes").status_code == 303
    (begun,) = workshop.begun
    with world.units(reading=True) as uow:
        (training,) = uow.trainings.recent()
    assert begun == (
        "train", "--with-corrections", "--training", str(training.id), "--account", account,
        "--promote", "auto",
    )  # fmt: skip
    assert (training.state, training.made_by) == (TRAINING, world.people["trainer"].account)
    workshop.busy = True
    page = trainer.get("/models").text
    assert 'http-equiv="refresh"' in page
    assert trainer.submit("/models/train").status_code == 422
    assert trainer.submit("/models/rollback").status_code == 422


def test_a_button_that_is_pressed_many_times_begins_one_training(
    world: World, workshop: FakeWorkshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(*arguments: str, lang: str) -> bool:
        workshop.begun.append(arguments)
        workshop.busy = True
        return True

    monkeypatch.setattr(workshop, "begin", work)
    who = ("trainer", "other_trainer", "admin")
    tokens = {name: world.browsers[name].csrf() for name in who}

    def press(number: int) -> int:
        name = who[number % len(who)]
        if number % 4 == 3:
            return world.browsers[name].get("/models").status_code
        return world.browsers[name].post("/models/train", data={"csrf": tokens[name]}).status_code

    with ThreadPoolExecutor(12) as presses:
        statuses = Counter(presses.map(press, range(12)))
    assert statuses == {303: 1, 422: 8, 200: 3}
    assert len(workshop.begun) == 1
    assert [training.state for training in history(world.units)] == [TRAINING]


def test_a_training_that_was_cut_off_is_shown_as_failed(world: World, workshop: FakeWorkshop) -> None:
    begin(world.units, by=None, now=NOW)
    workshop.ended = Ended(-9, "Training the model")
    page = world.browsers["admin"].get("/models").text
    assert "Failed" in page and "· broken off" in page
    assert "It was broken off; nothing has changed." in page and "Training the model" not in page
    assert "decided by" not in page and "corrections learned" not in page


def test_why_a_training_failed_is_told_in_words(world: World) -> None:
    for reason in ("error.disk_full", "train.failed", "teach.development_set", "unexpected"):
        training = begin(world.units, by=None, now=NOW)
        fail(world.units, training=training.id, reason=reason, now=NOW)
    page = world.browsers["admin"].get("/models").text
    assert "the disk is full" in page and "error.disk_full" not in page and "train.failed" not in page


def test_figures_are_shown_with_the_sessions_that_a_person_may_see(world: World) -> None:
    candidate(world, not_worse=False)
    mine = world.browsers["trainer"].get("/models").text
    assert "0.800 → 0.900" in mine and "Worse than the model in use" in mine
    assert world.sessions["rep"] in mine
    others = world.browsers["other_trainer"].get("/models").text
    assert world.sessions["rep"] not in others and "1 more in sessions" in others


def test_a_worse_model_is_used_for_a_reason_only(world: World, workshop: FakeWorkshop) -> None:
    number = candidate(world, not_worse=False)
    admin, account = world.browsers["admin"], str(world.people["admin"].account)
    assert admin.submit(f"/models/{number}/promote").status_code == 422
    assert admin.submit(f"/models/{number}/promote", reason="--to none").status_code == 303
    assert workshop.begun == [("models", "promote", "new.tar.gz", "--reason=--to none", "--account", account)]
    assert admin.submit("/models/rollback", reason="worse in talks").status_code == 303
    assert workshop.begun[-1][:2] == ("models", "rollback")


def test_what_the_command_said_last_is_shown(world: World, workshop: FakeWorkshop) -> None:
    workshop.ended = Ended(1, "The running dojo did not take <it>")
    assert "did not take &lt;it&gt;" in world.browsers["admin"].get("/models").text


def test_the_workshop_runs_one_command_at_a_time_and_keeps_how_it_ended(tmp_path: Path) -> None:
    script = "\n".join(
        (
            "import os, sys",
            "print('first', file=sys.stderr)",
            "print(os.environ['DOJO_LANG'], sys.argv[1:], file=sys.stderr)",
            "sys.exit(3)",
        )
    )
    work = CommandWorkshop(tmp_path, (sys.executable, "-c", script))
    assert not work.busy and work.ended is None
    assert work.begin("models", "--reason=a b", lang="zh")
    work.wait(60)
    assert work.ended == Ended(3, "zh ['models', '--reason=a b']")
    assert not work.busy


def test_the_workshop_sees_what_is_begun_in_a_terminal(tmp_path: Path) -> None:
    work = CommandWorkshop(tmp_path, (sys.executable, "-c", ""))
    with Candidates(tmp_path, tmp_path).alone() as mine:
        assert mine
        assert work.busy
        assert not work.begin("models", lang="en")
    assert not work.busy


def test_labels_that_changed_come_first_and_the_others_are_folded_away(world: World) -> None:
    candidate(world, not_worse=True)
    browser = world.browsers["trainer"]
    browser.get("/language/en")
    page = browser.get("/models").text
    first, _, folded = page.partition('<details class="fold">')
    table = first[first.index("Labels that changed") :]
    assert table.count("<tr>") == 3, "the heading, price and listen"
    assert "2 labels are unchanged" in folded and folded[: folded.index("</details>")].count("0.875 →") == 2
    assert "0.875 →" not in first


@pytest.mark.parametrize(("lines", "told"), [(1, ""), (2, "1 more message is not listed."), (41, "40 more")])
def test_messages_that_are_not_listed_are_counted(world: World, lines: int, told: str) -> None:
    candidate(world, not_worse=True, lines=lines)
    browser = world.browsers["trainer"]
    browser.get("/language/en")
    page = browser.get("/models").text
    assert told in page and ("not listed" in page) == bool(told)
