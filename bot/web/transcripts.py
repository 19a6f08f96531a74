"""A stored session as the pages show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from bot.services.transcripts import Transcript, TranscriptTurn
from bot.storage.records import ANSWERED, CLICK, Reply
from bot.web.blocks import Block, block, in_command, payload_values, pick
from bot.web.dock import Dock, dock
from bot.web.remarks import Remark, remarks_on
from bot.web.room import Room
from bot.web.wording import LANG_TAGS, Speech

_SCENARIO: Final = "/choose_scenario "
_SCORE_CARD: Final = "score_card"


@dataclass(frozen=True)
class ShownTurn:
    """One turn: what the trainee said or clicked, the cards that answered it, what trainers said of it."""

    number: int
    message_id: str
    clicked: bool
    said: str
    payload: str
    at: datetime
    answered: bool
    cards: tuple[str, ...]
    remarks: tuple[Remark, ...] = ()


def shown_turns(room: Room, transcript: Transcript, speech: Speech) -> tuple[ShownTurn, ...]:
    """Return the turns of a transcript, rendered."""
    titles: dict[str, str] = {}
    finals = {talk.id: talk.final_score for talk in transcript.talks if talk.final_score != talk.score}
    shown = []
    for turn in transcript.turns:
        remarks = remarks_on(transcript, turn.number, speech)
        shown.append(replace(_shown(room, turn, speech, titles, finals), remarks=remarks))
        titles.update(_titles(turn, speech.lang))
    return tuple(shown)


def _shown(
    room: Room,
    turn: TranscriptTurn,
    speech: Speech,
    titles: Mapping[str, str],
    finals: Mapping[int, int | None],
) -> ShownTurn:
    clicked = turn.kind == CLICK
    lang = turn.lang if turn.lang in LANG_TAGS else speech.lang
    return ShownTurn(
        number=turn.number,
        message_id=turn.message_id,
        clicked=clicked,
        said=titles.get(_same(turn.text)) or _click_name(turn, speech) if clicked else turn.text,
        payload=turn.text if clicked else "",
        at=turn.received_at,
        answered=turn.state == ANSWERED,
        cards=tuple(_card(room, _with_final(reply, finals), lang) for reply in turn.replies),
    )


def _card(room: Room, reply: Reply, lang: str) -> str:
    said = reply.data.get("lang")
    text = room.context.reply_text(reply, said if said in LANG_TAGS else lang)
    return room.pages.card(_block(reply, text, lang))


def _with_final(reply: Reply, finals: Mapping[int, int | None]) -> Reply:
    """Return a score card with the trainer's score beside the bot's; any other block as it was."""
    final = finals.get(reply.data.get("talk") or 0) if reply.kind == _SCORE_CARD else None
    return reply if final is None else replace(reply, data={**reply.data, "final_score": final})


def docked(practice: str, transcript: Transcript, lang: str) -> Dock:
    """Return what belongs above the composer at the end of a transcript."""
    shown = [_block(reply, "", lang) for turn in transcript.turns for reply in turn.replies]
    return dock(practice, shown) or Dock(practice)


def _block(reply: Reply, text: str, lang: str) -> Block:
    return block(kind=reply.kind, text=text, data=reply.data, buttons=reply.buttons, lang=lang)


def _titles(turn: TranscriptTurn, lang: str) -> dict[str, Any]:
    """Return what the buttons of a turn were called, by their payloads."""
    titles = {_same(b["payload"]): b["title"] for reply in turn.replies for b in reply.buttons}
    for reply in turn.replies:
        for scene in reply.data.get("scenarios") or ():
            titles[f"{_SCENARIO}{scene['id']}"] = pick(scene["title"], reply.data.get("lang") or lang)
    return titles


def _same(payload: str) -> str:
    """Return what a click's payload shares with its button's: a page adds how a scenario is to be played."""
    if not in_command(payload, "choose_scenario"):
        return payload
    return f"{_SCENARIO}{payload_values(payload).get('scenario') or ''}"


def _click_name(turn: TranscriptTurn, speech: Speech) -> str:
    key = f"click.{turn.click.intent}" if turn.click else "click.other"
    return speech(key if key in speech else "click.other")
