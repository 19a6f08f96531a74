"""Days by their ordinals."""

from __future__ import annotations

from datetime import datetime, tzinfo


def day_of(moment: datetime, zone: tzinfo | None = None) -> int:
    """Return the ordinal of a moment's day, by the machine's time zone unless one is given."""
    return moment.astimezone(zone).date().toordinal()
