"""The words of a stored reply: Rasa's responses, filled again with the values that were shown."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from bot.content.yaml_files import load_yaml
from bot.services.exporting import shown_text
from bot.storage.records import Reply

DOMAIN: Final = Path(__file__).parents[2] / "domain.yml"

_SLOT: Final = re.compile(r"\{(\w+)\}")
_LANG: Final = "lang"


class Responses:
    """What `domain.yml` has the bot say, by response and language."""

    def __init__(self, responses: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        """Take the part `responses` of a domain."""
        self._responses = responses

    @classmethod
    def load(cls, path: Path = DOMAIN) -> Responses:
        """Read a domain file."""
        return cls(load_yaml(path).get("responses") or {})

    def text(self, reply: Reply, lang: str) -> str:
        """Return a reply as it read; one whose response is gone is told by the values that filled it."""
        template = self._template(reply.response, str(reply.data.get(_LANG) or lang))
        if template is None:
            return shown_text(reply)
        return _SLOT.sub(lambda slot: str(reply.values.get(slot[1], "")), template)

    def _template(self, response: str, lang: str) -> str | None:
        for variant in self._responses.get(response, ()):
            if all(_holds(condition, lang) for condition in variant.get("condition") or ()):
                return str(variant.get("text") or "")
        return None


def _holds(condition: Mapping[str, Any], lang: str) -> bool:
    """Tell whether a condition on the language slot holds; one on anything else does not."""
    return condition.get("name") == _LANG and condition.get("value") == lang
