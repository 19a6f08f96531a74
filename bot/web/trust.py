"""How far each judgement of the bot may be relied on, at hand for every page without asking the database."""

from __future__ import annotations

from typing import Final

from bot.services.measuring import measure, trusts
from bot.services.trust import Trusts, untold
from bot.web.context import WebContext

EVERY: Final = 60.0
"""Seconds after which the board looks again at what was measured."""


class TrustBoard:
    """Knows what was measured last; measures anew if something was rated since."""

    def __init__(self, context: WebContext) -> None:
        """Begin without knowing anything."""
        self._context = context
        self._trusts = untold()

    def told(self) -> Trusts:
        """Return what is known."""
        return self._trusts

    def look(self) -> Trusts:
        """Look again at what was measured, and remember it; raises Unavailable."""
        self._trusts = trusts(self._context.units)
        return self._trusts

    def work(self) -> None:
        """Measure if something was rated since the last time; raises Unavailable."""
        measure(self._context.units, now=self._context.clock())
        self.look()
