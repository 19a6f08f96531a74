"""Column types that behave alike on SQLite and PostgreSQL, and the cleaning of typed text."""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from typing import Any, Final

from sqlalchemy import DateTime, String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """Keep text as typed, less NUL and lone surrogates, which PostgreSQL refuses.

    A surrogate pair that arrives as two code points becomes the character it stands for.
    """
    if _SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    return text.replace("\x00", "")


def dump_json(value: Any) -> str:
    """Write a value as the JSON text that is stored: key order kept, no blanks, nothing but valid JSON."""
    return clean(json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False))


class CleanText(TypeDecorator[str]):
    """Text of any length, cleaned on its way in."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Clean what is saved or compared."""
        return None if value is None else clean(value)


class CleanString(TypeDecorator[str]):
    """Short text (an id, a name of a kind), cleaned on its way in, so that no search for it can fail."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Clean what is saved or compared."""
        return None if value is None else clean(value)


class Json(TypeDecorator[Any]):
    """JSON kept as text: what was written is read back byte for byte, which no JSON column type promises."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Write a value; None is NULL."""
        return None if value is None else dump_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Read a value."""
        return None if value is None else json.loads(value)


class Instant(TypeDecorator[datetime]):
    """A moment in UTC; times without a zone are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn into UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(timezone.utc)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Say that it is UTC: SQLite does not keep the zone, PostgreSQL answers in the server's."""
        if value is None:
            return None
        if value.tzinfo is None:
            return value.replace(tzinfo=timezone.utc)
        return value.astimezone(timezone.utc)
