"""TCP ports of this machine: whether one is free, and who has it."""

from __future__ import annotations

import contextlib
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_LISTENING: Final = "0A"


@dataclass(frozen=True)
class Owner:
    """A process that listens; its id is 0 where another user's cannot be seen."""

    process: int
    name: str


def is_free(host: str, port: int) -> bool:
    """Tell whether a server could listen there now."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError:
        return False
    for family, kind, protocol, _, address in found:
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(address)
            except OSError:
                return False
    return True


def free_port(host: str, after: int, avoid: tuple[int, ...] = ()) -> int:
    """Return the first free port above one, or any free one when the next hundred are taken."""
    for port in range(after + 1, min(after + 101, 65536)):
        if port not in avoid and is_free(host, port):
            return port
    while True:
        with socket.create_server((host, 0)) as probe:
            port = int(probe.getsockname()[1])
        if port not in avoid:
            return port


def owner(port: int) -> Owner | None:
    """Return who listens on a port, None if nobody is seen to."""
    nodes = _listening_nodes(port)
    if not nodes:
        return None
    wanted = {f"socket:[{node}]" for node in nodes}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and wanted & _open_files(folder):
            return Owner(int(folder.name), _name(folder))
    return Owner(0, "")


def _listening_nodes(port: int) -> set[str]:
    nodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                nodes.add(fields[9])
    return nodes


def _open_files(folder: Path) -> set[str]:
    found = set()
    try:
        for link in (folder / "fd").iterdir():
            with contextlib.suppress(OSError):  # closed meanwhile
                found.add(str(link.readlink()))
    except OSError:  # gone, or another user's
        return set()
    return found


def _name(folder: Path) -> str:
    try:
        return (folder / "comm").read_text(encoding="utf-8").strip()
    except OSError:
        return ""
