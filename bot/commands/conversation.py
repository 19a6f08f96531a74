"""One conversation over the signed channel: each message on record first, then answered, exactly once."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Final

from bot.bootstrap import Context
from bot.services.errors import Unavailable
from bot.services.receiving import receive
from bot.services.session_info import SessionInfo
from bot.services.signing import write_pass
from bot.storage.records import CLICK, TEXT
from bot.web.context import MAX_TEXT_CHARACTERS
from bot.web.rasa_link import RasaFailed, RasaLink

TOO_LONG: Final = "too_long"
TRY_AGAIN: Final = "try_again"

_TRIES: Final = 3
_PAUSE_SECONDS: Final = 1.0

Show = Callable[[Mapping[str, Any]], None]


class Conversation:
    """A session being talked in."""

    def __init__(self, context: Context, session: SessionInfo, rasa_url: str) -> None:
        """Talk in a session through the Rasa server at an address."""
        self._context = context
        self._session = session
        self._rasa_url = rasa_url

    @property
    def home(self) -> Path:
        """The folder of the dojo that it talks with."""
        return self._context.settings.home

    def permission(self) -> str:
        """Return a permission to go on with this session in a browser."""
        return write_pass(self._context.secret, self._session.public_id, time.time())

    def send(self, text: str, *, click: bool, show: Show) -> str | None:
        """Send a text, or a click's payload, and show each message of the answer as it comes.

        Returns None, or why there was no (whole) answer: a key of `chat.failure`.
        """
        if len(text) > MAX_TEXT_CHARACTERS:
            return TOO_LONG
        message_id = str(uuid.uuid4())
        try:
            receive(
                self._context.units,
                session=self._session.public_id,
                message_id=message_id,
                kind=CLICK if click else TEXT,
                text=text,
                now=_now(),
            )
        except Unavailable:
            return TRY_AGAIN
        message = {
            "sender": self._session.public_id,
            "message_id": message_id,
            "payload" if click else "text": text,
            "metadata": {
                "session": self._session.public_id,
                "lang": self._session.lang,
                "product": self._session.product,
                "name": self._session.name,
                "channel": self._session.channel,
                "sent_at": _now().isoformat(),
            },
        }
        return self._ask(message, show)

    def _ask(self, message: Mapping[str, Any], show: Show) -> str | None:
        """Ask until there is an answer; what was shown of a broken one is not shown again."""
        shown = 0

        async def once() -> None:
            nonlocal shown
            link = RasaLink(self._rasa_url, self._context.secret, _now)
            try:
                number = 0
                async for said in link.ask(message):
                    number += 1
                    if number > shown:
                        show(said)
                        shown = number
            finally:
                await link.close()

        code = TRY_AGAIN
        for attempt in range(_TRIES):
            time.sleep(attempt * _PAUSE_SECONDS)
            try:
                # A connection of its own: one kept while nobody typed may be closed at the other end.
                asyncio.run(once())
                return None
            except RasaFailed as failure:
                code = failure.code
                if code == TOO_LONG:
                    break
        return code


def _now() -> datetime:
    return datetime.now(timezone.utc)
