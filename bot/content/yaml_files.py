"""Reading YAML by the C library, which takes a tenth of the time; by the Python one where it is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import yaml

LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The safe loader."""


def load_yaml(path: Path) -> Any:
    """Return what a file holds; raises OSError, UnicodeError, YAMLError."""
    return yaml.load(path.read_text(encoding="utf-8"), LOADER)
