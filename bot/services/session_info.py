"""A session as its trainee knows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.storage.records import SessionRecord


@dataclass(frozen=True)
class SessionInfo:
    """A session as its trainee knows it; the key is given only to who opens it."""

    public_id: str
    name: str
    channel: str
    lang: str
    product: str
    opened_at: datetime
    active_at: datetime
    turns: int
    trainee_key: str | None = None
    practice: str = ""


def session_info(session: SessionRecord, *, trainee_key: str | None = None) -> SessionInfo:
    """Show a stored session as its trainee knows it."""
    return SessionInfo(
        public_id=session.public_id,
        name=session.name,
        channel=session.channel,
        lang=session.lang,
        product=session.product,
        opened_at=session.opened_at,
        active_at=session.active_at,
        turns=session.last_turn,
        trainee_key=trainee_key,
        practice=session.practice,
    )
