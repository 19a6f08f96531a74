"""Tokens by which programs call for somebody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.future import Connection

from bot.storage.accounts import token_hash
from bot.storage.token_tables import tokens


@dataclass(frozen=True)
class TokenRecord:
    """A token: whose, its name, what it may do, and until when. Of the token only a hash is kept."""

    id: int
    account_id: int
    name: str
    scopes: tuple[str, ...]
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None


class Tokens:
    """The tokens of accounts."""

    def __init__(self, connection: Connection) -> None:
        """Work in the transaction of `connection`."""
        self._connection = connection

    def add(
        self,
        token: str,
        *,
        account: int,
        name: str,
        scopes: tuple[str, ...],
        now: datetime,
        expires: datetime,
    ) -> None:
        """Record a token."""
        self._connection.execute(
            insert(tokens).values(
                token_hash=token_hash(token),
                account_id=account,
                name=name,
                scopes=list(scopes),
                made_at=now,
                expires_at=expires,
            )
        )

    def find(self, token: str) -> TokenRecord | None:
        """Return what is known of a token."""
        return next(iter(self._select(tokens.c.token_hash == token_hash(token))), None)

    def of(self, account: int) -> tuple[TokenRecord, ...]:
        """Return an account's tokens, the newest first."""
        return self._select(tokens.c.account_id == account)

    def used(self, id_: int, now: datetime) -> None:
        """Remember when a token was used last."""
        self._connection.execute(update(tokens).where(tokens.c.id == id_).values(used_at=now))

    def revoke(self, id_: int) -> None:
        """Make a token useless."""
        self._connection.execute(delete(tokens).where(tokens.c.id == id_))

    def revoke_all(self, account: int) -> int:
        """Make all tokens of an account useless; returns how many there were."""
        return int(self._connection.execute(delete(tokens).where(tokens.c.account_id == account)).rowcount)

    def _select(self, where: Any) -> tuple[TokenRecord, ...]:
        rows = self._connection.execute(select(tokens).where(where).order_by(tokens.c.id.desc()))
        return tuple(
            TokenRecord(
                row.id, row.account_id, row.name, tuple(row.scopes), row.made_at, row.expires_at, row.used_at
            )
            for row in rows
        )
