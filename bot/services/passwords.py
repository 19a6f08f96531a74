"""Passwords: hashed with Argon2id, checked in the same time whether or not somebody has the login."""

from __future__ import annotations

import functools
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST: Final = 10
"""The fewest characters of a password (NIST SP 800-63B asks for eight, and for no rules on which)."""

LONGEST: Final = 200


@functools.lru_cache(maxsize=1)
def _hasher() -> PasswordHasher:
    # The library's defaults are RFC 9106's second choice: 64 MiB, three passes.
    return PasswordHasher()


@functools.lru_cache(maxsize=1)
def _nobody() -> str:
    return _hasher().hash("nobody has this password")


def hash_password(password: str) -> str:
    """Return what is stored of a password."""
    return _hasher().hash(password.encode("utf-8", "surrogatepass"))


def password_fits(stored: str, password: str) -> bool:
    """Tell whether a password is the stored one; an empty store fits none, after the same work."""
    try:
        fits = _hasher().verify(stored or _nobody(), password.encode("utf-8", "surrogatepass"))
    except (VerificationError, InvalidHashError):
        return False
    return fits and bool(stored)


def outdated(stored: str) -> bool:
    """Tell whether a hash was made with other settings than today's."""
    return bool(stored) and _hasher().check_needs_rehash(stored)
