"""The turn being processed, visible to every piece of one request without Rasa passing it on.

Rasa catches an exception inside an action, logs it, and goes on to save a turn without its answer.  The
pieces that notice such a failure mark the current turn; the tracker store then refuses to save it.
"""

from __future__ import annotations

import logging
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any


class TurnFailed(Exception):
    """The turn could not be completed; nothing of it was stored."""


def named(error: BaseException) -> str:
    """Return an error's name for the log, with its text only where that quotes nobody."""
    return f"{type(error).__name__} ({error})" if isinstance(error, TurnFailed) else type(error).__name__


@dataclass
class Turn:
    """What is known of the turn in progress."""

    number: int = 0
    failure: str = ""
    loaded: dict[str, Any] = field(default_factory=dict)
    """The conversation, found when the store looked for the message (None: a new one), until Rasa asks."""

    def fail(self, reason: str) -> None:
        """Remember the first reason why this turn must not be saved."""
        self.failure = self.failure or reason


current_turn: ContextVar[Turn | None] = ContextVar("current_turn", default=None)


def fail_current_turn(reason: str) -> None:
    """Mark the turn in progress, if there is one, as failed."""
    turn = current_turn.get()
    if turn is not None:
        turn.fail(reason)


class SwallowedErrors(logging.Filter):
    """Notice the exceptions that Rasa's processor only logs, and keep users' words out of the log.

    A traceback's last line may quote a request body, so the record keeps the type of the error only.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Mark the current turn as failed when the record carries an exception."""
        if record.exc_info and record.exc_info[0] is not None:
            name = record.exc_info[0].__name__
            fail_current_turn(name)
            record.msg, record.args = f"{record.getMessage()} ({name})", None
            record.exc_info, record.exc_text = None, None
        return True


def listen_for_swallowed_errors() -> None:
    """Attach the filter to Rasa's processor once."""
    log = logging.getLogger("rasa.core.processor")
    if not any(isinstance(present, SwallowedErrors) for present in log.filters):
        log.addFilter(SwallowedErrors())
