"""What a use case answers when it cannot do as asked."""

from __future__ import annotations

from bot.storage.errors import Unavailable

__all__ = ["NotFound", "Refused", "Unavailable"]


class NotFound(Exception):
    """There is no such session for whoever asks: none at all, or another one's, which look alike."""


class Refused(Exception):
    """A value is not acceptable; `field` says which one."""

    def __init__(self, field: str) -> None:
        """Name the value."""
        super().__init__(field)
        self.field = field
