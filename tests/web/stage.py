"""A stage for the pages: a database, a Rasa played on a real socket, the app served to a browser."""

from __future__ import annotations

import asyncio
import functools
import json
import re
import socket
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from aiohttp import web
from sqlalchemy import event
from starlette.applications import Starlette

from bot.content.loader import load_content
from bot.content.names import names_of
from bot.content.phrases import load_phrases
from bot.services.exporting import export
from bot.services.shelf import Shelf
from bot.services.signing import SignatureError, verify
from bot.storage.engine import open_engine
from bot.storage.records import Reply
from bot.storage.schema import upgrade
from bot.storage.unit_of_work import UnitOfWorkFactory, unit_of_work_factory
from bot.web.context import Pace, WebContext, product_cards
from bot.web.responses import Responses
from bot.web.wording import AREA, export_labels
from bot.web.workshop import Ended

SECRET = b"a secret for the tests, long enough"
CONTENT = load_content()
PHRASES = load_phrases(AREA)
RESPONSES = Responses.load()
NAMES = names_of(CONTENT, load_phrases("practice"))

Play = Callable[[dict[str, Any]], list[dict[str, Any]]]


def say(
    text: str, kind: str = "text", buttons: tuple[tuple[str, str], ...] = (), **data: Any
) -> dict[str, Any]:
    """Return a message of the bot as the channel sends it."""
    return {
        "text": text,
        "kind": kind,
        "data": data,
        "buttons": [{"title": title, "payload": payload} for title, payload in buttons],
    }


def echo(message: dict[str, Any]) -> list[dict[str, Any]]:
    """Answer with what came in."""
    return [say(f"heard: {message.get('text') or message.get('payload')}")]


@dataclass
class FakeRasa:
    """Plays Rasa: checks the signature, answers each message id once, saves the answer as the actions do."""

    units: UnitOfWorkFactory
    play: Play = echo
    fail_next: int = 0
    cut_next: int = 0
    pause: float = 0.0
    heard: list[dict[str, Any]] = field(default_factory=list)
    deliveries: int = 0
    port: int = 0
    _answers: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Prepare the loop that serves it."""
        self._loop = asyncio.new_event_loop()
        self._runner: web.AppRunner | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.port = self.port or free_port()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Begin to listen."""
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(5)

    def stop(self) -> None:
        """Stop listening; what it knows is kept."""
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(5)

    def close(self) -> None:
        """Stop for good."""
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _start(self) -> None:
        app = web.Application()
        app.router.add_post("/webhooks/dojo/webhook", self._answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    async def _stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        timestamp, signature = (
            request.headers.get("X-Dojo-Timestamp"),
            request.headers.get("X-Dojo-Signature"),
        )
        try:
            verify(SECRET, timestamp, body, signature, time.time())
        except SignatureError as error:
            return web.json_response({"error": error.reason}, status=401)
        message = json.loads(body)
        self.deliveries += 1
        if self.fail_next > 0:
            self.fail_next -= 1
            return web.json_response({"error": "try_again"}, status=503)
        if message["message_id"] not in self._answers:
            self.heard.append(message)
            self._answers[message["message_id"]] = self.play(message)
            await asyncio.to_thread(self._save, message)
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await response.prepare(request)
        for line in self._answers[message["message_id"]]:
            await asyncio.sleep(self.pause)
            await response.write(json.dumps(line).encode() + b"\n")
            if self.cut_next > 0:
                self.cut_next -= 1
                request.transport.close()
                return response
        await response.write(json.dumps({"done": True, "turn": len(self._answers)}).encode() + b"\n")
        return response

    def _save(self, message: dict[str, Any]) -> None:
        replies = [
            Reply(line["kind"], "said", {"text": line["text"]}, line["data"], tuple(line["buttons"]))
            for line in self._answers[message["message_id"]]
        ]
        with self.units() as uow:
            session = uow.sessions.lock(message["sender"])
            assert session is not None
            turn = uow.turns.find(session, message["message_id"])
            assert turn is not None
            uow.turns.save_answer(
                turn,
                lang=message["metadata"]["lang"],
                product=message["metadata"]["product"],
                reading=None,
                command=None,
                replies_shown=replies,
                slots={},
                now=datetime.now(timezone.utc),
            )
            uow.commit()


def make_units(folder: Path) -> UnitOfWorkFactory:
    """Return a new database."""
    (folder / "dojo.db").write_bytes(_new_database())
    engine = open_engine(f"sqlite:///{folder / 'dojo.db'}")
    # Nothing here must survive a power cut.
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF"))
    return unit_of_work_factory(engine)


@functools.cache
def _new_database() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/dojo.db")
        upgrade(engine)
        engine.dispose()
        return (Path(folder) / "dojo.db").read_bytes()


class FakeWorkshop:
    """A workshop that notes what it is to do and does nothing."""

    def __init__(self) -> None:
        self.desk = asyncio.Lock()
        self.busy = False
        self.ended: Ended | None = None
        self.begun: list[tuple[str, ...]] = []

    def begin(self, *arguments: str, lang: str) -> bool:
        if self.busy:
            return False
        self.begun.append(arguments)
        return True

    def wait(self, seconds: float) -> None:
        """Everything is over at once."""


def make_context(units: UnitOfWorkFactory, rasa_url: str, **changes: Any) -> WebContext:
    """Return a context of the pages with everything real but Rasa and the products."""
    phrases = PHRASES
    values: dict[str, Any] = {
        "units": units,
        "phrases": phrases,
        "names": NAMES,
        "products": product_cards(CONTENT),
        "reply_text": RESPONSES.text,
        "shelf": Shelf(CONTENT),
        "export": lambda transcript, format, lang, trusts: export(
            transcript, format, export_labels(phrases[lang], NAMES[lang]), trusts=trusts
        ),
        "cookie_secret": SECRET,
        "rasa_url": rasa_url,
        "rasa_secret": SECRET,
        "clock": lambda: datetime.now(timezone.utc),
        "workshop": FakeWorkshop(),
        "lang": "zh",
        "pace": Pace(burst=100, per_second=50),
    }
    return WebContext(**{**values, **changes})


class _Server(uvicorn.Server):
    """Looks every hundredth of a second whether it is to stop, not every tenth."""

    async def main_loop(self) -> None:
        await self.on_tick(0)
        while not self.should_exit:
            await asyncio.sleep(0.01)


class Served:
    """The app on a real socket; it may be stopped and started again on the same port."""

    def __init__(self, make: Callable[[], Starlette]) -> None:
        """Serve what `make` returns."""
        self._make = make
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Serve, and return when it answers."""
        config = uvicorn.Config(
            self._make(),
            host="127.0.0.1",
            port=self.port,
            log_level="warning",
            ws="none",
            timeout_graceful_shutdown=1,
        )
        self._server = _Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + 10
        while not self._server.started:
            assert self._thread.is_alive() and time.monotonic() < deadline, "the app does not start"
            time.sleep(0.01)

    def stop(self) -> None:
        """Stop serving; open connections are cut."""
        self._server.should_exit = True
        self._thread.join(10)


@dataclass
class House:
    """The app on a real socket, the Rasa behind it, and what both keep."""

    served: Served
    rasa: FakeRasa
    units: UnitOfWorkFactory


class Trainee(httpx2.Client):
    """A visitor with a browser's cookies, at an app that is served for them on a real socket."""

    def __init__(self, app: Starlette, **options: Any) -> None:
        """Serve `app` and visit it."""
        self._served = Served(lambda: app)
        self._served.start()
        # No certificates: reading them takes longer than a page.
        super().__init__(**{"base_url": self._served.url, "timeout": 20, "verify": False, **options})

    def close(self) -> None:
        """Leave, and stop serving."""
        super().close()
        self._served.stop()

    def __exit__(self, *error: Any) -> None:
        """Leave, and stop serving."""
        super().__exit__(*error)
        self._served.stop()

    def csrf(self, path: str = "/") -> str:
        """Return the token that a page carries."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.get(path).text)
        assert found is not None
        return found[1]

    def begin(self, *, name: str = "小林", product: str = "alarm", lang: str = "zh") -> str:
        """Open a session and return its id."""
        form = {"csrf": self.csrf(), "name": name, "product": product, "lang": lang}
        answer = self.post("/sessions", data=form)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"].removeprefix("/chat/")

    def tell(self, session: str, **message: str) -> httpx2.Response:
        """Send a message as the page's script does."""
        return self.post(
            f"/chat/{session}/messages",
            json={"message_id": str(uuid.uuid4()), **message},
            headers={"X-CSRF-Token": self.csrf()},
        )


def lines_of(answer: httpx2.Response) -> list[dict[str, Any]]:
    """Return the lines of a streamed answer."""
    return [json.loads(line) for line in answer.text.splitlines()]


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
