"""Reading YAML value by value: each knows its file and key, and gathers what is wrong with it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import yaml

from bot.coaching.taxonomy import LANGS
from bot.coaching.wording import Lines, Text
from bot.content.faults import Fault
from bot.content.forms import Form
from bot.content.patterns import problem
from bot.content.sources import Source
from bot.content.yaml_files import LOADER

_ID: Final = re.compile(r"[a-z0-9][a-z0-9_-]*")
_MISSING: Final = object()


class _Loader(LOADER):  # type: ignore[misc]
    """YAML's safe loader that does not let a key be written twice."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node)
        if isinstance(key, (dict, list)) or key in seen:
            raise _KeyTwice(str(key), key_node.start_mark.line + 1)
        seen.add(key)
    mapping: dict[Any, Any] = loader.construct_mapping(node)
    return mapping


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


class _KeyTwice(Exception):
    def __init__(self, name: str, line: int) -> None:
        super().__init__(name, line)
        self.name, self.line = name, line


@lru_cache(maxsize=128)
def _parsed(text: str) -> Any:
    """Return what a text of YAML says, to be read only.

    Each try of a draft reads the content whole again, of which one file is another: parsing was most of it.
    """
    return yaml.load(text, _Loader)


def read_yaml(source: Source, file: str, faults: list[Fault]) -> Node | None:
    """Read a file of the source; None where there is nothing to read, which is then among the faults."""
    if strange := source.strange(file):
        faults.append(strange)
        return None
    try:
        value = _parsed(source.text(file))
    except FileNotFoundError:
        faults.append(Fault(file, "", "file_missing"))
    except (OSError, UnicodeError) as error:
        faults.append(Fault(file, "", "unreadable", (("problem", str(error)),)))
    except _KeyTwice as error:
        faults.append(Fault(file, f"line {error.line}", "key_twice", (("name", error.name),)))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        problem = str(getattr(error, "problem", None) or error).splitlines()[0]
        key = f"line {mark.line + 1}" if mark else ""
        faults.append(Fault(file, key, "syntax", (("problem", problem),)))
    else:
        return Node(value, file, "", faults)
    return None


@dataclass(frozen=True)
class Node:
    """A value in a content file, with its place; reading it adds its faults to the list."""

    value: Any
    file: str
    key: str
    faults: list[Fault]

    def fault(self, code: str, **details: str) -> None:
        """Note a fault at this place."""
        self.faults.append(Fault(self.file, self.key, code, tuple(details.items())))

    @property
    def missing(self) -> bool:
        """Whether it is not in the file (then the fault is noted already)."""
        return self.value is _MISSING

    def fields(self, required: Sequence[str], optional: Sequence[str] = ()) -> dict[str, Node]:
        """Return the values of a block by key; all required keys are there, if need be as missing."""
        values = self._block()
        known = (*required, *optional)
        for name in values:
            if name not in known:
                self.fault("key_unknown", name=str(name), known=", ".join(known))
        for name in required:
            if name not in values and not self.missing and isinstance(self.value, dict):
                code = "language_missing" if name in LANGS else "key_missing"
                self.fault(code, name=name)
        return {
            name: self._child(name, values.get(name, _MISSING))
            for name in known
            if name in values or name in required
        }

    def entries(self, known: Collection[str], required: Collection[str] = ()) -> dict[str, Node]:
        """Return the values of a block whose keys are ids of a known set."""
        fields = self.fields(tuple(required), tuple(name for name in known if name not in required))
        return {name: node for name, node in fields.items() if not node.missing}

    def items(self, least: int = 1) -> list[Node]:
        """Return the entries of a list; those that have an id are named by it."""
        if self.missing:
            return []
        if not isinstance(self.value, list):
            self.fault("not_list")
            return []
        if len(self.value) < least:
            self.fault("too_few", found=str(len(self.value)), least=str(least))
        return [self._item(place, value) for place, value in enumerate(self.value, 1)]

    def string(self) -> str:
        """Return a text of no language, such as an id or a tone."""
        if self.missing:
            return ""
        if not isinstance(self.value, str):
            self.fault("not_text")
            return ""
        if not self.value.strip():
            self.fault("empty")
        return self.value

    def id(self) -> str:
        """Return an id: small letters, digits, hyphens and underscores."""
        name = self.string()
        if name and not _ID.fullmatch(name):
            self.fault("bad_id", name=name)
        return name

    def one_of(self, known: Sequence[str]) -> str:
        """Return one of the known names; the first of them stands in for a wrong one."""
        name = self.string()
        if name in known:
            return name
        if name:
            self.fault("not_one_of", name=name, known=", ".join(known))
        return known[0]

    def names(self, known: Sequence[str], least: int = 1) -> tuple[str, ...]:
        """Return a list of known names."""
        return tuple(item.one_of(known) for item in self.items(least))

    def number(self, low: float, high: float) -> float:
        """Return a number within its bounds."""
        if self.missing:
            return low
        told = isinstance(self.value, (int, float)) and not isinstance(self.value, bool)
        if not told or not low <= self.value <= high:
            self.fault("not_number", low=f"{low:g}", high=f"{high:g}")
            return low
        return float(self.value)

    def wording(self, form: Form, lang: str) -> str:
        """Return a text in one language, checked for its form."""
        text = self.string()
        if text.strip():
            for code, details in form(text, lang):
                self.fault(code, **details)
        return text

    def text(self, form: Form) -> Text:
        """Return a text in both languages."""
        fields = self.fields(LANGS)
        return Text(**{lang: fields[lang].wording(form, lang) for lang in LANGS})

    def lines(self, form: Form, least: int = 1, even: bool = False) -> Lines:
        """Return several texts in both languages, in each language at least so many, each only once."""
        fields = self.fields(LANGS)
        lines = Lines(**{lang: tuple(fields[lang]._lines(form, lang, least)) for lang in LANGS})
        if even and lines.zh and lines.en and len(lines.zh) != len(lines.en):
            self.fault("uneven")
        return lines

    def _lines(self, form: Form, lang: str, least: int) -> Iterator[str]:
        places: dict[str, str] = {}
        for item in self.items(least):
            text = item.wording(form, lang)
            if text and text in places:
                item.fault("twice", name=text, where=places[text])
            places.setdefault(text, item.key)
            yield text

    def _block(self) -> Mapping[Any, Any]:
        if isinstance(self.value, dict):
            return self.value
        if not self.missing:
            self.fault("not_mapping")
        return {}

    def at(self, key: str, value: Any) -> Node:
        """Return a value of the same file at another key."""
        return Node(value, self.file, key, self.faults)

    def _child(self, name: str, value: Any) -> Node:
        return self.at(f"{self.key}.{name}" if self.key else str(name), value)

    def _item(self, place: int, value: Any) -> Node:
        return self.at(f"{self.key}[{label_of(place, value)}]", value)


def mark_of(value: Any) -> str:
    """Return a fingerprint of what a file says, whatever its layout; 12 hexadecimal digits."""
    return hashlib.sha256(repr(value).encode("utf-8", "replace")).hexdigest()[:12]


def label_of(place: int, value: Any) -> str:
    """Return how an entry of a list is called in keys: by its id, or by its place, counted from 1."""
    name = value.get("id") if isinstance(value, dict) else None
    return name if isinstance(name, str) and name else str(place)


def unique(nodes: Sequence[tuple[Node, str]], places: dict[str, str]) -> None:
    """Note every id that is used a second time; the places gather where each was used first."""
    for node, name in nodes:
        if not name:
            continue
        where = f"{node.file}: {node.key}"
        if name in places:
            node.fault("twice", name=name, where=places[name])
        places.setdefault(name, where)


def pattern(node: Node) -> re.Pattern[str]:
    """Return a list of regular expressions as one that matches where any of them does."""
    parts = []
    for item in node.items():
        text = item.string()
        code, words = problem(text)
        if code:
            item.fault(code, problem=words)
        else:
            parts.append(text)
    flags = "(?i)" if any(part.startswith("(?i)") for part in parts) else ""
    return re.compile(flags + "|".join(f"(?:{part.removeprefix('(?i)')})" for part in parts))
