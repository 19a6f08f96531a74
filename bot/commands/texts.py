"""The sentences of the terminal, read from `bot/content/i18n/cli.*.yml`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from bot.coaching.taxonomy import LANGS
from bot.content.yaml_files import load_yaml

ROOT: Final = Path(__file__).parents[1] / "content" / "i18n"
_LOCALE: Final = ("DOJO_LANG", "LC_ALL", "LC_MESSAGES", "LANG")


class Texts:
    """Sentences of one language, by key (`up.ready`)."""

    def __init__(self, lang: str, root: Path = ROOT) -> None:
        """Read a language's file."""
        self.lang = lang
        self._root = root
        self._sentences: Mapping[str, Any] = load_yaml(root / f"cli.{lang}.yml")["cli"]

    def __call__(self, key: str, /, **values: Any) -> str:
        """Return a sentence with its values filled in."""
        sentence: Any = self._sentences
        for part in key.split("."):
            sentence = sentence[part]
        return str(sentence).rstrip("\n").format(**values)

    def in_lang(self, lang: str) -> Texts:
        """Return the same sentences in a language."""
        return self if lang == self.lang else Texts(lang, self._root)

    def has(self, key: str) -> bool:
        """Tell whether there is a sentence with a key."""
        sentence: Any = self._sentences
        for part in key.split("."):
            if not isinstance(sentence, Mapping) or part not in sentence:
                return False
            sentence = sentence[part]
        return True


def locale_lang(environ: Mapping[str, str] | None = None) -> str:
    """Return the language of the terminal, for when the settings cannot be read."""
    values = os.environ if environ is None else environ
    wanted = next((values[name] for name in _LOCALE if values.get(name)), "").lower()
    return next((lang for lang in LANGS if wanted.startswith(lang)), "en")
