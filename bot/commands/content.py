"""`dojo content check`: every fault of the content by file and key; scenarios are played through."""

from __future__ import annotations

import argparse
import json

from bot.commands.console import Console
from bot.commands.errors import WRONG_INPUT
from bot.content.loader import ROOT, load_content, validate
from bot.content.rehearsal import rehearse


def run(console: Console, options: argparse.Namespace) -> int:
    """Check all of it."""
    faults = validate() or rehearse(load_content())
    for fault in faults:
        if options.json:
            line = {"file": fault.file, "key": fault.key, "reason": fault.told(console.lang)}
            console.put(json.dumps(line, ensure_ascii=False))
        else:
            place = ROOT.relative_to(console.root) / fault.file
            at = console.texts("content.at_key", file=place, key=fault.key) if fault.key else str(place)
            console.put(console.texts("content.fault", at=at, reason=fault.told(console.lang)))
    if faults:
        console.say("content.faulty", count=len(faults))
        return WRONG_INPUT
    console.say("content.sound")
    return 0
