"""`dojo bench`: the benchmarks of `benchmarks/`."""

from __future__ import annotations

import argparse
import importlib
import sys

from bot.commands.console import Console


def run(console: Console, options: argparse.Namespace) -> int:
    """Hand the arguments over."""
    sys.path.insert(0, str(console.root))  # benchmarks/ is not part of the installed package
    code: int | None = importlib.import_module("benchmarks.run").main(options.arguments)
    return code or 0
