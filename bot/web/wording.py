"""The pages' sentences, by key and language, from the i18n files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.content.phrases import Phrases
from bot.services.exporting import LABEL_KEYS

AREA: Final = "web"
"""The area of the phrases that the pages speak (`web.zh.yml`, `web.en.yml`)."""

LANG_TAGS: Final = {"zh": "zh-CN", "en": "en"}
"""The languages of the pages, as HTML names them."""


class Speech:
    """The pages' sentences in one language: `t("start.title")`, with values `t(key, n=2)`."""

    def __init__(self, lang: str, phrases: Phrases, names: Mapping[str, str]) -> None:
        """Take the phrases of the area `web`, and the names of ids (`bot.content.names`)."""
        self.lang = lang
        self.tag = LANG_TAGS[lang]
        self._phrases = phrases
        self._names = names

    def __call__(self, key: str, **values: object) -> str:
        """Return a sentence; a key that does not exist is a KeyError."""
        return self._phrases(key, **values)

    def count(self, key: str, number: int) -> str:
        """Return a sentence about a number of things: `key.one` or `key.other`."""
        return self(f"{key}.one" if number == 1 else f"{key}.other", n=number)

    def name(self, kind: str, id_: object) -> str:
        """Return what an id is called, such as ("type", "price"); one that is gone stands for itself."""
        return self._names.get(f"{kind}.{id_}") or str(id_)

    def __contains__(self, key: str) -> bool:
        """Whether a key exists."""
        return key in self._phrases.keys


def speeches(phrases: Mapping[str, Phrases], names: Mapping[str, Mapping[str, str]]) -> dict[str, Speech]:
    """Return the pages' sentences by language."""
    return {lang: Speech(lang, phrases[lang], names[lang]) for lang in LANG_TAGS}


def export_labels(phrases: Phrases, names: Mapping[str, str]) -> dict[str, str]:
    """Return the headings of a written transcript, and the names of what is found in it."""
    words = {key: names.get(key) or phrases(f"export.{key}") for key in LABEL_KEYS}
    return {**names, **words}


def accepted_lang(header: str, default: str) -> str:
    """Return the language that an Accept-Language header prefers among ours."""
    best, best_weight = default, 0.0
    for part in header.split(","):
        tag, _, parameter = part.strip().partition(";")
        lang = tag.strip().lower().split("-")[0]
        weight = _weight(parameter)
        if lang in LANG_TAGS and weight > best_weight:
            best, best_weight = lang, weight
    return best


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
