"""What a search looks for: the words of texts in Chinese and English, as terms that an index can hold.

English words lose their endings (prices, priced, pricing: one word). Chinese, which has no blanks, is cut
into single characters and overlapping pairs: 太贵了 is 太, 贵, 了, 太贵 and 贵了.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

MOST_TERMS: Final = 20_000
"""A session with more different words than this is found by the first ones only."""

MOST_PIECES: Final = 16
"""So many words and phrases of a search are looked for; further ones are left out."""

LONGEST_SEARCH: Final = 400
"""Characters; what comes after them is left out."""

_LONGEST_WORD: Final = 40
_HAN: Final = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_RUN: Final = re.compile(f"[{_HAN}]+|[^\\W_{_HAN}]+(?:['’][^\\W_{_HAN}]+)*")
_IS_HAN: Final = re.compile(f"[{_HAN}]")
_PIECE: Final = re.compile(r'["“”「」『』＂]([^"“”「」『』＂]*)["“”「」『』＂]|([^\s"“”「」『』＂]+)')
_VOWEL: Final = re.compile("[aeiouy]")
_DOUBLED: Final = re.compile(r"([bdfgmnprt])\1$")


@dataclass(frozen=True)
class Run:
    """A word, or a row of Chinese characters, at `text[start:end]`, as it is compared."""

    text: str
    start: int
    end: int
    han: bool


@dataclass(frozen=True)
class Piece:
    """A word or a phrase of a search: its runs stand next to each other in what is found."""

    runs: tuple[Run, ...]

    @property
    def terms(self) -> frozenset[str]:
        """What a session that holds the piece has in the index."""
        return frozenset(term for run in self.runs for term in (_pairs(run.text) if run.han else [run.text]))

    @property
    def exact(self) -> bool:
        """Whether having the terms is as good as holding the piece."""
        return len(self.runs) == 1 and (not self.runs[0].han or len(self.runs[0].text) <= 2)

    def may_be_in(self, letters: str) -> bool:
        """Tell whether a text's letters leave it possible that it holds the piece."""
        return all(beginning in letters for beginning in self._beginnings)

    @cached_property
    def _beginnings(self) -> tuple[str, ...]:
        # The last letter of a word without its ending may be another one in the text (try, tries).
        return tuple(letters(run.text if run.han else run.text[:-1]) for run in self.runs)

    @cached_property
    def pattern(self) -> str:
        """What the comparable form of a text contains if the text holds the piece."""
        inner = " ".join(run.text for run in self.runs)
        return f"{'' if self.runs[0].han else ' '}{inner}{'' if self.runs[-1].han else ' '}"


def letters(text: str) -> str:
    """Return a text as it is looked through quickly."""
    # Taken apart (NFKD): put together, a letter would swallow an accent that is no part of the word.
    return unicodedata.normalize("NFKD", text).casefold().replace("'", "").replace("’", "")


def runs(text: str) -> Iterator[Run]:
    """Yield the words and rows of Chinese characters of a text, in order."""
    for found in _RUN.finditer(text):
        plain = unicodedata.normalize("NFKC", found[0]).casefold()
        han = _IS_HAN.match(plain) is not None
        yield Run(plain if han else stem(plain)[:_LONGEST_WORD], found.start(), found.end(), han)


def comparable(text: str) -> str:
    """Return a text as phrases are looked for in it."""
    return f" {' '.join(run.text for run in runs(text))} "


def terms_of(texts: Iterable[str]) -> frozenset[str]:
    """Return the terms under which a session with these texts is found."""
    found: set[str] = set()
    for text in texts:
        for run in runs(text):
            if run.han:
                found.update(run.text, _pairs(run.text))
            else:
                found.add(run.text)
        if len(found) > MOST_TERMS:
            break
    return frozenset(sorted(found)[:MOST_TERMS])


def pieces(search: str) -> tuple[Piece, ...]:
    """Return what a search asks for: words, and phrases in quotation marks; all of them must be there.

    Nothing in it has a meaning of its own but the quotation marks: no operators, no wildcards.
    """
    found = []
    for quoted, single in _PIECE.findall(search[:LONGEST_SEARCH]):
        inside = tuple(runs(quoted or single))
        if inside:
            found.append(Piece(inside))
    return tuple(dict.fromkeys(found))[:MOST_PIECES]


def hits(text: str, wanted: Iterable[Piece]) -> tuple[tuple[int, int], ...]:
    """Return the places of a text, `text[start:end]`, that a search found, in order and apart."""
    there = list(runs(text))
    places: list[tuple[int, int]] = []
    for piece in wanted:
        for first in range(len(there) - len(piece.runs) + 1):
            place = _match(there[first : first + len(piece.runs)], piece.runs)
            places.extend(place)
    return _apart(sorted(places))


@lru_cache(maxsize=10_000)
def stem(word: str) -> str:
    """Return an English word without its ending, one form for all of them; other words as they are."""
    word = word.replace("’", "'").removesuffix("'s").replace("'", "")
    if len(word) < 3 or not word.isascii() or not word.isalpha():
        return word
    if word.endswith("ies"):
        word = word[:-2] if len(word) > 4 else word[:-1]
    elif word.endswith("sses"):
        word = word[:-2]
    elif word.endswith("s") and word[-2] not in "sui":
        word = word[:-1]
    for ending in ("ing", "ed"):
        rest = word[: -len(ending)]
        if word.endswith(ending) and len(rest) > 2 and _VOWEL.search(rest):
            word = _DOUBLED.sub(r"\1", rest)
            break
    if len(word) > 3 and word.endswith("e"):
        word = word[:-1]
    return word[:-1] + "i" if len(word) > 2 and word[-1] == "y" and word[-2] not in "aeiou" else word


def _pairs(han: str) -> list[str]:
    return [a + b for a, b in zip(han, han[1:], strict=False)] or [han]


def _match(there: list[Run], wanted: tuple[Run, ...]) -> list[tuple[int, int]]:
    """Return where neighbouring runs of a text hold the runs of a piece; nothing where they do not."""
    last = len(wanted) - 1
    if any(a.han != b.han for a, b in zip(there, wanted, strict=True)):
        return []
    if last == 0 and wanted[0].han:
        return _inside(there[0], wanted[0].text)
    places = []
    for number, (has, run) in enumerate(zip(there, wanted, strict=True)):
        fits = has.text == run.text
        if run.han and number == 0:
            fits = has.text.endswith(run.text)
        elif run.han and number == last:
            fits = has.text.startswith(run.text)
        if not fits:
            return []
        start = has.end - len(run.text) if run.han and number == 0 else has.start
        end = has.start + len(run.text) if run.han and number == last else has.end
        places.append((start, end))
    return [(places[0][0], places[-1][1])]


def _inside(has: Run, wanted: str) -> list[tuple[int, int]]:
    places, found = [], has.text.find(wanted)
    while found >= 0:
        places.append((has.start + found, min(has.start + found + len(wanted), has.end)))
        found = has.text.find(wanted, found + 1)
    return places


def _apart(places: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Join places that overlap or touch."""
    joined: list[tuple[int, int]] = []
    for start, end in places:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)
