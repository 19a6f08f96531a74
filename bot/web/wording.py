"""The pages' sentences, by key and language, from the i18n files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

LANG_TAGS: Final = {"zh": "zh-CN", "en": "en"}
"""The languages of the pages, as HTML names them."""


class Phrases:
    """The sentences of one language: `phrases("start.title")`, with values: `phrases("x", name="Li")`."""

    def __init__(self, lang: str, texts: Mapping[str, Any]) -> None:
        """Take the tree of texts of a language."""
        self.lang = lang
        self.tag = LANG_TAGS[lang]
        self._texts = dict(_flat(texts))

    def __call__(self, key: str, **values: object) -> str:
        """Return a sentence; a key that does not exist is a KeyError."""
        text = self._texts[key]
        return text.format(**values) if values else text

    def count(self, key: str, number: int) -> str:
        """Return a sentence about a number of things: `key.one` or `key.other`."""
        return self(f"{key}.one" if number == 1 else f"{key}.other", n=number)

    def __contains__(self, key: str) -> bool:
        """Whether a key exists."""
        return key in self._texts

    def keys(self) -> frozenset[str]:
        """Return all keys."""
        return frozenset(self._texts)


class Wording:
    """The sentences of all languages."""

    def __init__(self, texts: Mapping[str, Mapping[str, Any]]) -> None:
        """Take the trees of texts by language."""
        self._phrases = {lang: Phrases(lang, texts[lang]) for lang in LANG_TAGS}

    def __getitem__(self, lang: str) -> Phrases:
        """Return the phrases of a language."""
        return self._phrases[lang]


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


def _flat(texts: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in texts.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str(value)
