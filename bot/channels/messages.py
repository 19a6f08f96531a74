"""What travels through the signed channel: reading a request's body, writing an answer's lines.  Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MAX_TEXT_CHARACTERS = 4_000
MAX_BODY_BYTES = 65_536
EMPTY_MESSAGE = "/empty_message"

_SENDER = re.compile(r"[A-Za-z0-9_.:@-]{1,128}")
_MESSAGE_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_PAYLOAD = re.compile(r"/([a-z][a-z0-9_]{0,63})(\{.*\})?", re.DOTALL)
_LEADING_SLASHES = re.compile(r"^[\s/]+")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_MAX_METADATA = 16
_MAX_VALUE_CHARACTERS = 400


class Malformed(ValueError):
    """The request's body is not what the channel accepts; the text is a code for the caller's log."""


class TooLong(ValueError):
    """The typed text is longer than anyone should have to read."""


@dataclass(frozen=True)
class Clicks:
    """The intents and fields that a click may carry."""

    intents: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Incoming:
    """One message of a trainee, safe to hand to Rasa."""

    sender: str
    message_id: str
    text: str
    metadata: dict[str, Any] = field(default_factory=dict)


def read_incoming(body: bytes, clicks: Clicks) -> Incoming:
    """Check and normalise a request's body.

    Raises:
        Malformed: something is missing, of the wrong kind, or not allowed.
        TooLong: the typed text has more than 4,000 characters.
    """
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed("json") from error
    if not isinstance(data, dict):
        raise Malformed("json")
    sender, message_id = data.get("sender"), data.get("message_id")
    if not isinstance(sender, str) or not _SENDER.fullmatch(sender):
        raise Malformed("sender")
    if not isinstance(message_id, str) or not _MESSAGE_ID.fullmatch(message_id):
        raise Malformed("message_id")
    typed, payload = data.get("text"), data.get("payload")
    if isinstance(payload, str) and typed is None:
        text = _read_payload(payload, clicks)
    elif isinstance(typed, str) and payload is None:
        text = _read_typed(typed)
    else:
        raise Malformed("text")
    return Incoming(sender, message_id, text, _read_metadata(data.get("metadata")))


def _read_typed(typed: str) -> str:
    """Take typed text as nothing but text: a leading slash would make Rasa see a command."""
    if len(typed) > MAX_TEXT_CHARACTERS:
        raise TooLong
    return _LEADING_SLASHES.sub("", clean(typed)).rstrip() or EMPTY_MESSAGE


def _read_payload(payload: str, clicks: Clicks) -> str:
    match = _PAYLOAD.fullmatch(payload.strip())
    if len(payload) > MAX_TEXT_CHARACTERS or match is None:
        raise Malformed("payload")
    intent, written = match.groups()
    if intent not in clicks.intents:
        raise Malformed("intent")
    try:
        values = json.loads(written or "{}")
    except (ValueError, RecursionError) as error:
        raise Malformed("payload") from error
    if not values.keys() <= clicks.fields:
        raise Malformed("field")
    values = {name: _read_value(value) for name, value in values.items()}
    return f"/{intent}{json.dumps(values, ensure_ascii=False)}" if values else f"/{intent}"


def _read_metadata(metadata: Any) -> dict[str, Any]:
    if metadata is None:
        return {}
    if not isinstance(metadata, dict) or len(metadata) > _MAX_METADATA:
        raise Malformed("metadata")
    return {clean(name): _read_value(value) for name, value in metadata.items()}


def _read_value(value: Any) -> Any:
    if isinstance(value, str) and len(value) <= _MAX_VALUE_CHARACTERS:
        return clean(value)
    if value is None or isinstance(value, (bool, int, float)):
        return value
    raise Malformed("value")


def clean(text: str) -> str:
    """Drop control characters and repair broken surrogates; keep every other character as written."""
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\r\n", "\n")
    return _CONTROLS.sub("", text)


def to_line(message: Mapping[str, Any]) -> dict[str, Any]:
    """Turn one message of the bot, sent or stored, into what the page receives."""
    # values of the response's placeholders lie beside "kind" and "data", so the custom part has precedence
    card = message.get("custom") or message
    return {
        "text": message.get("text") or "",
        "kind": str(card.get("kind") or "text"),
        "data": card["data"] if isinstance(card.get("data"), dict) else {},
        "buttons": [
            {"title": button.get("title", ""), "payload": button.get("payload", "")}
            for button in message.get("buttons") or ()
        ],
    }


def encode_line(line: Mapping[str, Any]) -> bytes:
    """Write one line of NDJSON."""
    return json.dumps(line, ensure_ascii=False).encode() + b"\n"
