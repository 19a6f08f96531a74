"""A trainer edits a scenario in a real browser, tries it, and publishes it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from stage import SECRET, House

from bot.services.access import TRAINER
from bot.services.accounts import admit, make_account
from bot.web.people import COOKIE

Visit = Callable[..., Page]

WORDS = {
    "zh": ("内容", "保存草稿", "检查、试用和发布", "发布", "添加"),
    "en": ("Content", "Save draft", "Check, try and publish", "Publish", "add"),
}


def sign_in(page: Page, house: House, lang: str) -> None:
    now = datetime.now(timezone.utc)
    with house.units() as uow:
        account = make_account(
            uow, SECRET, login="coach", name="Robin", role=TRAINER, lang=lang, password_hash="", now=now
        )
        token = admit(uow, account, now)
        uow.commit()
    page.context.add_cookies([{"name": COOKIE, "value": token, "url": house.served.url}])


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("script", [True, False], ids=["with script", "without"])
def test_a_scenario_is_edited_tried_and_published(
    visit: Visit, house: House, lang: str, script: bool, tmp_path: Path
) -> None:
    content, save, overview, publish, add = WORDS[lang]
    page = visit(lang, java_script_enabled=script)
    sign_in(page, house, lang)
    page.goto("/")
    page.get_by_role("link", name=content, exact=True).click()
    page.locator('a[href="/authoring/scenario/alarm_loud"]').click()
    page.locator('a[href="/authoring/scenario/alarm_loud/edit"]').click()
    page.locator('[name=":customer.zh"]').fill("牛老板")
    page.locator('[name=":customer.en"]').fill("牛老板")
    page.get_by_role("button", name=save, exact=True).first.click()
    expect(page.locator('[name=":customer.en"]')).to_have_attribute("aria-invalid", "true")
    page.locator('[name=":customer.en"]').fill("Mr Ox")
    page.locator("#at-opening").get_by_role("button", name=f"+ {add}").first.click()
    expect(page.locator('[name=":opening.zh#3"]')).to_have_value("")
    expect(page.locator('[name=":customer.en"]')).to_have_value("Mr Ox")
    page.locator('[name=":opening.zh#3"]').fill("这警笛一响，整栋楼都得醒。")
    page.get_by_role("button", name=save, exact=True).first.click()
    page.get_by_role("button", name=overview).click()
    page.get_by_role("button", name=publish, exact=True).click()
    expect(page.locator(".chip.published")).to_be_visible()
    page.goto("/authoring/scenario/alarm_loud/differences?old=0&new=1")
    expect(page.locator("ins", has_text="Ox")).to_be_visible()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_page_is_wider_than_a_telephone(visit: Visit, house: House, lang: str) -> None:
    page = visit(lang, viewport={"width": 375, "height": 700})
    sign_in(page, house, lang)
    for path in ("", "/scenario/alarm_loud", "/scenario/alarm_loud/edit", "/product/alarm/edit?at=features",
                 "/rubric/rubric/edit?at=faults", "/playbook/telephone/yaml"):  # fmt: skip
        page.goto(f"/authoring{path}")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, path


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_state_and_buttons_stay_in_reach_on_a_long_form(
    visit: Visit, house: House, lang: str, width: int
) -> None:
    _, save, overview, _, _ = WORDS[lang]
    page = visit(lang, viewport={"width": width, "height": 700})
    sign_in(page, house, lang)
    page.goto("/authoring/scenario/alarm_loud/edit?at=concerns%230")
    for part in (0, 0.5, 1):
        page.evaluate("part => scrollTo(0, part * document.documentElement.scrollHeight)", part)
        expect(page.locator(".save-row .chip")).to_be_in_viewport(ratio=1)
        for name in (save, overview):
            expect(page.locator(".save-row").get_by_role("button", name=name, exact=True)).to_be_in_viewport(
                ratio=1
            )
    covered = page.locator(".save-row").evaluate("row => row.offsetHeight / innerHeight")
    assert covered < 0.25
