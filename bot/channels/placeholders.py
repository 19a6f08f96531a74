"""Expand ``${NAME:-default}`` in values that come from endpoints.yml and credentials.yml.

Rasa expands ``${NAME}`` itself but refuses to start when the variable is not set.  The two files therefore
quote their placeholders (Rasa leaves quoted text alone), and the classes of this package expand them here, so
that a plain ``rasa shell`` without any environment starts with working defaults.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

_INNERMOST = re.compile(r"\$\{(\w+)(?::-([^${}]*))?\}")
_DEEPEST = 8


def expand(value: Any, environment: Mapping[str, str] | None = None) -> Any:
    """Return ``value`` with every placeholder replaced, in nested lists and dictionaries too.

    An unset or empty variable gives the default after ``:-``, and an empty text where there is none.
    """
    if isinstance(value, dict):
        return {key: expand(item, environment) for key, item in value.items()}
    if isinstance(value, list):
        return [expand(item, environment) for item in value]
    if not isinstance(value, str) or "${" not in value:
        return value
    variables = os.environ if environment is None else environment

    def replacement(match: re.Match[str]) -> str:
        return variables.get(match.group(1)) or match.group(2) or ""

    for _ in range(_DEEPEST):
        expanded = _INNERMOST.sub(replacement, value)
        if expanded == value:
            break
        value = expanded
    return value
