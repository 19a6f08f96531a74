"""The manifest and its page against what the code listens to, calls and answers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.channels.slack_commands import COMMAND, NAMES
from bot.channels.slack_events import EVENTS, SlackEvent, read_event
from bot.channels.slack_face import ANSWER_SHORTCUT, DRILL_SHORTCUT, PRACTICE_SHORTCUT
from bot.settings import SLACK_VARIABLES

ROOT = Path(__file__).parents[2]
MANIFEST = yaml.safe_load((ROOT / "deploy" / "slack-manifest.yml").read_text(encoding="utf-8"))
PAGE = (ROOT / "docs" / "slack.md").read_text(encoding="utf-8")

METHODS = {
    "auth.test": (),
    "auth.revoke": (),
    "apps.connections.open": (),
    "oauth.v2.access": (),
    "chat.postMessage": ("chat:write",),
    "chat.postEphemeral": ("chat:write",),
    "conversations.history": ("channels:history", "groups:history", "im:history"),
    "conversations.replies": ("channels:history", "groups:history", "im:history"),
    "conversations.open": ("im:write",),
    "users.info": ("users:read",),
    "views.open": (),
    "views.publish": (),
    "views.update": (),
}
"""The scopes of each method of the Web API (docs.slack.dev)."""

LISTENED = {
    "app_home_opened": (),
    "app_mention": ("app_mentions:read",),
    "app_uninstalled": (),
    "message.channels": ("channels:history",),
    "message.groups": ("groups:history",),
    "message.im": ("im:history",),
    "tokens_revoked": (),
}


def called() -> set[str]:
    """Return the methods that the channel's code names."""
    named = re.compile(r'"((?:apps|auth|chat|conversations|oauth|team|users|views)\.[a-zA-Z0-9.]+)"')
    paths = (ROOT / "bot" / "channels").glob("slack*.py")
    found = {method for path in paths for method in named.findall(path.read_text(encoding="utf-8"))}
    return {method for method in found if not method.endswith(".")}


def test_every_method_that_is_called_is_known_here() -> None:
    assert called() <= set(METHODS)


def test_the_scopes_are_those_that_methods_events_and_commands_need_and_no_others() -> None:
    needed = {scope for method in called() for scope in METHODS[method]} | {"commands"}
    needed |= {scope for scopes in LISTENED.values() for scope in scopes}
    assert set(MANIFEST["oauth_config"]["scopes"]["bot"]) == needed


@pytest.mark.parametrize("name", MANIFEST["settings"]["event_subscriptions"]["bot_events"])
def test_every_event_that_is_subscribed_to_is_read(name: str) -> None:
    assert name in LISTENED
    kind = {"im": "im", "channels": "channel", "groups": "group"}.get(name.partition(".")[2], "")
    event: dict[str, Any] = {
        "type": name.partition(".")[0],
        "user": "U1",
        "text": "<@UBOT> too dear",
        "ts": "1.1",
        "channel": "D1" if kind == "im" else "C1",
        "channel_type": kind,
        "tokens": {"bot": ["UBOT"]},
        "tab": "home",
    }
    payload = {
        "event": event,
        "event_id": "Ev1",
        "authorizations": [{"team_id": "T1", "user_id": "UBOT", "is_bot": True}],
    }
    assert isinstance(read_event(EVENTS, payload), SlackEvent)


def test_commands_and_shortcuts_are_those_that_are_answered() -> None:
    features = MANIFEST["features"]
    assert [command["command"] for command in features["slash_commands"]] == [COMMAND]
    found = {(one["type"], one["callback_id"]) for one in features["shortcuts"]}
    assert found == {
        ("message", ANSWER_SHORTCUT),
        ("global", PRACTICE_SHORTCUT),
        ("global", DRILL_SHORTCUT),
    }
    assert all(len(one["name"]) <= 24 for one in features["shortcuts"])


def test_the_page_explains_each_scope_event_command_and_setting() -> None:
    for scope in MANIFEST["oauth_config"]["scopes"]["bot"]:
        assert f"`{scope}`" in PAGE
    for event in MANIFEST["settings"]["event_subscriptions"]["bot_events"]:
        assert f"`{event}`" in PAGE
    for name in NAMES:
        assert f"`{COMMAND} {name}" in PAGE
    assert set(re.findall(r"DOJO_SLACK_[A-Z_]+", PAGE)) == set(SLACK_VARIABLES)
