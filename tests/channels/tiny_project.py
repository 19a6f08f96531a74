"""A tiny Rasa project with rules only and real custom actions, and servers started from it as processes."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from bot.services.signing import sign

ROOT = Path(__file__).resolve().parents[2]
SECRET = "a secret of the tests"
TOKEN = "a token of the tests"

FILES = {
    "config.yml": """
        recipe: default.v1
        assistant_id: tiny
        language: en
        pipeline:
          - name: KeywordIntentClassifier
          - name: FallbackClassifier
            threshold: 0.3
        policies:
          - name: RulePolicy
        """,
    "domain.yml": """
        version: "3.1"
        intents: [greet, thank, choose_product, switch_language, empty_message, wrong_type]
        entities: [product]
        slots:
          product:
            type: text
            influence_conversation: false
            mappings: [{type: from_entity, entity: product}]
          heard: {type: float, influence_conversation: false, mappings: [{type: custom}]}
        actions: [action_reply, action_endless]
        responses:
          utter_thanks: [{text: "You are welcome."}]
          utter_heard: [{text: "I heard: {words}"}]
        session_config: {session_expiration_time: 60, carry_over_slots_to_new_session: true}
        """,
    "data/all.yml": """
        version: "3.1"
        nlu:
          - intent: greet
            examples: |
              - hello
              - slow
              - broken
          - {intent: thank, examples: "- thank you\\n- thanks\\n"}
          - {intent: choose_product, examples: "- xqa\\n- xqb\\n"}
          - {intent: switch_language, examples: "- xqc\\n- xqd\\n"}
          - {intent: empty_message, examples: "- xqe\\n- xqf\\n"}
          - {intent: wrong_type, examples: "- xqg\\n- xqh\\n"}
        rules:
          - {rule: anything, steps: [{intent: nlu_fallback}, {action: action_reply}]}
          - {rule: greet, steps: [{intent: greet}, {action: action_reply}]}
          - {rule: thank, steps: [{intent: thank}, {action: utter_thanks}]}
          - {rule: choose, steps: [{intent: choose_product}, {action: action_reply}]}
          - {rule: language, steps: [{intent: switch_language}, {action: action_reply}]}
          - {rule: endless, steps: [{intent: wrong_type}, {action: action_endless}]}
          - {rule: empty, steps: [{intent: empty_message}, {action: action_reply}]}
        """,
    "tiny_actions/__init__.py": """
        import asyncio
        import os

        from rasa_sdk import Action
        from rasa_sdk.events import FollowupAction, SlotSet


        class ActionReply(Action):
            def name(self):
                return "action_reply"

            async def run(self, dispatcher, tracker, domain):
                message = tracker.latest_message
                words = message["text"]
                with open(os.environ["TINY_JOURNAL"], "a") as journal:
                    journal.write(message["message_id"] + "\\n")
                if words.startswith("slow"):
                    await asyncio.sleep(1.5)
                if words.startswith("broken"):
                    raise RuntimeError("cannot answer to " + words)
                heard = (tracker.get_slot("heard") or 0) + 1
                dispatcher.utter_message(
                    response="utter_heard",
                    words=words,
                    kind="echo",
                    data={"heard": heard, "product": tracker.get_slot("product")},
                    buttons=[{"title": "again", "payload": "/switch_language"}],
                )
                dispatcher.utter_message(text="second line")
                return [SlotSet("heard", heard)]


        class ActionEndless(Action):
            def name(self):
                return "action_endless"

            async def run(self, dispatcher, tracker, domain):
                return [FollowupAction("action_endless")]
        """,
}


def write_project(root: Path) -> None:
    """Write the project's files."""
    for name, content in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(content).lstrip())


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(project: Path, **more: str) -> dict[str, str]:
    """Return the environment for a process of the tests, without settings of the machine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DOJO_")}
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join((str(ROOT), str(project))),
        "DOJO_SECRET": SECRET,
        "DOJO_ACTION_TOKEN": TOKEN,
        "TINY_JOURNAL": str(project / "journal"),
        **more,
    }


@dataclass
class Process:
    """A server of the tests, with its log."""

    arguments: list[str]
    project: Path
    settings: dict[str, str]
    log: Path = field(init=False)
    running: subprocess.Popen[bytes] = field(init=False)

    def start(self) -> None:
        """Start it; the log goes on in the same file."""
        if not hasattr(self, "log"):
            self.log = self.project / f"{uuid.uuid4().hex[:8]}.log"
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                [sys.executable, "-m", *self.arguments],
                cwd=self.project,
                env=environment(self.project, **self.settings),
                stdout=log,
                stderr=log,
            )

    def wait_until(self, url: str, seconds: float = 90) -> None:
        """Wait until the URL answers 200."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.running.poll() is not None:
                break
            try:
                if httpx2.get(url, timeout=5, verify=False).status_code == 200:
                    return
            except httpx2.TransportError:
                pass
            time.sleep(0.1)
        raise AssertionError(f"not ready: {url}\n{self.log.read_text()[-3000:]}")

    def stop(self, how: signal.Signals = signal.SIGTERM, wait: bool = True) -> None:
        """Send a signal and wait for the end."""
        if self.running.poll() is None:
            self.running.send_signal(how)
        if wait:
            self.running.wait(40)


class Actions(Process):
    """The tiny project's action server."""

    def __init__(self, project: Path, port: int = 0, **settings: str) -> None:
        """Take a port and settings."""
        self.port = port or free_port()
        super().__init__(
            ["actions.server", "--port", str(self.port), "--actions", "tiny_actions"], project, settings
        )

    def start(self) -> None:
        """Start and wait."""
        super().start()
        self.wait_until(f"http://127.0.0.1:{self.port}/health")


class Rasa(Process):
    """The tiny project's Rasa server, with the endpoints and credentials of the repository."""

    def __init__(self, project: Path, actions: int, database: str, **settings: str) -> None:
        """Take the action server's port and the database's URL."""
        self.port = free_port()
        arguments = ["bot.channels.launcher", "run", "-p", str(self.port), "-m", str(project / "models")]
        for name in ("endpoints", "credentials"):
            arguments += [f"--{name}", str(ROOT / f"{name}.yml")]
        settings = {"DOJO_ACTIONS_PORT": str(actions), "DOJO_DATABASE_URL": database, **settings}
        super().__init__(arguments, project, settings)

    @property
    def url(self) -> str:
        """Address of the channel."""
        return f"http://127.0.0.1:{self.port}/webhooks/dojo"

    def start(self, ready: bool = True) -> None:
        """Start and wait until messages can be answered, or until it listens."""
        super().start()
        self.wait_until(f"{self.url}/ready" if ready else f"http://127.0.0.1:{self.port}/")


def request(body: dict[str, Any] | bytes, secret: str = SECRET, age: float = 0) -> dict[str, Any]:
    """Return the keyword arguments of a signed POST."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    timestamp = str(int(time.time() - age))
    headers = {
        "X-Dojo-Timestamp": timestamp,
        "X-Dojo-Signature": sign(secret.encode(), timestamp, content),
        "Content-Type": "application/json",
    }
    return {"content": content, "headers": headers}


def message(text: str, sender: str, message_id: str | None = None) -> dict[str, Any]:
    """Return a body with typed text."""
    return {
        "sender": sender,
        "message_id": message_id or uuid.uuid4().hex,
        "text": text,
        "metadata": {"session": sender, "lang": "en", "channel": "web"},
    }


def lines(answer: httpx2.Response) -> list[dict[str, Any]]:
    """Return the answer's lines."""
    return [json.loads(line) for line in answer.text.splitlines()]


def say(server: Rasa, body: dict[str, Any]) -> list[dict[str, Any]]:
    """Post a signed message and return the answer's lines."""
    answer = httpx2.post(f"{server.url}/webhook", timeout=60, verify=False, **request(body))
    assert answer.status_code == 200, (answer.status_code, answer.text)
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    return lines(answer)
