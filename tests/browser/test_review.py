"""Reviewing in a browser, in both languages: the keys, a comment, a correction, two trainers at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from rep import Rep
from stage import SECRET, House

from bot.services.access import ADMIN, TRAINEE, TRAINER
from bot.services.accounts import admit, make_account, person_of_account
from bot.services.opening import open_session
from bot.web.people import COOKIE
from tests.browser.pictures import picture

SAID = {"zh": "先认同，再反问，很好。", "en": "You took it up first, then asked. Lovely."}
NAMES = {TRAINEE: "小林 Robin", TRAINER: "梅老师 May", ADMIN: "Wang"}
Visit = Callable[..., Page]


class Room:
    """A trainee who practised, a trainer of their team, an admin, and a browser for each."""

    def __init__(self, house: House, visit: Visit, lang: str) -> None:
        now = datetime.now(timezone.utc)
        self.pages: dict[str, Page] = {}
        with house.units() as uow:
            team = uow.teams.add("North", now=now).id
            uow.commit()
        for role, name in NAMES.items():
            with house.units() as uow:
                made = make_account(
                    uow, SECRET, login=role, name=name, role=role, lang=lang, password_hash="", now=now
                )
                uow.teams.join(team, made.id)
                token = admit(uow, made, now)
                uow.commit()
            page = self.pages[role] = visit(lang, viewport={"width": 1280, "height": 900})
            page.context.add_cookies([{"name": COOKIE, "value": token, "url": house.served.url}])
            if role == TRAINEE:
                key = person_of_account(made, frozenset({team}), SECRET).key
                self.session = open_session(
                    house.units, trainee_key=key, name="", channel="web", lang=lang, product="alarm", now=now
                ).public_id
        Rep(house.units, self.session, lang).practise()

    def open(self, role: str) -> Page:
        page = self.pages[role]
        page.goto(f"/review/{self.session}")
        return page


def accessible(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_session_is_reviewed_with_the_keys_and_the_trainee_reads_it(
    house: House, visit: Visit, lang: str
) -> None:
    room = Room(house, visit, lang)
    page = room.open(TRAINER)
    picture(page, f"review-{lang}", full_page=True)
    accessible(page)
    reply = page.locator("#t6")
    for _ in range(6):
        page.keyboard.press("j")
    expect(reply).to_be_focused()
    page.keyboard.press("c")
    page.keyboard.type(SAID[lang])
    reply.locator("details[data-comment] button.primary").click()
    expect(page.locator("#t6 .remark-text")).to_have_text(SAID[lang])
    page.locator("#t6").focus()
    page.keyboard.press("e")
    page.locator("#t6 form.relabel select[name=value]").select_option("yes_if")
    page.locator("#t6 form.relabel:has(select) button").click()
    expect(page.locator("#t6 .labels .now")).to_have_count(1)
    page.keyboard.press("u")
    expect(page.locator("#t6 .labels .now")).to_have_count(0)
    page.locator("#about form.undo button").last.click()
    expect(page.locator("#t6 .labels .now")).to_have_count(1)
    page.keyboard.press("r")
    expect(page.locator("#about .chip.good")).to_be_visible()
    page.keyboard.press("Shift+?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    picture(page, f"reviewed-{lang}", full_page=True)
    mine = room.pages[TRAINEE]
    mine.goto("/sessions")
    expect(mine.locator(".news-count")).to_have_text("2")
    mine.goto(f"/sessions/{room.session}")
    expect(mine.locator("#t6 .from-trainer")).to_contain_text(SAID[lang])
    picture(mine, f"from-trainer-{lang}", full_page=True)
    accessible(mine)
    mine.locator(".news-count").click()
    expect(mine.locator(".news-list")).to_contain_text(SAID[lang])
    picture(mine, f"news-{lang}", full_page=True)
    accessible(mine)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_second_of_two_trainers_is_told_and_keeps_what_they_typed(
    house: House, visit: Visit, lang: str
) -> None:
    room = Room(house, visit, lang)
    first, second = room.open(TRAINER), room.open(ADMIN)
    for page, score, reason in ((first, "91", "A"), (second, "40", SAID[lang])):
        page.locator(".talk-score summary").click()
        page.fill(".talk-score input[name=score]", score)
        page.fill(".talk-score textarea", reason)
        page.locator(".talk-score button").click()
    expect(first.locator(".talk-score .points-of strong")).to_have_text("91")
    again = second.locator("#again")
    expect(again).to_be_focused()
    expect(again.locator("textarea")).to_have_value(SAID[lang])
    expect(second.locator(".talk-score .points-of strong")).to_have_text("91")
    picture(second, f"review-clash-{lang}", full_page=True)
    accessible(second)
    again.locator("button.primary").click()
    expect(second.locator(".talk-score .points-of strong")).to_have_text("40")


def test_the_page_works_without_javascript(house: House, visit: Visit) -> None:
    room = Room(house, visit, "en")
    page = room.open(TRAINER)
    plain = visit("en", java_script_enabled=False)
    plain.context.add_cookies(page.context.cookies())
    plain.goto(f"/review/{room.session}")
    plain.locator("#t1 details[data-comment] summary").click()
    plain.fill("#t1 textarea[name=text]", "No script here.")
    plain.locator("#t1 details[data-comment] button").click()
    expect(plain.locator("#t1 .remark-text")).to_have_text("No script here.")


def test_the_page_fits_a_phone_and_paper(house: House, visit: Visit) -> None:
    room = Room(house, visit, "zh")
    page = room.open(TRAINER)
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    picture(page, "review-phone-zh", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"/review/{room.session}/print")
    page.emulate_media(media="print")
    expect(page.locator(".top")).to_be_hidden()
    picture(page, "review-print-zh", full_page=True)
