"""Reads lines with one model in a process of its own, for a driver that listens on a port of this machine.

`python -m benchmarks.nlu_worker MODEL PORT [--pretrained]` sends how long loading took, then answers each list of
(text, metadata) with what the model says of each line and the milliseconds that it took, until the driver hangs up.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import time
from multiprocessing.connection import Client
from pathlib import Path
from typing import Any

from benchmarks.pretrained import forget_shipped_weights
from benchmarks.processes import memory_of
from bot.channels.launcher import prepare

KEY_VARIABLE = "DOJO_BENCH_KEY"
"""The variable with the key that the driver knows its workers by."""


def main() -> None:
    """Load the model and answer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("port", type=int)
    parser.add_argument("--pretrained", action="store_true")
    options = parser.parse_args()
    if options.pretrained:
        forget_shipped_weights()
    prepare(["parse"])
    from rasa.core.agent import Agent
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.WARNING)
    began = time.perf_counter()
    processor = Agent.load(options.model).processor
    seconds = time.perf_counter() - began
    loop = asyncio.new_event_loop()
    with Client(("127.0.0.1", options.port), authkey=os.environ[KEY_VARIABLE].encode()) as driver:
        driver.send({"load_seconds": seconds})
        while True:
            try:
                items = driver.recv()
            except EOFError:
                return
            results = [loop.run_until_complete(_read(processor, *item)) for item in items]
            driver.send({"results": results, "rss": memory_of(os.getpid()).rss})


async def _read(processor: Any, text: str, metadata: dict[str, Any] | None) -> dict[str, Any]:
    from rasa.core.channels.channel import UserMessage

    began = time.perf_counter()
    parsed = await processor.parse_message(UserMessage(text, metadata=metadata))
    seconds = time.perf_counter() - began
    reading = parsed.get("reading") or {}
    return {
        "seconds": seconds,
        "intents": [(found["name"], found["confidence"]) for found in parsed.get("intent_ranking") or ()],
        "objection": reading.get("ranking"),
        "technique": reading.get("technique_ranking"),
    }


if __name__ == "__main__":
    main()
