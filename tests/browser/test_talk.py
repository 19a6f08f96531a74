from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect
from showpiece import PLAYS
from stage import House

from bot.services.reporting import transcript
from tests.browser.pictures import picture

NAMES = {"zh": "小林", "en": "Robin"}
CUSTOMERS = {"zh": "马老板", "en": "Mr Brody"}
BARS = """place => {
    for (const bar of document.querySelectorAll(".top, .session-bar, .dock")) bar.style.position = place;
}"""
"""Lets the bars that stay in place scroll, so that a picture of a whole turn is not covered."""

Visit = Callable[..., Page]
Settle = Callable[[Page], None]


def begin(page: Page, lang: str, way: str = "start_roleplay") -> str:
    """Begin to practise on the start page, and return the session's id."""
    page.goto("/")
    page.fill("#name", NAMES[lang])
    page.click(f"button[value={way}]")
    page.wait_for_url("**/chat/*")
    return page.url.split("/chat/")[1].split("?")[0].split("#")[0]


def last(page: Page) -> Locator:
    return page.locator(".chat .transcript .turn").last


def answered(page: Page, count: int) -> None:
    expect(page.locator(".turn[data-answered=yes]")).to_have_count(count)
    expect(page.locator(".transcript .typing")).to_have_count(0)


def reply(page: Page, text: str, count: int) -> None:
    page.fill("#text", text)
    page.press("#text", "Enter")
    answered(page, count)


def tool(page: Page, intent: str, count: int) -> None:
    page.locator(f'.tools button[value^="/{intent}"]').click()
    answered(page, count)


def choose(page: Page, count: int, level: str = "practised") -> None:
    """Choose the scenario of the loud alarm."""
    page.select_option("[data-level]", level)
    page.locator('.scene[value*="alarm_loud"]').click()
    answered(page, count)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_whole_talk_with_a_redo_and_its_score_card(visit: Visit, house: House, lang: str) -> None:
    page, lines = visit(lang), PLAYS[lang]
    session = begin(page, lang)
    answered(page, 1)
    choose(page, 2)
    expect(page.locator(".card-brief")).to_be_visible()
    expect(page.locator(".mode-talk")).to_contain_text(CUSTOMERS[lang])
    expect(page.get_by_role("textbox")).to_have_attribute("placeholder", re.compile("您怎么回他|Your reply"))
    reply(page, lines[0], 3)
    expect(last(page).locator(".card-customer .bubble")).to_be_visible()
    expect(last(page).locator(".card-feedback mark.gain")).to_have_count(2)
    expect(last(page).locator(".card-feedback .steps .shown")).to_have_count(2)
    reply(page, lines[1], 4)
    expect(last(page).locator(".card-feedback mark.loss")).to_have_count(1)
    tool(page, "redo_turn", 5)
    reply(page, lines[2], 6)
    tries = last(page).locator(".tries > li")
    expect(tries).to_have_count(2)
    places = tries.evaluate_all("all => all.map(one => [one.offsetLeft, one.offsetTop])")
    assert places[0][0] < places[1][0] and places[0][1] == places[1][1]
    points = [int(tries.nth(place).locator(".score strong").inner_text()) for place in (0, 1)]
    assert points[0] < points[1]
    tool(page, "show_hint", 7)
    expect(last(page).locator(".card-hint")).to_be_visible()
    reply(page, lines[3], 8)
    count = 8
    if page.locator(".mode-talk").count():
        tool(page, "stop", 9)
        count = 9
    card = last(page).locator(".card-score_card")
    expect(card.locator(".chart polyline")).to_have_count(4)
    card.locator("summary").first.click()
    expect(card.locator("tbody tr")).to_have_count(3)
    expect(page.locator(".mode-talk")).to_have_count(0)
    kinds = "all => all.map(one => one.className)"
    shown = page.locator(".transcript .card").evaluate_all(kinds)
    page.reload()
    answered(page, count)
    assert page.locator(".transcript .card").evaluate_all(kinds) == shown
    turns = transcript(house.units, session).turns
    assert [turn.state for turn in turns] == ["answered"] * count
    page.goto(f"/sessions/{session}")
    expect(page.locator(".card-score_card")).to_be_visible()
    assert page.locator("[form=clicks]:visible").count() == 0


def test_scenarios_are_filtered_in_the_page(visit: Visit) -> None:
    page = visit()
    begin(page, "zh")
    answered(page, 1)
    scenes = page.locator(".scenes > li:visible")
    everything = scenes.count()
    page.select_option("[data-filter=style]", "owl")
    few = scenes.count()
    assert 0 < few < everything
    expect(page.locator("[data-count]")).to_contain_text(str(few))
    assert set(scenes.evaluate_all("all => all.map(one => one.dataset.style)")) == {"owl"}
    page.locator("[data-surprise]").click()
    answered(page, 2)
    expect(page.locator(".card-brief")).to_be_visible()


def test_a_surprise_keeps_to_the_filters(visit: Visit, house: House) -> None:
    page = visit()
    session = begin(page, "zh")
    answered(page, 1)
    page.select_option("[data-filter=difficulty]", "3")
    page.select_option("[data-level]", "exam")
    page.locator("[data-surprise]").click()
    answered(page, 2)
    clicked = transcript(house.units, session).turns[1].click
    assert clicked is not None
    assert (clicked.values["difficulty"], clicked.values["level"]) == ("3", "exam")
    assert last(page).locator(".card-brief .chip").last.inner_text() == "高难"


def test_who_disagrees_gives_a_reason(visit: Visit, house: House) -> None:
    page = visit()
    session = begin(page, "zh")
    answered(page, 1)
    choose(page, 2)
    reply(page, PLAYS["zh"][1], 3)
    disagree = last(page).locator(".points [data-act=disagree]").first
    disagree.click()
    expect(page.locator("#appeal")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#appeal")).to_be_hidden()
    expect(disagree).to_be_focused()
    answered(page, 3)
    disagree.click()
    page.fill("#reason", '便宜是老板同意的 "真的"')
    page.click("#appeal button[value=send]")
    answered(page, 4)
    clicked = transcript(house.units, session).turns[-1].click
    assert clicked is not None and clicked.intent == "disagree"
    assert clicked.values["reason"] == '便宜是老板同意的 "真的"'


def test_a_talk_can_be_paused_and_gone_on_with(visit: Visit) -> None:
    page = visit("en")
    begin(page, "en")
    answered(page, 1)
    choose(page, 2, "exam")
    tool(page, "pause_talk", 3)
    expect(page.locator(".mode-ask")).to_be_attached()
    page.locator('.choices button[value^="/resume_talk"]').click()
    answered(page, 4)
    page.reload()
    expect(page.locator(".mode-talk")).to_contain_text("Mr Brody")
    reply(page, PLAYS["en"][0], 5)
    expect(last(page).locator(".card-feedback")).to_have_count(0)
    tool(page, "stop", 6)
    expect(last(page).locator("details.told")).to_have_count(1)


def test_roles_can_be_swapped(visit: Visit) -> None:
    page = visit("en")
    begin(page, "en")
    answered(page, 1)
    choose(page, 2)
    tool(page, "swap_roles", 3)
    expect(page.locator(".mode-swap")).to_be_visible()
    reply(page, "It's nearly twice what I saw online", 4)
    expect(last(page).locator(".card-script")).to_be_visible()
    tool(page, "resume_talk", 5)
    expect(page.locator(".mode-talk")).to_be_visible()


def test_a_drill_and_the_progress_after_it(visit: Visit) -> None:
    page = visit("en")
    begin(page, "en", "start_drill")
    answered(page, 1)
    expect(page.locator(".mode-drill")).to_be_visible()
    expect(last(page).locator(".clock")).to_contain_text(re.compile(r"[23]:\d\d left"))
    for count in (2, 3):
        choices = last(page).locator(".card-drill_question .choices button")
        if choices.count():
            choices.first.click()
            answered(page, count)
        else:
            reply(page, PLAYS["en"][0], count)
        expect(last(page).locator(".card-drill_result")).to_be_visible()
    tool(page, "stop", 4)
    expect(last(page).locator(".drilled li")).to_have_count(2)
    tool(page, "show_progress", 5)
    practised = last(page).locator(".ladder > li:not(.untried) summary").first
    practised.press("Enter")
    expect(last(page).locator(".proofs:visible").first).to_be_visible()


def test_a_talk_can_be_led_by_keyboard(visit: Visit) -> None:
    page = visit("en")
    page.goto("/")
    page.focus("#name")
    page.keyboard.type("Robin")
    page.focus("button[value=start_roleplay]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/chat/*")
    answered(page, 1)
    page.focus("[data-surprise]")
    page.keyboard.press("Tab")
    expect(page.locator("[data-filter=type]")).to_be_focused()
    page.locator('.scene[value*="alarm_loud"]').focus()
    page.keyboard.press("Enter")
    answered(page, 2)
    page.focus("#text")
    page.keyboard.type(PLAYS["en"][0])
    page.keyboard.press("Enter")
    answered(page, 3)
    expect(page.locator("#text")).to_be_focused()
    for _ in range(8):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("() => document.activeElement.value?.startsWith('/redo_turn')"):
            break
    page.keyboard.press("Enter")
    answered(page, 4)
    expect(page.locator("#text")).to_be_focused()
    last(page).locator(".bubble").wait_for()
    page.locator(".card-feedback summary").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".card-feedback details").first).to_have_attribute("open", "")


def test_a_talk_works_without_javascript(visit: Visit, house: House) -> None:
    page = visit(java_script_enabled=False)
    session = begin(page, "zh")
    page.locator('.way[value^="/start_roleplay"]').click()
    expect(page.locator(".scenes > li")).to_have_count(page.locator(".scenes > li").count())
    assert page.locator(".filters:visible").count() == 0
    page.locator('.scene[value*="alarm_loud"]').click()
    expect(page.locator(".mode-talk")).to_be_visible()
    page.fill("#text", PLAYS["zh"][0])
    page.click(".send")
    expect(page.locator(".card-feedback")).to_be_visible()
    page.locator('.tools button[value^="/redo_turn"]').click()
    page.locator(".points [data-act=disagree]").first.click()
    page.locator('.tools button[value^="/stop"]').click()
    expect(page.locator(".mode-talk")).to_have_count(0)
    assert [turn.state for turn in transcript(house.units, session).turns] == ["answered"] * 6


@pytest.mark.parametrize(
    ("size", "lang", "colours"),
    [("desk", "zh", "light"), ("desk", "en", "dark"), ("phone", "en", "light"), ("phone", "zh", "dark")],
)
def test_every_card_fits_its_screen(visit: Visit, settle: Settle, size: str, lang: str, colours: str) -> None:
    viewport = {"desk": {"width": 1180, "height": 860}, "phone": {"width": 360, "height": 740}}[size]
    page, lines = visit(lang, viewport=viewport, color_scheme=colours), PLAYS[lang]

    def look(name: str) -> None:
        settle(page)
        picture(page, f"{size}-{lang}-{colours}-talk-{name}")
        page.evaluate(BARS, "static")
        picture(last(page), f"{size}-{lang}-{colours}-talk-{name}-turn")
        page.evaluate(BARS, "")
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), name

    begin(page, lang)
    answered(page, 1)
    look("scenarios")
    choose(page, 2)
    look("brief")
    reply(page, lines[0], 3)
    look("feedback")
    reply(page, lines[1], 4)
    tool(page, "redo_turn", 5)
    reply(page, lines[2], 6)
    for place in range(2):
        last(page).locator("details.fold > summary").nth(place).click()
    look("tries")
    tool(page, "show_methods", 7)
    look("methods")
    tool(page, "stop", 8)
    last(page).locator("details.fold > summary").first.click()
    look("card")
    tool(page, "start_drill", 9)
    look("drill")
    tool(page, "stop", 10)
    tool(page, "show_progress", 11)
    last(page).locator(".ladder > li:not(.untried) summary").first.click()
    look("progress")
