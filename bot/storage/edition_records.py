"""Values about edited content."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

DRAFT: Final = "draft"
PUBLISHED: Final = "published"
RETIRED: Final = "retired"

PREVIEW: Final = "preview"
"""The channel of a session in which a draft is tried: nobody's practice, in no list and no figure."""


@dataclass(frozen=True)
class EditionRecord:
    """A version of a content file; its text is read by itself.

    Attributes:
        kind, stem: which file.
        saves: how often it was saved; a save tells which one it was made from.
        sealed: it does not change any more; the next save makes another version.
        state: DRAFT, PUBLISHED (in use), RETIRED (was in use).
        mark: a fingerprint of what the text says.
        by: who saved it last; None for nobody who is known.
    """

    id: int
    kind: str
    stem: str
    version: int
    saves: int
    sealed: bool
    state: str
    mark: str
    note: str
    account: int | None
    by: str | None
    made_at: datetime
    saved_at: datetime


@dataclass(frozen=True)
class PublicationRecord:
    """Which version of a file has been in use since when; a version of None stands for the packaged file."""

    id: int
    kind: str
    stem: str
    version: int | None
    note: str
    by: str | None
    published_at: datetime
