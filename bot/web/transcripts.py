"""A stored session as the pages show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.services.reporting import Transcript, TranscriptTurn
from bot.storage.records import ANSWERED, CLICK
from bot.web.blocks import block
from bot.web.room import Room
from bot.web.wording import LANG_TAGS, Phrases


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


def shown_turns(room: Room, transcript: Transcript, phrases: Phrases) -> tuple[ShownTurn, ...]:
    """Return the turns of a transcript, rendered."""
    titles: dict[str, str] = {}
    shown = []
    for turn in transcript.turns:
        shown.append(_shown(room, turn, phrases, titles))
        titles.update(_titles(turn))
    return tuple(shown)


def _shown(room: Room, turn: TranscriptTurn, phrases: Phrases, titles: Mapping[str, str]) -> ShownTurn:
    clicked = turn.kind == CLICK
    return ShownTurn(
        number=turn.number,
        message_id=turn.message_id,
        clicked=clicked,
        said=titles.get(turn.text) or _click_name(turn, phrases) if clicked else turn.text,
        payload=turn.text if clicked else "",
        at=turn.received_at,
        answered=turn.state == ANSWERED,
        cards=_cards(room, turn, phrases),
    )


def _cards(room: Room, turn: TranscriptTurn, phrases: Phrases) -> tuple[str, ...]:
    lang = turn.lang if turn.lang in LANG_TAGS else phrases.lang
    return tuple(
        room.pages.card(
            block(
                kind=reply.kind,
                text=room.context.reply_text(reply, lang),
                data=reply.data,
                buttons=reply.buttons,
                lang=lang,
            ),
            phrases.lang,
        )
        for reply in turn.replies
    )


def _titles(turn: TranscriptTurn) -> dict[str, Any]:
    """Return what the buttons of a turn were called, by their payloads."""
    return {button["payload"]: button["title"] for reply in turn.replies for button in reply.buttons}


def _click_name(turn: TranscriptTurn, phrases: Phrases) -> str:
    key = f"click.{turn.click.intent}" if turn.click else "click.other"
    return phrases(key if key in phrases else "click.other")
