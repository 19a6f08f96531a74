"""The real advice with the real content, on readings that are written here instead of by a model."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from bot.coaching.reading import Nature, Objection, Reading
from bot.content.loader import load_content
from bot.content.phrases import load_phrases
from bot.services.advising import Command, Profile, answer
from bot.services.clicks import parse_payload
from bot.storage.unit_of_work import UnitOfWorkFactory
from bot.web.responses import Responses

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
UNSURE = {"zh": "这个钱我得想想", "en": "That's a lot of money"}
HELLO = {"zh": "你好", "en": "Hello"}


class Coach:
    """Answers as the actions do."""

    def __init__(self, units: UnitOfWorkFactory) -> None:
        """Load what the actions load."""
        self._units = units
        self._content = load_content()
        self._phrases = load_phrases("advice")
        self._responses = Responses.load()

    def __call__(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        """Answer a message."""
        text = message.get("text") or message["payload"]
        reading, command = _read(message)
        lang = reading.lang if reading else command.values.get("lang") or message["metadata"]["lang"]
        outcome = answer(
            self._units,
            self._content,
            self._phrases,
            session=message["sender"],
            message_id=message["message_id"],
            text=text,
            reading=reading,
            command=command,
            profile=Profile(lang, message["metadata"]["product"], message["metadata"]["name"]),
            now=datetime.now(timezone.utc),
        )
        return [
            {
                "text": self._responses.text(block, block.data["lang"]),
                "kind": block.kind,
                "data": dict(block.data),
                "buttons": [dict(button) for button in block.buttons],
            }
            for block in outcome.blocks
        ]


def _read(message: dict[str, Any]) -> tuple[Reading | None, Command]:
    if "payload" in message:
        return None, Command(*parse_payload(message["payload"]))
    text = message["text"]
    lang = "zh" if any("\u3400" <= character <= "\u9fff" for character in text) else "en"
    if text == HELLO[lang]:
        return Reading(text, lang, "greet", 0.99), Command("greet")
    if text == UNSURE[lang]:
        ranking = (("price", 0.46), ("payment", 0.41), ("none", 0.05))
        return Reading(text, lang, "obj_price", 0.46, ranking=ranking, unsure=True), Command("customer")
    found = FOUND[lang] if text == LINES[lang] else FOUND[lang][:1]
    return Reading(text, lang, "obj_price", 0.93, objections=found), Command("customer")
