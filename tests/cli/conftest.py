"""Dojos for the tests of the command."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.terminal import Dojo, make_dojo


@pytest.fixture
def dojo(tmp_path: Path) -> Iterator[Dojo]:
    """A dojo with a new home."""
    made = make_dojo(tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="module")
def shared_dojo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dojo]:
    """A dojo that the tests of a module share."""
    made = make_dojo(tmp_path_factory.mktemp("dojo"))
    yield made
    made.close()
