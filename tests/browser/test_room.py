"""A trainer's other ways of work, in a real browser: corrections, rating, dashboards, assignments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timezone

import pytest
from playwright.sync_api import Page, expect
from rep import Rep
from stage import FakeRasa, make_units
from world import World, company

from bot.services.opening import open_session
from tests.browser.pictures import picture

Browsing = Callable[[World, str, str], AbstractContextManager[Page]]

WHO = {"zh": "colleague", "en": "rep"}
"""Whose practice each language works on, so that one company serves both."""
MODE = {"zh": "对练", "en": "Role-play"}
SHOWN = {"zh": "已采纳（1）", "en": "Accepted (1)"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    units = make_units(tmp_path_factory.mktemp("room"))
    rasa = FakeRasa(units)
    rasa.start()
    with company(units, rasa.url) as world:
        for lang, who in WHO.items():
            Rep(units, world.sessions[who], lang).practise()
        yield world
    rasa.close()


def fits_a_phone(page: Page) -> None:
    desk = page.viewport_size
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
    assert desk is not None
    page.set_viewport_size(desk)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_a_trainer_corrects_is_accepted_in_the_queue(
    browsing: Browsing, world: World, lang: str
) -> None:
    # Each language corrects its own session; the queue is the team's, so what the other left is taken first.
    with browsing(world, "trainer", lang) as page:
        page.goto(f"/review/{world.sessions[WHO[lang]]}")
        page.locator("#t6 details[data-correct] > summary").click()
        page.locator("#t6 form.relabel select[name=value]").select_option("compensation")
        page.locator("#t6 form.relabel:has(select) button").click()
        expect(page.locator("#t6 .labels .now")).to_have_count(1)
        page.locator('.room-links a[href="/corrections"]').click()
        lesson = page.locator("section.lesson")
        expect(lesson).to_have_count(1)
        fits_a_phone(page)
        picture(page, f"corrections-{lang}", full_page=True)
        lesson.locator("button[value=accept]").click()
        expect(page.locator(".empty")).to_be_visible()
        page.goto("/corrections?show=taught")
        page.locator("section.lesson").first.locator("button[value=reject]").click()
        expect(page.locator("main")).not_to_contain_text(SHOWN[lang])


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_sample_is_drawn_and_rated_with_the_keys(browsing: Browsing, world: World, lang: str) -> None:
    with browsing(world, "trainer", lang) as page:
        page.goto("/samples")
        page.locator("input[name=name]").fill(f"Sample {lang}")
        page.locator("input[name=size]").fill("10")
        page.locator("main form button.primary").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(f"Sample {lang}")
        assert "%" not in page.locator("main").inner_text(), "blind: nothing of what the bot said"
        fits_a_phone(page)
        while page.locator("[data-rating]").count():
            done = page.locator("#rate").inner_text()
            for _ in range(page.locator("[data-question]").count()):
                page.keyboard.press("1")
            picture(page, f"rating-{lang}", full_page=True)
            page.keyboard.press("Enter")
            expect(page.locator("#rate")).not_to_have_text(done)
        page.get_by_role("link").filter(
            has=page.locator("xpath=self::*[contains(@href,'/verdicts')]")
        ).click()
        expect(page.locator("main table").first).to_be_visible()
        page.goto("/agreement")
        expect(page.locator("main table").first).to_be_visible()
        fits_a_phone(page)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_dashboard_leads_to_the_sessions_and_ranks_only_where_the_team_wants(
    browsing: Browsing, world: World, lang: str
) -> None:
    with browsing(world, "trainer", lang) as page:
        page.goto("/figures")
        expect(page.locator(".trust").first).to_be_visible()
        expect(page.locator(".leaderboard")).to_have_count(0)
        fits_a_phone(page)
        picture(page, f"figures-{lang}", full_page=True)
        page.locator(".map td.cell a").first.click()
        expect(page.locator("[data-row]").first).to_contain_text(MODE[lang])
        for wanted in (True, False):
            page.goto("/people")
            page.locator("input[name=leaderboard]").set_checked(wanted)
            with page.expect_navigation():
                page.locator("details[open] form.stacked button").click()
            page.goto("/figures")
            expect(page.locator(".leaderboard")).to_have_count(int(wanted))
        page.emulate_media(media="print")
        expect(page.locator(".chart").first).to_be_visible()
        expect(page.locator(".room-links")).to_be_hidden()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_assignment_is_done_and_the_trainer_sees_it_at_a_glance(
    browsing: Browsing, world: World, lang: str
) -> None:
    title = f"Homework {lang}"
    with browsing(world, "trainer", lang) as page:
        page.goto("/assignments")
        page.locator("input[name=title]").fill(title)
        page.locator("input[name=scenarios][value=alarm_loud]").check()
        page.locator("input[name=pass_mark]").fill("1")
        page.locator("form.stacked button.primary").click()
        row = page.get_by_role("row").filter(has_text=title)
        expect(row.locator(".figure")).to_have_text(["0", "2", "0", "0"])
        fits_a_phone(page)
        person = world.people[WHO[lang]]
        session = open_session(
            world.units, trainee_key=person.key, name="", channel="web", lang=lang, product="alarm",
            now=datetime.now(timezone.utc),
        )  # fmt: skip
        Rep(world.units, session.public_id, lang).practise()
        page.reload()
        expect(row.locator(".figure")).to_have_text(["0", "1", "0", "1"])
        with browsing(world, WHO[lang], lang) as mine:
            mine.goto("/")
            expect(mine.locator(".homework li", has_text=title)).to_have_class("passed")
