"""What a process and its children cost: memory and processor time, read from /proc."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")
_KIB = 1024
_NAMES = (
    ("actions.server", "actions"),
    ("bot.channels.launcher", "rasa"),
    ("bot.web.server", "web"),
    ("guard.py", "guard"),
    ("bot.cli", "dojo"),
    ("rasa", "stock"),
)
"""Part of a command line, and the name of the process in the report; the first that fits counts."""


@dataclass(frozen=True)
class Memory:
    """Megabytes of a process: resident, and its share where pages are shared."""

    rss: float
    pss: float

    def to_json(self) -> dict[str, float]:
        """Return them as plain values."""
        return {"rss": self.rss, "pss": self.pss}


def family_of(process: int) -> list[int]:
    """Return a process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for folder in _PROC.iterdir():
        if folder.name.isdigit():
            fields = _stat(int(folder.name))
            if fields:
                children.setdefault(int(fields[1]), []).append(int(folder.name))
    found = [process]
    for each in found:
        found += children.get(each, [])
    return found


def memory_of_family(process: int) -> Mapping[str, Memory]:
    """Return the memory of each process of a family by its name in the report."""
    found: dict[str, Memory] = {}
    for each in family_of(process):
        memory, name = memory_of(each), _name(each)
        before = found.get(name, Memory(0.0, 0.0))
        found[name] = Memory(before.rss + memory.rss, before.pss + memory.pss)
    return found


def memory_of(process: int) -> Memory:
    """Return the memory of a process, zero when it is gone."""
    sizes = {"Rss": 0.0, "Pss": 0.0}
    try:
        lines = (_PROC / str(process) / "smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        lines = []
    for line in lines:
        name, _, rest = line.partition(":")
        if name in sizes:
            sizes[name] = int(rest.split()[0]) * _KIB / 1e6
    return Memory(sizes["Rss"], sizes["Pss"])


def peak_memory(process: int) -> float:
    """Return the most megabytes that a process had resident so far, zero when it is gone."""
    try:
        lines = (_PROC / str(process) / "status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) * _KIB / 1e6 for line in lines if line.startswith("VmHWM:")), 0.0)


def processor_seconds(process: int) -> float:
    """Return the processor time of a process and its descendants so far, those that ended included."""
    total = 0
    for each in family_of(process):
        fields = _stat(each)
        total += sum(int(field) for field in fields[11:15])
    return total / _TICKS


def _stat(process: int) -> list[str]:
    """Return the fields of /proc/PID/stat from the state on."""
    try:
        text = (_PROC / str(process) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def _name(process: int) -> str:
    try:
        command = (_PROC / str(process) / "cmdline").read_bytes().decode(errors="replace")
    except OSError:
        command = ""
    return next((name for part, name in _NAMES if part in command), "other")
