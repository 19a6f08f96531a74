"""Many exported sessions as one file, made piece by piece. Pure."""

from __future__ import annotations

from typing import Final

_LINE: Final = "\r\n"


class Bundle:
    """Joins the files of sessions in one format (`bot.services.exporting.FORMATS`), as they come."""

    def __init__(self, format: str) -> None:
        """Begin an empty file."""
        self._format = format
        self._begun = False

    def add(self, file: str) -> str:
        """Return what the file of a session adds."""
        first, self._begun = not self._begun, True
        if self._format == "csv":
            return file if first else file.partition(_LINE)[2]  # its headings stand there already
        if self._format == "md":
            return file if first else f"\n---\n\n{file}"
        if self._format == "xapi":
            inside = file.strip().removeprefix("[").removesuffix("]")
            return f"[{inside}" if first else f",\n{inside}"
        return file

    def end(self) -> str:
        """Return what ends the file."""
        if self._format != "xapi":
            return ""
        return "]\n" if self._begun else "[]\n"
