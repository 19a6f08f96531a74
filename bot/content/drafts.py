"""Checking a draft as `dojo content check` checks the files: laid over all the others, and played through."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from bot.content.editable import LINES, SCENARIO, piece_of
from bot.content.faults import Fault
from bot.content.loader import ROOT, read_content
from bot.content.nodes import read_yaml
from bot.content.rehearsal import rehearse
from bot.content.schema import Content
from bot.content.sources import Source


def check_draft(
    overlay: Mapping[str, str], files: frozenset[str], root: Path | None = None
) -> tuple[Content, list[Fault]]:
    """Return the content under an overlay with its faults; the scenarios that the files touch are played.

    A content with faults is to be used by no one.
    """
    content, faults = read_content(root, overlay)
    return content, faults or rehearse(content, only=_played(content, files))


def read_draft(text: str, file: str) -> tuple[Any, list[Fault]]:
    """Return the value of a text, None with its faults where it is not YAML that may be read.

    It is the caller's own, to be changed as they like.
    """
    faults: list[Fault] = []
    node = read_yaml(Source(ROOT, {file: text}), file, faults)
    return (None if node is None else deepcopy(node.value)), faults


def _played(content: Content, files: frozenset[str]) -> frozenset[str]:
    """Return the scenarios that sound or run otherwise when some files change."""
    pieces = [piece for file in files if (piece := piece_of(file))]
    voices = {piece.stem for piece in pieces if piece.kind == LINES}
    own = {piece.stem for piece in pieces if piece.kind == SCENARIO}
    return frozenset(
        name
        for name, scenario in content.scenarios.items()
        if name in own or voices & {scenario.style, *scenario.behaviours}
    )
