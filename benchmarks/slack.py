"""Many people who write to the bot in Slack for a minute; the Slack is one of the tests' own."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import random
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import aiohttp
from slack_sdk.signature import SignatureVerifier

from benchmarks.bots import HOST, Dojo
from benchmarks.errors import BenchmarkFailed
from benchmarks.figures import latencies, percentile
from benchmarks.plan import Plan
from benchmarks.processes import memory_of_family, processor_seconds
from benchmarks.wording import tell
from bot.commands import ports
from bot.commands.family import Family

_FAKE: Final = Path("tests") / "slack" / "fake_slack.py"
_SECRET: Final = uuid.uuid4().hex
_READY_SECONDS: Final = 20.0
_SETTLE_SECONDS: Final = 120.0
_LOOK_SECONDS: Final = 1.0
_SPREAD: Final = 0.25
_OK: Final = 200

Figures = dict[str, Any]


def measure(plan: Plan, family: Family, root: Path, scratch: Path, lines: Iterator[str]) -> Figures:
    """Let people write; report how long acknowledgements and answers took, and what was lost or doubled."""
    fake = _load(root / _FAKE)
    slack, door = ports.free_port(HOST, 19000), ports.free_port(HOST, 19500)
    server = family.spawn(
        [sys.executable, str(root / _FAKE), str(slack)],
        environment={},
        folder=root,
        output=subprocess.DEVNULL,
    )
    settings = {
        "DOJO_SLACK_API_URL": f"http://{HOST}:{slack}/api/",
        "DOJO_SLACK_BOT_TOKEN": fake.TOKENS["T1"],
        "DOJO_SLACK_SIGNING_SECRET": _SECRET,
        "DOJO_SLACK_HOST": HOST,
        "DOJO_SLACK_PORT": str(door),
    }
    dojo = Dojo(family, root, scratch / "slack", scratch / "slack.log", settings)
    tell("progress.slack", people=plan.slack_people, seconds=plan.slack_seconds)
    try:
        dojo.start()
        dojo.wait()
        started, spent = _memory(dojo), processor_seconds(dojo.process)
        crowd = SlackCrowd(
            plan, fake, f"http://{HOST}:{slack}", f"http://{HOST}:{door}/webhooks/slack/webhook"
        )
        try:
            found = asyncio.run(crowd.write(lines))
        except (aiohttp.ClientError, OSError, asyncio.TimeoutError) as error:
            raise BenchmarkFailed("turn", reason=str(error) or type(error).__name__) from error
        spent = processor_seconds(dojo.process) - spent
        found["processor_ms"] = 1000 * spent / (found["messages"] + plan.slack_warm_up)
        return {**found, "memory": {"started": started, "used": _memory(dojo)}}
    finally:
        dojo.stop()
        server.kill()


class SlackCrowd:
    """People in one workspace, each in their direct messages with the bot."""

    def __init__(self, plan: Plan, fake: ModuleType, slack: str, door: str) -> None:
        """Let Slack stand at `slack` and the bot's door at `door`."""
        self._plan, self._fake, self._slack, self._door = plan, fake, slack, door
        self._verifier = SignatureVerifier(_SECRET)
        self._chance = random.Random(plan.seed)
        self._sent: dict[str, tuple[str, float]] = {}
        self._acks: list[float] = []
        self._refused = 0

    async def write(self, lines: Iterator[str]) -> Figures:
        """Write for a while, each person again and again whether answered or not; wait for all answers."""
        people = [f"U{number:04d}" for number in range(self._plan.slack_people)]
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client:
            await self._until_there(client)
            for user in people[: self._plan.slack_warm_up]:
                await self._say(client, f"W{user}", next(lines))
            await self._answers(client)
            self._sent.clear()
            self._acks.clear()
            end = time.monotonic() + self._plan.slack_seconds
            await asyncio.gather(*(self._person(client, user, lines, end) for user in people))
            return self._figures(await self._answers(client))

    async def _person(
        self, client: aiohttp.ClientSession, user: str, lines: Iterator[str], end: float
    ) -> None:
        pause = self._plan.slack_pause_seconds
        await asyncio.sleep(self._chance.uniform(0, pause))
        while time.monotonic() < end:
            await self._say(client, user, next(lines))
            await asyncio.sleep(pause * self._chance.uniform(1 - _SPREAD, 1 + _SPREAD))

    async def _say(self, client: aiohttp.ClientSession, user: str, text: str) -> None:
        payload = self._fake.direct(text, user=user)
        body, stamp = json.dumps(payload), str(int(time.time()))
        signature = self._verifier.generate_signature(timestamp=stamp, body=body) or ""
        headers = {
            "Content-Type": "application/json",
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": signature,
        }
        event = payload["event"]
        began = time.monotonic()
        self._sent[f"T1.m.{event['channel']}.{event['ts']}"] = (user, began)
        async with client.post(self._door, data=body, headers=headers) as answer:
            self._refused += answer.status != _OK
        self._acks.append(time.monotonic() - began)

    async def _until_there(self, client: aiohttp.ClientSession) -> None:
        end = time.monotonic() + _READY_SECONDS
        while time.monotonic() < end:
            if any(call[0] == "auth.test" for call in await self._log(client)):
                return
            await asyncio.sleep(0.2)
        raise BenchmarkFailed("turn", reason="the bot does not call Slack")

    async def _answers(self, client: aiohttp.ClientSession) -> list[tuple[str, float]]:
        """Return what was posted (which message it answers, and when), once every message is answered."""
        end, before = time.monotonic() + _SETTLE_SECONDS, -1
        posted: list[tuple[str, float]] = []
        while time.monotonic() < end:
            posted = [
                (call[2]["metadata"]["event_payload"]["mark"], call[3])
                for call in await self._log(client)
                if call[0] == "chat.postMessage"
            ]
            answered = {mark.rpartition(".")[0] for mark, _ in posted}
            if self._sent.keys() <= answered and len(posted) == before:
                break
            before = len(posted)
            await asyncio.sleep(_LOOK_SECONDS)
        return posted

    async def _log(self, client: aiohttp.ClientSession) -> list[Any]:
        async with client.get(f"{self._slack}/log") as answer:
            return list(await answer.json())

    def _figures(self, posted: list[tuple[str, float]]) -> Figures:
        first: dict[str, float] = {}
        marks: set[str] = set()
        doubled = 0
        order: dict[str, list[float]] = {}
        for mark, at in posted:
            key = mark.rpartition(".")[0]
            if key not in self._sent:
                continue
            doubled += mark in marks
            marks.add(mark)
            if key not in first:
                first[key] = at
                user, sent = self._sent[key]
                order.setdefault(user, []).append(sent)
        waits = [first[key] - sent for key, (_, sent) in self._sent.items() if key in first]
        return {
            "people": self._plan.slack_people,
            "messages": len(self._sent),
            "refused": self._refused,
            "lost": len(self._sent) - len(first),
            "doubled": doubled,
            "out_of_order": sum(times != sorted(times) for times in order.values()),
            "ack_ms": {**latencies([self._acks]), "max": 1000 * max(self._acks)},
            "answer_ms": {
                **latencies([waits]),
                "p95": 1000 * percentile(waits, 0.95),
                "max": 1000 * max(waits),
            },
        }


def _memory(dojo: Dojo) -> Mapping[str, float]:
    return {name: memory.rss for name, memory in memory_of_family(dojo.process).items()}


def _load(path: Path) -> ModuleType:
    """Import the tests' Slack: it belongs to no package."""
    spec = importlib.util.spec_from_file_location("fake_slack", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["fake_slack"] = module
    spec.loader.exec_module(module)
    return module
