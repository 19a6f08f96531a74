"""Which of a product's sentences speak of what the customer just said.

A customer who says that it is loud must not hear that it has no camera. Sentences are held against the
customer's words by the word stems (English) or character pairs (Chinese) that they share; the words are
first widened by every theme that they touch, such as a drawback with the words it is complained of in.
"""

from __future__ import annotations

import functools
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.coaching.playbook import Material

SELECTED: Final[tuple[str, ...]] = ("concede", "reframe", "turn")
"""Slots that keep only what speaks of the customer's words: they answer that very point."""

SORTED: Final[tuple[str, ...]] = ("outweigh", "ask")
"""Slots that keep all sentences, those first that speak of the customer's words."""

_KEPT: Final = 0.5
_ENOUGH: Final = 2
_CUE: Final = 2.0
_HAN: Final = re.compile(r"[\u3400-\u9fff]+")
_LATIN: Final = re.compile(r"[a-z][a-z']+|\d+")
_ENDING: Final = re.compile(r"(?:ing|ies|ed|es|ly|s|y|e)$")
_WORD: Final = re.compile(r"[a-z0-9']+")
_EMPTY_HAN: Final = frozenset(
    "的了是在我您你他她它们这那有就都也还和跟与或不没很太会能要想说把被给让对到去来上下里个"
    "一二两三多少么什怎吗呢吧啊哦嘛呀着过得地之而且但如果因为所以可以真好点些次再才又只最更"
)
_EMPTY_WORDS: Final = """
about after again all also always and any are aren't because been before being but can can't could did do
does doesn't doing don't down each ever every for from get gets getting give goes going got had has have
haven't here how i'd i'll i'm i've into isn't it's its just know let like make many may maybe more most
much must my need never not nothing now off one only other our out over own put really right said same
say see she should so some something still such sure take tell than that that's the their them then there
there's they thing things think this those too two up us use used very want was way we we'd we'll we're
we've well were what what's when where which while who why will with won't would year you you'd you'll
you're you've your
"""
_EMPTY_LATIN: Final = frozenset(_EMPTY_WORDS.split())


@dataclass(frozen=True)
class Theme:
    """Something that customers speak of: how it reads, and the words that give it away.

    An English cue is the beginning of a word or phrase.
    """

    text: str
    cues: tuple[str, ...] = ()


def touches(words: str, theme: Theme, lang: str) -> bool:
    """Tell whether the customer's words speak of a theme: by one of its cues, or by some words of it."""
    if any(_says(words, cue, lang) for cue in theme.cues):
        return True
    return len(_features(words, lang) & _features(theme.text, lang)) >= _ENOUGH


def repeats(words: str, claim: Theme, lang: str) -> bool:
    """Tell whether the customer's words repeat a claim: by one of its cues, or in much the same words."""
    if any(_says(words, cue, lang) for cue in claim.cues):
        return True
    features = _features(claim.text, lang)
    return len(_features(words, lang) & features) >= max(_ENOUGH, _KEPT * len(features))


def narrow(material: Material, words: str, themes: Iterable[Theme] = ()) -> Material:
    """Return the material with the sentences that speak of the customer's words in front, or alone.

    Where a slot has no sentence with the customer's own words, the themes that they touch decide.
    Without words, and where no sentence speaks of them, it stays as it is.
    """
    touched = [theme for theme in themes if touches(words, theme, material.lang)]
    cues = [cue for theme in touched for cue in theme.cues]
    said = _features(words, material.lang)
    widened = said.union(*(_features(theme.text, material.lang) for theme in touched))
    weights = _weights(material)
    sentences = dict(material.sentences)
    lead = set()
    for slot in (*SELECTED, *SORTED):
        texts = sentences.get(slot, ())
        own = any(len(said & _features(text, material.lang)) >= _ENOUGH for text in texts)
        wanted, hints = (said, []) if own else (widened, cues)
        marks = [_mark(text, wanted, hints, weights, material.lang) for text in texts]
        best = max(marks, default=0.0)
        if best <= 0:
            continue
        lead.add(slot)
        order = sorted(range(len(marks)), key=lambda place: -marks[place])
        if slot in SELECTED:
            order = [place for place in order if marks[place] >= best * _KEPT]
        sentences[slot] = tuple(texts[place] for place in order)
    return replace(material, sentences=sentences, lead=frozenset(lead))


def _mark(
    sentence: str, wanted: frozenset[str], cues: Iterable[str], weights: Mapping[str, float], lang: str
) -> float:
    shared = sum(weights.get(feature, 0.0) for feature in wanted & _features(sentence, lang))
    return shared + _CUE * sum(_says(sentence, cue, lang) for cue in cues)


def _weights(material: Material) -> dict[str, float]:
    """Return how much each feature says: the fewer sentences it is in, the more."""
    texts: Sequence[str] = [
        text for slot in (*SELECTED, *SORTED) for text in material.sentences.get(slot, ())
    ]
    counts = Counter(feature for text in texts for feature in _features(text, material.lang))
    return {feature: math.log((1 + len(texts)) / count) for feature, count in counts.items()}


def _says(words: str, cue: str, lang: str) -> bool:
    if lang == "zh":
        return cue.casefold() in words.casefold()
    return _spaced(cue).rstrip() in _spaced(words)


@functools.lru_cache(maxsize=8192)
def _spaced(text: str) -> str:
    """Return the words of an English text, each with a space before it."""
    return " " + " ".join(_WORD.findall(text.casefold().replace("’", "'")))


@functools.lru_cache(maxsize=8192)
def _features(text: str, lang: str) -> frozenset[str]:
    lowered = text.casefold().replace("’", "'")
    if lang == "en":
        return frozenset(_ENDING.sub("", word) for word in _LATIN.findall(lowered) if _tells(word))
    pairs = (run[at : at + 2] for run in _HAN.findall(lowered) for at in range(len(run) - 1))
    words = (word for word in _LATIN.findall(lowered) if not word.isdigit())
    return frozenset(pair for pair in pairs if not _EMPTY_HAN.intersection(pair)).union(words)


def _tells(word: str) -> bool:
    return len(word) > 2 and not word.isdigit() and word not in _EMPTY_LATIN
