"""Reads the training lines under `data/nlu`, for fine-tuning (Rasa reads them itself for `rasa train`)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.nlu.utterance import Marked, read_marks, read_sides

ROOT = Path(__file__).resolve().parents[2] / "data" / "nlu"


class CorpusError(ValueError):
    """A file under `data/nlu` is not what it should be; the message names it."""


@dataclass(frozen=True)
class Line:
    """One training line.

    Attributes:
        context: the customer's line that a reply answers, or empty.
        also: further types of a compound line.
        nature: `genuine`, `false`, `hidden`, `unclear` or empty.
        parts: the marked parts of an assessed reply.
    """

    intent: str
    spoken: str
    context: str
    also: tuple[str, ...]
    nature: str
    parts: tuple[Marked, ...] = ()


def line_key(spoken: str, context: str = "") -> int:
    """Return a number that stands for a line: the same for the same words on every machine."""
    return int.from_bytes(
        hashlib.sha256(f"{context}\0{spoken}".encode("utf-8", "replace")).digest()[:8], "big"
    )


def read_corpus(root: Path = ROOT) -> list[Line]:
    """Return all lines, file by file in the order of their names, each (intent, text) once.

    Raises:
        CorpusError: a file is no YAML or lacks `intent` or `examples`.
    """
    lines: dict[tuple[str, str, str], Line] = {}
    for path in sorted(root.glob("**/*.yml")):
        for line in _read(path):
            lines.setdefault((line.intent, line.context, line.spoken), line)
    return list(lines.values())


def _read(path: Path) -> Iterator[Line]:
    try:
        data = yaml.load(
            path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        )
        blocks = data["nlu"]
        for block in blocks:
            if "intent" not in block:
                continue
            metadata = block.get("metadata") or {}
            for example in block["examples"].splitlines():
                text = example.strip().removeprefix("- ").strip()
                if not text:
                    continue
                _, context, spoken = read_sides(text)
                spoken, parts = read_marks(spoken) if context else (spoken, ())
                also = tuple(metadata.get("also") or ())
                yield Line(block["intent"], spoken, context, also, str(metadata.get("nature") or ""), parts)
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise CorpusError(f"{path.name}: {error}") from error
