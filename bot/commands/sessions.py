"""`dojo sessions`: lists everybody's sessions, the latest active first."""

from __future__ import annotations

import argparse
import dataclasses
import json
from datetime import datetime, timezone

from bot.bootstrap import open_storage
from bot.commands.console import Console
from bot.services.markdown import printable
from bot.services.reporting import list_sessions, note_reading

_COLUMNS = ("session", "active", "name", "channel", "lang", "product", "turns")


def run(console: Console, options: argparse.Namespace) -> int:
    """Write the list."""
    storage = open_storage(console.settings())
    try:
        found = list_sessions(storage.units, limit=options.limit)
        note_reading(storage.units, "list", now=datetime.now(timezone.utc))
    finally:
        storage.close()
    if options.json:
        for session in found:
            data = dataclasses.asdict(session)
            times = {key: data[key].isoformat() for key in ("opened_at", "active_at")}
            console.put(json.dumps({"session": data.pop("public_id"), **data, **times}, ensure_ascii=False))
        return 0
    if not found:
        console.say("sessions.none")
        return 0
    rows = [
        [
            session.public_id,
            session.active_at.astimezone().strftime("%Y-%m-%d %H:%M"),
            " ".join(printable(session.name).split()),
            session.channel,
            session.lang,
            session.product,
            str(session.turns),
        ]
        for session in found
    ]
    console.table([[console.texts(f"sessions.head.{name}") for name in _COLUMNS], *rows], right=[6])
    return 0
