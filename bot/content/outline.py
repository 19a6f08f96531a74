"""A content file as a form draws it: every place with its kind, its value and its faults.

A file is too long for one page, so that long parts have pages of their own (`pages_of`, `on_page`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.coaching.taxonomy import LANGS
from bot.content.faults import Fault
from bot.content.nodes import label_of
from bot.content.places import WHOLE, Place, name_of
from bot.content.shapes import BLOCK, CHOICE, LINES, LIST, NAMES, NUMBER, PAIR, TEXT, Expected, Shape

_PAGE: Final = 72
"""The most fields of a page, as far as the file can be cut so."""

_OWN_PAGE: Final = 14
"""A part with fewer fields stays on the page of the whole."""

GROUPS: Final = frozenset({BLOCK, LIST, PAIR, LINES})
"""The kinds whose values are below them."""

WORDS: Final = "words"
"""Several short texts in both languages, drawn one a line in one field a language."""

_SHORT_WORD: Final = 28
_TITLE: Final = {"zh": 22, "en": 48}
"""The most characters of the words that stand for an entry."""
_FEW_WORDS: Final = 4


@dataclass(frozen=True)
class Entry:
    """One place of a file.

    Attributes:
        place: where it is; `key` is how faults call it, `name` its last part.
        kind: as in `shapes`, or `WORDS`.
        value: a text (a field), a list of names, the lines of words by language.
        parts: what is below it.
        faults: those of this very place.
        extra: whether it may be taken away: an entry of a list, an optional or unknown key.
        missing: keys that may be added below it.
        kept: what no form can show (keys that are no texts).
        truth: the truth value that YAML takes a name such as `false` for.
    """

    place: Place
    key: str
    name: str
    kind: str
    value: Any
    expected: Expected
    parts: tuple[Entry, ...] = ()
    faults: tuple[Fault, ...] = ()
    extra: bool = False
    missing: tuple[str, ...] = ()
    kept: tuple[tuple[Any, Any], ...] = ()
    truth: bool | None = None

    @property
    def path(self) -> str:
        """The name of its place in forms."""
        return name_of(self.place)

    @property
    def size(self) -> int:
        """How many fields it has."""
        return sum(part.size for part in self.parts) if self.kind in GROUPS else 1 + (self.kind == WORDS)

    def words(self, lang: str) -> str:
        """Return the first text in a language that is in it, cut short; empty where there is none."""
        text, most = next(self._texts(lang, here=False), ""), _TITLE[lang]
        if len(text) <= most:
            return text
        cut = text[: most - 1]
        return (cut.rpartition(" ")[0] if lang == "en" and " " in cut else cut) + "…"

    def _texts(self, lang: str, *, here: bool) -> Iterator[str]:
        if self.kind in GROUPS:
            for part in self.parts:
                yield from part._texts(lang, here=here or part.name == lang)
        elif self.kind == WORDS:
            yield from self.value[lang].split("\n")
        elif here and self.kind == TEXT and self.value.strip():
            yield self.value.strip()

    def all_faults(self) -> int:
        """Return how many faults it has, with all that is below it."""
        return len(self.faults) + sum(part.all_faults() for part in self.parts)


def outline(document: Any, shape: Shape, faults: Sequence[Fault] = ()) -> Entry:
    """Return a file's places as a tree; faults without a place in it belong to the whole."""
    by_key: dict[str, list[Fault]] = {}
    for fault in faults:
        by_key.setdefault(fault.key, []).append(fault)
    drawn = _entry(document, WHOLE, "", "", shape, by_key, extra=False)
    homeless = tuple(fault for left in by_key.values() for fault in left)
    return Entry(**{**vars(drawn), "faults": (*drawn.faults, *homeless)}) if homeless else drawn


def _entry(
    value: Any,
    place: Place,
    key: str,
    name: str,
    shape: Shape,
    faults: dict[str, list[Fault]],
    *,
    extra: bool,
) -> Entry:
    expected = shape.get(key) or _guess(value)
    kind = _kind(value, expected)
    own = faults.pop(key, [])
    parts: tuple[Entry, ...] = ()
    missing: tuple[str, ...] = ()
    kept: tuple[tuple[Any, Any], ...] = ()
    if kind == LIST:
        labels = [label_of(number, item) for number, item in enumerate(value or (), 1)]
        parts = tuple(
            _entry(item, (*place, number), f"{key}[{label}]", label, shape, faults, extra=True)
            for number, (item, label) in enumerate(zip(value or (), labels))
        )
    elif kind in (NAMES, WORDS):
        below = [at for at in faults if at.startswith((f"{key}.", f"{key}["))]
        own = [*own, *(fault for at in below for fault in faults.pop(at))]
    elif kind in GROUPS:
        held = value or {}
        names = [name for name in held if isinstance(name, str)]
        parts = tuple(
            _entry(held.get(name), (*place, name), f"{key}.{name}" if key else name, name, shape, faults,
                   extra=name not in expected.required)
            for name in dict.fromkeys([*names, *expected.required])
        )  # fmt: skip
        missing = tuple(name for name in expected.optional if name not in held)
        kept = tuple((name, held[name]) for name in held if not isinstance(name, str))
    truth = value if kind == CHOICE and isinstance(value, bool) else None
    shown = _shown(value, kind)
    return Entry(place, key, name, kind, shown, expected, parts, tuple(own), extra, missing, kept, truth)


def _guess(value: Any) -> Expected:
    """Return what a place that no check reads looks like."""
    if isinstance(value, dict):
        pair = bool(value) and set(value) <= set(LANGS)
        both = pair and all(isinstance(part, list) for part in value.values())
        return Expected(LINES if both else PAIR if pair else BLOCK)
    return Expected(LIST if isinstance(value, list) else TEXT)


def _kind(value: Any, expected: Expected) -> str:
    """Return what is drawn: what is expected, or what is there where that is something else."""
    if value is None:
        return expected.kind
    if isinstance(value, dict):
        if expected.kind == LINES and _are_words(value):
            return WORDS
        return expected.kind if expected.kind in (BLOCK, PAIR, LINES) else BLOCK
    if isinstance(value, list):
        names = expected.kind == NAMES and all(isinstance(name, str) for name in value)
        return NAMES if names else LIST
    return expected.kind if expected.kind not in (*GROUPS, NAMES) else TEXT


def _are_words(value: Mapping[Any, Any]) -> bool:
    """Tell whether texts in both languages are short enough to stand one a line."""
    if set(value) != set(LANGS) or not all(isinstance(texts, list) for texts in value.values()):
        return False
    every = [text for texts in value.values() for text in texts]
    short = all(isinstance(text, str) and len(text) <= _SHORT_WORD and "\n" not in text for text in every)
    return short and len(every) >= _FEW_WORDS


def _shown(value: Any, kind: str) -> Any:
    if kind in GROUPS:
        return None
    if kind == NAMES:
        return list(value or ())
    if kind == WORDS:
        return {lang: "\n".join(texts) for lang, texts in value.items()}
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def pages_of(whole: Entry) -> Iterator[Entry]:
    """Yield the parts that have a page of their own, the whole first."""
    yield whole
    for part in whole.parts:
        if has_page(part, whole):
            yield from pages_of(part)


def has_page(part: Entry, page: Entry) -> bool:
    """Tell whether a part has a page of its own rather than stand on the page of what is around it."""
    return page.size > _PAGE and part.size > _OWN_PAGE and part.kind in GROUPS


def found_in(whole: Entry, place: Place) -> Entry | None:
    """Return the entry at a place."""
    for step in place:
        parts = [part for part in whole.parts if part.place[-1] == step]
        if not parts:
            return None
        whole = parts[0]
    return whole


def read_form(fields: Mapping[str, Sequence[str]], entry: Entry) -> Any:
    """Return the value of an entry as a form gives it back.

    A field that was not sent keeps its value; a number that is none stays the text that was typed.
    """
    if entry.kind == LIST:
        return [read_form(fields, part) for part in entry.parts]
    if entry.kind in GROUPS:
        return {**dict(entry.kept), **{part.name: read_form(fields, part) for part in entry.parts}}
    if entry.kind == WORDS:
        return {
            lang: [
                word.strip()
                for word in _sent(fields, f"{entry.path}.{lang}", words).split("\n")
                if word.strip()
            ]
            for lang, words in entry.value.items()
        }
    if entry.kind == NAMES:
        if f"{entry.path}!" not in fields:
            return list(entry.value)
        chosen = fields.get(entry.path, ())
        return [name for name in dict.fromkeys([*entry.value, *entry.expected.known]) if name in chosen]
    text = _sent(fields, entry.path, entry.value)
    if entry.truth is not None and text == entry.value:
        return entry.truth
    return _number(text.strip()) if entry.kind == NUMBER else text


def _sent(fields: Mapping[str, Sequence[str]], path: str, old: str) -> str:
    sent = fields.get(path)
    return sent[-1].replace("\r\n", "\n") if sent else old


def _number(text: str) -> Any:
    """Return a number as it was typed, without a point where it has none; else the text."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
