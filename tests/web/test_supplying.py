"""Published content is brought to the Slack channel until it has it, in few words where it has it already."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from stage import CONTENT, SECRET, free_port

from bot.services.shelf import Shelf, Standing
from bot.services.signing import is_signed_content
from bot.web.supplying import Supplier

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=timezone.utc)
OVERLAY = {"scenarios/new.yml": "title: 新的"}


class Receiver:
    """Takes content in place of Rasa's server, and keeps what it was sent."""

    def __init__(self) -> None:
        self.said: list[dict[str, Any]] = []
        self.has = 0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                stamp, signature = self.headers["X-Dojo-Timestamp"], self.headers["X-Dojo-Signature"]
                assert self.path == "/webhooks/slack/content"
                assert is_signed_content(SECRET, stamp, body, signature, NOW.timestamp())
                said = json.loads(body)
                receiver.said.append(said)
                if "overlay" in said:
                    receiver.has = said["stamp"]
                self.send_response(200 if receiver.has >= said["stamp"] else 409)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.stop()


def supplier(url: str, stamp: int) -> Supplier:
    shelf = Shelf(CONTENT)
    shelf._standing = Standing(stamp, CONTENT, OVERLAY)
    return Supplier(shelf, url, SECRET, lambda: NOW)


def test_content_is_sent_once_and_again_after_the_other_side_forgot(receiver: Receiver) -> None:
    full, short = {"stamp": 4, "overlay": OVERLAY}, {"stamp": 4}
    for _ in range(2):
        supplier(receiver.url, 4).supply()
    assert receiver.said == [short, full, short]
    receiver.has = 0  # Rasa's server was started anew
    supplier(receiver.url, 4).supply()
    assert receiver.said[3:] == [short, full]


def test_where_nothing_was_published_nothing_is_sent(receiver: Receiver) -> None:
    supplier(receiver.url, 0).supply()
    assert receiver.said == []


def test_an_absent_server_is_no_fault() -> None:
    supplier(f"http://127.0.0.1:{free_port()}", 4).supply()
