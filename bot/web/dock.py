"""What stands above the composer: what the session is practising, and what can be done besides typing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from bot.storage.records import DRILL, SWAP, TALK
from bot.web.blocks import Block

WAYS: Final = ("start_roleplay", "start_drill", "show_progress")
"""The commands that begin to practise, instead of a customer's words."""

BEGINNINGS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(WAYS, ()),
    "start_drill": ("assignment",),
    "choose_scenario": ("scenario",),
}
"""The commands by which a session may begin, and what may come with each: something that was set."""


@dataclass(frozen=True)
class Dock:
    """What typed text is taken for now.

    Attributes:
        practice: "" (a customer's words), `talk`, `swap` or `drill`.
        name, line: in a talk the customer's name and latest words.
        buttons: what can be done besides typing.
    """

    practice: str = ""
    name: str = ""
    line: str = ""
    buttons: tuple[Mapping[str, str], ...] = ()


def dock(practice: str, blocks: Iterable[Block]) -> Dock | None:
    """Return what belongs above the composer after some blocks, oldest first.

    None where the blocks do not tell: it stays as it was then.
    """
    shown = list(blocks)
    if practice == TALK:
        said = next((block for block in reversed(shown) if block.card == "customer"), None)
        if said is None:
            return None
        name, line = (str(said.data.get(key) or "") for key in ("customer", "line"))
        return Dock(TALK, name, line, said.buttons)
    if practice in (SWAP, DRILL):
        buttons = next((block.buttons for block in reversed(shown) if block.buttons), None)
        return None if buttons is None else Dock(practice, buttons=buttons[-1:])
    return Dock()
