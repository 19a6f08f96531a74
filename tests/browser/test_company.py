"""People join, are set something, and find it: the ways between the rooms, in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from playwright.sync_api import Page, expect
from stage import FakeRasa, make_units
from world import World, company

Browsing = Callable[[World, str, str], AbstractContextManager[Page]]


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    units = make_units(tmp_path_factory.mktemp("company"))
    rasa = FakeRasa(units)
    rasa.start()
    with company(units, rasa.url) as world:
        yield world
    rasa.close()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_newcomer_joins_by_a_link_and_finds_what_was_set(
    browsing: Browsing, world: World, lang: str
) -> None:
    with browsing(world, "trainer", lang) as trainer:
        trainer.goto("/people")
        trainer.locator("form[action='/people/invitations'] button").click()
        link = trainer.locator(".link-box").input_value()
        trainer.goto("/assignments")
        trainer.locator("input[name=title]").fill("第一周 Week one")
        trainer.locator("input[name=scenarios][value=alarm_loud]").check()
        trainer.locator("input[name=due]").fill("2031-05-01T18:00")
        trainer.locator("form.stacked button.primary").click()
        expect(trainer.locator("tbody tr").first).to_contain_text("第一周 Week one")

        with browsing(world, "guest", lang) as newcomer:
            newcomer.goto(link)
            newcomer.locator("#name").fill("新人 Nova")
            newcomer.locator("#login").fill("nova@example.com")
            newcomer.locator("#password").fill("a long enough sentence")
            newcomer.locator("button.primary").click()
            homework = newcomer.locator(".homework li", has_text="第一周 Week one")
            expect(homework).to_be_visible()
            homework.locator("button").click()
            newcomer.wait_for_url("**/chat/**")
            title = {"zh": "响起来谁也关不掉", "en": "The siren nobody can stop"}[lang]
            expect(newcomer.locator(".said").first).to_contain_text(title)

        trainer.get_by_role("link", name="第一周 Week one").click()
        expect(trainer.get_by_role("row", name="新人 Nova")).to_be_visible()


@pytest.mark.parametrize(("lang", "width"), [("zh", 390), ("en", 1280)])
def test_tokens_are_listed_in_whole_words_and_end_at_one_press(
    browsing: Browsing, world: World, lang: str, width: int
) -> None:
    make, every = {"zh": ("生成令牌", "全部作废"), "en": ("Make a token", "Revoke them all")}[lang]
    with browsing(world, "trainer", lang) as trainer:
        trainer.set_viewport_size({"width": width, "height": 800})
        trainer.goto(f"/language/{lang}?back=/account")
        for name in ("learning system", "dashboard"):
            trainer.locator('[action="/account/tokens"] [name="name"]').fill(name)
            for scope in trainer.locator('[name="scopes"]').all():
                scope.check()
            trainer.get_by_role("button", name=make).click()
            expect(trainer.locator(".link-box")).to_be_visible()
        buttons = trainer.locator(".member-list button")
        expect(buttons).to_have_count(2)
        assert all(button.bounding_box()["height"] < 50 for button in buttons.all())  # type: ignore[index]
        trainer.get_by_role("button", name=every).click()
        expect(buttons).to_have_count(0)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_wrong_password_is_told_and_the_right_one_leads_on(
    browsing: Browsing, world: World, lang: str
) -> None:
    with browsing(world, "rep", lang) as rep:
        rep.goto("/sessions")
        rep.locator("form.sign-out button").click()
        rep.wait_for_url("**/sign-in")
        rep.goto("/account")
        rep.wait_for_url("**/sign-in?back=**")
        rep.locator("#login").fill("rep")
        rep.locator("#password").fill("wrong")
        rep.locator("button.primary").click()
        expect(rep.get_by_role("alert")).to_be_visible()
        expect(rep.locator("#login")).to_have_value("rep")
