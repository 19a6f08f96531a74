"""Wrong arguments and files end with code 2 and one clear line; the sentences exist in both languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot import cli
from bot.commands.console import Console
from bot.commands.errors import WrongInput
from bot.commands.texts import ROOT as SENTENCES
from bot.commands.texts import Texts, locale_lang

ROOT = Path(__file__).parents[2]
COMMANDS = ("up", "test", "chat", "train", "classify", "evaluate", "sessions", "export", "doctor", "bench")


@pytest.fixture(autouse=True)
def _own_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOJO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DOJO_LANG", "en")
    monkeypatch.delenv("DOJO_DATABASE_URL", raising=False)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    try:
        code = cli.main(arguments)
    except SystemExit as left:
        code = int(left.code or 0)
    out, err = capsys.readouterr()
    return code, out, err


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((), "COMMAND"),
        (("dance",), "dance"),
        (("up", "--port", "0"), "--port"),
        (("up", "--port", "70000"), "70000"),
        (("up", "--port", "eighty"), "eighty"),
        (("up", "now"), "now"),
        (("chat", "--lang", "de"), "de"),
        (("chat", "--product", "moon"), "moon"),
        (("evaluate", "x.jsonl"), "--task"),
        (("evaluate", "x.jsonl", "--task", "mood"), "mood"),
        (("evaluate", "--task", "objection"), "FILE.jsonl"),
        (("evaluate", "no/such.jsonl", "--task", "objection"), "no/such.jsonl"),
        (("export", "abc"), "--format"),
        (("export", "abc", "--format", "pdf"), "pdf"),
        (("export", "abc", "--format", "md"), "abc"),
        (("sessions", "--limit", "-1"), "--limit"),
        (("content", "burn"), "burn"),
    ],
)
def test_wrong_arguments_end_with_two_and_one_line(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], named: str
) -> None:
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert named in err


def test_a_wrong_line_of_a_file_is_named_with_file_line_and_reason(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_text('{"text": "a", "lang": "en", "label": "none"}\n{"text": "b", "lang": "en"}\n')
    code, _, err = run(capsys, "evaluate", str(file), "--task", "objection")
    assert (code, err) == (2, f'{file}:2: "label" is missing\n')


def test_wrong_settings_are_named_without_their_value(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOJO_DATABASE_URL", "mysql://user:secret@host/db")
    code, _, err = run(capsys, "sessions")
    assert code == 2
    assert "DOJO_DATABASE_URL" in err
    assert "secret" not in err


def test_an_unexpected_error_is_one_line_and_its_trace_is_in_the_log(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("bot.commands.sessions.list_sessions", lambda *_, **__: 1 / 0)
    code, _, err = run(capsys, "sessions")
    log = tmp_path / "home" / "log" / "errors.log"
    assert (code, len(err.splitlines())) == (1, 1)
    assert str(log) in err
    assert "ZeroDivisionError" in log.read_text()
    assert log.stat().st_mode & 0o077 == 0


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--help")
    assert code == 0
    assert all(re.search(rf"^    {name} ", out, re.MULTILINE) for name in COMMANDS)


@pytest.mark.parametrize("name", [*COMMANDS, "content", "finetune", "shell"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_command_has_help_in_both_languages(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str, lang: str
) -> None:
    monkeypatch.setenv("DOJO_LANG", lang)
    code, out, _ = run(capsys, name, "--help")
    assert code == 0
    assert f"dojo {name}" in out


def sentences(lang: str) -> dict[str, str]:
    def flat(node: Any, path: str) -> dict[str, str]:
        if isinstance(node, dict):
            return {k: v for name, part in node.items() for k, v in flat(part, f"{path}.{name}").items()}
        return {path.removeprefix("."): str(node)}

    return flat(yaml.safe_load((SENTENCES / f"cli.{lang}.yml").read_text(encoding="utf-8"))["cli"], "")


def test_both_languages_have_the_same_sentences_with_the_same_values() -> None:
    zh, en = sentences("zh"), sentences("en")
    assert list(zh) == list(en)
    for key, sentence in en.items():
        assert set(re.findall(r"\{\w+\}", sentence)) == set(re.findall(r"\{\w+\}", zh[key])), key


def test_every_sentence_that_the_commands_name_is_there() -> None:
    known = sentences("en")
    named = re.compile(
        r"(?:say|texts|begin|Stop|WrongInput|read|has|_finding)\(\s*f?\"([a-z_]+\.[a-z_.{}\[\]]+)\""
    )
    sources = [ROOT / "bot" / "cli.py", *(ROOT / "bot" / "commands").glob("*.py")]
    keys = {key for path in sources for key in named.findall(path.read_text(encoding="utf-8"))}
    assert len(keys) > 40
    for key in keys:
        pattern = re.compile(re.sub(r"\\\{.*?\\\}", r"[\\w.]+", re.escape(key)))
        assert any(pattern.fullmatch(there) for there in known), key


def test_a_sentence_may_mention_a_value_named_like_the_parameters() -> None:
    assert Texts("en")("evaluate.fault.missing", key="label") == '"label" is missing'
    assert WrongInput("x", key="y", code_="z").values == {"key": "y", "code_": "z"}


@pytest.mark.parametrize(
    ("environ", "lang"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_GB.UTF-8"}, "en"),
        ({"DOJO_LANG": "zh", "LC_ALL": "C"}, "zh"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
    ],
)
def test_the_language_is_that_of_the_terminal(environ: dict[str, str], lang: str) -> None:
    assert locale_lang(environ) == lang


def test_a_table_lines_chinese_up(capsys: pytest.CaptureFixture[str]) -> None:
    Console(Texts("zh")).table([["姓名", "n"], ["王", "10"], ["Ann", "7"]], right=[1])
    assert capsys.readouterr().out == "姓名   n\n王    10\nAnn    7\n"
