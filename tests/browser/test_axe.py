"""Every page, looked at by axe: nothing serious, in both languages, light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser
from stage import FakeRasa, make_units
from test_matrix import MATRIX, Cell, filled
from world import World, company

from bot.web.people import COOKIE

GRAVE = {"serious", "critical"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    units = make_units(tmp_path_factory.mktemp("axe"))
    rasa = FakeRasa(units)
    rasa.start()
    with company(units, rasa.url) as world:
        yield world
    rasa.close()


def viewer(cell: Cell) -> str:
    """Return somebody who is shown a page."""
    return next((who for who in ("admin", "rep", "guest") if cell.gets[who] == 200), "")


PAGES = sorted(path for (method, path), cell in MATRIX.items() if method == "GET" and viewer(cell))


@pytest.mark.parametrize(("lang", "scheme"), [("zh", "light"), ("en", "dark")])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_serious(browser: Browser, world: World, path: str, lang: str, scheme: Any) -> None:
    cell = MATRIX["GET", path]
    address, _ = filled(world, cell)
    who = viewer(cell)
    base = str(world.browsers["guest"].base_url)
    if "text/html" not in world.browsers[who].get(address).headers["content-type"]:
        return
    context = browser.new_context(
        base_url=base, locale={"zh": "zh-CN", "en": "en-GB"}[lang], color_scheme=scheme
    )
    try:
        token = world.browsers[who].cookies.get(COOKIE)
        if token:
            context.add_cookies([{"name": COOKIE, "value": token, "url": base}])
        page = context.new_page()
        page.goto(address)
        found = Axe().run(page).response["violations"]
    finally:
        context.close()
    grave = {
        one["id"]: [node["html"][:200] for node in one["nodes"][:3]]
        for one in found
        if one["impact"] in GRAVE
    }
    assert not grave
