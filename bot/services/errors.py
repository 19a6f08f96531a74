"""What a use case answers when it cannot do as asked."""

from __future__ import annotations

from bot.storage.errors import Taken, Unavailable

__all__ = ["Conflict", "NotFound", "Refused", "Taken", "TooMany", "Unavailable"]


class NotFound(Exception):
    """There is no such session for whoever asks: none at all, or another one's, which look alike."""


class Refused(Exception):
    """A value is not acceptable; `field` says which one."""

    def __init__(self, field: str) -> None:
        """Name the value."""
        super().__init__(field)
        self.field = field


class Conflict(Exception):
    """Somebody else changed the same thing meanwhile; nothing was changed."""


class TooMany(Exception):
    """Too many attempts; `wait` says after how many seconds the next one is looked at."""

    def __init__(self, wait: float) -> None:
        """Say how long to wait."""
        super().__init__(wait)
        self.wait = wait
