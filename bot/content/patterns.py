"""Whether a regular expression is quick on every text: patterns are content, and people write content.

One that repeats a repetition may take longer than anybody waits on a text that is made for it.
"""

from __future__ import annotations

import re
import sre_parse
from collections.abc import Iterator
from typing import Any, Final

MAX_LENGTH: Final = 500
_MOST_ENDLESS: Final = 3
_REPEATS: Final = frozenset({sre_parse.MAX_REPEAT, sre_parse.MIN_REPEAT})
_ENDLESS: Final = 20
"""A repetition that may go on so long counts as endless."""


def problem(pattern: str) -> tuple[str, str]:
    """Return the code of what is wrong with a pattern, and its words; two empty texts where nothing is."""
    if len(pattern) > MAX_LENGTH:
        return "pattern_slow", ""
    try:
        parsed = sre_parse.parse(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        return "not_pattern", str(error)
    endless = list(_endless(parsed))
    if len(endless) > _MOST_ENDLESS or any(_holds_choice(body) for body in endless):
        return "pattern_slow", ""
    return "", ""


def _endless(parsed: Any) -> Iterator[Any]:
    """Yield what is repeated without end, or backwards: a reference to a group counts as such."""
    for name, value in _parts(parsed):
        if name in _REPEATS and value[1] > _ENDLESS:
            yield value[2]
        elif name is sre_parse.GROUPREF:
            yield [(name, value)]


def _holds_choice(body: Any) -> bool:
    """Tell whether something can match in several ways: a repetition, a choice, a reference."""
    slow = {*_REPEATS, sre_parse.BRANCH, sre_parse.GROUPREF}
    return any(name in slow for name, _ in _parts(body))


def _parts(parsed: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every part of a parsed pattern, the inner ones too."""
    for name, value in parsed:
        yield name, value
        for inner in _bodies(name, value):
            yield from _parts(inner)


def _bodies(name: Any, value: Any) -> tuple[Any, ...]:
    if name in _REPEATS:
        return (value[2],)
    if name is sre_parse.SUBPATTERN:
        return (value[3],)
    if name is sre_parse.BRANCH:
        return tuple(value[1])
    if name in (sre_parse.ASSERT, sre_parse.ASSERT_NOT):
        return (value[1],)
    if name is sre_parse.GROUPREF_EXISTS:
        return tuple(body for body in value[1:] if body is not None)
    return ()
