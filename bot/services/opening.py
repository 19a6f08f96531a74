"""Opening a session, and finding one's own again."""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from typing import Final

from bot.coaching.taxonomy import LANGS
from bot.services.accounts import Newcomer, settle
from bot.services.errors import NotFound, Refused
from bot.services.session_info import SessionInfo, session_info
from bot.storage.unit_of_work import UnitOfWorkFactory

NAME_LIMIT: Final = 200
"""The most characters that a trainee's name may have."""

_ID_BYTES: Final = 16  # 128 bits: nobody guesses an id
_CHANNEL: Final = re.compile(r"[A-Za-z0-9_.-]{1,32}")
_PRODUCT: Final = re.compile(r"[A-Za-z0-9_.-]{0,64}")
_PUBLIC_ID: Final = re.compile(r"[A-Za-z0-9._:@-]{1,128}")


def open_session(
    units: UnitOfWorkFactory,
    *,
    trainee_key: str | None,
    name: str,
    channel: str,
    lang: str,
    product: str,
    now: datetime,
    public_id: str | None = None,
) -> SessionInfo:
    """Open a session for a trainee, who is made if the key is None and gets a new key then.

    An empty name stands for the one that the trainee gave last time. With a `public_id` of one's own the call
    may be repeated: it finds the session that the first one opened, if it is the same trainee's.
    Raises NotFound (the id is another one's), Refused (name, channel, lang, product, public_id), Unavailable.
    """
    _check(name=name, channel=channel, lang=lang, product=product)
    if public_id is not None and _PUBLIC_ID.fullmatch(public_id) is None:
        raise Refused("public_id")
    key = trainee_key or secrets.token_urlsafe(_ID_BYTES)
    with units() as uow:
        trainee = uow.trainees.ensure(key, name=name, now=now)
        session = uow.sessions.open(
            public_id or secrets.token_urlsafe(_ID_BYTES),
            trainee=trainee,
            name=name or trainee.name,
            channel=channel,
            lang=lang,
            product=product,
            now=now,
        )
        if session.trainee_id != trainee.id:
            raise NotFound
        uow.commit()
    return session_info(session, trainee_key=key)


def ensure_session(
    units: UnitOfWorkFactory,
    *,
    public_id: str,
    channel: str,
    lang: str,
    product: str,
    now: datetime,
    name: str = "",
    trainee_key: str | None = None,
    newcomer: Newcomer | None = None,
) -> SessionInfo:
    """Return the session with an id, opened if new: for channels without a start page (`rasa shell`, Slack).

    A new one belongs to the trainee with the key, or to one of its own; that of a newcomer without an account
    gets one. Only for callers that are trusted with the id. Raises Refused, Unavailable.
    """
    _check(name=name, channel=channel, lang=lang, product=product)
    if _PUBLIC_ID.fullmatch(public_id) is None:
        raise Refused("public_id")
    with units(reading=True) as uow:
        session = uow.sessions.find(public_id)
    if session is not None:
        return session_info(session)
    with units() as uow:
        session = uow.sessions.find(public_id)
        if session is None:
            key = trainee_key or secrets.token_urlsafe(_ID_BYTES)
            trainee = uow.trainees.ensure(key, name=name, now=now)
            if newcomer is not None:
                settle(uow, trainee, newcomer=newcomer, lang=lang, now=now)
                # Another may have settled them meanwhile.
                trainee = uow.trainees.find(key) or trainee
            session = uow.sessions.open(
                public_id,
                trainee=trainee,
                name=name or trainee.name,
                channel=channel,
                lang=lang,
                product=product,
                now=now,
            )
            # Another was faster: its session stands, and a trainee just made is not kept.
            if session.trainee_id == trainee.id:
                uow.commit()
    return session_info(session)


def join_late(
    units: UnitOfWorkFactory, *, trainee_key: str, newcomer: Newcomer, lang: str, now: datetime
) -> None:
    """Let a newcomer who practised before their team was there join it; raises Unavailable."""
    with units(reading=True) as uow:
        trainee = uow.trainees.find(trainee_key)
        waits = trainee is not None and trainee.account is None
        if not waits or uow.teams.named(newcomer.team) is None:
            return
    with units() as uow:
        trainee = uow.trainees.find(trainee_key)
        if trainee is not None:
            settle(uow, trainee, newcomer=newcomer, lang=lang, now=now)
            uow.commit()


def own_session(units: UnitOfWorkFactory, *, session: str, trainee_key: str) -> SessionInfo:
    """Return a trainee's own session; raises NotFound for any other, Unavailable."""
    with units(reading=True) as uow:
        found = uow.sessions.find(session)
        if found is None or not uow.sessions.belongs_to(found, trainee_key):
            raise NotFound
    return session_info(found)


def any_session(units: UnitOfWorkFactory, *, session: str) -> SessionInfo:
    """Return a session for who sits at the dojo's machine; raises NotFound, Unavailable."""
    with units(reading=True) as uow:
        found = uow.sessions.find(session)
    if found is None:
        raise NotFound
    return session_info(found)


def hand_over(units: UnitOfWorkFactory, *, session: str, trainee_key: str, now: datetime) -> None:
    """Let another key go on with a session too; raises NotFound, Unavailable.

    Only for calls that carry a signed, fresh permission (`bot.services.signing.read_pass`).
    """
    with units() as uow:
        found = uow.sessions.find(session)
        if found is None:
            raise NotFound
        uow.sessions.hand_over(found, trainee_key, now=now)
        uow.commit()


def _check(*, name: str, channel: str, lang: str, product: str) -> None:
    if len(name) > NAME_LIMIT:
        raise Refused("name")
    if _CHANNEL.fullmatch(channel) is None:
        raise Refused("channel")
    if lang not in LANGS:
        raise Refused("lang")
    if _PRODUCT.fullmatch(product) is None:
        raise Refused("product")
