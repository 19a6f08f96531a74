"""Notices are sent to the Slack channel until it has taken them, and not again."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from stage import SECRET, free_port

from bot.services.access import TRAINEE
from bot.services.accounts import make_account, person_of_account
from bot.services.handing_in import hand_in
from bot.services.notice_channels import read_channels
from bot.services.opening import open_session
from bot.services.signing import is_signed_notice
from bot.services.telling import open_notices
from bot.storage.unit_of_work import UnitOfWorkFactory
from bot.web.notices import Notifier

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=timezone.utc)


class Receiver:
    """Takes notices in place of Rasa's server; answers each with the next status."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.said: list[dict[str, Any]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                stamp, signature = self.headers["X-Dojo-Timestamp"], self.headers["X-Dojo-Signature"]
                assert self.path == "/webhooks/slack/notify"
                assert is_signed_notice(SECRET, stamp, body, signature, NOW.timestamp())
                receiver.said.append(json.loads(body))
                self.send_response(receiver.statuses.pop(0))
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


def handed_in(units: UnitOfWorkFactory, login: str) -> str:
    with units() as uow:
        account = make_account(
            uow, SECRET, login=login, name="梅 Mei", role=TRAINEE, lang="zh", password_hash="", now=NOW
        )
        team = uow.teams.add(login, now=NOW).id
        uow.teams.join(team, account.id)
        uow.commit()
    person = person_of_account(account, frozenset({team}), SECRET)
    session = open_session(
        units, trainee_key=person.key, name="", channel="web", lang="zh", product="alarm", now=NOW
    ).public_id
    hand_in(units, person=person, session=session, shown=True, now=NOW)
    return session


def notifier(units: UnitOfWorkFactory, url: str, channels_said: str = "CTRAIN") -> Notifier:
    channels = read_channels(channels_said)
    return Notifier(units, url, SECRET, "https://dojo.example.com/", channels, lambda: NOW)


def test_a_notice_is_sent_until_it_is_taken_and_not_again(
    units: UnitOfWorkFactory, receiver: Receiver
) -> None:
    session = handed_in(units, "mei")
    receiver.statuses = [503, 200]
    for _ in range(3):
        notifier(units, receiver.url).tell()
    assert len(receiver.said) == 2 and receiver.said[0] == receiver.said[1]
    said = receiver.said[0]
    assert (said["kind"], said["name"], said["scenario"]) == ("handed_in", "梅 Mei", "")
    assert said["link"] == f"https://dojo.example.com/review/{session}"


def test_a_notice_that_is_refused_keeps_no_other_back(units: UnitOfWorkFactory, receiver: Receiver) -> None:
    refused, _ = handed_in(units, "mei"), handed_in(units, "li")
    receiver.statuses = [400, 200]
    notifier(units, receiver.url).tell()
    assert [notice.session for notice in open_notices(units)] == [refused]


def test_notices_wait_while_rasa_is_away(units: UnitOfWorkFactory, receiver: Receiver) -> None:
    handed_in(units, "mei")
    notifier(units, f"http://127.0.0.1:{free_port()}").tell()
    assert len(open_notices(units)) == 1
    receiver.statuses = [200]
    notifier(units, receiver.url).tell()
    assert open_notices(units) == () and len(receiver.said) == 1


def test_a_notice_goes_to_every_channel_of_its_team_and_is_done_with_when_each_took_it(
    units: UnitOfWorkFactory, receiver: Receiver
) -> None:
    handed_in(units, "north")
    receiver.statuses = [200, 503, 200, 200]
    for _ in range(2):
        notifier(units, receiver.url, "north=T1/CONE, north=T2/CTWO, south=T2/CNO").tell()
    assert [(said["workspace"], said["channel"]) for said in receiver.said] == [
        ("T1", "CONE"),
        ("T2", "CTWO"),
    ] * 2
    assert len({said["key"] for said in receiver.said}) == 2
    assert open_notices(units) == ()


def test_who_belongs_to_no_channel_keeps_no_other_notice_back(
    units: UnitOfWorkFactory, receiver: Receiver
) -> None:
    handed_in(units, "mei")
    notifier(units, receiver.url, "T1/CONE, T2/CTWO").tell()
    assert receiver.said == [] and open_notices(units) == ()
