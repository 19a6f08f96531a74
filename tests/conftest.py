"""The order of the tests, and how properties are tried."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

BROWSER = Path(__file__).parent / "browser"

# The same examples in every run, however slow the machine is: what fails, fails for everybody.
# `--hypothesis-profile=search` looks for new ones.
settings.register_profile("search", deadline=None, max_examples=500)
settings.register_profile("dojo", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("dojo")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the browser's tests last: Playwright keeps an event loop running in the thread until they end."""
    items.sort(key=lambda item: BROWSER in item.path.parents)
