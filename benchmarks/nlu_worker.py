"""Reads lines with one model in a process of its own: `python -m benchmarks.nlu_worker KIND MODEL`.

It writes how long loading took, then answers each line of standard input - a JSON list of [text, metadata] -
with what the model says of each text and the seconds that it took, until standard input ends.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import sys
import time
from pathlib import Path
from typing import Any, TextIO

from benchmarks.processes import memory_of

OURS, PRETRAINED, STOCK = "ours", "pretrained", "stock"
"""Kinds of pipelines; `pretrained` is ours without the weights that were learned from all lines."""


def main() -> None:
    """Load the model and answer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=(OURS, PRETRAINED, STOCK))
    parser.add_argument("model", type=Path)
    options = parser.parse_args()
    answers = _keep_for_answers()
    if options.kind != STOCK:
        _prepare_ours(options.kind)
    from rasa.core.agent import Agent
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.WARNING)
    began = time.perf_counter()
    processor = Agent.load(options.model).processor
    _write(answers, {"load_seconds": time.perf_counter() - began})
    loop = asyncio.new_event_loop()
    for line in sys.stdin:
        results = [loop.run_until_complete(_read(processor, *item)) for item in json.loads(line)]
        _write(answers, {"results": results, "rss": memory_of(os.getpid()).rss})


def _prepare_ours(kind: str) -> None:
    """Set the process up as the dojo's own processes are; stock Rasa stays as it is."""
    from bot.channels.launcher import prepare

    prepare(["parse"])
    if kind == PRETRAINED:
        from benchmarks.pretrained import forget_shipped_weights

        forget_shipped_weights()


def _keep_for_answers() -> TextIO:
    """Return standard output for the answers alone; what libraries print goes to standard error."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


def _write(answers: TextIO, value: dict[str, Any]) -> None:
    answers.write(json.dumps(value) + "\n")
    answers.flush()


async def _read(processor: Any, text: str, metadata: dict[str, Any] | None) -> dict[str, Any]:
    from rasa.core.channels.channel import UserMessage

    message = UserMessage(text, metadata=metadata)
    began = time.perf_counter()
    parsed = await processor.parse_message(message)
    seconds = time.perf_counter() - began
    reading = parsed.get("reading") or {}
    return {
        "seconds": seconds,
        "intents": [[found["name"], found["confidence"]] for found in parsed.get("intent_ranking") or ()],
        "objection": reading.get("ranking"),
        "technique": reading.get("technique_ranking"),
    }


if __name__ == "__main__":
    main()
