"""The words that the linguistic matcher looks for (`lexicon.yml`), with products and rivals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.coaching.taxonomy import LANGS, NATURES
from bot.content.yaml_files import load_yaml

LEXICON = Path(__file__).parent / "lexicon.yml"
NAME_OPENER = "name_opener"
CUE_PREFIX = "cue_"
"""Labels of signs of a nature are `cue_genuine`, `cue_false`, `cue_hidden`."""


class LexiconError(ValueError):
    """The lexicon is not what it should be; the message names the key."""


@dataclass(frozen=True)
class Term:
    """One thing to look for.

    Attributes:
        label: entity name or `cue_<nature>`.
        lang: `zh` or `en`.
        pattern: a phrase, or a spaCy token pattern.
        id: what it stands for (a product's id), or empty.
    """

    label: str
    lang: str
    pattern: str | list[dict[str, Any]]
    id: str = ""


def read_lexicon(path: Path = LEXICON, products: Path | None = None) -> list[Term]:
    """Read the lexicon, the types' names in the taxonomy and the names in the product files.

    Raises:
        LexiconError: a key is unknown or a value has the wrong form.
    """
    data = load_yaml(path)
    terms: list[Term] = []
    for label, by_lang in (data.get("entities") or {}).items():
        terms += _terms(path, f"entities.{label}", label, by_lang)
    for nature, by_lang in (data.get("natures") or {}).items():
        if nature not in NATURES:
            raise LexiconError(f"{path.name}: natures.{nature}: no such nature")
        terms += _terms(path, f"natures.{nature}", CUE_PREFIX + nature, by_lang)
    terms += _terms(path, "name_openers", NAME_OPENER, data.get("name_openers") or {})
    taxonomy = load_yaml(path.parent / "taxonomy.yml") or {}
    for type_, entry in (taxonomy.get("objection_types") or {}).items():
        terms += [Term("type", lang, name, type_) for lang, name in (entry.get("name") or {}).items()]
    for type_, by_lang in (data.get("types") or {}).items():
        terms += _terms(path, f"types.{type_}", "type", by_lang, str(type_))
    for file in sorted((products or path.parent / "products").glob("*.yml")):
        terms += _product_terms(load_yaml(file) or {})
    return terms


def _terms(path: Path, key: str, label: str, by_lang: Any, id_: str = "") -> Iterator[Term]:
    if not isinstance(by_lang, dict) or set(by_lang) - set(LANGS):
        raise LexiconError(f"{path.name}: {key}: needs zh and en lists")
    for lang, patterns in by_lang.items():
        for i, pattern in enumerate(patterns or []):
            if not isinstance(pattern, (str, list)) or not pattern:
                raise LexiconError(f"{path.name}: {key}.{lang}[{i}]: neither a phrase nor a token pattern")
            yield Term(label, lang, pattern, id_)


def _product_terms(product: dict[str, Any]) -> Iterator[Term]:
    for lang in LANGS:
        names = [(product.get("name") or {}).get(lang), *((product.get("aliases") or {}).get(lang) or [])]
        for name in filter(None, names):
            yield Term("product", lang, str(name), str(product.get("id") or ""))
        for rival in product.get("rivals") or []:
            name = (rival.get("name") or {}).get(lang)
            if name:
                yield Term("competitor", lang, str(name))
