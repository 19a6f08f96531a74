"""`dojo finetune`: learns the encoder's adapters again from the lines under `data/nlu`."""

from __future__ import annotations

import argparse

from bot.commands.console import Console


def run(console: Console, options: argparse.Namespace) -> int:
    """Hand the arguments over."""
    from bot.channels.launcher import prepare

    prepare(["finetune"])
    from bot.nlu import tuning

    return tuning.main(options.arguments)
