"""What is wrong with a content file, named by file and key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bot.content.yaml_files import load_yaml


@lru_cache(maxsize=1)
def _sentences() -> dict[str, dict[str, str]]:
    sentences: dict[str, dict[str, str]] = load_yaml(Path(__file__).with_name("faults.yml"))
    return sentences


@dataclass(frozen=True)
class Fault:
    """One fault: the file below the content folder, the key in it, and a code with its details.

    A key reads `arguments.price.concede.en[2]`; entries of a list are counted from 1, or named by their id.
    """

    file: str
    key: str
    code: str
    details: tuple[tuple[str, str], ...] = ()

    @property
    def reason(self) -> str:
        """What is wrong, in English."""
        return self.told("en")

    def told(self, lang: str) -> str:
        """Say what is wrong in one language (`zh` or `en`)."""
        return _sentences()[self.code][lang].format(**dict(self.details))

    def __str__(self) -> str:
        place = f"{self.file}: {self.key}" if self.key else self.file
        return f"{place}: {self.reason}"


class ContentError(ValueError):
    """The content has faults; `faults` holds all of them."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))
