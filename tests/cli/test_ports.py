"""Ports: whether one is free, and who has it."""

from __future__ import annotations

import os
import socket

from bot.commands import ports


def test_a_port_that_somebody_listens_on_is_taken_and_its_owner_is_known() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not ports.is_free("127.0.0.1", port)
        assert not ports.is_free("0.0.0.0", port)
        owner = ports.owner(port)
        assert owner is not None
        assert owner.process == os.getpid()
    assert ports.is_free("127.0.0.1", port)
    assert ports.owner(port) is None


def test_a_host_that_is_not_ours_has_no_free_port() -> None:
    assert not ports.is_free("192.0.2.1", 8000)


def test_another_free_port_is_found_above() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        found = ports.free_port("127.0.0.1", port - 1, (port + 1,))
        assert found not in (port, port + 1)
        assert ports.is_free("127.0.0.1", found)
    assert ports.is_free("127.0.0.1", ports.free_port("127.0.0.1", 65535))
