"""The running server under thousands of odd requests, made from its own document."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance
from stage import FakeRasa, make_units
from world import company

from bot.services.issuing import SCOPES, issue
from bot.web.context import Pace


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Any:
    units = make_units(tmp_path_factory.mktemp("api"))
    rasa = FakeRasa(units)
    rasa.start()
    with company(units, rasa.url, pace=Pace(burst=1_000_000, per_second=1_000_000)) as world:
        token = issue(
            units,
            person=world.people["admin"],
            name="schemathesis",
            scopes=SCOPES,
            days=1,
            now=datetime.now(timezone.utc),
        )
        root = f"{str(world.browsers['guest'].base_url).rstrip('/')}/api/v1"
        loaded = schemathesis.openapi.from_url(f"{root}/openapi.json")
        loaded.config.update(base_url=root, headers={"Authorization": f"Bearer {token}"})
        yield loaded
    rasa.close()


schema = schemathesis.pytest.from_fixture("api")


@schema.parametrize()
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_what_the_document_says(case: Any) -> None:
    # A request may have the right form and still make no sense, such as a deadline in the past: 422 tells so.
    case.call_and_validate(excluded_checks=[positive_data_acceptance])
