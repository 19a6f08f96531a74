"""One way through Slack where only Slack itself is played: the trained model, the actions, the face."""

from __future__ import annotations

import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_slack import SIGNING_SECRET, FakeSlack, Slack, click, stamp
from limits import check_message, check_view, elements, shown_texts
from tiny_project import ROOT, Process, free_port

from bot.commands import model_files

SETTINGS = {"DOJO_SECRET": "s" * 40, "DOJO_ACTION_TOKEN": "t" * 40, "DOJO_LANG": "zh"}
RAW = re.compile(r"utter_|action_|alarm_loud|yes_if|tai_chi|obj_|\{\w*\}|None|&amp;amp;")
"""What nobody is to read: ids, gaps that were not filled, texts escaped twice."""


@pytest.fixture(scope="module")
def model() -> Path:
    """The trained model, trained if there is none that fits."""
    command = [sys.executable, "-m", "bot.cli", "train"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-2000:]
    found = model_files.fitting(ROOT)
    assert found is not None
    return found


class Rep:
    """Somebody in Slack who reads what comes and presses what is shown."""

    def __init__(self, fake: FakeSlack, slack: Slack) -> None:
        self.fake, self.slack, self.read = fake, slack, 0

    def answers(self) -> list[dict[str, Any]]:
        """Return what came since the last time; each message fits Slack and can be read."""
        self.fake.wait(lambda: len(self._all()) > self.read, 60, "an answer")
        came = self._all()[self.read :]
        self.read += len(came)
        for message in came:
            check_message(message)
            for text in (message["text"], *shown_texts(message["blocks"])):
                assert not RAW.search(text), text
        return came

    def says(self, text: str) -> str:
        """Type something; return all that can be read in the answer."""
        assert self.slack.say(text).status == 200
        return self.words()

    def presses(self, label: str) -> str:
        """Press the latest button or choice that begins so."""
        element, option = next(
            (element, option)
            for message in reversed(self._all())
            for element in elements(message["blocks"])
            for option in element.get("options", [element])
            if option["text"]["text"].startswith(label)
        )
        action = {"type": element["type"], "action_id": element["action_id"], "action_ts": stamp()}
        chosen = {"value": element["value"]} if option is element else {"selected_option": option}
        assert self.slack.interactive(click("", actions=[{**action, **chosen}])).status == 200
        return self.words()

    def words(self) -> str:
        return "\n".join(text for one in self.answers() for text in shown_texts(one["blocks"]))

    def _all(self) -> list[dict[str, Any]]:
        return self.fake.messages.get(("T1", "D1"), [])


@pytest.fixture
def rep(model: Path, tmp_path: Path, fake: FakeSlack) -> Iterator[Rep]:
    """A rep whose Slack is tied to the real coach."""
    home = {**SETTINGS, "DOJO_HOME": str(tmp_path), "DOJO_DATABASE_URL": f"sqlite:///{tmp_path / 'dojo.db'}"}
    actions_port, rasa_port, slack_port = free_port(), free_port(), free_port()
    in_slack = {
        "DOJO_ACTIONS_PORT": str(actions_port),
        "DOJO_SLACK_API_URL": fake.api_url,
        "DOJO_SLACK_BOT_TOKEN": "xoxb-one",
        "DOJO_SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "DOJO_SLACK_PORT": str(slack_port),
    }
    run = ["bot.channels.launcher", "run", "--interface", "127.0.0.1", "--port", str(rasa_port)]
    run += ["--model", str(model), "--endpoints", "endpoints.yml", "--credentials", "credentials.yml"]
    servers = [
        Process(["actions.server", "--port", str(actions_port)], ROOT, home),
        Process(run, ROOT, {**home, **in_slack}),
    ]
    try:
        for name, server in zip(("actions", "rasa"), servers):
            server.log = tmp_path / f"{name}.log"
            server.start()
        servers[0].wait_until(f"http://127.0.0.1:{actions_port}/health")
        servers[1].wait_until(f"http://127.0.0.1:{rasa_port}/webhooks/dojo/ready")
        yield Rep(fake, Slack(f"http://127.0.0.1:{slack_port}/webhooks/slack/webhook"))
    finally:
        for server in servers:
            server.stop()


def test_a_rep_asks_picks_a_method_and_plays_a_customer_to_the_score_card(rep: Rep) -> None:
    answer = rep.says("你们太贵了")
    assert "价格异议" in answer and "补偿法" in answer
    assert "*补偿法* Compensation · 第2种" in rep.presses("补偿法")

    assert rep.slack.slash(text="对练").status == 200
    [opened] = rep.fake.wait(lambda: rep.fake.calls_of("views.open"))
    form = opened.arguments["view"]
    check_view(form)
    chosen = {"scenario": {"selected_option": {"value": "alarm_loud"}}}
    level = {"level": {"selected_option": {"value": "practised"}}}
    sent = {**form, "id": "V1", "state": {"values": {"customer": chosen, "level": level}}}
    person = {"team": {"id": "T1"}, "user": {"id": "U1"}, "trigger_id": uuid.uuid4().hex}
    assert rep.slack.interactive({"type": "view_submission", "view": sent, **person}).status == 200
    begun = rep.words()
    assert "响起来谁也关不掉" in begun and "*马老板*" in begun

    assert "/ 100*" in rep.says("不吵，您放心。")
    assert "*马老板*" in rep.presses("重答这一轮")
    again = rep.says("我明白，您怕吵着邻居。您最担心的是误报，还是响了关不掉？")
    assert "几次回答对着看" in again and "*第2次*" in again and ":white_check_mark: 澄清异议" in again
    card = rep.presses("结束对练")
    assert "成绩单：响起来谁也关不掉" in card and "回答1次 · 重答1次" in card
    assert len(rep.fake.calls_of("chat.postMessage")) == rep.read
