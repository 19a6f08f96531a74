"""The use cases that the pages call, each in a thread of its own so that the database never blocks a page."""

from __future__ import annotations

import asyncio
from datetime import datetime

from bot.services.opening import hand_over, open_session, own_session
from bot.services.receiving import Received, receive
from bot.services.reporting import own_sessions, own_transcript
from bot.services.session_info import SessionInfo
from bot.services.transcripts import SessionSummary, Transcript
from bot.web.context import WebContext

CHANNEL = "web"


class Desk:
    """A visitor's sessions; another one's are NotFound."""

    def __init__(self, context: WebContext) -> None:
        """Work with the context's database and clock."""
        self._units = context.units
        self._clock = context.clock

    def now(self) -> datetime:
        """Return the time."""
        return self._clock()

    async def open(self, key: str, *, name: str, lang: str, product: str) -> SessionInfo:
        """Open a session for the visitor with a key."""
        return await asyncio.to_thread(
            open_session,
            self._units,
            trainee_key=key,
            name=name,
            channel=CHANNEL,
            lang=lang,
            product=product,
            now=self.now(),
        )

    async def session(self, key: str, public_id: str) -> SessionInfo:
        """Return one of the visitor's sessions."""
        return await asyncio.to_thread(own_session, self._units, session=public_id, trainee_key=key)

    async def hand_over(self, key: str, public_id: str) -> None:
        """Let a visitor go on with a session that was begun elsewhere."""
        await asyncio.to_thread(hand_over, self._units, session=public_id, trainee_key=key, now=self.now())

    async def sessions(self, key: str, *, limit: int, offset: int) -> tuple[SessionSummary, ...]:
        """Return the visitor's sessions, the latest active first."""
        return await asyncio.to_thread(own_sessions, self._units, trainee_key=key, limit=limit, offset=offset)

    async def transcript(self, key: str, public_id: str) -> Transcript:
        """Return everything that happened in one of the visitor's sessions."""
        return await asyncio.to_thread(own_transcript, self._units, session=public_id, trainee_key=key)

    async def receive(self, key: str, public_id: str, *, message_id: str, kind: str, text: str) -> Received:
        """Put a message on record, once."""
        return await asyncio.to_thread(
            receive,
            self._units,
            session=public_id,
            message_id=message_id,
            kind=kind,
            text=text,
            now=self.now(),
            trainee_key=key,
        )
