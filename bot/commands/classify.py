"""`dojo classify`: sorts texts, one result each."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator

from bot.coaching.families import NATURE, OBJECTION
from bot.coaching.reading import Reading
from bot.commands.agreement import Board, board
from bot.commands.console import Console
from bot.commands.errors import WrongInput
from bot.commands.reading import open_parser


def run(console: Console, options: argparse.Namespace) -> int:
    """Sort each argument, or each line of standard input."""
    if not options.text and sys.stdin.isatty():
        console.say("classify.type")
    parser = open_parser(console)
    told = board(console)
    for text in options.text or _lines():
        reading = parser.read(text)
        if options.json:
            console.put(json.dumps(result(text, reading), ensure_ascii=False))
        else:
            _show(console, text, reading, told)
    return 0


def result(text: str, reading: Reading) -> dict[str, object]:
    """Return what `--json` writes for a text."""
    data = reading.to_json()
    return {
        "text": text,
        "lang": reading.lang,
        "objections": data["objections"],
        "intent": reading.intent or None,
        "ranking": data["ranking"],
        "technique_ranking": data["technique_ranking"],
    }


def _lines() -> Iterator[str]:
    for number, line in enumerate(sys.stdin.buffer, start=1):
        try:
            yield line.decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise WrongInput("classify.not_utf8", line=number) from error


def _show(console: Console, text: str, reading: Reading, told: Board) -> None:
    console.put(text)
    rows = [
        console.texts(
            "classify.objection",
            type=found.type,
            confidence=f"{found.confidence:.2f}",
            trust=told.mark(OBJECTION, reading.lang),
            nature=found.nature.id + told.doubt(NATURE, reading.lang),
            span=found.span,
        )
        for found in reading.objections
    ]
    for row in rows or [console.texts("classify.none", intent=reading.intent or "-")]:
        console.put(f"  {row}")
