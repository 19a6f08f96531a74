"""A stored session as the pages show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.services.transcripts import Transcript, TranscriptTurn
from bot.storage.records import ANSWERED, CLICK, Reply
from bot.web.blocks import block
from bot.web.room import Room
from bot.web.wording import LANG_TAGS, Speech


@dataclass(frozen=True)
class ShownTurn:
    """One turn: what the trainee said or clicked, and the cards that answered it."""

    number: int
    message_id: str
    clicked: bool
    said: str
    payload: str
    at: datetime
    answered: bool
    cards: tuple[str, ...]


def shown_turns(room: Room, transcript: Transcript, speech: Speech) -> tuple[ShownTurn, ...]:
    """Return the turns of a transcript, rendered."""
    titles: dict[str, str] = {}
    shown = []
    for turn in transcript.turns:
        shown.append(_shown(room, turn, speech, titles))
        titles.update(_titles(turn))
    return tuple(shown)


def _shown(room: Room, turn: TranscriptTurn, speech: Speech, titles: Mapping[str, str]) -> ShownTurn:
    clicked = turn.kind == CLICK
    lang = turn.lang if turn.lang in LANG_TAGS else speech.lang
    return ShownTurn(
        number=turn.number,
        message_id=turn.message_id,
        clicked=clicked,
        said=titles.get(turn.text) or _click_name(turn, speech) if clicked else turn.text,
        payload=turn.text if clicked else "",
        at=turn.received_at,
        answered=turn.state == ANSWERED,
        cards=tuple(_card(room, reply, lang) for reply in turn.replies),
    )


def _card(room: Room, reply: Reply, lang: str) -> str:
    said = reply.data.get("lang")
    text = room.context.reply_text(reply, said if said in LANG_TAGS else lang)
    return room.pages.card(
        block(kind=reply.kind, text=text, data=reply.data, buttons=reply.buttons, lang=lang)
    )


def _titles(turn: TranscriptTurn) -> dict[str, Any]:
    """Return what the buttons of a turn were called, by their payloads."""
    return {button["payload"]: button["title"] for reply in turn.replies for button in reply.buttons}


def _click_name(turn: TranscriptTurn, speech: Speech) -> str:
    key = f"click.{turn.click.intent}" if turn.click else "click.other"
    return speech(key if key in speech else "click.other")
