"""`dojo doctor`: looks at everything that the dojo needs and says what to do."""

from __future__ import annotations

import argparse
import json

from bot.commands.checkup import Finding, check_all
from bot.commands.console import Console


def run(console: Console, options: argparse.Namespace) -> int:
    """Write a line for each thing looked at; 1 if any of them stops the dojo."""
    findings = check_all(console.root)
    for finding in findings:
        text = console.texts(f"doctor.{finding.name}.{finding.key}", **dict(finding.details))
        if options.json:
            line = {"check": finding.name, "level": finding.level, "text": text}
            console.put(json.dumps(line, ensure_ascii=False))
        else:
            name = console.texts(f"doctor.name.{finding.name}")
            level = console.texts(f"doctor.level.{finding.level}")
            console.put(console.texts("doctor.line", level=level, name=name, text=text))
    if not options.json:
        _sum_up(console, findings)
    return 1 if any(finding.level == "fail" for finding in findings) else 0


def _sum_up(console: Console, findings: list[Finding]) -> None:
    failed = [console.texts(f"doctor.name.{f.name}") for f in findings if f.level == "fail"]
    if failed:
        console.say("doctor.unsound", names=", ".join(failed))
    else:
        warned = any(finding.level == "warn" for finding in findings)
        console.say("doctor.warned" if warned else "doctor.sound")
