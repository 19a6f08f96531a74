"""A Slack of the tests' own on loopback: Web API, Socket Mode, hooks; it keeps what it is told and can fail.

It runs in a thread of its own, or as a process for the benchmark (`python tests/slack/fake_slack.py PORT`),
which then asks `GET /log` for what came.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx2
from aiohttp import WSMsgType, web
from slack_sdk.signature import SignatureVerifier

SIGNING_SECRET = "the signing secret of the tests"
CLIENT_ID, CLIENT_SECRET = "123.456", "the client secret of the tests"
TOKENS = {"T1": "xoxb-one", "T2": "xoxb-two", "T3": "xoxb-three"}
APP_TOKEN = "xapp-tests"
BOTS = {"T1": "UBOT1", "T2": "UBOT2", "T3": "UBOT3"}
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Call:
    """One call of the Web API (or of a hook: method `hook`), with what became of it."""

    method: str
    team: str
    arguments: dict[str, Any]
    at: float
    outcome: str = "ok"


@dataclass
class Fault:
    """What goes wrong with calls of a method.

    Kinds: `429` (with `retry_after` seconds), `500`, `hang` (no answer for `seconds`, nothing done), `drop`
    (done, but no answer: the connection ends), `late` (done, answered after `seconds`), else an error code.
    """

    method: str
    kind: str
    times: int = 1
    retry_after: int = 1
    seconds: float = 3600.0
    channel: str = ""
    team: str = ""


@dataclass(frozen=True)
class Reply:
    """How the bot's server took a request of Slack's."""

    status: int
    text: str
    seconds: float
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class FakeSlack:
    """Slack's servers."""

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self.calls: list[Call] = []
        self.messages: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self.views: list[dict[str, Any]] = []
        self.homes: dict[tuple[str, str], dict[str, Any]] = {}
        self.people: dict[str, dict[str, Any]] = {}
        self.codes: dict[str, str] = {}
        self.acks: dict[str, tuple[float, Any]] = {}
        self.tokens = {token: team for team, token in TOKENS.items()}
        self._faults: list[Fault] = []
        self._sockets: list[web.WebSocketResponse] = []
        self._count = itertools.count(1)
        self._changed = threading.Condition()
        self._loop: asyncio.AbstractEventLoop | None = None

    # Its life

    def start(self) -> FakeSlack:
        """Listen, in a thread."""
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        assert ready.wait(10)
        return self

    def stop(self) -> None:
        """Close everything; what was kept can still be read."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(10)

    def _run(self, ready: threading.Event) -> None:
        asyncio.run(self.serve(ready.set))

    async def serve(self, ready: Callable[[], None]) -> None:
        """Serve until stopped."""
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application(client_max_size=8_000_000)
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_post("/hook/{name}", self._hook)
        app.router.add_get("/socket", self._socket)
        app.router.add_get("/log", self._log)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self.port)
        await site.start()
        self.port = runner.addresses[0][1]
        ready()
        await self._ended.wait()
        for socket in self._sockets:
            await socket.close()
        await runner.cleanup()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def api_url(self) -> str:
        """What the channel's `api_url` is set to."""
        return f"{self.url}/api/"

    # What tests tell it, and ask it

    def fail(self, method: str, kind: str, **more: Any) -> Fault:
        """Let the next calls of a method go wrong; return the fault: setting its `times` to 0 ends it."""
        fault = Fault(method, kind, **more)
        with self._changed:
            self._faults.append(fault)
        return fault

    def recover(self) -> None:
        """End all faults."""
        with self._changed:
            self._faults.clear()

    def calls_of(self, method: str, outcome: str | None = None) -> list[Call]:
        """Return the calls of a method, oldest first."""
        return [c for c in self.calls if c.method == method and outcome in (None, c.outcome)]

    def texts(self, channel: str, team: str = "T1") -> list[str]:
        """Return the texts of the messages that stand in a channel, oldest first, threads included."""
        return [message["text"] for message in self.messages.get((team, channel), [])]

    def wait(self, condition: Callable[[], Any], seconds: float = 20.0, what: str = "") -> Any:
        """Wait until a condition holds, looking at every call; return its value."""
        end = time.monotonic() + seconds
        with self._changed:
            while True:
                value = condition()
                if value:
                    return value
                left = end - time.monotonic()
                if left <= 0:
                    tail = [(c.method, c.outcome, c.arguments.get("text")) for c in self.calls[-12:]]
                    raise AssertionError(f"did not come about: {what}; latest calls: {tail}")
                self._changed.wait(min(left, 0.1))

    def wait_texts(self, channel: str, count: int, team: str = "T1", seconds: float = 20.0) -> list[str]:
        """Wait until a channel holds so many messages; return their texts."""
        texts = lambda: self.texts(channel, team)  # noqa: E731
        self.wait(lambda: len(texts()) >= count, seconds, f"{count} messages in {channel}, {texts()}")
        return texts()

    # Socket Mode

    @property
    def connected(self) -> int:
        """How many sockets are open."""
        return sum(not socket.closed for socket in self._sockets)

    def push(self, kind: str, payload: Mapping[str, Any], envelope: str = "", **more: Any) -> str:
        """Send an envelope over an open socket; return its id, under which `acks` has the acknowledgement."""
        envelope = envelope or uuid.uuid4().hex
        body = {"type": kind, "envelope_id": envelope, "payload": payload, "accepts_response_payload": True}
        self._to_socket({**body, **more})
        return envelope

    def refresh(self, reason: str = "refresh_requested") -> None:
        """Tell an open socket that it will be closed, and close it, as Slack does every few hours."""
        self._to_socket({"type": "disconnect", "reason": reason}, close=True)

    def cut(self) -> None:
        """End all sockets without a word."""

        async def close() -> None:
            for socket in self._sockets:
                if socket._req is not None and socket._req.transport is not None:
                    socket._req.transport.abort()

        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(close(), self._loop).result(10)

    def _to_socket(self, body: Mapping[str, Any], close: bool = False) -> None:
        async def send() -> None:
            socket = next(each for each in reversed(self._sockets) if not each.closed)
            await socket.send_str(json.dumps(body))
            if close:
                await socket.close()

        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(send(), self._loop).result(10)

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str(json.dumps({"type": "hello", "num_connections": self.connected + 1}))
        with self._changed:
            self._sockets.append(socket)
            self._changed.notify_all()
        async for message in socket:
            if message.type == WSMsgType.TEXT and message.data.startswith("{"):
                body = json.loads(message.data)
                with self._changed:
                    self.acks[body.get("envelope_id", "")] = (time.monotonic(), body.get("payload"))
                    self._changed.notify_all()
        return socket

    # The Web API

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        arguments = await _arguments(request)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ") or arguments.pop("token", "")
        team = self.tokens.get(token, "")
        fault = self._fault_of(method, arguments, team)
        if fault is not None and fault.kind not in ("drop", "late"):
            self._keep(Call(method, team, arguments, time.monotonic(), fault.kind))
            return await self._refuse(fault)
        answer = self._answer(method, team, token, arguments)
        outcome = "ok" if answer["ok"] else answer["error"]
        self._keep(Call(method, team, arguments, time.monotonic(), fault.kind if fault else outcome))
        if fault is not None and fault.kind == "drop":
            assert request.transport is not None
            request.transport.abort()
        elif fault is not None:
            await asyncio.sleep(fault.seconds)
        return web.json_response(answer)

    def _fault_of(self, method: str, arguments: Mapping[str, Any], team: str) -> Fault | None:
        with self._changed:
            for fault in self._faults:
                fits = fault.method in (method, "*") and fault.channel in ("", arguments.get("channel"))
                if fits and fault.team in ("", team) and fault.times:
                    fault.times -= 1
                    return fault
        return None

    async def _refuse(self, fault: Fault) -> web.Response:
        if fault.kind == "429":
            headers = {"Retry-After": str(fault.retry_after)}
            return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
        if fault.kind == "500":
            return web.Response(status=500, text="<html>oops</html>")
        if fault.kind == "hang":
            await asyncio.sleep(fault.seconds)
        return web.json_response({"ok": False, "error": fault.kind})

    def _keep(self, call: Call) -> None:
        with self._changed:
            self.calls.append(call)
            self._changed.notify_all()

    def _answer(self, method: str, team: str, token: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if method == "oauth.v2.access":
            return self._exchange(arguments)
        if method == "apps.connections.open":
            if token != APP_TOKEN:
                return {"ok": False, "error": "invalid_auth"}
            return {"ok": True, "url": f"ws://127.0.0.1:{self.port}/socket"}
        if not team:
            return {"ok": False, "error": "invalid_auth"}
        answer = getattr(self, "_" + method.replace(".", "_"), None)
        return {"ok": True, **(answer(team, arguments) if answer else {})}

    def _exchange(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        if (arguments.get("client_id"), arguments.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return {"ok": False, "error": "invalid_client_id"}
        team = self.codes.pop(str(arguments.get("code")), None)
        if team is None:
            return {"ok": False, "error": "invalid_code"}
        return {
            "ok": True,
            "access_token": next(token for token, owner in self.tokens.items() if owner == team),
            "token_type": "bot",
            "scope": "chat:write",
            "bot_user_id": BOTS[team],
            "app_id": "A1",
            "team": {"id": team, "name": f"Team {team}"},
            "authed_user": {"id": "UADMIN"},
        }

    def _auth_test(self, team: str, _arguments: Mapping[str, Any]) -> dict[str, Any]:
        return {"team_id": team, "team": f"Team {team}", "user_id": BOTS[team], "bot_id": f"B{team}"}

    def _chat_postMessage(self, team: str, arguments: dict[str, Any]) -> dict[str, Any]:
        channel = self._channel(str(arguments.get("channel")))
        message = {**arguments, "channel": channel, "ts": self._stamp(), "bot_id": f"B{team}", "text": ""}
        message["text"] = str(arguments.get("text") or "")
        with self._changed:
            self.messages.setdefault((team, channel), []).append(message)
        return {"channel": channel, "ts": message["ts"], "message": message}

    def _chat_update(self, team: str, arguments: dict[str, Any]) -> dict[str, Any]:
        for message in self.messages.get((team, str(arguments.get("channel"))), []):
            if message["ts"] == arguments.get("ts"):
                message.update(arguments)
                return {"ts": message["ts"], "channel": message["channel"]}
        return {"ok": False, "error": "message_not_found"}

    def _conversations_open(self, _team: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        return {"channel": {"id": self._channel(str(arguments.get("users")))}}

    def _conversations_history(self, team: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        return self._past(team, arguments, lambda message: not message.get("thread_ts"))

    def _conversations_replies(self, team: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        return self._past(team, arguments, lambda message: message.get("thread_ts") == arguments.get("ts"))

    def _past(
        self, team: str, arguments: Mapping[str, Any], fits: Callable[[Mapping[str, Any]], bool]
    ) -> dict[str, Any]:
        oldest = float(arguments.get("oldest") or 0)
        found = [
            message
            if str(arguments.get("include_all_metadata")).lower() in ("true", "1")
            else {**message, "metadata": {}}
            for message in self.messages.get((team, str(arguments.get("channel"))), [])
            if fits(message) and float(message["ts"]) >= oldest
        ]
        return {"messages": found[::-1], "has_more": False}

    def _users_info(self, _team: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        user = str(arguments.get("user"))
        known = {"id": user, "name": user.lower(), "tz": "Europe/Berlin", "locale": "en-US"}
        return {"user": {**known, "profile": {"display_name": f"Rep {user}"}, **self.people.get(user, {})}}

    def _views_open(self, team: str, arguments: dict[str, Any]) -> dict[str, Any]:
        self.views.append({"team": team, **arguments})
        return {"view": {"id": f"V{len(self.views)}"}}

    def _views_publish(self, team: str, arguments: dict[str, Any]) -> dict[str, Any]:
        self.homes[team, str(arguments.get("user_id"))] = arguments["view"]
        return {"view": {"id": "VH"}}

    @staticmethod
    def _channel(given: str) -> str:
        return "D" + given[1:] if given.startswith("U") else given

    def _stamp(self) -> str:
        return f"{time.time():.3f}{next(self._count) % 1000:03d}"

    # Hooks and the log

    async def _hook(self, request: web.Request) -> web.Response:
        self._keep(Call("hook", "", await _arguments(request), time.monotonic(), request.match_info["name"]))
        return web.Response(text="ok")

    async def _log(self, request: web.Request) -> web.Response:
        calls = self.calls[int(request.query.get("from", 0)) :]
        return web.json_response([[c.method, c.team, c.arguments, c.at, c.outcome] for c in calls])


class Slack:
    """What Slack sends to the bot's server over HTTP, signed as Slack signs."""

    def __init__(self, url: str, secret: str = SIGNING_SECRET) -> None:
        self.url, self._verifier = url, SignatureVerifier(secret)
        self._client = httpx2.Client(timeout=60)

    def post(
        self, body: bytes | str, media: str = "application/json", age: float = 0, **headers: str
    ) -> Reply:
        """Send a body as Slack would; headers given take precedence."""
        stamp = str(int(time.time() - age))
        signature = self._verifier.generate_signature(timestamp=stamp, body=body) or ""
        signed = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature, "Content-Type": media}
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        began = time.monotonic()
        answer = self._client.post(self.url, content=body, headers={**signed, **names})
        return Reply(answer.status_code, answer.text, time.monotonic() - began, dict(answer.headers))

    def event(self, payload: Mapping[str, Any], **headers: str) -> Reply:
        """Send a payload of the Events API."""
        return self.post(json.dumps(payload), **headers)

    def interactive(self, payload: Mapping[str, Any]) -> Reply:
        """Send a click, a form, a shortcut."""
        return self.post(urlencode({"payload": json.dumps(payload)}), FORM)

    def slash(self, **fields: str) -> Reply:
        """Send a slash command."""
        given = {"team_id": "T1", "user_id": "U1", "channel_id": "D1", "command": "/dojo", "text": ""}
        return self.post(urlencode({**given, "trigger_id": uuid.uuid4().hex, **fields}), FORM)

    def say(self, text: str, user: str = "U1", team: str = "T1", **more: Any) -> Reply:
        """Send what somebody types to the bot in direct messages."""
        return self.event(direct(text, user, team, **more))


_stamps = itertools.count(1)


def stamp() -> str:
    """Return a stamp that no other message has."""
    return f"{int(time.time())}.{next(_stamps):06d}"


def callback(event: Mapping[str, Any], team: str = "T1", **more: Any) -> dict[str, Any]:
    """Return the payload around an event."""
    return {
        "token": "the old verification token",
        "type": "event_callback",
        "team_id": team,
        "api_app_id": "A1",
        "event_id": f"Ev{uuid.uuid4().hex[:10]}",
        "event_time": int(time.time()),
        "authorizations": [{"team_id": team, "user_id": BOTS[team], "is_bot": True}],
        "event": dict(event),
        **more,
    }


def direct(text: str, user: str = "U1", team: str = "T1", **more: Any) -> dict[str, Any]:
    """Return the payload of a direct message."""
    event = {
        "type": "message",
        "user": user,
        "text": text,
        "channel": "D" + user[1:],
        "channel_type": "im",
        "ts": stamp(),
    }
    return callback({**event, **more}, team)


def in_channel(text: str, user: str = "U1", team: str = "T1", **more: Any) -> dict[str, Any]:
    """Return the payload of a message in a channel; `type="app_mention"` makes it a mention."""
    event = {"type": "message", "user": user, "text": text, "channel": "C1", "ts": stamp(), **more}
    if event["type"] == "message":
        event.setdefault("channel_type", "channel")
    return callback(event, team)


def click(value: str, user: str = "U1", team: str = "T1", **more: Any) -> dict[str, Any]:
    """Return the payload of a pressed button in direct messages."""
    return {
        "type": "block_actions",
        "team": {"id": team},
        "user": {"id": user},
        "channel": {"id": "D" + user[1:]},
        "container": {"type": "message"},
        "message": {"ts": stamp(), "text": ""},
        "trigger_id": uuid.uuid4().hex,
        "actions": [{"type": "button", "action_id": "say", "value": value, "action_ts": stamp()}],
        **more,
    }


async def _arguments(request: web.Request) -> dict[str, Any]:
    if "json" in request.headers.get("Content-Type", ""):
        return dict(await request.json())
    given = {**request.query, **await request.post()}
    return {name: _parsed(name, str(value)) for name, value in given.items()}


def _parsed(name: str, value: str) -> Any:
    return json.loads(value) if name in ("blocks", "metadata", "view", "attachments") else value


def main() -> None:
    """Serve until killed."""
    fake = FakeSlack(int(sys.argv[1]))
    asyncio.run(fake.serve(lambda: print(f"ready {fake.port}", flush=True)))


if __name__ == "__main__":
    main()
