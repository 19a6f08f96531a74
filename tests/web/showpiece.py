"""The real advice with the real content, on readings that are written here instead of by a model."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from stage import CONTENT, RESPONSES, make_units

from bot.coaching.reading import Nature, Objection, Piece, Reading
from bot.content.phrases import load_coach_phrases
from bot.services.answering import answer
from bot.services.clicks import parse_payload
from bot.services.job import Command, Profile
from bot.services.opening import open_session
from bot.services.shelf import Shelf
from bot.storage.unit_of_work import UnitOfWorkFactory

_PHRASES = load_coach_phrases()

LINES = {
    "zh": "你们这个比网上贵了快一倍，而且我回去还得问我老婆",
    "en": "It's nearly twice what I saw online, and I'd have to ask my wife anyway",
}
FOUND = {
    "zh": (
        Objection("price", 0.93, "比网上贵了快一倍", Nature("genuine", 0.82, "比网上贵了快一倍")),
        Objection("authority", 0.71, "得问我老婆", Nature("hidden", 0.55, "回去还得问")),
    ),
    "en": (
        Objection("price", 0.93, "nearly twice what I saw online", Nature("genuine", 0.82, "nearly twice")),
        Objection("authority", 0.71, "have to ask my wife", Nature("hidden", 0.55, "ask my wife anyway")),
    ),
}
MARKS = {
    "zh": {
        "我也犯愁": "share",
        "您担心得对": "listen",
        "还是": "clarify",
        "码": "present",
        "周三": "ask",
        "便宜": "discount",
    },
    "en": {
        "I'd worry": "share",
        "right to worry": "listen",
        "or not being": "clarify",
        "code": "present",
        "Wednesday": "ask",
        "knock": "discount",
    },
}
"""What a sentence of a seller's reply shows, by words in it."""

_SENTENCE = re.compile(r"[^\s。！？.!?][^。！？.!?]*[。！？.!?]*")

PLAYS = {
    "zh": (
        "一响起来楼上六层人家都听得见，换我我也犯愁。您最怕的是半夜误报，还是真有事的时候关不掉？",
        "马老板，那我给您便宜五百，今天就定了吧！",
        "误报这事您担心得对。真响了，按四位密码两秒就停，三分钟后自己也会停。",
        "三千九百六连工带料全包了，密码也归您。周三上午十点我让师傅来装，您看行吗？",
    ),
    "en": (
        "Five floors of people above you, I'd worry about that too. Is it false alarms at night that you "
        "fear most, or not being able to stop it?",
        "Tell you what, I'll knock 500 off if you sign today!",
        "You're right to worry about false alarms. If it does go off, a four-digit code stops it in two "
        "seconds.",
        "The price covers the fitting and the code is yours. Shall the fitter come on Wednesday at ten?",
    ),
}
"""What a seller says in the scenario `alarm_loud`: a good reply, a bad one, two more good ones."""

UNSURE = {"zh": "这个钱我得想想", "en": "That's a lot of money"}
HELLO = {"zh": "你好", "en": "Hello"}


class Coach:
    """Answers as the actions do."""

    def __init__(self, units: UnitOfWorkFactory) -> None:
        """Work as the actions do, on a database."""
        self._units = units
        self._content = CONTENT
        self._phrases = _PHRASES
        self._responses = RESPONSES
        self.slots: dict[tuple[str, str], Any] = {}

    def __call__(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        """Answer a message."""
        text = message.get("text") or message["payload"]
        reading, command = self.read(message)
        lang = reading.lang if reading else command.values.get("lang") or message["metadata"]["lang"]
        sender = message["sender"]
        outcome = answer(
            self._units,
            Shelf(self._content),
            self._phrases,
            session=message["sender"],
            message_id=message["message_id"],
            text=text,
            reading=reading,
            command=command,
            profile=Profile(
                lang,
                self.slots.get((sender, "product")) or message["metadata"]["product"],
                message["metadata"]["name"],
                self.slots.get((sender, "sells_by")) or "",
            ),
            now=datetime.now(timezone.utc),
        )
        self.slots.update({(sender, name): value for name, value in outcome.slots.items()})
        return [
            {
                "text": self._responses.text(block, block.data["lang"]),
                "kind": block.kind,
                "data": dict(block.data),
                "buttons": [dict(button) for button in block.buttons],
            }
            for block in outcome.blocks
        ]

    def read(self, message: dict[str, Any]) -> tuple[Reading | None, Command]:
        """Read a message: a seller's reply where a customer's line is waiting for one."""
        if "payload" in message:
            return None, Command(*parse_payload(message["payload"]))
        if self.slots.get((message["sender"], "customer_line")):
            return _reply(message["text"]), Command("seller")
        return _read(message["text"])


def _read(text: str) -> tuple[Reading | None, Command]:
    lang = "zh" if any("\u3400" <= character <= "\u9fff" for character in text) else "en"
    if text == HELLO[lang]:
        return Reading(text, lang, "greet", 0.99), Command("greet")
    if text == UNSURE[lang]:
        ranking = (("price", 0.46), ("payment", 0.41), ("none", 0.05))
        return Reading(text, lang, "obj_price", 0.46, ranking=ranking, unsure=True), Command("customer")
    found = FOUND[lang] if text == LINES[lang] else FOUND[lang][:1]
    return Reading(text, lang, "obj_price", 0.93, objections=found), Command("customer")


def _reply(text: str) -> Reading:
    """Read a seller's reply: each sentence shows what `MARKS` says of its words."""
    lang = "zh" if any("\u3400" <= character <= "\u9fff" for character in text) else "en"
    pieces = tuple(
        Piece(
            found[0],
            found.start(),
            found.end(),
            {mark: 0.9 for cue, mark in MARKS[lang].items() if cue in found[0]},
        )
        for found in _SENTENCE.finditer(text)
    )
    shown = {mark for piece in pieces for mark in piece.marks}
    method = "inquiry" if "clarify" in shown else "compensation" if "present" in shown else "none"
    return Reading(text, lang, "tech_inquiry", 0.9, technique_ranking=((method, 0.87),), pieces=pieces)


class Play:
    """A trainee at the real use cases, without a page."""

    def __init__(self, folder: Path, lang: str) -> None:
        units = make_units(folder)
        self.coach, self.lang, self.number = Coach(units), lang, 0
        self.shown: list[dict[str, Any]] = []
        self.session = open_session(
            units,
            trainee_key="key",
            name="Li",
            channel="web",
            lang=lang,
            product="alarm",
            now=datetime.now(timezone.utc),
        ).public_id

    def send(self, **message: str) -> None:
        self.number += 1
        metadata = {"lang": self.lang, "product": "alarm", "name": "Li"}
        said = {"sender": self.session, "message_id": f"m{self.number}", "metadata": metadata, **message}
        self.shown += self.coach(said)


def played(folder: Path, lang: str) -> list[dict[str, Any]]:
    """Return what is shown in a talk with a redo, a drill, and the progress after them."""
    play, lines = Play(folder, lang), PLAYS[lang]
    play.send(payload="/start_roleplay")
    play.send(payload='/choose_scenario{"scenario": "alarm_loud", "level": "practised"}')
    play.send(text=lines[0])
    play.send(payload="/show_hint")
    play.send(text=lines[1])
    play.send(payload="/redo_turn")
    play.send(text=lines[2])
    play.send(payload="/show_methods")
    play.send(payload="/stop")
    play.send(payload='/choose_scenario{"scenario": "alarm_loud", "level": "exam"}')
    play.send(text=lines[1])
    play.send(payload="/stop")
    play.send(payload="/start_drill")
    for _ in range(8):
        question = next(said for said in reversed(play.shown) if said["kind"] == "drill_question")
        if question["data"]["choices"]:
            play.send(payload=question["buttons"][0]["payload"])
        else:
            play.send(text=lines[2])
    play.send(payload="/stop")
    play.send(payload="/show_progress")
    return play.shown


def asked(folder: Path, lang: str) -> list[list[dict[str, Any]]]:
    """Return what is said turn by turn: a customer's line, clicks about it, an unsure line, a greeting."""
    play, turns = Play(folder, lang), []
    messages = [
        {"text": LINES[lang]},
        {"payload": "/another_version"},
        {"payload": "/another_method"},
        {"payload": "/wrong_type"},
        {"payload": '/correct_type{"type": "service"}'},
        {"payload": "/show_telephone"},
        {"text": UNSURE[lang]},
        {"text": HELLO[lang]},
        {"payload": "/list_products"},
        {"payload": '/choose_product{"product": "car"}'},
        {"payload": "/pause_talk"},
    ]
    for message in messages:
        before = len(play.shown)
        play.send(**message)
        turns.append(play.shown[before:])
    return turns
