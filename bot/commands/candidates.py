"""The files of candidates: models trained from lessons, each beside what it was taught.

They lie in the home, apart from the project's models, until one is promoted. `lessons/nlu.yml` points to what
the model in use was taught: it is the only thing that says so, and it changes in one step.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bot.commands import model_files

_LESSONS: Final = "nlu.yml"
_NOTE: Final = "fingerprint"
_DRAFT: Final = ".draft-"
_KEPT: Final = 6
"""So many candidates stay, besides the one in use."""


class Candidates:
    """The candidates of a home."""

    def __init__(self, root: Path, home: Path) -> None:
        """Work with the project in `root` and the things kept in `home`."""
        self._root = root
        self._link = model_files.lessons_in_use(home)
        self._folder = self._link.parent / "candidates"

    @contextlib.contextmanager
    def alone(self) -> Iterator[bool]:
        """Keep others from training and promoting meanwhile; tells whether nobody is at it already."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._link.parent / ".lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    @property
    def in_use(self) -> str:
        """The name of the candidate whose lessons are in use; empty where none are."""
        try:
            return self._link.readlink().parent.name
        except OSError:
            return ""

    def begin(self, lessons: str) -> Path:
        """Make a folder with the lessons for a candidate that is about to be trained.

        What a training that was cut off left goes: nobody else is at it (`alone`).
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in self._folder.glob(f"{_DRAFT}*"):
            shutil.rmtree(left, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=_DRAFT, dir=self._folder))
        try:
            (folder / _LESSONS).write_text(lessons, encoding="utf-8")
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return folder

    def fingerprint(self, folder: Path) -> str:
        """Return what a model would be trained from now with the lessons of a folder."""
        return model_files.fingerprint(self._root, folder / _LESSONS)

    def lessons(self, folder: Path) -> Path:
        """Return the file with the lessons of a folder."""
        return folder / _LESSONS

    def keep(self, draft: Path, trained: Path, trained_from: str) -> Path:
        """Give a draft whose model is trained its name; returns the model. The oldest ones are dropped."""
        (draft / _NOTE).write_text(trained_from + "\n", encoding="utf-8")
        folder = self._of(trained.name)
        draft.replace(folder)
        others = [path for path in self._folder.iterdir() if path.name != self.in_use]
        for old in sorted(others, key=lambda path: path.stat().st_mtime_ns, reverse=True)[_KEPT:]:
            shutil.rmtree(old, ignore_errors=True)
        return folder / trained.name

    def model(self, name: str) -> Path | None:
        """Return the file of a candidate's model, None where it is not there any more."""
        path = self._of(name) / name
        return path if path.is_file() else None

    def fits(self, name: str) -> bool:
        """Tell whether a candidate was trained from the data, content and code that are there now."""
        folder = self._of(name)
        try:
            noted = (folder / _NOTE).read_text(encoding="utf-8").strip()
        except OSError:
            return False
        return noted == self.fingerprint(folder)

    def use(self, name: str) -> Path:
        """Put a candidate among the project's models and its lessons in use; returns the model there."""
        source = self.model(name)
        assert source is not None, "a candidate that is there"
        with tempfile.TemporaryDirectory(prefix=".promoting-", dir=self._root / model_files.FOLDER) as folder:
            copy = shutil.copyfile(source, Path(folder) / name)
            noted = (source.parent / _NOTE).read_text(encoding="utf-8").strip()
            model = model_files.adopt(copy, self._root, noted)
        self.point(name)
        return model

    def point(self, name: str) -> None:
        """Put the lessons of a candidate in use, or none of any ("")."""
        if not name:
            self._link.unlink(missing_ok=True)
            return
        draft = self._link.with_name(f".{_LESSONS}.{os.getpid()}")
        draft.unlink(missing_ok=True)
        draft.symlink_to(Path("candidates") / self._of(name).name / _LESSONS)
        draft.replace(self._link)

    def _of(self, name: str) -> Path:
        return self._folder / name.removesuffix(model_files.SUFFIX)
