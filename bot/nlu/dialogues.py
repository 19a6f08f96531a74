"""Reading files of dialogues, one JSON object a line: `{"lang", "turns": [{"who", "text"}]}`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from bot.coaching.taxonomy import LANGS
from bot.nlu.evaluation import FaultyFile, LineFault

CUSTOMER: Final = "customer"
SALES: Final = "sales"
_MOST_TURNS: Final = 500


@dataclass(frozen=True)
class Said:
    """One turn of a dialogue."""

    who: str
    text: str


@dataclass(frozen=True)
class Dialogue:
    """A talk between a customer and a seller."""

    lang: str
    turns: tuple[Said, ...]

    def replies(self) -> Iterator[tuple[str, str]]:
        """Yield each reply of the seller with what the customer said before it (empty at the beginning)."""
        line: list[str] = []
        for turn in self.turns:
            if turn.who == CUSTOMER:
                line.append(turn.text)
            else:
                yield turn.text, " ".join(line)
                line = []


def read_dialogues(data: bytes) -> list[Dialogue]:
    """Read a file's dialogues; empty lines are left out.

    Raises:
        FaultyFile: a line is not what it should be; its fault names the line and the reason.
    """
    dialogues = []
    for number, raw in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if raw.strip():
            dialogues.append(_read(number, raw))
    if not dialogues:
        raise FaultyFile(LineFault(1, "empty"))
    return dialogues


def _read(number: int, raw: bytes) -> Dialogue:
    try:
        data = json.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise FaultyFile(LineFault(number, "not_utf8")) from error
    except (ValueError, RecursionError) as error:
        raise FaultyFile(LineFault(number, "not_json")) from error
    if not isinstance(data, dict):
        raise FaultyFile(LineFault(number, "not_object"))
    lang, turns = data.get("lang"), data.get("turns")
    if lang not in LANGS:
        raise FaultyFile(LineFault(number, "lang"))
    if not isinstance(turns, list) or not turns or len(turns) > _MOST_TURNS:
        raise FaultyFile(LineFault(number, "turns"))
    return Dialogue(lang, tuple(_said(number, place, turn) for place, turn in enumerate(turns, start=1)))


def _said(number: int, place: int, turn: Any) -> Said:
    if not isinstance(turn, dict):
        raise FaultyFile(LineFault(number, "turn", (("turn", str(place)),)))
    who, text = turn.get("who"), turn.get("text")
    if who not in (CUSTOMER, SALES):
        raise FaultyFile(LineFault(number, "who", (("turn", str(place)),)))
    if not isinstance(text, str):
        raise FaultyFile(LineFault(number, "turn_text", (("turn", str(place)),)))
    return Said(who, text)
