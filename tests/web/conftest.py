from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from stage import FakeRasa, Trainee, make_context, make_units

from bot.storage.unit_of_work import UnitOfWorkFactory
from bot.web.app import create_app


@pytest.fixture
def units(tmp_path: Path) -> UnitOfWorkFactory:
    return make_units(tmp_path)


@pytest.fixture
def rasa(units: UnitOfWorkFactory) -> Iterator[FakeRasa]:
    rasa = FakeRasa(units)
    rasa.start()
    yield rasa
    rasa.close()


@pytest.fixture
def trainee(units: UnitOfWorkFactory, rasa: FakeRasa) -> Iterator[Trainee]:
    with Trainee(create_app(make_context(units, rasa.url))) as trainee:
        yield trainee
