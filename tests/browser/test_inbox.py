"""The inbox in a browser, in both languages: searching, the keys, keeping a filter."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest
from playwright.sync_api import Page, expect
from practised import Practice
from stage import SECRET, House

from bot.services.access import ADMIN, TRAINEE
from bot.services.accounts import admit, make_account, person_of_account
from bot.web.people import COOKIE

NOW = datetime.now(timezone.utc) - timedelta(days=1)
SAID = {"zh": ("太贵了", "太贵"), "en": ("That is too dear", "dear")}


def signed_in(house: House, page: Page) -> None:
    """Let an admin sign in at a browser, and a trainee practise."""
    with house.units() as uow:
        made = {
            role: make_account(
                uow,
                SECRET,
                login=role,
                name=f"<b>{role}</b>",
                role=role,
                lang="en",
                password_hash="",
                now=NOW,
            )
            for role in (ADMIN, TRAINEE)
        }
        token = admit(uow, made[ADMIN], datetime.now(timezone.utc))
        uow.commit()
    key = person_of_account(made[TRAINEE], frozenset(), SECRET).key
    for number in range(3):
        practice = Practice(house.units, key, NOW + timedelta(hours=number))
        for line, _ in SAID.values():
            practice.line(line, "price")
    page.context.add_cookies([{"name": COOKIE, "value": token, "url": house.served.url}])


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_inbox_is_searched_and_walked_through_by_keys(
    house: House, visit: Callable[..., Page], lang: str
) -> None:
    page = visit(lang)
    signed_in(house, page)
    page.goto("/inbox")
    rows = page.locator("[data-row]")
    expect(rows).to_have_count(3)
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(rows.nth(1).locator(".row-link")).to_be_focused()
    page.keyboard.press("k")
    expect(rows.nth(0).locator(".row-link")).to_be_focused()
    page.keyboard.press("?")
    expect(page.locator(".key-help")).to_have_attribute("open", "")
    page.keyboard.press("/")
    page.keyboard.type("jkon" if lang == "zh" else "no such words")
    page.keyboard.press("Enter")
    expect(page.locator(".empty")).to_be_visible()
    page.fill("#search", SAID[lang][1])
    page.keyboard.press("Enter")
    expect(rows).to_have_count(3)
    expect(rows.first.locator("mark")).to_have_text(SAID[lang][1])


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_filter_is_kept_and_found_again(house: House, visit: Callable[..., Page], lang: str) -> None:
    page = visit(lang, java_script_enabled=False)
    signed_in(house, page)
    page.goto("/inbox")
    page.locator(".more-filters > summary").click()
    page.locator("input[name=type][value=price]").check()
    page.locator(".more-filters button[type=submit]").click()
    expect(page.locator(".filter-chip")).to_have_count(1)
    page.locator(".kept-filters > summary").click()
    form = page.locator("form[action='/inbox/filters']")
    form.locator("input[name=name]").fill("贵 dear")
    form.locator("button").click()
    page.goto("/inbox")
    page.locator(".kept-filters > summary").click()
    page.get_by_role("link", name="贵 dear").click()
    expect(page).to_have_url(f"{house.served.url}/inbox?type=price")
    expect(page.locator("[data-row]")).to_have_count(3)
