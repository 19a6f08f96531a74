"""`dojo export`: writes a session's transcript."""

from __future__ import annotations

import argparse
from datetime import datetime, timezone
from pathlib import Path

from bot.bootstrap import build_context
from bot.commands.console import Console
from bot.commands.errors import WrongInput
from bot.services.errors import NotFound
from bot.services.measuring import trusts
from bot.services.reporting import note_reading, transcript
from bot.web.server import web_context


def run(console: Console, options: argparse.Namespace) -> int:
    """Write it to standard output or to a file, worded as the page's downloads are."""
    context = build_context(console.settings())
    try:
        found = transcript(context.units, options.session)
        told = trusts(context.units)
        note_reading(context.units, "export", session=options.session, now=datetime.now(timezone.utc))
    except NotFound as error:
        raise WrongInput("export.not_found", session=options.session) from error
    finally:
        context.close()
    text = web_context(context).export(found, options.format, console.lang, told)
    if options.output is None:
        console.out.write(text)
        console.out.flush()
    else:
        _write(options.output, text)
        console.say("export.written", file=options.output)
    return 0


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise WrongInput("error.file", file=file, reason=error.strerror) from error
