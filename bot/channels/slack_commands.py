"""Reading what is typed behind `/dojo`, in either language.  Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.channels.slack_lines import LANGS, Tongue
from bot.channels.slack_text import plain
from bot.content.commands import normal

COMMAND: Final = "/dojo"
NAMES: Final = ("help", "practice", "drill", "progress", "link", "lang", "daily")
UNKNOWN: Final = "unknown"
STOP: Final = "stop"


@dataclass(frozen=True)
class Slash:
    """What was asked for: one of `NAMES`, or `unknown`; `rest` is what was typed behind it.

    Attributes:
        lang: the language of the word, empty where it does not tell.
    """

    name: str
    rest: str = ""
    lang: str = ""


def read_slash(text: str, tongues: Mapping[str, Tongue]) -> Slash:
    """Read what was typed behind the command; nothing at all asks for help."""
    typed = normal(plain(text))
    if not typed:
        return Slash("help")
    for name in NAMES:
        for lang in LANGS:
            for word in _words(tongues[lang], f"slash.{name}"):
                if typed == word:
                    return Slash(name, lang=_lang_of(word, lang))
    for lang in LANGS:
        if typed in _words(tongues[lang], f"slash.langs.{lang}"):
            return Slash("lang", typed)
    for name in ("lang", "daily"):
        for lang in LANGS:
            for word in _words(tongues[lang], f"slash.{name}"):
                rest = typed.removeprefix(word).strip()
                if typed.startswith(word) and rest and (typed[len(word)] == " " or lang == "zh"):
                    return Slash(name, rest, _lang_of(word, lang))
    first, _, rest = typed.partition(" ")
    for name in NAMES:
        if any(first in _words(tongues[lang], f"slash.{name}") for lang in LANGS):
            return Slash(name, rest)
    return Slash(UNKNOWN, plain(text))


def read_lang(text: str, tongues: Mapping[str, Tongue]) -> str:
    """Return the language that a word names (`zh` or `en`), empty for any other word."""
    typed = normal(text)
    for lang in LANGS:
        if any(typed in _words(tongues[either], f"slash.langs.{lang}") for either in LANGS):
            return lang
    return ""


def is_stop(text: str, tongues: Mapping[str, Tongue]) -> bool:
    """Whether a word says that something is to end."""
    return any(normal(text) in _words(tongues[lang], f"slash.{STOP}") for lang in LANGS)


def _words(t: Tongue, key: str) -> list[str]:
    return t.phrases(key).split("|")


def _lang_of(word: str, lang: str) -> str:
    """Return a word's language: a Latin one is typed in either."""
    return "zh" if lang == "zh" and not word.isascii() else ""
