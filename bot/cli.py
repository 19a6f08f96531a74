"""The `dojo` command: arguments in, exit code out; each command is a module of `bot.commands`."""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NoReturn

from bot.coaching.taxonomy import LANGS
from bot.commands.console import ROOT, Console
from bot.commands.errors import FAILED, WRONG_INPUT, Interrupted, Stop
from bot.commands.texts import Texts, locale_lang
from bot.settings import Settings, SettingsError, load_settings

PASSED_ON: Final = ("rasa", "shell", "bench", "finetune", "test")
"""Commands whose arguments belong to another program."""

_FORMATS: Final = ("jsonl", "csv", "md", "xapi")
_TASKS: Final = ("objection", "technique")
_PROMOTE: Final = ("auto", "never", "force")
_MODEL_ACTIONS: Final = ("list", "promote", "rollback")
_BY_SIGNAL: Final = 128


class _Parser(argparse.ArgumentParser):
    """Tells what is wrong in one line."""

    texts: Texts

    def error(self, message: str) -> NoReturn:
        """Tell it and leave."""
        line = self.texts("error.arguments", message=" ".join(message.split()), command=self.prog)
        self.exit(WRONG_INPUT, line + "\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    _speak_utf8()
    given = list(sys.argv[1:] if arguments is None else arguments)
    settings = _settings()
    texts = Texts(settings.lang if settings else locale_lang())
    options = parse(given, texts)
    console = Console(texts)
    try:
        return _run(console, options)
    except BrokenPipeError:
        # Who read the output went away; Python must not complain when it closes it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BY_SIGNAL + signal.SIGPIPE
    except KeyboardInterrupt:
        return _BY_SIGNAL + signal.SIGINT
    except Interrupted as interrupted:
        return _BY_SIGNAL + interrupted.number
    except Exception as error:
        return _tell_unexpected(console, settings, error)


def _run(console: Console, options: argparse.Namespace) -> int:
    """Run a command; errors that are known by name get a sentence of their own."""
    command = importlib.import_module(f"bot.commands.{options.command}")
    try:
        code: int = command.run(console, options)
        return code
    except Stop as stop:
        found = stop
    except Exception as error:
        from bot.commands.known_errors import sentence

        known = sentence(error)
        if known is None:
            raise
        found = known
    console.say(found.key, **found.values)
    return found.code


def parse(given: Sequence[str], texts: Texts) -> argparse.Namespace:
    """Read the arguments; leaves with 2 when they are wrong, with 0 after a help text."""
    if given and given[0] in PASSED_ON and (given[0] == "rasa" or not {"-h", "--help"} & set(given[1:2])):
        return argparse.Namespace(command=given[0], arguments=list(given[1:]))
    return build_parser(texts).parse_args(given)


def build_parser(texts: Texts) -> argparse.ArgumentParser:
    """Define every command and its arguments."""
    parser = _new_parser(texts, "dojo", "help.dojo")
    commands = parser.add_subparsers(dest="command", metavar=texts("help.metavar"), required=True)

    def add(name: str) -> Callable[..., argparse.Action]:
        key = f"help.{name}.command"
        made = commands.add_parser(name, help=texts(key), description=texts(key), prog=f"dojo {name}")
        made.texts = texts

        def argument(*names: str, **how: object) -> argparse.Action:
            described = texts(f"help.{name}.{names[-1].lstrip('-')}")
            return made.add_argument(*names, help=described, **how)  # type: ignore[arg-type]

        return argument

    add("up")("--port", type=port, metavar="N")
    add("test")("arguments", nargs="*", metavar="PYTEST")
    chat = add("chat")
    chat("--lang", choices=LANGS)
    chat("--name")
    chat("--product")
    chat("--session", metavar="SESSION")
    train = add("train")
    train("--force", action="store_true")
    train("--with-corrections", action="store_true")
    train("--promote", choices=_PROMOTE, default=_PROMOTE[0])
    train("--reason", default="", metavar="TEXT")
    train("--lines", type=count, default=500, metavar="N")
    train("--json", action="store_true")
    train("--training", type=count, metavar="N")
    train("--account", type=count, metavar="N")
    models = add("models")
    models("action", nargs="?", choices=_MODEL_ACTIONS, default=_MODEL_ACTIONS[0])
    models("name", nargs="?", metavar="NAME")
    models("--to", default="", metavar="NAME")
    models("--reason", default="", metavar="TEXT")
    models("--json", action="store_true")
    models("--account", type=count, metavar="N")
    classify = add("classify")
    classify("--json", action="store_true")
    classify("text", nargs="*", metavar="TEXT")
    evaluate = add("evaluate")
    evaluate("file", type=Path, metavar="FILE.jsonl")
    evaluate("--task", choices=_TASKS, required=True)
    evaluate("--json", action="store_true")
    evaluate("--report", type=Path, metavar="DIR")
    assess = add("assess")
    assess("file", type=Path, metavar="FILE.jsonl")
    assess("--json", action="store_true")
    sessions = add("sessions")
    sessions("--limit", type=count, default=50, metavar="N")
    sessions("--json", action="store_true")
    export = add("export")
    export("session", metavar="SESSION")
    export("--format", choices=_FORMATS, required=True)
    export("--output", type=Path, metavar="FILE")
    content = add("content")
    content("action", choices=("check",))
    content("--json", action="store_true")
    add("doctor")("--json", action="store_true")
    for name in ("bench", "finetune", "shell", "rasa"):
        add(name)("arguments", nargs="*", metavar="...")
    return parser


def _new_parser(texts: Texts, prog: str, key: str) -> _Parser:
    parser = _Parser(prog=prog, description=texts(key))
    parser.texts = texts
    return parser


def port(value: str) -> int:
    """Read a port's number."""
    if value.isascii() and value.isdecimal() and 1 <= int(value) <= 65535:
        return int(value)
    raise ValueError


def count(value: str) -> int:
    """Read how many of something."""
    if value.isascii() and value.isdecimal() and 1 <= int(value) <= 1_000_000:
        return int(value)
    raise ValueError


def _settings() -> Settings | None:
    try:
        return load_settings(folder=ROOT)
    except SettingsError:
        return None


def _speak_utf8() -> None:
    for stream in (sys.stdout, sys.stderr, sys.stdin):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")


def _tell_unexpected(console: Console, settings: Settings | None, error: Exception) -> int:
    """Tell of it in one line; the trace goes to a log."""
    from bot.commands.logs import record_error

    log = record_error(settings.home if settings else ROOT / "var", error)
    kind = type(error).__name__
    console.say("error.unexpected" if log else "error.unexpected_unrecorded", kind=kind, log=log)
    return FAILED


if __name__ == "__main__":
    sys.exit(main())
