"""Linking: who is known in Slack (or another channel) is somebody with an account, by a code shown there."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.services.access import Person
from bot.services.accounts import close, is_nobodys
from bot.services.errors import NotFound, Refused
from bot.services.job import Handler, Job
from bot.services.tallies import refresh_for
from bot.storage.records import Reply
from bot.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory

VALID_FOR: Final = timedelta(minutes=10)
"""For so long a code can be used, and only once: afterwards its trainee is another one."""

PAGE: Final = "link"
"""The web page where a code is entered; its name stands in the block's data, for channels elsewhere."""

_ALL: Final = 10_000
_CODE: Final = re.compile(r"([0-9]{1,10})-([0-9a-z]{1,8})-([a-z2-7]{16})")
_SIGNED: Final = b"link\0"
_MARK_BYTES: Final = 10


def show_code(job: Job) -> list[Reply]:
    """Give out a code; who is linked already is told so."""
    trainee = job.session.trainee_id
    if not _is_free(job.uow, job.uow.trainees.account_of(trainee)):
        return [job.voice.notice("utter_link_done")]
    if not job.secret:
        return [job.voice.notice("utter_notice_unknown")]
    minutes = str(VALID_FOR // timedelta(minutes=1))
    code = write_code(job.secret, trainee, job.turn.received_at)
    told = job.voice.notice("utter_link_code", {"code": code, "minutes": minutes})
    return [replace(told, data={**told.data, "page": PAGE})]


def write_code(secret: bytes, trainee: int, now: datetime) -> str:
    """Return a code for a trainee; it says whose it is and when it was made, signed, and is kept nowhere."""
    made = f"{trainee}-{int(now.timestamp()):x}"
    return f"{made}-{_mark(secret, made)}"


def use_code(units: UnitOfWorkFactory, secret: bytes, *, code: str, person: Person, now: datetime) -> None:
    """Make what the code's trainee practised, and will practise, the account's.

    Raises Refused (code: none of ours, too old, used, or of somebody with an account), NotFound, Unavailable.
    """
    trainee = _read(secret, code, now)
    with units() as uow:
        own = uow.trainees.of_account(person.account) if person.account is not None else None
        if own is None:
            raise NotFound
        other = uow.trainees.lock(trainee)
        if other is None or other.id == own.id or not _is_free(uow, other.account):
            raise Refused("code")
        brought = [session.id for session in uow.sessions.recent(trainee=other, limit=_ALL)]
        uow.trainees.merge(other, own)
        if other.account is not None and person.account is not None:
            uow.assignments.hand_over(other.account, person.account)
            close(uow, other.account, now)
        uow.audit.add(person.account, "link", "account", person.account or "", now=now)
        uow.commit()
    refresh_for(units, brought)


def _is_free(uow: UnitOfWork, account: int | None) -> bool:
    """Tell whether a trainee can become another account's: one without an account, or with nobody's."""
    found = None if account is None else uow.accounts.find(account)
    return found is None or is_nobodys(found)


def _read(secret: bytes, code: str, now: datetime) -> int:
    found = _CODE.fullmatch(code.strip().lower())
    if found is None:
        raise Refused("code")
    trainee, made, mark = found.groups()
    if not hmac.compare_digest(_mark(secret, f"{trainee}-{made}"), mark):
        raise Refused("code")
    age = now.timestamp() - int(made, 16)
    if not -VALID_FOR.total_seconds() <= age <= VALID_FOR.total_seconds():
        raise Refused("code")
    return int(trainee)


def _mark(secret: bytes, made: str) -> str:
    digest = hmac.new(secret, _SIGNED + made.encode(), hashlib.sha256).digest()
    return base64.b32encode(digest[:_MARK_BYTES]).decode().lower()


HANDLERS: Final[Mapping[str, Handler]] = {"link_account": show_code}
