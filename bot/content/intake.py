"""What a YAML text that somebody typed may hold: no more than content files need.

Looked at event by event, which takes a time and a memory in proportion to the text: aliases could make a
text of a few lines grow without end, and deep nesting could exhaust the reader's stack.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import yaml

from bot.content.yaml_files import LOADER

MAX_CHARACTERS: Final = 200_000
"""The longest text of one file; the longest packaged one has a quarter of it."""

MAX_LINES: Final = 10_000
MAX_DEPTH: Final = 12
MAX_SCALAR: Final = 4_000


@dataclass(frozen=True)
class Strange:
    """Why a text is not to be read: the code of a fault with its details, and the line (0: the whole)."""

    code: str
    line: int = 0
    details: tuple[tuple[str, str], ...] = ()


def strange(text: str) -> Strange | None:
    """Return why a text is not to be read, None where it may be; broken YAML is left to the reader."""
    if len(text) > MAX_CHARACTERS or text.count("\n") > MAX_LINES:
        return Strange("too_large", 0, (("most", f"{MAX_CHARACTERS:,}"),))
    depth = 0
    try:
        for event in yaml.parse(text, LOADER):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            code = _unwanted(event, depth)
            if code:
                most = {"too_deep": MAX_DEPTH, "too_long": MAX_SCALAR}.get(code)
                details = () if most is None else (("most", f"{most:,}"),)
                line = event.start_mark.line + 1 if event.start_mark else 0
                return Strange(code, line, details)
    except (yaml.YAMLError, UnicodeError):
        return None
    return None


def _unwanted(event: Any, depth: int) -> str:
    """Return the code of what an event has that content never needs."""
    if depth > MAX_DEPTH:
        return "too_deep"
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        return "alias"
    if getattr(event, "tag", None):
        return "tag"
    if isinstance(event, yaml.ScalarEvent) and len(event.value) > MAX_SCALAR:
        return "too_long"
    return ""
