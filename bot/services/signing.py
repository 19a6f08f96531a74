"""The signature that a call to the chat webhook carries: hmac-sha256 over time and body. Pure."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Final

MAX_AGE: Final = 300.0
"""Seconds for which a signature is good, before and after its time."""

_PASS: Final = b"continue\0"
"""In front of what a permission signs, so that it is no signature of anything else."""

_PERSON: Final = b"person\0"
"""In front of what a proof of a person signs."""

_NOTICE: Final = b"notice\0"
"""In front of what the signature of a notice for trainers signs."""

_CONTENT: Final = b"content\0"
"""In front of what the signature of published content signs."""

_SLACK_SESSION: Final = b"slack session\0"
"""In front of a conversation's name of which a session's id is made."""

_SLACK_SESSION_CHARACTERS: Final = 32

_TIMESTAMP: Final = re.compile(r"[0-9]{1,12}")


class SignatureError(Exception):
    """A signature is not accepted; `reason` is missing, malformed, stale or forged."""

    def __init__(self, reason: str) -> None:
        """Say why."""
        super().__init__(reason)
        self.reason = reason


def sign(secret: bytes, timestamp: str, body: bytes) -> str:
    """Return the signature of a body sent at `timestamp` (whole seconds since 1970), in hexadecimal."""
    return hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def verify(
    secret: bytes,
    timestamp: str | None,
    body: bytes,
    signature: str | None,
    now: float,
    max_age: float = MAX_AGE,
) -> None:
    """Accept a signed call, or raise SignatureError.

    The signature is checked before the age, so that only who knows the secret learns about our clock.
    """
    if not timestamp or not signature:
        raise SignatureError("missing")
    if _TIMESTAMP.fullmatch(timestamp) is None:
        raise SignatureError("malformed")
    expected = sign(secret, timestamp, body).encode()
    if not hmac.compare_digest(expected, signature.encode("utf-8", "surrogatepass")):
        raise SignatureError("forged")
    if abs(now - int(timestamp)) > max_age:
        raise SignatureError("stale")


def sign_notice(secret: bytes, timestamp: str, body: bytes) -> str:
    """Return the signature of a notice for trainers, which is none of a message in the chat."""
    return sign(secret, timestamp, _NOTICE + body)


def is_signed_notice(secret: bytes, timestamp: str, body: bytes, signature: str, now: float) -> bool:
    """Tell whether a notice for trainers is the dojo's own, and not old."""
    return _is_own(secret, timestamp, _NOTICE + body, signature, now)


def sign_content(secret: bytes, timestamp: str, body: bytes) -> str:
    """Return the signature of published content, which is none of anything else."""
    return sign(secret, timestamp, _CONTENT + body)


def is_signed_content(secret: bytes, timestamp: str, body: bytes, signature: str, now: float) -> bool:
    """Tell whether published content is the dojo's own, and not old."""
    return _is_own(secret, timestamp, _CONTENT + body, signature, now)


def write_pass(secret: bytes, session: str, now: float) -> str:
    """Return a permission to go on with a session elsewhere, good for `MAX_AGE` seconds."""
    timestamp = str(int(now))
    return f"{session}.{timestamp}.{sign(secret, timestamp, _PASS + session.encode())}"


def read_pass(secret: bytes, given: str, now: float) -> str:
    """Return the session that a permission is for; raises SignatureError."""
    parts = given.rsplit(".", 2)
    if len(parts) != 3:
        raise SignatureError("malformed")
    session, timestamp, signature = parts
    verify(secret, timestamp, _PASS + session.encode("utf-8", "surrogatepass"), signature, now)
    return session


def vouch(secret: bytes, session: str, person: str) -> str:
    """Return the proof that a channel knows who speaks in a session: nobody else can name a person there."""
    named = f"{session}\0{person}".encode("utf-8", "replace")
    return hmac.new(secret, _PERSON + named, hashlib.sha256).hexdigest()


def is_vouched_for(secret: bytes, session: str, person: object, proof: object) -> bool:
    """Tell whether a channel that knows the secret has named this person."""
    if not isinstance(person, str) or not isinstance(proof, str):
        return False
    return hmac.compare_digest(vouch(secret, session, person).encode(), proof.encode("utf-8", "replace"))


def derived_key(secret: bytes, kind: str, *ids: object) -> str:
    """Return the trainee key of somebody who is known by something else: an account, a Slack user ...

    It is never shown to anybody; who has the secret can make it again.
    """
    named = "\0".join(("trainee", kind, *map(str, ids)))
    return hmac.new(secret, named.encode(), hashlib.sha256).hexdigest()


def slack_session(secret: bytes, conversation: str) -> str:
    """Return the id of the session of a conversation in Slack: nobody without the secret can tell it."""
    digest = hmac.new(secret, _SLACK_SESSION + conversation.encode(), hashlib.sha256).hexdigest()
    return f"slack-{digest[:_SLACK_SESSION_CHARACTERS]}"


def _is_own(secret: bytes, timestamp: str, body: bytes, signature: str, now: float) -> bool:
    try:
        verify(secret, timestamp, body, signature, now)
    except SignatureError:
        return False
    return True
