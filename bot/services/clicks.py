"""What a click says: its command and the values that it carries. Pure."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from bot.coaching.taxonomy import COMMAND_INTENTS
from bot.services.errors import Refused

_KNOWN: Final = frozenset({*COMMAND_INTENTS, "start_roleplay", "stop"})
"""Commands, and what can be said as well as pressed."""

_PAYLOAD: Final = re.compile(r"/([a-z_]{1,64})\s*(\{.*\})?\s*", re.DOTALL)


def parse_payload(text: str) -> tuple[str, dict[str, Any]]:
    """Take a click's payload apart: its command intent, and the values that it carries.

    Raises Refused("payload") for anything but a known command with a JSON object.
    """
    match = _PAYLOAD.fullmatch(text)
    if match is None or match[1] not in _KNOWN:
        raise Refused("payload")
    try:
        values = json.loads(match[2] or "{}", parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Refused("payload") from error
    return match[1], values


def about_turn(values: dict[str, Any]) -> int | None:
    """Return the number of the turn that a click is about, None where it names none."""
    turn = values.get("turn")
    if isinstance(turn, str) and re.fullmatch(r"[0-9]{1,9}", turn):
        return int(turn)
    return turn if isinstance(turn, int) and not isinstance(turn, bool) and 0 <= turn < 10**9 else None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
