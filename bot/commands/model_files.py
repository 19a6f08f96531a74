"""The trained models: which one fits what lies in the project now."""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Final

FOLDER: Final = "models"
SUFFIX: Final = ".tar.gz"
_NOTE_SUFFIX: Final = ".fingerprint"
_KEPT: Final = 3

_SOURCES: Final = ("config.yml", "domain.yml", "data", "bot/nlu", "bot/content", "bot/coaching/taxonomy.py")
_LIBRARIES: Final = ("rasa", "onnxruntime", "spacy", "scikit-learn")
_LEFT_OUT: Final = ("bot/content/i18n/", "bot/nlu/parser.py", "bot/nlu/evaluation.py")
"""What a model does not depend on."""


def lessons_in_use(home: Path) -> Path:
    """Return where the lessons lie that the model of a home is taught; no file while there are none."""
    return home / "lessons" / "nlu.yml"


def fingerprint(root: Path, lessons: Path | None = None) -> str:
    """Return a hash of all that training depends on: data, content, settings, code, weights, libraries.

    Without lessons it is the same whether a file for them is named or not.
    """
    digest = hashlib.sha256()
    for name in _LIBRARIES:
        digest.update(f"{name}={version(name)}\n".encode())
    for path in _files(root):
        digest.update(f"{path.relative_to(root).as_posix()}\n".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    if lessons is not None and lessons.is_file():
        digest.update(b"lessons\n" + hashlib.sha256(lessons.read_bytes()).digest())
    return digest.hexdigest()


def fitting(root: Path, lessons: Path | None = None) -> Path | None:
    """Return the newest model that was trained from what lies in the project now, and from the lessons."""
    wanted = fingerprint(root, lessons)
    return next((model for model in by_age(root) if noted(model) == wanted), None)


def newest(root: Path) -> Path | None:
    """Return the newest model, fitting or not."""
    return next(by_age(root), None)


def by_age(root: Path) -> Iterator[Path]:
    """Yield the models, the newest first."""
    models = [path for path in (root / FOLDER).glob(f"*{SUFFIX}") if path.is_file()]
    yield from sorted(models, key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)


def noted(model: Path) -> str:
    """Return the fingerprint that lies beside a model, an empty text for one that was trained otherwise."""
    try:
        return _note(model).read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def adopt(trained: Path, root: Path, trained_from: str) -> Path:
    """Move a finished model to its place, its fingerprint first, and drop the oldest of ours."""
    model = root / FOLDER / trained.name
    _note(model).write_text(trained_from + "\n", encoding="utf-8")
    trained.replace(model)
    ours = [path for path in by_age(root) if noted(path)]
    for old in ours[_KEPT:]:
        old.unlink(missing_ok=True)
        _note(old).unlink(missing_ok=True)
    return model


def drop(root: Path, name: str) -> None:
    """Take a model away, so that whoever takes the newest one does not take it."""
    model = root / FOLDER / name
    model.unlink(missing_ok=True)
    _note(model).unlink(missing_ok=True)


@contextmanager
def one_at_a_time(root: Path) -> Iterator[None]:
    """Wait until nobody else trains."""
    folder = root / FOLDER
    folder.mkdir(exist_ok=True)
    with (folder / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _note(model: Path) -> Path:
    return model.with_name(model.name.removesuffix(SUFFIX) + _NOTE_SUFFIX)


def _files(root: Path) -> Iterator[Path]:
    for source in _SOURCES:
        path = root / source
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in inside:
            name = file.relative_to(root).as_posix()
            skipped = "__pycache__" in file.parts or name.startswith(_LEFT_OUT)
            if file.is_file() and not skipped and not file.name.startswith("."):
                yield file
