from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "web"))

from showpiece import Coach
from stage import FakeRasa, House, Served, make_context, make_units
from world import World

from bot.web.app import create_app
from bot.web.people import COOKIE

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LOCALES = {"zh": "zh-CN", "en": "en-GB"}
MOVING = """() => Promise.all(
    document.getAnimations()
        .filter(one => one.effect.getComputedTiming().iterations !== Infinity)
        .map(one => one.finished.catch(() => null))
)"""
EXPECTED_COMPLAINTS = ("Failed to load resource", "net::ERR")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert path, "install Chromium (Debian: apt-get install chromium fonts-noto-cjk)"
    expect.set_options(timeout=15_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    units = make_units(tmp_path)
    rasa = FakeRasa(units, play=Coach(units))
    rasa.start()
    served = Served(lambda: create_app(make_context(units, rasa.url)))
    served.start()
    yield House(served, rasa, units)
    served.stop()
    rasa.close()


@pytest.fixture(scope="session")
def settle() -> Callable[[Page], None]:
    """Return a function that waits until nothing on a page moves any more, but what moves for ever."""
    return lambda page: page.evaluate(MOVING)


@pytest.fixture(scope="session")
def browsing(browser: Browser) -> Callable[[World, str, str], AbstractContextManager[Page]]:
    """Return what opens a browser of somebody in a company, in a language."""

    @contextmanager
    def browsing(world: World, who: str, lang: str) -> Iterator[Page]:
        base = str(world.browsers["guest"].base_url)
        context = browser.new_context(base_url=base, locale=LOCALES[lang])
        try:
            context.set_default_timeout(15_000)
            token = world.browsers[who].cookies.get(COOKIE)
            if token:
                context.add_cookies([{"name": COOKIE, "value": token, "url": base}])
            yield context.new_page()
        finally:
            context.close()

    return browsing


@pytest.fixture
def visit(browser: Browser, house: House) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a browser of one's own; an error that a page reports fails the test."""
    complaints: list[str] = []
    contexts = []

    def open_page(lang: str = "zh", **options: Any) -> Page:
        context = browser.new_context(base_url=house.served.url, locale=LOCALES[lang], **options)
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: said.type == "error" and complaints.append(said.text))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [text for text in complaints if not text.startswith(EXPECTED_COMPLAINTS)] == []
