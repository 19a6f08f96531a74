"""Words that are a command when they are all that is typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.content.commands import CommandsError, normal, read_commands


def test_every_scenario_is_started_by_its_title_in_either_language() -> None:
    commands = read_commands()
    assert commands[normal("响起来谁也关不掉")].scenario == "alarm_loud"
    assert commands[normal(" The siren nobody can stop. ")].scenario == "alarm_loud"


@pytest.mark.parametrize(
    ("typed", "intent"),
    [("提示", "show_hint"), ("Hint!", "show_hint"), ("结束对练。", "stop"), ("SWAP  roles", "swap_roles")],
)
def test_marks_and_capitals_do_not_matter(typed: str, intent: str) -> None:
    assert read_commands()[normal(typed)].intent == intent


@pytest.mark.parametrize("typed", ["我们先停在这里吧", "let us stop here", "给您一点提示", ""])
def test_a_reply_that_holds_such_words_is_no_command(typed: str) -> None:
    assert normal(typed) not in read_commands()


@pytest.mark.parametrize(
    "text",
    [
        "fly: {zh: [飞], en: [fly]}",
        "stop: {zh: [停]}",
        "stop: {zh: [停], en: [x]}\nshow_hint: {zh: [提], en: [x]}",
    ],
)
def test_a_faulty_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "commands.yml").write_text(text, encoding="utf-8")
    with pytest.raises(CommandsError):
        read_commands(tmp_path / "commands.yml")
