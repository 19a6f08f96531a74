"""The sentences of the benchmarks, read from wording.yml."""

from __future__ import annotations

import functools
import sys
from pathlib import Path

import yaml

from bot.content.phrases import Phrases

_FILE = Path(__file__).with_name("wording.yml")


@functools.lru_cache(maxsize=1)
def wording() -> Phrases:
    """Return them."""
    return Phrases(_FILE.name, yaml.safe_load(_FILE.read_text(encoding="utf-8")))


def tell(key: str, **values: object) -> None:
    """Write a sentence to standard error."""
    tell_line(wording()(key, **values))


def tell_line(line: str) -> None:
    """Write a line to standard error."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
