"""Where content comes from: the files of a folder, and texts that lie over them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from bot.content.faults import Fault
from bot.content.intake import strange


@dataclass(frozen=True)
class Source:
    """The files below a folder; a text of the overlay replaces the file of its path, or adds one.

    The overlay is what people typed in the page: it is looked at before it is read.
    """

    root: Path
    overlay: Mapping[str, str] = field(default_factory=dict)

    def text(self, file: str) -> str:
        """Return a file's text; raises FileNotFoundError, OSError, UnicodeError."""
        if file in self.overlay:
            return self.overlay[file]
        return (self.root / file).read_text(encoding="utf-8")

    def strange(self, file: str) -> Fault | None:
        """Return why a text of the overlay is not to be read at all, None where it may be."""
        found = strange(self.overlay[file]) if file in self.overlay else None
        if found is None:
            return None
        return Fault(file, f"line {found.line}" if found.line else "", found.code, found.details)

    def files(self, folder: str) -> list[str]:
        """Return the paths of the files in a folder, hidden ones left out, in the order of their names."""
        found = {path.relative_to(self.root).as_posix() for path in self._files(folder)}
        found |= {file for file in self.overlay if PurePosixPath(file).parent.as_posix() == folder}
        return sorted(found)

    def _files(self, folder: str) -> list[Path]:
        paths = (path for path in (self.root / folder).glob("*") if not path.name.startswith("."))
        return [path for path in paths if path.is_file()]
