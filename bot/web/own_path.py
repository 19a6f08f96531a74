"""Where a form may lead back to."""

from __future__ import annotations


def own_path(path: str) -> str:
    """Return a path of this site; anything that could lead elsewhere is the start page."""
    harmless = path.startswith("/") and not path.startswith("//")
    return path if harmless and "\\" not in path and path.isprintable() else "/"
