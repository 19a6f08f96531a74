"""Words and people that are forgotten are nowhere in the database's file, byte for byte."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from rep import Rep
from stage import CONTENT, SECRET, FakeRasa
from test_corrections import candidate
from world import World, company

from bot.services.digesting import digest
from bot.services.forgetting import erase, everything_about, purge_old
from bot.services.promoting import overview
from bot.services.rating import make_sample
from bot.services.reviewing import Form, change
from bot.services.teaching import collect
from bot.storage.tables import turns
from bot.storage.unit_of_work import UnitOfWorkFactory
from bot.web.blocks import payload

WORD = "Zebulonix"
"""What the rep says, alone and among others: a word that looks like an id."""


@dataclass
class Said:
    """A company in whose every table is something that the rep said."""

    world: World
    rep: Rep
    file: Path
    now: datetime

    def left(self, *words: str) -> list[str]:
        """Return which words are still in the file, after what is deleted is given back."""
        with sqlite3.connect(self.file) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        bytes_ = b"".join(file.read_bytes() for file in self.file.parent.glob(f"{self.file.name}*")).lower()
        return [
            word for word in words if any(form.lower() in bytes_ for form in (word.encode(), _escaped(word)))
        ]


def _escaped(word: str) -> bytes:
    """Return a word as JSON may hold it."""
    return word.encode("unicode_escape")


@pytest.fixture
def said(units: UnitOfWorkFactory, rasa: FakeRasa, tmp_path: Path) -> Iterator[Said]:
    with company(units, rasa.url) as world:
        rep, now = Rep(units, world.sessions["rep"]), datetime.now(timezone.utc)
        rep.practise()
        rep.send(text=WORD)
        rep.send(payload=payload("correct_type", turn=1, type="need"))
        rep.send(payload=payload("start_drill"))
        rep.send(text=WORD)
        rep.send(payload=payload("stop"))
        trainer, session = world.people["trainer"], rep.session
        rules: Any = CONTENT.rubric.rules
        for number, (kind, turn, data) in enumerate(
            (
                ("comment", 1, {"text": WORD, "told": True}),
                ("comment", None, {"text": WORD, "told": False}),
                ("tag", None, {"tag": WORD, "on": True}),
                ("label", 1, {"family": "objection", "value": {"types": ["need"]}}),
            )
        ):
            form = Form(kind, seen=10_000, token=f"a-form-{number}", turn=turn, data=data)
            change(units, rules, person=trainer, session=session, form=form, now=now)
        collect(units, now=now)
        digest(units, now=now)
        draw = {"size": 10, "groups": ["objection"], "langs": ["en", "zh"], "now": now}
        make_sample(units, person=trainer, team=world.teams["north"], name="First", **draw)
        candidate(world, not_worse=True)
        with units() as uow:
            entity = {"entity": "competitor", "value": WORD, "start": 0, "end": 9, "extractor": "rules"}
            rows = uow._connection.execute(turns.select().where(turns.c.reading.is_not(None))).all()  # type: ignore[union-attr]
            for row in rows:
                uow._connection.execute(  # type: ignore[union-attr]
                    turns.update()
                    .where(turns.c.id == row.id)
                    .values(reading={**row.reading, "entities": [entity]})
                )
            uow.commit()
        (file,) = tmp_path.glob("*.db")
        yield Said(world, rep, file, now)


def test_the_words_of_old_sessions_are_nowhere_and_figures_stay(said: Said) -> None:
    assert said.left(WORD, "ask my wife", "I did ask") == [WORD, "ask my wife", "I did ask"]
    units, later = said.world.units, said.now + timedelta(days=91)
    assert purge_old(units, keep_days=90, now=later) >= 1
    assert said.left(WORD, "ask my wife", "I did ask", "Wednesday") == []
    trainer = said.world.browsers["trainer"]
    assert trainer.get(f"/review/{said.rep.session}").status_code == 200
    assert said.rep.session in trainer.get("/inbox").text
    assert f"/review/{said.rep.session}" not in trainer.get(f"/inbox?q={WORD}").text
    assert trainer.get("/figures").status_code == 200


def test_a_guest_takes_everything_along_and_is_forgotten(said: Said) -> None:
    guest, word, name = said.world.browsers["guest"], "Quuxolith", "Vexandra Guest"
    assert "/guest/erase" not in guest.get("/guest").text
    begun = guest.submit("/sessions", name=name, product="alarm", lang="en").headers["location"]
    mine = Rep(said.world.units, begun.rpartition("/")[2])
    mine.send(text=f"{word} is too expensive")
    admin = said.world.browsers["admin"]
    assert admin.get(f"/review/{mine.session}").status_code == 200
    told = guest.get("/guest/data")
    assert "attachment" in told.headers["content-disposition"]
    lines = [json.loads(line) for line in told.text.splitlines()]
    assert word in told.text and WORD not in told.text and said.rep.session not in told.text
    looks = [(line["role"], line["action"]) for line in lines if line["table"] == "audit"]
    assert looks == [("admin", "read")]
    assert guest.post("/guest/erase", data={"proof": name}).status_code == 403, "without the visitor's token"
    wrong = guest.submit("/guest/erase", proof="somebody")
    assert wrong.status_code == 422 and 'role="alert"' in wrong.text and guest.get(begun).status_code == 200
    assert guest.submit("/guest/erase", proof=f" {name} ").status_code == 303
    assert guest.get(begun).status_code == 404 and guest.get("/guest/data").status_code == 404
    assert name not in guest.get("/").text
    assert said.left(word, name, WORD) == [WORD]
    log = admin.get("/audit?subject=trainee").text
    assert "访客" in log and word not in log


def test_a_browser_proves_nothing_about_an_account(said: Said) -> None:
    rep = said.world.browsers["rep"]
    assert rep.get("/guest").headers["location"] == "/account"
    assert rep.get("/guest/data").status_code == 404
    assert rep.submit("/guest/erase", proof="rep 姓名").status_code == 404
    assert said.left(WORD) == [WORD]


def test_of_an_erased_person_nothing_is_left(said: Said) -> None:
    units, person = said.world.units, said.world.people["rep"]
    assert person.account is not None
    told = "".join(everything_about(units, SECRET, person=person, account=person.account, now=said.now))
    assert WORD in told and "stranger" not in told and "colleague" not in told
    with units(reading=True) as uow:
        account = uow.accounts.find(person.account)
    assert account is not None
    erase(units, SECRET, person=said.world.people["admin"], account=person.account, now=said.now)
    assert said.left(WORD, "ask my wife", "rep 姓名", account.pseudonym, person.key) == []
    assert overview(units, person=said.world.people["admin"], now=said.now).hidden
    assert said.world.browsers["trainer"].get("/models").status_code == 200
