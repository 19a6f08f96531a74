"""What the actions work with: opened at the first call, once per process."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from bot.bootstrap import Context, build_context
from bot.content.phrases import Phrases, load_coach_phrases


@dataclass(frozen=True)
class Coach:
    """The process's context and the pieces of replies in both languages."""

    context: Context
    phrases: Mapping[str, Phrases]


@functools.lru_cache(maxsize=1)
def coach() -> Coach:
    """Return the process's coach.

    Raises SettingsError, ContentError, PhrasesError, Unavailable, SchemaTooNew; a later call tries again.
    """
    return Coach(build_context(), load_coach_phrases())
