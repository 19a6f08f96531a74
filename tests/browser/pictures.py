"""Pictures of pages for people, taken only where `DOJO_PICTURES` names a folder; they take time."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page


def picture(shown: Page | Locator, name: str, **options: Any) -> None:
    """Take a picture of a page, or of a part of one."""
    if folder := os.environ.get("DOJO_PICTURES"):
        shown.screenshot(path=Path(folder) / f"{name}.png", **options)
