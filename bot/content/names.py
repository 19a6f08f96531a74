"""What the ids are called that pages show: types, natures, methods, steps, rules, scenarios, products ..."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.coaching.assessment import LIMIT, METHOD, START
from bot.coaching.talk import OUTCOMES
from bot.coaching.taxonomy import DIFFICULTIES, LANGS, LEVELS, NONE
from bot.content.phrases import Phrases
from bot.content.schema import Content


def names_of(content: Content, practice: Mapping[str, Phrases]) -> dict[str, dict[str, str]]:
    """Return names by language and by kind and id (`type.price`).

    Args:
        practice: the phrases of the area `practice`, by language.
    """
    return {lang: dict(_names(content, practice[lang], lang)) for lang in LANGS}


def _names(content: Content, practice: Phrases, lang: str) -> Iterator[tuple[str, str]]:
    taxonomy = content.taxonomy
    kinds: dict[str, Mapping[str, Any]] = {
        "type": taxonomy.objection_types,
        "nature": taxonomy.natures,
        "method": taxonomy.methods,
        "style": taxonomy.styles,
        "principle": taxonomy.principles,
        "rule": content.rubric.guides,
        "product": content.products,
    }
    for kind, things in kinds.items():
        for id_, thing in things.items():
            yield f"{kind}.{id_}", thing.name.of(lang)
    for id_, scenario in content.scenarios.items():
        yield f"scenario.{id_}", scenario.title.of(lang)
    yield f"method.{NONE}", practice("method_none")
    for rule in (START, METHOD, LIMIT):
        yield f"rule.{rule}", practice(f"rule.{rule}")
    for kind, ids in (("outcome", OUTCOMES), ("difficulty", DIFFICULTIES), ("level", LEVELS)):
        for one in ids:
            yield f"{kind}.{one}", practice(f"{kind}.{one}")
