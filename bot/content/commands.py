"""The words that are commands when they are all that is typed (`commands.yml`, titles of scenarios)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.coaching.taxonomy import COMMAND_INTENTS, LANGS, TALK_INTENTS
from bot.content.yaml_files import load_yaml

COMMANDS: Final = Path(__file__).parent / "commands.yml"
_AROUND: Final = re.compile(r"^[\s。.!！,，~～“”\"']+|[\s。.!！,，~～“”\"']+$")


class CommandsError(ValueError):
    """The file of commands is not what it should be; the message names the key."""


@dataclass(frozen=True)
class TypedCommand:
    """A command's intent, and the scenario that it names (empty for none)."""

    intent: str
    scenario: str = ""


def normal(text: str) -> str:
    """Return a text as it is compared: without capitals, and without marks and spaces around it."""
    return " ".join(_AROUND.sub("", text).casefold().split())


def read_commands(path: Path = COMMANDS) -> Mapping[str, TypedCommand]:
    """Read the commands by what is typed, compared by `normal`.

    Raises:
        CommandsError: an intent is unknown, or something typed would mean two things.
    """
    data = load_yaml(path) or {}
    commands: dict[str, TypedCommand] = {}
    for intent, by_lang in data.items():
        if intent not in (*COMMAND_INTENTS, *TALK_INTENTS):
            raise CommandsError(f"{path.name}: {intent}: no such command")
        if not isinstance(by_lang, dict) or set(by_lang) != set(LANGS):
            raise CommandsError(f"{path.name}: {intent}: needs zh and en lists")
        for phrases in by_lang.values():
            for phrase in phrases:
                _add(path, commands, str(phrase), TypedCommand(intent))
    for file in sorted((path.parent / "scenarios").glob("*.yml")):
        scenario = load_yaml(file) or {}
        for title in (scenario.get("title") or {}).values():
            _add(file, commands, str(title), TypedCommand("choose_scenario", str(scenario.get("id") or "")))
    return commands


def _add(path: Path, commands: dict[str, TypedCommand], phrase: str, command: TypedCommand) -> None:
    key = normal(phrase)
    if commands.get(key, command) != command:
        raise CommandsError(f"{path.name}: “{phrase}” means two things")
    commands[key] = command
