"""Short texts that replies are made of, by area, key and language (`i18n/<area>[.<topic>].<lang>.yml`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from bot.coaching.taxonomy import LANGS
from bot.content.yaml_files import load_yaml

FOLDER: Final = Path(__file__).parent / "i18n"


class PhrasesError(ValueError):
    """An area's file is missing, lacks a text, or the languages differ; the message names file and key."""


class Phrases:
    """The texts of one area and language: `phrases("a.b")`, with values `phrases(key, name="Li")`."""

    def __init__(self, file: str, texts: Mapping[str, Any]) -> None:
        """Take the tree of texts of a file."""
        self.file = file
        self._texts = dict(_flat(file, texts))

    def __call__(self, key: str, **values: object) -> str:
        """Return a text; raises KeyError for a key that does not exist."""
        text = self._texts[key]
        return text.format(**values) if values else text

    def get(self, key: str) -> str:
        """Return a text, or an empty one for a key that does not exist."""
        return self._texts.get(key, "")

    def with_area(self, other: Phrases, prefix: str) -> Phrases:
        """Return these texts and another area's, whose keys get a prefix."""
        both = Phrases(self.file, {})
        both._texts = {**self._texts, **{f"{prefix}.{key}": text for key, text in other._texts.items()}}
        return both

    def joined(self, topic: Phrases) -> Phrases:
        """Return these texts and those of a topic's file; raises PhrasesError where both have a key."""
        twice = sorted(self.keys & topic.keys)
        if twice:
            raise PhrasesError(f"{topic.file}: also in another file: {', '.join(twice)}")
        both = Phrases(self.file, {})
        both._texts = {**self._texts, **topic._texts}
        return both

    @property
    def keys(self) -> frozenset[str]:
        """All keys, dotted."""
        return frozenset(self._texts)


def load_phrases(area: str, folder: Path = FOLDER) -> dict[str, Phrases]:
    """Read an area in both languages: its own file, and one for each of its topics (`web.inbox.en.yml`).

    Raises:
        PhrasesError: a file is missing or broken, a key stands in one language only, or in two files.
    """
    phrases = {}
    for lang in LANGS:
        found = _read(folder / f"{area}.{lang}.yml")
        for path in sorted(folder.glob(f"{area}.*.{lang}.yml")):
            found = found.joined(_read(path))
        phrases[lang] = found
    lonely = sorted(phrases["zh"].keys ^ phrases["en"].keys)
    if lonely:
        raise PhrasesError(f"{area}: only in one language: {', '.join(lonely)}")
    return phrases


def _read(path: Path) -> Phrases:
    try:
        texts = load_yaml(path)
    except (OSError, yaml.YAMLError) as error:
        raise PhrasesError(f"{path.name}: {type(error).__name__}") from error
    if not isinstance(texts, Mapping):
        raise PhrasesError(f"{path.name}: must be a mapping")
    return Phrases(path.name, texts)


def load_coach_phrases() -> dict[str, Phrases]:
    """Read what the coach speaks with: the area `advice`, and `practice` under the prefix `practice`."""
    return _with_practice("advice")


def load_slack_phrases() -> dict[str, Phrases]:
    """Read what Slack's cards say: the area `slack`, and `practice` under the prefix `practice`."""
    return _with_practice("slack")


def _with_practice(area: str) -> dict[str, Phrases]:
    practice = load_phrases("practice")
    return {
        lang: phrases.with_area(practice[lang], "practice") for lang, phrases in load_phrases(area).items()
    }


def _flat(file: str, texts: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in texts.items():
        if isinstance(value, Mapping):
            yield from _flat(file, value, f"{prefix}{key}.")
        elif isinstance(value, str):
            yield f"{prefix}{key}", value
        else:
            raise PhrasesError(f"{file}: {prefix}{key}: must be a text")
