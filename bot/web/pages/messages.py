"""A message on its way: checked, put on record, sent to Rasa, the answer streamed back."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from bot.services.errors import Unavailable
from bot.services.session_info import SessionInfo
from bot.storage.records import CLICK, TEXT
from bot.web.blocks import Block, block, typed_lang
from bot.web.context import MAX_TEXT_CHARACTERS
from bot.web.desk import CHANNEL
from bot.web.dock import dock
from bot.web.faults import Fault, wants_json
from bot.web.people import person_of
from bot.web.rasa_link import RasaFailed
from bot.web.room import CSRF_FIELD, CSRF_HEADER, Room, room_of
from bot.web.wording import Speech

_MESSAGE_ID: Final = re.compile(r"[A-Za-z0-9-]{8,64}")


@dataclass(frozen=True)
class Sent:
    """What the browser sent: typed text, or a click's payload."""

    message_id: str
    kind: str
    text: str
    csrf: str

    @property
    def kept(self) -> dict[str, str]:
        """What a page must show again so that nothing is lost."""
        return {"message_id": self.message_id, "kind": self.kind, "text": self.text}


@dataclass(frozen=True)
class Exchange:
    """A message that is on record, and whose it is."""

    room: Room
    key: str
    session: SessionInfo
    sent: Sent
    speech: Speech


async def post(request: Request[Any]) -> Response:
    """Answer a message: a stream for the page's script, a new page for a plain form."""
    sent = await _read(request)
    try:
        exchange = await _begin(request, sent)
        answer = exchange.room.link.ask(_message(exchange))
        if wants_json(request):
            # The first message decides: a failure before it is an answer with a status of its own.
            first = await anext(answer, None)
            return StreamingResponse(_lines(exchange, first, answer), media_type="application/x-ndjson")
        async with aclosing(answer):
            async for _ in answer:
                pass
    except Fault as fault:
        raise Fault(fault.status, fault.code, kept=sent.kept, wait=fault.wait) from fault
    except Unavailable as error:
        raise Fault(503, "try_again", kept=sent.kept) from error
    except RasaFailed as failure:
        status = 413 if failure.code == "too_long" else 503
        raise Fault(status, failure.code, kept=sent.kept) from failure
    return RedirectResponse(f"/chat/{exchange.session.public_id}#latest", status_code=303)


async def _begin(request: Request[Any], sent: Sent) -> Exchange:
    """Check a message and put it on record."""
    room = room_of(request)
    room.check_csrf(request, sent.csrf)
    key = person_of(request).key
    _check(sent)
    wait = room.pacer.wait_for(key, room.desk.now().timestamp())
    if wait:
        raise Fault(429, "too_fast", wait=wait)
    received = await room.desk.receive(
        key, request.path_params["session"], message_id=sent.message_id, kind=sent.kind, text=sent.text
    )
    return Exchange(room, key, received.session, sent, room.pages.speech(request))


def _message(exchange: Exchange) -> dict[str, Any]:
    """Return a message as Rasa's channel takes it."""
    session, sent = exchange.session, exchange.sent
    return {
        "sender": session.public_id,
        "message_id": sent.message_id,
        "text" if sent.kind == TEXT else "payload": sent.text,
        "metadata": {
            "session": session.public_id,
            "lang": session.lang,
            "product": session.product,
            "name": session.name,
            "channel": CHANNEL,
            "sent_at": exchange.room.desk.now().isoformat(),
        },
    }


async def _lines(
    exchange: Exchange, first: dict[str, Any] | None, rest: AsyncGenerator[dict[str, Any], None]
) -> AsyncIterator[bytes]:
    """Yield each message of the bot as a card, then how it ended."""
    sent, speech, room = exchange.sent, exchange.speech, exchange.room
    shown: list[Block] = []
    lang = typed_lang(sent.text, speech.lang) if sent.kind == TEXT else speech.lang
    try:
        async with aclosing(rest):
            if first is not None:
                shown.append(_block(first, lang))
                yield _line({"html": room.pages.card(shown[-1])})
            async for said in rest:
                shown.append(_block(said, lang))
                yield _line({"html": room.pages.card(shown[-1])})
        yield _line({"done": True, **await _standing(exchange, shown)})
    except (RasaFailed, Unavailable):
        yield _line({"error": "try_again", "message": speech("fault.try_again.text")})


async def _standing(exchange: Exchange, shown: list[Block]) -> dict[str, str]:
    """Return what the session is about now, in the page's language: its product, and what it practises."""
    room, lang = exchange.room, exchange.speech.lang
    session = await room.desk.session(exchange.key, exchange.session.public_id)
    standing = {}
    docked = dock(session.practice, shown)
    if docked is not None:
        standing["dock"] = room.pages.dock(docked, lang)
    product = room.product(session.product)
    if product is not None:
        standing |= {"product": product.name[lang], "trade": product.trade[lang]}
    return standing


def _block(said: dict[str, Any], lang: str) -> Block:
    return block(
        kind=said.get("kind") or "text",
        text=said.get("text") or "",
        data=said.get("data") or {},
        buttons=said.get("buttons") or (),
        lang=lang,
    )


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


async def _read(request: Request[Any]) -> Sent:
    """Read a message from JSON or from a form."""
    if wants_json(request):
        try:
            data = await request.json()
        except (ValueError, RecursionError) as error:
            raise Fault(400, "bad_request") from error
        fields: dict[str, Any] = data if isinstance(data, dict) else {}
        csrf = request.headers.get(CSRF_HEADER, "")
    else:
        fields = dict(await request.form())
        csrf = str(fields.get(CSRF_FIELD, ""))
    payload, text, message_id = (fields.get(name, "") for name in ("payload", "text", "message_id"))
    if not isinstance(payload, str) or not isinstance(text, str) or not isinstance(message_id, str):
        raise Fault(400, "bad_request")
    kind = CLICK if payload else TEXT
    return Sent(message_id, kind, payload or text.replace("\r\n", "\n").strip(), csrf)


def _check(sent: Sent) -> None:
    if not _MESSAGE_ID.fullmatch(sent.message_id):
        raise Fault(400, "bad_request")
    if not sent.text:
        raise Fault(422, "empty")
    if len(sent.text) > MAX_TEXT_CHARACTERS:
        raise Fault(422, "too_long")
