"""Signing in with a password, staying signed in, signing out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from bot.services.access import Person
from bot.services.accounts import admit, normal_login, person_of_account
from bot.services.errors import NotFound, TooMany
from bot.services.passwords import LONGEST, hash_password, outdated, password_fits
from bot.storage.people_records import AccountRecord, SignInRecord
from bot.storage.unit_of_work import UnitOfWorkFactory

IDLE: Final = timedelta(hours=12)
"""A browser that was not seen for so long is signed out."""

LONGEST_STAY: Final = timedelta(days=14)
"""After so long everybody signs in again."""

WINDOW: Final = timedelta(minutes=15)
PER_LOGIN: Final = 5
PER_ADDRESS: Final = 30
"""So many failures within the window, and no further attempt is looked at until the window has moved on."""

_SEEN_EVERY: Final = timedelta(minutes=5)


def sign_in(
    units: UnitOfWorkFactory, *, login: str, password: str, address: str, now: datetime
) -> tuple[str, AccountRecord]:
    """Return the token of a new sign-in and whose it is.

    Raises NotFound (no such login, wrong password or disabled: they look and take alike), TooMany,
    Unavailable.
    """
    names = (f"login {normal_login(login)}", f"address {address}")
    with units() as uow:
        uow.sign_ins.wait_turn(names)
        for name, most in zip(names, (PER_LOGIN, PER_ADDRESS), strict=True):
            failures = uow.sign_ins.failures(name, now - WINDOW)
            if len(failures) >= most:
                raise TooMany((failures[most - 1] + WINDOW - now).total_seconds())
        account = uow.accounts.by_login(normal_login(login))
        # Counted before the password is looked at: of many attempts at once no more get through than one
        # after another.
        attempt = uow.sign_ins.failed(names, now, now - WINDOW)
        uow.commit()
    # Outside of a transaction: hashing takes long on purpose.
    fits = password_fits(account.password_hash if account else "", password[:LONGEST])
    if account is None or not fits or account.disabled_at is not None:
        raise NotFound
    with units() as uow:
        uow.sign_ins.take_back(attempt)
        uow.sign_ins.forgive(names[0])
        if outdated(account.password_hash):
            uow.accounts.change(account.id, password_hash=hash_password(password[:LONGEST]))
        token = admit(uow, account, now)
        uow.commit()
    return token, account


def sign_out(units: UnitOfWorkFactory, *, token: str) -> None:
    """End the sign-in of a browser."""
    with units() as uow:
        uow.sign_ins.end(token)
        uow.commit()


def who_is(units: UnitOfWorkFactory, secret: bytes, *, token: str, now: datetime) -> Person | None:
    """Return who is signed in with a token; None for nobody, or somebody who must sign in again."""
    with units(reading=True) as uow:
        sign_in = uow.sign_ins.find(token)
        account = uow.accounts.find(sign_in.account_id) if sign_in else None
        if sign_in is None or account is None or not _holds(sign_in, account, now):
            return None
        person = person_of_account(account, uow.teams.of(account.id), secret)
    if now - sign_in.seen_at > _SEEN_EVERY:
        with units() as uow:
            uow.sign_ins.saw(sign_in, now)
            uow.commit()
    return person


def _holds(sign_in: SignInRecord, account: AccountRecord, now: datetime) -> bool:
    fresh = now - sign_in.seen_at <= IDLE and now - sign_in.signed_in_at <= LONGEST_STAY
    return fresh and account.disabled_at is None
